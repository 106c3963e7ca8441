//! What a run will take, reckoned before it runs.

use serde::{Deserialize, Serialize};

/// What to expect of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEstimate {
    pub n_transactions: f64,
    pub n_interactions: f64,
    /// Of all tables.
    pub table_bytes: f64,
    /// Peak of the worker's memory.
    pub memory_bytes: f64,
    pub elapsed_ms: f64,
    /// The run that it was reckoned from; `None` = the reference run.
    pub reckoned_from: Option<MeasuredRun>,
}

/// A run of this session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredRun {
    pub customers: u32,
    pub table_bytes: u64,
    pub elapsed_ms: f64,
}
