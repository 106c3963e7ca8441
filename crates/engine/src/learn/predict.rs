//! Evaluates trees in bulk: sixteen rows walk a tree together, all the same number of steps. Deliberately in float32 and in
//! tree order, which makes the sums equal to XGBoost's bit for bit.
//!
//! A tree that is not too deep is laid out as a perfect one: the children of node i are 2i and 2i + 1, a leaf above the last level goes on
//! to the left. Near the root all nodes of a level are asked at once, one column's values side by side, and each row picks its answer;
//! below, each row asks its own node.

use super::coded::Coded;
use super::tree::{NodeKind, Tree};
use crate::dataset::Matrix;
use serde::{Deserialize, Serialize};

/// Rows that walk together: enough walks to hide each other's waits.
const BLOCK_ROWS: usize = 16;

/// Blocks that a tree serves before the next tree's turn, so that both stay in the cache.
const BATCH_BLOCKS: usize = 16;

/// Fewer rows are scored before the trees would be coded.
const LEAST_CODED_ROWS: usize = 2_048;

/// One column's values of a block.
type Lane = [f32; BLOCK_ROWS];

/// Levels of a perfect tree, the leaves not counted: at least those that are asked at once, and no more than a byte can number.
const LEAST_DEPTH: usize = 3;
const MOST_DEPTH: usize = 8;

/// A tree for walking.
#[derive(Clone, Debug)]
pub(super) enum FlatTree {
    Perfect(Box<PerfectTree>),
    Linked(LinkedTree),
}

impl FlatTree {
    pub(super) fn new(tree: &Tree) -> Self {
        match PerfectTree::new(tree) {
            Some(perfect) => Self::Perfect(Box::new(perfect)),
            None => Self::Linked(LinkedTree::new(tree)),
        }
    }
}

/// A tree of up to [`MOST_DEPTH`] levels without gaps.
#[derive(Clone, Debug)]
pub(super) struct PerfectTree {
    /// From 1 on.
    nodes: [PerfectNode; 1 << MOST_DEPTH],
    /// 2^depth values from the left to the right.
    leaves: Vec<f32>,
    depth: usize,
}

#[derive(Clone, Copy, Debug)]
struct PerfectNode {
    threshold: f32,
    column_idx: u32,
    default_left: bool,
}

impl PerfectTree {
    fn new(tree: &Tree) -> Option<Self> {
        let depth = tree.depth().max(LEAST_DEPTH);
        if depth > MOST_DEPTH {
            return None;
        }
        // Every value is below it, so that what stands in for a gap leads to the left.
        let gap = PerfectNode { threshold: f32::INFINITY, column_idx: 0, default_left: true };
        let mut found = Self { nodes: [gap; 1 << MOST_DEPTH], leaves: vec![0.0; 1 << depth], depth };
        let mut open = vec![(0_usize, 1_usize, 0_usize)];
        while let Some((node_idx, at, level)) = open.pop() {
            match tree.nodes.get(node_idx)?.kind {
                NodeKind::Leaf { value } => found.leaves[(at << (depth - level)) - (1 << depth)] = value,
                NodeKind::Split { column_idx, threshold, left, default_left, .. } => {
                    found.nodes[at] = PerfectNode { threshold, column_idx, default_left };
                    open.push((left as usize, 2 * at, level + 1));
                    open.push((left as usize + 1, 2 * at + 1, level + 1));
                }
            }
        }
        Some(found)
    }

    /// Which rows of a block go right at a node.
    fn asked(&self, node: usize, lanes: &[Lane]) -> [u32; BLOCK_ROWS] {
        let PerfectNode { threshold, column_idx, .. } = self.nodes[node];
        lanes[column_idx as usize].map(|value| u32::from(value >= threshold))
    }

    fn add_block(&self, lanes: &[Lane], predictions: &mut [f32]) {
        let root = self.asked(1, lanes);
        let second = picked(&root, self.asked(2, lanes), self.asked(3, lanes));
        let third = picked(
            &root,
            picked(&second, self.asked(4, lanes), self.asked(5, lanes)),
            picked(&second, self.asked(6, lanes), self.asked(7, lanes)),
        );
        let mut at: [u32; BLOCK_ROWS] = std::array::from_fn(|row| 8 + 4 * root[row] + 2 * second[row] + third[row]);
        for _ in LEAST_DEPTH..self.depth {
            for (row, at) in at.iter_mut().enumerate() {
                // Below the last level nothing is asked: a byte numbers every node.
                let node = self.nodes[usize::from(*at as u8)];
                *at = 2 * *at + u32::from(lanes[node.column_idx as usize][row] >= node.threshold);
            }
        }
        let first_leaf = 1 << self.depth;
        for (prediction, at) in predictions.iter_mut().zip(at) {
            *prediction += self.leaves[at as usize - first_leaf];
        }
    }

    fn add_block_with_missing(&self, lanes: &[Lane], predictions: &mut [f32]) {
        for (row, prediction) in predictions.iter_mut().enumerate() {
            let mut at = 1;
            for _ in 0..self.depth {
                let node = self.nodes[at];
                let value = lanes[node.column_idx as usize][row];
                let goes_left = if value.is_nan() { node.default_left } else { value < node.threshold };
                at = 2 * at + usize::from(!goes_left);
            }
            *prediction += self.leaves[at - (1 << self.depth)];
        }
    }
}

/// The right answers of the rows that went right, the left ones of the others.
fn picked(went_right: &[u32; BLOCK_ROWS], left: [u32; BLOCK_ROWS], right: [u32; BLOCK_ROWS]) -> [u32; BLOCK_ROWS] {
    std::array::from_fn(|row| if went_right[row] == 0 { left[row] } else { right[row] })
}

/// A deeper tree: a leaf points at itself, so that every row takes `depth` steps.
#[derive(Clone, Debug)]
pub(super) struct LinkedTree {
    nodes: Vec<FlatNode>,
    /// Which nodes send missing values to the left: looked at for rows with missing values only.
    default_left: Vec<bool>,
    depth: usize,
}

#[derive(Clone, Copy, Debug)]
struct FlatNode {
    column_idx: u32,
    threshold: f32,
    left: u32,
    value: f32,
}

impl LinkedTree {
    fn new(tree: &Tree) -> Self {
        let flat = |(node_idx, node): (usize, &super::tree::Node)| match node.kind {
            NodeKind::Leaf { value } => {
                FlatNode { column_idx: 0, threshold: f32::INFINITY, left: node_idx as u32, value }
            }
            NodeKind::Split { column_idx, threshold, left, .. } => FlatNode { column_idx, threshold, left, value: 0.0 },
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

    fn add_block_with_missing(&self, lanes: &[Lane], predictions: &mut [f32]) {
        for (row, prediction) in predictions.iter_mut().enumerate() {
            let mut at = 0;
            for _ in 0..self.depth {
                let node = self.nodes[at];
                let value = lanes[node.column_idx as usize][row];
                let goes_left = if value.is_nan() { self.default_left[at] } else { value < node.threshold };
                at = node.left as usize + usize::from(!goes_left);
            }
            *prediction += self.nodes[at].value;
        }
    }

    fn add_block(&self, lanes: &[Lane], predictions: &mut [f32]) {
        let mut at = [0_u32; BLOCK_ROWS];
        for _ in 0..self.depth {
            for (row, at) in at.iter_mut().enumerate() {
                let node = self.nodes[*at as usize];
                *at = node.left + u32::from(lanes[node.column_idx as usize][row] >= node.threshold);
            }
        }
        for (prediction, at) in predictions.iter_mut().zip(at) {
            *prediction += self.nodes[at as usize].value;
        }
    }
}

/// Rows in blocks of [`BLOCK_ROWS`], column after column within a block; the last block is filled up with zeros.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Blocks {
    lanes: Vec<Lane>,
    n_columns: usize,
    has_missing: bool,
}

impl Blocks {
    /// The rows from `start` to `end` of a matrix.
    pub(super) fn new(matrix: &Matrix, start: usize, end: usize) -> Self {
        let n_columns = matrix.n_columns();
        let mut lanes = vec![[0.0; BLOCK_ROWS]; (end - start).div_ceil(BLOCK_ROWS) * n_columns];
        for column_idx in 0..n_columns {
            let rows = matrix.column(column_idx)[start..end].chunks(BLOCK_ROWS);
            for (block, rows) in lanes.chunks_exact_mut(n_columns).zip(rows) {
                block[column_idx][..rows.len()].copy_from_slice(rows);
            }
        }
        Self { lanes, n_columns, has_missing: matrix.has_missing() }
    }

    /// Adds a tree's leaves to the predictions, one a row.
    pub(super) fn add_tree(&self, tree: &FlatTree, predictions: &mut [f32]) {
        let blocks = self.lanes.chunks_exact(self.n_columns.max(1)).zip(predictions.chunks_mut(BLOCK_ROWS));
        match (tree, self.has_missing) {
            (FlatTree::Perfect(tree), false) => blocks.for_each(|(lanes, sums)| tree.add_block(lanes, sums)),
            (FlatTree::Perfect(tree), true) => {
                blocks.for_each(|(lanes, sums)| tree.add_block_with_missing(lanes, sums));
            }
            (FlatTree::Linked(tree), false) => blocks.for_each(|(lanes, sums)| tree.add_block(lanes, sums)),
            (FlatTree::Linked(tree), true) => blocks.for_each(|(lanes, sums)| tree.add_block_with_missing(lanes, sums)),
        }
    }
}

/// The margins of all rows, from `base_margin` on. The matrix has the columns that the trees were grown on.
pub(super) fn margins(base_margin: f32, trees: &[Tree], matrix: &Matrix) -> Vec<f32> {
    let is_worth_coding = matrix.n_rows() >= LEAST_CODED_ROWS && !matrix.has_missing();
    match is_worth_coding.then(|| Coded::new(trees, matrix.n_columns())).flatten() {
        Some(coded) => coded.margins(base_margin, matrix),
        None => margins_of_values(base_margin, trees, matrix),
    }
}

/// The same without codes.
pub(super) fn margins_of_values(base_margin: f32, trees: &[Tree], matrix: &Matrix) -> Vec<f32> {
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
