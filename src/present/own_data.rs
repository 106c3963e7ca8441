//! The page Own data as a fold: the files, what was seen of them, what is being read, what came of it. Decides what the file
//! reader is asked next. Deliberately without the files themselves, which only the browser can hold.

use super::format;
use crate::protocol::{
    DateOrder, DecimalMark, Encoding, FileChoices, FilePlan, ImportSummary, Inspection, IoEvent, OwnSource, OwnTable,
    Problem, Scenario,
};
use std::sync::Arc;

/// Something that happened on the page or in the file reader.
#[derive(Clone, Debug, PartialEq)]
pub enum FileNews {
    /// Files were chosen: number, name, bytes.
    Added(Vec<(u32, String, u64)>),
    Removed(u32),
    /// The visitor decided something about a file: the key of an option.
    Decided(u32, About, String),
    /// "Read the files".
    ReadAsked,
    /// The file reader was ended by the visitor.
    Cancelled,
    /// The tables went to the worker.
    HandedOver,
    /// The request was sent.
    Sent(Request),
    Reader(IoEvent),
    /// The file reader is gone, for this reason.
    Lost(String),
}

/// What the file reader is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    Inspect(u32, FileChoices),
    Import(Vec<(u32, FilePlan)>),
}

/// A file that was chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnFile {
    pub id: u32,
    pub name: String,
    pub bytes: u64,
    pub choices: FileChoices,
    pub seen: Option<Arc<Inspection>>,
    pub problem: Option<Problem>,
    /// It waits to be looked at, with the present choices.
    waits: bool,
}

/// What is going on.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    #[default]
    Choosing,
    Reading {
        what: String,
        done_bytes: u64,
        total_bytes: u64,
        rows: u64,
    },
    Read(Arc<ImportSummary>),
    Failed(Problem),
}

/// The whole page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnData {
    pub files: Vec<OwnFile>,
    pub phase: Phase,
    /// The tables that were read wait on the page to be used.
    pub held: bool,
    asked: Option<Request>,
    read_asked: bool,
}

impl OwnData {
    pub fn apply(&mut self, news: FileNews) {
        if self.is_made_pointless(&news) {
            self.asked = None;
        }
        match news {
            FileNews::Added(files) => {
                let fresh = |(id, name, bytes)| OwnFile {
                    id,
                    name,
                    bytes,
                    choices: FileChoices::default(),
                    seen: None,
                    problem: None,
                    waits: true,
                };
                self.files.extend(files.into_iter().map(fresh));
                self.reconsider();
            }
            FileNews::Removed(id) => {
                self.files.retain(|file| file.id != id);
                self.reconsider();
            }
            FileNews::Decided(id, about, key) => {
                if let Some(file) = self.file(id) {
                    file.decide(about, &key);
                    file.waits = true;
                }
                self.reconsider();
            }
            FileNews::ReadAsked if self.blocked().is_none() => {
                (self.read_asked, self.held) = (true, false);
                let total_bytes = self.files.iter().map(|file| file.bytes).sum();
                let what = "Starting the file reader".to_owned();
                self.phase = Phase::Reading { what, done_bytes: 0, total_bytes, rows: 0 };
            }
            FileNews::ReadAsked => {}
            FileNews::Cancelled => {
                (self.asked, self.read_asked) = (None, false);
                self.reconsider();
            }
            FileNews::HandedOver => self.held = false,
            FileNews::Sent(request) => {
                match &request {
                    Request::Inspect(id, _) => {
                        if let Some(file) = self.file(*id) {
                            file.waits = false;
                        }
                    }
                    Request::Import(_) => self.read_asked = false,
                }
                self.asked = Some(request);
            }
            FileNews::Reader(event) => self.heard(event),
            FileNews::Lost(reason) => self.answered(Problem::new(
                "The file could not be read.",
                &format!("The file reader stopped ({reason}); a damaged file can do that, and one too large for this device’s memory."),
                "Remove the file or write it again, with fewer rows if it is very large. Nothing else was lost.",
            )),
        }
    }

    /// What the file reader should be asked now, when it is free.
    pub fn next_request(&self) -> Option<Request> {
        if self.asked.is_some() {
            return None;
        }
        if self.read_asked {
            let plan = |file: &OwnFile| Some((file.id, file.seen.as_ref()?.plan.clone()));
            return Some(Request::Import(self.files.iter().filter_map(plan).collect()));
        }
        self.files.iter().find(|file| file.waits).map(|file| Request::Inspect(file.id, file.choices.clone()))
    }

    /// True when the news makes what the file reader is doing pointless: the reader is ended before they are applied.
    pub fn is_made_pointless(&self, news: &FileNews) -> bool {
        match (&self.asked, news) {
            (Some(Request::Import(_)), FileNews::Added(_) | FileNews::Removed(_) | FileNews::Decided(..)) => true,
            (Some(Request::Inspect(asked, _)), FileNews::Removed(id) | FileNews::Decided(id, ..)) => asked == id,
            _ => false,
        }
    }

    pub fn is_reading(&self) -> bool {
        matches!(self.phase, Phase::Reading { .. })
    }

    /// Why the files cannot be read yet.
    pub fn blocked(&self) -> Option<String> {
        if self.files.is_empty() {
            return Some("Choose files first.".to_owned());
        }
        for file in &self.files {
            if file.problem.is_some() {
                return Some(format!("Remove {} first: it cannot be read.", file.name));
            }
            match &file.seen {
                None => return Some(format!("Looking at {}.", file.name)),
                Some(_) if file.waits => return Some(format!("Looking at {}.", file.name)),
                Some(seen) if !seen.missing.is_empty() => {
                    return Some(format!("Choose a column for {} in {}.", seen.missing.join(" and "), file.name));
                }
                Some(_) => {}
            }
        }
        let has = |table| self.files.iter().filter_map(|file| file.seen.as_ref()).any(|seen| seen.plan.table == table);
        if !has(OwnTable::Transactions) && !has(OwnTable::ColdStart) {
            return Some(
                "Add a file of transactions or of new customers: the pipeline begins with one of them.".to_owned(),
            );
        }
        None
    }

    fn file(&mut self, id: u32) -> Option<&mut OwnFile> {
        self.files.iter_mut().find(|file| file.id == id)
    }

    /// Something about the files changed: what was read of them no longer holds.
    fn reconsider(&mut self) {
        (self.phase, self.held, self.read_asked) = (Phase::Choosing, false, false);
    }

    fn heard(&mut self, event: IoEvent) {
        match event {
            IoEvent::Ready(_) | IoEvent::Part { .. } => {}
            IoEvent::Inspected { inspection } => {
                if let Some(Request::Inspect(id, _)) = self.asked.take()
                    && let Some(file) = self.file(id)
                {
                    (file.seen, file.problem) = (Some(Arc::new(*inspection)), None);
                }
            }
            IoEvent::Progress { what, done_bytes, total_bytes, rows } => {
                if self.is_reading() {
                    self.phase = Phase::Reading { what, done_bytes, total_bytes, rows };
                }
            }
            IoEvent::Imported { summary } => {
                if matches!(self.asked.take(), Some(Request::Import(_))) && self.is_reading() {
                    (self.phase, self.held) = (Phase::Read(Arc::new(*summary)), true);
                }
            }
            IoEvent::Failed(problem) => self.answered(problem),
        }
    }

    /// The request came to nothing.
    fn answered(&mut self, problem: Problem) {
        match self.asked.take() {
            Some(Request::Inspect(id, _)) => {
                if let Some(file) = self.file(id) {
                    file.problem = Some(problem);
                }
            }
            Some(Request::Import(_)) if self.is_reading() => self.phase = Phase::Failed(problem),
            Some(Request::Import(_)) | None => {}
        }
    }
}

/// Days of history before an observation date.
const HISTORY_DAYS: i32 = 90;

/// Horizons that the data is long enough for, the longest first; empty when it is too short for any.
pub fn horizons(source: &OwnSource) -> Vec<u32> {
    let span = source.last_day - source.first_day;
    [365, 180, 90].into_iter().filter(|horizon| span >= HISTORY_DAYS + *horizon as i32).collect()
}

/// What the length of the data means for training; `None` when there is nothing to say.
pub fn about_horizon(source: &OwnSource) -> Option<String> {
    if !source.scenarios().contains(&Scenario::Continuous) {
        return None;
    }
    let span = source.last_day - source.first_day;
    match horizons(source).first() {
        Some(365) => None,
        Some(longest) => Some(format!(
            "The data spans {span} days. A 12-month target needs 455 (90 of history, 365 of future), so the target window is {longest} days at most; \
             FUTURE_12M_LTV and PREDICTED_12M_LTV then mean the spend of that window."
        )),
        None => Some(format!(
            "The data spans {span} days, and training needs 180 (90 of history, 90 of future): features are computed, no model is trained."
        )),
    }
}

/// Where the next run's tables come from, in one sentence.
pub fn about_source(source: &OwnSource, horizon_days: u32) -> String {
    use crate::protocol::ObjectId;
    let files = format::counted(source.files.len() as u64, "file", "files");
    let mut sentence = format!("Runs begin with your own tables ({files}, up to {})", source.dates.last);
    if horizon_days != 365 && source.scenarios().contains(&Scenario::Continuous) {
        sentence.push_str(&format!("; the target is the spend of {horizon_days} days, also where a name says 12M"));
    }
    sentence.push('.');
    let scenarios = source.scenarios();
    if !scenarios.contains(&Scenario::ColdStart) {
        sentence.push_str(" Cold-start objects are absent: no file holds new customers.");
    }
    if !scenarios.contains(&Scenario::Continuous) {
        sentence.push_str(" Objects of established customers are absent: no file holds transactions.");
    }
    if source.tables.iter().any(|(object, rows)| *object == ObjectId::ColdstartStaging && *rows == 0) {
        sentence.push_str(" No new customer waits for a prediction: all have an ACTUAL_12M_LTV.");
    }
    sentence
}

/// What can be decided about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    Table,
    Encoding,
    Delimiter,
    Header,
    Decimal,
    Dates,
    /// Which of the file's columns fills this one of ours.
    Column(usize),
}

/// A list to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    pub about: About,
    pub label: String,
    /// Key, words.
    pub options: Vec<(String, String)>,
    pub chosen: String,
}

type Choice<T> = (&'static str, T, &'static str);

const ENCODINGS: [Choice<Encoding>; 4] = [
    ("utf-8", Encoding::Utf8, "UTF-8"),
    ("windows-1252", Encoding::Windows1252, "Windows-1252 (Latin-1)"),
    ("utf-16le", Encoding::Utf16LittleEndian, "UTF-16, little-endian"),
    ("utf-16be", Encoding::Utf16BigEndian, "UTF-16, big-endian"),
];
const DELIMITERS: [Choice<char>; 4] =
    [("comma", ',', "Comma"), ("semicolon", ';', "Semicolon"), ("tab", '\t', "Tab"), ("bar", '|', "Bar |")];
const HEADERS: [Choice<bool>; 2] = [("names", true, "Columns’ names"), ("data", false, "Data")];
const DECIMALS: [Choice<DecimalMark>; 2] =
    [("point", DecimalMark::Point, "Point: 1,234.56"), ("comma", DecimalMark::Comma, "Comma: 1.234,56")];
const DATES: [Choice<DateOrder>; 2] = [
    ("day", DateOrder::DayFirst, "Day first: 31/12/2024"),
    ("month", DateOrder::MonthFirst, "Month first: 12/31/2024"),
];
const TABLES: [Choice<OwnTable>; 4] = [
    ("transactions", OwnTable::Transactions, "Transactions: one row per purchase"),
    ("interactions", OwnTable::Interactions, "Interactions: one row per event"),
    ("customers", OwnTable::Customers, "Customers: one row per established customer"),
    ("coldstart", OwnTable::ColdStart, "New customers: one row, first 30 days"),
];

fn by_key<T: Copy>(options: &[Choice<T>], key: &str) -> Option<T> {
    options.iter().find(|(known, ..)| *known == key).map(|(_, value, _)| *value)
}

fn select<T: PartialEq>(about: About, label: &str, options: &[Choice<T>], chosen: &T) -> Select {
    let key = options.iter().find(|(_, value, _)| value == chosen).map_or("", |(key, ..)| key);
    Select {
        about,
        label: label.to_owned(),
        options: options.iter().map(|(key, _, words)| ((*key).to_owned(), (*words).to_owned())).collect(),
        chosen: key.to_owned(),
    }
}

/// Which table a file is and, for a text, its dialect.
pub fn format_selects(seen: &Inspection) -> Vec<Select> {
    let format = &seen.plan.format;
    let mut selects = vec![select(About::Table, &format!("{} of", seen.kind), &TABLES, &seen.plan.table)];
    if seen.is_text {
        selects.push(select(About::Encoding, "Encoding", &ENCODINGS, &format.encoding));
        selects.push(select(About::Delimiter, "Delimiter", &DELIMITERS, &format.delimiter));
        selects.push(select(About::Header, "First row", &HEADERS, &format.header));
        selects.push(select(About::Decimal, "Decimal mark", &DECIMALS, &format.decimal));
        selects.push(select(About::Dates, "Dates", &DATES, &format.dates));
    }
    selects
}

/// Which column of the file fills one of ours; the key is its position, or empty.
pub fn column_select(seen: &Inspection, position: usize) -> Select {
    let target = &seen.targets[position];
    let none = target.otherwise.as_ref().map_or("choose a column".to_owned(), |otherwise| format!("none: {otherwise}"));
    let columns = seen.columns.iter().enumerate().map(|(idx, column)| (idx.to_string(), column.name.clone()));
    Select {
        about: About::Column(position),
        label: format!("Column for {}", target.name),
        options: std::iter::once((String::new(), none)).chain(columns).collect(),
        chosen: seen.plan.mapping.get(position).copied().flatten().map_or(String::new(), |column| column.to_string()),
    }
}

impl OwnFile {
    /// Another table, or another reading of the text, finds other columns; another dialect of numbers keeps them.
    fn decide(&mut self, about: About, key: &str) {
        let choices = &mut self.choices;
        match about {
            About::Table => (choices.table, choices.mapping) = (by_key(&TABLES, key), None),
            About::Encoding => (choices.encoding, choices.mapping) = (by_key(&ENCODINGS, key), None),
            About::Delimiter => (choices.delimiter, choices.mapping) = (by_key(&DELIMITERS, key), None),
            About::Header => (choices.header, choices.mapping) = (by_key(&HEADERS, key), None),
            About::Decimal => choices.decimal = by_key(&DECIMALS, key),
            About::Dates => choices.dates = by_key(&DATES, key),
            About::Column(position) => {
                let Some(seen) = &self.seen else { return };
                let mut mapping = choices.mapping.clone().unwrap_or_else(|| seen.plan.mapping.clone());
                if let Some(column) = mapping.get_mut(position) {
                    *column = key.parse().ok();
                }
                (choices.table, choices.mapping) = (Some(seen.plan.table), Some(mapping));
            }
        }
    }
}

#[cfg(test)]
#[path = "own_data_tests.rs"]
mod tests;
