//! Kept versions brought together with what a run has just made again. Deliberately no judgement about data: a version of other rows is
//! kept like any other.

use super::{Registry, Source};

/// A kept version whose number a version of the run has; it has another number now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Displaced {
    pub model: String,
    pub from: u32,
    pub to: u32,
    /// The build that made it.
    pub build: String,
}

/// The kept registry, with the versions of the run in their places. Where the run has made the kept version again, to the bit, its tags
/// and note stay with it; where it made another one, the kept one goes on, tags and note included, under the next number. Aliases and
/// the default stay on the numbers that they are on.
pub fn restored(kept: Registry, fresh: &Registry) -> (Registry, Vec<Displaced>) {
    let mut registry = kept;
    let mut displaced = Vec::new();
    for (name, model) in &fresh.models {
        let Some(known) = registry.models.get_mut(name) else {
            registry.models.insert(name.clone(), model.clone());
            continue;
        };
        for (&number, version) in &model.versions {
            let mut version = version.clone();
            if let Some(mut before) = known.versions.remove(&number) {
                if before.ensemble.digest() == version.ensemble.digest() {
                    (version.tags, version.note) = (before.tags, before.note);
                } else {
                    known.last_number += 1;
                    let (model, build) = (name.clone(), before.card.build.clone());
                    displaced.push(Displaced { model, from: number, to: known.last_number, build });
                    before.card.source = Source::EarlierRun;
                    known.versions.insert(known.last_number, before);
                }
            }
            known.last_number = known.last_number.max(number);
            known.versions.insert(number, version);
        }
        if known.chips.served.is_empty() {
            known.chips = model.chips.clone();
        }
    }
    (registry, displaced)
}
