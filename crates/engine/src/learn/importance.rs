//! How much each matrix column contributed to the splits. Deliberately counts what the training gained, not what a
//! prediction owes to a column.

use super::ensemble::Ensemble;
use super::tree::NodeKind;

/// A column's part in the splits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ColumnImportance {
    /// Loss reduction of all its splits.
    pub total_gain: f64,
    pub n_splits: u64,
    /// Hessian sum of all nodes it splits: with squared error, the rows that its questions were put to.
    pub total_cover: f64,
}

impl Ensemble {
    /// One entry per column, in the order of `feature_names`.
    pub fn importance(&self) -> Vec<ColumnImportance> {
        let mut columns = vec![ColumnImportance::default(); self.feature_names.len()];
        for node in self.trees.iter().flat_map(|tree| &tree.nodes) {
            if let NodeKind::Split { column_idx, gain, .. } = node.kind
                && let Some(column) = columns.get_mut(column_idx as usize)
            {
                column.total_gain += f64::from(gain);
                column.n_splits += 1;
                column.total_cover += f64::from(node.sum_hessian);
            }
        }
        columns
    }
}
