//! Own data: what the page and the file reader (`io`) say to each other, and what the reader hands to the worker through the
//! page. Plain data; deliberately no judgement about a file, which is in `import`.

use super::{DateRange, Hello, ObjectId, Problem, Scenario};
use serde::{Deserialize, Serialize};

/// A table that a visitor can bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum OwnTable {
    Transactions,
    Interactions,
    Customers,
    ColdStart,
}

impl OwnTable {
    pub const ALL: [Self; 4] = [Self::Transactions, Self::Interactions, Self::Customers, Self::ColdStart];

    /// The table that its rows become.
    pub fn object(self) -> ObjectId {
        match self {
            Self::Transactions => ObjectId::Transactions,
            Self::Interactions => ObjectId::Interactions,
            Self::Customers => ObjectId::Profile,
            Self::ColdStart => ObjectId::ColdstartCustomers,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    Utf8,
    Utf16LittleEndian,
    Utf16BigEndian,
    Windows1252,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecimalMark {
    Point,
    Comma,
}

/// What 03/04/2024 means. Dates that begin with the year or name the month mean the same in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
}

/// How the text of a file is to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFormat {
    pub encoding: Encoding,
    pub delimiter: char,
    /// The first row names the columns.
    pub header: bool,
    pub decimal: DecimalMark,
    pub dates: DateOrder,
}

/// What the visitor decided about a file; the rest is guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChoices {
    pub table: Option<OwnTable>,
    pub encoding: Option<Encoding>,
    pub delimiter: Option<char>,
    pub header: Option<bool>,
    pub decimal: Option<DecimalMark>,
    pub dates: Option<DateOrder>,
    pub mapping: Option<Vec<Option<u32>>>,
}

/// Everything that reading a file depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePlan {
    pub table: OwnTable,
    pub format: TextFormat,
    /// For each of the table's columns in [`Inspection::targets`], the position of the file's column.
    pub mapping: Vec<Option<u32>>,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileColumn {
    pub name: String,
    /// "dates", "amounts", "whole numbers", "text" or "nothing".
    pub holds: String,
    pub samples: Vec<String>,
}

/// A column that the pipeline reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetColumn {
    pub name: String,
    pub sql_type: String,
    pub meaning: String,
    /// What is taken when no column is chosen; `None` when one must be.
    pub otherwise: Option<String>,
}

/// A cell as it will be read, or as it stands with the reason why it cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewCell {
    pub text: String,
    pub problem: Option<String>,
}

/// The beginning of a file, looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// "CSV" or "Parquet".
    pub kind: String,
    pub is_text: bool,
    pub plan: FilePlan,
    /// How the guesses were made, where a reader could see it differently.
    pub remarks: Vec<String>,
    pub columns: Vec<FileColumn>,
    pub targets: Vec<TargetColumn>,
    pub preview: Vec<Vec<PreviewCell>>,
    /// Columns that must be chosen before the file can be read.
    pub missing: Vec<String>,
}

/// A request to the file reader. Every request carries its files along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IoCommand {
    /// Look at one file.
    Inspect { choices: FileChoices },
    /// Read all files and hand over the tables.
    Import { files: Vec<FilePlan> },
}

/// A row that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    pub file: String,
    /// The line of a text file, the row of a Parquet file; counted from 1.
    pub line: u64,
    pub column: String,
    /// What stands there, at most 40 characters.
    pub text: String,
    pub reason: String,
}

/// How many rows were left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectionCount {
    pub file: String,
    pub column: String,
    pub reason: String,
    pub rows: u64,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    pub name: String,
    pub table: OwnTable,
    pub bytes: u64,
    pub rows: u64,
    pub rejected: u64,
    /// XXH3-128 of the file's bytes.
    pub digest: String,
}

/// Where the tables of a run came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSource {
    pub files: Vec<SourceFile>,
    /// Rows by table, tables that were derived included.
    pub tables: Vec<(ObjectId, u64)>,
    /// First and last day of the events, as days since 1970-01-01; the last is NOW.
    pub first_day: i32,
    pub last_day: i32,
    /// The same days, ISO.
    pub dates: DateRange,
}

impl OwnSource {
    /// The scenarios that have tables.
    pub fn scenarios(&self) -> Vec<Scenario> {
        let has = |scenario| self.tables.iter().any(|(object, _)| object.scenario() == scenario);
        [Scenario::ColdStart, Scenario::Continuous].into_iter().filter(|scenario| has(*scenario)).collect()
    }
}

/// What came of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSummary {
    pub source: OwnSource,
    /// What was derived, mapped or left to a default.
    pub remarks: Vec<String>,
    pub n_rejected: u64,
    /// Most frequent first.
    pub reasons: Vec<RejectionCount>,
    /// The first of them, in the order of the files.
    pub rejections: Vec<Rejection>,
}

/// News from the file reader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum IoEvent {
    Ready(Hello),
    Inspected {
        inspection: Box<Inspection>,
    },
    /// What is being done with which file ("reading orders.csv"), and how far it is.
    Progress {
        what: String,
        done_bytes: u64,
        total_bytes: u64,
        rows: u64,
    },
    /// The second element of this message is an encoded [`Command`](super::Command) for the worker.
    Part {
        bytes: u64,
    },
    Imported {
        summary: Box<ImportSummary>,
    },
    /// The request came to nothing.
    Failed(Problem),
}

/// Tables on their way to the worker, in pieces of some megabytes, so that nobody ever holds a second copy of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnDataPart {
    /// Forgets the pieces of a hand-over that was not finished.
    Begin(Box<OwnDataHead>),
    /// More little-endian values of a column, after those that came before.
    Column {
        object: ObjectId,
        column: u32,
        #[serde(with = "serde_bytes")]
        values: Vec<u8>,
        /// One byte a row, 0 where the value is null; empty for a column without nulls.
        #[serde(with = "serde_bytes")]
        present: Vec<u8>,
    },
}

/// The levels of a category column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnLevels {
    pub object: ObjectId,
    pub column: String,
    pub levels: Vec<String>,
}

/// The shape of the tables to come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnDataHead {
    pub source: OwnSource,
    pub levels: Vec<OwnLevels>,
    /// The visitor's own customer ids, where they are not small whole numbers: the name of customer i stands at i − 1.
    pub names: Vec<(Scenario, Vec<String>)>,
}

/// Own tables as the source of runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnDataInUse {
    pub source: OwnSource,
    /// Length of the label window.
    pub horizon_days: u32,
}
