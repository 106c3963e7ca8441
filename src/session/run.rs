//! One run of the pipeline: a list of stages, each advanced step by step, with times measured where the work is done.

use super::host::Host;
use super::own::OwnData;
use super::search::Searches;
use super::stages::{self, Stage, Status};
use super::store::Store;
use super::{documents, generator};
use crate::protocol::{
    AppInfo, BUILD_ID, Event, ObjectId, Problem, RunConfig, RunReport, RunScope, Scenario, StageReport,
};
use std::collections::VecDeque;

/// A run in progress.
pub(super) struct Run {
    config: RunConfig,
    stages: VecDeque<Box<dyn Stage>>,
    /// The first stage has been announced.
    announced: bool,
    began_ms: Option<f64>,
    /// The stage can do nothing until the pool has.
    is_waiting: bool,
    stopwatch: Stopwatch,
}

/// Time spent per stage, in the order in which stages first ran.
#[derive(Default)]
pub(super) struct Stopwatch {
    stages: Vec<StageReport>,
}

impl Stopwatch {
    /// Runs `work` on a stage's account; returns its result and the milliseconds.
    pub fn measure<T>(&mut self, host: &dyn Host, stage: &str, work: impl FnOnce() -> T) -> (T, f64) {
        let begin_ms = host.now_ms();
        let result = work();
        let elapsed_ms = self.record(stage, begin_ms, host);
        (result, elapsed_ms)
    }

    /// Adds the time since `begin_ms` to a stage's account; returns it.
    pub fn record(&mut self, stage: &str, begin_ms: f64, host: &dyn Host) -> f64 {
        let elapsed_ms = host.now_ms() - begin_ms;
        match self.stages.iter_mut().find(|s| s.name == stage) {
            Some(report) => report.ms += elapsed_ms,
            None => self.stages.push(StageReport { name: stage.to_owned(), ms: elapsed_ms }),
        }
        elapsed_ms
    }

    /// Milliseconds on a stage's account so far.
    pub fn total(&self, stage: &str) -> f64 {
        self.stages.iter().find(|s| s.name == stage).map_or(0.0, |s| s.ms)
    }
}

/// What a stage may touch while it works.
pub(super) struct World<'a> {
    pub store: &'a mut Store,
    pub searches: &'a mut Searches,
    pub host: &'a dyn Host,
    pub stopwatch: &'a mut Stopwatch,
    pub events: &'a mut Vec<Event>,
    pub config: &'a RunConfig,
}

impl Run {
    /// A run over generated tables, or over own ones: then without the scenarios that these do not have. Fails when the generator
    /// refuses the settings.
    pub fn new(config: &RunConfig, own: Option<&OwnData>) -> Result<Self, Problem> {
        let scenarios = own.map_or(vec![Scenario::ColdStart, Scenario::Continuous], OwnData::scenarios);
        let source: Box<dyn Stage> = match own {
            Some(own) => Box::new(stages::Load::new(own)),
            None => {
                let generated = generator::configuration(config).map_err(|error| {
                    Problem::new(
                        "The run was not started.",
                        &format!("{error}."),
                        "Change the setting or reset it, and run again.",
                    )
                })?;
                Box::new(stages::Generate::new(generated))
            }
        };
        let mut list = vec![source];
        if config.scope >= RunScope::Features {
            list.push(Box::new(stages::Features::new(&scenarios)));
            list.push(Box::new(stages::MakeDatasets::new(&scenarios)));
        }
        if config.scope >= RunScope::Train {
            for model in [ObjectId::ColdstartModel, ObjectId::ContinuousModel] {
                if scenarios.contains(&model.scenario()) {
                    if config.scope == RunScope::All {
                        list.push(Box::new(stages::SearchParams::new(model)));
                    }
                    list.push(Box::new(stages::Train::new(model)));
                }
            }
            list.push(Box::new(stages::Score::new(&scenarios)));
        }
        Ok(Self {
            config: config.clone(),
            stages: list.into(),
            announced: false,
            began_ms: None,
            is_waiting: false,
            stopwatch: Stopwatch::default(),
        })
    }

    /// True while the current stage waits for the pool.
    pub fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    pub fn stage_names(&self) -> Vec<String> {
        self.stages.iter().map(|stage| stage.name()).collect()
    }

    /// Advances the current stage; true when the run is over.
    pub fn step(&mut self, store: &mut Store, searches: &mut Searches, host: &dyn Host) -> (Vec<Event>, bool) {
        let mut events = Vec::new();
        if self.began_ms.is_none() && self.config.scope == RunScope::All {
            searches.prepare(host);
        }
        let began_ms = *self.began_ms.get_or_insert_with(|| host.now_ms());
        self.is_waiting = false;
        let Some(stage) = self.stages.front_mut() else {
            events.push(self.finished(store, host, began_ms));
            return (events, true);
        };
        let name = stage.name();
        if !self.announced {
            self.announced = true;
            events.push(Event::StageStarted { stage: name.clone(), objects: stage.objects() });
        }
        let mut world =
            World { store, searches, host, stopwatch: &mut self.stopwatch, events: &mut events, config: &self.config };
        match stage.step(&mut world) {
            Ok(Status::Working { done, total, unit }) => {
                events.push(Event::StageProgress { stage: name, done, total, unit: unit.to_owned() });
            }
            Ok(Status::Waiting) => self.is_waiting = true,
            Ok(Status::Done) => {
                let elapsed_ms = self.stopwatch.total(&name);
                events.push(Event::StageFinished { stage: name, elapsed_ms });
                self.stages.pop_front();
                self.announced = false;
            }
            Err(error) => {
                events.push(Event::RunFailed(Problem::new(
                    &format!("The run stopped in the stage {name}."),
                    &format!("{error}."),
                    "Press Reset and run again; if it happens again, report it with this sentence and the address of the page.",
                )));
                return (events, true);
            }
        }
        (events, false)
    }

    fn finished(&self, store: &Store, host: &dyn Host, began_ms: f64) -> Event {
        let report = RunReport {
            app: AppInfo {
                name: "clv-lab".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                build_id: BUILD_ID.to_owned(),
            },
            config: self.config.clone(),
            source: store.source.clone(),
            environment: host.environment(),
            tables: store.table_reports.clone(),
            stages: self.stopwatch.stages.clone(),
            models: store.models.iter().map(|(id, model)| (id.name().to_owned(), model.report.clone())).collect(),
            main_thread: None,
        };
        Event::RunFinished {
            report: Box::new(report),
            documents: documents::names(store),
            elapsed_ms: host.now_ms() - began_ms,
        }
    }
}
