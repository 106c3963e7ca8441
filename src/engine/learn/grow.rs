//! Grows one tree: samples, fills histograms, splits depth first, gives leaves their exact values. Deliberately knows
//! nothing of the trees before it but the gradients they left.
//!
//! Histograms live in `max_depth` slots. A node's smaller child is counted into the next slot, its larger child replaces
//! the node in its own slot by subtraction; the smaller one is finished first.

use super::binning::Binned;
use super::histogram::{self, Cells};
use super::params::CheckedParams;
use super::sampling::{sample_columns, sample_rows};
use super::split::{Criterion, LaneColumns, Penalty, Rule, SampledLane, Split};
use super::tree::{Node, NodeKind, Tree};

/// Buffers reused from tree to tree.
#[derive(Debug, Default)]
pub(super) struct Grower {
    /// Rows that the tree sees, and the others.
    seen: Vec<u32>,
    unseen: Vec<u32>,
    /// Positions in `seen`, those of a node side by side and ascending.
    order: Vec<u32>,
    spill: Vec<u32>,
    /// Of the seen rows: gradients, cells, and one byte per sampled lane.
    gradients: Vec<f32>,
    cells: Vec<i64>,
    bytes: Vec<u8>,
    lanes: Vec<SampledLane>,
    /// Slot after slot, lane after lane.
    histograms: Vec<Cells>,
    /// How binned rows walk the tree; parallel to its nodes.
    steps: Vec<Step>,
}

/// Where a binned row goes from a node; a leaf keeps it.
#[derive(Clone, Copy, Debug)]
struct Step {
    lane_idx: u32,
    rule: Rule,
    left: u32,
}

/// A node whose rows are known and whose histogram, if it may split, is in its slot.
#[derive(Clone, Copy)]
struct Open {
    node_idx: u32,
    start: usize,
    end: usize,
    depth: u32,
    slot: usize,
    total: i64,
}

impl Grower {
    /// Grows tree number `tree_idx` and adds its leaves to the predictions of all training rows.
    pub(super) fn grow(
        &mut self,
        binned: &Binned,
        params: &CheckedParams,
        tree_idx: u32,
        gradients: &[f32],
        predictions: &mut [f32],
    ) -> Tree {
        self.sample(binned, params, tree_idx, gradients);
        let criterion = Criterion {
            penalty: Penalty { alpha: params.reg_alpha, lambda: params.reg_lambda },
            min_rows: (libm::ceil(params.min_child_weight) as i32).max(1),
            min_gain: params.gamma.max(SMALLEST_GAIN),
            scale: histogram::quantise(&self.gradients, &mut self.cells),
        };
        let mut tree = Tree { nodes: Vec::new() };
        self.steps.clear();
        self.add_node(&mut tree, None);
        let mut open = vec![self.open_root(params.max_depth)];
        while let Some(node) = open.pop() {
            let splits = node.depth < params.max_depth && histogram::n_rows(node.total) >= 2 * criterion.min_rows;
            let split = if splits { criterion.best_split(self.slot(node.slot), &self.lanes, node.total) } else { None };
            match split {
                Some(split) => {
                    let weight = self.weight(node.total, &criterion);
                    set_split(&mut tree, node, &split, weight, binned);
                    open.extend(self.divide(&mut tree, node, &split, params.max_depth));
                }
                None => self.close(&mut tree, node, &criterion.penalty, params.learning_rate, predictions),
            }
        }
        self.route_unseen(&tree, binned, predictions);
        tree
    }

    /// Draws rows and columns and copies what the tree sees of them side by side.
    fn sample(&mut self, binned: &Binned, params: &CheckedParams, tree_idx: u32, gradients: &[f32]) {
        let key = (params.seed, tree_idx);
        sample_rows(key, binned.n_rows, params.subsample, &mut self.seen, &mut self.unseen);
        let columns = sample_columns(key, binned.thresholds.len(), params.colsample_bytree);
        self.lanes = sampled_lanes(binned, &columns);
        self.gradients.clear();
        self.gradients.extend(self.seen.iter().map(|&row| gradients[row as usize]));
        self.bytes.resize(self.seen.len() * self.lanes.len(), 0);
        let lane_idxs: Vec<usize> = self.lanes.iter().map(|lane| lane.lane_idx).collect();
        for (to, &row) in self.bytes.chunks_exact_mut(lane_idxs.len().max(1)).zip(&self.seen) {
            let from = binned.row(row as usize);
            for (byte, &lane_idx) in to.iter_mut().zip(&lane_idxs) {
                *byte = from[lane_idx];
            }
        }
    }

    fn open_root(&mut self, max_depth: u32) -> Open {
        let n_seen = self.seen.len();
        self.order.clear();
        self.order.extend(0..n_seen as u32);
        self.spill.resize(n_seen, 0);
        self.histograms.resize(self.lanes.len() * max_depth as usize, histogram::EMPTY);
        self.fill_slot(0, 0, n_seen);
        Open { node_idx: 0, start: 0, end: n_seen, depth: 0, slot: 0, total: self.cells.iter().sum() }
    }

    fn slot(&self, slot: usize) -> &[Cells] {
        &self.histograms[slot * self.lanes.len()..][..self.lanes.len()]
    }

    fn fill_slot(&mut self, slot: usize, start: usize, end: usize) {
        let histogram = &mut self.histograms[slot * self.lanes.len()..][..self.lanes.len()];
        histogram.fill(histogram::EMPTY);
        histogram::accumulate(histogram, &self.bytes, &self.cells, &self.order[start..end]);
    }

    fn add_node(&mut self, tree: &mut Tree, parent: Option<u32>) -> u32 {
        let node_idx = tree.nodes.len() as u32;
        tree.nodes.push(Node { parent, sum_hessian: 0.0, base_weight: 0.0, kind: NodeKind::Leaf { value: 0.0 } });
        self.steps.push(Step { lane_idx: 0, rule: Rule::ALL_LEFT, left: node_idx });
        node_idx
    }

    fn weight(&self, total: i64, criterion: &Criterion) -> f32 {
        let gradient = f64::from(histogram::gradient_sum(total)) / criterion.scale;
        criterion.penalty.weight(gradient, f64::from(histogram::n_rows(total))) as f32
    }

    /// Parts a node's rows and prepares its children's histograms; the one to finish first comes last.
    fn divide(&mut self, tree: &mut Tree, node: Open, split: &Split, max_depth: u32) -> [Open; 2] {
        let left_idx = self.add_node(tree, Some(node.node_idx));
        let right_idx = self.add_node(tree, Some(node.node_idx));
        let lane_idx = self.lanes[split.sampled_lane_idx].lane_idx as u32;
        self.steps[node.node_idx as usize] = Step { lane_idx, rule: split.rule, left: left_idx };
        let middle = node.start + self.part(node, split);
        let (start, end, depth, slot) = (node.start, node.end, node.depth + 1, node.slot);
        let left = Open { node_idx: left_idx, start, end: middle, depth, slot, total: split.left };
        let right = Open { node_idx: right_idx, start: middle, end, depth, slot, total: node.total - split.left };
        let (larger, smaller) = if middle - start < end - middle { (right, left) } else { (left, right) };
        let smaller = Open { slot: slot + 1, ..smaller };
        if depth < max_depth {
            self.fill_slot(smaller.slot, smaller.start, smaller.end);
            let n_lanes = self.lanes.len();
            let (upper, lower) = self.histograms[slot * n_lanes..].split_at_mut(n_lanes);
            histogram::subtract(upper, &lower[..n_lanes]);
        }
        [larger, smaller]
    }

    /// Moves the rows that go left before the others, each side in its order, and returns their number.
    fn part(&mut self, node: Open, split: &Split) -> usize {
        let n_lanes = self.lanes.len();
        let order = &mut self.order[node.start..node.end];
        let spill = &mut self.spill[..order.len()];
        let (mut n_left, mut n_right) = (0, 0);
        for i in 0..order.len() {
            let position = order[i];
            let byte = self.bytes[position as usize * n_lanes + split.sampled_lane_idx];
            let left = split.rule.goes_left(byte);
            // Both are written, one is kept: no branch to mispredict.
            order[n_left] = position;
            spill[n_right] = position;
            n_left += usize::from(left);
            n_right += usize::from(!left);
        }
        order[n_left..].copy_from_slice(&spill[..n_right]);
        n_left
    }

    /// Makes a node a leaf, its value from the exact gradients of its rows in their order.
    fn close(&self, tree: &mut Tree, node: Open, penalty: &Penalty, learning_rate: f64, predictions: &mut [f32]) {
        let positions = &self.order[node.start..node.end];
        let gradient: f64 = positions.iter().map(|&position| f64::from(self.gradients[position as usize])).sum();
        let value = (penalty.weight(gradient, positions.len() as f64) * learning_rate) as f32;
        for &position in positions {
            predictions[self.seen[position as usize] as usize] += value;
        }
        let leaf = &mut tree.nodes[node.node_idx as usize];
        leaf.sum_hessian = positions.len() as f32;
        leaf.base_weight = value;
        leaf.kind = NodeKind::Leaf { value };
    }

    /// Adds the leaves of the rows that the tree did not see.
    fn route_unseen(&self, tree: &Tree, binned: &Binned, predictions: &mut [f32]) {
        let depth = tree.depth();
        for &row in &self.unseen {
            let bytes = binned.row(row as usize);
            let mut node_idx = 0;
            for _ in 0..depth {
                let step = self.steps[node_idx as usize];
                node_idx = step.left + u32::from(!step.rule.goes_left(bytes[step.lane_idx as usize]));
            }
            if let NodeKind::Leaf { value } = tree.nodes[node_idx as usize].kind {
                predictions[row as usize] += value;
            }
        }
    }
}

/// XGBoost takes smaller gains for rounding noise.
const SMALLEST_GAIN: f64 = 1e-6;

fn set_split(tree: &mut Tree, node: Open, split: &Split, base_weight: f32, binned: &Binned) {
    let left = tree.nodes.len() as u32;
    let inner = &mut tree.nodes[node.node_idx as usize];
    inner.sum_hessian = histogram::n_rows(node.total) as f32;
    inner.base_weight = base_weight;
    inner.kind = NodeKind::Split {
        column_idx: split.column_idx,
        threshold: binned.thresholds[split.column_idx as usize][split.threshold_idx],
        left,
        gain: split.gain as f32,
        default_left: false,
    };
}

/// The lanes of which at least one column was drawn and has two values at all.
fn sampled_lanes(binned: &Binned, columns: &[bool]) -> Vec<SampledLane> {
    let mut lanes = Vec::new();
    for (lane_idx, lane) in binned.lanes.iter().enumerate() {
        let first = lane.first_column_idx;
        let columns = if lane.n_columns == 1 {
            if !columns[first] || lane.n_bins < 2 {
                continue;
            }
            LaneColumns::Ordered(first as u32)
        } else {
            let codes: Vec<(u32, u8)> = (0..lane.n_columns)
                .filter(|offset| columns[first + offset])
                .map(|offset| ((first + offset) as u32, offset as u8 + 1))
                .collect();
            if codes.is_empty() {
                continue;
            }
            LaneColumns::OneHot(codes)
        };
        lanes.push(SampledLane { lane_idx, n_bins: lane.n_bins, columns });
    }
    lanes
}
