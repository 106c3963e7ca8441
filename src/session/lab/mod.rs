//! Trainings beside the run's own: further versions of a model on the present training set, and what can be asked of any version: how it
//! came about tree by tree, what it does when an input moves, one prediction with other inputs, how far it is from another version.
//! Versions live in the registry. Deliberately without influence on what the run made: its predictions stay those of V1.

mod attribution;
mod classic;
mod compare;
mod counterfactual;
mod dependence;
mod evaluation;
mod forms;
mod job;
mod leakage;
mod repeat;
mod rivals;
mod rounds;
mod scaling;
mod targeting;
mod what_if;

pub use classic::purchase_histories;
pub(super) use forms::trainers;

use super::fitting;
use super::host::Host;
use super::registry::{self, Fit};
use super::run::Run;
use super::stages::StageError;
use super::store::{Dataset, Store};
use crate::engine::dataset::Matrix;
use crate::engine::learn::{Ensemble, from_xgboost_json};
use crate::engine::registry::Source;
use crate::protocol::{
    AttributionRequest, Command, CompareRequest, CounterfactualRequest, Curve, DependenceRequest, EvaluationRequest,
    Event, LeakageRequest, ObjectId, Problem, RoundRequest, TargetingRequest, TrainRequest, TrainingId, WhatIfRequest,
};
use attribution::Explained;
use classic::Classic;
use job::Job;
use leakage::Leakage;
use std::collections::VecDeque;
use std::sync::Arc;

/// Everything trained beside the run, and what was asked last.
#[derive(Default)]
pub(super) struct Lab {
    job: Option<Job>,
    imports: VecDeque<Import>,
    /// Models of the leakage lab to train, and the one in work.
    leaks: VecDeque<LeakageRequest>,
    leakage: Option<Leakage>,
    attribution: Option<AttributionRequest>,
    counterfactual: Option<CounterfactualRequest>,
    compare: Option<CompareRequest>,
    evaluation: Option<EvaluationRequest>,
    targeting: Option<TargetingRequest>,
    rivals: Option<TrainingId>,
    asks_repeat: bool,
    /// Fitted when first asked for.
    classic: Option<Classic>,
    round: Option<RoundRequest>,
    dependence: Option<DependenceRequest>,
    what_if: Option<WhatIfRequest>,
    scaling: Option<ObjectId>,
    /// The version asked about last, ready for the next question.
    examined: Option<Examined>,
    /// … and its contributions, as far as they are computed.
    explained: Option<Explained>,
}

/// A file with a model trained elsewhere.
struct Import {
    model: ObjectId,
    file: String,
    text: String,
}

/// A version with its test rows.
struct Examined {
    id: TrainingId,
    ensemble: Arc<Ensemble>,
    test: Matrix,
    /// Of the test rows by the whole model.
    predictions: Vec<f32>,
}

impl Lab {
    /// True while [`answer`](Self::answer) has something to answer.
    pub fn is_asked(&self) -> bool {
        self.round.is_some()
            || self.dependence.is_some()
            || self.what_if.is_some()
            || self.scaling.is_some()
            || self.attribution.is_some()
            || self.counterfactual.is_some()
            || self.compare.is_some()
            || self.evaluation.is_some()
            || self.targeting.is_some()
            || self.rivals.is_some()
            || self.asks_repeat
            || !self.imports.is_empty()
    }

    /// True while [`step`](Self::step) has something to do.
    pub fn is_training(&self) -> bool {
        self.job.is_some() || self.leakage.is_some() || !self.leaks.is_empty()
    }

    /// Takes one of the commands about trainings; any other one is ignored.
    pub fn handle(&mut self, command: Command, store: &Store, run: Option<&Run>) -> Vec<Event> {
        match command {
            Command::Train(_) if run.is_some() => vec![is_running("The model was not trained.")],
            Command::Train(request) => self.begin(request, Source::Form, store),
            Command::ImportModel { model, file, text } => {
                if run.is_some() {
                    return vec![is_running(&format!("{file} was not imported."))];
                }
                self.imports.push_back(Import { model, file, text });
                Vec::new()
            }
            Command::Leak(requests) => {
                if run.is_some() {
                    return vec![is_running("The leakage lab did not begin.")];
                }
                if let Some(problem) = leakage::refusal(store) {
                    return vec![Event::Refused(problem)];
                }
                (self.leaks, self.leakage) = (requests.into(), None);
                Vec::new()
            }
            Command::Compare(request) => {
                self.compare = Some(request);
                Vec::new()
            }
            Command::Evaluate(request) => {
                self.evaluation = Some(request);
                Vec::new()
            }
            Command::Target(request) => {
                self.targeting = Some(request);
                Vec::new()
            }
            Command::Rivals(training) => {
                self.rivals = Some(training);
                Vec::new()
            }
            Command::Repeat => {
                self.asks_repeat = true;
                Vec::new()
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
            Command::Attribution(request) => {
                self.attribution = Some(request);
                Vec::new()
            }
            Command::Counterfactual(request) => {
                self.counterfactual = Some(request);
                Vec::new()
            }
            Command::CheckScaling(model) => {
                self.scaling = Some(model);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Gives up the training under way, and what the leakage lab was asked for.
    pub fn cancel(&mut self) -> Vec<Event> {
        let leaks = self.leakage.is_some() || !self.leaks.is_empty();
        (self.leaks, self.leakage) = (VecDeque::new(), None);
        let job = self.job.take().map(|_| Event::TrainingStopped(None));
        job.into_iter().chain(leaks.then_some(Event::LeakageStopped(None))).collect()
    }

    /// Trains the best trial of a search that the page had asked for.
    pub fn train_found(&mut self, trial: u32, request: TrainRequest, store: &Store) -> Vec<Event> {
        self.begin(request, Source::Search { trial }, store)
    }

    fn begin(&mut self, request: TrainRequest, source: Source, store: &Store) -> Vec<Event> {
        let version = format!("V{}", store.registry.next_number(request.model.name()));
        match Job::new(request, source, version, store) {
            Ok(job) => {
                let given_up = self.job.take().map(|_| Event::TrainingStopped(None));
                let grown = job.grown();
                self.job = Some(job);
                given_up.into_iter().chain([grown]).collect()
            }
            Err(problem) => vec![Event::Refused(problem)],
        }
    }

    /// Answers what was asked last of each kind: somebody drags a slider or types.
    pub fn answer(&mut self, store: &mut Store, host: &dyn Host) -> Vec<Event> {
        if let Some(import) = self.imports.pop_front() {
            return vec![import.carry_out(store, host).unwrap_or_else(Event::Refused)];
        }
        let answer = if let Some(request) = self.round.take() {
            rounds::round(self, request, store, host)
        } else if let Some(request) = self.what_if.take() {
            what_if::what_if(self, request, store, host)
        } else if let Some(request) = self.dependence.take() {
            dependence::dependence(self, request, store, host)
        } else if let Some(request) = self.counterfactual.take() {
            counterfactual::nearest(self, request, store, host)
        } else if let Some(request) = self.attribution.take() {
            match attribution::attribution(self, &request, store, host).transpose() {
                Some(answer) => answer,
                // It goes on when nobody asks for anything else.
                None => {
                    self.attribution = Some(request);
                    return Vec::new();
                }
            }
        } else if let Some(request) = self.compare.take() {
            compare::compare(request, store, host)
        } else if let Some(request) = self.evaluation.take() {
            evaluation::evaluation(self, request, store, host)
        } else if let Some(request) = self.targeting.take() {
            targeting::targeting(self, request, store, host)
        } else if let Some(training) = self.rivals.take() {
            rivals::rivals(self, training, store, host)
        } else if std::mem::take(&mut self.asks_repeat) {
            repeat::repeat(self, store, host)
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
    pub fn step(&mut self, store: &mut Store, host: &dyn Host) -> Vec<Event> {
        let Some(job) = &mut self.job else { return self.leak(store, host) };
        match job.step(store, host) {
            Ok(job::Progress::Growing) => vec![job.grown()],
            Ok(job::Progress::Done(training)) => {
                self.job = None;
                vec![Event::TrainingReady(training)]
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

    /// Trains a model of the leakage lab for some milliseconds.
    fn leak(&mut self, store: &mut Store, host: &dyn Host) -> Vec<Event> {
        let Some(leakage) = &mut self.leakage else {
            self.leakage = self.leaks.pop_front().map(|request| Leakage::new(request, host));
            return Vec::new();
        };
        let event = leakage.step(store, host).unwrap_or_else(|error| {
            self.leaks.clear();
            Event::LeakageStopped(Some(Problem::new(
                "The leakage lab stopped.",
                &format!("{error}."),
                "Run the pipeline again, then try again.",
            )))
        });
        if !matches!(event, Event::LeakageProgress(_)) {
            self.leakage = None;
        }
        vec![event]
    }

    /// The classical models of repeat buying, fitted to the present training set.
    fn classic(&mut self, store: &Store) -> Result<&Classic, StageError> {
        let classic = match self.classic.take() {
            Some(classic) => classic,
            None => Classic::fit(store)?,
        };
        Ok(self.classic.insert(classic))
    }

    /// The version with its test rows, kept for the next question about it.
    fn examine(&mut self, id: &TrainingId, store: &Store) -> Result<&Examined, StageError> {
        let ensemble = ensemble(id, store)?;
        let is_known = |known: &Examined| known.id == *id && Arc::ptr_eq(&known.ensemble, ensemble);
        if !self.examined.as_ref().is_some_and(is_known) {
            let ensemble = ensemble.clone();
            let dataset = dataset(id.model, store)?;
            let test = dataset.matrix(&dataset.parts[2])?;
            let predictions = ensemble.predict(&test)?;
            self.examined = Some(Examined { id: id.clone(), ensemble, test, predictions });
        }
        self.examined.as_ref().ok_or(StageError::Missing("this version of the model"))
    }
}

/// At most `n` of the rows `0..n_rows`, evenly chosen, the first one among them.
fn evenly(n_rows: usize, n: usize) -> Vec<u32> {
    let n = n.min(n_rows);
    (0..n).map(|nth| (nth * n_rows / n) as u32).collect()
}

fn is_running(what: &str) -> Event {
    Event::Refused(Problem::new(what, "The pipeline is running.", "Wait until it is done, or cancel it."))
}

impl Import {
    fn carry_out(&self, store: &mut Store, host: &dyn Host) -> Result<Event, Problem> {
        let refuse = |why: &str, remedy: &str| Problem::new(&format!("{} was not imported.", self.file), why, remedy);
        let failed = |error: StageError| refuse(&format!("{error}."), "Run the pipeline again.");
        let dataset = dataset(self.model, store).map_err(|_| {
            refuse(&format!("There is no training set of {}.", self.model.name()), "Run the pipeline first.")
        })?;
        let matrix = dataset.matrix(&dataset.parts[2]).map_err(|error| failed(error.into()))?;
        let ensemble =
            from_xgboost_json(&self.text, matrix.names()).map_err(|error| refuse(&sentence(&error.to_string()), ""))?;
        let evaluation = fitting::evaluate(&ensemble, dataset).map_err(failed)?;
        let fit = Fit {
            model: self.model,
            ensemble,
            engine: "imported",
            params: Vec::new(),
            seed: None,
            source: Source::File { name: self.file.clone() },
            elapsed_ms: None,
            curve: Curve::default(),
            evaluation: &evaluation,
        };
        let training = registry::register(fit, store, host).map_err(failed)?;
        Ok(Event::TrainingReady(Box::new(training)))
    }
}

fn ensemble<'a>(id: &TrainingId, store: &'a Store) -> Result<&'a Arc<Ensemble>, StageError> {
    let version = store.registry.version(id.model.name(), registry::number(&id.version));
    version.map(|version| &version.ensemble).ok_or(StageError::Missing("this version of the model"))
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

/// With a capital letter and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase()).into_iter();
    let end = if text.ends_with('.') { "" } else { "." };
    first.chain(letters).chain(end.chars()).collect()
}
