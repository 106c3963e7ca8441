//! What the inputs of a model contribute to its predictions, seen over many customers, and the nearest change that brings one prediction to a
//! target. Contributions are Shapley values: dollars, or their logarithm where the objective has one.

use super::TrainingId;
use serde::{Deserialize, Serialize};

/// A version, and the input to look at closely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributionRequest {
    pub training: TrainingId,
    /// Empty for the one that contributes most.
    pub input: String,
}

/// The contributions to the predictions of some test rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributionView {
    pub request: AttributionRequest,
    pub n_rows: u32,
    /// Contributions add up to the logarithm of a prediction.
    pub is_log: bool,
    /// Ends of the axis that all inputs share; what lies beyond is counted at its ends.
    pub low: f64,
    pub high: f64,
    /// Those that contribute most first.
    pub inputs: Vec<InputAttribution>,
    pub close: CloseLook,
    pub elapsed_ms: f64,
}

/// An input's contributions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputAttribution {
    pub name: String,
    /// Mean size.
    pub mean_size: f64,
    /// Least and greatest.
    pub range: (f64, f64),
    /// In equal bins from `low` to `high`: rows, and the mean rank of their values, 0 for the lowest and 1 for the highest; a category has none.
    pub bins: Vec<(u32, Option<f32>)>,
}

/// One input row by row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CloseLook {
    pub input: String,
    pub unit: String,
    /// The levels of a category, whose points stand at 0, 1, 2, …; empty for a number.
    pub levels: Vec<String>,
    /// The input that goes with the contributions most where this one hardly differs, and how strongly, 0 … 1.
    pub partner: Option<(String, f64)>,
    pub points: Vec<AttributionPoint>,
}

/// A row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AttributionPoint {
    /// Its value of the input.
    pub at: f64,
    pub contribution: f64,
    /// Rank of its value of the partner, 0 … 1.
    pub rank: Option<f32>,
}

/// How could this customer's prediction reach a target?
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CounterfactualRequest {
    pub training: TrainingId,
    /// Row of the test part, from 0.
    pub row: u32,
    /// Dollars.
    pub target: f64,
}

/// The nearest change of numbers that gets there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CounterfactualView {
    pub request: CounterfactualRequest,
    pub customer: String,
    pub before: f64,
    pub prediction: f64,
    pub is_reached: bool,
    /// No more inputs are changed.
    pub most_changes: u32,
    /// Input, value before and value after.
    pub changes: Vec<(String, String, String)>,
    pub elapsed_ms: f64,
}
