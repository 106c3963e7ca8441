//! Evaluates trees in bulk on codes of one byte instead of values: sixteen rows are compared at once, and a whole level of a tree is asked before
//! each row picks its answer. Deliberately the same sums as [`predict`](super::predict), in the same order: only the questions are put
//! differently.
//!
//! A column's code is the number of thresholds of the whole model that its value reaches: x ≥ t is then a comparison of two bytes. A model grown on
//! at most 255 bins has no more thresholds a column than a byte can count; one that has more, or rows with missing values, are not for
//! this way.

use super::register::{BLOCK_ROWS, Register};
use super::tree::{NodeKind, Tree};
use crate::dataset::Matrix;

/// Blocks that all trees serve before the next ones' turn, so that they stay in the cache.
const BATCH_BLOCKS: usize = 16;
/// Levels that are asked whole; below, each row asks its own node.
const WHOLE_LEVELS: usize = 6;
const MOST_DEPTH: usize = 10;
const MOST_THRESHOLDS: usize = 255;
/// A code never exceeds it, so that what asks for more leads to the left.
const NEVER: i8 = i8::MAX;

/// Trees over codes.
pub(super) struct Coded {
    columns: Vec<Column>,
    trees: Vec<CodedTree>,
}

/// A column that some tree asks for.
struct Column {
    column_idx: usize,
    /// Ascending, filled up with infinity to a power of two.
    thresholds: Vec<f32>,
}

/// A tree without gaps: the children of node i are 2i and 2i + 1, nodes from 1 on.
struct CodedTree {
    /// Lane and code of each node: greater goes right.
    nodes: Vec<(u32, i8)>,
    /// 2^depth values from the left to the right.
    leaves: Vec<f32>,
    depth: usize,
}

impl Coded {
    /// `None` for a model with too many thresholds or too deep trees.
    pub fn new(trees: &[Tree], n_columns: usize) -> Option<Self> {
        let mut found: Vec<Vec<u32>> = vec![Vec::new(); n_columns];
        for node in trees.iter().flat_map(|tree| &tree.nodes) {
            if let NodeKind::Split { column_idx, threshold, .. } = node.kind {
                found.get_mut(column_idx as usize)?.push(ascending_bits(threshold)?);
            }
        }
        for bits in &mut found {
            bits.sort_unstable();
            bits.dedup();
            if bits.len() > MOST_THRESHOLDS {
                return None;
            }
        }
        let of_column = |(column_idx, bits): (usize, &Vec<u32>)| {
            let mut thresholds: Vec<f32> = bits.iter().map(|&bits| value_of(bits)).collect();
            thresholds.resize((thresholds.len() + 1).next_power_of_two() - 1, f32::INFINITY);
            Column { column_idx, thresholds }
        };
        let columns: Vec<Column> =
            found.iter().enumerate().filter(|(_, bits)| !bits.is_empty()).map(of_column).collect();
        let mut lanes = vec![0; n_columns];
        for (lane, column) in columns.iter().enumerate() {
            lanes[column.column_idx] = lane;
        }
        let trees = trees.iter().map(|tree| CodedTree::new(tree, &columns, &lanes)).collect::<Option<_>>()?;
        Some(Self { columns, trees })
    }

    /// The margins of all rows, from `base_margin` on, for a matrix without missing values.
    pub fn margins(&self, base_margin: f32, matrix: &Matrix) -> Vec<f32> {
        let mut margins = vec![base_margin; matrix.n_rows()];
        let mut lanes = vec![Register::of([0; BLOCK_ROWS]); BATCH_BLOCKS * self.columns.len()];
        let batch_rows = BLOCK_ROWS * BATCH_BLOCKS;
        for (batch_idx, margins) in margins.chunks_mut(batch_rows).enumerate() {
            let first_row = batch_idx * batch_rows;
            self.encode(matrix, first_row..first_row + margins.len(), &mut lanes);
            for tree in &self.trees {
                let blocks = lanes.chunks_exact(self.columns.len().max(1));
                for (lanes, margins) in blocks.zip(margins.chunks_mut(BLOCK_ROWS)) {
                    tree.add_block(lanes, margins);
                }
            }
            // Without a split anywhere there are no lanes to go by.
            if self.columns.is_empty() {
                let leaves = self.trees.iter().map(|tree| tree.leaves[0]);
                margins.iter_mut().for_each(|margin| *margin = leaves.clone().fold(*margin, |sum, leaf| sum + leaf));
            }
        }
        margins
    }

    /// Codes of some rows, block after block, counted from -128.
    fn encode(&self, matrix: &Matrix, rows: std::ops::Range<usize>, lanes: &mut [Register]) {
        for (lane_idx, column) in self.columns.iter().enumerate() {
            let values = &matrix.column(column.column_idx)[rows.clone()];
            for (block_idx, values) in values.chunks(BLOCK_ROWS).enumerate() {
                let mut block = [0.0; BLOCK_ROWS];
                block[..values.len()].copy_from_slice(values);
                lanes[block_idx * self.columns.len() + lane_idx] = column.codes(&block);
            }
        }
    }
}

impl Column {
    /// How many thresholds each value reaches, by halving: all rows take the same steps.
    fn codes(&self, values: &[f32; BLOCK_ROWS]) -> Register {
        let mut reached = [0_usize; BLOCK_ROWS];
        let mut step = self.thresholds.len().div_ceil(2);
        while step > 0 {
            for (reached, value) in reached.iter_mut().zip(values) {
                let is_reached = self.thresholds.get(*reached + step - 1).is_some_and(|threshold| value >= threshold);
                *reached += step * usize::from(is_reached);
            }
            step /= 2;
        }
        Register::of(reached.map(|n| (n as i16 - 128) as i8))
    }
}

impl CodedTree {
    /// `lanes` are the positions of the matrix columns among `columns`.
    fn new(tree: &Tree, columns: &[Column], lanes: &[usize]) -> Option<Self> {
        let depth = tree.depth();
        if depth > MOST_DEPTH {
            return None;
        }
        let mut found = Self { nodes: vec![(0, NEVER); 1 << depth], leaves: vec![0.0; 1 << depth], depth };
        let mut open = vec![(0_usize, 1_usize, 0_usize)];
        while let Some((node_idx, at, level)) = open.pop() {
            match tree.nodes.get(node_idx)?.kind {
                NodeKind::Leaf { value } => found.leaves[(at << (depth - level)) - (1 << depth)] = value,
                NodeKind::Split { column_idx, threshold, left, .. } => {
                    let lane = *lanes.get(column_idx as usize)?;
                    let nth = columns.get(lane)?.thresholds.partition_point(|&known| known < threshold);
                    found.nodes[at] = (lane as u32, (nth as i16 - 128) as i8);
                    open.push((left as usize, 2 * at, level + 1));
                    open.push((left as usize + 1, 2 * at + 1, level + 1));
                }
            }
        }
        Some(found)
    }

    fn add_block(&self, lanes: &[Register], margins: &mut [f32]) {
        let n_whole = self.depth.min(WHOLE_LEVELS);
        let none = Register::of([0; BLOCK_ROWS]);
        let mut places = none;
        let mut answers = [none; WHOLE_LEVELS];
        let mut of_level = [none; 1 << (WHOLE_LEVELS - 1)];
        for level in 0..n_whole {
            let mut n = 1 << level;
            for (answer, &(lane, code)) in of_level.iter_mut().zip(&self.nodes[n..2 * n]) {
                *answer = lanes[lane as usize].greater(code);
            }
            // What a row answered above says which of two nodes is its own.
            for above in answers[..level].iter().rev() {
                n /= 2;
                for pair in 0..n {
                    of_level[pair] = above.pick(of_level[2 * pair + 1], of_level[2 * pair]);
                }
            }
            answers[level] = of_level[0];
            places = places.child(of_level[0]);
        }
        let places = places.bytes();
        if self.depth <= WHOLE_LEVELS {
            for (margin, place) in margins.iter_mut().zip(places) {
                *margin += self.leaves[usize::from(place)];
            }
            return;
        }
        for (row, (margin, place)) in margins.iter_mut().zip(places).enumerate() {
            let mut at = (1 << n_whole) + usize::from(place);
            for _ in n_whole..self.depth {
                let (lane, code) = self.nodes[at];
                at = 2 * at + usize::from(lanes[lane as usize].bytes()[row] as i8 > code);
            }
            *margin += self.leaves[at - self.leaves.len()];
        }
    }
}

/// Bits that ascend with the value; both zeros are one. `None` for NaN.
fn ascending_bits(value: f32) -> Option<u32> {
    if value.is_nan() {
        return None;
    }
    let bits = if value == 0.0 { 0 } else { value.to_bits() };
    Some(if bits >> 31 == 0 { bits | 1 << 31 } else { !bits })
}

fn value_of(bits: u32) -> f32 {
    f32::from_bits(if bits >> 31 == 1 { bits & !(1 << 31) } else { !bits })
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use crate::learn::predict;
    use crate::learn::tree::Node;
    use proptest::prelude::*;

    /// A tree of splits chosen by numbers; a node is a leaf where its number says so, or at the depth.
    fn grown(numbers: &[u32], depth: usize, thresholds: &[f32], n_columns: u32) -> Tree {
        let mut nodes =
            vec![Node { parent: None, sum_hessian: 1.0, base_weight: 0.0, kind: NodeKind::Leaf { value: 0.5 } }];
        let mut open = vec![(0_usize, 0_usize)];
        let mut next = numbers.iter().copied().cycle();
        while let Some((node_idx, level)) = open.pop() {
            let number = next.next().unwrap_or(1);
            if level == depth || number % 5 == 0 {
                nodes[node_idx].kind = NodeKind::Leaf { value: number as f32 / 97.0 - 3.0 };
                continue;
            }
            let left = nodes.len() as u32;
            let leaf = Node {
                parent: Some(node_idx as u32),
                sum_hessian: 1.0,
                base_weight: 0.0,
                kind: NodeKind::Leaf { value: 0.0 },
            };
            nodes.extend([leaf.clone(), leaf]);
            let threshold = thresholds[number as usize % thresholds.len()];
            nodes[node_idx].kind =
                NodeKind::Split { column_idx: number / 7 % n_columns, threshold, left, gain: 1.0, default_left: true };
            open.extend([(left as usize, level + 1), (left as usize + 1, level + 1)]);
        }
        Tree { nodes }
    }

    proptest! {
        #[test]
        fn codes_give_the_same_bits_as_values(
            numbers in prop::collection::vec(prop::collection::vec(1_u32..1000, 1..200), 0..6),
            depth in 0_usize..10,
            thresholds in prop::collection::vec(prop_oneof![-2.0_f32..2.0, Just(0.0), Just(-0.0), Just(1.0)], 1..40),
            rows in prop::collection::vec(prop::collection::vec(prop_oneof![-2.5_f32..2.5, Just(0.0), Just(-0.0), Just(1.0)], 3), 1..60),
        ) {
            let trees: Vec<Tree> = numbers.iter().map(|numbers| grown(numbers, depth, &thresholds, 3)).collect();
            let columns = (0..3).map(|c| (format!("C{c}"), rows.iter().map(|row| row[c]).collect())).collect();
            let matrix = Matrix::new(columns).unwrap();
            let coded = Coded::new(&trees, 3).unwrap().margins(0.25, &matrix);
            let plain = predict::margins_of_values(0.25, &trees, &matrix);
            prop_assert_eq!(coded.iter().map(|m| m.to_bits()).collect::<Vec<_>>(), plain.iter().map(|m| m.to_bits()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_no_byte_can_count_goes_the_other_way() {
        let thresholds: Vec<f32> = (0..256).map(|i| i as f32).collect();
        let one = |threshold| grown(&[1, 5], 1, &[threshold], 1);
        let many: Vec<Tree> = thresholds.iter().map(|&threshold| one(threshold)).collect();
        assert!(Coded::new(&many, 1).is_none() && Coded::new(&many[1..], 1).is_some());
        assert!(Coded::new(&[one(f32::NAN)], 1).is_none());
        let values: Vec<f32> = (0..300).map(|i| i as f32 - 0.5).collect();
        let matrix = Matrix::new(vec![("C".to_owned(), values)]).unwrap();
        let coded = Coded::new(&many[1..], 1).unwrap().margins(0.0, &matrix);
        assert_eq!(coded, predict::margins_of_values(0.0, &many[1..], &matrix));
    }
}
