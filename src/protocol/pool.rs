//! What the session and the workers of its pool tell each other: rows once, then parameters, and losses back. The page sees none of it.

use super::Hello;
use serde::{Deserialize, Serialize};

/// To a worker of the pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PoolCommand {
    /// The rows of all fits to come.
    Rows(Box<PoolRows>),
    Fit(FitRequest),
    /// Give up the fit under way.
    Stop,
}

/// Training and validation rows under a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolRows {
    pub number: u32,
    /// As the engine prepares them, encoded.
    #[serde(with = "serde_bytes")]
    pub prepared: Vec<u8>,
}

/// One model to train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitRequest {
    /// Of the search among those of the session.
    pub search: u32,
    pub trial: u32,
    /// By name; what is left out takes its default.
    pub params: Vec<(String, f64)>,
    pub seed: u64,
    /// Shares of its trees at which the validation loss is reported, ascending.
    pub milestones: Vec<f64>,
}

/// From a worker of the pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PoolEvent {
    /// Sent once, before anything else; commands sent earlier are lost.
    Ready(Hello),
    Fit(FitProgress),
}

/// How far a fit is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FitProgress {
    pub search: u32,
    pub trial: u32,
    pub n_trees: u32,
    pub n_trees_planned: u32,
    /// RMSE of the training and of the validation rows, dollars.
    pub train: f64,
    pub validation: f64,
    /// Validation losses at milestones passed since the last report.
    pub reached: Vec<f64>,
    /// Time spent on fitting so far.
    pub elapsed_ms: f64,
    pub end: Option<FitEnd>,
}

/// How a fit ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FitEnd {
    Complete,
    /// Why it could not be fitted.
    Failed(String),
    /// Its worker has died; somebody else may try.
    Lost,
}
