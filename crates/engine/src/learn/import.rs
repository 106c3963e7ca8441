//! Reads a model in XGBoost's JSON, as `Booster.save_model("x.json")` of 1.6 to 3.x and our own export write it. Deliberately not every
//! model of XGBoost: squared error, numeric splits and one value a leaf are what an [`Ensemble`] can be. The file is a stranger's, so
//! nothing in it is believed.

use super::ensemble::Ensemble;
use super::tree::{Node, NodeKind, Tree};
use super::xgboost_json::escaped;
use crate::order;
use serde_json::Value;
use std::collections::BTreeMap;

/// Far beyond any model worth looking at, near enough that a file cannot fill the memory.
const MOST_BYTES: usize = 200_000_000;
const MOST_TREES: usize = 10_000;
const MOST_NODES: usize = 4_000_000;

/// Shapley values keep one bit for each column on the way to a leaf.
const MOST_DEPTH: u32 = 32;

/// The split index of a node that pruning took out of its tree but left in the arrays.
const DELETED: i64 = i32::MAX as i64;

const OBJECTIVE: &str = "reg:squarederror";

/// Why a file is no model that can be used here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    #[error("the model has {n_bytes} bytes, more than the {most} that are read; export fewer or smaller trees")]
    TooLong { n_bytes: usize, most: usize },
    #[error(
        "the model is UBJSON, XGBoost's binary format, which is not read here; save it under a name that ends in .json: \
         booster.save_model(\"model.json\")"
    )]
    Ubjson,
    #[error("the file is not JSON ({detail}); save the model with booster.save_model(\"model.json\")")]
    NotJson { detail: String },
    #[error(
        "the file is JSON but holds no model, because it has no `learner`; save it with booster.save_model(\"model.json\"), which \
         writes other JSON than dump_model or save_config"
    )]
    NoLearner,
    #[error("the file is JSON but not as XGBoost writes a model ({detail}); save it with XGBoost 1.6 or later")]
    Malformed { detail: String },
    #[error("the model has no `{field}`, which XGBoost 1.6 and later write; save it again with such a version")]
    Missing { field: &'static str },
    #[error("the model's `{field}` is {value}, which cannot be used; save the model again and do not edit the file")]
    Parameter { field: &'static str, value: String },
    #[error("the model's booster is {name}, but only trees of gbtree can be used here; train with booster=\"gbtree\"")]
    Booster { name: String },
    #[error("the model's objective is {name}, but only {OBJECTIVE} predicts what is asked here; train with it")]
    Objective { name: String },
    #[error(
        "the model predicts several values a row ({field} is {value}), but one is needed; train a model for one target"
    )]
    ManyOutputs { field: &'static str, value: String },
    #[error(
        "tree {tree} splits by category, but only numeric splits are read; one-hot encode categories before training"
    )]
    Categorical { tree: usize },
    #[error(
        "the file says {expected} trees but holds {found}; it was cut or edited, so save the model again with save_model"
    )]
    TreeCount { expected: String, found: usize },
    #[error(
        "the model has {n_trees} trees, more than the {most} that are read; train fewer with a larger learning rate"
    )]
    TooManyTrees { n_trees: usize, most: usize },
    #[error("the model has more than {most} nodes, which would fill the memory; train fewer or shallower trees")]
    TooManyNodes { most: usize },
    #[error("tree {tree} is deeper than {most} splits, for which contributions cannot be computed; limit max_depth")]
    TooDeep { tree: usize, most: u32 },
    #[error(
        "tree {tree} has {found} entries in `{array}` but {expected} nodes; the file is damaged, so save the model again"
    )]
    Length { tree: usize, array: &'static str, expected: usize, found: usize },
    #[error("tree {tree} has no nodes; the file is damaged, so save the model again")]
    NoNodes { tree: usize },
    #[error(
        "node {node} of tree {tree} {reason}, so the nodes form no tree; the file is damaged, so save the model again"
    )]
    NotATree { tree: usize, node: usize, reason: &'static str },
    #[error(
        "node {node} of tree {tree} has a number in `{array}` that is not finite; check the training data for infinity"
    )]
    NotFinite { tree: usize, node: usize, array: &'static str },
    #[error("the file has {token} where a number must be; check the training data for infinite values and train again")]
    NotANumber { token: &'static str },
    #[error(
        "node {node} of tree {tree} splits on feature {feature} of {n_features}; the file is damaged, so save it again"
    )]
    Feature { tree: usize, node: usize, feature: i64, n_features: usize },
    #[error(
        "node {node} of tree {tree} has no rows in `sum_hessian`, by which contributions share a prediction out; save the model \
         as it was trained"
    )]
    Cover { tree: usize, node: usize },
    #[error("the model reads the column {name}, which the table of inputs does not have; train on exported matrices")]
    UnknownColumn { name: String },
    #[error(
        "the model names the column {name} twice, so it cannot be told which is which; give columns distinct names"
    )]
    RepeatedColumn { name: String },
    #[error("the model lists {n_names} names for {n_features} features; the file is damaged, so save the model again")]
    NameCount { n_names: usize, n_features: usize },
    #[error(
        "the model has {found} features without names, and the table of inputs {expected} columns; train with named columns, or \
         with exactly these in their order"
    )]
    ColumnCount { expected: usize, found: usize },
}

/// The arrays of a tree, as XGBoost writes them.
struct JsonTree {
    base_weights: Vec<f64>,
    /// 0 and 1; others who write the format write booleans.
    default_left: Vec<f64>,
    left_children: Vec<i64>,
    loss_changes: Vec<f64>,
    /// Told by the children too; checked where it stands.
    parents: Option<Vec<i64>>,
    right_children: Vec<i64>,
    /// The threshold of a split, the value of a leaf.
    split_conditions: Vec<f64>,
    split_indices: Vec<i64>,
    split_type: Option<Vec<i64>>,
    sum_hessian: Vec<f64>,
    size_leaf_vector: Option<String>,
}

impl JsonTree {
    fn read(tree: &Value) -> Result<Self, ImportError> {
        let needed = |field: &'static str| {
            numbers(tree, field)?.ok_or_else(|| ImportError::Malformed { detail: format!("a tree has no `{field}`") })
        };
        let integers = |field: &'static str, list: Vec<f64>| {
            let whole = |x: f64| (x.fract() == 0.0).then_some(x as i64);
            list.into_iter().map(whole).collect::<Option<Vec<i64>>>().ok_or_else(|| malformed(field))
        };
        let whole = |field: &'static str| integers(field, needed(field)?);
        let maybe = |field: &'static str| numbers(tree, field)?.map(|list| integers(field, list)).transpose();
        let default_left = needed("default_left")?;
        if default_left.iter().any(|&flag| flag != 0.0 && flag != 1.0) {
            return Err(malformed("default_left"));
        }
        Ok(Self {
            base_weights: needed("base_weights")?,
            default_left,
            left_children: whole("left_children")?,
            loss_changes: needed("loss_changes")?,
            parents: maybe("parents")?,
            right_children: whole("right_children")?,
            split_conditions: needed("split_conditions")?,
            split_indices: whole("split_indices")?,
            split_type: maybe("split_type")?,
            sum_hessian: numbers(tree, "sum_hessian")?.unwrap_or_default(),
            size_leaf_vector: scalar(tree.get("tree_param"), "size_leaf_vector")?,
        })
    }
}

fn malformed(field: &str) -> ImportError {
    ImportError::Malformed { detail: format!("`{field}` is of another kind than XGBoost writes") }
}

/// A list of numbers, flags among them; `None` where there is none.
fn numbers(tree: &Value, field: &'static str) -> Result<Option<Vec<f64>>, ImportError> {
    let Some(list) = tree.get(field) else { return Ok(None) };
    let list = list.as_array().ok_or_else(|| malformed(field))?;
    let number = |value: &Value| value.as_f64().or(value.as_bool().map(|flag| f64::from(u8::from(flag))));
    list.iter().map(number).collect::<Option<Vec<f64>>>().map(Some).ok_or_else(|| malformed(field))
}

/// A number among the parameters, which XGBoost writes as a string.
fn scalar(group: Option<&Value>, field: &'static str) -> Result<Option<String>, ImportError> {
    match group.and_then(|group| group.get(field)) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(malformed(field)),
    }
}

/// A part of the document that is there.
fn part<'v>(whole: &'v Value, field: &'static str) -> Result<&'v Value, ImportError> {
    whole.get(field).filter(|found| !found.is_null()).ok_or(ImportError::Missing { field })
}

/// Whether a file begins as UBJSON does: an object whose first key has a length before it, where JSON has a quotation mark.
fn is_ubjson(bytes: &[u8]) -> bool {
    matches!(bytes, [b'{', b'L' | b'l' | b'I' | b'i' | b'U' | b'$' | b'#', ..])
}

/// The model in an XGBoost JSON file, over the matrix columns `columns`. Features are found by their names, in any order and perhaps
/// only some of the columns; a file without names must have as many as there are columns.
pub fn from_xgboost_json(text: &str, columns: &[String]) -> Result<Ensemble, ImportError> {
    if text.len() > MOST_BYTES {
        return Err(ImportError::TooLong { n_bytes: text.len(), most: MOST_BYTES });
    }
    if is_ubjson(text.as_bytes()) {
        return Err(ImportError::Ubjson);
    }
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('[') {
        return Err(ImportError::NoLearner);
    }
    let document: Value = serde_json::from_str(text).map_err(|error| not_read(&error, text))?;
    let learner = document.get("learner").filter(|learner| !learner.is_null()).ok_or(ImportError::NoLearner)?;
    if !learner.is_object() {
        return Err(malformed("learner"));
    }
    let param = learner.get("learner_model_param");
    let booster = part(learner, "gradient_booster")?;
    match booster.get("name").and_then(Value::as_str) {
        Some("gbtree") => {}
        Some(name) => return Err(ImportError::Booster { name: name.to_owned() }),
        None => return Err(ImportError::Missing { field: "gradient_booster.name" }),
    }
    match learner.get("objective").and_then(|objective| objective.get("name")).and_then(Value::as_str) {
        Some(OBJECTIVE) => {}
        Some(name) => return Err(ImportError::Objective { name: name.to_owned() }),
        None => return Err(ImportError::Missing { field: "objective.name" }),
    }
    at_most_one(scalar(param, "num_class")?, "num_class")?;
    at_most_one(scalar(param, "num_target")?, "num_target")?;
    let base_score = base_score(scalar(param, "base_score")?)?;
    let column_of = columns_of_features(&names(learner)?, scalar(param, "num_feature")?, columns)?;
    let model = booster.get("model").ok_or(ImportError::Missing { field: "gradient_booster.model" })?;
    let model_param = model.get("gbtree_model_param");
    at_most_one(scalar(model_param, "size_leaf_vector")?, "size_leaf_vector")?;
    let trees = part(model, "trees")?.as_array().ok_or_else(|| malformed("trees"))?;
    if let Some(n_trees) = scalar(model_param, "num_trees")?
        && whole(&n_trees, "num_trees")? != trees.len()
    {
        return Err(ImportError::TreeCount { expected: n_trees, found: trees.len() });
    }
    if trees.len() > MOST_TREES {
        return Err(ImportError::TooManyTrees { n_trees: trees.len(), most: MOST_TREES });
    }
    let n_nodes = |tree: &Value| tree.get("left_children").and_then(Value::as_array).map_or(0, Vec::len);
    if trees.iter().map(n_nodes).sum::<usize>() > MOST_NODES {
        return Err(ImportError::TooManyNodes { most: MOST_NODES });
    }
    let trees =
        trees.iter().enumerate().map(|(tree_idx, tree)| read_tree(tree_idx, &JsonTree::read(tree)?, &column_of));
    let trees = trees.collect::<Result<_, _>>()?;
    Ok(Ensemble { objective: super::Objective::SquaredError, base_score, trees, feature_names: columns.to_vec() })
}

/// Says of text that cannot be read whether it is no JSON or JSON of something else.
fn not_read(error: &serde_json::Error, text: &str) -> ImportError {
    // XGBoost writes numbers that JSON has not.
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let near = |token: &str| {
        let at = error.column().saturating_sub(1);
        (at.saturating_sub(1)..=at).any(|at| line.get(at..).is_some_and(|rest| rest.starts_with(token)))
    };
    match ["NaN", "Infinity"].into_iter().find(|token| near(token)) {
        Some(token) => ImportError::NotANumber { token },
        None => ImportError::NotJson { detail: error.to_string() },
    }
}

fn names(learner: &Value) -> Result<Vec<String>, ImportError> {
    let Some(list) = learner.get("feature_names") else { return Ok(Vec::new()) };
    let list = list.as_array().ok_or_else(|| malformed("feature_names"))?;
    let names = list.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>();
    names.ok_or_else(|| malformed("feature_names"))
}

fn whole(text: &str, field: &'static str) -> Result<usize, ImportError> {
    text.trim().parse().map_err(|_| ImportError::Parameter { field, value: text.to_owned() })
}

fn at_most_one(text: Option<String>, field: &'static str) -> Result<(), ImportError> {
    match text {
        Some(value) if whole(&value, field)? > 1 => Err(ImportError::ManyOutputs { field, value }),
        _ => Ok(()),
    }
}

/// A number, or since 3.1 a list of one.
fn base_score(text: Option<String>) -> Result<f32, ImportError> {
    let field = "base_score";
    let value = text.ok_or(ImportError::Missing { field })?;
    let number = value.trim().trim_start_matches('[').trim_end_matches(']');
    if number.contains(',') {
        return Err(ImportError::ManyOutputs { field, value });
    }
    match number.trim().parse::<f32>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(ImportError::Parameter { field, value }),
    }
}

/// The matrix column of each feature of the file.
fn columns_of_features(
    names: &[String],
    num_feature: Option<String>,
    columns: &[String],
) -> Result<Vec<u32>, ImportError> {
    let n_features = num_feature.map(|text| whole(&text, "num_feature")).transpose()?;
    if names.is_empty() {
        let found = n_features.ok_or(ImportError::Missing { field: "num_feature" })?;
        if found != columns.len() {
            return Err(ImportError::ColumnCount { expected: columns.len(), found });
        }
        return Ok((0..columns.len() as u32).collect());
    }
    if let Some(n_features) = n_features
        && n_features != names.len()
    {
        return Err(ImportError::NameCount { n_names: names.len(), n_features });
    }
    let known: BTreeMap<String, u32> = order::map(columns.iter().map(|name| escaped(name)).zip(0..));
    let mut taken = vec![false; columns.len()];
    let mut column_of = Vec::with_capacity(names.len());
    for name in names {
        let column_idx = *known.get(&escaped(name)).ok_or_else(|| ImportError::UnknownColumn { name: name.clone() })?;
        if std::mem::replace(&mut taken[column_idx as usize], true) {
            return Err(ImportError::RepeatedColumn { name: name.clone() });
        }
        column_of.push(column_idx);
    }
    Ok(column_of)
}

/// One tree, its nodes numbered as [`Tree`] wants them: as in the file where that numbering will do, otherwise breadth first.
fn read_tree(tree_idx: usize, tree: &JsonTree, column_of: &[u32]) -> Result<Tree, ImportError> {
    check_arrays(tree_idx, tree)?;
    let order = reachable(tree_idx, tree)?;
    let n_nodes = tree.left_children.len();
    let keeps_numbers = order.len() == n_nodes
        && (0..n_nodes).all(|node| {
            let (left, right) = (tree.left_children[node], tree.right_children[node]);
            left < 0 || (left as usize > node && right == left + 1)
        });
    let order: Vec<Reached> = if keeps_numbers {
        let mut by_number = order;
        order::sort_by(&mut by_number, |a, b| a.node.cmp(&b.node));
        by_number
    } else {
        order
    };
    let mut number_of = vec![0_u32; n_nodes];
    for (number, reached) in (0..).zip(&order) {
        number_of[reached.node] = number;
    }
    let nodes = order.iter().map(|reached| {
        let node = reached.node;
        let not_finite = |array| ImportError::NotFinite { tree: tree_idx, node, array };
        let finite = |values: &[f64], array| {
            Some(values[node] as f32).filter(|v| v.is_finite()).ok_or_else(|| not_finite(array))
        };
        let condition = finite(&tree.split_conditions, "split_conditions")?;
        let sum_hessian = finite(&tree.sum_hessian, "sum_hessian")?;
        let gain = finite(&tree.loss_changes, "loss_changes")?;
        let is_leaf = tree.left_children[node] < 0;
        // A leaf may be empty: deployed models have been pruned and refreshed on other rows.
        if sum_hessian < 0.0 || (sum_hessian == 0.0 && !is_leaf) {
            return Err(ImportError::Cover { tree: tree_idx, node });
        }
        let kind = if is_leaf {
            NodeKind::Leaf { value: condition }
        } else {
            let feature = tree.split_indices[node];
            let column_idx = usize::try_from(feature).ok().and_then(|feature| column_of.get(feature));
            let n_features = column_of.len();
            NodeKind::Split {
                column_idx: *column_idx.ok_or(ImportError::Feature { tree: tree_idx, node, feature, n_features })?,
                threshold: condition,
                left: number_of[tree.left_children[node] as usize],
                gain,
                default_left: tree.default_left[node] != 0.0,
            }
        };
        Ok(Node {
            parent: reached.parent.map(|parent| number_of[parent]),
            sum_hessian,
            base_weight: finite(&tree.base_weights, "base_weights")?,
            kind,
        })
    });
    Ok(Tree { nodes: nodes.collect::<Result<_, _>>()? })
}

/// Refuses arrays of differing length, and what makes a tree more than numeric splits over single values.
fn check_arrays(tree_idx: usize, tree: &JsonTree) -> Result<(), ImportError> {
    at_most_one(tree.size_leaf_vector.clone(), "size_leaf_vector")?;
    let expected = tree.left_children.len();
    if expected == 0 {
        return Err(ImportError::NoNodes { tree: tree_idx });
    }
    if tree.sum_hessian.is_empty() {
        return Err(ImportError::Cover { tree: tree_idx, node: 0 });
    }
    let lengths = [
        ("base_weights", tree.base_weights.len()),
        ("default_left", tree.default_left.len()),
        ("loss_changes", tree.loss_changes.len()),
        ("parents", tree.parents.as_ref().map_or(expected, Vec::len)),
        ("right_children", tree.right_children.len()),
        ("split_conditions", tree.split_conditions.len()),
        ("split_indices", tree.split_indices.len()),
        ("split_type", tree.split_type.as_ref().map_or(expected, Vec::len)),
        ("sum_hessian", tree.sum_hessian.len()),
    ];
    if let Some(&(array, found)) = lengths.iter().find(|(_, found)| *found != expected) {
        return Err(ImportError::Length { tree: tree_idx, array, expected, found });
    }
    if tree.split_type.iter().flatten().any(|&kind| kind != 0) {
        return Err(ImportError::Categorical { tree: tree_idx });
    }
    Ok(())
}

/// A node and the one it was reached from, by the file's numbers.
struct Reached {
    node: usize,
    parent: Option<usize>,
    depth: u32,
}

/// The nodes from the root down, the children of each side by side. Refuses whatever is no tree, except nodes that pruning deleted.
fn reachable(tree_idx: usize, tree: &JsonTree) -> Result<Vec<Reached>, ImportError> {
    let n_nodes = tree.left_children.len();
    let broken = |node, reason| ImportError::NotATree { tree: tree_idx, node, reason };
    let mut seen = vec![false; n_nodes];
    let mut order = vec![Reached { node: 0, parent: None, depth: 0 }];
    seen[0] = true;
    let mut at = 0;
    while let Some(&Reached { node, depth, .. }) = order.get(at) {
        at += 1;
        let children = [tree.left_children[node], tree.right_children[node]];
        if children == [-1, -1] {
            continue;
        }
        if depth >= MOST_DEPTH {
            return Err(ImportError::TooDeep { tree: tree_idx, most: MOST_DEPTH });
        }
        for child in children {
            let child = usize::try_from(child).map_err(|_| broken(node, "has one child"))?;
            if child >= n_nodes {
                return Err(broken(node, "has a child beyond the last node"));
            }
            if std::mem::replace(&mut seen[child], true) {
                return Err(broken(child, "is reached twice"));
            }
            if tree.parents.as_ref().is_some_and(|parents| usize::try_from(parents[child]) != Ok(node)) {
                return Err(broken(child, "names another parent than the one it is a child of"));
            }
            order.push(Reached { node: child, parent: Some(node), depth: depth + 1 });
        }
    }
    // A deleted node's index is all ones, of which some versions count the bit of default_left.
    let is_deleted = |node: usize| [DELETED, i64::from(u32::MAX)].contains(&tree.split_indices[node]);
    match (0..n_nodes).find(|&node| !seen[node] && !is_deleted(node)) {
        Some(node) => Err(broken(node, "cannot be reached from the root")),
        None => Ok(order),
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
