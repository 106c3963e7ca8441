//! How a model stood after some of its trees, on the test rows: residuals, tenths, one customer's prediction, and the tree just added.

use super::{Examined, Lab, customer, dataset};
use crate::engine::evaluate;
use crate::engine::learn::{Ensemble, NodeKind, Tree};
use crate::order;
use crate::protocol::{Decile, Event, Histogram, RoundRequest, RoundView, TreeNode, TreeView};
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::Store;

const N_BINS: usize = 40;
/// The axis of residuals ends here, on both sides.
const RESIDUAL_QUANTILE: f64 = 0.95;

pub(super) fn round(lab: &mut Lab, request: RoundRequest, store: &Store, host: &dyn Host) -> Result<Event, StageError> {
    let begin_ms = host.now_ms();
    let (customer, actual) = customer(request.training.model, request.row, store)?;
    let targets = &dataset(request.training.model, store)?.parts[2].target_dollars;
    let examined = lab.examine(&request.training, store)?;
    let Examined { ensemble, test, predictions, .. } = examined;
    let n_trees_total = ensemble.trees.len() as u32;
    let n_trees = request.n_trees.min(n_trees_total);
    let predicted = ensemble.predict_with(test, n_trees as usize)?;
    let residuals: Vec<f64> = targets.iter().zip(&predicted).map(|(y, p)| y - f64::from(*p)).collect();
    let row: Vec<f32> = (0..test.n_columns()).map(|column| test.column(column)[request.row as usize]).collect();
    let mut margin = ensemble.base_margin();
    let leaves = ensemble.trees.iter().map(|tree| {
        margin += tree.leaf_value(&row);
        f64::from(ensemble.objective.prediction(margin))
    });
    let path = [f64::from(ensemble.base_score)].into_iter().chain(leaves).collect();
    let last = n_trees.checked_sub(1).and_then(|idx| ensemble.trees.get(idx as usize));
    Ok(Event::Round(Box::new(RoundView {
        n_trees_total,
        n_rows: predicted.len() as u32,
        rmse: (residuals.iter().map(|r| r * r).sum::<f64>() / residuals.len().max(1) as f64).sqrt(),
        residuals: residual_histogram(&residuals, targets, f64::from(ensemble.base_score)),
        deciles: deciles(predictions, &predicted, targets),
        tree: last.map(|tree| tree_view(tree, ensemble, &row)),
        is_log: ensemble.objective.is_log(),
        customer,
        actual,
        path,
        request: RoundRequest { n_trees, ..request },
        elapsed_ms: host.now_ms() - begin_ms,
    })))
}

/// The axis depends on the targets only, so that it stands still while trees come and go; the outer bins hold what is beyond.
fn residual_histogram(residuals: &[f64], targets: &[f64], base_score: f64) -> Histogram {
    let at_first: Vec<f64> = targets.iter().map(|y| (y - base_score).abs()).collect();
    let reach = evaluate::quantile(&at_first, RESIDUAL_QUANTILE).unwrap_or(0.0).max(1.0);
    let round = evaluate::histogram(&[-reach, reach], N_BINS, 1.0).edges;
    let (Some(&low), Some(&high)) = (round.first(), round.last()) else { return Histogram::default() };
    let (inside, above): (Vec<f64>, Vec<f64>) = residuals.iter().partition(|r| **r <= high);
    let counted: Vec<(f64, u64)> = inside.into_iter().map(|r| (r.max(low), 1)).collect();
    let found = evaluate::histogram_between(round, &counted);
    Histogram { edges: found.edges, counts: found.counts, n_above: found.n_above + above.len() as u64 }
}

/// Ten groups by the whole model's prediction, so that a row stays where it is while one scrubs.
fn deciles(final_predictions: &[f32], predicted: &[f32], targets: &[f64]) -> Vec<Decile> {
    let mut order: Vec<usize> = (0..predicted.len()).collect();
    order::sort_by(&mut order, |&a, &b| final_predictions[a].total_cmp(&final_predictions[b]));
    let n = order.len();
    let group = |nth: usize| {
        let rows = &order[nth * n / 10..(nth + 1) * n / 10];
        let mean =
            |value: &dyn Fn(usize) -> f64| rows.iter().map(|&row| value(row)).sum::<f64>() / rows.len().max(1) as f64;
        Decile { predicted: mean(&|row| f64::from(predicted[row])), actual: mean(&|row| targets[row]) }
    };
    (0..10).map(group).collect()
}

fn tree_view(tree: &Tree, ensemble: &Ensemble, row: &[f32]) -> TreeView {
    let mut on_path = vec![false; tree.nodes.len()];
    tree.path(row).for_each(|node_idx| on_path[node_idx] = true);
    let node = |(node, on_path): (&crate::engine::learn::Node, bool)| {
        let (question, children, value) = match node.kind {
            NodeKind::Leaf { value } => (String::new(), None, f64::from(value)),
            NodeKind::Split { column_idx, threshold, left, .. } => {
                let name = ensemble.feature_names.get(column_idx as usize).map_or("?", String::as_str);
                (question(name, threshold), Some((left, left + 1)), 0.0)
            }
        };
        TreeNode { question, children, value, cover: f64::from(node.sum_hessian), on_path }
    };
    TreeView { nodes: tree.nodes.iter().zip(on_path).map(node).collect() }
}

/// What a split asks; "yes" leads to the left.
fn question(column: &str, threshold: f32) -> String {
    if threshold == f32::MAX {
        return format!("{column} is known");
    }
    match column.split_once('=') {
        // A column of zeros and ones.
        Some((input, level)) if threshold > 0.0 && threshold <= 1.0 => format!("{input} is not {level}"),
        _ => format!("{column} < {}", short(threshold)),
    }
}

/// Some five digits are enough to read.
fn short(value: f32) -> String {
    let magnitude = value.abs();
    let digits = if magnitude >= 1_000.0 {
        0
    } else if magnitude >= 10.0 {
        1
    } else {
        3
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::{deciles, question, residual_histogram};

    #[test]
    fn questions_read_as_sentences() {
        assert_eq!(question("RECENCY_DAYS", 41.5), "RECENCY_DAYS < 41.5");
        assert_eq!(question("EMAIL_ENGAGEMENT_RATE", 0.25), "EMAIL_ENGAGEMENT_RATE < 0.25");
        assert_eq!(question("MONETARY_TOTAL", 1_234.5), "MONETARY_TOTAL < 1234");
        assert_eq!(question("REGION=West", 0.5), "REGION is not West");
        assert_eq!(question("FREQUENCY", f32::MAX), "FREQUENCY is known");
    }

    #[test]
    fn every_row_is_in_one_tenth_and_every_residual_in_one_bin() {
        let predicted: Vec<f32> = (0..25).map(|i| i as f32).collect();
        let targets: Vec<f64> = (0..25).map(|i| f64::from(i) * 2.0).collect();
        let found = deciles(&predicted, &predicted, &targets);
        assert_eq!(found.len(), 10);
        assert!(found.iter().all(|d| (d.actual - 2.0 * d.predicted).abs() < 1e-9));
        let residuals = [-1e6, -3.0, 0.0, 5.0, 1e6];
        let histogram = residual_histogram(&residuals, &[0.0, 10.0, 20.0, 30.0, 90.0], 30.0);
        assert_eq!(histogram.counts.iter().sum::<u64>() + histogram.n_above, 5);
        assert_eq!((histogram.counts[0], histogram.n_above), (1, 1));
    }
}
