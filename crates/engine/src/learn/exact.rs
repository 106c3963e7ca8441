//! The second engine: trees of the crate `gbdt`, which tries every threshold of every column. Deliberately only its trees: sampling,
//! boosting and what is recorded of a node are done here, so that a training can pause, be repeated, and be used like any other.
//!
//! The crate's `GBDT::fit` grows all trees at once. For squared error one of its rounds is: residual = label − prediction, a
//! `DecisionTree` fitted to the residuals, prediction += shrinkage × leaf (Friedman 2001, algorithm 2). These are the steps below, on
//! the same `DecisionTree` and `TrainingCache`, so that trees and sums are the same whether one pauses between them or not.
//!
//! Same input, same bytes, three things stand in the way of:
//! - Rows and columns are drawn in the crate by a generator that takes no seed. It is handed what [`super::sampling`] drew instead, and its
//!   own ratios stay 1.
//! - It sorts values in an unstable order, which differs between native code and wasm, and sums in that order. Residuals are rounded
//!   to a grid on which all its sums are exact in any order.
//! - It sets the lowest float32 apart as "missing", and then loses rows. No value it is given is that, nor NaN.

mod params;

pub use params::{ABSENT_PARAMS, CheckedExactParams, EXACT_PARAMETERS, ExactParams};

use super::booster::{Round, check_rows};
use super::ensemble::{Ensemble, check_names};
use super::error::LearnError;
use super::histogram::sum_by;
use super::learner::Learner;
use super::objective::Objective;
use super::sampling::{sample_columns, sample_rows};
use super::tree::{Node, NodeKind, Tree};
use crate::dataset::Matrix;
use gbdt::decision_tree::{Data, DataVec, DecisionTree, TrainingCache, VALUE_TYPE_UNKNOWN};
use serde_json::Value;

/// More would take hours, and leave the grid of residuals fewer than 16 bits.
const MOST_ROWS: usize = 1 << 20;

/// A training under way.
pub struct ExactBooster {
    params: CheckedExactParams,
    train: Fit,
    validation: Option<Fit>,
    /// What a missing value counts as, by column: the median of the training rows.
    fills: Vec<f32>,
    has_missing: Vec<bool>,
    /// Kept from tree to tree while the same columns are drawn.
    prepared: Option<Prepared>,
    ensemble: Ensemble,
    is_broken: bool,
}

/// Rows of one split, their targets, and how far the trees so far are from them.
struct Fit {
    /// Row after row. Training rows are filled; in validation rows NaN is missing.
    values: Vec<f32>,
    n_columns: usize,
    target: Vec<f32>,
    predictions: Vec<f32>,
    residuals: Vec<f32>,
}

/// The drawn columns as the crate wants them: rows, and each column sorted.
struct Prepared {
    is_drawn: Vec<bool>,
    columns: Vec<u32>,
    data: DataVec,
    cache: TrainingCache,
}

impl Fit {
    fn new(columns: &[&[f32]], target: &[f32], base_score: f32, fill: impl Fn(usize, f32) -> f32) -> Self {
        let rows = 0..target.len();
        let values = rows.flat_map(|row| columns.iter().enumerate().map(move |(c, values)| (c, values[row])));
        let mut fit = Self {
            values: values.map(|(column_idx, value)| fill(column_idx, value)).collect(),
            n_columns: columns.len(),
            target: target.to_vec(),
            predictions: vec![base_score; target.len()],
            residuals: vec![0.0; target.len()],
        };
        fit.update_residuals();
        fit
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.n_columns..][..self.n_columns]
    }

    fn add_tree(&mut self, tree: &Tree) {
        for row in 0..self.predictions.len() {
            self.predictions[row] += tree.leaf_value(self.row(row));
        }
        self.update_residuals();
    }

    fn update_residuals(&mut self) {
        for ((residual, &prediction), &target) in self.residuals.iter_mut().zip(&self.predictions).zip(&self.target) {
            *residual = target - prediction;
        }
    }

    fn rmse(&self) -> f64 {
        let squares = sum_by(&self.residuals, |residual| f64::from(residual) * f64::from(residual));
        (squares / self.target.len() as f64).sqrt()
    }
}

impl Prepared {
    fn new(train: &Fit, is_drawn: Vec<bool>) -> Self {
        let columns: Vec<u32> = (0..).zip(&is_drawn).filter(|(_, drawn)| **drawn).map(|(column, _)| column).collect();
        let data: DataVec = (0..train.target.len())
            .map(|row| {
                let values = train.row(row);
                let drawn = columns.iter().map(|&column| values[column as usize]).collect();
                Data::new_training_data(drawn, 1.0, 0.0, None)
            })
            .collect();
        /// The crate's fastest: each column is sorted once, and a node's part of it is kept in order.
        const LEVEL: u8 = 2;
        let cache = TrainingCache::get_cache(columns.len(), &data, LEVEL);
        Self { is_drawn, columns, data, cache }
    }
}

impl ExactBooster {
    /// Fills what is missing with the medians of the training rows. Nothing is grown yet.
    pub fn start(
        train: &Matrix,
        train_target: &[f32],
        validation: Option<(&Matrix, &[f32])>,
        params: CheckedExactParams,
    ) -> Result<Self, LearnError> {
        check_rows("training", train, train_target)?;
        if train.n_rows() > MOST_ROWS {
            return Err(LearnError::TooManyRows { n_rows: train.n_rows(), most: MOST_ROWS });
        }
        if let Some((matrix, target)) = validation {
            check_rows("validation", matrix, target)?;
            check_names(train.names(), matrix.names())?;
        }
        let (columns, validation) = (columns(train), validation.map(|(matrix, target)| (columns(matrix), target)));
        let validation = validation.as_ref().map(|(columns, target)| (columns.as_slice(), *target));
        Ok(Self::over_columns(train.names(), &columns, train_target, validation, params))
    }

    fn over_columns(
        names: &[String],
        columns: &[&[f32]],
        target: &[f32],
        validation: Option<(&[&[f32]], &[f32])>,
        params: CheckedExactParams,
    ) -> Self {
        let sum: f64 = target.iter().map(|&target| f64::from(target)).sum();
        let base_score = (sum / target.len() as f64) as f32;
        let fills: Vec<f32> = columns.iter().map(|values| median(values)).collect();
        let lowest = VALUE_TYPE_UNKNOWN.next_up();
        let fill = |column_idx: usize, value: f32| if value.is_nan() { fills[column_idx] } else { value.max(lowest) };
        Self {
            params,
            train: Fit::new(columns, target, base_score, fill),
            validation: validation.map(|(columns, target)| Fit::new(columns, target, base_score, |_, value| value)),
            has_missing: columns.iter().map(|values| values.iter().any(|value| value.is_nan())).collect(),
            fills,
            prepared: None,
            ensemble: Ensemble {
                objective: Objective::SquaredError,
                base_score,
                trees: Vec::new(),
                feature_names: names.to_vec(),
            },
            is_broken: false,
        }
    }

    /// The columns with missing values, and the median that each was filled with before training. The trees send a missing value where
    /// that median goes, so predicting needs no filling.
    pub fn filled(&self) -> impl Iterator<Item = (&str, f32)> {
        let names = self.ensemble.feature_names.iter().map(String::as_str);
        names
            .zip(self.fills.iter().copied())
            .zip(&self.has_missing)
            .filter(|(_, missing)| **missing)
            .map(|(fill, _)| fill)
    }

    /// A tree of the crate for the residuals as they are, on the rows and columns drawn for it.
    fn next_tree(&mut self) -> Option<Tree> {
        let key = (self.params.seed, self.n_trees());
        let (mut seen, mut unseen) = (Vec::new(), Vec::new());
        sample_rows(key, self.train.target.len(), self.params.subsample, &mut seen, &mut unseen);
        let is_drawn = sample_columns(key, self.train.n_columns, self.params.colsample_bytree);
        let train = &self.train;
        let prepared = match self.prepared.take() {
            Some(kept) if kept.is_drawn == is_drawn => kept,
            _ => Prepared::new(train, is_drawn),
        };
        let Prepared { columns, data, cache, .. } = self.prepared.insert(prepared);
        let grid = Grid::new(&train.residuals);
        for (data, &residual) in data.iter_mut().zip(&train.residuals) {
            data.target = grid.round(residual);
        }
        let mut grown = DecisionTree::new();
        grown.set_feature_size(columns.len());
        grown.set_max_depth(self.params.max_depth);
        grown.set_min_leaf_size(self.params.min_leaf_size as usize);
        let subset: Vec<usize> = seen.iter().map(|&row| row as usize).collect();
        grown.fit_n(data, &subset, cache);
        let mut tree = converted(&grown, columns, &self.fills, self.params.learning_rate as f32)?;
        record(&mut tree, train, &subset);
        Some(tree)
    }
}

impl Learner for ExactBooster {
    fn n_trees(&self) -> u32 {
        self.ensemble.trees.len() as u32
    }

    fn is_done(&self) -> bool {
        self.is_broken || self.n_trees() >= self.params.n_estimators
    }

    fn grow_tree(&mut self) -> Option<Round> {
        if self.is_done() {
            return None;
        }
        let Some(tree) = self.next_tree() else {
            // Only if the crate's trees were of another make than those of the version that is compiled in.
            self.is_broken = true;
            return None;
        };
        self.train.add_tree(&tree);
        if let Some(validation) = &mut self.validation {
            validation.add_tree(&tree);
        }
        self.ensemble.trees.push(tree);
        Some(Round {
            n_trees: self.n_trees(),
            loss_train: self.train.rmse(),
            loss_validation: self.validation.as_ref().map(Fit::rmse),
        })
    }

    fn finish(self: Box<Self>) -> Ensemble {
        self.ensemble
    }
}

/// Multiples of a power of two that are coarse enough for sums of residuals and of their squares to be exact in float64.
struct Grid {
    step: f64,
}

impl Grid {
    /// With n values of at most 2ᵇ steps, sums of squares stay below n · 2²ᵇ ≤ 2⁵³ steps². For 35,000 rows b is 18: a residual is off
    /// by at most 1/500,000 of the largest one, and what a leaf is off by stays in the residuals for the next trees.
    fn new(residuals: &[f32]) -> Self {
        let most = residuals.iter().fold(0.0_f32, |most, residual| most.max(residual.abs()));
        if most == 0.0 {
            return Self { step: 1.0 };
        }
        let bits = (53 - residuals.len().next_power_of_two().trailing_zeros()) / 2;
        // The exponent above the largest residual, less the bits; float32 has no exponent for which this leaves float64.
        let exponent = (f64::from(most).to_bits() >> 52) + 1 - u64::from(bits.min(23));
        Self { step: f64::from_bits(exponent << 52) }
    }

    fn round(&self, residual: f32) -> f32 {
        let steps = f64::from(residual) / self.step;
        // Half away from zero; the cast cuts the fraction off.
        let whole = (steps + if steps < 0.0 { -0.5 } else { 0.5 }) as i64;
        (whole as f64 * self.step) as f32
    }
}

/// A node of the crate's tree. Its nodes are private; their serialised form is the way to them.
#[derive(Clone, Copy)]
struct Grown {
    feature_index: usize,
    feature_value: f32,
    /// The mean residual.
    pred: f32,
    is_leaf: bool,
    left: usize,
    right: usize,
}

impl Grown {
    fn read(node: &Value) -> Option<Self> {
        let value = node.get("value")?;
        let place = |of: &Value, field| of.get(field)?.as_u64().map(|place| place as usize);
        let number = |field| value.get(field)?.as_f64().map(|number| number as f32);
        Some(Self {
            feature_index: place(value, "feature_index")?,
            feature_value: number("feature_value")?,
            pred: number("pred")?,
            is_leaf: value.get("is_leaf")?.as_bool()?,
            left: place(node, "left")?,
            right: place(node, "right")?,
        })
    }
}

/// The crate's tree as ours, breadth first. Both send `x < threshold` to the left, so thresholds stay as they are; leaves are multiplied in
/// float32 as the crate does when it predicts. A float32 passes through the serialised form as an equal float64.
fn converted(grown: &DecisionTree, columns: &[u32], fills: &[f32], learning_rate: f32) -> Option<Tree> {
    let written = serde_json::to_value(grown).ok()?;
    let grown = written.get("tree")?.get("tree")?.as_array()?.iter().map(Grown::read).collect::<Option<Vec<_>>>()?;
    let mut open = vec![(None, *grown.first()?)];
    let mut nodes = Vec::with_capacity(grown.len());
    while let Some(&(parent, node)) = open.get(nodes.len()) {
        let value = node.pred * learning_rate;
        let kind = if node.is_leaf {
            NodeKind::Leaf { value }
        } else {
            let (left, node_idx) = (open.len() as u32, nodes.len() as u32);
            open.extend([(Some(node_idx), *grown.get(node.left)?), (Some(node_idx), *grown.get(node.right)?)]);
            let (column_idx, threshold) = (*columns.get(node.feature_index)?, node.feature_value);
            let default_left = *fills.get(column_idx as usize)? < threshold;
            NodeKind::Split { column_idx, threshold, left, gain: 0.0, default_left }
        };
        // A node that is listed twice would be visited for ever.
        if open.len() > grown.len() {
            return None;
        }
        nodes.push(Node { parent, sum_hessian: 0.0, base_weight: value, kind });
    }
    Some(Tree { nodes })
}

/// Counts the sampled rows in each node, and from their residuals what each split gained: the squared error it took away.
fn record(tree: &mut Tree, train: &Fit, sampled: &[usize]) {
    let mut sums = vec![(0.0_f64, 0.0_f64); tree.nodes.len()];
    for &row in sampled {
        let (values, mut node_idx) = (train.row(row), 0);
        loop {
            sums[node_idx].0 += 1.0;
            sums[node_idx].1 += f64::from(train.residuals[row]);
            match tree.nodes[node_idx].kind {
                NodeKind::Leaf { .. } => break,
                NodeKind::Split { column_idx, threshold, left, .. } => {
                    node_idx = left as usize + usize::from(values[column_idx as usize] >= threshold);
                }
            }
        }
    }
    let score = |node_idx: usize| match sums[node_idx] {
        (0.0, _) => 0.0,
        (count, sum) => sum * sum / count,
    };
    for (node_idx, node) in tree.nodes.iter_mut().enumerate() {
        node.sum_hessian = sums[node_idx].0 as f32;
        if let NodeKind::Split { left, gain, .. } = &mut node.kind {
            let left = *left as usize;
            *gain = (score(left) + score(left + 1) - score(node_idx)).max(0.0) as f32;
        }
    }
}

/// The median of the values that are there, the lower of two; 0 if none is.
fn median(values: &[f32]) -> f32 {
    let mut present: Vec<f32> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    if present.is_empty() {
        return 0.0;
    }
    let middle = (present.len() - 1) / 2;
    *present.select_nth_unstable_by(middle, f32::total_cmp).1
}

fn columns(matrix: &Matrix) -> Vec<&[f32]> {
    (0..matrix.n_columns()).map(|column_idx| matrix.column(column_idx)).collect()
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
