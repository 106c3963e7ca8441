//! Native tests of the whole library: its architecture, its SQL, its features against an independent computation, its
//! determinism, and the pipeline from a command to predictions.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helper functions too"
)]

mod architecture;
mod datasets;
mod determinism;
mod estimates;
mod evaluation;
mod explanations;
mod features;
mod golden_sql;
mod incremental;
mod leakage;
mod life;
mod live;
mod own_data;
mod own_features;
mod pipeline;
mod point_in_time;
mod preview;
mod questions;
mod registry;
mod rows;
mod scoring;
mod searches;
mod support;
mod trace;
mod trainings;
