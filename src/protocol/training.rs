//! Trainings beside the run's own: what an engine can be told, what was trained, how a model came about tree by tree, and what it
//! does when an input moves.

use super::{Curve, Histogram, ObjectId, SplitMetrics};
use serde::{Deserialize, Serialize};

/// Something that grows trees, and what it can be told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainerInfo {
    /// As in the run report: "hist".
    pub name: String,
    pub label: String,
    /// What it does, and what is known against it, in a few sentences.
    pub meaning: String,
    pub objectives: Vec<ObjectiveInfo>,
    pub parameters: Vec<TrainingParameter>,
    /// Parameters of other engines that do not exist here: name and why.
    pub absent: Vec<(String, String)>,
}

/// What a training can minimise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ObjectiveInfo {
    /// As XGBoost calls it: "reg:squarederror".
    pub name: String,
    pub label: String,
    pub meaning: String,
    pub parameter: Option<TrainingParameter>,
}

/// A number that a training takes, within closed bounds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainingParameter {
    /// As XGBoost's scikit-learn interface calls it.
    pub name: String,
    pub meaning: String,
    pub default: f64,
    pub least: f64,
    pub most: f64,
    /// The bounds in words: "from 1 to 16".
    pub bound: String,
    pub is_whole: bool,
}

/// A training on the present training set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainRequest {
    pub model: ObjectId,
    pub engine: String,
    pub objective: String,
    /// By name; what is left out takes its default.
    pub values: Vec<(String, f64)>,
}

/// A model as trained or imported, for comparing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    pub model: ObjectId,
    /// V1 is the run's own.
    pub version: String,
    pub engine: String,
    pub objective: String,
    /// Name and value, in the order to show.
    pub params: Vec<(String, f64)>,
    pub n_trees: u32,
    pub n_leaves: u64,
    /// Binning and fitting; `None` for a model that was trained elsewhere.
    pub elapsed_ms: Option<f64>,
    /// The loss after each tree, and its name.
    pub curve: Curve,
    pub loss: String,
    /// The name of the file of a model that was trained elsewhere.
    pub file: Option<String>,
    /// Train, validation, test; of the raw predictions.
    pub splits: Vec<SplitMetrics>,
    /// Share of test rows whose actual value is at most the prediction: of a quantile model its coverage.
    pub share_below: f64,
    pub digest: String,
}

/// A training under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingGrown {
    pub training: TrainingId,
    pub n_trees: u32,
    pub n_trees_planned: u32,
    pub train: f64,
    pub validation: f64,
    pub loss: String,
    pub elapsed_ms: f64,
}

/// Which model: the run's own, or a later training.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingId {
    pub model: ObjectId,
    pub version: String,
}

/// A model with its first so many trees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundRequest {
    pub training: TrainingId,
    pub n_trees: u32,
    /// Row of the test part, from 0.
    pub row: u32,
}

/// How a model stood after a tree, on its test rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoundView {
    pub request: RoundRequest,
    pub n_trees_total: u32,
    pub n_rows: u32,
    /// Root mean squared error of the test predictions, dollars.
    pub rmse: f64,
    /// Actual − predicted, dollars.
    pub residuals: Histogram,
    /// Tenths of the test rows by their prediction after all trees, least first.
    pub deciles: Vec<Decile>,
    /// The tree just added; none before the first.
    pub tree: Option<TreeView>,
    /// True where leaves multiply a prediction instead of adding to it.
    pub is_log: bool,
    pub customer: String,
    pub actual: f64,
    /// The customer's prediction after 0, 1, 2, … trees, all of them.
    pub path: Vec<f64>,
    pub elapsed_ms: f64,
}

/// Mean spend of a tenth of the rows, dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decile {
    pub predicted: f64,
    pub actual: f64,
}

/// A tree to draw; node 0 is the root, children stand behind their parents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TreeView {
    pub nodes: Vec<TreeNode>,
}

/// A node of a tree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TreeNode {
    /// What is asked, answered "yes" to the left: "RECENCY_DAYS < 41.5"; empty for a leaf.
    pub question: String,
    /// Positions of the children: yes, no.
    pub children: Option<(u32, u32)>,
    /// What a leaf adds to a prediction, the learning rate included.
    pub value: f64,
    /// Training rows that came here, or what counts for them in a model trained elsewhere.
    pub cover: f64,
    /// The chosen customer comes by here.
    pub on_path: bool,
}

/// What a model does when one input moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependenceRequest {
    pub training: TrainingId,
    /// A model input; empty for the most important one.
    pub input: String,
}

/// Partial dependence (Friedman 2001, section 8.2) with individual curves (Goldstein et al. 2015), on some test rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dependence {
    pub request: DependenceRequest,
    pub input: String,
    pub unit: String,
    /// Every input of the model, most important first.
    pub inputs: Vec<String>,
    pub is_category: bool,
    /// The values that the input was set to: a number, or the name of a level.
    pub labels: Vec<String>,
    /// Where they stand on an axis: numbers, or 0, 1, 2, … for levels.
    pub at: Vec<f64>,
    /// Mean prediction over all rows with the input set so, dollars.
    pub mean: Vec<f64>,
    /// The predictions of some single rows, dollars: rows × values.
    pub curves: Vec<Vec<f64>>,
    /// How many rows the mean is over.
    pub n_rows: u32,
    pub elapsed_ms: f64,
}

/// One customer of the test part with some inputs changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhatIfRequest {
    pub training: TrainingId,
    /// Row of the test part, from 0.
    pub row: u32,
    /// Input and value as typed; an empty text is a missing value.
    pub changes: Vec<(String, String)>,
}

/// A single prediction with what each input contributes to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhatIf {
    pub request: WhatIfRequest,
    pub customer: String,
    pub n_rows: u32,
    pub actual: f64,
    /// The prediction without the changes.
    pub before: f64,
    pub prediction: f64,
    /// True where contributions add up to the logarithm of the prediction.
    pub is_log: bool,
    /// The prediction where nothing is known of the customer.
    pub base_value: f64,
    /// Every input in the model's order.
    pub inputs: Vec<WhatIfInput>,
    /// Prediction less base value less all contributions: rounding of float32 sums.
    pub residual: f64,
    /// Time that scoring and explaining took, without reading the request.
    pub elapsed_ms: f64,
}

/// An input of one prediction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WhatIfInput {
    pub name: String,
    /// As the model sees it, in the training set and as changed; empty when missing.
    pub before: String,
    pub value: String,
    /// The levels of a category.
    pub levels: Vec<String>,
    /// Its exact Shapley value: dollars, or their logarithm.
    pub contribution: f64,
    /// Why the typed value was not taken; the value before stands then.
    pub problem: Option<String>,
}

/// The same training on standardised columns: what it changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalingCheck {
    pub model: ObjectId,
    pub n_rows: u64,
    /// Test rows with a value on a threshold that they are asked about, to within the rounding of single precision: which side such a
    /// value is on is decided by that rounding.
    pub n_on_threshold: u64,
    /// Other test rows with another prediction.
    pub n_different: u64,
    /// Dollars.
    pub largest_difference: f64,
    pub elapsed_ms: f64,
}
