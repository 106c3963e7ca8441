//! The project on the screen: changes to its registry with undo and redo, and its keeping. What a run trains is put together with what is
//! kept of the same configuration when the run ends; every change after that is written. Nothing kept is overwritten unless it was read
//! here, or the reader said so. Deliberately nothing of it enters the run's report.

mod cards;
mod keeper;
mod load;
mod open;
mod views;

pub(super) use cards::{Fit, register};
pub use keeper::{KeeperAnswer, KeeperRequest, Kept, Listed, Memory, Record};
pub(super) use views::{card_json, number};

use super::store::Store;
use crate::engine::registry::{Change, Project};
use crate::protocol::{
    Event, Keeping, KeptProject, ObjectId, OwnDataInUse, Problem, RegistryRequest, RunConfig, RunScope, TrainingId,
};
use open::Open;

/// Where changes go.
enum Keeper {
    /// Somebody outside is asked.
    Host,
    /// As long as the session lives; with the reason where it should be otherwise.
    Memory { memory: Memory, why: String },
}

impl Default for Keeper {
    fn default() -> Self {
        Self::Memory { memory: Memory::default(), why: "This session has nowhere to keep a project.".to_owned() }
    }
}

/// A session file on its way to the keeper.
struct Loading {
    project: Project,
    bytes: Vec<u8>,
    replaces: bool,
    /// It was asked for, and may be written.
    is_writing: bool,
}

/// The project on the screen and its keeper.
#[derive(Default)]
pub(super) struct Projects {
    keeper: Keeper,
    requests: Vec<KeeperRequest>,
    open: Option<Open>,
    loading: Option<Loading>,
}

impl Projects {
    /// Changes are kept by whoever takes the requests.
    pub fn kept_by_host() -> Self {
        Self { keeper: Keeper::Host, ..Self::default() }
    }

    /// Nothing is on the screen any more; what is kept stays kept, and what waits for an earlier write is written behind it.
    pub fn close(&mut self, store: &mut Store) {
        if let Some(request) = self.open.take().and_then(|open| open.last_write(&store.registry)) {
            self.ask(request, store);
        }
    }

    pub fn take_requests(&mut self) -> Vec<KeeperRequest> {
        std::mem::take(&mut self.requests)
    }

    /// A run begins after the last project was closed: what is kept of its configuration is asked for. Its key is the store's from now on.
    pub fn begin(&mut self, config: &RunConfig, own: Option<&OwnDataInUse>, store: &mut Store) -> Vec<Event> {
        if config.scope < RunScope::Train {
            return Vec::new();
        }
        let open = Open::new(config, own);
        let key = open.project.key.clone();
        store.config_key.clone_from(&key);
        self.open = Some(open);
        self.ask(KeeperRequest::Fetch { key }, store)
    }

    /// The run is over, whatever its end.
    pub fn end(&mut self, store: &mut Store) -> Vec<Event> {
        let Some(open) = &mut self.open else { return Vec::new() };
        open.run_ended(&store.registry);
        self.bring_together(store)
    }

    /// A version was added beside the run.
    pub fn added(&mut self, store: &mut Store) -> Vec<Event> {
        if let Some(open) = &mut self.open {
            open.is_dirty = true;
        }
        self.shown_and_written(store)
    }

    pub fn handle(&mut self, request: RegistryRequest, is_running: bool, store: &mut Store) -> Vec<Event> {
        match request {
            RegistryRequest::Card(id) => vec![card(id, store)],
            RegistryRequest::SaveSession => vec![self.save(store)],
            RegistryRequest::LoadSession { file, bytes, replaces } => self.load(&file, bytes, replaces, store),
            RegistryRequest::ListProjects => self.ask(KeeperRequest::List, store),
            RegistryRequest::ForgetProject { key } => self.ask(KeeperRequest::Remove { key }, store),
            RegistryRequest::ExportKept => vec![self.export_kept()],
            _ if is_running => {
                vec![refused("The pipeline is running.", "Wait until it is done, or cancel it.")]
            }
            RegistryRequest::Settle(choice) => self.settle(choice, store),
            RegistryRequest::Undo => self.step_back(false, store),
            RegistryRequest::Redo => self.step_back(true, store),
            RegistryRequest::SetAlias { version, alias } => {
                let change = Change::SetAlias { alias, version: number(&version.version) };
                self.change(version.model, change, store)
            }
            RegistryRequest::RemoveAlias { model, alias } => self.change(model, Change::RemoveAlias { alias }, store),
            RegistryRequest::SetDefault(id) => {
                self.serve(&id, Change::SetDefault { version: number(&id.version) }, store)
            }
            RegistryRequest::Promote(id) => self.serve(&id, Change::Promote { version: number(&id.version) }, store),
            RegistryRequest::RollBack(model) => self.change(model, Change::RollBack, store),
            RegistryRequest::SetTag { version, key, value } => {
                let change = Change::SetTag { version: number(&version.version), key, value };
                self.change(version.model, change, store)
            }
            RegistryRequest::RemoveTag { version, key } => {
                self.change(version.model, Change::RemoveTag { version: number(&version.version), key }, store)
            }
            RegistryRequest::SetNote { version, note } => {
                self.change(version.model, Change::SetNote { version: number(&version.version), note }, store)
            }
            RegistryRequest::Delete(id) => {
                self.change(id.model, Change::Delete { version: number(&id.version) }, store)
            }
        }
    }

    /// A version that cannot predict the present rows does not begin to serve.
    fn serve(&mut self, id: &TrainingId, change: Change, store: &mut Store) -> Vec<Event> {
        let version = store.registry.version(id.model.name(), number(&id.version));
        match version.and_then(|version| views::unfit(id.model, version, store)) {
            Some(why) => vec![refused(
                &format!("{} cannot serve: {why}.", id.version),
                "Train a version on the present data and promote that one.",
            )],
            None => self.change(id.model, change, store),
        }
    }

    fn change(&mut self, model: ObjectId, change: Change, store: &mut Store) -> Vec<Event> {
        let Some(open) = &mut self.open else {
            return vec![refused("There is no model yet.", "Run the pipeline first.")];
        };
        match open.change(model.name(), change, &mut store.registry) {
            Ok(()) => self.shown_and_written(store),
            Err(error) => vec![refused(&super::lab::sentence(&error.to_string()), "")],
        }
    }

    fn step_back(&mut self, again: bool, store: &mut Store) -> Vec<Event> {
        let before = open::ids(&store.registry);
        let done = self.open.as_mut().and_then(|open| open.step_back(again, &mut store.registry));
        match done {
            Some(Ok(())) => {
                let mut events = open::trainings(store, |id| !before.contains(id));
                events.extend(self.shown_and_written(store));
                events
            }
            Some(Err(error)) => vec![refused(&super::lab::sentence(&error.to_string()), "")],
            None if again => vec![refused("Nothing was undone.", "")],
            None => vec![refused("Nothing was changed that could be undone.", "")],
        }
    }

    /// What is kept and what the run has made, once both are here.
    fn bring_together(&mut self, store: &mut Store) -> Vec<Event> {
        let Some(open) = &mut self.open else { return Vec::new() };
        let mut events = open.bring_together(store);
        events.extend(self.shown_and_written(store));
        events
    }

    fn shown_and_written(&mut self, store: &mut Store) -> Vec<Event> {
        let Some(open) = &mut self.open else { return Vec::new() };
        let write = open.write(&store.registry);
        let memory = match &self.keeper {
            Keeper::Host => None,
            Keeper::Memory { why, .. } => Some(why.as_str()),
        };
        let view = open.view(memory, store);
        let is_empty = view.models.is_empty() && !matches!(view.keeping, Keeping::Suspended { .. });
        let mut events = if is_empty { Vec::new() } else { vec![Event::RegistryChanged(Box::new(view))] };
        if let Some(request) = write {
            events.extend(self.ask(request, store));
        }
        events
    }

    /// Asks the keeper; memory answers at once.
    fn ask(&mut self, request: KeeperRequest, store: &mut Store) -> Vec<Event> {
        match &mut self.keeper {
            Keeper::Host => {
                self.requests.push(request);
                Vec::new()
            }
            Keeper::Memory { memory, .. } => {
                let answer = memory.carry_out(request);
                self.answered(answer, store)
            }
        }
    }

    /// What the keeper says.
    pub fn answered(&mut self, answer: KeeperAnswer, store: &mut Store) -> Vec<Event> {
        match answer {
            KeeperAnswer::Fetched { key, found: Ok(found) } => self.fetched(&key, found, store),
            KeeperAnswer::Kept { key, outcome: Ok(kept) } => self.kept(&key, kept, store),
            KeeperAnswer::Listed(Ok(listed)) => {
                let open = self.open.as_ref().map(|open| &open.project.key);
                let project = |of: Listed| KeptProject {
                    is_open: open == Some(&of.key),
                    key: of.key,
                    title: of.title,
                    bytes: of.bytes,
                    saved_ms: of.saved_ms,
                };
                vec![Event::Projects(listed.into_iter().map(project).collect())]
            }
            KeeperAnswer::Removed(Ok(())) => self.ask(KeeperRequest::List, store),
            KeeperAnswer::Fetched { found: Err(why), .. }
            | KeeperAnswer::Kept { outcome: Err(why), .. }
            | KeeperAnswer::Listed(Err(why))
            | KeeperAnswer::Removed(Err(why)) => self.lose_keeper(&why, store),
        }
    }

    /// From now on memory keeps what it can: the keeper is not asked again, so it overwrites nothing either.
    fn lose_keeper(&mut self, why: &str, store: &mut Store) -> Vec<Event> {
        if matches!(self.keeper, Keeper::Memory { .. }) {
            return Vec::new();
        }
        let why = super::lab::sentence(why);
        self.keeper = Keeper::Memory { memory: Memory::default(), why: why.clone() };
        self.requests.clear();
        let mut events = vec![Event::NotKept(Problem::new(
            "Versions, aliases and notes are not kept in this browser.",
            &why,
            "Go on working; save the session as a file before you close the page.",
        ))];
        if let Some(loading) = &mut self.loading {
            loading.is_writing = false;
            let key = loading.project.key.clone();
            events.extend(self.ask(KeeperRequest::Fetch { key }, store));
        }
        if let Some(open) = &mut self.open {
            open.keeper_lost();
            let key = open.project.key.clone();
            events.extend(self.ask(KeeperRequest::Fetch { key }, store));
        }
        events
    }
}

fn card(id: TrainingId, store: &Store) -> Event {
    match store.registry.version(id.model.name(), number(&id.version)) {
        Some(version) => Event::Card(Box::new(views::card(id, version))),
        None => refused(&format!("There is no {} of {}.", id.version, id.model.name()), ""),
    }
}

fn refused(why: &str, remedy: &str) -> Event {
    Event::Refused(Problem::new("The registry was not changed.", why, remedy))
}
