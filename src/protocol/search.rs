//! A search for a model's parameters as the page sees and asks it: what is searched, every trial, what the model of the losses believes.

use super::{ObjectId, Problem};
use serde::{Deserialize, Serialize};

/// Which search to begin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchRequest {
    pub model: ObjectId,
    pub n_trials: u32,
    pub method: SearchMethod,
    /// Trials that are tried side by side.
    pub batch: u32,
    /// Give up hopeless trials early.
    pub is_pruned: bool,
    pub seed: u64,
    pub space: Vec<SearchDimension>,
}

/// How the next point is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum SearchMethod {
    /// Gaussian process, upper confidence bound.
    #[default]
    UpperConfidence,
    /// Gaussian process, expected improvement.
    ExpectedImprovement,
    Random,
    Sobol,
}

/// A parameter with its closed bounds; equal bounds fix it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SearchDimension {
    /// As XGBoost's scikit-learn interface calls it.
    pub name: String,
    pub low: f64,
    pub high: f64,
    pub is_log: bool,
    pub is_whole: bool,
}

/// A search that began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchInfo {
    pub request: SearchRequest,
    /// Part of a run: its best trial becomes V1.
    pub is_of_run: bool,
}

/// How a search stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchState {
    pub model: ObjectId,
    pub phase: SearchPhase,
    /// Planned, those placed by hand included.
    pub n_trials: u32,
    /// Since its beginning, pauses left out.
    pub elapsed_ms: f64,
    /// Workers that try side by side; 0 where the session does it itself.
    pub n_workers: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SearchPhase {
    #[default]
    Running,
    /// Trials under way are finished, no new one begins.
    Paused,
    /// Ended before all trials were tried.
    Stopped,
    Done,
}

/// One trial as it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrialView {
    /// From 0, in the order in which they were asked for.
    pub number: u32,
    /// A value for each dimension of the space, in its order.
    pub point: Vec<f64>,
    pub origin: TrialOrigin,
    pub state: TrialState,
    pub n_trees: u32,
    pub n_trees_planned: u32,
    /// RMSE after its last tree, dollars; `None` before the first.
    pub train: Option<f64>,
    pub validation: Option<f64>,
    /// Time spent on fitting.
    pub elapsed_ms: f64,
    /// Why it failed.
    pub problem: Option<String>,
    /// What the model of the losses said when it chose the point.
    pub reason: Option<TrialReason>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrialState {
    #[default]
    Waiting,
    Running,
    Complete,
    Pruned,
    Failed,
    Cancelled,
}

impl TrialState {
    /// As in the run report; empty while it has not ended.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting | Self::Running => "",
            Self::Complete => "complete",
            Self::Pruned => "pruned",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Who placed a point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrialOrigin {
    ByHand,
    Random,
    #[default]
    Sobol,
    Model,
}

/// Why a model of the losses chose a point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrialReason {
    /// The loss expected there and its standard deviation, dollars.
    pub mean: f64,
    pub sd: f64,
    /// Share of what made the point attractive that is uncertainty: 1 explores, 0 exploits.
    pub exploration: f64,
}

/// What the model of the losses believes along one parameter, or two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurrogateRequest {
    pub model: ObjectId,
    /// Position in the space.
    pub dimension: u32,
    /// Another one: a surface instead of a line.
    pub other: Option<u32>,
    /// The trial whose values the remaining parameters have; `None` for the best.
    pub anchor: Option<u32>,
}

/// Its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Surrogate {
    pub request: SurrogateRequest,
    /// The point through which the line or surface goes.
    pub anchor: Vec<f64>,
    /// Complete trials that it was fitted to.
    pub n_trials: u32,
    /// Values of the parameter, and of the other one.
    pub at: Vec<f64>,
    pub other_at: Vec<f64>,
    /// Loss and its standard deviation, dollars, and what the search maximises: a value for each of `at`, or row after row of `other_at`.
    pub mean: Vec<f64>,
    pub sd: Vec<f64>,
    pub acquisition: Vec<f64>,
    /// Of each dimension that varies its position in the space, and the share of the variance of the expected loss over the space that it
    /// explains alone, and with all others. Empty while there are too few trials.
    pub importance: Vec<(u32, f64, f64)>,
}

/// A point to try, placed by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaceTrial {
    pub model: ObjectId,
    pub point: Vec<f64>,
}

/// What to do with the search of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SearchOrder {
    Pause,
    Resume,
    /// Ends it; finished trials stay.
    Stop,
}

/// Why nothing is searched.
pub fn not_searched(why: &str, remedy: &str) -> Problem {
    Problem::new("The search was not started.", why, remedy)
}
