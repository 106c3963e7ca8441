//! Training as a value that grows by one tree at a time, so that it can pause, report and be cancelled between trees.
//! Deliberately owns all it needs: the matrices can be dropped once it has started.

use super::binning::Binned;
use super::ensemble::{Ensemble, check_names};
use super::error::LearnError;
use super::grow::{Fit, Grower};
use super::histogram::MOST_ROWS;
use super::objective::Objective;
use super::params::CheckedParams;
use super::predict::{Blocks, FlatTree};
use crate::dataset::Matrix;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The objective's loss after a tree; of squared error the RMSE.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Round {
    pub n_trees: u32,
    pub loss_train: f64,
    /// `None` without validation rows.
    pub loss_validation: Option<f64>,
}

/// Rows made ready for any number of trainings; a tenth of a matrix's size, to be sent to whoever trains.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Prepared {
    max_bin: u32,
    names: Vec<String>,
    #[serde(with = "shared")]
    binned: Arc<Binned>,
    target: Vec<f32>,
    validation: Option<Validation>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Validation {
    #[serde(with = "shared")]
    blocks: Arc<Blocks>,
    target: Vec<f32>,
}

/// What stands behind a pointer, as if there were none.
mod shared {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    pub(super) fn serialize<T: Serialize, S: Serializer>(value: &Arc<T>, to: S) -> Result<S::Ok, S::Error> {
        value.as_ref().serialize(to)
    }

    pub(super) fn deserialize<'a, T: Deserialize<'a>, D: Deserializer<'a>>(from: D) -> Result<Arc<T>, D::Error> {
        T::deserialize(from).map(Arc::new)
    }
}

/// A training under way.
#[derive(Debug)]
pub struct Booster {
    params: CheckedParams,
    binned: Arc<Binned>,
    grower: Grower,
    train: Fit,
    validation: Option<(Arc<Blocks>, Fit)>,
    ensemble: Ensemble,
    best: Best,
}

/// The round with the lowest validation loss.
#[derive(Debug)]
struct Best {
    n_trees: u32,
    loss: f64,
}

impl Fit {
    fn new(objective: Objective, base_score: f32, target: &[f32]) -> Self {
        let n_rows = target.len();
        let margins = vec![objective.margin(base_score); n_rows];
        let mut fit = Self { target: target.to_vec(), margins, gradients: vec![0.0; n_rows], hessians: Vec::new() };
        fit.derive(objective);
        fit
    }

    fn derive(&mut self, objective: Objective) {
        objective.derive(&self.target, &self.margins, &mut self.gradients, &mut self.hessians);
    }

    fn loss(&self, objective: Objective) -> f64 {
        objective.loss(&self.target, &self.margins, &self.gradients)
    }
}

impl Prepared {
    /// Bins the training rows into at most `max_bin` bins a column.
    pub fn new(
        train: &Matrix,
        train_target: &[f32],
        validation: Option<(&Matrix, &[f32])>,
        max_bin: u32,
    ) -> Result<Self, LearnError> {
        check_rows("training", train, train_target)?;
        if train.n_rows() > MOST_ROWS {
            return Err(LearnError::TooManyRows { n_rows: train.n_rows(), most: MOST_ROWS });
        }
        if let Some((matrix, target)) = validation {
            check_rows("validation", matrix, target)?;
            check_names(train.names(), matrix.names())?;
        }
        Ok(Self {
            max_bin,
            names: train.names().to_vec(),
            binned: Arc::new(Binned::fit(train, max_bin as usize)),
            target: train_target.to_vec(),
            validation: validation.map(|(matrix, target)| Validation {
                blocks: Arc::new(Blocks::new(matrix, 0, matrix.n_rows())),
                target: target.to_vec(),
            }),
        })
    }

    /// A training on these rows. Nothing is grown yet.
    pub fn train(&self, params: CheckedParams) -> Result<Booster, LearnError> {
        let objective = params.objective;
        if params.max_bin != self.max_bin {
            return Err(LearnError::OtherBins { prepared: self.max_bin, asked: params.max_bin });
        }
        objective.check_target("training", &self.target)?;
        if let Some(validation) = &self.validation {
            objective.check_target("validation", &validation.target)?;
        } else if params.early_stopping_rounds > 0 {
            return Err(LearnError::EarlyStoppingBlind);
        }
        let base_score = objective.base_score(&self.target);
        let fit = |target: &[f32]| Fit::new(objective, base_score, target);
        Ok(Booster {
            params,
            binned: self.binned.clone(),
            grower: Grower::default(),
            train: fit(&self.target),
            validation: self.validation.as_ref().map(|validation| (validation.blocks.clone(), fit(&validation.target))),
            ensemble: Ensemble { objective, base_score, trees: Vec::new(), feature_names: self.names.clone() },
            best: Best { n_trees: 0, loss: f64::INFINITY },
        })
    }
}

impl Booster {
    /// Bins the training rows for this training alone.
    pub fn start(
        train: &Matrix,
        train_target: &[f32],
        validation: Option<(&Matrix, &[f32])>,
        params: CheckedParams,
    ) -> Result<Self, LearnError> {
        Prepared::new(train, train_target, validation, params.max_bin)?.train(params)
    }

    /// Grows the next tree; `None` when there is none to grow.
    pub fn grow_tree(&mut self) -> Option<Round> {
        if self.is_done() {
            return None;
        }
        let tree_idx = self.n_trees();
        let objective = self.params.objective;
        let tree = self.grower.grow(&self.binned, &self.params, tree_idx, &mut self.train);
        self.train.derive(objective);
        if let Some((blocks, fit)) = &mut self.validation {
            blocks.add_tree(&FlatTree::new(&tree), &mut fit.margins);
            fit.derive(objective);
        }
        self.ensemble.trees.push(tree);
        let round = Round {
            n_trees: tree_idx + 1,
            loss_train: self.train.loss(objective),
            loss_validation: self.validation.as_ref().map(|(_, fit)| fit.loss(objective)),
        };
        if let Some(loss) = round.loss_validation.filter(|&loss| loss < self.best.loss) {
            self.best = Best { n_trees: round.n_trees, loss };
        }
        Some(round)
    }

    pub fn is_done(&self) -> bool {
        let n_trees = self.n_trees();
        n_trees >= self.params.n_estimators
            || (self.params.early_stopping_rounds > 0
                && n_trees - self.best.n_trees >= self.params.early_stopping_rounds)
    }

    pub fn n_trees(&self) -> u32 {
        self.ensemble.trees.len() as u32
    }

    /// The model as grown so far; with early stopping, as of its best round.
    pub fn finish(self) -> Ensemble {
        let mut ensemble = self.ensemble;
        if self.params.early_stopping_rounds > 0 {
            ensemble.trees.truncate(self.best.n_trees as usize);
        }
        ensemble
    }
}

/// Refuses targets that are not one finite number a row.
pub(super) fn check_rows(split: &'static str, matrix: &Matrix, target: &[f32]) -> Result<(), LearnError> {
    const MOST_MAGNITUDE: f32 = 1e15;
    let (n_rows, n_targets) = (matrix.n_rows(), target.len());
    if n_rows != n_targets {
        return Err(LearnError::TargetCount { split, n_rows, n_targets });
    }
    if n_rows == 0 {
        return Err(LearnError::NoRows { split });
    }
    match target.iter().position(|value| value.is_nan() || value.abs() >= MOST_MAGNITUDE) {
        Some(row) => Err(LearnError::Target { split, row }),
        None => Ok(()),
    }
}
