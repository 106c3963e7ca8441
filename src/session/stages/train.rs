//! Stage "train:MODEL": binning and fitting with fixed parameters, a few trees a step, then metrics on all parts.

use super::{Stage, StageError, Status};
use crate::engine::dataset::Part;
use crate::engine::evaluate::{Metrics, metrics};
use crate::engine::learn::{Booster, Ensemble, Params};
use crate::protocol::{Curve, Event, ModelReport, ObjectId, ObjectSummary, Problem, SplitReport, TrainingProgress};
use crate::session::attainable;
use crate::session::run::World;
use crate::session::store::{Dataset, TrainedModel};
use crate::session::summaries;

/// A part of the split with fewer rows trains nothing.
const MIN_ROWS: usize = 20;
/// Steps end after this long, so that a cancel is heard.
const STEP_MS: f64 = 25.0;
/// Test rows whose predictions are explained: enough for means.
const EXPLAINED_ROWS: usize = 1_000;
/// Before a search exists, both models are trained with these.
const FIXED: FixedParams = FixedParams { n_estimators: 100, max_depth: 4, learning_rate: 0.05 };

struct FixedParams {
    n_estimators: u32,
    max_depth: u32,
    learning_rate: f64,
}

/// Trains one model.
pub struct Train {
    model: ObjectId,
    params: Params,
    booster: Option<Booster>,
    curve: Curve,
    finished: bool,
}

impl Train {
    pub fn new(model: ObjectId) -> Self {
        let params = Params {
            n_estimators: FIXED.n_estimators,
            max_depth: FIXED.max_depth,
            learning_rate: FIXED.learning_rate,
            ..Params::default()
        };
        Self { model, params, booster: None, curve: Curve::default(), finished: false }
    }

    fn dataset<'a>(&self, world: &'a World) -> Result<&'a Dataset, StageError> {
        world.store.datasets.get(&self.model.scenario()).ok_or(StageError::Missing("a training set"))
    }

    /// The reason why nothing can be trained, if there is one.
    fn too_small(&self, dataset: &Dataset, own: bool) -> Option<Problem> {
        let (part, n_rows) = Part::ALL
            .iter()
            .zip(&dataset.parts)
            .map(|(part, data)| (part, data.rows.len()))
            .find(|&(_, n_rows)| n_rows < MIN_ROWS)?;
        Some(Problem::new(
            &format!("{} was not trained.", self.model.name()),
            &format!("Its {} part has {n_rows} rows, and every part needs {MIN_ROWS}.", part.name()),
            if own { "Bring more customers, or choose a shorter horizon." } else { "Run with more customers." },
        ))
    }

    fn begin(&mut self, world: &mut World) -> Result<(), StageError> {
        self.params.seed = world.config.seed;
        let checked = self.params.check()?;
        let begin_ms = world.host.now_ms();
        let dataset = self.dataset(world)?;
        let [train, validation, _] = &dataset.parts;
        let (train, train_target) = (dataset.matrix(train)?, train.target());
        let (validation, validation_target) = (dataset.matrix(validation)?, validation.target());
        world.stopwatch.record("dataset", begin_ms, world.host);
        let begin_ms = world.host.now_ms();
        let watched = Some((&validation, validation_target.as_slice()));
        self.booster = Some(Booster::start(&train, &train_target, watched, checked)?);
        world.stopwatch.record(&self.name(), begin_ms, world.host);
        Ok(())
    }

    fn grow(&mut self, world: &mut World) -> Status {
        let begin_ms = world.host.now_ms();
        let mut n_trees = 0;
        if let Some(booster) = &mut self.booster {
            while let Some(round) = booster.grow_tree() {
                self.curve.rmse_train.push(round.loss_train);
                self.curve.rmse_validation.extend(round.loss_validation);
                n_trees = round.n_trees;
                if world.host.now_ms() - begin_ms >= STEP_MS {
                    break;
                }
            }
        }
        world.stopwatch.record(&self.name(), begin_ms, world.host);
        let last = |values: &[f64]| values.last().copied().unwrap_or_default();
        world.events.push(Event::TreeGrown(TrainingProgress {
            model: self.model,
            n_trees,
            n_trees_planned: self.params.n_estimators,
            rmse_train: last(&self.curve.rmse_train),
            rmse_validation: last(&self.curve.rmse_validation),
        }));
        Status::Working { done: n_trees.into(), total: self.params.n_estimators.into(), unit: "trees" }
    }

    /// Metrics and everything the page shows; on the account "evaluate".
    fn finish(&mut self, ensemble: Ensemble, world: &mut World) -> Result<(), StageError> {
        let elapsed_ms = world.stopwatch.total(&self.name());
        let begin_ms = world.host.now_ms();
        let dataset = self.dataset(world)?;
        let mut splits: Vec<(Part, Metrics)> = Vec::new();
        let (mut test_predictions, mut contributions) = (Vec::new(), None);
        for (part, data) in Part::ALL.into_iter().zip(&dataset.parts) {
            let matrix = dataset.matrix(data)?;
            let predicted: Vec<f64> = ensemble.predict(&matrix)?.into_iter().map(f64::from).collect();
            splits.push((part, metrics(&data.target_dollars, &predicted)?));
            if part == Part::Test {
                contributions = Some(ensemble.contributions(&matrix, 0..EXPLAINED_ROWS)?);
                test_predictions = predicted;
            }
        }
        let contributions = contributions.ok_or(StageError::Missing("the test part"))?;
        let curve = std::mem::take(&mut self.curve);
        let inputs = summaries::ModelInputs {
            model: self.model,
            params: &self.params,
            ensemble: &ensemble,
            dataset,
            splits: &splits,
            test_predictions: &test_predictions,
            contributions: &contributions,
            curve,
            oracle: attainable::oracle(world.store, self.model.scenario())?,
            elapsed_ms,
        };
        let detail = summaries::model(inputs);
        let report = ModelReport {
            version: detail.version.clone(),
            engine: detail.engine.clone(),
            params: detail.params.clone(),
            n_trees: detail.n_trees,
            digest: detail.digest.clone(),
            metrics: splits.iter().map(|(part, m)| (part.name().to_owned(), split_report(m))).collect(),
            oracle: detail.oracle.clone(),
            fair_bound: Vec::new(),
        };
        let preprocessing = dataset.preprocessing.clone();
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
        let Some(booster) = &self.booster else {
            if let Some(problem) = self.too_small(self.dataset(world)?, world.store.source.is_some()) {
                world.events.push(Event::ModelSkipped { model: self.model, problem });
                return Ok(Status::Done);
            }
            self.begin(world)?;
            return Ok(Status::Working { done: 0, total, unit: "trees" });
        };
        if !booster.is_done() {
            return Ok(self.grow(world));
        }
        if let Some(booster) = self.booster.take() {
            self.finish(booster.finish(), world)?;
        }
        self.finished = true;
        Ok(Status::Working { done: total, total, unit: "trees" })
    }
}
