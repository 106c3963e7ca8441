//! What is read equals what was written, and what cannot be used is refused with its reason. Deliberately with whole documents: the
//! file format is the interface.

use super::super::{Booster, Ensemble, NodeKind, Params, xgboost_json};
use super::{DELETED, ImportError, MOST_BYTES, MOST_TREES, from_xgboost_json, is_ubjson};
use crate::dataset::Matrix;
use proptest::prelude::{any, prop_assert, proptest};
use serde_json::{Value, json};

fn names() -> Vec<String> {
    ["ORDERS", "SPEND", "REGION=West", "AGE=[18,35]", "UNUSED"].map(str::to_owned).to_vec()
}

/// Reproducible whole numbers.
fn noise(counter: usize) -> usize {
    let bits = (counter as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((bits ^ (bits >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as usize
}

fn model() -> (Ensemble, Matrix, String) {
    let column = |c: usize, n: usize| (0..300).map(|row| (noise(row * 7 + c) % n) as f32 * 0.37).collect::<Vec<f32>>();
    let columns = names().into_iter().enumerate().map(|(c, name)| (name, column(c, [40, 900, 2, 2, 1][c])));
    let x = Matrix::new(columns.collect()).unwrap();
    let y: Vec<f32> = (0..300).map(|row| x.column(0)[row] * x.column(1)[row] + 9.0 * x.column(3)[row]).collect();
    let params = Params { n_estimators: 6, max_depth: 4, ..Params::default() };
    let mut booster = Booster::start(&x, &y, None, params.check().unwrap()).unwrap();
    while booster.grow_tree().is_some() {}
    let model = booster.finish();
    let text = xgboost_json(&model, &params.named_values());
    (model, x, text)
}

fn row(matrix: &Matrix, row_idx: usize) -> Vec<f32> {
    (0..matrix.n_columns()).map(|column_idx| matrix.column(column_idx)[row_idx]).collect()
}

/// The error after one change of a document that is fine without it.
fn error_after(change: impl Fn(&mut Value)) -> ImportError {
    let mut document: Value = serde_json::from_str(&model().2).unwrap();
    change(&mut document);
    let error = from_xgboost_json(&document.to_string(), &names()).unwrap_err();
    assert!(error.to_string().len() > 60 && !error.to_string().contains("  "), "{error}");
    error
}

fn tree_of(document: &mut Value) -> &mut Value {
    &mut document["learner"]["gradient_booster"]["model"]["trees"][1]
}

#[test]
fn our_own_export_comes_back_equal() {
    let (model, x, text) = model();
    let read = from_xgboost_json(&text, &names()).unwrap();
    assert_eq!(read, model);
    assert_eq!(read.digest(), model.digest());
    assert_eq!(read.predict(&x), model.predict(&x));
}

#[test]
fn features_are_found_by_name_in_any_order_and_may_be_fewer() {
    let (model, x, text) = model();
    let mut order = names();
    order.reverse();
    order.insert(2, "ANOTHER".to_owned());
    let read = from_xgboost_json(&text, &order).unwrap();
    assert_eq!(read.feature_names, order);
    for row_idx in 0..x.n_rows() {
        let row = row(&x, row_idx);
        let other = [row[4], row[3], f32::NAN, row[2], row[1], row[0]];
        assert_eq!(read.predict_row(&other).to_bits(), model.predict_row(&row).to_bits());
    }
}

#[test]
fn without_names_the_order_of_the_columns_is_taken() {
    let (model, _, text) = model();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document["learner"]["feature_names"] = json!([]);
    assert_eq!(from_xgboost_json(&document.to_string(), &names()).unwrap(), model);
    let error = from_xgboost_json(&document.to_string(), &names()[1..]).unwrap_err();
    assert_eq!(error, ImportError::ColumnCount { expected: 4, found: 5 });
    let _ = document["learner"].as_object_mut().unwrap().remove("feature_names");
    assert_eq!(from_xgboost_json(&document.to_string(), &names()).unwrap(), model);
}

#[test]
fn a_model_of_xgboost_predicts_what_xgboost_predicts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}{name}")).unwrap();
    let columns = ["ORDERS_12M", "SPEND_12M", "REGION=West", "DAYS_SINCE_LAST", "AGE_[18,35]"].map(str::to_owned);
    let model = from_xgboost_json(&read("xgboost-3.2.json"), &columns).unwrap();
    let splits = model.trees.iter().flat_map(|tree| &tree.nodes).filter_map(|node| match node.kind {
        NodeKind::Split { default_left, .. } => Some(default_left),
        NodeKind::Leaf { .. } => None,
    });
    let (left, right): (Vec<bool>, Vec<bool>) = splits.partition(|&left| left);
    assert!(!left.is_empty() && !right.is_empty(), "missing values go both ways");
    let rows = read("xgboost-3.2.csv");
    for line in rows.lines().skip(1) {
        let mut row: Vec<f32> = line.split(',').map(|value| value.parse().unwrap_or(f32::NAN)).collect();
        let expected = row.pop().unwrap();
        assert_eq!(model.predict_row(&row).to_bits(), expected.to_bits(), "{line}");
    }
    assert!(rows.lines().count() > 50);
}

#[test]
fn other_numberings_and_older_spellings_are_read() {
    let (model, x, text) = model();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    let n = model.trees[1].nodes.len();
    let tree = tree_of(&mut document);
    // Numbered backwards behind the root, with a deleted node at the end.
    let moved = |node: i64| if node > 0 { n as i64 - node } else { node };
    for (name, array) in tree.as_object_mut().unwrap() {
        let Some(old) = array.as_array().filter(|array| array.len() == n).cloned() else { continue };
        let renumbered = (0..n as i64).map(|node| {
            let value = &old[moved(node) as usize];
            match (name.as_str(), value.as_i64()) {
                ("left_children" | "right_children" | "parents", Some(other)) if other <= n as i64 => {
                    json!(moved(other))
                }
                ("default_left", _) => json!(value == 1),
                _ => value.clone(),
            }
        });
        let deleted = match name.as_str() {
            "left_children" | "right_children" => json!(-1),
            "split_indices" => json!(DELETED),
            "default_left" => json!(true),
            _ => json!(0),
        };
        *array = renumbered.chain([deleted]).collect();
    }
    let _ = tree.as_object_mut().unwrap().remove("split_type");
    let learner = &mut document["learner"];
    learner["learner_model_param"] = json!({ "base_score": format!("{:E}", model.base_score), "num_feature": "5" });
    learner["gradient_booster"]["model"]["gbtree_model_param"] = json!({ "num_trees": "6", "size_leaf_vector": "0" });
    let read = from_xgboost_json(&document.to_string(), &names()).unwrap();
    assert_eq!(read.predict(&x), model.predict(&x));
    assert_eq!((read.trees[1].nodes.len(), read.trees[1].depth()), (n, model.trees[1].depth()));
    assert_eq!(read.contributions(&x, 0..9).unwrap().n_columns, 5);
}

#[test]
fn what_is_no_model_is_refused() {
    let read = |text: &str| from_xgboost_json(text, &names()).unwrap_err();
    assert!(is_ubjson(b"{L\0\0\0\0\0\0\0\x07learner") && !is_ubjson(b"{\"learner\"") && !is_ubjson(b""));
    assert_eq!(read("{L\0\0\0\0\0\0\0\u{7}learner{L\0"), ImportError::Ubjson);
    assert!(matches!(read("columns,of,a,table"), ImportError::NotJson { .. }));
    assert!(matches!(read(""), ImportError::NotJson { .. }));
    assert!(matches!(read(&model().2[..500]), ImportError::NotJson { .. }));
    assert_eq!(read("{\"version\": [3, 2, 0]}"), ImportError::NoLearner);
    assert_eq!(read("[{\"nodeid\": 0, \"leaf\": 1.5}]"), ImportError::NoLearner);
    assert!(matches!(read("{\"learner\": 7}"), ImportError::Malformed { .. }));
    assert_eq!(read("{\"learner\": {}}"), ImportError::Missing { field: "gradient_booster" });
    assert!(matches!(read(&" ".repeat(MOST_BYTES + 1)), ImportError::TooLong { .. }));
    for token in ["NaN", "Infinity"] {
        let text = model().2.replace("\"loss_changes\":[", &format!("\"loss_changes\":[{token},"));
        assert_eq!(read(&text), ImportError::NotANumber { token });
        let text = model().2.replace("\"loss_changes\":[", &format!("\"loss_changes\":[-{token},"));
        assert_eq!(read(&text), ImportError::NotANumber { token });
    }
}

#[test]
fn other_kinds_of_models_are_refused_by_name() {
    let learner = |key: &'static str, value: Value| {
        error_after(move |document| document["learner"].as_object_mut().unwrap()[key] = value.clone())
    };
    let booster = |name: &str| learner("gradient_booster", json!({ "name": name, "gbtree": {}, "weight_drop": [] }));
    assert_eq!(booster("dart"), ImportError::Booster { name: "dart".to_owned() });
    assert_eq!(booster("gblinear"), ImportError::Booster { name: "gblinear".to_owned() });
    let name = "reg:gamma".to_owned();
    assert_eq!(learner("objective", json!({ "name": "reg:gamma" })), ImportError::Objective { name });
    let param = |field: &'static str, value: &str| {
        error_after(move |document| document["learner"]["learner_model_param"][field] = json!(value))
    };
    let many = |field, value: &str| ImportError::ManyOutputs { field, value: value.to_owned() };
    assert_eq!(param("num_class", "3"), many("num_class", "3"));
    assert_eq!(param("num_target", "2"), many("num_target", "2"));
    assert_eq!(param("base_score", "[1E0,2E0]"), many("base_score", "[1E0,2E0]"));
    assert!(matches!(param("base_score", "NaN"), ImportError::Parameter { field: "base_score", .. }));
    assert!(matches!(param("num_feature", "-5"), ImportError::Parameter { field: "num_feature", .. }));
    assert_eq!(param("num_feature", "7"), ImportError::NameCount { n_names: 5, n_features: 7 });
    let error = error_after(|document| tree_of(document)["tree_param"]["size_leaf_vector"] = json!("2"));
    assert_eq!(error, many("size_leaf_vector", "2"));
    let error = error_after(|document| tree_of(document)["split_type"][0] = json!(1));
    assert_eq!(error, ImportError::Categorical { tree: 1 });
}

#[test]
fn columns_that_do_not_fit_are_named() {
    let named = |at: usize, name: &'static str| {
        error_after(move |document| document["learner"]["feature_names"][at] = json!(name))
    };
    assert_eq!(named(4, "AGE"), ImportError::UnknownColumn { name: "AGE".to_owned() });
    assert_eq!(named(4, "SPEND"), ImportError::RepeatedColumn { name: "SPEND".to_owned() });
}

#[test]
fn nodes_that_form_no_tree_are_refused() {
    let node = |array: &'static str, node: usize, value: Value| {
        error_after(move |document| tree_of(document)[array][node] = value.clone())
    };
    let reason = |error| match error {
        ImportError::NotATree { tree: 1, reason, .. } => reason,
        other => panic!("{other}"),
    };
    assert_eq!(reason(node("right_children", 0, json!(-1))), "has one child");
    assert_eq!(reason(node("right_children", 0, json!(9_999))), "has a child beyond the last node");
    assert_eq!(reason(node("right_children", 0, json!(1))), "is reached twice");
    assert_eq!(reason(node("left_children", 1, json!(0))), "is reached twice");
    assert_eq!(reason(node("parents", 1, json!(2))), "names another parent than the one it is a child of");
    let unreachable = error_after(|document| {
        tree_of(document)["left_children"][0] = json!(-1);
        tree_of(document)["right_children"][0] = json!(-1);
    });
    assert_eq!(reason(unreachable), "cannot be reached from the root");
    let not_finite = |array| ImportError::NotFinite { tree: 1, node: 0, array };
    for array in ["split_conditions", "sum_hessian", "base_weights", "loss_changes"] {
        assert_eq!(node(array, 0, json!(1e40)), not_finite(array));
    }
    let (tree, n_features) = (1, 5);
    assert_eq!(node("split_indices", 0, json!(5)), ImportError::Feature { tree, node: 0, feature: 5, n_features });
    assert_eq!(node("split_indices", 0, json!(-1)), ImportError::Feature { tree, node: 0, feature: -1, n_features });
    assert_eq!(node("sum_hessian", 0, json!(0.0)), ImportError::Cover { tree, node: 0 });
    assert!(matches!(node("default_left", 0, json!(2)), ImportError::Malformed { .. }));
    let error = error_after(|document| tree_of(document)["parents"] = json!([0]));
    assert!(matches!(error, ImportError::Length { tree: 1, array: "parents", found: 1, .. }));
    let without = |array: &'static str| {
        error_after(move |document| drop(tree_of(document).as_object_mut().unwrap().remove(array)))
    };
    assert_eq!(without("sum_hessian"), ImportError::Cover { tree, node: 0 });
    assert!(matches!(without("split_conditions"), ImportError::Malformed { .. }));
    let error = error_after(|document| tree_of(document)["left_children"] = json!([]));
    assert_eq!(error, ImportError::NoNodes { tree });
}

#[test]
fn numbers_of_trees_and_their_depth_are_limited() {
    let stump = json!({
        "base_weights": [1], "default_left": [0], "left_children": [-1], "loss_changes": [0], "right_children": [-1],
        "split_conditions": [1], "split_indices": [0], "sum_hessian": [1],
    });
    let trees = |trees: Vec<Value>| {
        error_after(move |document| {
            let model = &mut document["learner"]["gradient_booster"]["model"];
            model["gbtree_model_param"]["num_trees"] = json!(trees.len().to_string());
            model["trees"] = Value::Array(trees.clone());
        })
    };
    assert_eq!(trees(vec![stump; MOST_TREES + 1]), ImportError::TooManyTrees { n_trees: 10_001, most: MOST_TREES });
    // Each split's left child is a leaf, its right child the next split.
    let child = |node: i32, side: i32| if node % 2 == 0 && node < 66 { node + side } else { -1 };
    let array = |value: &dyn Fn(i32) -> i32| (0..67).map(value).collect::<Vec<i32>>();
    let deep = json!({
        "base_weights": array(&|_| 0), "default_left": array(&|_| 0), "left_children": array(&|node| child(node, 1)),
        "loss_changes": array(&|_| 0), "right_children": array(&|node| child(node, 2)), "sum_hessian": array(&|_| 1),
        "split_conditions": array(&|_| 1), "split_indices": array(&|_| 0),
    });
    assert_eq!(trees(vec![deep]), ImportError::TooDeep { tree: 0, most: 32 });
    let error = error_after(|document| {
        document["learner"]["gradient_booster"]["model"]["gbtree_model_param"]["num_trees"] = json!("7");
    });
    assert_eq!(error, ImportError::TreeCount { expected: "7".to_owned(), found: 6 });
}

/// The place of the `n`th value of a document, counted through all arrays and objects.
fn nth<'v>(value: &'v mut Value, n: &mut usize) -> Option<&'v mut Value> {
    if *n == 0 {
        return Some(value);
    }
    *n -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, n)),
        Value::Object(fields) => fields.values_mut().find_map(|item| nth(item, n)),
        _ => None,
    }
}

proptest! {
    #[test]
    fn no_damage_to_a_document_brings_anything_down(at in any::<u32>(), number in -3i64..70_000_000_000, kind in 0..6) {
        let (_, x, text) = model();
        let mut document: Value = serde_json::from_str(&text).unwrap();
        let place = nth(&mut document, &mut (at as usize % 2_000));
        let damaged = match (kind, place) {
            (0, _) => text[..at as usize % text.len()].to_owned(),
            (1, _) => {
                let at = at as usize % text.len();
                format!("{}{}{}", &text[..at], number % 97, &text[at + 1..])
            }
            (2, Some(Value::Object(fields))) => {
                let name = fields.keys().nth(number.unsigned_abs() as usize % fields.len().max(1)).cloned();
                name.map(|name| fields.remove(&name));
                document.to_string()
            }
            (3, Some(Value::Array(items))) => {
                let _ = items.pop();
                document.to_string()
            }
            (4, Some(place)) => {
                *place = json!(number % 12);
                document.to_string()
            }
            (_, Some(place)) => {
                *place = json!(number as f64 * 1e30);
                document.to_string()
            }
            _ => document.to_string(),
        };
        match from_xgboost_json(&damaged, &names()) {
            // Whatever is read can be used.
            Ok(model) => {
                let predicted = model.predict(&x).unwrap();
                prop_assert!(predicted.iter().enumerate().all(|(i, p)| p.to_bits() == model.predict_row(&row(&x, i)).to_bits()));
                prop_assert!(model.contributions(&x, 0..5).is_ok());
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
