//! The registry as the page shows it. Deliberately no decisions beyond which present data a version fits.

use super::cards::data_of;
use crate::engine::registry::{Model, Version, facts};
use crate::protocol::{ModelCard, ObjectId, RegisteredModel, RegisteredVersion, TrainingId};
use crate::session::store::Store;
use serde_json::{Map, Value, json};

/// "V3".
pub fn name(number: u32) -> String {
    format!("V{number}")
}

/// The number in "V3"; 0, which no version has, for anything else.
pub fn number(version: &str) -> u32 {
    version.strip_prefix('V').and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// All models with their versions.
pub fn models(store: &Store) -> Vec<RegisteredModel> {
    let known = store.registry.models().filter_map(|(name, model)| Some((ObjectId::by_name(name)?, model)));
    known.map(|(object, model)| registered(object, model, store)).collect()
}

fn registered(object: ObjectId, model: &Model, store: &Store) -> RegisteredModel {
    let data = data_of(object, store);
    let version = |(&number, version): (&u32, &Version)| RegisteredVersion {
        version: name(number),
        aliases: model.aliases().iter().filter(|(_, of)| **of == number).map(|(alias, _)| alias.clone()).collect(),
        is_default: model.default_version() == Some(number),
        tags: version.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        note: version.note.clone(),
        source: version.card.source.in_words(),
        created_ms: version.card.created_ms,
        stays: model.can_delete(number).err().map(|error| error.to_string()),
        is_of_other_data: data
            .as_ref()
            .is_some_and(|(digest, views)| version.card.data_digest != *digest || version.card.views != *views),
        unfit: unfit(object, version, store),
    };
    RegisteredModel {
        model: object,
        versions: model.versions().iter().map(version).collect(),
        served_before: model.served_before().map(name),
    }
}

/// Why a version cannot predict rows of the present training set, if there is one.
pub fn unfit(model: ObjectId, version: &Version, store: &Store) -> Option<String> {
    let columns = store.datasets.get(&model.scenario())?.preprocessing.matrix_columns();
    let known = &version.ensemble.feature_names;
    let same = |(name, (input, level)): (&String, &(&str, Option<&str>))| match level {
        Some(level) => name.strip_prefix(input).and_then(|rest| rest.strip_prefix('=')) == Some(level),
        None => name == input,
    };
    if known.len() == columns.len() && known.iter().zip(&columns).all(same) {
        return None;
    }
    let differs = known.iter().zip(&columns).find(|pair| !same(*pair)).map(|(name, _)| name.as_str());
    Some(match differs {
        Some(column) => {
            format!("it was trained on other columns than the present ones; the first that differs is {column}")
        }
        None => format!("it was trained on {} columns, and there are {} now", known.len(), columns.len()),
    })
}

/// The document that holds a version's card.
pub fn card_document(id: &TrainingId) -> String {
    format!("models/{}.{}.card.json", id.model.name(), id.version)
}

pub fn card(id: TrainingId, version: &Version) -> ModelCard {
    let card = &version.card;
    let output = &card.signature.output;
    ModelCard {
        facts: facts(version).into_iter().map(|fact| (fact.name, fact.value)).collect(),
        inputs: card.signature.inputs.iter().map(|i| (i.name.clone(), i.kind.clone(), i.levels.clone())).collect(),
        output: (output.name.clone(), output.kind.clone()),
        sample: card.sample.rows.clone(),
        predictions: card.sample.predictions.iter().map(|&dollars| f64::from(dollars)).collect(),
        document: card_document(&id),
        version: id,
    }
}

/// A card as JSON, aliases, tags and note included.
pub fn card_json(object: ObjectId, version: &str, store: &Store) -> Option<String> {
    let (of, number) = (store.registry.model(object.name())?, number(version));
    let version = of.versions().get(&number)?;
    let card = &version.card;
    let map = |pairs: Vec<(&str, Value)>| -> Value {
        Value::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
    };
    let names: Vec<&str> = card.signature.inputs.iter().map(|input| input.name.as_str()).collect();
    let sample = card.sample.rows.iter().zip(&card.sample.predictions).map(|(row, prediction)| {
        let row = names.iter().copied().zip(row.iter().map(|text| json!(text)));
        map(row.chain([(card.signature.output.name.as_str(), json!(prediction))]).collect())
    });
    let sample: Vec<Value> = sample.collect();
    let parts = ["train", "validation", "test"];
    let aliases: Vec<&String> = of.aliases().iter().filter(|(_, at)| **at == number).map(|(alias, _)| alias).collect();
    let value = json!({
        "model": object.name(), "version": name(number), "aliases": aliases, "default": of.default_version() == Some(number),
        "tags": version.tags, "note": version.note, "source": card.source.in_words(), "engine": card.engine,
        "objective": version.ensemble.objective.name(),
        "params": map(card.params.iter().map(|(name, value)| (name.as_str(), json!(value))).collect()),
        "seed": card.seed, "n_trees": version.ensemble.trees.len(), "digest": version.ensemble.digest().to_string(),
        "metrics": map(parts.into_iter().zip(card.metrics.iter().map(|metrics| json!(metrics))).collect()),
        "training_data": {"table": card.table, "digest": card.data_digest, "config": card.config_key},
        "feature_views": card.views, "signature": card.signature, "sample": sample,
        "code": card.build, "created_ms": card.created_ms,
    });
    Some(format!("{value:#}"))
}
