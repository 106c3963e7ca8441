//! Changes of a registry, each with its inverse, so that undo and redo need no knowledge of what was done. Deliberately without the adding
//! of versions: a number is used once and never taken back.

use super::card::Source;
use super::names::{self, MOST_ALIASES, MOST_TAGS, NameError};
use super::{CHAMPION, Chips, Model, Registry, Version};

/// So many versions can be rolled back to, one after the other.
const MOST_SERVED: usize = 100;

/// A change to the versions of one model.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Puts an alias on a version, taking it from wherever it was.
    SetAlias {
        alias: String,
        version: u32,
    },
    RemoveAlias {
        alias: String,
    },
    /// Lets a version serve; the champion stays.
    SetDefault {
        version: u32,
    },
    /// Makes a version champion and lets it serve.
    Promote {
        version: u32,
    },
    /// Promotes the version that served before the present one, which is then forgotten as one that served.
    RollBack,
    SetTag {
        version: u32,
        key: String,
        value: String,
    },
    RemoveTag {
        version: u32,
        key: String,
    },
    SetNote {
        version: u32,
        note: String,
    },
    /// Takes a version away with its aliases. The default version and the champion are refused, and so is the run's own.
    Delete {
        version: u32,
    },
    /// Undoes a deletion.
    Restore {
        version: u32,
        content: Box<Version>,
        chips: Chips,
    },
    /// Undoes whatever moved chips.
    Place {
        chips: Chips,
    },
}

/// A change that was carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    pub inverse: Change,
    /// "promote V3".
    pub label: String,
}

/// Why a change is refused; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    #[error("there is no model called {0}")]
    NoModel(String),
    #[error("there is no version V{0}; it was deleted, or never made")]
    NoVersion(u32),
    #[error("there is no alias called {0}")]
    NoAlias(String),
    #[error("V{version} has no tag called {key}")]
    NoTag { version: u32, key: String },
    #[error("to {0} would change nothing")]
    AlreadySo(String),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error("there are {most} {what} already; remove one first")]
    TooMany { what: &'static str, most: usize },
    #[error("V{0} is the default version, which serves; promote another version first")]
    Serves(u32),
    #[error("V{0} is the champion; put that alias on another version first")]
    IsChampion(u32),
    #[error(
        "V{0} is the run's own model: the tables of predictions name it, and the same configuration makes it again"
    )]
    OfTheRun(u32),
    #[error("no other version has served before; promote one first")]
    NothingBefore,
    #[error("V{0} exists")]
    Exists(u32),
}

impl Registry {
    /// Carries a change out, or refuses it and changes nothing.
    pub fn apply(&mut self, model: &str, change: Change) -> Result<Applied, ChangeError> {
        let of = self.models.get_mut(model).ok_or_else(|| ChangeError::NoModel(model.to_owned()))?;
        of.apply(change)
    }
}

impl Model {
    fn apply(&mut self, change: Change) -> Result<Applied, ChangeError> {
        match change {
            Change::SetAlias { alias, version } => self.set_alias(&alias, version),
            Change::RemoveAlias { alias } => {
                let mut chips = self.chips.clone();
                let alias = alias.trim().to_ascii_lowercase();
                chips.aliases.remove(&alias).ok_or(ChangeError::NoAlias(alias.clone()))?;
                self.place(chips, format!("remove the alias {alias}"))
            }
            Change::SetDefault { version } => {
                let chips = self.serving(version)?;
                self.place(chips, format!("let V{version} serve"))
            }
            Change::Promote { version } => {
                let mut chips = self.serving(version)?;
                chips.aliases.insert(CHAMPION.to_owned(), version);
                self.place(chips, format!("promote V{version}"))
            }
            Change::RollBack => {
                let version = self.served_before().ok_or(ChangeError::NothingBefore)?;
                let mut chips = self.chips.clone();
                chips.served.pop();
                chips.aliases.insert(CHAMPION.to_owned(), version);
                self.place(chips, format!("roll back to V{version}"))
            }
            Change::SetTag { version, key, value } => self.set_tag(version, &key, &value),
            Change::RemoveTag { version, key } => {
                let removed = self.version_mut(version)?.tags.remove(&key);
                let value = removed.ok_or_else(|| ChangeError::NoTag { version, key: key.clone() })?;
                let label = format!("remove the tag {key} of V{version}");
                Ok(Applied { inverse: Change::SetTag { version, key, value }, label })
            }
            Change::SetNote { version, note } => {
                let note = names::note(&note)?;
                let known = &mut self.version_mut(version)?.note;
                let label = format!("change the note on V{version}");
                if *known == note {
                    return Err(ChangeError::AlreadySo(label));
                }
                let before = std::mem::replace(known, note);
                Ok(Applied { inverse: Change::SetNote { version, note: before }, label })
            }
            Change::Delete { version } => self.delete(version),
            Change::Restore { version, content, chips } => self.restore(version, *content, chips),
            Change::Place { chips } => self.place(chips, "move the aliases".to_owned()),
        }
    }

    fn version_mut(&mut self, version: u32) -> Result<&mut Version, ChangeError> {
        self.versions.get_mut(&version).ok_or(ChangeError::NoVersion(version))
    }

    /// The chips with a version serving.
    fn serving(&mut self, version: u32) -> Result<Chips, ChangeError> {
        self.version_mut(version)?;
        let mut chips = self.chips.clone();
        if chips.served.last() != Some(&version) {
            chips.served.push(version);
            chips.served.drain(..chips.served.len().saturating_sub(MOST_SERVED));
        }
        Ok(chips)
    }

    fn set_alias(&mut self, alias: &str, version: u32) -> Result<Applied, ChangeError> {
        let alias = names::alias(alias)?;
        self.version_mut(version)?;
        let mut chips = self.chips.clone();
        if chips.aliases.insert(alias.clone(), version).is_none() && chips.aliases.len() > MOST_ALIASES {
            return Err(ChangeError::TooMany { what: "aliases", most: MOST_ALIASES });
        }
        self.place(chips, format!("put {alias} on V{version}"))
    }

    /// Replaces the chips; they may only point at versions that exist.
    fn place(&mut self, chips: Chips, label: String) -> Result<Applied, ChangeError> {
        if self.chips == chips {
            return Err(ChangeError::AlreadySo(label));
        }
        let pointed = chips.aliases.values().chain(&chips.served);
        if let Some(gone) = pointed.copied().find(|version| !self.versions.contains_key(version)) {
            return Err(ChangeError::NoVersion(gone));
        }
        let chips = std::mem::replace(&mut self.chips, chips);
        Ok(Applied { inverse: Change::Place { chips }, label })
    }

    fn set_tag(&mut self, version: u32, key: &str, value: &str) -> Result<Applied, ChangeError> {
        let (key, value) = (names::tag_key(key)?, names::tag_value(value)?);
        let tags = &mut self.version_mut(version)?.tags;
        if !tags.contains_key(&key) && tags.len() >= MOST_TAGS {
            return Err(ChangeError::TooMany { what: "tags", most: MOST_TAGS });
        }
        let label = format!("tag V{version} with {key}");
        let inverse = match tags.insert(key.clone(), value.clone()) {
            Some(before) if before == value => return Err(ChangeError::AlreadySo(label)),
            Some(before) => Change::SetTag { version, key, value: before },
            None => Change::RemoveTag { version, key },
        };
        Ok(Applied { inverse, label })
    }

    fn delete(&mut self, version: u32) -> Result<Applied, ChangeError> {
        self.can_delete(version)?;
        let content = self.versions.remove(&version).ok_or(ChangeError::NoVersion(version))?;
        let chips = self.chips.clone();
        self.chips.aliases.retain(|_, of| *of != version);
        self.chips.served.retain(|of| *of != version);
        self.chips.served.dedup();
        let inverse = Change::Restore { version, content: Box::new(content), chips };
        Ok(Applied { inverse, label: format!("delete V{version}") })
    }

    /// Why a version must stay, if it must.
    pub fn can_delete(&self, version: u32) -> Result<(), ChangeError> {
        let content = self.versions.get(&version).ok_or(ChangeError::NoVersion(version))?;
        if matches!(content.card.source, Source::Run { .. }) {
            return Err(ChangeError::OfTheRun(version));
        }
        if self.default_version() == Some(version) {
            return Err(ChangeError::Serves(version));
        }
        if self.chips.aliases.get(CHAMPION) == Some(&version) {
            return Err(ChangeError::IsChampion(version));
        }
        Ok(())
    }

    fn restore(&mut self, version: u32, content: Version, chips: Chips) -> Result<Applied, ChangeError> {
        if version > self.last_number {
            return Err(ChangeError::NoVersion(version));
        }
        if self.versions.contains_key(&version) {
            return Err(ChangeError::Exists(version));
        }
        self.versions.insert(version, content);
        self.chips = chips;
        Ok(Applied { inverse: Change::Delete { version }, label: format!("restore V{version}") })
    }
}
