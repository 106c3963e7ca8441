//! Trained models in versions: numbers that are never used twice, aliases that move between versions, which version serves, tags, notes,
//! and a card that says where each version comes from. Every change has an inverse ([`Change`]); a project with its registry is one file of
//! bytes ([`encode`], [`decode`]). Deliberately no place where files are kept, no clock, and no training.
//!
//! The vocabulary is that of MLflow (aliases, champion, challenger) and of Snowflake (default version, rules of names).

mod card;
mod change;
mod compare;
mod file;
mod names;
mod restore;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
mod trees;

pub use card::{Card, Input, Sample, Signature, Source, ViewMark};
pub use change::{Applied, Change, ChangeError};
pub use compare::{Fact, InputChange, changed_inputs, facts};
pub use file::{FORMAT, FileError, OwnFiles, Project, decode, encode};
pub use names::{MOST_NOTE_CHARS, NameError};
pub use restore::{Displaced, restored};

use clv_engine::learn::Ensemble;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The alias of the version that is held for the best; the first version gets it by itself.
pub const CHAMPION: &str = "champion";
/// The alias of the version that may become it.
pub const CHALLENGER: &str = "challenger";

/// All versions of all models, by the models' names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Registry {
    models: BTreeMap<String, Model>,
}

/// The versions of one model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Model {
    versions: BTreeMap<u32, Version>,
    /// The highest number ever used.
    last_number: u32,
    chips: Chips,
}

/// What points at versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chips {
    /// Number of the version by alias.
    aliases: BTreeMap<String, u32>,
    /// The versions that have served, the present one last; never the same twice in a row.
    served: Vec<u32>,
}

/// A trained model with what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    #[serde(with = "trees")]
    pub ensemble: Arc<Ensemble>,
    pub card: Card,
    pub tags: BTreeMap<String, String>,
    pub note: String,
}

impl Version {
    /// A version without tags and note.
    pub fn new(ensemble: Ensemble, card: Card) -> Self {
        Self { ensemble: Arc::new(ensemble), card, tags: BTreeMap::new(), note: String::new() }
    }
}

impl Registry {
    /// Adds a version and gives its number. The first version of a model is champion and default.
    pub fn register(&mut self, model: &str, version: Version) -> u32 {
        let model = self.models.entry(model.to_owned()).or_default();
        model.last_number += 1;
        model.versions.insert(model.last_number, version);
        if model.chips.served.is_empty() {
            model.chips.served.push(model.last_number);
            model.chips.aliases.insert(CHAMPION.to_owned(), model.last_number);
        }
        model.last_number
    }

    pub fn models(&self) -> impl Iterator<Item = (&str, &Model)> {
        self.models.iter().map(|(name, model)| (name.as_str(), model))
    }

    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.get(name)
    }

    pub fn version(&self, model: &str, number: u32) -> Option<&Version> {
        self.models.get(model)?.versions.get(&number)
    }

    /// The number that the next version of a model will have.
    pub fn next_number(&self, model: &str) -> u32 {
        self.models.get(model).map_or(1, |model| model.last_number + 1)
    }

    /// The version that predictions are asked of.
    pub fn served_version(&self, model: &str) -> Option<(u32, &Version)> {
        let model = self.models.get(model)?;
        let number = model.default_version()?;
        Some((number, model.versions.get(&number)?))
    }
}

impl Model {
    pub fn versions(&self) -> &BTreeMap<u32, Version> {
        &self.versions
    }

    pub fn aliases(&self) -> &BTreeMap<String, u32> {
        &self.chips.aliases
    }

    /// The version that serves.
    pub fn default_version(&self) -> Option<u32> {
        self.chips.served.last().copied()
    }

    /// The version that served before it.
    pub fn served_before(&self) -> Option<u32> {
        self.chips.served.iter().rev().nth(1).copied()
    }
}
