//! The intermediate representation of feature definitions. Pure data: how to run, print or draw it stands elsewhere.
//!
//! A view has one row per entity (a customer) and observation date. Its expressions read the entity's own row, aggregates over
//! the entity's events up to the observation date, earlier features, and values fitted on training rows.

use crate::schema::TableSchema;

/// A table with one row per entity.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityTable {
    /// Read when training.
    pub training: TableSchema,
    /// Read when serving; the same table unless new rows wait in a staging table.
    pub serving: TableSchema,
    /// The join key.
    pub key: &'static str,
}

/// A table with dated events of entities.
#[derive(Clone, Debug, PartialEq)]
pub struct EventTable {
    pub schema: TableSchema,
    /// The column that holds the entity's key.
    pub key: &'static str,
    /// The day of the event: rows after the observation date are never seen.
    pub date: &'static str,
}

/// A named, versioned group of features of one entity.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureView {
    pub name: &'static str,
    pub version: String,
    pub meaning: &'static str,
    /// The role that owns the view.
    pub owner: &'static str,
    /// Tags of the view: name and value.
    pub tags: &'static [(&'static str, &'static str)],
    /// How often the dynamic table refreshes, as Snowflake writes it.
    pub refresh: &'static str,
    pub entity: EntityTable,
    pub events: Vec<EventTable>,
    /// Names of the views whose features this one reads.
    pub upstream: Vec<&'static str>,
    /// Values to be fitted on training rows, in the order in which they are fitted.
    pub fits: Vec<Fit>,
    pub features: Vec<Feature>,
}

/// One column of a view.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    pub name: String,
    pub unit: String,
    pub meaning: String,
    /// When the value is null, in words.
    pub null_rule: String,
    pub expr: Expr,
    /// What else its values must be; that they are never null follows from the null rule.
    pub expectations: Vec<Expectation>,
}

/// What must be true of every value of a feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    pub rule: Rule,
    pub severity: Severity,
}

/// What a value must be. A null breaks only `NotNull`.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    NotNull,
    /// A number between two ends, both included; `None` = open.
    Range {
        min: Option<f64>,
        max: Option<f64>,
    },
    /// One of these levels.
    Levels(Vec<String>),
}

/// What a broken expectation means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The data are unusual; the definition may still be right.
    Warn,
    /// The definition or the data are wrong.
    Fail,
}

/// An expression with one value per row.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    Null,
    Integer(i64),
    Float(f64),
    Text(String),
    /// The observation date.
    AsOf,
    /// A column of the entity's row. Cents are read as dollars.
    Column(String),
    /// An earlier feature of this view, or a feature of an upstream view.
    Feature(String),
    /// Over the entity's events up to the observation date.
    Aggregate(Aggregate),
    Arithmetic(Operator, Box<Expr>, Box<Expr>),
    /// `numerator / denominator`, and 0 where the denominator is 0.
    Ratio(Box<Expr>, Box<Expr>),
    /// Whole days from the first day to the second.
    DaysBetween(Box<Expr>, Box<Expr>),
    /// The first value, or the second where the first is null.
    Coalesce(Box<Expr>, Box<Expr>),
    /// The value of the first arm whose condition holds.
    Case(Vec<(Condition, Expr)>, Box<Expr>),
    /// 1 + the number of fitted edges below the value; with `Order::Descending` counted from the top.
    Score {
        value: Box<Expr>,
        edges: &'static str,
        order: Order,
    },
    /// The only edge of a fit with one probability.
    FittedEdge(&'static str),
    /// The fitted mean of the row's group; null for a group without training rows.
    GroupMean {
        group: Box<Expr>,
        means: &'static str,
    },
}

/// Operators on numbers. Whole numbers stay whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
}

/// Which end of a quantity scores best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// More is better.
    Ascending,
    /// Less is better.
    Descending,
}

/// A condition on a row. A comparison with a null does not hold; there is no negation, so two truth values suffice.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    Compare(Expr, Comparison, Expr),
    /// The category has this level.
    Is(Expr, String),
    IsNull(Expr),
    All(Vec<Condition>),
}

/// Comparisons of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
}

/// An aggregate over the events of an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Aggregate {
    /// Name of the event table.
    pub source: String,
    pub function: AggregateFunction,
    /// Only events of this level of a category column.
    pub filter: Option<LevelFilter>,
    /// Only events of the last n days: AS_OF − n < date ≤ AS_OF.
    pub window_days: Option<i32>,
}

/// `column = 'level'`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LevelFilter {
    pub column: String,
    pub level: String,
}

/// What is computed over the events; columns are named. Counts and sums of nothing are 0, the others null.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AggregateFunction {
    Count,
    /// Exact for cents and whole numbers.
    Sum(String),
    /// The earliest date.
    First(String),
    /// The latest date.
    Last(String),
    CountDistinct(String),
    /// Sample standard deviation of the days between successive distinct event days, from integers:
    /// √((nΣg² − (Σg)²) / (n(n − 1))); null with fewer than two gaps.
    GapStandardDeviation,
}

/// A value fitted on training rows and used as a constant afterwards.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    pub name: &'static str,
    pub rule: FitRule,
}

/// How a value is fitted.
#[derive(Clone, Debug, PartialEq)]
pub enum FitRule {
    /// Order statistics at ⌈p·n⌉ of the rows that satisfy the condition.
    Edges { of: Expr, over: Condition, probabilities: &'static [f64] },
    /// Mean of a number per level of a category.
    Means { of: Expr, by: Expr },
}
