//! The text documents of a finished run: models in all versions, their preprocessing and cards, the SQL of feature views and training
//! tables, what was attainable.

use super::attainable;
use super::registry;
use super::store::{DatasetPart, Store, TrainedModel};
use crate::engine::dataset::SPLIT;
use crate::engine::feature::sql;
use crate::engine::learn::{escaped, xgboost_json};
use crate::engine::schema::{Day, tables};
use crate::protocol::{Document, ObjectId, Scenario};
use serde_json::json;

const FEATURE_VIEWS_SQL: &str = "sql/03_feature_views.sql";
const TRAINING_DATA_SQL: &str = "sql/04_training_data.sql";

/// What can be asked for, in the order to show.
pub fn names(store: &Store) -> Vec<String> {
    let models = store.models.keys().flat_map(|model| {
        ["json", "pipeline.json", "inputs.json", "card.json"].map(|suffix| format!("models/{}.{suffix}", model.name()))
    });
    let views = (!store.fitted.is_empty()).then_some(FEATURE_VIEWS_SQL);
    let training = (!store.datasets.is_empty()).then_some(TRAINING_DATA_SQL);
    let attainable = attainable::documents(store).map(|(_, name)| name);
    models.chain(views.into_iter().chain(training).map(str::to_owned)).chain(attainable).collect()
}

/// The document of that name; `None` when there is none.
pub fn write(store: &Store, name: &str) -> Option<Document> {
    let (media_type, text) = if name == FEATURE_VIEWS_SQL {
        ("application/sql", feature_views_sql(store)?)
    } else if name == TRAINING_DATA_SQL {
        ("application/sql", training_data_sql(store)?)
    } else if let Some((scenario, _)) = attainable::documents(store).find(|(_, known)| known == name) {
        ("text/csv", attainable::csv(store, scenario)?)
    } else {
        let (model, suffix) = name.strip_prefix("models/")?.split_once('.')?;
        ("application/json", of_model(ObjectId::by_name(model)?, suffix, store)?)
    };
    Some(Document { name: name.to_owned(), media_type: media_type.to_owned(), text })
}

/// A document of the run's model, or `V2.json` and `V2.card.json` of any version.
fn of_model(object: ObjectId, suffix: &str, store: &Store) -> Option<String> {
    let run = store.models.get(&object);
    match suffix {
        "json" => run.map(|model| xgboost_json(&model.ensemble, &model.params.named_values())),
        "pipeline.json" => run.map(|model| pipeline_json(model, store)),
        "inputs.json" => run.map(inputs_json),
        "card.json" => registry::card_json(object, "V1", store),
        _ => match suffix.split_once('.')? {
            (version, "card.json") => registry::card_json(object, version, store),
            (version, "json") => {
                let version = store.registry.version(object.name(), registry::number(version))?;
                let params: Vec<(&str, f64)> =
                    version.card.params.iter().map(|(name, value)| (name.as_str(), *value)).collect();
                Some(xgboost_json(&version.ensemble, &params))
            }
            _ => None,
        },
    }
}

fn feature_views_sql(store: &Store) -> Option<String> {
    if store.fitted.is_empty() {
        return None;
    }
    let names = sql::Names::default();
    let statements = store.views.views().iter().map(|view| sql::dynamic_table(view, &names, &store.fitted));
    Some(statements.collect::<Vec<_>>().join("\n"))
}

/// The training tables that the run has made, from the same definitions as the views.
fn training_data_sql(store: &Store) -> Option<String> {
    let names = sql::Names::default();
    let mut statements = Vec::new();
    for (&scenario, dataset) in store.datasets.iter().rev() {
        let (labelled, view, keys, beside, date, target): (_, _, &[&str], &[&str], _, _) = match scenario {
            Scenario::Continuous => (
                ObjectId::ProfileWithTarget.name(),
                ObjectId::DerivedFeatures.name(),
                &[tables::CUSTOMER_ID, "OBSERVATION_DATE"],
                &[tables::SIGNUP_DATE],
                "OBSERVATION_DATE",
                tables::FUTURE_12M_LTV,
            ),
            Scenario::ColdStart => (
                ObjectId::ColdstartCustomers.name(),
                ObjectId::ColdstartFeatures.name(),
                &[tables::CUSTOMER_ID],
                &[tables::SIGNUP_DATE],
                tables::SIGNUP_DATE,
                tables::ACTUAL_12M_LTV,
            ),
        };
        let days = dataset.table.days(date).ok()?;
        // A part without rows begins after every other.
        let first = |part: &DatasetPart| part.rows.iter().map(|&row| days[row as usize]).min().unwrap_or(i32::MAX / 2);
        let [_, validation, test] = &dataset.parts;
        let inputs: Vec<String> = store.inputs(scenario).iter().map(|input| input.name.to_string()).collect();
        let table = sql::TrainingTable {
            name: dataset.table.name(),
            labelled,
            keys,
            beside,
            inputs: &inputs,
            target,
            split: (SPLIT, date, [first(validation), first(test)].map(|day| Day(day).to_string())),
        };
        if scenario == Scenario::Continuous {
            statements.push(sql::spine(labelled, keys, &names));
        }
        statements.push(sql::training_table(&table, store.views.view(view)?, &names, &store.fitted));
    }
    (!statements.is_empty()).then(|| statements.join("\n"))
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
