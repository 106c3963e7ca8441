//! One project: what its run has made, what is kept of it, what was changed since, and which of both goes on where they disagree.
//! Deliberately without the keeper; what has to be written is handed out.

use super::keeper::{KeeperRequest, Record};
use super::views;
use crate::engine::registry::{Change, ChangeError, Displaced, FileError, OwnFiles, Project, Registry};
use crate::engine::registry::{decode, encode, restored};
use crate::engine::table::Digest;
use crate::protocol::{Event, Keeping, ObjectId, OwnDataInUse, Problem, RegistryView, RunConfig, TrainingId};
use crate::session::store::Store;
use crate::session::summaries;

/// So many changes can be undone.
const MOST_STEPS: usize = 200;

pub struct Open {
    /// But for its registry, which is the store's.
    pub project: Project,
    pub file_name: String,
    /// The versions of the run, once it is over.
    fresh: Option<Registry>,
    /// The keeper has answered.
    is_fetched: bool,
    found: Option<Record>,
    held: Option<Held>,
    /// Of what is kept and was read or written here; 0 = nothing is kept.
    revision: u64,
    /// Something has changed since the last write was begun.
    pub is_dirty: bool,
    is_writing: bool,
    undo: Vec<Step>,
    redo: Vec<Step>,
    remarks: Vec<String>,
}

/// What is kept and was not taken over.
struct Held {
    why: String,
    record: Record,
    /// `None` where it cannot be read.
    project: Option<Project>,
}

/// A change and how it is taken back.
struct Step {
    model: String,
    label: String,
    inverse: Change,
}

/// Every version.
pub fn ids(registry: &Registry) -> Vec<TrainingId> {
    let of = |(name, model): (&str, &crate::engine::registry::Model)| {
        let object = ObjectId::by_name(name)?;
        let ids = model.versions().keys().map(|&number| TrainingId { model: object, version: views::name(number) });
        Some(ids.collect::<Vec<_>>())
    };
    registry.models().filter_map(of).flatten().collect()
}

/// What never changes of some versions.
pub fn trainings(store: &Store, is_new: impl Fn(&TrainingId) -> bool) -> Vec<Event> {
    let event = |id: TrainingId| {
        let version = store.registry.version(id.model.name(), views::number(&id.version))?;
        Some(Event::TrainingReady(Box::new(summaries::training(id, version))))
    };
    ids(&store.registry).into_iter().filter(is_new).filter_map(event).collect()
}

impl Open {
    pub fn new(config: &RunConfig, own: Option<&OwnDataInUse>) -> Self {
        let recipe = format!("{}&run={}", config.to_query(), config.scope.word());
        let own = own.map(|own| OwnFiles {
            files: own.source.files.iter().map(|file| (file.name.clone(), file.digest.clone())).collect(),
            horizon_days: own.horizon_days,
        });
        let files = own.iter().flat_map(|own| &own.files);
        let digests: String = files.clone().map(|(_, digest)| format!("\n{digest}")).collect();
        let horizon = own.as_ref().map_or(0, |own| own.horizon_days);
        let key = Digest::of_bytes(format!("{recipe}{digests}\n{horizon}").as_bytes()).to_string();
        let (title, file_name) = match &own {
            Some(_) => {
                let names: Vec<&str> = files.map(|(name, _)| name.as_str()).collect();
                (format!("own data: {}", names.join(", ")), "clv-lab-own-data.clvlab".to_owned())
            }
            None => (recipe.trim_start_matches('?').replace('&', " "), format!("clv-lab-{}.clvlab", config.seed)),
        };
        Self {
            project: Project { key, recipe, title, own, registry: Registry::default() },
            file_name,
            fresh: None,
            is_fetched: false,
            found: None,
            held: None,
            revision: 0,
            is_dirty: false,
            is_writing: false,
            undo: Vec::new(),
            redo: Vec::new(),
            remarks: Vec::new(),
        }
    }

    pub fn run_ended(&mut self, registry: &Registry) {
        self.fresh = Some(registry.clone());
    }

    /// Takes the keeper's first answer.
    pub fn fetched(&mut self, found: Option<Record>) {
        if !self.is_fetched {
            (self.is_fetched, self.found) = (true, found);
        }
    }

    /// Another keeper, which has nothing yet, gets everything.
    pub fn keeper_lost(&mut self) {
        self.is_dirty |= self.revision > 0 || self.is_writing;
        (self.is_fetched, self.is_writing, self.held, self.revision) = (false, false, None, 0);
    }

    /// With its registry, as a file holds it.
    pub fn bytes(&self, registry: &Registry) -> Result<Vec<u8>, FileError> {
        encode(&Project { registry: registry.clone(), ..self.project.clone() })
    }

    /// Carries a change out and remembers how it is taken back.
    pub fn change(&mut self, model: &str, change: Change, registry: &mut Registry) -> Result<(), ChangeError> {
        let applied = registry.apply(model, change)?;
        let label = format!("{} of {model}", applied.label);
        self.undo.push(Step { model: model.to_owned(), label, inverse: applied.inverse });
        self.undo.drain(..self.undo.len().saturating_sub(MOST_STEPS));
        self.redo.clear();
        self.is_dirty = true;
        Ok(())
    }

    /// Undoes the last change, or does the one undone last again; `None` where there is none.
    pub fn step_back(&mut self, again: bool, registry: &mut Registry) -> Option<Result<(), ChangeError>> {
        let (from, to) = if again { (&mut self.redo, &mut self.undo) } else { (&mut self.undo, &mut self.redo) };
        let step = from.pop()?;
        Some(registry.apply(&step.model, step.inverse).map(|applied| {
            to.push(Step { inverse: applied.inverse, model: step.model, label: step.label });
            self.is_dirty = true;
        }))
    }

    /// Takes what is kept over, once the run is over and the keeper has answered; what was changed meanwhile is not given up for it.
    pub fn bring_together(&mut self, store: &mut Store) -> Vec<Event> {
        let Some(record) = self.found.take_if(|_| self.fresh.is_some()) else { return Vec::new() };
        match decode(&record.bytes) {
            Ok(project) if !self.is_dirty => {
                self.revision = record.revision;
                self.adopt(project, store)
            }
            Ok(project) => {
                let why = "Versions were changed here before the kept ones could be read.";
                vec![self.hold(why.to_owned(), record, Some(project))]
            }
            Err(error) => {
                let why = format!("What this browser keeps of this project cannot be used: {error}.");
                vec![self.hold(why, record, None)]
            }
        }
    }

    fn hold(&mut self, why: String, record: Record, project: Option<Project>) -> Event {
        let remedy = match &project {
            Some(_) => {
                "Choose in the registry which of both goes on, before the next run; each can be saved as a file."
            }
            None => {
                "Save it as a file in the registry, then let what is on the screen replace it, before the next run."
            }
        };
        let problem = Problem::new("Changes to the registry are not kept for now.", &why, remedy);
        self.held = Some(Held { why, record, project });
        Event::NotKept(problem)
    }

    /// What is kept and was not taken over.
    pub fn held_bytes(&self) -> Option<&[u8]> {
        self.held.as_ref().map(|held| held.record.bytes.as_slice())
    }

    /// Ends a disagreement; `None` where there is none, or what should go on cannot be read.
    pub fn settle(&mut self, takes_kept: bool, store: &mut Store) -> Option<Vec<Event>> {
        let held = self.held.take_if(|held| !takes_kept || held.project.is_some())?;
        self.revision = held.record.revision;
        match held.project {
            Some(project) if takes_kept => Some(self.adopt(project, store)),
            _ => {
                self.is_dirty = true;
                Some(Vec::new())
            }
        }
    }

    /// The versions of the run with those of another state of the project; nothing that was changed here before stays. All that are not
    /// the run's come again as trainings.
    pub fn adopt(&mut self, project: Project, store: &mut Store) -> Vec<Event> {
        let fresh = self.fresh.clone().unwrap_or_default();
        let (registry, displaced) = restored(project.registry, &fresh);
        store.registry = registry;
        (self.undo, self.redo, self.is_dirty) = (Vec::new(), Vec::new(), !displaced.is_empty());
        let made = ids(&fresh);
        let events = trainings(store, |id| !made.contains(id));
        self.remarks = remarks(&displaced, events.len(), store);
        events
    }

    /// True where taking another state over would lose something.
    pub fn would_lose(&self, project: &Project, registry: &Registry) -> bool {
        let fresh = self.fresh.as_ref();
        fresh != Some(registry) && fresh.is_none_or(|fresh| restored(project.registry.clone(), fresh).0 != *registry)
    }

    /// True once the run is over.
    pub fn is_at_rest(&self) -> bool {
        self.fresh.is_some()
    }

    /// What has to be written now: one write at a time, and none over what was not read.
    pub fn write(&mut self, registry: &Registry) -> Option<KeeperRequest> {
        let is_free = self.is_fetched && self.found.is_none() && self.held.is_none() && !self.is_writing;
        if !is_free || !self.is_dirty {
            return None;
        }
        // Plain values in memory can always be written.
        let bytes = self.bytes(registry).ok()?;
        (self.is_dirty, self.is_writing) = (false, true);
        let (key, title) = (self.project.key.clone(), self.project.title.clone());
        Some(KeeperRequest::Keep { key, title, replaces: self.revision, bytes })
    }

    /// What is still to be written when nobody will wait for the write under way, which makes the next revision.
    pub fn last_write(mut self, registry: &Registry) -> Option<KeeperRequest> {
        self.revision += u64::from(std::mem::take(&mut self.is_writing));
        self.write(registry)
    }

    pub fn written(&mut self, revision: u64) {
        (self.is_writing, self.revision) = (false, revision);
    }

    /// Another page has written since this one read.
    pub fn overtaken(&mut self, record: Record) -> Event {
        (self.is_writing, self.is_dirty) = (false, true);
        match decode(&record.bytes) {
            Ok(project) => {
                let why = "Another tab or window has changed this project since it was opened here.";
                self.hold(why.to_owned(), record, Some(project))
            }
            Err(error) => {
                self.hold(format!("What this browser keeps of this project cannot be used: {error}."), record, None)
            }
        }
    }

    /// As the page shows it; `memory` says why changes are only remembered, where they are.
    pub fn view(&self, memory: Option<&str>, store: &Store) -> RegistryView {
        let label = |steps: &[Step]| steps.last().map(|step| step.label.clone());
        let keeping = match (&self.held, memory) {
            (Some(held), _) => Keeping::Suspended { why: held.why.clone(), is_readable: held.project.is_some() },
            (None, Some(why)) => Keeping::Memory { why: why.to_owned() },
            (None, None) if !self.is_fetched => Keeping::Opening,
            (None, None) => Keeping::Browser,
        };
        RegistryView {
            models: views::models(store),
            undo: label(&self.undo),
            redo: label(&self.redo),
            keeping,
            remarks: self.remarks.clone(),
        }
    }
}

/// What came of bringing both together, in sentences.
fn remarks(displaced: &[Displaced], n_back: usize, store: &Store) -> Vec<String> {
    let mut remarks: Vec<String> = displaced
        .iter()
        .map(|Displaced { model, from, to, build }| {
            format!("The run makes another V{from} of {model} than the build {build} did, whose V{from} is now V{to}.")
        })
        .collect();
    if n_back > 0 {
        let versions = if n_back == 1 { "version was" } else { "versions were" };
        remarks.push(format!("{n_back} kept {versions} brought back."));
    }
    for model in views::models(store) {
        let names = |is: fn(&crate::protocol::RegisteredVersion) -> bool| -> Vec<&str> {
            model.versions.iter().filter(|version| is(version)).map(|version| version.version.as_str()).collect()
        };
        let other = names(|version| version.is_of_other_data);
        if !other.is_empty() {
            remarks.push(format!(
                "Of {}, {} stood on other data than this run’s: the code that makes the data or the features has changed.",
                model.model.name(),
                other.join(", ")
            ));
        }
        if let [version] = names(|version| version.is_default && version.unfit.is_some())[..] {
            remarks.push(format!(
                "{version} of {} is the default and cannot predict the present rows; promote another version.",
                model.model.name()
            ));
        }
    }
    remarks
}
