//! Session files, and disagreements between what is kept and what is on the screen. Deliberately no merging: the reader chooses.

use super::keeper::{KeeperRequest, Kept, Record};
use super::{Loading, Projects, refused};
use crate::engine::registry::{Project, decode};
use crate::protocol::{Event, FileBytes, KeptChoice, Problem, SessionLoaded};
use crate::session::lab::sentence;
use crate::session::store::Store;

const MEDIA_TYPE: &str = "application/octet-stream";

impl Projects {
    /// The project on the screen as a file.
    pub(super) fn save(&self, store: &Store) -> Event {
        let not_saved =
            |why: &str, remedy: &str| Event::Refused(Problem::new("The session was not saved.", why, remedy));
        let Some(open) = self.open.as_ref().filter(|open| open.is_at_rest()) else {
            return not_saved(
                "No run has trained a model, or it is not over yet.",
                "Run the pipeline to its end, then save.",
            );
        };
        match open.bytes(&store.registry) {
            Ok(bytes) => {
                let (name, media_type) = (open.file_name.clone(), MEDIA_TYPE.to_owned());
                Event::File(FileBytes { name, media_type, bytes })
            }
            Err(error) => not_saved(&sentence(&error.to_string()), "Report it with this sentence."),
        }
    }

    /// What is kept and cannot be used as it is.
    pub(super) fn export_kept(&self) -> Event {
        match self.open.as_ref().and_then(|open| open.held_bytes()) {
            Some(bytes) => Event::File(FileBytes {
                name: "clv-lab-kept.clvlab".to_owned(),
                media_type: MEDIA_TYPE.to_owned(),
                bytes: bytes.to_vec(),
            }),
            None => refused("What is kept is what is on the screen.", "Save the session instead."),
        }
    }

    pub(super) fn settle(&mut self, choice: KeptChoice, store: &mut Store) -> Vec<Event> {
        let settled = self.open.as_mut().and_then(|open| open.settle(choice == KeptChoice::Kept, store));
        match settled {
            Some(mut events) => {
                events.extend(self.shown_and_written(store));
                events
            }
            None => vec![refused("There is nothing to choose, or what is kept cannot be read.", "")],
        }
    }

    /// Reads a session file. The project on the screen takes it over at once; another one is kept until a run of its configuration.
    pub(super) fn load(&mut self, file: &str, bytes: Vec<u8>, replaces: bool, store: &mut Store) -> Vec<Event> {
        let not_opened = |why: &str, remedy: &str| {
            vec![Event::Refused(Problem::new(&format!("{file} was not opened."), why, remedy))]
        };
        let project = match decode(&bytes) {
            Ok(project) => project,
            Err(error) => {
                return not_opened(&sentence(&error.to_string()), "Choose a file that “Save session” has written.");
            }
        };
        match &mut self.open {
            Some(open) if open.project.key == project.key => {
                if !open.is_at_rest() {
                    return not_opened(
                        "A run of its configuration is under way.",
                        "Wait until it is done, or cancel it.",
                    );
                }
                if !replaces && open.would_lose(&project, &store.registry) {
                    return not_opened(ALREADY, REPLACE);
                }
                let loaded = loaded(&project, true);
                let mut events = open.adopt(project, store);
                open.is_dirty = true;
                events.extend(self.shown_and_written(store));
                events.push(loaded);
                events
            }
            _ => {
                let key = project.key.clone();
                self.loading = Some(Loading { project, bytes, replaces, is_writing: false });
                self.ask(KeeperRequest::Fetch { key }, store)
            }
        }
    }

    /// What is kept of a project, which was asked for to open it or to load a file over it.
    pub(super) fn fetched(&mut self, key: &str, found: Option<Record>, store: &mut Store) -> Vec<Event> {
        if let Some(loading) = self.loading.take_if(|loading| loading.project.key == key && !loading.is_writing) {
            return self.load_over(loading, found, store);
        }
        match self.open.as_mut().filter(|open| open.project.key == key) {
            Some(open) => {
                open.fetched(found);
                if open.is_at_rest() { self.bring_together(store) } else { Vec::new() }
            }
            None => Vec::new(),
        }
    }

    fn load_over(&mut self, loading: Loading, found: Option<Record>, store: &mut Store) -> Vec<Event> {
        let Loading { project, bytes, replaces, .. } = loading;
        match found {
            Some(record) if record.bytes == bytes => vec![loaded(&project, false)],
            Some(_) if !replaces => {
                vec![Event::Refused(Problem::new("The session file was not opened.", ALREADY, REPLACE))]
            }
            found => {
                let keep = KeeperRequest::Keep {
                    key: project.key.clone(),
                    title: project.title.clone(),
                    replaces: found.map_or(0, |record| record.revision),
                    bytes: bytes.clone(),
                };
                self.loading = Some(Loading { project, bytes, replaces, is_writing: true });
                self.ask(keep, store)
            }
        }
    }

    /// What came of a write.
    pub(super) fn kept(&mut self, key: &str, kept: Kept, store: &mut Store) -> Vec<Event> {
        if let Some(loading) = self.loading.take_if(|loading| loading.project.key == key && loading.is_writing) {
            return match kept {
                Kept::Written { .. } => vec![loaded(&loading.project, false)],
                Kept::Overtaken(record) => self.load_over(loading, Some(record), store),
            };
        }
        let Some(open) = self.open.as_mut().filter(|open| open.project.key == key) else { return Vec::new() };
        match kept {
            Kept::Written { revision } => {
                open.written(revision);
                match open.write(&store.registry) {
                    Some(request) => self.ask(request, store),
                    None => Vec::new(),
                }
            }
            Kept::Overtaken(record) => {
                let mut events = vec![open.overtaken(record)];
                events.extend(self.shown_and_written(store));
                events
            }
        }
    }
}

const ALREADY: &str = "There is a project of the same configuration here, with other versions, aliases or notes.";
const REPLACE: &str = "Save that one as a file if it is needed, then open this one so that it replaces it.";

fn loaded(project: &Project, is_open: bool) -> Event {
    let files = project.own.iter().flat_map(|own| &own.files).map(|(name, _)| name.clone());
    Event::SessionLoaded(SessionLoaded {
        title: project.title.clone(),
        recipe: project.recipe.clone(),
        own_files: files.collect(),
        is_open,
    })
}
