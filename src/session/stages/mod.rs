//! The stages of a run. Each does a few milliseconds of work a step and publishes what it has made.

mod datasets;
mod features;
mod generate;
mod load;
mod score;
mod search;
mod train;

pub(super) use datasets::MakeDatasets;
pub(super) use features::{Features, event_index};
pub(super) use generate::Generate;
pub(super) use load::Load;
pub(super) use score::Score;
pub(super) use search::SearchParams;
pub(super) use train::{Train, fixed_params};

use super::run::World;
use super::summaries;
use crate::engine::dataset::DatasetError;
use crate::engine::evaluate::btyd::BtydError;
use crate::engine::evaluate::{EvaluateError, IntervalError, MoneyError};
use crate::engine::feature::{CheckError, EvalError};
use crate::engine::learn::{LearnError, ParamError};
use crate::engine::live::LiveError;
use crate::engine::synth::SynthError;
use crate::engine::table::{Table, TableError};
use crate::protocol::{Event, ObjectId, ObjectSummary, TableReport};

/// Part of a run.
pub(super) trait Stage {
    fn name(&self) -> String;
    /// What it makes.
    fn objects(&self) -> Vec<ObjectId>;
    fn step(&mut self, world: &mut World) -> Result<Status, StageError>;
}

/// How far a stage is.
pub(super) enum Status {
    Working {
        done: u64,
        total: u64,
        unit: &'static str,
    },
    /// There is nothing to do until the pool has done something.
    Waiting,
    Done,
}

/// Whatever the engine refuses, passed on as it stands.
#[derive(Debug, thiserror::Error)]
pub(super) enum StageError {
    #[error(transparent)]
    Synth(#[from] SynthError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Check(#[from] CheckError),
    #[error(transparent)]
    Eval(#[from] EvalError),
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Params(#[from] ParamError),
    #[error(transparent)]
    Learn(#[from] LearnError),
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    #[error(transparent)]
    Intervals(#[from] IntervalError),
    #[error(transparent)]
    Money(#[from] MoneyError),
    #[error(transparent)]
    Btyd(#[from] BtydError),
    #[error(transparent)]
    Live(#[from] LiveError),
    #[error("the search cannot begin: {0}")]
    Search(String),
    #[error("{0} is needed here and has not been made")]
    Missing(&'static str),
}

impl World<'_> {
    /// A table made earlier; cheap, its arrays are shared.
    fn table(&self, object: ObjectId) -> Result<Table, StageError> {
        self.store.tables.get(&object).cloned().ok_or(StageError::Missing(object.name()))
    }

    /// Stores a table and tells the page. Hashing has its own account.
    fn publish(&mut self, object: ObjectId, table: Table, elapsed_ms: f64) {
        let (digest, _) = self.stopwatch.measure(self.host, "digest", || table.digest().to_string());
        let (rows, bytes) = (table.n_rows() as u64, table.bytes() as u64);
        let report = TableReport { rows, bytes, digest: digest.clone() };
        self.store.table_reports.insert(object.name().to_owned(), report);
        self.events.push(Event::ObjectReady(ObjectSummary {
            object,
            rows,
            bytes,
            digest,
            meaning: table.schema().meaning.clone(),
            columns: summaries::columns(table.schema(), self.store.names.contains_key(&object.scenario())),
            elapsed_ms,
        }));
        self.store.tables.insert(object, table);
    }
}
