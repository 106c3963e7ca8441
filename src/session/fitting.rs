//! One fit of a model, whoever asks for it: begin, grow some trees, evaluate. Deliberately without events and accounts of time, which differ
//! between a run's stage and a training beside it.

use super::host::Host;
use super::stages::StageError;
use super::store::Dataset;
use crate::engine::dataset::{Matrix, Part};
use crate::engine::evaluate::{Metrics, metrics};
use crate::engine::learn::{Booster, CheckedExactParams, CheckedParams, Ensemble, ExactBooster, Learner, Objective};
use crate::protocol::{Curve, Problem};

/// A part of the split with fewer rows trains nothing.
const MIN_ROWS: usize = 20;
/// Steps end after this long, so that a cancel is heard.
const STEP_MS: f64 = 25.0;

/// An engine with its parameters.
#[derive(Clone, Copy, Debug)]
pub(super) enum Recipe {
    Histograms(CheckedParams),
    Exact(CheckedExactParams),
}

impl Recipe {
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Histograms(_) => "hist",
            Self::Exact(_) => "gbdt",
        }
    }

    pub fn named_values(&self) -> Vec<(&'static str, f64)> {
        match self {
            Self::Histograms(params) => params.named_values(),
            Self::Exact(params) => params.named_values(),
        }
    }

    pub fn seed(&self) -> u64 {
        match self {
            Self::Histograms(params) => params.seed,
            Self::Exact(params) => params.seed,
        }
    }

    pub fn loss_name(&self) -> &'static str {
        match self {
            Self::Histograms(params) => params.objective.loss_name(),
            Self::Exact(_) => Objective::SquaredError.loss_name(),
        }
    }

    pub fn n_estimators(&self) -> u32 {
        match self {
            Self::Histograms(params) => params.n_estimators,
            Self::Exact(params) => params.n_estimators,
        }
    }

    /// Bins or sorts the training rows; no tree is grown yet.
    pub fn start(
        &self,
        (train, target): (&Matrix, &[f32]),
        validation: (&Matrix, &[f32]),
    ) -> Result<Box<dyn Learner>, StageError> {
        Ok(match self {
            Self::Histograms(params) => Box::new(Booster::start(train, target, Some(validation), *params)?),
            Self::Exact(params) => Box::new(ExactBooster::start(train, target, Some(validation), *params)?),
        })
    }
}

/// The reason why nothing can be trained, if there is one.
pub(super) fn too_small(model: &str, dataset: &Dataset, own: bool) -> Option<Problem> {
    let n_rows = |(part, data): (Part, &super::store::DatasetPart)| (part, data.rows.len());
    let (part, n_rows) =
        Part::ALL.into_iter().zip(&dataset.parts).map(n_rows).find(|&(_, n_rows)| n_rows < MIN_ROWS)?;
    Some(Problem::new(
        &format!("{model} was not trained."),
        &format!("Its {} part has {n_rows} rows, and every part needs {MIN_ROWS}.", part.name()),
        if own { "Bring more customers, or choose a shorter horizon." } else { "Run with more customers." },
    ))
}

/// Grows trees for some milliseconds; the number of trees so far.
pub(super) fn grow(learner: &mut dyn Learner, curve: &mut Curve, host: &dyn Host) -> u32 {
    let begin_ms = host.now_ms();
    while let Some(round) = learner.grow_tree() {
        curve.train.push(round.loss_train);
        curve.validation.extend(round.loss_validation);
        if host.now_ms() - begin_ms >= STEP_MS {
            break;
        }
    }
    learner.n_trees()
}

/// A model on all parts of its training set.
pub(super) struct Evaluation {
    pub splits: Vec<(Part, Metrics)>,
    pub test: Matrix,
    pub test_predictions: Vec<f64>,
    /// Share of test rows whose target is at most the prediction.
    pub share_below: f64,
}

pub(super) fn evaluate(ensemble: &Ensemble, dataset: &Dataset) -> Result<Evaluation, StageError> {
    let mut splits = Vec::new();
    let mut last = None;
    for (part, data) in Part::ALL.into_iter().zip(&dataset.parts) {
        let matrix = dataset.matrix(data)?;
        let predicted: Vec<f64> = ensemble.predict(&matrix)?.into_iter().map(f64::from).collect();
        splits.push((part, metrics(&data.target_dollars, &predicted)?));
        let n_below =
            data.target_dollars.iter().zip(&predicted).filter(|(actual, predicted)| actual <= predicted).count();
        last = Some((matrix, predicted, n_below));
    }
    let (test, test_predictions, n_below) = last.ok_or(StageError::Missing("the test part"))?;
    let share_below = n_below as f64 / test_predictions.len().max(1) as f64;
    Ok(Evaluation { splits, test, test_predictions, share_below })
}
