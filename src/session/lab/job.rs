//! A training under way, beside the run: begun, grown some trees a step, evaluated. Deliberately the same steps as the run's own stage.

use super::dataset;
use super::forms;
use crate::engine::learn::Learner;
use crate::engine::registry::Source;
use crate::protocol::{Curve, Event, Problem, TrainRequest, Training, TrainingGrown, TrainingId};
use crate::session::fitting::{self, Recipe};
use crate::session::host::Host;
use crate::session::registry::{self, Fit};
use crate::session::stages::StageError;
use crate::session::store::Store;

pub(super) struct Job {
    id: TrainingId,
    source: Source,
    recipe: Recipe,
    learner: Option<Box<dyn Learner>>,
    curve: Curve,
    n_trees: u32,
    elapsed_ms: f64,
}

pub(super) enum Progress {
    Growing,
    /// It is in the registry.
    Done(Box<Training>),
}

impl Job {
    pub fn new(request: TrainRequest, source: Source, version: String, store: &Store) -> Result<Self, Problem> {
        let model = request.model;
        let recipe = forms::recipe(&request, store.models.get(&model).map_or(0, |model| model.params.seed))?;
        let Ok(dataset) = dataset(model, store) else {
            return Err(Problem::new(
                "The model was not trained.",
                &format!("{} has no training set yet.", model.name()),
                "Run the pipeline, then train.",
            ));
        };
        if let Some(problem) = fitting::too_small(model.name(), dataset, store.source.is_some()) {
            return Err(problem);
        }
        let id = TrainingId { model, version };
        Ok(Self { id, source, recipe, learner: None, curve: Curve::default(), n_trees: 0, elapsed_ms: 0.0 })
    }

    /// How far it is.
    pub fn grown(&self) -> Event {
        let last = |values: &[f64]| values.last().copied().unwrap_or_default();
        Event::TrainingGrown(TrainingGrown {
            training: self.id.clone(),
            n_trees: self.n_trees,
            n_trees_planned: self.recipe.n_estimators(),
            train: last(&self.curve.train),
            validation: last(&self.curve.validation),
            loss: self.recipe.loss_name().to_owned(),
            elapsed_ms: self.elapsed_ms,
        })
    }

    pub fn step(&mut self, store: &mut Store, host: &dyn Host) -> Result<Progress, StageError> {
        let dataset = dataset(self.id.model, store)?;
        let Some(learner) = &mut self.learner else {
            let [train, validation, _] = &dataset.parts;
            let (train, train_target) = (dataset.matrix(train)?, train.target());
            let (validation, validation_target) = (dataset.matrix(validation)?, validation.target());
            let begin_ms = host.now_ms();
            self.learner = Some(self.recipe.start((&train, &train_target), (&validation, &validation_target))?);
            self.elapsed_ms += host.now_ms() - begin_ms;
            return Ok(Progress::Growing);
        };
        if !learner.is_done() {
            let begin_ms = host.now_ms();
            self.n_trees = fitting::grow(learner.as_mut(), &mut self.curve, host);
            self.elapsed_ms += host.now_ms() - begin_ms;
            return Ok(Progress::Growing);
        }
        let Some(learner) = self.learner.take() else { return Err(StageError::Missing("the training")) };
        let ensemble = learner.finish();
        let evaluation = fitting::evaluate(&ensemble, dataset)?;
        let fit = Fit {
            model: self.id.model,
            ensemble,
            engine: self.recipe.engine(),
            params: self.recipe.named_values(),
            seed: Some(self.recipe.seed()),
            source: self.source.clone(),
            elapsed_ms: Some(self.elapsed_ms),
            curve: std::mem::take(&mut self.curve),
            evaluation: &evaluation,
        };
        Ok(Progress::Done(Box::new(registry::register(fit, store, host)?)))
    }
}
