//! Rows that are left out: every one is counted by file, column and reason, the first are listed with their lines.

use super::problem::{ImportError, shown};
use super::{dates, limits, numbers};
use crate::engine::schema::Day;
use crate::protocol::{Rejection, RejectionCount};
use std::collections::BTreeMap;

/// Why a row is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Reason {
    #[error("is empty, and a value is needed here")]
    Missing,
    #[error("is no date")]
    NotADate,
    #[error("is a day that does not exist")]
    NoSuchDay,
    #[error("has a month above 12; the order of day and month may be the other one")]
    OtherOrder,
    #[error("is before {}, so it is a placeholder", Day(dates::FIRST_DAY))]
    LongAgo,
    #[error("is after today")]
    InTheFuture,
    #[error("is no amount with the chosen decimal mark")]
    NotAnAmount,
    #[error("is negative: a refund, and the pipeline reads purchases only")]
    Refund,
    #[error("is zero: no purchase")]
    Zero,
    #[error("is more than {}, so it is a typing error", numbers::MOST_CENTS / 100)]
    TooLarge,
    #[error("is no whole number")]
    NotWhole,
    #[error("is out of bounds")]
    OutOfBounds,
    #[error("is longer than {} bytes", limits::TEXT_BYTES)]
    LongText,
    #[error("is no UTF-8; another encoding may be the right one")]
    NotUtf8,
    #[error("the row has another number of columns than the first one")]
    Ragged,
    #[error("the row has another number of columns and runs over several lines; a quotation mark may not be closed")]
    RaggedOverLines,
    #[error("this customer has a row already")]
    Twice,
}

/// Left-out rows of all files.
#[derive(Default)]
pub struct Rejections {
    file: String,
    counts: BTreeMap<(String, String, Reason), u64>,
    listed: Vec<Rejection>,
    total: u64,
}

impl Rejections {
    /// What follows belongs to this file.
    pub fn begin(&mut self, file: &str) {
        self.file = file.to_owned();
    }

    pub fn total(&self) -> u64 {
        self.total
    }

    pub fn add(&mut self, line: u64, column: &str, text: &str, reason: Reason) {
        self.total += 1;
        *self.counts.entry((self.file.clone(), column.to_owned(), reason)).or_default() += 1;
        if self.listed.len() < limits::REJECTIONS {
            self.listed.push(Rejection {
                file: self.file.clone(),
                line,
                column: column.to_owned(),
                text: shown(text),
                reason: reason.to_string(),
            });
        }
    }

    /// Why a file gave no row at all.
    pub fn nothing_left(&self, rejected: u64) -> ImportError {
        let of_file = self.counts.iter().filter(|((file, ..), _)| *file == self.file);
        match of_file.max_by_key(|(_, n)| **n) {
            Some(((_, column, reason), _)) if rejected > 0 => {
                ImportError::NothingLeft { reason: format!("{column} {reason}.").trim_start().to_owned() }
            }
            _ => ImportError::HeaderOnly,
        }
    }

    /// All in all, by reason (most frequent first), and the list.
    pub fn finish(self) -> (u64, Vec<RejectionCount>, Vec<Rejection>) {
        let count = |((file, column, reason), rows): ((String, String, Reason), u64)| RejectionCount {
            file,
            column,
            reason: reason.to_string(),
            rows,
        };
        let mut counts: Vec<RejectionCount> = self.counts.into_iter().map(count).collect();
        counts.sort_by_key(|count| std::cmp::Reverse(count.rows));
        (self.total, counts, self.listed)
    }
}
