//! Live predictions: staging tables that fill while a simulated clock runs, and the dynamic tables over them, refreshed as the plans of
//! [`refresh`](crate::refresh) say. Deliberately without a generator, a worker or a page: arrivals are given, time is asked of the caller.
//!
//! ```text
//! arrivals ──► CONTINUOUS_*_STAGING ──task, 00:00──► CONTINUOUS_* ──► four feature views (1 day)
//!                        └────────────┬────────────────────┘
//!                                     ▼
//!                    CONTINUOUS_CUSTOMER_FEATURES (1 hour) ──► CONTINUOUS_CLV_PREDICTIONS (1 hour)
//! arrivals ──► COLDSTART_CUSTOMERS_STAGING ──► COLDSTART_CLV_PREDICTIONS (5 minutes)
//!                        └──day 90, 00:00──► CONTINUOUS_CUSTOMERS_PROFILE
//! ```
//!
//! | rule | is |
//! |---|---|
//! | AS_OF | the clock's date; the task at 00:00 moves it, and moves what was loaded before into the raw tables |
//! | duplicate | a row whose id was loaded before: the first LOADED_AT counts, the others change nothing |
//! | by hand | loading and deleting take a minute, so that what a table holds is settled by the minutes alone |
//! | late row | LOADED_AT's date is after the event's: it enters every window that holds its day, as if it had come in time |
//! | unknown level | counted as a level of its own; no model has a column for it |
//! | deleted batch | its rows are gone for every later refresh, which computes everything anew; its ids are free again |
//!
//! What a table holds is a function of what was loaded by its data time, of the date, and of the version that serves: an incremental refresh
//! gives the bits that a computation from all rows gives, and any earlier state can be computed again ([`World::read`]).
//!
//! Reading order: `ids`, `growing` → `events` (logs) → `contents` (what a table holds) → `continuous`, `coldstart` (how refreshes are carried out) →
//! `queue` (what is to arrive) → `definitions` → `world` (clock and plans) → `loading` (what comes in) → `read` (as of a moment) → `status` (counts, histories, what alarms).

mod coldstart;
mod contents;
mod continuous;
mod definitions;
mod events;
mod growing;
mod ids;
mod loading;
mod queue;
mod read;
mod status;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
mod world;

pub use coldstart::{ColdstartStart, GRADUATION_DAYS};
pub use continuous::{ContinuousStart, Moved, first_minute};
pub use loading::{Batch, NewInteraction, NewPurchase};
pub use queue::Queue;
pub use read::{Reading, TableRef};
pub use status::{Finding, Loaded, LoadedValues, Reference, SourceCount};
pub use world::{
    COLDSTART_PREDICTIONS, COLDSTART_STAGING, CONTINUOUS_PREDICTIONS, CUSTOMER_FEATURES, Going, INTERACTIONS_STAGING,
    Pace, STREAM, TRANSACTIONS_STAGING, UNKNOWN_CATEGORY, World,
};

use crate::refresh::{Change, GraphError, Minute};
use clv_engine::dataset::{DatasetError, Preprocessing};
use clv_engine::feature::EvalError;
use clv_engine::feature::incremental::StateError;
use clv_engine::learn::{Ensemble, LearnError};
use clv_engine::table::{Table, TableError};
use std::sync::Arc;

pub const MINUTES_PER_DAY: Minute = 1_440;

/// The day of a moment.
pub fn day_of(moment: Minute) -> i32 {
    moment.div_euclid(MINUTES_PER_DAY) as i32
}

/// The first minute of a moment's day.
pub fn midnight_of(moment: Minute) -> Minute {
    moment.div_euclid(MINUTES_PER_DAY) * MINUTES_PER_DAY
}

/// Why the world cannot go on or answer.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Eval(#[from] EvalError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Learn(#[from] LearnError),
    #[error("no table is called {0}")]
    NoSuchTable(String),
    #[error("no model has been trained that could predict")]
    NoModel,
    #[error("customer {0} is known already; give another CUSTOMER_ID, or none")]
    KnownCustomer(i32),
    #[error("customer {0} is not in CONTINUOUS_CUSTOMERS_PROFILE")]
    UnknownCustomer(i32),
    #[error("customer {0} is in COLDSTART_CUSTOMERS_STAGING until day 90, and enters the profile then")]
    StillWaiting(i32),
    #[error("{0}")]
    Refused(String),
}

/// A version that predicts.
#[derive(Clone)]
pub struct Served {
    pub version: String,
    pub ensemble: Arc<Ensemble>,
    pub preprocessing: Arc<Preprocessing>,
}

impl Served {
    /// One prediction a row of inputs, in dollars.
    pub fn predict(&self, inputs: &Table) -> Result<Vec<f32>, LiveError> {
        let matrix = self.preprocessing.transform(inputs, &clv_engine::feature::rows_of(inputs))?;
        Ok(self.ensemble.predict(&matrix)?)
    }
}

/// A moment with what was deleted by then.
#[derive(Clone, Copy)]
struct Moment<'a> {
    at: Minute,
    /// By batch.
    deleted: &'a [bool],
}

/// A refresh to carry out.
struct Work<'a> {
    moment: Moment<'a>,
    /// Its number.
    refresh: u64,
    /// Every row is computed, not only those that may have changed.
    is_all: bool,
}

/// What a refresh did.
struct Done {
    touched: u64,
    change: Change,
}
