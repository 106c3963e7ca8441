//! What belongs to several tables at once: associations of columns, cohorts, concentration of spend, and the truth checks.

use super::ObjectId;
use serde::{Deserialize, Serialize};

/// The data at a glance; a part without tables is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Glance {
    pub associations: Vec<Associations>,
    pub retention: Option<Retention>,
    pub concentration: Vec<Concentration>,
    pub elapsed_ms: f64,
}

/// How two columns are held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    /// Two numbers: Spearman's rank correlation, −1 to 1.
    Spearman,
    /// A category and a number: correlation ratio of the ranks, corrected for the number of levels, 0 to 1.
    CorrelationRatio,
    /// Two categories: Cramér's V, corrected for bias, 0 to 1.
    CramersV,
}

/// The strength of a pair of columns.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Association {
    pub measure: Measure,
    /// `None` where a column does not vary.
    pub value: Option<f64>,
    /// Rows where both are present.
    pub n_rows: u32,
}

/// All pairs of a table's columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Associations {
    pub table: ObjectId,
    /// The target first, then what goes together with it most.
    pub columns: Vec<String>,
    /// Row after row, the whole square.
    pub cells: Vec<Association>,
    /// Rows that were looked at, of how many.
    pub n_rows: u32,
    pub n_rows_total: u64,
}

/// Sign-up cohorts over periods of equal length, counted from each customer's sign-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retention {
    /// Calendar months of a cohort.
    pub months_per_cohort: u32,
    pub days_per_period: u32,
    pub cohorts: Vec<Cohort>,
    pub now: String,
}

/// The customers who signed up within the same months.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cohort {
    /// YYYY-MM of its first month.
    pub from: String,
    pub n_customers: u64,
    /// Customers with a purchase in each period that lies before NOW for all of them.
    pub n_active: Vec<u64>,
}

/// How unequally spend is spread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Concentration {
    pub table: ObjectId,
    /// What is added up, in words.
    pub spend: String,
    pub n_customers: u64,
    pub total_dollars: f64,
    /// Share of customers without spend.
    pub zero_share: f64,
    pub gini: f64,
    /// Element i: share of the spend held by the top i percent of customers, 0 ..= 100; empty without spend.
    pub held_by_top: Vec<f64>,
}

/// What a measured value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckUnit {
    /// Rows that break a rule.
    Violations,
    Share,
    PercentagePoints,
    Ratio,
    Days,
    Dollars,
    Events,
}

/// A statement about the data, held against them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TruthCheck {
    pub id: String,
    /// Title of the group it stands in.
    pub group: String,
    pub statement: String,
    pub unit: CheckUnit,
    pub measured: f64,
    /// Ends of the expected range; `None` = open.
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub passes: bool,
    /// What the measured value rests on.
    pub detail: String,
    /// Why it matters.
    pub why: String,
}

/// All checks, in groups.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TruthReport {
    pub checks: Vec<TruthCheck>,
    /// False for a reader's own data: what would need the generator's configuration is absent.
    pub generated: bool,
    pub elapsed_ms: f64,
}
