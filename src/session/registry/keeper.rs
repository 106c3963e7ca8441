//! What a session asks of whoever keeps its projects, what it is told, and the keeper of a session that has no other: its own memory.
//! Deliberately no knowledge of what the bytes hold.

use std::collections::BTreeMap;

/// A request to the keeper; each is answered once, in the order in which they were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeeperRequest {
    Fetch {
        key: String,
    },
    /// Writes only where nothing is kept or what is kept has the revision `replaces`, so that no other page's work is overwritten unseen.
    Keep {
        key: String,
        title: String,
        replaces: u64,
        bytes: Vec<u8>,
    },
    List,
    Remove {
        key: String,
    },
}

/// What came of a request; an error is a sentence without its end.
#[derive(Clone, Debug, PartialEq)]
pub enum KeeperAnswer {
    Fetched { key: String, found: Result<Option<Record>, String> },
    Kept { key: String, outcome: Result<Kept, String> },
    Listed(Result<Vec<Listed>, String>),
    Removed(Result<(), String>),
}

/// A project as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Goes up by 1 with every write, from 1 on.
    pub revision: u64,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    Written {
        revision: u64,
    },
    /// Somebody else has written; nothing was changed.
    Overtaken(Record),
}

/// A kept project in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    pub key: String,
    pub title: String,
    pub bytes: u64,
    /// Milliseconds since 1970-01-01 UTC.
    pub saved_ms: f64,
}

/// Keeps projects as long as the session lives.
#[derive(Default)]
pub struct Memory(BTreeMap<String, (String, Record)>);

impl Memory {
    pub fn carry_out(&mut self, request: KeeperRequest) -> KeeperAnswer {
        match request {
            KeeperRequest::Fetch { key } => {
                let found = self.0.get(&key).map(|(_, record)| record.clone());
                KeeperAnswer::Fetched { key, found: Ok(found) }
            }
            KeeperRequest::Keep { key, title, replaces, bytes } => {
                let outcome = match self.0.get(&key) {
                    Some((_, record)) if record.revision != replaces => Kept::Overtaken(record.clone()),
                    _ => {
                        let revision = replaces + 1;
                        self.0.insert(key.clone(), (title, Record { revision, bytes }));
                        Kept::Written { revision }
                    }
                };
                KeeperAnswer::Kept { key, outcome: Ok(outcome) }
            }
            KeeperRequest::List => {
                let listed = self.0.iter().map(|(key, (title, record))| Listed {
                    key: key.clone(),
                    title: title.clone(),
                    bytes: record.bytes.len() as u64,
                    saved_ms: 0.0,
                });
                KeeperAnswer::Listed(Ok(listed.collect()))
            }
            KeeperRequest::Remove { key } => {
                self.0.remove(&key);
                KeeperAnswer::Removed(Ok(()))
            }
        }
    }
}
