//! Live predictions: a simulated clock, staging tables that fill, dynamic tables that are refreshed. Times are simulated minutes since
//! 1970-01-01 00:00, amounts cents where they are exact and dollars where a model gives them.

use super::view::{RefreshFinding, TableColumn};
use serde::{Deserialize, Serialize};

/// What the reader does with the simulation. Everything that moves or changes it is answered by `Event::Live`; what cannot be done is refused with
/// a sentence, and nothing changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LiveRequest {
    /// Begin with what the run has made; a simulation that has begun goes on where it is.
    Open,
    /// Begin anew, as the run left it.
    Restart,
    /// Move the clock on; answered while it is on its way too.
    Advance { minutes: u32 },
    /// To the next moment at which a table is due.
    NextRefresh,
    /// Twelve months ahead. On the way tables are refreshed on the first of each month only.
    Jump,
    /// Stay where the clock has come to.
    Halt,
    /// Something done to a dynamic table.
    Table { table: String, order: TableOrder },
    /// A purchase by hand, loaded now.
    Purchase(PurchaseForm),
    /// A customer for COLDSTART_CUSTOMERS_STAGING by hand, loaded now.
    Customer(CustomerForm),
    /// A CSV file of rows for a staging table, loaded now.
    File { file: String, text: String },
    /// Something that goes wrong.
    Break(Breakage),
    /// A failing table no longer fails.
    Repair { table: String },
    /// The rows of a batch are deleted from its staging table.
    DeleteBatch(u32),
    /// Rows of a table as of a moment; answered by `Event::LiveRows`.
    Look(LiveLook),
    /// One customer as of a moment; answered by `Event::LiveCustomer`.
    Explain { customer_id: i32, at: Option<i64> },
    /// Every table refreshed in both modes; answered by `Event::LiveMeasured`.
    Measure,
    /// What was predicted beside what has happened since; answered by `Event::LiveOutcome`.
    Outcome,
}

/// What can be done to a dynamic table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TableOrder {
    Suspend,
    Resume,
    /// Now, with everything upstream.
    Refresh,
    /// Replaced by a table of another mode.
    Declare(DeclaredMode),
}

/// REFRESH_MODE as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeclaredMode {
    Auto,
    Incremental,
    Full,
}

/// As typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseForm {
    pub customer_id: String,
    /// Dollars.
    pub amount: String,
    /// A level of PRODUCT_CATEGORY.
    pub category: String,
    pub quantity: String,
    /// YYYY-MM-DD; empty = today.
    pub day: String,
}

/// As typed: values by column of COLDSTART_CUSTOMERS_STAGING. Without a CUSTOMER_ID the next one is given, without a SIGNUP_DATE the day 30 days ago.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerForm {
    pub values: Vec<(String, String)>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Breakage {
    /// Purchases of the last two months that arrive now.
    LateRows,
    /// The last thousand purchases arrive once more.
    DuplicatedBatch,
    /// Purchases in a category that nobody has seen before.
    UnknownCategory,
    /// Amounts in cents that were taken for dollars.
    HundredfoldAmounts,
    /// New customers of one channel.
    ChannelDrift,
    /// Every refresh of CONTINUOUS_CUSTOMER_FEATURES fails.
    FailingRefresh,
}

/// The simulation as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveState {
    pub now: i64,
    pub began: i64,
    /// Where the clock is going; `None` = it has arrived.
    pub going_to: Option<i64>,
    /// The clock does not go beyond.
    pub last: i64,
    /// Customers whose next weeks have been simulated ahead, and how many there are; `None` when nothing is simulated now.
    pub simulating: Option<(u64, u64)>,
    /// False for own data, to which nothing comes by itself.
    pub has_arrivals: bool,
    pub sources: Vec<LiveSource>,
    /// Upstream before downstream.
    pub tables: Vec<LiveTable>,
    /// What the next plan refreshes, and when.
    pub plan: Option<LivePlan>,
    /// The last refreshes, newest first; those without new data that follow each other are one line.
    pub history: Vec<LiveEntry>,
    /// Lag of each table in minutes, in the order of `tables`, oldest first.
    pub lags: Vec<LagPoint>,
    pub sides: Vec<LiveSide>,
    /// What was loaded otherwise than by the simulation, newest first.
    pub batches: Vec<LiveBatch>,
    pub alerts: Vec<LiveAlert>,
    /// Levels to choose from, by column, in the forms.
    pub levels: Vec<(String, Vec<String>)>,
    /// Bytes that the simulation holds beside the run's own tables.
    pub bytes: u64,
    /// Events that came by the last step, and the milliseconds that it took in the worker.
    pub n_arrived: u64,
    pub step_ms: f64,
}

/// A table that is no dynamic one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveSource {
    pub name: String,
    pub n_rows: u64,
    /// Rows that came by the last step.
    pub n_new: u64,
    pub is_staging: bool,
    /// The observation date in OBSERVATION.
    pub as_of: Option<String>,
}

/// A dynamic table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveTable {
    pub name: String,
    /// Sources and dynamic tables.
    pub reads: Vec<String>,
    pub target_lag: i64,
    /// `None` while it holds nothing.
    pub lag: Option<i64>,
    pub data_time: Option<i64>,
    pub n_rows: u64,
    pub declared: DeclaredMode,
    pub is_full: bool,
    pub mode_reason: String,
    /// The linter's findings in its query.
    pub findings: Vec<RefreshFinding>,
    pub is_suspended: bool,
    /// A table that it reads is suspended.
    pub is_held: bool,
    pub n_failures: u32,
    /// Every refresh fails until it is repaired.
    pub is_broken: bool,
    pub next_due: Option<i64>,
    /// Its last refresh, those without new data included.
    pub last: Option<LiveEntry>,
}

/// A plan before it is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LivePlan {
    pub at: i64,
    pub steps: Vec<LivePlanStep>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LivePlanStep {
    pub table: String,
    pub is_full: bool,
    /// In words.
    pub why: String,
    /// Rows that wait to be computed, as far as is known before.
    pub n_open: u64,
}

/// STATE of DYNAMIC_TABLE_REFRESH_HISTORY.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefreshState {
    Scheduled,
    Executing,
    Succeeded,
    Failed,
    Cancelled,
    UpstreamFailed,
}

/// REFRESH_ACTION of DYNAMIC_TABLE_REFRESH_HISTORY.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefreshAction {
    NoData,
    Incremental,
    Full,
    Reinitialize,
}

/// A line of the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveEntry {
    pub refresh: u64,
    /// Refreshes that this line stands for.
    pub n_refreshes: u64,
    pub table: String,
    pub state: RefreshState,
    pub action: Option<RefreshAction>,
    pub why: String,
    pub at: i64,
    pub lag_before: Option<i64>,
    /// Rows that were computed.
    pub touched: u64,
    pub inserted: u64,
    pub updated: u64,
    pub deleted: u64,
    pub elapsed_ms: f64,
    pub error: Option<String>,
}

/// Lags at a moment; `None` where a table holds nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LagPoint {
    pub at: i64,
    pub lags: Vec<Option<i64>>,
}

/// The predictions of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveSide {
    /// The prediction table.
    pub table: String,
    pub model: String,
    pub version: String,
    /// Contributions are of the logarithm of dollars.
    pub is_log: bool,
    pub n_customers: u64,
    /// Dollars.
    pub total: f64,
    /// At the beginning; `None` before the first refresh.
    pub total_at_first: Option<f64>,
    /// Predictions that the last refresh with new data changed.
    pub n_moved: u64,
    /// The largest changes among them.
    pub moved: Vec<LiveMove>,
}

/// A prediction that has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveMove {
    pub customer_id: i32,
    /// The visitor's own name of the customer.
    pub name: Option<String>,
    /// Dollars; `None` for a new row.
    pub before: Option<f64>,
    pub after: f64,
    /// The three inputs whose contributions changed most.
    pub reasons: Vec<LiveReason>,
}

/// What an input contributes to a prediction, and what it did before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveReason {
    pub input: String,
    pub value_before: Option<String>,
    pub value: String,
    /// On the model's scale: dollars, or their logarithm.
    pub contribution_before: f64,
    pub contribution: f64,
}

/// Rows that came together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveBatch {
    pub batch: u32,
    pub label: String,
    pub table: String,
    pub loaded_at: i64,
    pub n_rows: u64,
    pub n_duplicates: u64,
    pub n_late: u64,
    pub most_days_late: u32,
    pub n_unknown: u64,
    pub deleted_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AlertSeverity {
    Note,
    Warning,
    Problem,
}

/// Something that should be looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveAlert {
    pub severity: AlertSeverity,
    /// What is seen.
    pub what: String,
    /// Why it is said: the measure and its limit.
    pub why: String,
    pub remedy: String,
    /// From the batch or the table that causes it to the predictions that it reaches, by name.
    pub lineage: Vec<String>,
}

/// Rows to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveLook {
    pub table: String,
    /// `None` = now.
    pub at: Option<i64>,
    pub offset: u64,
    pub limit: u32,
}

/// Rows of a table as of a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveRows {
    pub look: LiveLook,
    pub columns: Vec<TableColumn>,
    /// `None` is a null.
    pub rows: Vec<Vec<Option<String>>>,
    pub n_rows: u64,
    /// As of when the table held its sources then; `None` when it had not been refreshed yet.
    pub data_time: Option<i64>,
    /// The refresh that had brought it there; none for staging tables.
    pub refresh: Option<u64>,
    /// The refresh that wrote each row; empty except for predictions.
    pub writers: Vec<u64>,
    /// Milliseconds that computing it again took.
    pub elapsed_ms: f64,
}

/// Where a customer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LivePlace {
    Profile,
    /// In COLDSTART_CUSTOMERS_STAGING.
    Staging,
    Nowhere,
}

/// A customer as of a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveCustomer {
    pub customer_id: i32,
    pub name: Option<String>,
    pub at: i64,
    pub place: LivePlace,
    /// Dollars; `None` where there is none at that moment.
    pub prediction: Option<f64>,
    pub version: String,
    /// The refresh that wrote the prediction, and when.
    pub refresh: Option<u64>,
    pub written_at: Option<i64>,
    /// Before that refresh.
    pub before: Option<f64>,
    pub reasons: Vec<LiveReason>,
    /// True when contributions are of the logarithm.
    pub is_log: bool,
    /// Prediction at moments since the beginning.
    pub path: Vec<(i64, f64)>,
    /// What came last, newest first.
    pub events: Vec<LiveEvent>,
}

/// A row of a customer in a staging or raw table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveEvent {
    pub table: String,
    pub id: i32,
    pub day: String,
    pub loaded_at: i64,
    pub batch: u32,
    pub batch_label: String,
    /// "$34.50, books, 2 items" or "cart_add".
    pub text: String,
}

/// Each table refreshed in both modes, on the rows that had come since its last refresh.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveMeasured {
    pub at: i64,
    pub tables: Vec<MeasuredTable>,
    /// True when both modes gave the same rows.
    pub is_equal: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredTable {
    pub table: String,
    pub incremental_rows: u64,
    pub incremental_ms: f64,
    pub full_rows: u64,
    pub full_ms: f64,
}

/// What was predicted for the continuous customers, and what has happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveOutcome {
    pub began: i64,
    pub now: i64,
    /// Spend since the beginning of those who were predicted then, month by month, dollars, and what it would be were the prediction spread evenly.
    pub pace: Vec<PacePoint>,
    /// Predictions of the first day of each month, once twelve months have passed since.
    pub cohorts: Vec<OutcomeCohort>,
    /// Of the predictions at the beginning, by tenths of them; empty before twelve months.
    pub tenths: Vec<OutcomeTenth>,
    /// How far predictions have moved from those at the beginning, by month.
    pub drift: Vec<OutcomeDrift>,
    /// Trained again as of the beginning, when its year had passed; `None` before, or with too few customers.
    pub retrain: Option<Retrain>,
    pub elapsed_ms: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PacePoint {
    pub day: String,
    pub actual: f64,
    pub expected: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutcomeCohort {
    /// The day of the predictions.
    pub day: String,
    pub n_customers: u64,
    pub predicted: f64,
    pub actual: f64,
    pub r2: f64,
    pub mae: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutcomeTenth {
    /// Means in dollars.
    pub predicted: f64,
    pub actual: f64,
    pub n_customers: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutcomeDrift {
    pub day: String,
    /// Population stability index over tenths of the predictions at the beginning.
    pub psi: f64,
    pub mean: f64,
}

/// Two models on the same customers, who were kept back from the retraining. The served one has seen earlier years of some of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retrain {
    pub n_train: u64,
    pub n_test: u64,
    pub served: RetrainFigures,
    pub retrained: RetrainFigures,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RetrainFigures {
    pub r2: f64,
    pub mae: f64,
    /// Predicted by actual total.
    pub total_ratio: f64,
}
