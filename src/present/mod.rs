//! What the pages show, as plain values: the state folded from the worker's events, routes, the recipe in the URL, formats,
//! the pipeline's layout, charts. Knows only `protocol`; deliberately no browser and no arithmetic of the models.

pub mod catalogue;
pub mod charts;
pub mod checks;
pub mod columns;
pub mod day;
pub mod estimate;
pub mod evaluation;
pub mod features;
pub mod fields;
pub mod format;
pub mod generator;
pub mod grid;
pub mod health;
pub mod lab;
mod layers;
pub mod live;
pub mod moment;
pub mod number;
pub mod own_data;
pub mod pipeline;
mod pipeline_column;
pub mod preview;
mod progress;
pub mod recipe;
pub mod registry;
pub mod route;
pub mod search;
pub mod sql;
pub mod state;
pub mod supervisor;
pub mod versions;
pub mod words;

pub use progress::{Progress, RunState};
