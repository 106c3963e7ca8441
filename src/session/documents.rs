//! The text documents of a finished run: models, their preprocessing, the SQL of the feature views, what was attainable.

use super::attainable;
use super::store::{Store, TrainedModel};
use crate::engine::feature::sql;
use crate::engine::learn::{escaped, xgboost_json};
use crate::protocol::{Document, ObjectId};
use serde_json::json;

const FEATURE_VIEWS_SQL: &str = "sql/03_feature_views.sql";

/// What can be asked for, in the order to show.
pub fn names(store: &Store) -> Vec<String> {
    let models = store.models.keys().flat_map(|model| {
        ["json", "pipeline.json", "inputs.json"].map(|suffix| format!("models/{}.{suffix}", model.name()))
    });
    let has_views = !store.fitted.is_empty();
    let attainable = attainable::documents(store).map(|(_, name)| name);
    models.chain(has_views.then(|| FEATURE_VIEWS_SQL.to_owned())).chain(attainable).collect()
}

/// The document of that name; `None` when there is none.
pub fn write(store: &Store, name: &str) -> Option<Document> {
    let (media_type, text) = if name == FEATURE_VIEWS_SQL {
        ("application/sql", feature_views_sql(store)?)
    } else if let Some((scenario, _)) = attainable::documents(store).find(|(_, known)| known == name) {
        ("text/csv", attainable::csv(store, scenario)?)
    } else {
        let (model, suffix) = name.strip_prefix("models/")?.split_once('.')?;
        let model = store.models.get(&ObjectId::by_name(model)?)?;
        let text = match suffix {
            "json" => xgboost_json(&model.ensemble, &model.params),
            "pipeline.json" => pipeline_json(model, store),
            "inputs.json" => inputs_json(model),
            _ => return None,
        };
        ("application/json", text)
    };
    Some(Document { name: name.to_owned(), media_type: media_type.to_owned(), text })
}

fn feature_views_sql(store: &Store) -> Option<String> {
    if store.fitted.is_empty() {
        return None;
    }
    let names = sql::Names::default();
    let statements = store.views.views().iter().map(|view| sql::dynamic_table(view, &names, &store.fitted));
    Some(statements.collect::<Vec<_>>().join("\n"))
}

/// Scaler, encoder, fitted cut points and column order.
fn pipeline_json(model: &TrainedModel, store: &Store) -> String {
    let columns: Vec<String> = matrix_names(model);
    let value = json!({
        "inputs": model.preprocessing.inputs,
        "matrix_columns": columns,
        "fitted_views": store.fitted,
        "scaled": false,
    });
    format!("{value:#}")
}

fn matrix_names(model: &TrainedModel) -> Vec<String> {
    model.ensemble.feature_names.iter().map(|name| escaped(name)).collect()
}

/// From the columns of the tree model to the arguments of PREDICT.
fn inputs_json(model: &TrainedModel) -> String {
    let entries = model.preprocessing.matrix_columns().into_iter().zip(matrix_names(model));
    let entries: Vec<_> = entries
        .map(|((input, level), feature)| match level {
            Some(level) => json!({"feature": feature, "arg": input, "equals": level}),
            None => json!({"feature": feature, "arg": input}),
        })
        .collect();
    format!("{:#}", serde_json::Value::Array(entries))
}
