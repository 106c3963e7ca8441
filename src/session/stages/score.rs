//! Stage "score": predictions as of now, for every established customer and for the new ones in staging.

use super::{Stage, StageError, Status};
use crate::engine::dataset::prediction_table;
use crate::engine::feature::rows_of;
use crate::engine::table::Table;
use crate::protocol::{Event, ObjectId, Scenario};
use crate::session::run::World;
use crate::session::summaries;

/// One scenario a step.
pub struct Score {
    scenarios: Vec<Scenario>,
    n_done: usize,
}

impl Score {
    pub fn new(scenarios: &[Scenario]) -> Self {
        Self { scenarios: scenarios.to_vec(), n_done: 0 }
    }
}

const TABLES: [(ObjectId, ObjectId, &[&str]); 2] = [
    (
        ObjectId::ColdstartModel,
        ObjectId::ColdstartPredictions,
        &["CUSTOMER_ID", "ACQUISITION_CHANNEL", "MADE_FIRST_PURCHASE"],
    ),
    (
        ObjectId::ContinuousModel,
        ObjectId::ContinuousPredictions,
        &["CUSTOMER_ID", "RECENCY_DAYS", "FREQUENCY", "MONETARY_TOTAL", "LIFECYCLE_STAGE"],
    ),
];

fn score(model: ObjectId, target: ObjectId, keys: &[&str], world: &World) -> Result<Option<Table>, StageError> {
    let Some(trained) = world.store.models.get(&model) else { return Ok(None) };
    let serving = match model {
        ObjectId::ColdstartModel => {
            world.store.coldstart_serving.clone().ok_or(StageError::Missing("staging features"))?
        }
        _ => world.table(ObjectId::CustomerFeatures)?,
    };
    let now = world.store.now.ok_or(StageError::Missing("the observation date"))?;
    let matrix = trained.preprocessing.transform(&serving, &rows_of(&serving))?;
    let predicted = trained.ensemble.predict(&matrix)?;
    Ok(Some(prediction_table(target.name(), &serving, keys, &predicted, &trained.report.version, now.0)?))
}

impl Stage for Score {
    fn name(&self) -> String {
        "score".to_owned()
    }

    fn objects(&self) -> Vec<ObjectId> {
        TABLES.iter().map(|&(_, table, _)| table).filter(|table| self.scenarios.contains(&table.scenario())).collect()
    }

    fn step(&mut self, world: &mut World) -> Result<Status, StageError> {
        let Some(&(model, target, keys)) = TABLES.get(self.n_done) else { return Ok(Status::Done) };
        let begin_ms = world.host.now_ms();
        // A model that was skipped for lack of data, or has no data at all, predicts nothing.
        if let Some(table) = score(model, target, keys, world)? {
            let elapsed_ms = world.stopwatch.record("score", begin_ms, world.host);
            world.publish(target, table.clone(), elapsed_ms);
            let now = world.store.now.ok_or(StageError::Missing("the observation date"))?;
            let (summary, _) = world
                .stopwatch
                .measure(world.host, "summarise", || summaries::predictions(target, &table, now, elapsed_ms));
            world.events.push(Event::PredictionsReady(summary?));
        }
        self.n_done += 1;
        Ok(Status::Working { done: self.n_done as u64, total: TABLES.len() as u64, unit: "tables" })
    }
}
