//! What must hold of whole trainings, on data small enough to check by brute force. Deliberately through the public
//! interface only; the parts have their own tests beside them.

use super::{Booster, CheckedParams, Ensemble, LearnError, NodeKind, Objective, Params, Round, xgboost_json};
use crate::dataset::Matrix;
use proptest::prelude::{Strategy, prop, prop_assert, prop_assert_eq, proptest};

/// Exact fits: no sampling, no shrinkage, no penalty, leaves of one row.
const EXACT: Params = Params {
    objective: Objective::SquaredError,
    n_estimators: 1,
    max_depth: 1,
    learning_rate: 1.0,
    min_child_weight: 0.0,
    subsample: 1.0,
    colsample_bytree: 1.0,
    reg_alpha: 0.0,
    reg_lambda: 0.0,
    gamma: 0.0,
    max_bin: 255,
    early_stopping_rounds: 0,
    seed: 0,
};

fn checked(params: Params) -> CheckedParams {
    params.check().unwrap()
}

fn matrix(columns: Vec<Vec<f32>>) -> Matrix {
    Matrix::new(columns.into_iter().enumerate().map(|(i, values)| (format!("C{i}"), values)).collect()).unwrap()
}

fn row(matrix: &Matrix, row_idx: usize) -> Vec<f32> {
    (0..matrix.n_columns()).map(|column_idx| matrix.column(column_idx)[row_idx]).collect()
}

fn train(x: &Matrix, y: &[f32], params: Params) -> (Ensemble, Vec<Round>) {
    let mut booster = Booster::start(x, y, None, checked(params)).unwrap();
    let rounds = std::iter::from_fn(|| booster.grow_tree()).collect();
    (booster.finish(), rounds)
}

/// Reproducible numbers in 0 … 1.
fn noise(counter: usize) -> f32 {
    let bits = (counter as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((bits ^ (bits >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f32 / 16_777_216.0
}

/// Numeric, two-valued and one-hot columns with a zero-inflated target.
fn mixed(n_rows: usize, salt: usize) -> (Matrix, Vec<f32>) {
    let at = |row: usize, column: usize| noise(salt * 1_000_003 + row * 31 + column);
    let numeric = |column| (0..n_rows).map(|row| at(row, column) * 100.0).collect::<Vec<f32>>();
    let level = |row| (at(row, 5) * 4.0) as usize;
    let one_hot = |l| (0..n_rows).map(|row| f32::from(u8::from(level(row) == l))).collect::<Vec<f32>>();
    let counts = (0..n_rows).map(|row| (at(row, 6) * at(row, 7) * 6.0).floor()).collect::<Vec<f32>>();
    let target = (0..n_rows)
        .map(|row| {
            let buys = at(row, 8) < 0.5;
            if buys { numeric(0)[row] * (1 + level(row)) as f32 + counts[row] * 10.0 } else { 0.0 }
        })
        .collect();
    (matrix(vec![numeric(0), numeric(1), one_hot(0), one_hot(1), one_hot(2), one_hot(3), counts]), target)
}

#[test]
fn a_constant_target_grows_single_leaves_of_zero() {
    let (x, _) = mixed(50, 1);
    let (model, rounds) = train(&x, &[7.25; 50], Params { n_estimators: 3, ..Params::default() });
    assert!(model.trees.iter().all(|tree| tree.nodes.len() == 1));
    assert_eq!(model.predict(&x).unwrap(), [7.25; 50]);
    assert_eq!(rounds[2], Round { n_trees: 3, loss_train: 0.0, loss_validation: None });
}

#[test]
fn one_row_and_equal_columns_predict_the_mean() {
    let (model, _) = train(&matrix(vec![vec![3.0]]), &[5.0], EXACT);
    assert_eq!(model.predict_row(&[9.0]), 5.0);
    let equal = matrix(vec![vec![1.0; 4], vec![-2.0; 4]]);
    let (model, _) = train(&equal, &[0.0, 2.0, 4.0, 10.0], Params { n_estimators: 5, ..EXACT });
    assert_eq!(model.predict(&equal).unwrap(), [4.0; 4]);
    assert_eq!(model.n_leaves(), 5);
}

#[test]
fn deep_trees_without_penalty_reproduce_distinct_rows() {
    let x = matrix(vec![(0..40).map(noise).collect()]);
    let y: Vec<f32> = (0..40).map(|i| noise(i + 900) * 50.0).collect();
    let (model, rounds) = train(&x, &y, Params { max_depth: 16, n_estimators: 2, ..EXACT });
    assert!(rounds[1].loss_train < 1e-5, "{rounds:?}");
    assert!(model.predict(&x).unwrap().iter().zip(&y).all(|(p, y)| (p - y).abs() < 1e-4));
}

#[test]
fn the_same_seed_gives_the_same_model_and_another_seed_another() {
    let (x, y) = mixed(400, 2);
    let params = Params { n_estimators: 10, ..Params::default() };
    let digest = |seed| train(&x, &y, Params { seed, ..params }).0.digest();
    assert_eq!(digest(1), digest(1));
    assert_ne!(digest(1), digest(2));
}

#[test]
fn reported_errors_are_those_of_the_finished_model() {
    let ((x, y), (vx, vy)) = (mixed(300, 3), mixed(77, 4));
    let mut booster =
        Booster::start(&x, &y, Some((&vx, &vy)), checked(Params { n_estimators: 12, ..Params::default() })).unwrap();
    let last = std::iter::from_fn(|| booster.grow_tree()).last().unwrap();
    assert!(booster.is_done() && booster.grow_tree().is_none());
    let model = booster.finish();
    for (x, y, rmse) in [(&x, &y, last.loss_train), (&vx, &vy, last.loss_validation.unwrap())] {
        let predicted = model.predict(x).unwrap();
        let sum: f64 = y.iter().zip(&predicted).map(|(y, p)| f64::from(p - y) * f64::from(p - y)).sum();
        assert!(((sum / y.len() as f64).sqrt() - rmse).abs() < 1e-9 * rmse);
        for (row_idx, &p) in predicted.iter().enumerate() {
            assert_eq!(model.predict_row(&row(x, row_idx)).to_bits(), p.to_bits());
        }
    }
}

#[test]
fn early_stopping_cuts_at_the_best_round() {
    let ((x, y), (vx, vy)) = (mixed(300, 5), mixed(150, 6));
    let params = Params { n_estimators: 500, learning_rate: 0.5, early_stopping_rounds: 7, ..Params::default() };
    let mut booster = Booster::start(&x, &y, Some((&vx, &vy)), checked(params)).unwrap();
    let errors: Vec<f64> = std::iter::from_fn(|| booster.grow_tree()).map(|r| r.loss_validation.unwrap()).collect();
    let model = booster.finish();
    let best = (0..errors.len()).min_by(|&a, &b| errors[a].total_cmp(&errors[b])).unwrap();
    assert!(errors.len() < 500, "never stopped");
    assert_eq!((model.trees.len(), errors.len()), (best + 1, best + 1 + 7));
}

#[test]
fn what_cannot_be_trained_is_refused() {
    let (x, y) = mixed(20, 7);
    let params = checked(Params::default());
    let start = |x: &Matrix, y: &[f32], v, p| Booster::start(x, y, v, p).err();
    assert!(matches!(start(&x, &y[1..], None, params), Some(LearnError::TargetCount { n_targets: 19, .. })));
    assert!(matches!(start(&matrix(vec![vec![]]), &[], None, params), Some(LearnError::NoRows { .. })));
    for bad in [f32::NAN, f32::INFINITY, -1e15] {
        let y = [&y[..4], &[bad], &y[5..]].concat();
        assert_eq!(start(&x, &y, None, params), Some(LearnError::Target { split: "training", row: 4 }));
    }
    let stopping = checked(Params { early_stopping_rounds: 3, ..Params::default() });
    assert_eq!(start(&x, &y, None, stopping), Some(LearnError::EarlyStoppingBlind));
    let other = matrix(vec![vec![1.0]]);
    assert!(matches!(start(&x, &y, Some((&other, &[1.0][..])), params), Some(LearnError::ColumnCount { .. })));
    let model = train(&x, &y, EXACT).0;
    assert_eq!(model.predict(&other), Err(LearnError::ColumnCount { expected: 7, found: 1 }));
    let renamed = Matrix::new((0..7).map(|i| (format!("D{i}"), vec![0.0])).collect()).unwrap();
    assert!(matches!(model.predict(&renamed), Err(LearnError::ColumnName { .. })));
}

#[test]
fn a_gain_below_gamma_and_a_child_below_its_weight_are_not_split_off() {
    let (x, y) = mixed(200, 8);
    let root_gain = |params| match train(&x, &y, params).0.trees[0].nodes[0].kind {
        NodeKind::Split { gain, .. } => Some(gain),
        NodeKind::Leaf { .. } => None,
    };
    let gain = root_gain(EXACT).unwrap();
    assert_eq!(root_gain(Params { gamma: f64::from(gain) * 1.001, ..EXACT }), None);
    assert_eq!(root_gain(Params { gamma: f64::from(gain) * 0.999, ..EXACT }), Some(gain));
    let (model, _) = train(&x, &y, Params { min_child_weight: 20.5, max_depth: 6, ..EXACT });
    let leaves = model.trees[0].nodes.iter().filter(|node| matches!(node.kind, NodeKind::Leaf { .. }));
    assert!(leaves.clone().count() > 2 && leaves.into_iter().all(|leaf| leaf.sum_hessian >= 21.0));
}

#[test]
fn a_missing_value_goes_where_it_gains_more() {
    let nan = f32::NAN;
    let x = matrix(vec![vec![1.0, 2.0, 3.0, 4.0, nan, nan]]);
    let root = |y: &[f32]| match train(&x, y, EXACT).0.trees[0].nodes[0].kind {
        NodeKind::Split { threshold, default_left, .. } => (threshold, default_left),
        NodeKind::Leaf { .. } => panic!("no split"),
    };
    assert_eq!(root(&[0.0, 0.0, 9.0, 9.0, 9.0, 9.0]), (2.5, false));
    assert_eq!(root(&[0.0, 0.0, 9.0, 9.0, 0.0, 0.0]), (2.5, true));
    assert_eq!(root(&[0.0, 0.0, 0.0, 0.0, 9.0, 9.0]), (f32::MAX, false));
    let model = train(&x, &[0.0, 0.0, 9.0, 9.0, 0.0, 0.0], EXACT).0;
    assert_eq!(model.predict(&x).unwrap(), [0.0, 0.0, 9.0, 9.0, 0.0, 0.0]);
}

#[test]
fn quantile_models_cover_their_share_and_tweedie_models_their_mean() {
    let (x, y) = mixed(3_000, 11);
    let (params, share) = (Params { n_estimators: 60, max_depth: 4, ..Params::default() }, |p: &[f32]| {
        p.iter().zip(&y).filter(|(p, y)| y <= p).count() as f64 / y.len() as f64
    });
    for level in [0.6, 0.9] {
        let predicted =
            train(&x, &y, Params { objective: Objective::Quantile { level }, ..params }).0.predict(&x).unwrap();
        assert!((share(&predicted) - level).abs() < 0.05, "{level}: {}", share(&predicted));
    }
    let tweedie = Params { objective: Objective::Tweedie { variance_power: 1.3 }, ..params };
    let predicted = train(&x, &y, tweedie).0.predict(&x).unwrap();
    let mean = |values: &[f32]| values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len() as f64;
    assert!((mean(&predicted) / mean(&y) - 1.0).abs() < 0.05 && predicted.iter().all(|&p| p > 0.0));
    let start = |y: &[f32]| Booster::start(&x, y, None, checked(tweedie)).err();
    let negative = [&[-1.0], &y[1..]].concat();
    assert_eq!(start(&negative), Some(LearnError::NegativeTarget { split: "training", row: 0 }));
    assert_eq!(start(&[0.0; 3_000]), Some(LearnError::AllZero));
}

#[test]
fn importance_adds_up_the_gains_of_every_split() {
    let (x, y) = mixed(300, 9);
    let (model, _) = train(&x, &y, Params { n_estimators: 5, ..Params::default() });
    let importance = model.importance();
    let n_splits: u64 = importance.iter().map(|column| column.n_splits).sum();
    assert_eq!(n_splits as usize, model.n_leaves() - model.trees.len());
    assert!(importance[0].total_gain > importance[1].total_gain);
    let covers =
        model.trees.iter().flat_map(|tree| &tree.nodes).filter(|node| matches!(node.kind, NodeKind::Split { .. }));
    let total_cover: f64 = covers.map(|node| f64::from(node.sum_hessian)).sum();
    assert_eq!(importance.iter().map(|column| column.total_cover).sum::<f64>(), total_cover);
}

#[test]
fn json_floats_read_back_to_the_bit_and_names_are_escaped() {
    let (x, y) = mixed(100, 10);
    let (mut model, _) = train(&x, &y, Params { n_estimators: 3, ..Params::default() });
    model.feature_names[1] = "A=[<5]".to_owned();
    let json: serde_json::Value =
        serde_json::from_str(&xgboost_json(&model, &Params::default().named_values())).unwrap();
    let learner = &json["learner"];
    assert_eq!(learner["feature_names"][1], "A=%5B%3C5%5D");
    let base = learner["learner_model_param"]["base_score"].as_str().unwrap();
    assert_eq!(base.trim_matches(['[', ']']).parse::<f32>().unwrap().to_bits(), model.base_score.to_bits());
    for (tree, json) in model.trees.iter().zip(learner["gradient_booster"]["model"]["trees"].as_array().unwrap()) {
        for (node_idx, node) in tree.nodes.iter().enumerate() {
            let condition = json["split_conditions"][node_idx].as_f64().unwrap() as f32;
            let (expected, left) = match node.kind {
                NodeKind::Leaf { value } => (value, -1),
                NodeKind::Split { threshold, left, .. } => (threshold, i64::from(left)),
            };
            assert_eq!(
                (condition.to_bits(), json["left_children"][node_idx].as_i64()),
                (expected.to_bits(), Some(left))
            );
        }
    }
}

/// The gain of the best split, by trying every threshold of every column.
fn best_gain(x: &Matrix, y: &[f32], params: &Params) -> f64 {
    let base = (y.iter().map(|&y| f64::from(y)).sum::<f64>() / y.len() as f64) as f32;
    let score = |rows: &[usize]| {
        let sum: f64 = rows.iter().map(|&row| f64::from(base - y[row])).sum();
        let shrunk = (sum.abs() - params.reg_alpha).max(0.0);
        shrunk * shrunk / (rows.len() as f64 + params.reg_lambda)
    };
    let all: Vec<usize> = (0..y.len()).collect();
    let mut best = 0.0f64;
    for column_idx in 0..x.n_columns() {
        for &threshold in x.column(column_idx).iter().chain(&[f32::MAX]) {
            for default_left in [false, true] {
                let goes_left = |row: usize| {
                    let value = x.column(column_idx)[row];
                    if value.is_nan() { default_left } else { value < threshold }
                };
                let (left, right): (Vec<_>, Vec<_>) = all.iter().partition(|&&row| goes_left(row));
                if left.len().min(right.len()) as f64 >= params.min_child_weight.max(1.0) {
                    best = best.max(score(&left) + score(&right) - score(&all));
                }
            }
        }
    }
    best
}

fn rows_and_targets() -> impl Strategy<Value = (Vec<(u8, f32, u8)>, Vec<f32>)> {
    prop::collection::vec(((0u8..6, -5f32..5.0, 0u8..4), (-40i32..90).prop_map(|y| y.max(0) as f32 * 0.37)), 2..60)
        .prop_map(|rows| rows.into_iter().unzip())
}

/// Two numeric columns, and a category one-hot encoded; a code of 5 blanks the row's first, an odd sum of codes its second number.
fn columns_with_missing(rows: &[(u8, f32, u8)]) -> Vec<Vec<f32>> {
    let mut columns = columns(rows);
    for (row_idx, row) in rows.iter().enumerate() {
        if row.0 == 5 {
            columns[0][row_idx] = f32::NAN;
        }
        if (row.0 + row.2) % 2 == 1 {
            columns[1][row_idx] = f32::NAN;
        }
    }
    columns
}

fn columns(rows: &[(u8, f32, u8)]) -> Vec<Vec<f32>> {
    let mut columns: Vec<Vec<f32>> =
        vec![rows.iter().map(|r| f32::from(r.0)).collect(), rows.iter().map(|r| r.1).collect()];
    columns.extend((0..4).map(|level| rows.iter().map(|r| f32::from(u8::from(r.2 == level))).collect()));
    columns
}

proptest! {
    #[test]
    fn the_split_found_gains_as_much_as_the_best_by_brute_force(
        (rows, y) in rows_and_targets(), alpha in 0.0f64..3.0, lambda in 0.0f64..3.0, weight in 0.0f64..6.0, missing: bool,
    ) {
        let x = matrix(if missing { columns_with_missing(&rows) } else { columns(&rows) });
        let params = Params { reg_alpha: alpha, reg_lambda: lambda, min_child_weight: weight, ..EXACT };
        let best = best_gain(&x, &y, &params);
        let root = train(&x, &y, params).0.trees[0].nodes[0].kind;
        let found = match root { NodeKind::Split { gain, .. } => f64::from(gain), NodeKind::Leaf { .. } => 0.0 };
        // The scale of the scores that the gain is a difference of.
        let scale: f64 = y.iter().map(|&y| f64::from(y) * f64::from(y)).sum();
        prop_assert!((found - best).abs() <= 1e-5 * scale + 1e-5, "found {found}, best {best}");
    }

    #[test]
    fn training_error_never_rises_without_sampling((rows, y) in rows_and_targets(), rate in 0.05f64..=1.0, missing: bool) {
        let x = matrix(if missing { columns_with_missing(&rows) } else { columns(&rows) });
        let params = Params { n_estimators: 20, max_depth: 3, learning_rate: rate, reg_lambda: 1.0, ..EXACT };
        let errors: Vec<f64> = train(&x, &y, params).1.into_iter().map(|round| round.loss_train).collect();
        prop_assert!(errors.windows(2).all(|pair| pair[1] <= pair[0] * (1.0 + 1e-6) + 1e-5), "{errors:?}");
    }

    #[test]
    fn scaling_an_input_by_a_power_of_two_changes_no_prediction((rows, y) in rows_and_targets(), factor in 0usize..4) {
        let factor = [0.125, 0.5, 2.0, 1024.0][factor];
        let plain = columns(&rows);
        let mut scaled = plain.clone();
        scaled[1].iter_mut().for_each(|value| *value *= factor);
        let params = Params { n_estimators: 8, max_depth: 4, ..Params::default() };
        let predictions = |columns: Vec<Vec<f32>>| {
            let x = matrix(columns);
            train(&x, &y, params).0.predict(&x).unwrap()
        };
        prop_assert_eq!(predictions(plain), predictions(scaled));
    }

    #[test]
    fn few_bins_still_route_training_rows_as_their_thresholds_say(
        (rows, y) in rows_and_targets(), max_bin in 2u32..8, missing: bool,
    ) {
        let x = matrix(if missing { columns_with_missing(&rows) } else { columns(&rows) });
        let params = Params { n_estimators: 6, max_bin, min_child_weight: 1.0, ..Params::default() };
        let (model, rounds) = train(&x, &y, params);
        let sum: f64 = model.predict(&x).unwrap().iter().zip(&y).map(|(p, y)| f64::from(p - y) * f64::from(p - y)).sum();
        let rmse = (sum / y.len() as f64).sqrt();
        prop_assert!((rmse - rounds[5].loss_train).abs() <= 1e-9 + 1e-9 * rmse);
        for row_idx in 0..y.len() {
            prop_assert_eq!(model.predict(&x).unwrap()[row_idx].to_bits(), model.predict_row(&row(&x, row_idx)).to_bits());
        }
    }

    #[test]
    fn other_losses_fall_too((rows, y) in rows_and_targets(), level in 0.05f64..0.95, power in 1.05f64..1.95) {
        proptest::prop_assume!(y.iter().any(|&y| y > 0.0));
        let x = matrix(columns_with_missing(&rows));
        for objective in [Objective::Quantile { level }, Objective::Tweedie { variance_power: power }] {
            // Small steps: Newton's may overshoot where a loss is no parabola.
            let params = Params { objective, n_estimators: 30, max_depth: 3, learning_rate: 0.1, reg_lambda: 1.0, ..EXACT };
            let (model, rounds) = train(&x, &y, params);
            // A leaf's quantile lies between two residuals, as in XGBoost, and not on the one with the least loss: between them the sum of
            // losses changes by at most their distance. Of few rows that is seen.
            let distance = y.iter().fold(0.0f32, |a, &b| a.max(b)) - y.iter().fold(f32::MAX, |a, &b| a.min(b));
            let n_leaves = y.len().min(8) as f64;
            let missed = if objective.leaf_level().is_some() { n_leaves * f64::from(distance) / y.len() as f64 } else { 0.0 };
            prop_assert!(rounds[29].loss_train <= rounds[0].loss_train * (1.0 + 1e-6) + 1e-6 + missed, "{:?}", rounds);
            prop_assert!(model.predict(&x).unwrap().iter().all(|p| p.is_finite()));
        }
    }
}
