//! What the reader has chosen and typed about versions: as fields, as what using one does, and as the question that the worker is asked
//! for it. Deliberately no rules: what may be done with a version, the worker says.

use super::{METRICS, Registry, request};
use crate::present::fields::{self, Control, Field, MODELS};
use crate::present::route::Section;
use crate::protocol::{Command, CompareRequest, ObjectId, RegisteredVersion, RegistryRequest, TrainingId};

/// The reader's choice, the same on all parts of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub model: ObjectId,
    /// The one whose card is open; empty for the one that serves.
    version: String,
    /// The two that are compared; empty for the one that serves, and for the latest other one.
    before: String,
    after: String,
    /// Place in [`METRICS`].
    pub metric: usize,
    /// An alias taken from its version, to be put on another one.
    pub carried: Option<String>,
    alias: String,
    tag: [String; 2],
    /// `None` while nothing was typed.
    note: Option<String>,
    /// An opened session file replaces a project of the same configuration that differs.
    replaces: bool,
}

impl Default for Choice {
    fn default() -> Self {
        Self {
            model: ObjectId::ContinuousModel,
            version: String::new(),
            before: String::new(),
            after: String::new(),
            metric: 0,
            carried: None,
            alias: String::new(),
            tag: Default::default(),
            note: None,
            replaces: false,
        }
    }
}

impl Choice {
    fn versions<'r>(&self, registry: &'r Registry) -> &'r [RegisteredVersion] {
        registry.model(self.model).map_or(&[], |model| &model.versions)
    }

    fn find<'r>(&self, registry: &'r Registry, name: &str) -> Option<&'r RegisteredVersion> {
        self.versions(registry).iter().find(|version| version.version == name)
    }

    /// The version whose card is open: the one chosen, else the one that serves.
    pub fn version<'r>(&self, registry: &'r Registry) -> Option<&'r RegisteredVersion> {
        let serves = || self.versions(registry).iter().find(|version| version.is_default);
        self.find(registry, &self.version).or_else(serves)
    }

    /// Its id.
    pub fn id(&self, registry: &Registry) -> Option<TrainingId> {
        Some(TrainingId { model: self.model, version: self.version(registry)?.version.clone() })
    }

    /// The two versions that are compared, once there are two.
    pub fn compared(&self, registry: &Registry) -> Option<CompareRequest> {
        let versions = self.versions(registry);
        let before = self.find(registry, &self.before).or(versions.iter().find(|version| version.is_default))?;
        let is_other = |version: &&RegisteredVersion| version.version != before.version;
        let chosen = self.find(registry, &self.after).filter(is_other);
        let after = chosen.or_else(|| versions.iter().rev().find(is_other))?;
        Some(CompareRequest { model: self.model, before: before.version.clone(), after: after.version.clone() })
    }

    /// What the worker has to be asked for the part of the page that is shown.
    pub fn question(&self, registry: &Registry, section: Option<Section>) -> Option<Command> {
        match section? {
            Section::Registry => Some(Command::Registry(RegistryRequest::Card(self.id(registry)?))),
            Section::Compare => Some(Command::Compare(self.compared(registry)?)),
            _ => None,
        }
    }

    /// Using a field, a chip or a button: changes the choice, and perhaps asks for something.
    pub fn act(&mut self, registry: &Registry, id: &str, value: &str) -> Option<Command> {
        match id {
            "version" => {
                value.clone_into(&mut self.version);
                self.note = None;
            }
            "before" => value.clone_into(&mut self.before),
            "after" => value.clone_into(&mut self.after),
            "metric" => self.metric = METRICS.iter().position(|(name, _)| *name == value).unwrap_or(0),
            "replaces" => self.replaces = !self.replaces,
            "carry" => self.carried = Some(value.to_owned()).filter(|alias| self.carried.as_ref() != Some(alias)),
            "drop" => self.carried = None,
            "put" => {
                let (alias, version) =
                    (self.carried.take()?, TrainingId { model: self.model, version: value.to_owned() });
                return request(&version, "alias", &alias);
            }
            "alias" => value.clone_into(&mut self.alias),
            "key" => value.clone_into(&mut self.tag[0]),
            "value" => value.clone_into(&mut self.tag[1]),
            "note" => self.note = Some(value.to_owned()),
            other => return self.ask(registry, other, value),
        }
        None
    }

    fn ask(&mut self, registry: &Registry, id: &str, value: &str) -> Option<Command> {
        if let Some(model) = MODELS.into_iter().find(|model| model.name() == id) {
            *self = Self { model, metric: self.metric, replaces: self.replaces, ..Self::default() };
            return None;
        }
        let version = self.id(registry);
        let (control, text) = match id {
            "set-alias" => ("alias", std::mem::take(&mut self.alias)),
            "set-tag" => {
                let [key, value] = std::mem::take(&mut self.tag);
                ("tag", format!("{}={}", key.trim(), value.trim()))
            }
            "set-note" => ("note", self.note.take()?),
            other => (other, value.to_owned()),
        };
        // What belongs to no version is asked for without one.
        request(
            &version.unwrap_or_else(|| TrainingId { model: self.model, version: String::new() }),
            control,
            text.trim(),
        )
    }

    /// One button a model.
    pub fn models(&self) -> Vec<Field> {
        fields::models(self.model)
    }

    /// Aliases, tags and the note of the open version.
    pub fn marks(&self, registry: &Registry) -> Vec<Field> {
        let Some(version) = self.version(registry) else { return Vec::new() };
        let key = self.tag[0].trim();
        let note = self.note.as_ref().unwrap_or(&version.note);
        vec![
            Field::new("alias", "Another alias", Control::Text, self.alias.as_str()),
            Field::button("set-alias", "Put it on this version", self.alias.trim().is_empty()),
            Field::new("key", "Tag", Control::Text, self.tag[0].as_str()),
            Field::new("value", "Its value", Control::Text, self.tag[1].as_str()),
            Field::button("set-tag", "Set the tag", key.is_empty()),
            Field::new("note", "Note", Control::Text, note.as_str()),
            Field::button("set-note", "Save the note", self.note.as_ref().is_none_or(|note| *note == version.note)),
        ]
    }

    /// Which two versions are compared.
    pub fn pair(&self, registry: &Registry) -> Vec<Field> {
        let Some(found) = self.compared(registry) else { return Vec::new() };
        let names = |except: &str| -> Vec<String> {
            let versions = self.versions(registry).iter().map(|version| version.version.clone());
            versions.filter(|name| name != except).collect()
        };
        vec![
            Field::new("before", "Version", Control::Select(names("")), found.before.as_str()),
            Field::new("after", "Held against", Control::Select(names(&found.before)), found.after.as_str()),
        ]
    }

    /// By which metric versions stand beside each other.
    pub fn metrics(&self) -> Vec<Field> {
        let names = METRICS.iter().map(|(name, _)| (*name).to_owned()).collect();
        vec![Field::new("metric", "Metric", Control::Select(names), METRICS[self.metric].0)]
    }

    /// Saving the project, and how a file is opened.
    pub fn session(&self, registry: &Registry) -> Vec<Field> {
        let replace = "Opening replaces what differs";
        vec![
            Field::button("save", "Save session", registry.view.models.is_empty()),
            Field { is_pressed: Some(self.replaces), ..Field::button("replaces", replace, false) },
        ]
    }

    /// A session file that was read.
    pub fn open(&self, file: String, bytes: Vec<u8>) -> Command {
        Command::Registry(RegistryRequest::LoadSession { file, bytes, replaces: self.replaces })
    }
}
