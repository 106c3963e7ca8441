//! Stage "search:MODEL": the search for the parameters that the next stage trains with. Deliberately only begun and looked after here; the trials run
//! in the pool.

use super::{Stage, StageError, Status};
use crate::protocol::{ObjectId, SearchPhase};
use crate::session::fitting;
use crate::session::run::World;

/// Searches for one model.
pub struct SearchParams {
    model: ObjectId,
    began_ms: Option<f64>,
}

impl SearchParams {
    pub fn new(model: ObjectId) -> Self {
        Self { model, began_ms: None }
    }
}

impl Stage for SearchParams {
    fn name(&self) -> String {
        format!("search:{}", self.model.name())
    }

    fn objects(&self) -> Vec<ObjectId> {
        vec![self.model]
    }

    fn step(&mut self, world: &mut World) -> Result<Status, StageError> {
        let dataset = world.store.datasets.get(&self.model.scenario()).ok_or(StageError::Missing("a training set"))?;
        let Some(began_ms) = self.began_ms else {
            if fitting::too_small(self.model.name(), dataset, false).is_some() {
                // The next stage says so.
                return Ok(Status::Done);
            }
            self.began_ms = Some(world.host.now_ms());
            let begun = world.searches.begin_of_run(self.model, world.config, world.store);
            world.events.push(begun.map_err(StageError::Search)?);
            return Ok(Status::Working { done: 0, total: world.config.trials.into(), unit: "trials" });
        };
        let before = world.searches.progress(self.model);
        let (events, _) = world.searches.step(world.host);
        world.events.extend(events);
        match world.searches.phase(self.model) {
            Some(SearchPhase::Stopped | SearchPhase::Done) | None => {
                // The pool works while the session waits: the time of a search is that on the wall.
                world.stopwatch.record(&self.name(), began_ms, world.host);
                Ok(Status::Done)
            }
            Some(SearchPhase::Running | SearchPhase::Paused) => {
                let (done, total) = world.searches.progress(self.model);
                if (done, total) != before {
                    return Ok(Status::Working { done: done.into(), total: total.into(), unit: "trials" });
                }
                Ok(if world.searches.has_work() {
                    Status::Working { done: done.into(), total: total.into(), unit: "trials" }
                } else {
                    Status::Waiting
                })
            }
        }
    }
}
