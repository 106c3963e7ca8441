//! A project as a file of bytes: the recipe of its run, the marks of the visitor's own files, and the registry.
//!
//! | bytes | hold |
//! |---|---|
//! | 0–7 | `CLV-LAB` and 1A, which ends a text |
//! | 8–11 | the format's number, little-endian like all that follows |
//! | 12–19 | length of the payload |
//! | 20–35 | XXH3-128 of bytes 8–19 and the payload |
//! | 36– | the payload, in postcard's encoding |
//!
//! The head is the same for all formats, so that any later format is recognised. Deliberately no compression: trees are arrays of floats.

use super::{Model, Registry};
use clv_engine::table::Digest;
use serde::{Deserialize, Serialize};

/// Raised whenever a type that is written changes; a file of a lower number needs a migration here.
pub const FORMAT: u32 = 1;

const MAGIC: &[u8; 8] = b"CLV-LAB\x1a";
const HEAD: usize = 36;

/// Everything that is needed to go on elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Of the configuration, the visitor's own data included.
    pub key: String,
    /// The run's settings as in a link.
    pub recipe: String,
    /// In a few words, for a list.
    pub title: String,
    /// Own files, which cannot travel along.
    pub own: Option<OwnFiles>,
    pub registry: Registry,
}

/// Enough to say which files to open again, and to notice others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnFiles {
    /// Name and digest.
    pub files: Vec<(String, String)>,
    /// Length of the label window.
    pub horizon_days: u32,
}

/// Why bytes are no project that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("it is no file of CLV Lab: it does not begin like one")]
    NotAProject,
    #[error("it has {found} bytes where {expected} are needed: its end is missing")]
    Truncated { expected: u64, found: u64 },
    #[error("it is damaged: its checksum is {found} and should be {expected}")]
    Damaged { expected: Digest, found: Digest },
    #[error("its format is {found}, and this build reads formats up to {known}: a newer build wrote it")]
    Newer { found: u32, known: u32 },
    #[error("its format is {found}, and this build reads formats from {FORMAT} on: an older build wrote it")]
    Older { found: u32 },
    #[error("its checksum is right but its content is not: {0}")]
    Malformed(String),
}

/// The bytes of a project.
pub fn encode(project: &Project) -> Result<Vec<u8>, FileError> {
    let payload = postcard::to_stdvec(project).map_err(|error| FileError::Malformed(error.to_string()))?;
    let mut signed = FORMAT.to_le_bytes().to_vec();
    signed.extend((payload.len() as u64).to_le_bytes());
    signed.extend(payload);
    let checksum = Digest::of_bytes(&signed).0.to_le_bytes();
    let mut bytes = Vec::with_capacity(signed.len() + HEAD);
    bytes.extend(MAGIC);
    bytes.extend(&signed[..12]);
    bytes.extend(checksum);
    bytes.extend(&signed[12..]);
    Ok(bytes)
}

/// The project in some bytes; whatever is wrong with them is an error.
pub fn decode(bytes: &[u8]) -> Result<Project, FileError> {
    let found = bytes.len() as u64;
    let rest = match bytes.strip_prefix(MAGIC) {
        Some(rest) => rest,
        None if MAGIC.starts_with(bytes) && !bytes.is_empty() => {
            return Err(FileError::Truncated { expected: HEAD as u64, found });
        }
        None => return Err(FileError::NotAProject),
    };
    let truncated = |expected| FileError::Truncated { expected, found };
    let (&format, rest) = rest.split_first_chunk::<4>().ok_or(truncated(HEAD as u64))?;
    let (&length, rest) = rest.split_first_chunk::<8>().ok_or(truncated(HEAD as u64))?;
    let (&checksum, payload) = rest.split_first_chunk::<16>().ok_or(truncated(HEAD as u64))?;
    let expected = u64::from_le_bytes(length);
    if (payload.len() as u64) < expected {
        return Err(truncated(expected.saturating_add(HEAD as u64)));
    }
    let [expected, found] =
        [Digest(u128::from_le_bytes(checksum)), Digest::of_bytes(&[&format[..], &length, payload].concat())];
    if expected != found {
        return Err(FileError::Damaged { expected, found });
    }
    match u32::from_le_bytes(format) {
        FORMAT => {}
        found if found > FORMAT => return Err(FileError::Newer { found, known: FORMAT }),
        found => return Err(FileError::Older { found }),
    }
    let project: Project = postcard::from_bytes(payload).map_err(|error| FileError::Malformed(error.to_string()))?;
    let broken = project.registry.models().find(|(_, model)| !is_whole(model)).map(|(name, _)| name.to_owned());
    match broken {
        Some(name) => Err(FileError::Malformed(format!("the versions of {name} contradict each other"))),
        None => Ok(project),
    }
}

/// Every chip is on a version that exists, one version serves, and no number is beyond the last.
fn is_whole(model: &Model) -> bool {
    let mut pointed = model.chips.aliases.values().chain(&model.chips.served);
    pointed.all(|version| model.versions.contains_key(version))
        && !model.chips.served.is_empty()
        && model.versions.keys().all(|&number| (1..=model.last_number).contains(&number))
}
