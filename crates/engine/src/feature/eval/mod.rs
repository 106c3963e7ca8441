//! Running a checked view over Arrow tables: all aggregates of a source in one pass over its rows, then every expression
//! column by column. Point in time by construction: the aggregates are given no row after the observation date.

mod aggregate;
mod expr;
mod outcome;
mod plan;
mod vector;

pub(super) use aggregate::{aggregate, code_of};
pub(super) use expr::Evaluator;
pub(super) use outcome::{GapSums, Outcome};
pub use plan::{SourcePlan, plan};

use super::check::CheckedView;
use super::fit::Fitted;
use super::ir::EventTable;
use crate::table::{ColumnData, Table, TableError, Values};
use vector::append;

/// Why a view could not be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("{view} reads {table}, which was not given")]
    MissingTable { view: String, table: String },
    #[error("{table} is not ordered by customer and day (row {row}); sort it before computing features")]
    Unordered { table: String, row: usize },
    #[error("{table} holds customer {key} in row {row}, who is not in {entity}; remove the row or add the customer")]
    UnknownCustomer { table: String, row: usize, key: i32, entity: String },
    #[error("{view} uses the fitted value {name}, which has not been fitted on training rows yet")]
    NotFitted { view: String, name: String },
    #[error("{view} needs an observation date for each row")]
    NoObservationDate { view: String },
}

/// Where each entity's events begin in a table ordered by key and day: `offsets[i]..offsets[i + 1]` are the rows of the entity in
/// row i of the entity table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventIndex {
    offsets: Vec<u32>,
    /// From it on every row is seen, and no entity's days have to be looked at.
    last_day: i32,
}

impl EventIndex {
    /// Indexes a table whose rows are ordered by key and day; the entity table's keys ascend.
    pub fn new(events: &EventTable, table: &Table, entity: &Table) -> Result<Self, EvalError> {
        let entity_keys = entity.ids(events.key)?;
        let (keys, days) = (table.ids(events.key)?, table.days(events.date)?);
        let mut offsets = Vec::with_capacity(entity_keys.len() + 1);
        let mut row = 0;
        for &key in entity_keys {
            offsets.push(row as u32);
            let begin = row;
            while row < keys.len() && keys[row] == key {
                if row > begin && days[row] < days[row - 1] {
                    return Err(EvalError::Unordered { table: table.name().to_owned(), row });
                }
                row += 1;
            }
        }
        offsets.push(row as u32);
        if let Some(&key) = keys.get(row) {
            // Either the customer is unknown or the rows are out of order.
            let table = table.name().to_owned();
            return Err(if entity_keys.contains(&key) {
                EvalError::Unordered { table, row }
            } else {
                EvalError::UnknownCustomer { table, row, key, entity: entity.name().to_owned() }
            });
        }
        Ok(Self { offsets, last_day: days.iter().copied().max().unwrap_or(i32::MIN) })
    }
}

/// Events with their index.
#[derive(Clone, Copy, Debug)]
pub struct EventSource<'a> {
    table: &'a Table,
    days: &'a [i32],
    index: &'a EventIndex,
}

impl<'a> EventSource<'a> {
    /// `index` was made of `table`.
    pub fn new(events: &EventTable, table: &'a Table, index: &'a EventIndex) -> Result<Self, EvalError> {
        Ok(Self { table, days: table.days(events.date)?, index })
    }

    /// The rows of an entity up to a day, as a range.
    pub fn rows_until(&self, entity_row: u32, day: i32) -> std::ops::Range<usize> {
        let all = self.rows_of(entity_row);
        if day >= self.index.last_day {
            return all;
        }
        let days = &self.days[all.clone()];
        // A search waits for memory at every step; counting reads few rows in order and has no branch to mispredict.
        let n_seen = if days.len() <= COUNTED_ROWS {
            days.iter().fold(0_u32, |n, &d| n.wrapping_add(u32::from(d <= day))) as usize
        } else {
            days.partition_point(|&d| d <= day)
        };
        all.start..all.start + n_seen
    }

    /// All rows of an entity, as a range.
    pub fn rows_of(&self, entity_row: u32) -> std::ops::Range<usize> {
        let offsets = &self.index.offsets[entity_row as usize..];
        offsets[0] as usize..offsets[1] as usize
    }

    /// Rows of the entity table that was indexed.
    pub fn n_entities(&self) -> usize {
        self.index.offsets.len() - 1
    }

    pub fn table(&self) -> &'a Table {
        self.table
    }

    pub fn days(&self) -> &'a [i32] {
        self.days
    }
}

/// The observation date of each row.
#[derive(Clone, Copy, Debug)]
pub enum Observation<'a> {
    /// The view has none.
    Undated,
    /// The same day for all rows (serving).
    On(i32),
    /// One day a row (training).
    Each(&'a [i32]),
}

/// Everything a view is computed from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub entity: &'a Table,
    /// The entity table's row of each output row.
    pub rows: &'a [u32],
    pub as_of: Observation<'a>,
    pub events: &'a [EventSource<'a>],
    /// Tables of upstream views, over the same output rows.
    pub upstream: &'a [&'a Table],
}

/// Every row of a table, in order.
pub fn rows_of(table: &Table) -> Vec<u32> {
    (0..table.n_rows() as u32).collect()
}

/// Up to this many rows of an entity are counted instead of searched.
const COUNTED_ROWS: usize = 512;

/// Rows computed together: few enough for all their columns to stay in the cache, many enough for names to be looked up rarely.
const BLOCK_ROWS: usize = 4096;

impl<'a> Inputs<'a> {
    /// The same for some of the output rows; upstream tables stay whole.
    fn block(&self, rows: std::ops::Range<usize>) -> Inputs<'a> {
        let as_of = match self.as_of {
            Observation::Each(days) => Observation::Each(&days[rows.clone()]),
            same @ (Observation::Undated | Observation::On(_)) => same,
        };
        Inputs { rows: &self.rows[rows], as_of, ..*self }
    }
}

/// The view's table: the entity's key, then one column per feature, one row per entry of `inputs.rows`.
pub fn evaluate(view: &CheckedView, inputs: &Inputs, fitted: &Fitted) -> Result<Table, EvalError> {
    let plan = plan(view);
    evaluate_from(view, inputs, fitted, |block| aggregate(view, block, &plan))
}

/// The same with aggregates from elsewhere: those of some rows, in the view's order.
pub(super) fn evaluate_from(
    view: &CheckedView,
    inputs: &Inputs,
    fitted: &Fitted,
    aggregates: impl Fn(&Inputs) -> Result<Vec<Outcome>, EvalError>,
) -> Result<Table, EvalError> {
    let n_rows = inputs.rows.len();
    let keys = inputs.entity.ids(view.definition().entity.key)?;
    let mut columns = vec![Values::Ids(inputs.rows.iter().map(|&row| keys[row as usize]).collect()).into()];
    let mut features: Vec<ColumnData> = Vec::new();
    // Without rows there is one block all the same, which knows the columns' types.
    for first_row in (0..n_rows.max(1)).step_by(BLOCK_ROWS) {
        let block = inputs.block(first_row..n_rows.min(first_row + BLOCK_ROWS));
        let evaluator = Evaluator::new(view, block, first_row, fitted, aggregates(&block)?);
        let parts = evaluator.columns()?;
        if features.is_empty() {
            features = parts;
        } else {
            features.iter_mut().zip(parts).for_each(|(column, part)| append(column, part, n_rows));
        }
    }
    columns.extend(features);
    Ok(Table::new(view.schema(), columns)?)
}
