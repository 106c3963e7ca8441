//! A trained model: a base score and trees over named columns. Deliberately plain data that no training is needed to use.

use super::error::LearnError;
use super::objective::Objective;
use super::predict;
use super::tree::{NodeKind, Tree};
use crate::dataset::Matrix;
use crate::table::Digest;

/// A trained model. Its margin is that of `base_score` plus the leaf of each tree, summed in float32 in tree order; the objective makes
/// a prediction of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Ensemble {
    pub objective: Objective,
    /// A prediction, as XGBoost keeps it.
    pub base_score: f32,
    pub trees: Vec<Tree>,
    /// The matrix columns that the trees' column indices count.
    pub feature_names: Vec<String>,
}

impl Ensemble {
    /// One prediction a row, for a matrix with exactly the columns that were trained on.
    pub fn predict(&self, matrix: &Matrix) -> Result<Vec<f32>, LearnError> {
        self.predict_with(matrix, self.trees.len())
    }

    /// The same with the first so many trees.
    pub fn predict_with(&self, matrix: &Matrix, n_trees: usize) -> Result<Vec<f32>, LearnError> {
        check_names(&self.feature_names, matrix.names())?;
        let trees = &self.trees[..n_trees.min(self.trees.len())];
        let mut predictions = predict::margins(self.base_margin(), trees, matrix);
        predictions.iter_mut().for_each(|margin| *margin = self.objective.prediction(*margin));
        Ok(predictions)
    }

    /// The prediction for one row; NaN is a missing value.
    pub fn predict_row(&self, row: &[f32]) -> f32 {
        let margin = self.trees.iter().fold(self.base_margin(), |sum, tree| sum + tree.leaf_value(row));
        self.objective.prediction(margin)
    }

    /// What the sum of leaves begins with.
    pub fn base_margin(&self) -> f32 {
        self.objective.margin(self.base_score)
    }

    pub fn n_leaves(&self) -> usize {
        self.trees.iter().map(Tree::n_leaves).sum()
    }

    /// The hash of everything that the model is, bit by bit.
    pub fn digest(&self) -> Digest {
        let mut bytes = self.base_score.to_bits().to_le_bytes().to_vec();
        if let Some((name, value)) = self.objective.parameter() {
            bytes.extend(name.bytes().chain(value.to_bits().to_le_bytes()));
        }
        for name in &self.feature_names {
            bytes.extend(name.as_bytes());
            bytes.push(0);
        }
        let mut put = |words: &[u32]| bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        for tree in &self.trees {
            put(&[tree.nodes.len() as u32]);
            for node in &tree.nodes {
                put(&[node.parent.unwrap_or(u32::MAX), node.sum_hessian.to_bits(), node.base_weight.to_bits()]);
                match node.kind {
                    NodeKind::Leaf { value } => put(&[0, value.to_bits()]),
                    NodeKind::Split { column_idx, threshold, left, gain, default_left } => {
                        put(&[left, column_idx, threshold.to_bits(), gain.to_bits(), u32::from(default_left)]);
                    }
                }
            }
        }
        Digest::of_bytes(&bytes)
    }
}

/// Refuses other columns, and names the first that differs.
pub(super) fn check_names(expected: &[String], found: &[String]) -> Result<(), LearnError> {
    if expected.len() != found.len() {
        return Err(LearnError::ColumnCount { expected: expected.len(), found: found.len() });
    }
    match expected.iter().zip(found).find(|(e, f)| e != f) {
        Some((e, f)) => Err(LearnError::ColumnName { expected: e.clone(), found: f.clone() }),
        None => Ok(()),
    }
}
