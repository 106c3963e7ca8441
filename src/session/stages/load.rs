//! Stage "load": the visitor's own tables in the place of generated ones, and a word about the scenario that they leave out.

use super::{Stage, StageError, Status};
use crate::engine::dataset::SpineRule;
use crate::engine::schema::Day;
use crate::engine::table::Table;
use crate::protocol::{Event, ObjectId, OwnDataInUse, Problem, Scenario};
use crate::session::own::OwnData;
use crate::session::run::World;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One table a step; hashing is what takes time.
pub struct Load {
    in_use: OwnDataInUse,
    names: BTreeMap<Scenario, Arc<Vec<String>>>,
    tables: Vec<(ObjectId, Table)>,
    n_done: usize,
}

impl Load {
    pub fn new(own: &OwnData) -> Self {
        let tables = own.tables.iter().map(|(object, table)| (*object, table.clone())).collect();
        Self { in_use: own.in_use.clone(), names: own.names.clone(), tables, n_done: 0 }
    }

    fn begin(&mut self, world: &mut World) -> Result<(), StageError> {
        let OwnDataInUse { source, horizon_days } = &self.in_use;
        let store = &mut *world.store;
        store.now = Some(Day(source.last_day));
        let history_days = SpineRule::default().history_days;
        let earliest = source.first_day.saturating_add(history_days);
        store.rule = SpineRule { history_days, horizon_days: *horizon_days as i32, earliest };
        store.names = std::mem::take(&mut self.names);
        store.source = Some(self.in_use.clone());
        store.target = world.config.target;
        let present = source.scenarios();
        for (scenario, model, table) in [
            (Scenario::ColdStart, ObjectId::ColdstartModel, "cold-start customers"),
            (Scenario::Continuous, ObjectId::ContinuousModel, "transactions"),
        ] {
            if !present.contains(&scenario) {
                let problem = Problem::new(
                    &format!("{} was not made.", model.name()),
                    &format!("Your own files hold no table of {table}."),
                    "Add such a file on the page Data, Own data, and run again.",
                );
                world.events.push(Event::ModelSkipped { model, problem });
            }
        }
        Ok(())
    }
}

impl Stage for Load {
    fn name(&self) -> String {
        "load".to_owned()
    }

    fn objects(&self) -> Vec<ObjectId> {
        self.tables.iter().map(|(object, _)| *object).collect()
    }

    fn step(&mut self, world: &mut World) -> Result<Status, StageError> {
        let begin_ms = world.host.now_ms();
        if self.n_done == 0 {
            self.begin(world)?;
        }
        let Some((object, table)) = self.tables.get(self.n_done).cloned() else { return Ok(Status::Done) };
        let elapsed_ms = world.stopwatch.record("load", begin_ms, world.host);
        world.publish(object, table, elapsed_ms);
        self.n_done += 1;
        Ok(Status::Working { done: self.n_done as u64, total: self.tables.len() as u64, unit: "tables" })
    }
}
