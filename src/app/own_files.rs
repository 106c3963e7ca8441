//! The visitor's files beside the state that `present::own_data` folds: only the browser can hold them. Asks the file reader
//! whatever the state wants to know next.

use super::io_link::{Answer, IoLink};
use crate::present::own_data::{FileNews, OwnData, Request};
use crate::protocol::IoEvent;
use js_sys::Uint8Array;
use leptos::prelude::*;
use web_sys::{File, FileList};

/// Handle of the files; copies share it.
#[derive(Clone, Copy)]
pub struct OwnFiles {
    pub state: RwSignal<OwnData>,
    files: StoredValue<Vec<(u32, File)>, LocalStorage>,
    n_files: StoredValue<u32>,
    /// Tables that were read, encoded for the worker.
    parts: StoredValue<Vec<Uint8Array>, LocalStorage>,
    link: StoredValue<Option<IoLink>, LocalStorage>,
}

impl OwnFiles {
    pub fn new() -> Self {
        let own = Self {
            state: RwSignal::new(OwnData::default()),
            files: StoredValue::new_local(Vec::new()),
            n_files: StoredValue::new(0),
            parts: StoredValue::new_local(Vec::new()),
            link: StoredValue::new_local(None),
        };
        own.link.set_value(Some(IoLink::new(move |answer| own.heard(answer))));
        own
    }

    /// The visitor chose or dropped files.
    pub fn add(self, list: &FileList) {
        let mut added = Vec::new();
        for file in (0..list.length()).filter_map(|position| list.get(position)) {
            self.n_files.update_value(|n| *n += 1);
            let id = self.n_files.get_value();
            added.push((id, file.name(), file.size() as u64));
            self.files.update_value(|files| files.push((id, file)));
        }
        if !added.is_empty() {
            self.tell(FileNews::Added(added));
        }
    }

    pub fn remove(self, id: u32) {
        self.files.update_value(|files| files.retain(|(known, _)| *known != id));
        self.tell(FileNews::Removed(id));
    }

    /// Ends whatever the file reader is doing.
    pub fn cancel(self) {
        self.with_link(IoLink::end);
        self.parts.set_value(Vec::new());
        self.tell(FileNews::Cancelled);
    }

    /// The tables that were read, once.
    pub fn take_parts(self) -> Vec<Uint8Array> {
        let parts = self.parts.try_update_value(std::mem::take).unwrap_or_default();
        if !parts.is_empty() {
            self.tell(FileNews::HandedOver);
        }
        parts
    }

    /// Folds news in, then asks what the state wants to know.
    pub fn tell(self, news: FileNews) {
        if self.state.with_untracked(|state| state.is_made_pointless(&news)) {
            self.with_link(IoLink::end);
            self.parts.set_value(Vec::new());
        }
        self.state.update(|state| state.apply(news));
        let Some(request) = self.state.with_untracked(OwnData::next_request) else { return };
        let wanted: Vec<u32> = match &request {
            Request::Inspect(id, _) => vec![*id],
            Request::Import(plans) => plans.iter().map(|(id, _)| *id).collect(),
        };
        let file = |id: &u32| {
            self.files.with_value(|files| files.iter().find(|(known, _)| known == id).map(|(_, f)| f.clone()))
        };
        let files: Vec<File> = wanted.iter().filter_map(file).collect();
        if matches!(request, Request::Import(_)) {
            self.parts.set_value(Vec::new());
        }
        self.state.update(|state| state.apply(FileNews::Sent(request.clone())));
        self.with_link(|link| link.ask(request, &files));
    }

    fn heard(self, answer: Answer) {
        match answer {
            Answer::Part(part) => self.parts.update_value(|parts| parts.push(part)),
            Answer::Event(event) => {
                if matches!(event, IoEvent::Imported { .. }) {
                    // Its memory is worth more than its next start.
                    self.with_link(IoLink::end);
                }
                self.tell(FileNews::Reader(event));
            }
            Answer::Lost(reason) => {
                self.parts.set_value(Vec::new());
                self.tell(FileNews::Lost(reason));
            }
        }
    }

    fn with_link(self, work: impl FnOnce(&IoLink)) {
        if let Some(link) = self.link.with_value(Clone::clone) {
            work(&link);
        }
    }
}
