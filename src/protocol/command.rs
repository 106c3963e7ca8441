//! What the page asks of the worker, and the configuration of a run with its bounds. The bounds stand here once: the URL, the
//! form and the worker all check against them.

use super::{ObjectId, OwnDataPart, Problem};
use serde::{Deserialize, Serialize};

/// A request from the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Start the pipeline; a run in progress is cancelled first.
    Run(RunConfig),
    /// Stop the run in progress; what is finished stays.
    Cancel,
    /// Forget everything.
    Reset,
    /// Rows of a table.
    Page(TableRequest),
    /// The columns of a table in summary.
    Profile(ObjectId),
    /// One of the text documents listed in `Event::RunFinished`.
    Document { name: String },
    /// The next piece of the visitor's own tables.
    OwnData(OwnDataPart),
    /// All pieces came: runs begin with these tables from now on. Once in use, the same command changes the horizon.
    UseOwnData { horizon_days: u32 },
    /// Runs begin with generated tables again; the visitor's own are forgotten.
    UseGenerated,
    /// Are you alive?
    Ping { nonce: u32 },
}

/// Which rows of which table to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRequest {
    /// Comes back with the answer, so that an answer that arrives late can be told apart.
    pub request: u32,
    pub table: ObjectId,
    pub offset: u64,
    pub limit: u32,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunConfig {
    pub seed: u64,
    /// Customers in each scenario.
    pub customers: u32,
    /// Search trials for each model.
    pub trials: u32,
    pub target: TargetKind,
    pub scope: RunScope,
}

/// Inclusive bounds of a run's settings.
pub mod limits {
    use std::ops::RangeInclusive;

    /// Up to 2⁵³ − 1, so that JavaScript and JSON carry it exactly.
    pub const SEED: RangeInclusive<u64> = 0..=(1 << 53) - 1;
    pub const CUSTOMERS: RangeInclusive<u32> = 1..=500_000;
    pub const TRIALS: RangeInclusive<u32> = 1..=200;
    /// Length of the label window of own data.
    pub const HORIZON_DAYS: RangeInclusive<u32> = 30..=365;
    /// Rows of one table page.
    pub const PAGE_ROWS: RangeInclusive<u32> = 1..=1_000;
    /// The size of the original pipeline.
    pub const FULL_SIZE_CUSTOMERS: u32 = 50_000;
}

impl Default for RunConfig {
    fn default() -> Self {
        Self { seed: 42, customers: 1_000, trials: 20, target: TargetKind::Realised, scope: RunScope::All }
    }
}

impl RunConfig {
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
        Ok(self)
    }
}
