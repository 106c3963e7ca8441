//! Evaluates trees in bulk: sixteen rows walk a tree together, all the same number of steps. Deliberately in float32 and in
//! tree order, which makes the sums equal to XGBoost's bit for bit.

use super::tree::{NodeKind, Tree};
use crate::engine::dataset::Matrix;

/// Rows that walk together: enough walks to hide each other's waits.
const BLOCK_ROWS: usize = 16;

/// Blocks that a tree serves before the next tree's turn, so that both stay in the cache.
const BATCH_BLOCKS: usize = 16;

/// A tree for walking: a leaf points at itself, so that every row takes `depth` steps.
#[derive(Clone, Debug)]
pub(super) struct FlatTree {
    nodes: Vec<FlatNode>,
    /// Which nodes send missing values to the left: looked at for rows with missing values only.
    default_left: Vec<bool>,
    depth: usize,
}

#[derive(Clone, Copy, Debug)]
struct FlatNode {
    /// Where the column's values start within a block.
    column_start: u32,
    threshold: f32,
    left: u32,
    value: f32,
}

impl FlatTree {
    pub(super) fn new(tree: &Tree) -> Self {
        let flat = |(node_idx, node): (usize, &super::tree::Node)| match node.kind {
            NodeKind::Leaf { value } => {
                FlatNode { column_start: 0, threshold: f32::INFINITY, left: node_idx as u32, value }
            }
            NodeKind::Split { column_idx, threshold, left, .. } => {
                FlatNode { column_start: column_idx * BLOCK_ROWS as u32, threshold, left, value: 0.0 }
            }
        };
        let default_left = |node: &super::tree::Node| {
            matches!(node.kind, NodeKind::Split { default_left: true, .. } | NodeKind::Leaf { .. })
        };
        Self {
            nodes: tree.nodes.iter().enumerate().map(flat).collect(),
            default_left: tree.nodes.iter().map(default_left).collect(),
            depth: tree.depth(),
        }
    }

    /// The same for a block in which values are missing.
    fn add_block_with_missing(&self, values: &[f32], predictions: &mut [f32]) {
        for (row, prediction) in predictions.iter_mut().enumerate() {
            let mut at = 0;
            for _ in 0..self.depth {
                let node = self.nodes[at];
                let value = values[node.column_start as usize + row];
                let goes_left = if value.is_nan() { self.default_left[at] } else { value < node.threshold };
                at = node.left as usize + usize::from(!goes_left);
            }
            *prediction += self.nodes[at].value;
        }
    }

    /// Adds the tree's leaves to the predictions of a block; `values` holds [`BLOCK_ROWS`] values per column.
    fn add_block(&self, values: &[f32], predictions: &mut [f32]) {
        // All rows start at the same node: one column's values side by side.
        let root = self.nodes[0];
        let root_values = &values[root.column_start as usize..][..BLOCK_ROWS];
        let mut at = [root.left; BLOCK_ROWS];
        for (at, &value) in at.iter_mut().zip(root_values) {
            *at += u32::from(value >= root.threshold);
        }
        for _ in 1..self.depth {
            for (row, at) in at.iter_mut().enumerate() {
                let node = self.nodes[*at as usize];
                *at = node.left + u32::from(values[node.column_start as usize + row] >= node.threshold);
            }
        }
        for (prediction, at) in predictions.iter_mut().zip(at) {
            *prediction += self.nodes[at as usize].value;
        }
    }
}

/// Rows in blocks of [`BLOCK_ROWS`], column after column within a block; the last block is filled up with zeros.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    values: Vec<f32>,
    n_columns: usize,
    has_missing: bool,
}

impl Blocks {
    /// The rows from `start` to `end` of a matrix.
    pub(super) fn new(matrix: &Matrix, start: usize, end: usize) -> Self {
        let n_columns = matrix.n_columns();
        let mut values = vec![0.0; (end - start).div_ceil(BLOCK_ROWS) * BLOCK_ROWS * n_columns];
        for column_idx in 0..n_columns {
            let rows = matrix.column(column_idx)[start..end].chunks(BLOCK_ROWS);
            for (block, rows) in values.chunks_exact_mut(BLOCK_ROWS * n_columns).zip(rows) {
                block[column_idx * BLOCK_ROWS..][..rows.len()].copy_from_slice(rows);
            }
        }
        Self { values, n_columns, has_missing: matrix.has_missing() }
    }

    /// Adds a tree's leaves to the predictions, one a row.
    pub(super) fn add_tree(&self, tree: &FlatTree, predictions: &mut [f32]) {
        let blocks = self.values.chunks_exact(BLOCK_ROWS * self.n_columns.max(1));
        for (values, predictions) in blocks.zip(predictions.chunks_mut(BLOCK_ROWS)) {
            if self.has_missing {
                tree.add_block_with_missing(values, predictions);
            } else {
                tree.add_block(values, predictions);
            }
        }
    }
}

/// The margins of all rows, from `base_margin` on. The matrix has the columns that the trees were grown on.
pub(super) fn margins(base_margin: f32, trees: &[Tree], matrix: &Matrix) -> Vec<f32> {
    let flat: Vec<FlatTree> = trees.iter().map(FlatTree::new).collect();
    let mut predictions = vec![base_margin; matrix.n_rows()];
    let batch_rows = BLOCK_ROWS * BATCH_BLOCKS;
    for (batch_idx, predictions) in predictions.chunks_mut(batch_rows).enumerate() {
        let start = batch_idx * batch_rows;
        let blocks = Blocks::new(matrix, start, start + predictions.len());
        for tree in &flat {
            blocks.add_tree(tree, predictions);
        }
    }
    predictions
}
