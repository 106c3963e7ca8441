//! Drift and expectations of every feature: what was trained on held against what is served now, and what its values must be.

use super::{Association, DateRange, Histogram, ObjectId, Scenario};
use serde::{Deserialize, Serialize};

/// The health of every feature; a scenario without training rows or served values has no drift.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FeatureHealth {
    pub comparisons: Vec<Comparison>,
    /// Every model input of the compared scenarios, in the order of the inputs.
    pub drifts: Vec<FeatureDrift>,
    /// In the order of the views' definitions.
    pub expectations: Vec<ExpectationFinding>,
    /// The PSI from which a drift is moderate, and the one above which it is large.
    pub moderate_from: f64,
    pub large_above: f64,
    pub elapsed_ms: f64,
}

/// What is held against what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub scenario: Scenario,
    /// The training table, of which only the rows that models train on count.
    pub training: ObjectId,
    pub n_training: u64,
    /// Days as of which the training rows are observed; of sign-up in cold start.
    pub training_dates: DateRange,
    /// Whose values are served.
    pub served: ObjectId,
    pub n_served: u64,
    pub served_dates: DateRange,
}

/// What a PSI means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DriftVerdict {
    Stable,
    Moderate,
    Large,
}

/// How far a feature's served values lie from those trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureDrift {
    pub scenario: Scenario,
    /// The view that defines it, or the raw table that holds it.
    pub object: ObjectId,
    pub feature: String,
    pub unit: String,
    pub psi: f64,
    pub verdict: DriftVerdict,
    /// The PSI that chance alone exceeds once in twenty times.
    pub by_chance: f64,
    /// Numbers only.
    pub ks: Option<f64>,
    pub training: DriftSide,
    pub served: DriftSide,
    /// The bins of the PSI.
    pub bins: Vec<DriftBin>,
    /// Strength of the pair with the target on training rows.
    pub with_target: Option<Association>,
}

/// A feature on one side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DriftSide {
    pub n_rows: u64,
    pub n_null: u64,
    /// Numbers only; money in dollars.
    pub mean: Option<f64>,
    /// Numbers only; both sides have the same edges.
    pub histogram: Option<Histogram>,
}

/// Which values a bin holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DriftRange {
    /// above < value ≤ up_to; `None` = open.
    Numbers {
        above: Option<f64>,
        up_to: Option<f64>,
    },
    Level(String),
    Null,
}

/// A bin with the rows in it and its part of the PSI.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriftBin {
    pub range: DriftRange,
    pub n_training: u64,
    pub n_served: u64,
    pub contribution: f64,
}

/// What a broken expectation means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ExpectationSeverity {
    /// Unusual, and possible.
    Warn,
    /// Wrong.
    Fail,
}

/// An expectation of a feature, held against the view's table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpectationFinding {
    pub view: ObjectId,
    pub feature: String,
    /// "between 1 and 5".
    pub rule: String,
    pub severity: ExpectationSeverity,
    pub n_rows: u64,
    pub n_broken: u64,
    pub example: Option<BrokenRow>,
}

/// A row that breaks an expectation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenRow {
    /// The customer, by the reader's own name where there is one.
    pub customer: String,
    /// `None` is a null.
    pub value: Option<String>,
}
