//! Stage "train:MODEL": binning and fitting with fixed parameters, a few trees a step, then metrics on all parts.

use super::{Stage, StageError, Status};
use crate::engine::evaluate::Metrics;
use crate::engine::learn::{Ensemble, Learner, Params};
use crate::engine::registry::Source;
use crate::protocol::{Curve, Event, ModelReport, ObjectId, ObjectSummary, SplitReport, TrainingProgress};
use crate::session::attainable;
use crate::session::fitting::{self, Recipe};
use crate::session::registry::{self, Fit};
use crate::session::run::World;
use crate::session::store::{Dataset, TrainedModel};
use crate::session::summaries;
use crate::session::trial;

/// Test rows whose predictions are explained: enough for means.
const EXPLAINED_ROWS: usize = 1_000;
/// Both models are trained with these where nothing was searched.
pub(in crate::session) fn fixed_params() -> Params {
    Params { n_estimators: 100, max_depth: 4, learning_rate: 0.05, ..Params::default() }
}

/// Trains one model.
pub struct Train {
    model: ObjectId,
    params: Params,
    /// The trial of the run's search that they are of.
    trial: Option<u32>,
    learner: Option<Box<dyn Learner>>,
    curve: Curve,
    finished: bool,
}

impl Train {
    pub fn new(model: ObjectId) -> Self {
        Self { model, params: fixed_params(), trial: None, learner: None, curve: Curve::default(), finished: false }
    }

    fn dataset<'a>(&self, world: &'a World) -> Result<&'a Dataset, StageError> {
        world.store.datasets.get(&self.model.scenario()).ok_or(StageError::Missing("a training set"))
    }

    fn begin(&mut self, world: &mut World) -> Result<(), StageError> {
        self.params.seed = world.config.seed;
        if let Some((trial, best)) = world.searches.best(self.model) {
            self.trial = Some(trial);
            self.params = trial::params(&best, world.config.seed).map_err(StageError::Search)?;
        }
        let recipe = Recipe::Histograms(self.params.check()?);
        let begin_ms = world.host.now_ms();
        let dataset = self.dataset(world)?;
        let [train, validation, _] = &dataset.parts;
        let (train, train_target) = (dataset.matrix(train)?, train.target());
        let (validation, validation_target) = (dataset.matrix(validation)?, validation.target());
        world.stopwatch.record("dataset", begin_ms, world.host);
        let begin_ms = world.host.now_ms();
        self.learner = Some(recipe.start((&train, &train_target), (&validation, &validation_target))?);
        world.stopwatch.record(&self.name(), begin_ms, world.host);
        Ok(())
    }

    fn grow(&mut self, world: &mut World) -> Status {
        let begin_ms = world.host.now_ms();
        let Some(learner) = &mut self.learner else { return Status::Done };
        let n_trees = fitting::grow(learner.as_mut(), &mut self.curve, world.host);
        world.stopwatch.record(&self.name(), begin_ms, world.host);
        let last = |values: &[f64]| values.last().copied().unwrap_or_default();
        world.events.push(Event::TreeGrown(TrainingProgress {
            model: self.model,
            n_trees,
            n_trees_planned: self.params.n_estimators,
            train: last(&self.curve.train),
            validation: last(&self.curve.validation),
        }));
        Status::Working { done: n_trees.into(), total: self.params.n_estimators.into(), unit: "trees" }
    }

    /// Metrics and everything the page shows; on the account "evaluate".
    fn finish(&mut self, ensemble: Ensemble, world: &mut World) -> Result<(), StageError> {
        let elapsed_ms = world.stopwatch.total(&self.name());
        let begin_ms = world.host.now_ms();
        let dataset = self.dataset(world)?;
        let evaluation = fitting::evaluate(&ensemble, dataset)?;
        let contributions = ensemble.contributions(&evaluation.test, 0..EXPLAINED_ROWS)?;
        let curve = std::mem::take(&mut self.curve);
        let inputs = summaries::ModelInputs {
            model: self.model,
            params: &self.params,
            ensemble: &ensemble,
            dataset,
            splits: &evaluation.splits,
            test_predictions: &evaluation.test_predictions,
            contributions: &contributions,
            curve: curve.clone(),
            oracle: attainable::oracle(world.store, self.model.scenario())?,
            elapsed_ms,
        };
        let detail = summaries::model(inputs);
        let report = ModelReport {
            version: detail.version.clone(),
            engine: detail.engine.clone(),
            params: detail.params.clone(),
            n_trees: detail.n_trees,
            trials: world.searches.report(self.model),
            digest: detail.digest.clone(),
            metrics: evaluation.splits.iter().map(|(part, m)| (part.name().to_owned(), split_report(m))).collect(),
            oracle: detail.oracle.clone(),
            fair_bound: Vec::new(),
        };
        let preprocessing = dataset.preprocessing.clone();
        let fit = Fit {
            model: self.model,
            ensemble: ensemble.clone(),
            engine: &detail.engine,
            params: self.params.named_values(),
            seed: Some(self.params.seed),
            source: Source::Run { trial: self.trial },
            elapsed_ms: Some(elapsed_ms),
            curve,
            evaluation: &evaluation,
        };
        let training = registry::register(fit, world.store, world.host)?;
        world.stopwatch.record("evaluate", begin_ms, world.host);
        world.events.push(Event::ObjectReady(ObjectSummary {
            object: self.model,
            rows: detail.n_trees.into(),
            bytes: 0,
            digest: detail.digest.clone(),
            meaning: format!("Gradient-boosted trees, version {}.", detail.version),
            columns: Vec::new(),
            elapsed_ms,
        }));
        world.events.push(Event::ModelReady(Box::new(detail)));
        world.events.push(Event::TrainingReady(Box::new(training)));
        let trained =
            TrainedModel { scenario: self.model.scenario(), params: self.params, ensemble, preprocessing, report };
        world.store.models.insert(self.model, trained);
        Ok(())
    }
}

fn split_report(metrics: &Metrics) -> SplitReport {
    SplitReport {
        rmse: metrics.rmse,
        mae: metrics.mae,
        r2: metrics.r2,
        mape: metrics.mape,
        rows: metrics.n_rows as u64,
    }
}

impl Stage for Train {
    fn name(&self) -> String {
        format!("train:{}", self.model.name())
    }

    fn objects(&self) -> Vec<ObjectId> {
        vec![self.model]
    }

    fn step(&mut self, world: &mut World) -> Result<Status, StageError> {
        if self.finished {
            return Ok(Status::Done);
        }
        let total = u64::from(self.params.n_estimators);
        let Some(learner) = &self.learner else {
            let own = world.store.source.is_some();
            if let Some(problem) = fitting::too_small(self.model.name(), self.dataset(world)?, own) {
                world.events.push(Event::ModelSkipped { model: self.model, problem });
                return Ok(Status::Done);
            }
            self.begin(world)?;
            return Ok(Status::Working { done: 0, total, unit: "trees" });
        };
        if !learner.is_done() {
            return Ok(self.grow(world));
        }
        if let Some(learner) = self.learner.take() {
            self.finish(learner.finish(), world)?;
        }
        self.finished = true;
        Ok(Status::Working { done: total, total, unit: "trees" })
    }
}
