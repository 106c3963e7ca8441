//! Plain display data: what the pages show of tables, views, training sets, models and predictions. Aggregates and pages of
//! rows only, never a whole table.

use super::{FairBoundReport, ObjectId, OracleReport, Scenario, TableQuery};
use serde::{Deserialize, Serialize};

/// A finished object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectSummary {
    pub object: ObjectId,
    /// Rows of a table; trees of a model.
    pub rows: u64,
    pub bytes: u64,
    pub digest: String,
    pub meaning: String,
    pub columns: Vec<TableColumn>,
    /// Wall time that making it took.
    pub elapsed_ms: f64,
}

/// A column as shown in a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableColumn {
    pub name: String,
    /// The warehouse type.
    pub sql_type: String,
    pub unit: String,
    pub meaning: String,
    pub nullable: bool,
    /// Right-aligned and tabular.
    pub numeric: bool,
    pub kind: ColumnKind,
}

/// What a column's values are, and so how they are filtered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnKind {
    Id,
    /// An id shown as the name that the visitor's own file gave it.
    Name,
    Day,
    Cents,
    Integer,
    Float,
    /// One of these levels.
    Category(Vec<String>),
    /// Midnight of a day.
    Timestamp,
}

/// Some consecutive rows of those that a query found in a table; the columns stand in the table's summary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TablePage {
    pub request: u32,
    pub table: ObjectId,
    pub query: TableQuery,
    /// Position of the first row among those found.
    pub offset: u64,
    /// Rows that the query found.
    pub n_rows: u64,
    /// Rows of the table.
    pub n_rows_total: u64,
    /// The number of each row in the table, from 0.
    pub row_numbers: Vec<u32>,
    /// `None` is a null.
    pub rows: Vec<Vec<Option<String>>>,
    /// Time that filtering and sorting took.
    pub elapsed_ms: f64,
}

/// Counts over consecutive bins; `edges` has one element more than `counts`. The last bin is closed on the right.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    pub edges: Vec<f64>,
    pub counts: Vec<u64>,
    /// Values beyond the last edge.
    pub n_above: u64,
}

/// Counts over a grid, row after row from the lowest y.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Density {
    pub x_edges: Vec<f64>,
    pub y_edges: Vec<f64>,
    /// True where edges are log10(1 + dollars) instead of dollars.
    pub is_log: bool,
    /// The edges in dollars.
    pub x_dollars: Vec<f64>,
    pub y_dollars: Vec<f64>,
    pub counts: Vec<u64>,
    /// Points outside the grid.
    pub n_outside: u64,
}

/// A feature of a view with its definition in every form and its values in summary.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FeatureDetail {
    pub name: String,
    pub sql_type: String,
    pub unit: String,
    pub meaning: String,
    pub null_rule: String,
    /// The definition in words and symbols.
    pub formula: String,
    /// `TABLE.COLUMN` of every source column it is computed from.
    pub sources: Vec<String>,
    /// `VIEW.FEATURE` of features, and names of models, that read it.
    pub consumers: Vec<String>,
    pub n_null: u64,
    /// Different values, nulls left out.
    pub n_distinct: u64,
    /// Numbers only.
    pub mean: Option<f64>,
    pub standard_deviation: Option<f64>,
    /// Numbers, and days as days since 1970-01-01, like the quantiles and the histogram.
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// (p, the value below which a share p of the values lies).
    pub quantiles: Vec<(f64, f64)>,
    pub histogram: Option<Histogram>,
    /// Category features only: level and count.
    pub levels: Vec<Level>,
}

/// A level of a category and how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    pub level: String,
    pub count: u64,
}

/// A feature view with its SQL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureViewDetail {
    pub view: ObjectId,
    pub version: String,
    pub entity: String,
    pub owner: String,
    /// Name and value.
    pub tags: Vec<(String, String)>,
    pub refresh: String,
    pub refresh_mode: RefreshMode,
    /// The date the shown values are computed as of, ISO; empty where the view has no observation date.
    pub as_of: String,
    pub n_rows: u64,
    pub elapsed_ms: f64,
    pub features: Vec<FeatureDetail>,
    /// Values as of the observation date, for all customers.
    pub sql_serving: String,
    /// Values for a spine of (customer, observation date).
    pub sql_training: String,
    /// How the rows are computed here: the fused passes over the sources.
    pub plan: String,
}

/// How the dynamic table of a view is refreshed in the warehouse.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RefreshMode {
    /// "INCREMENTAL" or "FULL".
    pub mode: String,
    pub reason: String,
    /// What in its query a rule is about.
    pub findings: Vec<RefreshFinding>,
}

/// What a rule does to refreshing a query in parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefreshEffect {
    #[default]
    Allowed,
    CostsMore,
    RulesOutIncremental,
}

/// A rule that a query meets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RefreshFinding {
    pub effect: RefreshEffect,
    pub meaning: String,
    /// What does the same without it.
    pub rewrite: Option<String>,
    /// A page of the warehouse's documentation, and when it was read.
    pub source: String,
    pub read_on: String,
}

/// First and last day, ISO.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateRange {
    pub first: String,
    pub last: String,
}

/// One part of a training set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    pub name: String,
    pub rows: u64,
    pub dates: DateRange,
    pub target_mean: f64,
    /// Share of rows whose target is zero.
    pub target_zero_share: f64,
}

/// A training set with its splits and fitted preprocessing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingSet {
    pub scenario: Scenario,
    pub table: ObjectId,
    pub target: String,
    pub split_column: String,
    pub splits: Vec<Split>,
    pub target_histogram: Histogram,
    pub n_inputs: u32,
    pub n_matrix_columns: u32,
    pub preprocessing: Vec<PreprocessingColumn>,
    pub digest: String,
}

/// What was fitted for one model input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreprocessingColumn {
    pub name: String,
    /// Numeric: mean and standard deviation of the training rows.
    pub mean: Option<f64>,
    pub standard_deviation: Option<f64>,
    /// Category: the levels seen in the training rows, one matrix column each.
    pub levels: Vec<String>,
    /// What stands in for a null.
    pub fill: String,
}

/// A tree was added.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingProgress {
    pub model: ObjectId,
    pub n_trees: u32,
    pub n_trees_planned: u32,
    pub train: f64,
    pub validation: f64,
}

/// Loss after each tree; of squared error the RMSE.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    pub train: Vec<f64>,
    pub validation: Vec<f64>,
}

/// Metrics on one part of the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitMetrics {
    pub split: String,
    pub rmse: f64,
    pub mae: f64,
    pub r2: f64,
    /// Mean absolute percentage error over rows with a positive target, as a fraction; `None` without such rows.
    pub mape: Option<f64>,
    pub rows: u64,
    /// Rows with a target of zero, which MAPE leaves out.
    pub mape_excluded: u64,
}

/// How much a model input contributed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Importance {
    pub input: String,
    /// Share of the total gain of all splits, 0–1.
    pub gain_share: f64,
    pub n_splits: u64,
    /// Share of the training rows that all questions were put to, 0–1.
    pub cover_share: f64,
    /// Mean size of its exact Shapley value over some test rows, dollars.
    pub mean_contribution: f64,
}

/// A trained model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelDetail {
    pub model: ObjectId,
    pub version: String,
    pub engine: String,
    /// Parameter name and value, in the order to show.
    pub params: Vec<(String, f64)>,
    pub n_trees: u32,
    pub n_leaves: u64,
    /// Train, validation, test.
    pub metrics: Vec<SplitMetrics>,
    /// By split name; empty where the customers' latents are not known.
    pub oracle: Vec<(String, OracleReport)>,
    pub curve: Curve,
    /// All inputs, most important first.
    pub importance: Vec<Importance>,
    /// Predicted (y) against actual (x) on the test rows, in log10(1 + dollars).
    pub predicted_vs_actual: Density,
    pub digest: String,
    pub elapsed_ms: f64,
}

/// A prediction table in summary; its rows are paged like any table's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predictions {
    pub table: ObjectId,
    pub model_version: String,
    pub as_of: String,
    pub n_rows: u64,
    pub mean: f64,
    pub median: f64,
    pub total: f64,
    pub n_negative: u64,
    /// Share of the predicted total that the top tenth of customers holds.
    pub top_decile_share: f64,
    pub histogram: Histogram,
    pub elapsed_ms: f64,
}

/// A text to save or copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    pub name: String,
    pub media_type: String,
    pub text: String,
}

/// What a column of a table holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    pub column: String,
    pub n_null: u64,
    /// Different values, nulls left out; exact.
    pub n_distinct: u64,
    /// Least and greatest value as a cell shows them; `None` for categories and columns of nulls only.
    pub min: Option<String>,
    pub max: Option<String>,
    /// Numeric columns that are not ids.
    pub mean: Option<f64>,
    /// Numeric columns that are not ids, and days as days since 1970-01-01: (p, the value below which a share p of the values
    /// lies).
    pub quantiles: Vec<(f64, f64)>,
    /// Numeric columns in their unit; days as days since 1970-01-01.
    pub histogram: Option<Histogram>,
    /// Categories: every level with its count, in the order of the schema.
    pub levels: Vec<Level>,
}

/// All columns of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableProfile {
    pub table: ObjectId,
    pub rows: u64,
    pub columns: Vec<ColumnProfile>,
    pub elapsed_ms: f64,
}

/// What is attainable for the customers of a model, once it has been computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FairBound {
    pub model: ObjectId,
    /// By split name.
    pub splits: Vec<(String, FairBoundReport)>,
    /// Some customers of the test part, from the smallest bound to the largest.
    pub customers: Vec<AttainableCustomer>,
    /// The text document that lists every customer; none without a model.
    pub document: Option<String>,
}

/// One customer's 12 months, dollars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttainableCustomer {
    pub customer: String,
    pub actual: f64,
    pub predicted: f64,
    pub fair_bound: f64,
    pub oracle: f64,
}
