//! What the page asks of the worker, and the configuration of a run with its bounds. The bounds stand here once: the URL, the
//! form and the worker all check against them.

use super::{
    AttributionRequest, CompareRequest, CounterfactualRequest, CustomerChoice, DependenceRequest, EvaluationRequest,
    FeaturesRequest, LeakageRequest, LiveRequest, ObjectId, OwnDataPart, PlaceTrial, PreviewRequest, Problem,
    RegistryRequest, RoundRequest, SearchOrder, SearchRequest, SurrogateRequest, TargetingRequest, TrainRequest,
    TrainingId, WhatIfRequest,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A request from the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Start the pipeline; a run in progress is cancelled first.
    Run(RunConfig),
    /// What would a run with these settings take?
    Estimate(RunConfig),
    /// Stop the run in progress, or else the training; what is finished stays.
    Cancel,
    /// Forget everything.
    Reset,
    /// Rows of a table.
    Page(TableRequest),
    /// The columns of a table in summary.
    Profile(ObjectId),
    /// Associations of columns, retention of cohorts, concentration of spend.
    Glance,
    /// What must be true of the raw tables.
    Checks,
    /// One established customer's purchases and interactions.
    Life(CustomerChoice),
    /// The features of an established customer as of a day.
    FeaturesAt(FeaturesRequest),
    /// How far served features have drifted from those trained on, and whether they are what is expected of them.
    FeatureHealth,
    /// The views that own features have changed, beside the catalogue's.
    CompareVersions,
    /// A reader's own feature, to be tried; changes nothing.
    PreviewFeature(PreviewRequest),
    /// Train another version of a model on the present training set; one under way is given up.
    Train(TrainRequest),
    /// A model in XGBoost's JSON, trained elsewhere on the same columns, as another version.
    ImportModel {
        model: ObjectId,
        file: String,
        text: String,
    },
    /// How a model stood after so many trees.
    Round(RoundRequest),
    /// What a model does when one input moves.
    Dependence(DependenceRequest),
    /// One prediction with other inputs.
    WhatIf(WhatIfRequest),
    /// What the inputs contribute to many predictions.
    Attribution(AttributionRequest),
    /// The nearest change that brings one prediction to a target.
    Counterfactual(CounterfactualRequest),
    /// Does a model change when its columns are standardised before training?
    CheckScaling(ObjectId),
    /// Search for a model's parameters; the best ones are trained as another version.
    Search(Box<SearchRequest>),
    SearchOrder {
        model: ObjectId,
        order: SearchOrder,
    },
    /// Try a point before any other; a search that has ended goes on with it.
    PlaceTrial(PlaceTrial),
    /// What does the model of the losses believe?
    Surrogate(SurrogateRequest),
    /// So many workers try parameters side by side from the next trial on.
    PoolSize(u32),
    /// Two versions of a model on the same rows.
    Compare(CompareRequest),
    /// A version in detail.
    Evaluate(EvaluationRequest),
    /// A version beside what does without it.
    Rivals(TrainingId),
    /// What a campaign by a version's predictions would earn.
    Target(TargetingRequest),
    /// The pictures of the classical model of repeat buying.
    Repeat,
    /// Models with something wrong in their training sets, one after the other; those asked for before are given up.
    Leak(Vec<LeakageRequest>),
    /// A change to the registry, or a question about it.
    Registry(RegistryRequest),
    /// The simulation of live predictions.
    Live(LiveRequest),
    /// One of the text documents listed in `Event::RunFinished`.
    Document {
        name: String,
    },
    /// The next piece of the visitor's own tables.
    OwnData(OwnDataPart),
    /// All pieces came: runs begin with these tables from now on. Once in use, the same command changes the horizon.
    UseOwnData {
        horizon_days: u32,
    },
    /// Runs begin with generated tables again; the visitor's own are forgotten.
    UseGenerated,
    /// Are you alive?
    Ping {
        nonce: u32,
    },
}

/// Which rows of which table to show. A request whose query is overtaken by another one's may stay without an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableRequest {
    /// Comes back with the answer, so that an answer that arrives late can be told apart.
    pub request: u32,
    pub table: ObjectId,
    pub query: TableQuery,
    /// Position among the rows that the query finds.
    pub offset: u64,
    pub limit: u32,
}

/// Conditions that all must hold, and a sort; the default shows every row in the table's order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TableQuery {
    pub filters: Vec<ColumnFilter>,
    pub sort: Option<ColumnSort>,
}

/// What a column's values must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnFilter {
    pub column: String,
    pub condition: Condition,
}

/// Nulls meet only [`Condition::Null`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Condition {
    /// One of these levels.
    Levels(Vec<String>),
    /// Between whole numbers, both included: ids, counts, cents, days since 1970-01-01, microseconds of a timestamp.
    Integers {
        low: Option<i64>,
        high: Option<i64>,
    },
    /// Between numbers, both included.
    Floats {
        low: Option<f64>,
        high: Option<f64>,
    },
    /// Between names in the order of their bytes, both included; for columns of kind [`ColumnKind::Name`](super::ColumnKind::Name).
    Names {
        low: Option<String>,
        high: Option<String>,
    },
    Null,
    NotNull,
}

/// Nulls come last in both directions, equal values in the table's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnSort {
    pub column: String,
    pub descending: bool,
}

/// What the models learn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TargetKind {
    /// What the customer really spent.
    #[default]
    Realised,
    /// The reference's formula over the features themselves.
    Formula,
}

/// How far a run goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RunScope {
    /// Raw tables.
    Data,
    /// … and feature views.
    Features,
    /// … and models with fixed parameters.
    Train,
    /// … and everything that exists.
    #[default]
    All,
}

/// Everything a run depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunConfig {
    pub seed: u64,
    /// Customers in each scenario.
    pub customers: u32,
    /// Search trials for each model.
    pub trials: u32,
    pub target: TargetKind,
    pub scope: RunScope,
    /// The last day of the generated data, as YYYY-MM-DD.
    pub now: String,
    /// A scenario of the generator, by name.
    pub scenario: String,
    /// Parameters of the generator by name, where they differ from the scenario's.
    pub overrides: BTreeMap<String, f64>,
    /// Features of the reader's own, in the order in which they may read each other.
    pub features: Vec<OwnFeature>,
}

/// A feature of the reader's own: a new one, or another formula for one of the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnFeature {
    pub name: String,
    pub formula: String,
}

/// Inclusive bounds of a run's settings.
pub mod limits {
    use std::ops::RangeInclusive;

    /// Up to 2⁵³ − 1, so that JavaScript and JSON carry it exactly.
    pub const SEED: RangeInclusive<u64> = 0..=(1 << 53) - 1;
    pub const CUSTOMERS: RangeInclusive<u32> = 1..=500_000;
    pub const TRIALS: RangeInclusive<u32> = 1..=200;
    /// Features of the reader's own.
    pub const FEATURES: RangeInclusive<u32> = 0..=50;
    /// Length of the label window of own data.
    pub const HORIZON_DAYS: RangeInclusive<u32> = 30..=365;
    /// Days, which sort as texts.
    pub const NOW: RangeInclusive<&str> = "1975-01-01"..="2100-12-31";
    /// Rows of one table page.
    pub const PAGE_ROWS: RangeInclusive<u32> = 1..=1_000;
    /// The size of the original pipeline.
    pub const FULL_SIZE_CUSTOMERS: u32 = 50_000;
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            seed: 42,
            customers: 1_000,
            trials: 20,
            target: TargetKind::Realised,
            scope: RunScope::All,
            now: "2025-06-30".to_owned(),
            scenario: "baseline".to_owned(),
            overrides: BTreeMap::new(),
            features: Vec::new(),
        }
    }
}

/// True for a day of the calendar written YYYY-MM-DD.
pub fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_written_so = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(i, byte)| if matches!(i, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() });
    let number = |from: usize, to: usize| bytes[from..to].iter().fold(0, |n, byte| n * 10 + u32::from(byte - b'0'));
    is_written_so && {
        let year = number(0, 4);
        let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let n_days = match number(5, 7) {
            2 => 28 + u32::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (1..=n_days).contains(&number(8, 10))
    }
}

impl RunConfig {
    /// True when both make the same tables; search trials and how far a run goes change none.
    pub fn makes_the_same_as(&self, other: &Self) -> bool {
        Self { trials: other.trials, scope: other.scope, ..self.clone() } == *other
    }

    /// Fails with a sentence when a setting is out of bounds.
    pub fn check(self) -> Result<Self, Problem> {
        let bound = |name: &str, value: u64, low: u64, high: u64| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(Problem::new(
                    "The run was not started.",
                    &format!("{name} is {value}, and must lie between {low} and {high}."),
                    "Change the setting and run again.",
                ))
            }
        };
        bound("The seed", self.seed, *limits::SEED.start(), *limits::SEED.end())?;
        bound(
            "The number of customers",
            self.customers.into(),
            (*limits::CUSTOMERS.start()).into(),
            (*limits::CUSTOMERS.end()).into(),
        )?;
        bound(
            "The number of trials",
            self.trials.into(),
            (*limits::TRIALS.start()).into(),
            (*limits::TRIALS.end()).into(),
        )?;
        bound(
            "The number of own features",
            self.features.len() as u64,
            (*limits::FEATURES.start()).into(),
            (*limits::FEATURES.end()).into(),
        )?;
        if !is_day(&self.now) || !limits::NOW.contains(&self.now.as_str()) {
            return Err(Problem::new(
                "The run was not started.",
                &format!(
                    "NOW is {:?}, and must be a day between {} and {}, written YYYY-MM-DD.",
                    self.now,
                    limits::NOW.start(),
                    limits::NOW.end()
                ),
                "Change the setting and run again.",
            ));
        }
        Ok(self)
    }
}
