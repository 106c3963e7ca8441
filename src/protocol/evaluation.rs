//! How good a version is in detail, and what targeting customers by its predictions would earn. Plain data; every figure is reckoned by
//! `engine::evaluate`.

use super::{Density, Histogram, TrainingId};
use serde::{Deserialize, Serialize};

/// A version, and the column whose values divide its test rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRequest {
    pub training: TrainingId,
    /// Empty for the first one that can.
    pub column: String,
}

/// A version on the test rows. Dollars; errors are predicted less actual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationView {
    pub request: EvaluationRequest,
    pub n_rows: u64,
    /// The Gini coefficient over that of a perfect order; `None` where nobody spent anything.
    pub gini: Option<f64>,
    /// `None` where one side does not vary.
    pub spearman: Option<f64>,
    /// The tenth with the highest predictions.
    pub top: TopTenth,
    /// By prediction, highest first.
    pub tenths: Vec<Tenth>,
    /// Share of all spend that the best 0, 1, … 100 % by prediction bring.
    pub gains: Vec<f64>,
    /// The same in a perfect order.
    pub best_gains: Vec<f64>,
    /// Predicted against spent, on a logarithmic scale and in dollars.
    pub scatter: [Density; 2],
    /// Predicted less spent, against the prediction.
    pub residuals: Density,
    pub errors: Histogram,
    pub n_errors_below: u64,
    /// Columns that divide the rows.
    pub columns: Vec<String>,
    /// The one they are divided by here.
    pub column: String,
    pub slices: Vec<SliceView>,
    pub worst: Vec<WorstCaseView>,
    pub intervals: Vec<IntervalView>,
    pub elapsed_ms: f64,
}

/// How well the highest predictions find the largest spenders.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TopTenth {
    pub n_rows: u64,
    /// Share of them that are among the tenth that spent most.
    pub hit_rate: f64,
    /// Share of all spend that they bring.
    pub share: Option<f64>,
    /// That share over what the best tenth brings.
    pub capture: Option<f64>,
}

/// A tenth of the rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tenth {
    pub n_rows: u64,
    pub mean_predicted: f64,
    pub mean_actual: f64,
    /// Its mean spend over that of all rows.
    pub lift: Option<f64>,
    /// Share of all spend that it brings.
    pub share: Option<f64>,
    /// With all tenths before it.
    pub cumulative_gain: Option<f64>,
}

/// Rows with the same value, or with values in the same range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SliceView {
    pub label: String,
    pub n_rows: u64,
    /// `None` without rows.
    pub found: Option<SliceFigures>,
}

/// Intervals hold with 95 % confidence and are `None` for too few rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SliceFigures {
    pub rmse: f64,
    pub rmse_interval: Option<(f64, f64)>,
    /// Mean of predicted less actual.
    pub bias: f64,
    pub bias_interval: Option<(f64, f64)>,
    pub r2: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorstCaseView {
    pub customer: String,
    pub actual: f64,
    pub predicted: f64,
}

/// Prediction intervals made on the validation rows, as measured on the test rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntervalView {
    /// How its width depends on the prediction, in words.
    pub kind: String,
    /// The share of customers that it is meant to hold.
    pub level: f64,
    /// Half the width in dollars, or as a multiple of the row's scale.
    pub margin: f64,
    pub coverage: f64,
    /// Of the coverage, with 95 % confidence.
    pub coverage_interval: (f64, f64),
    pub mean_width: f64,
    /// Coverage by tenths of the prediction, highest first.
    pub by_tenth: Vec<f64>,
}

/// A campaign to whoever a version ranks highest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetingRequest {
    pub training: TrainingId,
    /// The part of spend that is earned, 0 to 1.
    pub margin: f64,
    /// What a contact adds to a customer's spend, as a part of it. An assumption.
    pub uplift: f64,
    /// Dollars a customer.
    pub contact_cost: f64,
    /// Dollars for all contacts.
    pub budget: Option<f64>,
}

/// What the campaign earns on the test rows, by several ways to choose whom to contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetingView {
    pub request: TargetingRequest,
    pub n_rows: u64,
    /// Customers that the budget reaches.
    pub n_affordable: u64,
    /// The version first.
    pub curves: Vec<TargetingCurve>,
    pub elapsed_ms: f64,
}

/// One way to choose. Intervals hold with 95 % confidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetingCurve {
    pub name: String,
    /// Dollars when the best 0, 1, … 100 % are contacted.
    pub profits: Vec<f64>,
    pub best_percent: u32,
    pub n_best: u64,
    pub best_profit: f64,
    pub percent_interval: (f64, f64),
    pub profit_interval: (f64, f64),
}

/// A version beside what does without it, on the test rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RivalsView {
    pub training: TrainingId,
    pub n_rows: u64,
    /// The version first.
    pub rivals: Vec<RivalView>,
    /// The classical model of repeat buying, where there are purchases to fit it to.
    pub purchases: Option<PurchaseModel>,
    pub elapsed_ms: f64,
}

/// Dollars; `gini` as in [`EvaluationView`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RivalView {
    pub name: String,
    pub r2: f64,
    pub rmse: f64,
    pub mae: f64,
    pub gini: Option<f64>,
}

/// BG/NBD and gamma-gamma as fitted to the training rows; times are days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PurchaseModel {
    pub parameters: Vec<(String, f64)>,
    pub n_customers: u64,
    /// Those who bought again, whose spend was fitted.
    pub n_repeating: u64,
    pub is_converged: bool,
}

/// What BG/NBD says of the test customers who had bought something, and what came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepeatView {
    pub purchases: PurchaseModel,
    pub n_rows: u64,
    /// What is expected is expected within it.
    pub horizon_days: u32,
    /// Days since the first purchase of the customer whom the matrices are about: the median.
    pub age_days: f64,
    /// Repeat purchases, the rows of the matrices.
    pub frequencies: Vec<u32>,
    /// Days from the first to the last purchase, their columns.
    pub recencies: Vec<f64>,
    /// P(alive), row after row; `None` for what cannot be.
    pub alive: Vec<Option<f64>>,
    /// Purchases expected.
    pub expected: Vec<Option<f64>>,
    /// Customers by P(alive).
    pub p_alive: Histogram,
    pub mean_alive: f64,
    /// Share of them who bought again.
    pub came_again: f64,
    pub holdout: Vec<HoldoutGroup>,
    pub tracking: TrackingView,
    pub elapsed_ms: f64,
}

/// Customers with the same number of repeat purchases before the observation date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HoldoutGroup {
    /// So many, of the last group or more.
    pub from: u32,
    pub is_last: bool,
    pub n_customers: u64,
    /// Mean number of days with a purchase after it, as expected and as they came.
    pub expected: f64,
    pub actual: f64,
}

/// Repeat purchases of the training customers up to each day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrackingView {
    pub n_customers: u64,
    /// Days since 1970-01-01.
    pub days: Vec<i32>,
    pub expected: Vec<f64>,
    pub actual: Vec<u64>,
    /// The models know purchases up to here for the first customer, and for the last.
    pub first_observation: i32,
    pub last_observation: i32,
}
