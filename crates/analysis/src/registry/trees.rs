//! A model's trees as a few arrays, for files: every float keeps its bits, parents are left out because children tell them. Deliberately
//! not a format of its own; serde writes the arrays.

use clv_engine::learn::{Ensemble, Node, NodeKind, Objective, Tree};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// The nodes of all trees one after the other.
#[derive(Serialize, Deserialize)]
struct Packed {
    objective: Objective,
    base_score: f32,
    feature_names: Vec<String>,
    /// By tree.
    n_nodes: Vec<u32>,
    /// By node: how far behind it its left child stands; 0 of a leaf.
    steps: Vec<u32>,
    /// By node: the threshold of a split, the value of a leaf.
    values: Vec<f32>,
    sum_hessians: Vec<f32>,
    base_weights: Vec<f32>,
    /// By split: twice the column, and 1 more where a missing value goes left.
    columns: Vec<u64>,
    gains: Vec<f32>,
}

pub fn serialize<S: Serializer>(ensemble: &Arc<Ensemble>, serializer: S) -> Result<S::Ok, S::Error> {
    pack(ensemble).serialize(serializer)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Ensemble>, D::Error> {
    let packed = Packed::deserialize(deserializer)?;
    unpack(packed).map(Arc::new).ok_or_else(|| D::Error::custom("the nodes form no trees"))
}

fn pack(ensemble: &Ensemble) -> Packed {
    let mut packed = Packed {
        objective: ensemble.objective,
        base_score: ensemble.base_score,
        feature_names: ensemble.feature_names.clone(),
        n_nodes: ensemble.trees.iter().map(|tree| tree.nodes.len() as u32).collect(),
        steps: Vec::new(),
        values: Vec::new(),
        sum_hessians: Vec::new(),
        base_weights: Vec::new(),
        columns: Vec::new(),
        gains: Vec::new(),
    };
    for (idx, node) in ensemble.trees.iter().flat_map(|tree| (0..).zip(&tree.nodes)) {
        packed.sum_hessians.push(node.sum_hessian);
        packed.base_weights.push(node.base_weight);
        let (step, value) = match node.kind {
            NodeKind::Leaf { value } => (0, value),
            NodeKind::Split { column_idx, threshold, left, gain, default_left } => {
                packed.columns.push(u64::from(column_idx) << 1 | u64::from(default_left));
                packed.gains.push(gain);
                // Children stand behind their parent, whoever grew the tree.
                (left.saturating_sub(idx), threshold)
            }
        };
        packed.steps.push(step);
        packed.values.push(value);
    }
    packed
}

/// `None` where the arrays are not those of trees.
fn unpack(packed: Packed) -> Option<Ensemble> {
    let n_columns = packed.feature_names.len();
    let mut columns = packed.columns.iter().zip(packed.gains);
    let mut nodes = packed.steps.iter().zip(packed.values).zip(packed.sum_hessians.iter().zip(packed.base_weights));
    let mut trees = Vec::new();
    for n_nodes in packed.n_nodes {
        let mut parents = vec![None; n_nodes as usize];
        let mut tree = Tree { nodes: Vec::new() };
        for idx in 0..n_nodes {
            let ((&step, value), (&sum_hessian, base_weight)) = nodes.next()?;
            let parent = *parents.get(idx as usize)?;
            if parent.is_none() && idx > 0 {
                return None;
            }
            let kind = if step == 0 {
                NodeKind::Leaf { value }
            } else {
                let (&column, gain) = columns.next()?;
                let left = idx.checked_add(step)?;
                for child in [left, left.checked_add(1)?] {
                    if parents.get_mut(child as usize)?.replace(idx).is_some() {
                        return None;
                    }
                }
                let column_idx = u32::try_from(column >> 1).ok().filter(|&column| (column as usize) < n_columns)?;
                NodeKind::Split { column_idx, threshold: value, left, gain, default_left: column & 1 == 1 }
            };
            tree.nodes.push(Node { parent, sum_hessian, base_weight, kind });
        }
        (n_nodes > 0).then(|| trees.push(tree))?;
    }
    let is_used_up = nodes.next().is_none() && columns.next().is_none();
    let Packed { objective, base_score, feature_names, .. } = packed;
    is_used_up.then_some(Ensemble { objective, base_score, trees, feature_names })
}
