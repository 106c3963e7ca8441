//! Texts as small numbers while rows are read: customers by their own ids, categories by their levels.

use super::limits;
use super::targets::Vocabulary;
use std::collections::HashMap;

/// Customers, numbered in order of appearance.
#[derive(Default)]
pub struct Customers {
    by_id: HashMap<Box<str>, u32>,
    ids: Vec<Box<str>>,
    /// The last one asked for: rows of one customer often follow each other.
    last: Option<u32>,
}

impl Customers {
    /// The number of a customer; `None` when there are too many.
    pub fn number(&mut self, id: &str) -> Option<u32> {
        if let Some(last) = self.last.filter(|last| &*self.ids[*last as usize] == id) {
            return Some(last);
        }
        let number = match self.by_id.get(id) {
            Some(&number) => number,
            None if self.ids.len() >= limits::CUSTOMERS => return None,
            None => {
                let number = self.ids.len() as u32;
                self.by_id.insert(id.into(), number);
                self.ids.push(id.into());
                number
            }
        };
        self.last = Some(number);
        Some(number)
    }

    pub fn find(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn id(&self, number: u32) -> &str {
        &self.ids[number as usize]
    }
}

/// The column's own values.
const UNKNOWN: &str = "unknown";
const OTHER: &str = "other";
/// Codes of values that need no place of their own; 255 must stay free, no filter may meet it.
const UNKNOWN_CODE: u8 = 253;
const OTHER_CODE: u8 = 254;
/// Levels of its own that a column may have.
const MOST_LEVELS: usize = 240;
/// Spellings that are remembered.
const MOST_SPELLINGS: usize = 4_096;

/// Levels of a category column, coded in order of appearance until the end is known.
pub struct Levels {
    vocabulary: &'static Vocabulary,
    by_spelling: HashMap<String, u8>,
    names: Vec<String>,
    used_unknown: bool,
    used_other: bool,
    /// What was taken for one of our levels: (spelling, level).
    translated: Vec<(String, &'static str)>,
}

impl Levels {
    pub fn new(vocabulary: &'static Vocabulary) -> Self {
        Self {
            vocabulary,
            by_spelling: HashMap::new(),
            names: Vec::new(),
            used_unknown: false,
            used_other: false,
            translated: Vec::new(),
        }
    }

    /// The code of a value that is absent.
    pub fn unknown(&mut self) -> u8 {
        self.used_unknown = true;
        UNKNOWN_CODE
    }

    pub fn code(&mut self, text: &str) -> u8 {
        if let Some(&code) = self.by_spelling.get(text) {
            return code;
        }
        let level = self.vocabulary.level_of(text);
        let name = level.unwrap_or(text);
        let code = match self.names.iter().position(|known| known == name) {
            Some(position) => position as u8,
            None if self.names.len() >= MOST_LEVELS => {
                self.used_other = true;
                OTHER_CODE
            }
            None => {
                self.names.push(name.to_owned());
                (self.names.len() - 1) as u8
            }
        };
        if self.by_spelling.len() < MOST_SPELLINGS {
            if let Some(level) = level.filter(|level| *level != text) {
                self.translated.push((text.to_owned(), level));
            }
            self.by_spelling.insert(text.to_owned(), code);
        }
        code
    }

    /// The final levels, and the final code of each code. The order does not depend on that of the rows.
    pub fn finish(&self) -> (Vec<String>, [u8; 256]) {
        let own = self.vocabulary.levels;
        let mut foreign: Vec<&str> = self.foreign().collect();
        foreign.sort_unstable();
        let extra = [(self.used_other, OTHER), (self.used_unknown, UNKNOWN)];
        let extra = extra.iter().filter(|(used, name)| *used && !foreign.contains(name)).map(|(_, name)| *name);
        let all_own = foreign.is_empty() && !self.used_other && !self.used_unknown;
        let levels: Vec<String> = if all_own || self.vocabulary.has_meaning {
            own.iter().copied().chain(foreign.iter().copied()).chain(extra).map(str::to_owned).collect()
        } else {
            let mut seen: Vec<&str> = self.names.iter().map(String::as_str).collect();
            seen.sort_unstable();
            // Not twice, when the file itself says "unknown".
            let extra: Vec<&str> = extra.filter(|name| !seen.contains(name)).collect();
            seen.into_iter().chain(extra).map(str::to_owned).collect()
        };
        let place = |name: &str| levels.iter().position(|level| level == name).unwrap_or(0) as u8;
        let mut codes = [0; 256];
        for (code, name) in self.names.iter().enumerate() {
            codes[code] = place(name);
        }
        codes[usize::from(UNKNOWN_CODE)] = place(UNKNOWN);
        codes[usize::from(OTHER_CODE)] = place(OTHER);
        (levels, codes)
    }

    /// Levels that are not ours.
    pub fn foreign(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str).filter(|name| !self.vocabulary.levels.contains(name))
    }

    pub fn has_other(&self) -> bool {
        self.used_other
    }

    pub fn has_meaning(&self) -> bool {
        self.vocabulary.has_meaning
    }

    pub fn translated(&self) -> &[(String, &'static str)] {
        &self.translated
    }
}
