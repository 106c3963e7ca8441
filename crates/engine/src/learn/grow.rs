//! Grows one tree: samples, fills histograms, splits depth first, gives leaves their exact values. Deliberately knows
//! nothing of the trees before it but the gradients they left.
//!
//! Histograms live in `max_depth` slots. A node's smaller child is counted into the next slot, its larger child replaces
//! the node in its own slot by subtraction; the smaller one is finished first. A node of few rows has no slot: its rows are
//! counted when it is looked at, in one slot that all of these share, and only the bins that they name are read.

use super::binning::{Binned, Lane};
use super::histogram::{self, Cells, hessian_sum};
use super::objective::quantile;
use super::params::CheckedParams;
use super::sampling::{sample_columns, sample_rows};
use super::split::{Criterion, LaneColumns, Penalty, Rows, Rule, SampledLane, Split};
use super::tree::{Node, NodeKind, Tree};
use crate::order;

/// Buffers reused from tree to tree.
#[derive(Debug, Default)]
pub(super) struct Grower {
    /// Rows that the tree learns from, those of a node side by side and ascending; likewise the rows it only predicts.
    seen: Vec<u32>,
    unseen: Vec<u32>,
    spill: Vec<u32>,
    /// The gradient of each row as a histogram cell.
    cells: Vec<i64>,
    lanes: Vec<SampledLane>,
    /// Of one leaf's rows, where its value is a quantile.
    residuals: Vec<f32>,
    /// Slot after slot, lane after lane.
    histograms: Vec<Cells>,
}

/// Some rows side by side.
#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
}

impl Span {
    fn len(self) -> usize {
        self.end - self.start
    }

    fn halves(self, n_left: usize) -> (Self, Self) {
        let middle = self.start + n_left;
        (Self { end: middle, ..self }, Self { start: middle, ..self })
    }
}

/// A node whose rows are known and whose histogram, if it may split, is in its slot.
#[derive(Clone, Copy)]
struct Open {
    node_idx: u32,
    seen: Span,
    unseen: Span,
    depth: u32,
    slot: usize,
    total: i64,
}

/// The training rows as a tree finds them, one value a row.
#[derive(Debug)]
pub(super) struct Fit {
    pub target: Vec<f32>,
    /// Sums of the trees so far.
    pub margins: Vec<f32>,
    pub gradients: Vec<f32>,
    /// Empty where the objective's hessian is 1.
    pub hessians: Vec<f32>,
}

impl Grower {
    /// Grows tree number `tree_idx` and adds its leaves to the margins of all training rows.
    pub(super) fn grow(&mut self, binned: &Binned, params: &CheckedParams, tree_idx: u32, fit: &mut Fit) -> Tree {
        let key = (params.seed, tree_idx);
        sample_rows(key, binned.n_rows, params.subsample, &mut self.seen, &mut self.unseen);
        self.lanes = sampled_lanes(binned, &sample_columns(key, binned.thresholds.len(), params.colsample_bytree));
        let scale = histogram::quantise(&fit.gradients, &fit.hessians, &mut self.cells);
        let criterion = Criterion {
            penalty: Penalty { alpha: params.reg_alpha, lambda: params.reg_lambda },
            min_hessian: (libm::ceil(params.min_child_weight * scale.hessian) as i32).max(1),
            min_gain: params.gamma.max(SMALLEST_GAIN),
            scale,
        };
        let mut tree = Tree { nodes: vec![unfinished(None)] };
        let mut open = vec![self.open_root(binned, params.max_depth)];
        while let Some(node) = open.pop() {
            let is_heavy = i64::from(hessian_sum(node.total)) >= 2 * i64::from(criterion.min_hessian);
            let may_split = node.depth < params.max_depth && node.seen.len() > 1 && is_heavy;
            let split = may_split.then(|| self.best_split(node, binned, &criterion)).flatten();
            match split {
                Some(split) => {
                    set_split(&mut tree, node, &split, &criterion, binned);
                    open.extend(self.divide(&mut tree, node, &split, binned, params.max_depth));
                }
                None => {
                    let value = self.close(node, fit, &criterion.penalty, params);
                    let leaf = &mut tree.nodes[node.node_idx as usize];
                    leaf.sum_hessian = criterion.cover(node.total);
                    leaf.base_weight = value;
                    leaf.kind = NodeKind::Leaf { value };
                }
            }
        }
        tree
    }

    fn open_root(&mut self, binned: &Binned, max_depth: u32) -> Open {
        self.spill.resize(binned.n_rows, 0);
        self.histograms.resize(binned.lanes.len() * (max_depth as usize + 1), histogram::EMPTY);
        let seen = Span { start: 0, end: self.seen.len() };
        if !is_small(seen) {
            self.fill_slot(0, seen, binned);
        }
        let total = self.seen.iter().map(|&row| self.cells[row as usize]).sum();
        Open { node_idx: 0, seen, unseen: Span { start: 0, end: self.unseen.len() }, depth: 0, slot: 0, total }
    }

    fn best_split(&mut self, node: Open, binned: &Binned, criterion: &Criterion) -> Option<Split> {
        let n_lanes = binned.lanes.len();
        if !is_small(node.seen) {
            let histogram = &self.histograms[node.slot * n_lanes..];
            return criterion.best_split(histogram, &self.lanes, node.total, None);
        }
        let rows = &self.seen[node.seen.start..node.seen.end];
        let shared = self.histograms.len() - n_lanes;
        let histogram = &mut self.histograms[shared..];
        histogram::fill_named(histogram, &binned.lanes, &binned.bytes, &self.cells, rows);
        let rows = Rows { rows, bytes_by_lane: &binned.bytes_by_lane };
        criterion.best_split(histogram, &self.lanes, node.total, Some(rows))
    }

    fn fill_slot(&mut self, slot: usize, rows: Span, binned: &Binned) {
        let n_lanes = binned.lanes.len();
        let histogram = &mut self.histograms[slot * n_lanes..][..n_lanes];
        let rows = &self.seen[rows.start..rows.end];
        histogram::fill(histogram, &binned.lanes, &binned.bytes, &self.cells, rows);
    }

    /// Parts a node's rows and prepares its children's histograms; the one to finish first comes last.
    fn divide(&mut self, tree: &mut Tree, node: Open, split: &Split, binned: &Binned, max_depth: u32) -> [Open; 2] {
        let left_idx = tree.nodes.len() as u32;
        tree.nodes.extend([unfinished(Some(node.node_idx)), unfinished(Some(node.node_idx))]);
        let bytes = &binned.bytes_by_lane[split.lane_idx];
        let (seen, unseen) = (&mut self.seen[node.seen.start..node.seen.end], node.unseen);
        let (left_seen, right_seen) = node.seen.halves(part(seen, &mut self.spill, bytes, split.rule));
        let n_left_unseen = part(&mut self.unseen[unseen.start..unseen.end], &mut self.spill, bytes, split.rule);
        let (left_unseen, right_unseen) = unseen.halves(n_left_unseen);
        let child = Open { depth: node.depth + 1, ..node };
        let left = Open { node_idx: left_idx, seen: left_seen, unseen: left_unseen, total: split.left, ..child };
        let total = node.total - split.left;
        let right = Open { node_idx: left_idx + 1, seen: right_seen, unseen: right_unseen, total, ..child };
        let (larger, smaller) = if left_seen.len() < right_seen.len() { (right, left) } else { (left, right) };
        let smaller = Open { slot: node.slot + 1, ..smaller };
        if child.depth < max_depth && !is_small(larger.seen) {
            let n_lanes = binned.lanes.len();
            if is_small(smaller.seen) {
                let rows = &self.seen[smaller.seen.start..smaller.seen.end];
                let histogram = &mut self.histograms[node.slot * n_lanes..][..n_lanes];
                histogram::remove(histogram, &binned.bytes, &self.cells, rows);
            } else {
                self.fill_slot(smaller.slot, smaller.seen, binned);
                let (upper, lower) = self.histograms[node.slot * n_lanes..].split_at_mut(n_lanes);
                histogram::subtract(upper, lower, &binned.lanes);
            }
        }
        [larger, smaller]
    }

    /// A leaf's value, from the exact derivatives of its rows in their order; added to the margins of its rows.
    fn close(&mut self, node: Open, fit: &mut Fit, penalty: &Penalty, params: &CheckedParams) -> f32 {
        let seen = &self.seen[node.seen.start..node.seen.end];
        let sum = |values: &[f32]| seen.iter().map(|&row| f64::from(values[row as usize])).sum::<f64>();
        let weight = if let Some(level) = params.objective.leaf_level() {
            self.residuals.clear();
            self.residuals.extend(seen.iter().map(|&row| fit.target[row as usize] - fit.margins[row as usize]));
            f64::from(quantile(&mut self.residuals, level))
        } else {
            let hessian = if fit.hessians.is_empty() { seen.len() as f64 } else { sum(&fit.hessians) };
            penalty.weight(sum(&fit.gradients), hessian)
        };
        let value = (weight * params.learning_rate) as f32;
        for &row in seen.iter().chain(&self.unseen[node.unseen.start..node.unseen.end]) {
            fit.margins[row as usize] += value;
        }
        value
    }
}

/// So few rows name fewer bins than a lane has.
const FEW_ROWS: usize = 96;

fn is_small(rows: Span) -> bool {
    rows.len() <= FEW_ROWS
}

/// XGBoost takes smaller gains for rounding noise.
const SMALLEST_GAIN: f64 = 1e-6;

/// Moves the rows that go left before the others, each side in its order, and returns their number.
fn part(rows: &mut [u32], spill: &mut [u32], bytes: &[u8], rule: Rule) -> usize {
    let spill = &mut spill[..rows.len()];
    let (mut n_left, mut n_right) = (0, 0);
    for i in 0..rows.len() {
        let row = rows[i];
        let left = rule.goes_left(bytes[row as usize]);
        // Both are written, one is kept: no branch to mispredict.
        rows[n_left] = row;
        spill[n_right] = row;
        n_left += usize::from(left);
        n_right += usize::from(!left);
    }
    rows[n_left..].copy_from_slice(&spill[..n_right]);
    n_left
}

fn unfinished(parent: Option<u32>) -> Node {
    Node { parent, sum_hessian: 0.0, base_weight: 0.0, kind: NodeKind::Leaf { value: 0.0 } }
}

/// Makes a node a split whose children are the next two nodes.
fn set_split(tree: &mut Tree, node: Open, split: &Split, criterion: &Criterion, binned: &Binned) {
    let left = tree.nodes.len() as u32;
    let inner = &mut tree.nodes[node.node_idx as usize];
    inner.sum_hessian = criterion.cover(node.total);
    inner.base_weight = criterion.weight(node.total);
    inner.kind = NodeKind::Split {
        column_idx: split.column_idx,
        threshold: binned.thresholds[split.column_idx as usize][split.threshold_idx],
        left,
        gain: split.gain as f32,
        default_left: split.default_left,
    };
}

/// The lanes of which at least one column was drawn, by that column: of equal splits the first column has it.
fn sampled_lanes(binned: &Binned, is_sampled: &[bool]) -> Vec<SampledLane> {
    let columns = |lane: &Lane| {
        let first = lane.first_column_idx;
        if lane.n_columns == 1 {
            let mut alike = std::iter::once(first).chain(lane.copies.iter().copied());
            let column_idx = alike.find(|&column_idx| is_sampled[column_idx])?;
            return Some((column_idx, LaneColumns::Ordered(column_idx as u32)));
        }
        let codes: Vec<(u32, u8)> = (0..lane.n_columns)
            .filter(|offset| is_sampled[first + offset])
            .map(|offset| ((first + offset) as u32, offset as u8 + 1))
            .collect();
        (!codes.is_empty()).then_some((first, LaneColumns::OneHot(codes)))
    };
    let mut lanes: Vec<(usize, SampledLane)> = Vec::new();
    for (lane_idx, lane) in binned.lanes.iter().enumerate() {
        if let Some((column_idx, columns)) = columns(lane) {
            let Lane { n_bins, has_missing, .. } = *lane;
            lanes.push((column_idx, SampledLane { lane_idx, n_bins, has_missing, columns }));
        }
    }
    order::sort_by(&mut lanes, |a, b| a.0.cmp(&b.0));
    lanes.into_iter().map(|(_, lane)| lane).collect()
}
