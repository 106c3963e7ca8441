//! Trainings beside the run's own: further versions of a model on the present training set, and what can be asked of any version: how it
//! came about tree by tree, what it does when an input moves, one prediction with other inputs. Deliberately without influence on what the
//! run made: its predictions stay those of V1.

mod dependence;
mod forms;
mod job;
mod rounds;
mod scaling;
mod what_if;

pub(super) use forms::trainers;

use super::fitting;
use super::host::Host;
use super::run::Run;
use super::stages::StageError;
use super::store::{Dataset, Store};
use super::summaries::{self, Source};
use crate::engine::dataset::Matrix;
use crate::engine::learn::{Ensemble, from_xgboost_json, xgboost_json};
use crate::protocol::{
    Command, Curve, DependenceRequest, Document, Event, ObjectId, Problem, RoundRequest, TrainRequest, TrainingId,
    WhatIfRequest,
};
use job::Job;
use std::collections::BTreeMap;

/// Everything trained beside the run, and what was asked last.
#[derive(Default)]
pub(super) struct Lab {
    /// V2, V3, … of each model.
    versions: BTreeMap<ObjectId, Vec<Version>>,
    job: Option<Job>,
    round: Option<RoundRequest>,
    dependence: Option<DependenceRequest>,
    what_if: Option<WhatIfRequest>,
    scaling: Option<ObjectId>,
    /// The version asked about last, ready for the next question.
    examined: Option<Examined>,
}

/// A model beside the run's.
struct Version {
    ensemble: Ensemble,
    params: Vec<(&'static str, f64)>,
}

/// A version with its test rows.
struct Examined {
    id: TrainingId,
    ensemble: Ensemble,
    test: Matrix,
    /// Of the test rows by the whole model.
    predictions: Vec<f32>,
}

impl Lab {
    /// True while [`answer`](Self::answer) has something to answer.
    pub fn is_asked(&self) -> bool {
        self.round.is_some() || self.dependence.is_some() || self.what_if.is_some() || self.scaling.is_some()
    }

    /// True while [`step`](Self::step) has something to do.
    pub fn is_training(&self) -> bool {
        self.job.is_some()
    }

    /// Takes one of the commands about trainings; any other one is ignored.
    pub fn handle(&mut self, command: Command, store: &Store, run: Option<&Run>) -> Vec<Event> {
        match command {
            Command::Train(request) => self.begin(request, store, run),
            Command::ImportModel { model, file, text } => {
                vec![self.import(model, &file, &text, store).unwrap_or_else(Event::Refused)]
            }
            Command::Round(request) => {
                self.round = Some(request);
                Vec::new()
            }
            Command::Dependence(request) => {
                self.dependence = Some(request);
                Vec::new()
            }
            Command::WhatIf(request) => {
                self.what_if = Some(request);
                Vec::new()
            }
            Command::CheckScaling(model) => {
                self.scaling = Some(model);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Gives up the training under way.
    pub fn cancel(&mut self) -> Option<Event> {
        self.job.take().map(|_| Event::TrainingStopped(None))
    }

    fn begin(&mut self, request: TrainRequest, store: &Store, run: Option<&Run>) -> Vec<Event> {
        if run.is_some() {
            return vec![Event::Refused(Problem::new(
                "The model was not trained.",
                "The pipeline is running.",
                "Wait until it is done, or cancel it.",
            ))];
        }
        let version = self.next_version(request.model);
        match Job::new(request, version, store) {
            Ok(job) => {
                let given_up = self.cancel();
                let grown = job.grown();
                self.job = Some(job);
                given_up.into_iter().chain([grown]).collect()
            }
            Err(problem) => vec![Event::Refused(problem)],
        }
    }

    fn next_version(&self, model: ObjectId) -> String {
        format!("V{}", self.versions.get(&model).map_or(0, Vec::len) + 2)
    }

    fn keep(&mut self, model: ObjectId, version: Version) {
        self.versions.entry(model).or_default().push(version);
    }

    fn import(&mut self, model: ObjectId, file: &str, text: &str, store: &Store) -> Result<Event, Problem> {
        let refuse = |why: &str, remedy: &str| Problem::new(&format!("{file} was not imported."), why, remedy);
        let failed = |error: StageError| refuse(&format!("{error}."), "Run the pipeline again.");
        let dataset = dataset(model, store).map_err(|_| {
            refuse(&format!("There is no training set of {}.", model.name()), "Run the pipeline first.")
        })?;
        let matrix = dataset.matrix(&dataset.parts[2]).map_err(|error| failed(error.into()))?;
        let ensemble = from_xgboost_json(text, matrix.names()).map_err(|error| Problem {
            what: format!("{file} was not imported."),
            why: sentence(&error.to_string()),
            remedy: String::new(),
        })?;
        let evaluation = fitting::evaluate(&ensemble, dataset).map_err(failed)?;
        let id = TrainingId { model, version: self.next_version(model) };
        let training = summaries::training(id, &ensemble, &[], Source::Imported(file), &evaluation, Curve::default());
        self.keep(model, Version { ensemble, params: Vec::new() });
        Ok(Event::TrainingReady(Box::new(training)))
    }

    /// Answers what was asked last of each kind: somebody drags a slider or types.
    pub fn answer(&mut self, store: &Store, host: &dyn Host) -> Vec<Event> {
        let answer = if let Some(request) = self.round.take() {
            rounds::round(self, request, store, host)
        } else if let Some(request) = self.what_if.take() {
            what_if::what_if(self, request, store, host)
        } else if let Some(request) = self.dependence.take() {
            dependence::dependence(self, request, store, host)
        } else if let Some(model) = self.scaling.take() {
            scaling::check(model, store, host)
        } else {
            return Vec::new();
        };
        vec![answer.unwrap_or_else(|error| {
            Event::Refused(Problem::new(
                "A question about a model cannot be answered.",
                &format!("{error}."),
                "Run the pipeline until the model is trained, then try again.",
            ))
        })]
    }

    /// Trains for some milliseconds.
    pub fn step(&mut self, store: &Store, host: &dyn Host) -> Vec<Event> {
        let Some(job) = &mut self.job else { return Vec::new() };
        match job.step(store, host) {
            Ok(job::Progress::Growing) => vec![job.grown()],
            Ok(job::Progress::Done(done)) => {
                let (model, params) = (done.training.model, done.params);
                self.keep(model, Version { ensemble: done.ensemble, params });
                self.job = None;
                vec![Event::TrainingReady(Box::new(done.training))]
            }
            Err(error) => {
                self.job = None;
                vec![Event::TrainingStopped(Some(Problem::new(
                    "The training failed.",
                    &format!("{error}."),
                    "Change what the sentence names and train again.",
                )))]
            }
        }
    }

    /// `models/MODEL.V2.json`: a version as XGBoost JSON.
    pub fn document(&self, name: &str) -> Option<Document> {
        let (model, version) = name.strip_prefix("models/")?.strip_suffix(".json")?.split_once(".V")?;
        let nth = version.parse::<usize>().ok()?.checked_sub(2)?;
        let version = self.versions.get(&ObjectId::by_name(model)?)?.get(nth)?;
        let text = xgboost_json(&version.ensemble, &version.params);
        Some(Document { name: name.to_owned(), media_type: "application/json".to_owned(), text })
    }

    fn ensemble<'a>(&'a self, id: &TrainingId, store: &'a Store) -> Option<&'a Ensemble> {
        let nth = id.version.strip_prefix('V')?.parse::<usize>().ok()?;
        match nth {
            1 => store.models.get(&id.model).map(|model| &model.ensemble),
            _ => self.versions.get(&id.model)?.get(nth.checked_sub(2)?).map(|version| &version.ensemble),
        }
    }

    /// The version with its test rows, kept for the next question about it.
    fn examine(&mut self, id: &TrainingId, store: &Store) -> Result<&Examined, StageError> {
        if self.examined.as_ref().is_none_or(|examined| examined.id != *id) {
            let ensemble = self.ensemble(id, store).ok_or(StageError::Missing("this version of the model"))?.clone();
            let dataset = dataset(id.model, store)?;
            let test = dataset.matrix(&dataset.parts[2])?;
            let predictions = ensemble.predict(&test)?;
            self.examined = Some(Examined { id: id.clone(), ensemble, test, predictions });
        }
        self.examined.as_ref().ok_or(StageError::Missing("this version of the model"))
    }
}

fn dataset(model: ObjectId, store: &Store) -> Result<&Dataset, StageError> {
    store.datasets.get(&model.scenario()).ok_or(StageError::Missing("a training set"))
}

/// The customer of a row of the test part, and what was really spent.
fn customer(model: ObjectId, row: u32, store: &Store) -> Result<(String, f64), StageError> {
    let dataset = dataset(model, store)?;
    let part = &dataset.parts[2];
    let (Some(&table_row), Some(&actual)) = (part.rows.get(row as usize), part.target_dollars.get(row as usize)) else {
        return Err(StageError::Missing("a test row of that number"));
    };
    let own = store.name_of(model.scenario(), &dataset.table, table_row as usize);
    let ids = dataset.table.ids(crate::engine::schema::tables::CUSTOMER_ID)?;
    Ok((own.unwrap_or_else(|| ids[table_row as usize].to_string()), actual))
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase()).into_iter();
    let end = if text.ends_with('.') { "" } else { "." };
    first.chain(letters).chain(end.chars()).collect()
}
