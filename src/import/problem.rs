//! Why a file, or all of them together, cannot be read: each with what happened, why and what to do. Rows that cannot be read
//! are no errors; they are rejections.

use super::limits;
use crate::engine::table::TableError;
use crate::protocol::Problem;

/// Why an import ends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    #[error("It is empty.")]
    Empty,
    #[error("It has a header and no rows.")]
    HeaderOnly,
    #[error("It is {what}, whatever its name says.")]
    OtherKind { what: &'static str, remedy: &'static str },
    #[error("It holds zero bytes, so it is no text.")]
    Binary,
    #[error("The browser could not read it: {0}.")]
    Read(String),
    #[error("It ends before its own table of contents says; it was cut off or is still being written.")]
    Cut,
    #[error("The record that begins in line {line} is longer than {} MB; a quotation mark may not be closed there.", limits::LINE_BYTES / 1_000_000)]
    LongLine { line: u64 },
    #[error("It has {found} columns, and {} can be read.", limits::COLUMNS)]
    Columns { found: String },
    #[error("Its Parquet structure could not be read: {0}.")]
    Parquet(String),
    #[error("Its column {column} is compressed with {codec}, which cannot be read here.")]
    Codec { column: String, codec: String },
    #[error(
        "Its column {column} says that it takes {megabytes} MB when decompressed, and {} MB can be read at a time.",
        limits::COLUMN_CHUNK_BYTES >> 20
    )]
    Bomb { column: String, megabytes: i64 },
    #[error("It has more than {limit} {what}.")]
    TooMany { what: &'static str, limit: usize },
    #[error("No row could be read. Most often: {reason}")]
    NothingLeft { reason: String },
    #[error("The chosen columns do not belong to this table.")]
    Plan,
    #[error("There is a file of interactions or customers, and none of transactions.")]
    NoTransactions,
    #[error("No cold-start customer has a value in ACTUAL_12M_LTV, so there is nothing to learn from.")]
    NoTarget,
    #[error("The tables could not be put together: {0}.")]
    Table(#[from] TableError),
}

impl ImportError {
    fn remedy(&self) -> &'static str {
        match self {
            Self::Empty | Self::HeaderOnly => "Choose a file that has rows.",
            Self::OtherKind { remedy, .. } => remedy,
            Self::Binary => "Save the table as CSV (UTF-8) or Parquet and choose that file.",
            Self::Read(_) => "Check that the file is still where it was, then choose it again.",
            Self::Cut => "Get the whole file and choose it again.",
            Self::LongLine { .. } => "Look at that line in an editor, or choose another delimiter.",
            Self::Columns { .. } => "Keep the columns that matter, or choose another delimiter.",
            Self::Parquet(_) => "Write the file again, with another program if need be, or save it as CSV.",
            Self::Codec { .. } => "Write the file with Snappy, gzip, LZ4 or no compression.",
            Self::Bomb { .. } => "Write the file with smaller row groups.",
            Self::TooMany { .. } => "Take a sample of the customers, with all rows of each.",
            Self::NothingLeft { .. } => {
                "Look at the preview: the columns, the decimal mark or the order of dates may be other ones."
            }
            Self::Plan => "Choose the columns again.",
            Self::NoTransactions => "Add a file of transactions: a customer, a date and an amount in each row.",
            Self::NoTarget => "Add customers whose first twelve months are over, with what they spent in them.",
            Self::Table(_) => "Report this with the sentence above.",
        }
    }

    /// The sentences for the visitor, about one file or about all of them (no name).
    pub fn problem(&self, file: Option<&str>) -> Problem {
        let what = match file {
            Some(name) => format!("{} cannot be read.", shown(name)),
            None => "The files cannot be used together.".to_owned(),
        };
        Problem::new(&what, &self.to_string(), self.remedy())
    }
}

/// A stranger's text, short enough for a sentence or a cell, without control characters.
pub fn shown(text: &str) -> String {
    let clean = |c: char| if c.is_control() { '␣' } else { c };
    let mut short: String = text.chars().take(limits::SHOWN_CHARS).map(clean).collect();
    if text.chars().nth(limits::SHOWN_CHARS).is_some() {
        short.pop();
        short.push('…');
    }
    short
}
