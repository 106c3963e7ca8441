//! Which rows of a table, and in which order: conditions on columns and a sort by one column, answered as row numbers. Cut into
//! steps, so that 50 million rows do not keep the caller from other work. Deliberately no joins, expressions or aggregates.

mod filter;
mod sort;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;

use super::{Table, TableError};
use filter::Filter;
use sort::Sort;

/// What a value must be. A null meets only [`Condition::Null`].
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// One of these levels; for categories.
    Levels(Vec<String>),
    /// Between whole numbers, both included; for ids, days, cents, integers and timestamps.
    Integers {
        low: Option<i64>,
        high: Option<i64>,
    },
    /// Between numbers, both included; for floats.
    Floats {
        low: Option<f64>,
        high: Option<f64>,
    },
    Null,
    NotNull,
}

/// All conditions must hold. Without a sort the rows keep the table's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Column and condition.
    pub filters: Vec<(String, Condition)>,
    pub sort: Option<Order>,
}

/// Nulls come last in both directions, equal values in the table's order. Levels are ordered by name, as a warehouse does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub column: String,
    pub descending: bool,
}

/// The rows that a query found, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// So many rows from the first one on.
    All(u32),
    Rows(Vec<u32>),
}

impl Selection {
    /// Every row of a table in order.
    pub fn all(table: &Table) -> Self {
        Self::All(table.n_rows() as u32)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::All(n) => *n as usize,
            Self::Rows(rows) => rows.len(),
        }
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Row numbers from a position on, at most `limit`.
    pub fn slice(&self, offset: usize, limit: usize) -> Vec<u32> {
        let begin = offset.min(self.len());
        let end = begin.saturating_add(limit).min(self.len());
        match self {
            Self::All(_) => (begin as u32..end as u32).collect(),
            Self::Rows(rows) => rows[begin..end].to_vec(),
        }
    }
}

/// A query at work.
#[derive(Debug)]
pub struct Search {
    table: Table,
    phase: Phase,
    sort: Option<Order>,
}

#[derive(Debug)]
enum Phase {
    Filtering(Filter),
    Sorting(Sort),
    Found(Selection),
}

impl Search {
    /// Fails when a column is unknown or a condition does not fit its type.
    pub fn new(table: &Table, query: &Query) -> Result<Self, TableError> {
        if u32::try_from(table.n_rows()).is_err() {
            let reason = "more rows than row numbers of 32 bits can name".to_owned();
            return Err(TableError::Malformed { table: table.name().to_owned(), reason });
        }
        if let Some(order) = &query.sort {
            // Here, so that nothing can fail later.
            sort::Keys::of(table, &order.column)?;
        }
        let filter = Filter::new(table, &query.filters)?;
        Ok(Self { table: table.clone(), phase: Phase::Filtering(filter), sort: query.sort.clone() })
    }

    /// Looks at about `n_rows` rows more. Gives the selection once it is found; after that, an empty one.
    pub fn step(&mut self, n_rows: usize) -> Option<Selection> {
        match &mut self.phase {
            Phase::Filtering(filter) => {
                let kept = filter.step(&self.table, n_rows)?;
                self.phase = match self.sort.take() {
                    None => Phase::Found(kept.selection()),
                    Some(order) => Phase::Sorting(Sort::new(kept, order)),
                };
                None
            }
            Phase::Sorting(sort) => {
                let found = sort.step(&self.table, n_rows)?;
                self.phase = Phase::Found(found);
                None
            }
            Phase::Found(selection) => Some(std::mem::replace(selection, Selection::All(0))),
        }
    }

    /// The whole answer at once.
    pub fn finish(mut self) -> Selection {
        loop {
            if let Some(selection) = self.step(usize::MAX) {
                return selection;
            }
        }
    }
}
