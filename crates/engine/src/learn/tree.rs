//! A grown regression tree as plain data. Deliberately not how it was grown, nor how it is evaluated in bulk.

/// A tree; node 0 is the root, and the right child of a split follows its left child.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    pub nodes: Vec<Node>,
}

/// A node with what XGBoost records of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// `None` for the root.
    pub parent: Option<u32>,
    /// Sum of the hessians of the sampled rows here: their number.
    pub sum_hessian: f32,
    /// The weight this node would have as a leaf; of a leaf itself its value, the learning rate included.
    pub base_weight: f32,
    pub kind: NodeKind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NodeKind {
    Leaf {
        value: f32,
    },
    /// `x < threshold` goes to `left`, otherwise to `left` + 1.
    Split {
        column_idx: u32,
        threshold: f32,
        left: u32,
        /// Loss reduction.
        gain: f32,
        /// Where a missing value goes.
        default_left: bool,
    },
}

impl Tree {
    /// The nodes that a row comes by, the root first and its leaf last. A column the row does not have, or that is NaN, is missing.
    pub fn path(&self, row: &[f32]) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(0), |&node_idx| match self.nodes.get(node_idx)?.kind {
            NodeKind::Leaf { .. } => None,
            NodeKind::Split { column_idx, threshold, left, default_left, .. } => {
                let goes_left = match row.get(column_idx as usize) {
                    Some(value) if !value.is_nan() => *value < threshold,
                    _ => default_left,
                };
                Some(left as usize + usize::from(!goes_left))
            }
        })
    }

    /// The value of the leaf that a row falls into.
    pub fn leaf_value(&self, row: &[f32]) -> f32 {
        match self.path(row).last().and_then(|node_idx| self.nodes.get(node_idx)).map(|node| node.kind) {
            Some(NodeKind::Leaf { value }) => value,
            Some(NodeKind::Split { .. }) | None => 0.0,
        }
    }

    pub fn n_leaves(&self) -> usize {
        self.nodes.iter().filter(|node| matches!(node.kind, NodeKind::Leaf { .. })).count()
    }

    /// Splits on the longest way from the root to a leaf.
    pub fn depth(&self) -> usize {
        let mut depths = vec![0; self.nodes.len()];
        for (node_idx, node) in self.nodes.iter().enumerate() {
            if let Some(parent) = node.parent {
                depths[node_idx] = depths[parent as usize] + 1;
            }
        }
        depths.into_iter().max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, NodeKind, Tree};

    #[test]
    fn a_value_at_the_threshold_goes_right_and_a_missing_one_by_default() {
        let node = |parent, kind| Node { parent, sum_hessian: 1.0, base_weight: 0.0, kind };
        let split = |default_left| NodeKind::Split { column_idx: 0, threshold: 2.0, left: 1, gain: 1.0, default_left };
        let tree = |default_left| Tree {
            nodes: vec![
                node(None, split(default_left)),
                node(Some(0), NodeKind::Leaf { value: -1.0 }),
                node(Some(0), NodeKind::Leaf { value: 1.0 }),
            ],
        };
        assert_eq!([1.9, 2.0, f32::NAN].map(|x| tree(false).leaf_value(&[x])), [-1.0, 1.0, 1.0]);
        assert_eq!(tree(true).leaf_value(&[]), -1.0);
        assert_eq!((tree(true).n_leaves(), tree(true).depth()), (2, 1));
    }
}
