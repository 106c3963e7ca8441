//! A model as XGBoost's JSON, which `Booster.load_model` and `XGBRegressor.load_model` read. Deliberately only what XGBoost
//! writes for trees of one output: no categories, no vector leaves.

use super::ensemble::Ensemble;
use super::objective::Objective;
use super::tree::{NodeKind, Tree};
use serde::Serialize;
use serde_json::{Value, json};

/// XGBoost's parent of a root.
const NO_PARENT: i32 = i32::MAX;

/// One tree in the arrays of XGBoost's file format. The float32 fields print as the shortest digits that read back equal.
#[derive(Serialize)]
struct JsonTree {
    base_weights: Vec<f32>,
    categories: [i32; 0],
    categories_nodes: [i32; 0],
    categories_segments: [i32; 0],
    categories_sizes: [i32; 0],
    default_left: Vec<u8>,
    id: usize,
    left_children: Vec<i32>,
    loss_changes: Vec<f32>,
    parents: Vec<i32>,
    right_children: Vec<i32>,
    /// The threshold of a split, the value of a leaf.
    split_conditions: Vec<f32>,
    split_indices: Vec<u32>,
    split_type: Vec<u8>,
    sum_hessian: Vec<f32>,
    tree_param: Value,
}

#[derive(Serialize)]
struct Model {
    gbtree_model_param: Value,
    iteration_indptr: Vec<usize>,
    tree_info: Vec<u8>,
    trees: Vec<JsonTree>,
}

#[derive(Serialize)]
struct GradientBooster {
    model: Model,
    name: &'static str,
}

#[derive(Serialize)]
struct Learner {
    attributes: Value,
    feature_names: Vec<String>,
    feature_types: Vec<&'static str>,
    gradient_booster: GradientBooster,
    learner_model_param: Value,
    objective: Value,
}

#[derive(Serialize)]
struct Document {
    learner: Learner,
    version: [u8; 3],
}

/// The model as XGBoost JSON. The parameters are kept as attributes, for people: XGBoost needs none to predict.
pub fn xgboost_json(ensemble: &Ensemble, params: &[(&str, f64)]) -> String {
    let n_columns = ensemble.feature_names.len();
    let n_trees = ensemble.trees.len();
    let attributes: Value = params.iter().map(|(name, value)| ((*name).to_owned(), json!(value.to_string()))).collect();
    let model = Model {
        gbtree_model_param: json!({ "num_parallel_tree": "1", "num_trees": n_trees.to_string() }),
        iteration_indptr: (0..=n_trees).collect(),
        tree_info: vec![0; n_trees],
        trees: ensemble.trees.iter().enumerate().map(|(id, tree)| json_tree(id, tree, n_columns)).collect(),
    };
    let learner = Learner {
        attributes,
        feature_names: ensemble.feature_names.iter().map(|name| escaped(name)).collect(),
        feature_types: vec!["float"; n_columns],
        gradient_booster: GradientBooster { model, name: "gbtree" },
        learner_model_param: json!({
            "base_score": format!("[{:E}]", ensemble.base_score), "boost_from_average": "1", "num_class": "0",
            "num_feature": n_columns.to_string(), "num_target": "1",
        }),
        objective: objective_json(ensemble.objective),
    };
    // Writing numbers and strings into a string cannot fail.
    serde_json::to_string(&Document { learner, version: [3, 2, 0] }).unwrap_or_default()
}

fn objective_json(objective: Objective) -> Value {
    let parameter = match objective {
        Objective::SquaredError => ("reg_loss_param", json!({ "scale_pos_weight": "1" })),
        Objective::Tweedie { variance_power } => {
            ("tweedie_regression_param", json!({ "tweedie_variance_power": variance_power.to_string() }))
        }
        Objective::Quantile { level } => ("quantile_loss_param", json!({ "quantile_alpha": format!("[{level}]") })),
    };
    json!({ "name": objective.name(), parameter.0: parameter.1 })
}

/// A column name without the characters that XGBoost refuses.
pub fn escaped(name: &str) -> String {
    name.replace('[', "%5B").replace(']', "%5D").replace('<', "%3C")
}

fn json_tree(id: usize, tree: &Tree, n_columns: usize) -> JsonTree {
    let n_nodes = tree.nodes.len();
    let mut out = JsonTree {
        base_weights: tree.nodes.iter().map(|node| node.base_weight).collect(),
        categories: [],
        categories_nodes: [],
        categories_segments: [],
        categories_sizes: [],
        default_left: vec![0; n_nodes],
        id,
        left_children: vec![-1; n_nodes],
        loss_changes: vec![0.0; n_nodes],
        parents: tree.nodes.iter().map(|node| node.parent.map_or(NO_PARENT, |parent| parent as i32)).collect(),
        right_children: vec![-1; n_nodes],
        split_conditions: vec![0.0; n_nodes],
        split_indices: vec![0; n_nodes],
        split_type: vec![0; n_nodes],
        sum_hessian: tree.nodes.iter().map(|node| node.sum_hessian).collect(),
        tree_param: json!({
            "num_deleted": "0", "num_feature": n_columns.to_string(), "num_nodes": n_nodes.to_string(),
            "size_leaf_vector": "1",
        }),
    };
    for (node_idx, node) in tree.nodes.iter().enumerate() {
        match node.kind {
            NodeKind::Leaf { value } => out.split_conditions[node_idx] = value,
            NodeKind::Split { column_idx, threshold, left, gain, default_left } => {
                out.default_left[node_idx] = u8::from(default_left);
                out.left_children[node_idx] = left as i32;
                out.right_children[node_idx] = left as i32 + 1;
                out.loss_changes[node_idx] = gain;
                out.split_conditions[node_idx] = threshold;
                out.split_indices[node_idx] = column_idx;
            }
        }
    }
    out
}
