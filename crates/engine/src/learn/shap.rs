//! What each column contributes to a prediction: exact Shapley values of the trees, with what an unknown column would do read from
//! the covers of the training rows. Deliberately in float64 and apart from scoring: a prediction is its float32 sum of leaves.
//!
//! A leaf is reached by a conjunction of intervals, one a column on its way. With c columns on the way of a leaf of value v, z_j the
//! share of rows that pass column j's splits, and o_j = 1 where the row itself passes them, else 0:
//!
//! ```text
//! φ_i = v · (o_i − z_i) · Σ_k  k! (c − 1 − k)! / c!  ·  [tᵏ] Π_{j ≠ i} (z_j + o_j t)
//! ```
//!
//! which is the same as path-dependent TreeSHAP (Lundberg et al. 2020, Nature Machine Intelligence 2, algorithm 2), written as a
//! polynomial (Yu et al. 2022, Linear TreeShap). It depends on a row only through which columns it passes, so that each pattern is
//! worked out once a leaf and looked up for every further row (after Yang 2021, Fast TreeSHAP, version 2).
//!
//! | symbol | shape | is |
//! |---|---|---|
//! | contributions | rows × columns, f64 | φ, summed over all leaves of all trees |
//! | base value | f64 | margin of the base score + Σ over trees of the cover-weighted mean leaf |

use super::ensemble::{Ensemble, check_names};
use super::error::LearnError;
use super::tree::{NodeKind, Tree};
use crate::dataset::Matrix;

/// Longer ways than this are worked out anew for every row: their patterns are too many to keep.
const MOST_KEPT_COLUMNS: usize = 12;

/// The contributions to some rows' predictions. A row's contributions and the base value add up to its prediction, but for the rounding
/// of float32 sums.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    pub base_value: f64,
    /// Row after row, one value a column.
    pub values: Vec<f64>,
    pub n_columns: usize,
}

impl Contributions {
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.n_columns..][..self.n_columns]
    }
}

/// A column on the way to a leaf.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Passage {
    column_idx: usize,
    /// low ≤ x < high passes.
    low: f32,
    high: f32,
    missing_passes: bool,
    /// Share of the training rows that pass, of those that come so far.
    share: f64,
}

impl Passage {
    fn admits(&self, value: f32) -> bool {
        ((self.low <= value) & (value < self.high)) | (value.is_nan() & self.missing_passes)
    }
}

struct Leaf {
    value: f64,
    passages: Vec<Passage>,
}

impl Ensemble {
    /// The contributions of every column to the predictions of some rows, for a matrix with exactly the columns that were trained on.
    pub fn contributions(&self, matrix: &Matrix, rows: std::ops::Range<usize>) -> Result<Contributions, LearnError> {
        check_names(&self.feature_names, matrix.names())?;
        let n_columns = self.feature_names.len();
        let rows = rows.start.min(matrix.n_rows())..rows.end.min(matrix.n_rows());
        let mut values = vec![0.0; rows.len() * n_columns];
        let mut base_value = f64::from(self.base_margin());
        let mut patterns = Patterns::default();
        let mut passed = vec![0_u32; rows.len()];
        for leaf in self.trees.iter().flat_map(leaves) {
            base_value += leaf.value * leaf.passages.iter().map(|passage| passage.share).product::<f64>();
            patterns.begin(&leaf);
            passed.fill(0);
            // A column at a time, without a branch: the rows are compared side by side.
            for (i, passage) in leaf.passages.iter().enumerate() {
                for (passed, &value) in passed.iter_mut().zip(&matrix.column(passage.column_idx)[rows.clone()]) {
                    *passed |= u32::from(passage.admits(value)) << i;
                }
            }
            for (&pattern, to) in passed.iter().zip(values.chunks_exact_mut(n_columns.max(1))) {
                for (passage, value) in leaf.passages.iter().zip(patterns.of(&leaf, pattern)) {
                    to[passage.column_idx] += value;
                }
            }
        }
        Ok(Contributions { base_value, values, n_columns })
    }
}

/// The leaves of a tree with the ways to them.
fn leaves(tree: &Tree) -> Vec<Leaf> {
    let mut found = Vec::new();
    let mut open = vec![(0_usize, Vec::<Passage>::new())];
    while let Some((node_idx, passages)) = open.pop() {
        let Some(node) = tree.nodes.get(node_idx) else { continue };
        match node.kind {
            NodeKind::Leaf { value } => found.push(Leaf { value: f64::from(value), passages }),
            NodeKind::Split { column_idx, threshold, left, default_left, .. } => {
                for (child, is_left) in [(left as usize + 1, false), (left as usize, true)] {
                    let Some(of_child) = tree.nodes.get(child) else { continue };
                    let cover = f64::from(node.sum_hessian);
                    let share = if cover > 0.0 { f64::from(of_child.sum_hessian) / cover } else { 0.5 };
                    let mut passages = passages.clone();
                    let column_idx = column_idx as usize;
                    let passage = match passages.iter().position(|known| known.column_idx == column_idx) {
                        Some(known) => &mut passages[known],
                        None => {
                            passages.push(Passage {
                                column_idx,
                                low: f32::NEG_INFINITY,
                                high: f32::INFINITY,
                                missing_passes: true,
                                share: 1.0,
                            });
                            let last = passages.len() - 1;
                            &mut passages[last]
                        }
                    };
                    if is_left {
                        passage.high = passage.high.min(threshold);
                    } else {
                        passage.low = passage.low.max(threshold);
                    }
                    passage.missing_passes &= default_left == is_left;
                    passage.share *= share;
                    open.push((child, passages));
                }
            }
        }
    }
    found
}

/// The contributions of one leaf by pattern of passed columns, worked out when a row first needs them.
#[derive(Default)]
struct Patterns {
    /// Which leaf a pattern's values belong to.
    leaf_of: Vec<u32>,
    values: Vec<f64>,
    leaf: u32,
    n_columns: usize,
    /// k! (c − 1 − k)! / c!
    weights: Vec<f64>,
    whole: Vec<f64>,
}

impl Patterns {
    fn begin(&mut self, leaf: &Leaf) {
        self.leaf += 1;
        self.n_columns = leaf.passages.len();
        self.weights.clear();
        let mut weight = 1.0 / self.n_columns.max(1) as f64;
        for k in 0..self.n_columns {
            self.weights.push(weight);
            let rest = self.n_columns - 1 - k;
            if rest > 0 {
                weight *= (k + 1) as f64 / rest as f64;
            }
        }
        let n_kept = if self.n_columns <= MOST_KEPT_COLUMNS { 1 << self.n_columns } else { 1 };
        if self.leaf_of.len() < n_kept {
            self.leaf_of.resize(n_kept, 0);
        }
        if self.values.len() < n_kept * self.n_columns {
            self.values.resize(n_kept * self.n_columns, 0.0);
        }
    }

    fn of(&mut self, leaf: &Leaf, pattern: u32) -> &[f64] {
        let is_kept = self.n_columns <= MOST_KEPT_COLUMNS;
        let slot = if is_kept { pattern as usize } else { 0 };
        if !is_kept || self.leaf_of[slot] != self.leaf {
            self.leaf_of[slot] = self.leaf;
            self.work_out(leaf, pattern, slot * self.n_columns);
        }
        &self.values[slot * self.n_columns..][..self.n_columns]
    }

    fn work_out(&mut self, leaf: &Leaf, pattern: u32, start: usize) {
        // The coefficients of Π (z + o t).
        self.whole.clear();
        self.whole.push(1.0);
        for (i, passage) in leaf.passages.iter().enumerate() {
            multiply(&mut self.whole, passage.share, pattern >> i & 1 == 1);
        }
        for (i, passage) in leaf.passages.iter().enumerate() {
            let passes = pattern >> i & 1 == 1;
            let sum = if passes {
                divided(&self.whole, passage.share, &self.weights)
            } else {
                let others: f64 =
                    self.whole.iter().zip(&self.weights).map(|(coefficient, weight)| coefficient * weight).sum();
                // A share of 0 has made everything 0, and no division brings it back.
                if passage.share > 0.0 { others / passage.share } else { without(leaf, pattern, i, &self.weights) }
            };
            self.values[start + i] = leaf.value * (f64::from(u8::from(passes)) - passage.share) * sum;
        }
    }
}

/// Times (z + t) or times z.
fn multiply(coefficients: &mut Vec<f64>, share: f64, passes: bool) {
    let below = coefficients.clone();
    coefficients.iter_mut().for_each(|coefficient| *coefficient *= share);
    if passes {
        coefficients.push(0.0);
        for (coefficient, below) in coefficients[1..].iter_mut().zip(below) {
            *coefficient += below;
        }
    }
}

/// The weighted sum of the coefficients of whole ÷ (z + t), from the highest down: stable, because z ≤ 1.
fn divided(whole: &[f64], share: f64, weights: &[f64]) -> f64 {
    let (mut quotient, mut sum) = (0.0, 0.0);
    for k in (1..whole.len()).rev() {
        quotient = whole[k] - share * quotient;
        sum += quotient * weights[k - 1];
    }
    sum
}

/// The same for a column whose share is 0: the product of the others, from the beginning.
fn without(leaf: &Leaf, pattern: u32, left_out: usize, weights: &[f64]) -> f64 {
    let mut others = vec![1.0];
    for (i, passage) in leaf.passages.iter().enumerate().filter(|(i, _)| *i != left_out) {
        multiply(&mut others, passage.share, pattern >> i & 1 == 1);
    }
    others.iter().zip(weights).map(|(coefficient, weight)| coefficient * weight).sum()
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use crate::learn::{Booster, Params};
    use proptest::prelude::*;

    /// The expectation of a tree when only some columns are known: unknown ones follow the covers.
    fn expectation(tree: &Tree, node_idx: usize, row: &[f32], known: &[bool]) -> f64 {
        let node = &tree.nodes[node_idx];
        match node.kind {
            NodeKind::Leaf { value } => f64::from(value),
            NodeKind::Split { column_idx, threshold, left, default_left, .. } => {
                let (left, right) = (left as usize, left as usize + 1);
                let value = row[column_idx as usize];
                if known[column_idx as usize] {
                    let goes_left = if value.is_nan() { default_left } else { value < threshold };
                    return expectation(tree, if goes_left { left } else { right }, row, known);
                }
                let cover = |child: usize| f64::from(tree.nodes[child].sum_hessian) / f64::from(node.sum_hessian);
                cover(left) * expectation(tree, left, row, known) + cover(right) * expectation(tree, right, row, known)
            }
        }
    }

    /// Shapley values by their definition: the mean of marginal contributions over all orders of the columns.
    fn by_definition(ensemble: &Ensemble, row: &[f32]) -> Vec<f64> {
        let n = row.len();
        let factorial = |k: usize| (1..=k).map(|i| i as f64).product::<f64>();
        let value = |known: &[bool]| ensemble.trees.iter().map(|tree| expectation(tree, 0, row, known)).sum::<f64>();
        (0..n)
            .map(|column| {
                let mut total = 0.0;
                for subset in 0..1_u32 << n {
                    if subset >> column & 1 == 1 {
                        continue;
                    }
                    let mut known: Vec<bool> = (0..n).map(|i| subset >> i & 1 == 1).collect();
                    let size = known.iter().filter(|k| **k).count();
                    let before = value(&known);
                    known[column] = true;
                    total += factorial(size) * factorial(n - size - 1) / factorial(n) * (value(&known) - before);
                }
                total
            })
            .collect()
    }

    fn trained(rows: &[[f32; 4]], target: &[f32], max_depth: u32) -> (Ensemble, Matrix) {
        let column = |c: usize| (format!("C{c}"), rows.iter().map(|row| row[c]).collect());
        let matrix = Matrix::new((0..4).map(column).collect()).unwrap();
        let params =
            Params { n_estimators: 5, max_depth, learning_rate: 0.5, min_child_weight: 1.0, ..Params::default() };
        let mut booster = Booster::start(&matrix, target, None, params.check().unwrap()).unwrap();
        while booster.grow_tree().is_some() {}
        (booster.finish(), matrix)
    }

    proptest! {
        #[test]
        fn contributions_are_those_of_the_definition_and_add_up(
            rows in prop::collection::vec([0f32..4.0, 0f32..2.0, -1f32..1.0, 0f32..9.0], 12..40), max_depth in 1u32..6,
        ) {
            let target: Vec<f32> = rows.iter().map(|r| r[0] * r[1] + if r[2] > 0.0 { r[3] } else { -r[0] }).collect();
            let (ensemble, matrix) = trained(&rows, &target, max_depth);
            let found = ensemble.contributions(&matrix, 0..rows.len()).unwrap();
            for (idx, row) in rows.iter().enumerate() {
                for (found, expected) in found.row(idx).iter().zip(by_definition(&ensemble, row)) {
                    prop_assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found} {expected}");
                }
                let leaves: f64 = ensemble.trees.iter().map(|tree| f64::from(tree.leaf_value(row))).sum();
                let exact = f64::from(ensemble.base_margin()) + leaves;
                let sum = found.base_value + found.row(idx).iter().sum::<f64>();
                prop_assert!((sum - exact).abs() <= 1e-6 * exact.abs().max(1.0), "{sum} {exact}");
            }
        }
    }

    #[test]
    fn missing_values_follow_the_default_direction() {
        let rows: Vec<[f32; 4]> = (0..60).map(|i| [(i % 7) as f32, (i % 3) as f32, (i % 5) as f32, i as f32]).collect();
        let target: Vec<f32> = rows.iter().map(|r| r[0] * 3.0 + r[3] * r[1]).collect();
        let (mut ensemble, _) = trained(&rows, &target, 4);
        for node in ensemble.trees.iter_mut().flat_map(|tree| &mut tree.nodes) {
            if let NodeKind::Split { column_idx, default_left, .. } = &mut node.kind {
                *default_left = *column_idx % 2 == 0;
            }
        }
        let row = [f32::NAN, 1.0, f32::NAN, 30.0];
        let leaf: Vec<Leaf> = ensemble.trees.iter().flat_map(leaves).collect();
        let mut patterns = Patterns::default();
        let mut found = [0.0; 4];
        for leaf in &leaf {
            patterns.begin(leaf);
            let admits = leaf.passages.iter().enumerate();
            let pattern =
                admits.fold(0, |p, (i, passage)| p | (u32::from(passage.admits(row[passage.column_idx])) << i));
            for (passage, value) in leaf.passages.iter().zip(patterns.of(leaf, pattern)) {
                found[passage.column_idx] += value;
            }
        }
        for (found, expected) in found.iter().zip(by_definition(&ensemble, &row)) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    #[test]
    fn another_matrix_is_refused_and_rows_beyond_the_end_are_left_out() {
        let rows: Vec<[f32; 4]> = (0..30).map(|i| [i as f32, 0.0, 1.0, 2.0]).collect();
        let target: Vec<f32> = rows.iter().map(|r| r[0]).collect();
        let (ensemble, matrix) = trained(&rows, &target, 2);
        assert_eq!(ensemble.contributions(&matrix, 25..99).unwrap().values.len(), 5 * 4);
        let other = Matrix::new(vec![("X".to_owned(), vec![1.0])]).unwrap();
        assert!(matches!(ensemble.contributions(&other, 0..1), Err(LearnError::ColumnCount { .. })));
    }
}
