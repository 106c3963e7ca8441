//! Tables as of any moment: the refresh that counts is found, and what it wrote is computed again from what was loaded by then.

use super::contents::Written;
use super::continuous::{Continuous, PREDICTIONS};
use super::world::{COLDSTART_STAGING, INTERACTIONS_STAGING, Slot, TRANSACTIONS_STAGING, World};
use super::{LiveError, Moment, midnight_of};
use crate::refresh::Minute;
use clv_engine::table::Table;
use std::ops::Range;

/// A table that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableRef {
    /// By its place in the graph.
    Dynamic(usize),
    TransactionsStaging,
    InteractionsStaging,
    ColdstartStaging,
}

/// Rows of a table as of a moment.
#[derive(Clone, Debug)]
pub struct Reading {
    pub table: Table,
    /// Rows of the whole table at that moment.
    pub n_rows: usize,
    /// The refresh that brought the table into this state; `None` for staging tables.
    pub refresh: Option<u64>,
    /// As of when it holds its sources.
    pub data_time: Minute,
    /// The refresh that wrote each row, for predictions.
    pub writers: Vec<u64>,
}

impl World {
    /// The table of a name.
    pub fn table_ref(&self, name: &str) -> Option<TableRef> {
        match name {
            TRANSACTIONS_STAGING => Some(TableRef::TransactionsStaging),
            INTERACTIONS_STAGING => Some(TableRef::InteractionsStaging),
            COLDSTART_STAGING => Some(TableRef::ColdstartStaging),
            name => self.scheduler().graph().position(name).map(TableRef::Dynamic),
        }
    }

    /// Some rows of a table at a moment, in the order in which customers entered, or rows were loaded; `None` before its first refresh.
    pub fn read(&self, table: TableRef, at: Minute, range: Range<usize>) -> Result<Option<Reading>, LiveError> {
        let at = at.min(self.now());
        match table {
            TableRef::Dynamic(nth) => self.read_dynamic(nth, at, range),
            TableRef::ColdstartStaging => {
                let Some(side) = &self.coldstart else { return Ok(None) };
                let rows = side.rows_at(at);
                let table = side.staging(within(&rows, range))?;
                Ok(Some(Reading { table, n_rows: rows.len(), refresh: None, data_time: at, writers: Vec::new() }))
            }
            TableRef::TransactionsStaging | TableRef::InteractionsStaging => {
                let Some(side) = &self.continuous else { return Ok(None) };
                let is_purchases = table == TableRef::TransactionsStaging;
                let events = if is_purchases { &side.transactions } else { &side.interactions };
                let (first, end) = (events.n_loaded_by(midnight_of(at) - 1), events.n_loaded_by(at));
                let n_rows = end - first;
                let (from, to) = (first + range.start.min(n_rows), first + range.end.min(n_rows));
                let table = events.loaded(from..to, side.profile(), &self.deleted_by(at))?;
                Ok(Some(Reading { table, n_rows, refresh: None, data_time: at, writers: Vec::new() }))
            }
        }
    }

    fn read_dynamic(&self, nth: usize, at: Minute, range: Range<usize>) -> Result<Option<Reading>, LiveError> {
        match self.slot(nth) {
            Slot::Continuous(table) => {
                let Some(side) = &self.continuous else { return Ok(None) };
                let Some(written) = side.tables[table].written_by(at) else { return Ok(None) };
                let n_rows = side.n_rows_by(written.at);
                let rows: Vec<u32> = (range.start.min(n_rows) as u32..range.end.min(n_rows) as u32).collect();
                Ok(Some(self.recomputed(side, table, &rows, written, n_rows)?))
            }
            Slot::Coldstart => {
                let Some(side) = &self.coldstart else { return Ok(None) };
                let Some(written) = side.contents.written_by(at) else { return Ok(None) };
                let all = side.rows_at(written.at);
                let rows = within(&all, range);
                let deleted = self.deleted_by(written.at);
                let moment = Moment { at: written.at, deleted: &deleted };
                let table = side.recompute(rows, moment, written.version)?;
                let writer = |&row: &u32| side.contents.writer_of(row, at).map_or(0, |written| written.refresh);
                let writers = rows.iter().map(writer).collect();
                let (refresh, data_time) = (Some(written.refresh), written.at);
                Ok(Some(Reading { table, n_rows: all.len(), refresh, data_time, writers }))
            }
        }
    }

    fn recomputed(
        &self,
        side: &Continuous,
        table: usize,
        rows: &[u32],
        written: &Written,
        n_rows: usize,
    ) -> Result<Reading, LiveError> {
        let deleted = self.deleted_by(written.at);
        let moment = Moment { at: written.at, deleted: &deleted };
        let writers = match table {
            PREDICTIONS => {
                let writer = |&row: &u32| side.tables[table].writer_of(row, written.at).map_or(0, |by| by.refresh);
                rows.iter().map(writer).collect()
            }
            _ => Vec::new(),
        };
        Ok(Reading {
            table: side.recompute(table, rows, moment, written.version)?,
            n_rows,
            refresh: Some(written.refresh),
            data_time: written.at,
            writers,
        })
    }
}

fn within(rows: &[u32], range: Range<usize>) -> &[u32] {
    &rows[range.start.min(rows.len())..range.end.min(rows.len())]
}
