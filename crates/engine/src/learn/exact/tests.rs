//! What must hold between the crate's trees and ours, and of whole trainings. Deliberately against the crate itself wherever it can say what is
//! right.

use super::super::{Params, xgboost_json};
use super::{ExactBooster, ExactParams, Grid, Learner, columns, converted, median};
use crate::dataset::Matrix;
use crate::learn::{Booster, Ensemble, LearnError, NodeKind, Round, from_xgboost_json};
use gbdt::config::Config;
use gbdt::decision_tree::{Data, DataVec, DecisionTree, TrainingCache};
use gbdt::gradient_boost::GBDT;

/// No sampling.
const FULL: ExactParams = ExactParams {
    n_estimators: 12,
    max_depth: 4,
    learning_rate: 0.3,
    subsample: 1.0,
    colsample_bytree: 1.0,
    min_leaf_size: 5,
    seed: 0,
};

/// Reproducible numbers in 0 … 1.
fn noise(counter: usize) -> f32 {
    let bits = (counter as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((bits ^ (bits >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f32 / 16_777_216.0
}

fn matrix(columns: Vec<Vec<f32>>) -> Matrix {
    Matrix::new(columns.into_iter().enumerate().map(|(i, values)| (format!("C{i}"), values)).collect()).unwrap()
}

/// Amounts, counts and one-hot columns; a skewed target in whole units, so that its mean is the same in any order.
fn mixed(n_rows: usize, salt: usize) -> (Matrix, Vec<f32>) {
    let at = |row: usize, column: usize| noise(salt * 1_000_003 + row * 31 + column);
    let column = |value: &dyn Fn(usize) -> f32| (0..n_rows).map(value).collect::<Vec<f32>>();
    let level = |row| (at(row, 5) * 3.0) as usize;
    let one_hot = |l| column(&|row| f32::from(u8::from(level(row) == l)));
    let x = matrix(vec![
        column(&|row| at(row, 0) * 100.0),
        column(&|row| (at(row, 1) * 8.0).floor()),
        one_hot(0),
        one_hot(1),
        one_hot(2),
        column(&|row| at(row, 2) - 0.5),
    ]);
    let target = |row: usize| {
        let spend = x.column(0)[row] * (1.0 + x.column(1)[row]) * (1 + level(row)) as f32;
        if at(row, 8) < 0.6 { spend.floor() } else { 0.0 }
    };
    let y = column(&target);
    (x, y)
}

fn row(matrix: &Matrix, row_idx: usize) -> Vec<f32> {
    (0..matrix.n_columns()).map(|column_idx| matrix.column(column_idx)[row_idx]).collect()
}

fn data(x: &Matrix, y: &[f32]) -> DataVec {
    (0..x.n_rows()).map(|i| Data::new_training_data(row(x, i), 1.0, y[i], None)).collect()
}

fn train(x: &Matrix, y: &[f32], params: ExactParams) -> (Ensemble, Vec<Round>) {
    let mut booster = Box::new(ExactBooster::start(x, y, None, params.check().unwrap()).unwrap());
    let rounds = std::iter::from_fn(|| booster.grow_tree()).collect();
    (booster.finish(), rounds)
}

fn deviation(y: &[f32]) -> f64 {
    let mean = y.iter().map(|&y| f64::from(y)).sum::<f64>() / y.len() as f64;
    (y.iter().map(|&y| (f64::from(y) - mean) * (f64::from(y) - mean)).sum::<f64>() / y.len() as f64).sqrt()
}

#[test]
fn a_converted_tree_has_the_values_of_the_crates_tree() {
    for (salt, depth) in [(1, 1), (2, 3), (3, 7)] {
        let ((x, y), (fresh, _)) = (mixed(400, salt), mixed(300, salt + 50));
        let rows = data(&x, &y);
        let mut grown = DecisionTree::new();
        grown.set_feature_size(x.n_columns());
        grown.set_max_depth(depth);
        grown.fit(&rows, &mut TrainingCache::get_cache(x.n_columns(), &rows, 2));
        let all: Vec<u32> = (0..x.n_columns() as u32).collect();
        let tree = converted(&grown, &all, &vec![0.0; all.len()], 0.3).unwrap();
        assert_eq!((tree.nodes.len(), tree.depth() as u32), (grown.len(), depth));
        for (x, y) in [(&x, &y), (&fresh, &vec![0.0; 300])] {
            for (i, value) in grown.predict(&data(x, y)).into_iter().enumerate() {
                // 0.3 × value in float32 is what the crate adds.
                assert_eq!(tree.leaf_value(&row(x, i)).to_bits(), (0.3 * value).to_bits());
            }
        }
    }
}

#[test]
fn tree_by_tree_predicts_what_the_crate_predicts_in_one_go() {
    for salt in [1, 2, 3] {
        let ((x, y), (fresh, _)) = (mixed(500, salt), mixed(300, salt + 50));
        let model = train(&x, &y, FULL).0;
        let mut config = Config::new();
        config.set_feature_size(x.n_columns());
        config.set_max_depth(FULL.max_depth);
        config.set_iterations(FULL.n_estimators as usize);
        config.set_shrinkage(FULL.learning_rate as f32);
        config.set_min_leaf_size(FULL.min_leaf_size as usize);
        config.set_loss("SquaredError");
        let mut whole = GBDT::new(&config);
        whole.fit(&mut data(&x, &y));
        // Both sum leaves in float32 in the same order; what is left is the grid of residuals.
        let most = 1e-4 * deviation(&y);
        for x in [&x, &fresh] {
            for (ours, theirs) in
                model.predict(x).unwrap().into_iter().zip(whole.predict(&data(x, &vec![0.0; x.n_rows()])))
            {
                assert!(f64::from((ours - theirs).abs()) < most, "{ours} {theirs}");
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_model_and_another_seed_another() {
    let (x, y) = mixed(400, 4);
    let params = ExactParams { subsample: 0.7, colsample_bytree: 0.6, ..FULL };
    let digest = |seed| train(&x, &y, ExactParams { seed, ..params }).0.digest();
    assert_eq!(digest(1), digest(1));
    assert_ne!(digest(1), digest(2));
}

/// The crate sorts in an unstable order, which is another one in wasm. Another order of rows is another order of equal values too.
#[test]
fn the_order_in_which_equal_values_are_summed_changes_no_bit() {
    let (mixed, y) = mixed(600, 5);
    // Each column once more with its sign changed: the same splits, summed from the other side, so that the last bit of a sum would
    // choose between the two. Whole numbers only, so that many values are equal.
    let whole: Vec<Vec<f32>> = columns(&mixed).iter().map(|c| c.iter().map(|x| (x / 4.0).floor()).collect()).collect();
    let negated = whole.iter().map(|column| column.iter().map(|value| -value).collect());
    let x = matrix(whole.iter().cloned().chain(negated).collect());
    let model = train(&x, &y, FULL).0;
    for salt in 0..3 {
        let mut order: Vec<u32> = (0..600).collect();
        order.sort_by(|&a, &b| noise(a as usize + salt * 997).total_cmp(&noise(b as usize + salt * 997)));
        let shuffled: Vec<f32> = order.iter().map(|&row| y[row as usize]).collect();
        let other = train(&x.select_rows(&order), &shuffled, FULL).0;
        let shape = |model: &Ensemble| -> Vec<(u32, u32)> {
            let nodes = model.trees.iter().flat_map(|tree| &tree.nodes);
            let bits = nodes.map(|node| match node.kind {
                NodeKind::Leaf { value } => (u32::MAX, value.to_bits()),
                NodeKind::Split { column_idx, threshold, .. } => (column_idx, threshold.to_bits()),
            });
            bits.collect()
        };
        assert_eq!(shape(&model), shape(&other));
    }
}

#[test]
fn sums_on_the_grid_are_exact() {
    let residuals: Vec<f32> = (0..35_000).map(|i| (noise(i) - 0.5) * (1.0 + noise(i + 7) * 4_000.0)).collect();
    let grid = Grid::new(&residuals);
    let rounded: Vec<f64> = residuals.iter().map(|&residual| f64::from(grid.round(residual))).collect();
    let most = residuals.iter().fold(0.0_f64, |most, &residual| most.max(f64::from(residual.abs())));
    for (&rounded, &residual) in rounded.iter().zip(&residuals) {
        assert!((rounded - f64::from(residual)).abs() <= most / 260_000.0);
        assert_eq!(rounded % grid.step, 0.0);
    }
    let squares = |values: &mut dyn Iterator<Item = &f64>| values.map(|value| value * value).sum::<f64>();
    assert_eq!(squares(&mut rounded.iter()).to_bits(), squares(&mut rounded.iter().rev()).to_bits());
    let steps: i128 = rounded.iter().map(|value| (value / grid.step) as i128).map(|steps| steps * steps).sum();
    assert!(steps < 1 << 53);
    for extreme in [1e15, 1e-45, 0.0, 3.0] {
        let back = Grid::new(&[extreme]).round(extreme);
        assert!((back - extreme).abs() <= extreme * 1e-6, "{extreme} {back}");
    }
}

#[test]
fn it_learns_and_reports_what_the_finished_model_does() {
    let ((x, y), (vx, vy)) = (mixed(900, 6), mixed(400, 7));
    let params = ExactParams { subsample: 0.8, colsample_bytree: 0.8, ..FULL }.check().unwrap();
    let mut booster: Box<dyn Learner> = Box::new(ExactBooster::start(&x, &y, Some((&vx, &vy)), params).unwrap());
    let last = std::iter::from_fn(|| booster.grow_tree()).last().unwrap();
    assert!(booster.is_done() && booster.grow_tree().is_none());
    assert_eq!((booster.n_trees(), last.n_trees), (12, 12));
    let model = booster.finish();
    for (x, y, rmse) in [(&x, &y, last.loss_train), (&vx, &vy, last.loss_validation.unwrap())] {
        let predicted = model.predict(x).unwrap();
        let sum: f64 = y.iter().zip(&predicted).map(|(y, p)| f64::from(p - y) * f64::from(p - y)).sum();
        assert!(((sum / y.len() as f64).sqrt() - rmse).abs() < 1e-9 * rmse);
        // Who knew the process would still be off by 0.76 deviations: whether somebody buys at all is chance.
        assert!(rmse < 0.9 * deviation(y), "hardly better than the mean: {rmse}");
    }
}

#[test]
fn nodes_record_their_rows_and_what_their_split_gained() {
    let (x, y) = mixed(500, 8);
    let params = ExactParams { n_estimators: 1, learning_rate: 1.0, subsample: 0.7, ..FULL };
    let model = train(&x, &y, params).0;
    let (mut seen, mut unseen) = (Vec::new(), Vec::new());
    super::sample_rows((0, 0), 500, 0.7, &mut seen, &mut unseen);
    let tree = &model.trees[0];
    assert_eq!(tree.nodes[0].sum_hessian, seen.len() as f32);
    let squares = |rows: &[u32]| {
        let mean = rows.iter().map(|&r| f64::from(y[r as usize])).sum::<f64>() / rows.len() as f64;
        rows.iter().map(|&r| (f64::from(y[r as usize]) - mean) * (f64::from(y[r as usize]) - mean)).sum::<f64>()
    };
    let NodeKind::Split { column_idx, threshold, gain, .. } = tree.nodes[0].kind else { panic!("no split") };
    let values = x.column(column_idx as usize);
    let (left, right): (Vec<u32>, Vec<u32>) = seen.iter().partition(|&&r| values[r as usize] < threshold);
    assert_eq!((tree.nodes[1].sum_hessian, tree.nodes[2].sum_hessian), (left.len() as f32, right.len() as f32));
    let gained = squares(&seen) - squares(&left) - squares(&right);
    assert!((f64::from(gain) - gained).abs() < 1e-5 * gained, "{gain} {gained}");
    for node in &tree.nodes {
        if let NodeKind::Split { left, gain, .. } = node.kind {
            let children = &tree.nodes[left as usize..][..2];
            assert!(gain >= 0.0 && node.sum_hessian == children[0].sum_hessian + children[1].sum_hessian);
            let sum: f32 = children.iter().map(|child| child.sum_hessian * child.base_weight).sum();
            assert!((sum / node.sum_hessian - node.base_weight).abs() < 0.05, "a mean of means");
        }
    }
    // The same tree in the file format of the other engine, and back.
    let text = xgboost_json(&model, &Params::default().named_values());
    assert_eq!(from_xgboost_json(&text, &model.feature_names).unwrap(), model);
    let contributions = model.contributions(&x, 0..20).unwrap();
    for i in 0..20 {
        let sum = contributions.base_value + contributions.row(i).iter().sum::<f64>();
        assert!((sum - f64::from(model.predict_row(&row(&x, i)))).abs() < 0.01);
    }
}

#[test]
fn missing_values_count_as_the_median_and_go_where_it_goes() {
    assert_eq!(median(&[4.0, f32::NAN, 1.0, 3.0, 2.0]), 2.0);
    assert_eq!(median(&[f32::NAN, f32::NAN]), 0.0);
    let (x, y) = mixed(500, 9);
    let full = columns(&x);
    let holes = |column_idx: usize| -> Vec<f32> {
        let values = full[column_idx].iter().enumerate();
        values.map(|(row, &value)| if noise(row + 77 * column_idx) < 0.2 { f32::NAN } else { value }).collect()
    };
    let with_holes = [holes(0), holes(1), full[2].to_vec(), full[3].to_vec(), vec![f32::NAN; 500], full[5].to_vec()];
    let slices: Vec<&[f32]> = with_holes.iter().map(Vec::as_slice).collect();
    let params = FULL.check().unwrap();
    let validation = Some((slices.as_slice(), y.as_slice()));
    let mut booster = Box::new(ExactBooster::over_columns(x.names(), &slices, &y, validation, params));
    let fills: Vec<(String, f32)> = booster.filled().map(|(name, fill)| (name.to_owned(), fill)).collect();
    assert_eq!(fills.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["C0", "C1", "C4"]);
    assert_eq!((fills[1].1, fills[2].1), (median(&with_holes[1]), 0.0));
    // Filled training rows and validation rows with holes are the same rows.
    for round in std::iter::from_fn(|| booster.grow_tree()) {
        assert_eq!(Some(round.loss_train), round.loss_validation);
    }
    let model = booster.finish();
    for row_idx in 0..500 {
        let row: Vec<f32> = with_holes.iter().map(|values| values[row_idx]).collect();
        let fill = |(c, value): (usize, &f32)| if value.is_nan() { median(&with_holes[c]) } else { *value };
        let filled: Vec<f32> = row.iter().enumerate().map(fill).collect();
        assert_eq!(model.predict_row(&row).to_bits(), model.predict_row(&filled).to_bits());
    }
}

#[test]
fn extreme_values_and_few_rows_lose_no_row() {
    let lowest = matrix(vec![vec![f32::MIN, f32::MIN, 1.0, 2.0, 3.0, f32::MAX], vec![5.0; 6]]);
    let y = [0.0, 2.0, 10.0, 20.0, 30.0, 40.0];
    let params = ExactParams { n_estimators: 60, min_leaf_size: 1, ..FULL };
    let (model, rounds) = train(&lowest, &y, params);
    assert_eq!(model.trees[0].nodes[0].sum_hessian, 6.0);
    assert!(rounds[59].loss_train < 0.6 && model.predict(&lowest).unwrap().iter().all(|p| p.is_finite()));
    let (model, _) = train(&matrix(vec![vec![3.0]]), &[5.0], params);
    assert_eq!(model.predict_row(&[9.0]), 5.0);
    // So few rows that some trees see none.
    let sparse = ExactParams { subsample: 0.01, ..params };
    assert!(train(&lowest, &y, sparse).0.predict(&lowest).unwrap().iter().all(|p| p.is_finite()));
}

#[test]
fn what_cannot_be_trained_is_refused() {
    let (x, y) = mixed(20, 7);
    let params = FULL.check().unwrap();
    let start = |x: &Matrix, y: &[f32], v| ExactBooster::start(x, y, v, params).err();
    assert!(matches!(start(&x, &y[1..], None), Some(LearnError::TargetCount { n_targets: 19, .. })));
    assert!(matches!(start(&matrix(vec![vec![]]), &[], None), Some(LearnError::NoRows { .. })));
    let bad = [&y[..4], &[f32::NAN], &y[5..]].concat();
    assert_eq!(start(&x, &bad, None), Some(LearnError::Target { split: "training", row: 4 }));
    let other = matrix(vec![vec![0.0; 20]]);
    assert!(matches!(start(&x, &y, Some((&other, &y))), Some(LearnError::ColumnCount { expected: 6, found: 1 })));
}

#[test]
fn the_other_engine_is_a_learner_too() {
    let (x, y) = mixed(200, 10);
    let params = Params { n_estimators: 4, ..Params::default() }.check().unwrap();
    let mut direct = Booster::start(&x, &y, None, params).unwrap();
    while direct.grow_tree().is_some() {}
    let mut learner: Box<dyn Learner> = Box::new(Booster::start(&x, &y, None, params).unwrap());
    while learner.grow_tree().is_some() {}
    assert!(learner.is_done() && learner.n_trees() == 4);
    assert_eq!(learner.finish(), direct.finish());
}
