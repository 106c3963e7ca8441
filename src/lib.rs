//! CLV Lab: a customer-lifetime-value machine-learning pipeline that runs in the browser.
//!
//! Reading order: [`protocol`] says what the page can ask and what it is told; [`session`] turns a command into resumable
//! steps; [`engine`] does the work, top to bottom as the data flows; [`import`] reads the visitor's own files; [`present`] folds
//! events into what the pages show; `worker`, `io` and `app` are the only code that knows there is a browser.

/// The pure computation: two crates, one compiled fast and one small.
pub mod engine {
    pub use clv_analysis::{evaluate, live, profile, refresh, registry, truth};
    pub use clv_engine::{dataset, feature, learn, schema, synth, table, tune};
}
/// The page sorts too.
pub use clv_engine::order;
pub mod protocol;

#[cfg(target_arch = "wasm32")]
pub mod app;
pub mod import;
#[cfg(target_arch = "wasm32")]
pub mod io;
pub mod present;
pub mod session;
#[cfg(target_arch = "wasm32")]
pub mod worker;
