//! The aggregates of views, kept up to date while events arrive and the observation date moves. Deliberately no second evaluation
//! of expressions: [`eval`](super::eval) computes rows from the kept aggregates exactly as from those it counts itself.
//!
//! ```text
//! raw tables ──new──► accumulators (one per aggregate, one cell per customer)  ──► eval ──► rows of the views that changed
//! new rows ──merge──►      ▲ enter, leave
//!                     ledger of each source: events by day, those that are still to come and those that a window will drop
//!                          ▲ advance(day)
//! ```
//!
//! An event is inside an aggregate's window as of a day, or it is not. Merging enters the rows that are inside now, whatever their
//! date; advancing looks at the ledger's days and lets enter what was outside and is inside, and leave what was inside and is
//! outside. Late rows, rows dated in the future and steps of many days need no case of their own. All sums are of integers, so that
//! the state is the same in whatever order the rows came.

mod accumulator;
mod days;
mod rows;
mod source;

use super::check::CheckedView;
use super::eval::{EvalError, EventSource, Inputs, Observation, evaluate_from, rows_of};
use super::fit::Fitted;
use super::ir::{Aggregate, EventTable};
use super::walk::{Read, reads};
use crate::schema::Day;
use crate::table::{Table, TableError};
use source::Source;
use std::collections::HashMap;

/// Why a state could not be built or moved on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    #[error(transparent)]
    Eval(#[from] EvalError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(
        "the state of {as_of} cannot go back to {to}, because what left a window is gone; build it anew as of {to}"
    )]
    Backwards { as_of: Day, to: Day },
    #[error("no view was given to keep up to date; give at least one")]
    NoView,
    #[error("{table} holds customer {key}, who is not in {entity}; append the customer's row first")]
    UnknownCustomer { table: String, key: i32, entity: String },
    #[error(
        "column {column} of the new rows of {table} has other levels or another type than before; use the table's own schema"
    )]
    OtherColumn { table: String, column: String },
    #[error(
        "row {row} of {entity} is not where the state knows it, or its customer stands there twice; rows are only appended"
    )]
    NotAppended { entity: String, row: usize },
    #[error(
        "the index of {table} was made for a table of {indexed} customers, and {entity} has {n_rows}; index it anew"
    )]
    OtherEntity { table: String, entity: String, indexed: usize, n_rows: usize },
}

/// A view with its fitted values, which stay what they are.
struct Kept {
    view: CheckedView,
    fitted: Fitted,
    /// For each aggregate of the view: its source, and its place among the source's accumulators.
    places: Vec<(usize, usize)>,
    /// Its rows change with the date alone.
    reads_as_of: bool,
}

/// Rows of the views that may differ from what was last taken.
#[derive(Default)]
struct Changed {
    is_marked: Vec<bool>,
    marked: Vec<u32>,
}

impl Changed {
    fn mark(&mut self, customer: u32) {
        if !std::mem::replace(&mut self.is_marked[customer as usize], true) {
            self.marked.push(customer);
        }
    }

    fn clear(&mut self) {
        for customer in self.marked.drain(..) {
            self.is_marked[customer as usize] = false;
        }
    }
}

/// Views of one entity as of a day.
pub struct State {
    views: Vec<Kept>,
    entity: Table,
    /// The row of each customer.
    rows_by_key: HashMap<i32, u32>,
    sources: Vec<Source>,
    as_of: i32,
    changed: Changed,
}

/// Rows of all views that may have changed since the last refresh.
pub struct Refresh {
    /// Rows of the entity table, ascending.
    pub rows: Vec<u32>,
    /// One table per view, in the state's order, one row per entry of `rows`.
    pub tables: Vec<Table>,
}

impl State {
    /// Builds the state of views (upstream before downstream) from raw tables as of a day. Later rows wait until the date reaches them.
    pub fn new(
        views: &[(&CheckedView, &Fitted)],
        entity: &Table,
        events: &[EventSource],
        as_of: i32,
    ) -> Result<Self, StateError> {
        let mut state = Self {
            views: Vec::new(),
            entity: entity.clone(),
            rows_by_key: HashMap::new(),
            sources: Vec::new(),
            as_of,
            changed: Changed::default(),
        };
        for &(view, fitted) in views {
            let places = view.aggregates().iter().map(|aggregate| state.place_of(aggregate, view, events));
            let places = places.collect::<Result<_, _>>()?;
            let reads_as_of = view.features().iter().any(|feature| reads(&feature.expr).contains(&Read::AsOf));
            state.views.push(Kept { view: view.clone(), fitted: fitted.clone(), places, reads_as_of });
        }
        state.learn_keys(0)?;
        state.grow();
        for source in &mut state.sources {
            // `place_of` has found it before.
            if let Some(given) = events.iter().find(|given| given.table().name() == source.events().schema.name) {
                source.read_all(given, as_of)?;
            }
        }
        Ok(state)
    }

    /// Where an aggregate is kept; its source and itself are added when they are new.
    fn place_of(
        &mut self,
        aggregate: &Aggregate,
        view: &CheckedView,
        events: &[EventSource],
    ) -> Result<(usize, usize), StateError> {
        let name = &aggregate.source;
        let given = events.iter().find(|given| given.table().name() == name);
        let (Some(given), Some(definition)) = (given, view.event_table(name)) else {
            return Err(EvalError::MissingTable { view: view.name().to_owned(), table: name.clone() }.into());
        };
        let (indexed, n_rows) = (given.n_entities(), self.entity.n_rows());
        if indexed != n_rows {
            let (table, entity) = (name.clone(), self.entity.name().to_owned());
            return Err(StateError::OtherEntity { table, entity, indexed, n_rows });
        }
        let known = self.sources.iter().position(|source| source.events().schema.name == *name);
        let at = known.unwrap_or_else(|| {
            self.sources.push(Source::new(definition));
            self.sources.len() - 1
        });
        Ok((at, self.sources[at].place_of(aggregate, given.table())))
    }

    /// The observation date, in days since 1970-01-01.
    pub fn as_of(&self) -> i32 {
        self.as_of
    }

    /// Takes an entity table to which rows were appended, in any order of keys; those that were there stay what they are, and the new ones are
    /// changed. On an error nothing is appended.
    pub fn append_entities(&mut self, entity: &Table) -> Result<(), StateError> {
        let key = self.key()?;
        let (known, keys) = (self.entity.ids(key)?, entity.ids(key)?);
        let moved = (0..known.len()).find(|&row| keys.get(row) != known.get(row));
        if let Some(row) = moved {
            return Err(StateError::NotAppended { entity: entity.name().to_owned(), row });
        }
        let n_before = known.len();
        let before = std::mem::replace(&mut self.entity, entity.clone());
        if let Err(error) = self.learn_keys(n_before) {
            self.entity = before;
            return Err(error);
        }
        self.grow();
        (n_before..self.entity.n_rows()).for_each(|row| self.changed.mark(row as u32));
        Ok(())
    }

    /// Adds rows of one event table, in any order and of any date; a table that no view reads changes nothing. On an error nothing
    /// is added.
    pub fn merge(&mut self, rows: &Table) -> Result<(), StateError> {
        let Some(source) = self.sources.iter_mut().find(|source| source.events().schema.name == rows.name()) else {
            return Ok(());
        };
        let row_of = |key: i32| {
            self.rows_by_key.get(&key).copied().ok_or_else(|| StateError::UnknownCustomer {
                table: rows.name().to_owned(),
                key,
                entity: self.entity.name().to_owned(),
            })
        };
        let EventTable { schema: _, key, date } = source.events();
        let (key, date) = (*key, *date);
        let customers = rows.ids(key)?.iter().map(|&key| row_of(key)).collect::<Result<Vec<u32>, _>>()?;
        source.merge(rows, &customers, self.as_of)?;
        for (&customer, &day) in customers.iter().zip(rows.days(date)?) {
            if day <= self.as_of {
                self.changed.mark(customer);
            }
        }
        Ok(())
    }

    /// Moves the observation date forward, by any number of days.
    pub fn advance(&mut self, to: i32) -> Result<(), StateError> {
        if to < self.as_of {
            return Err(StateError::Backwards { as_of: Day(self.as_of), to: Day(to) });
        }
        if to > self.as_of && self.views.iter().any(|kept| kept.reads_as_of) {
            (0..self.entity.n_rows()).for_each(|row| self.changed.mark(row as u32));
        }
        for source in &mut self.sources {
            source.advance(self.as_of, to, &mut |customer| self.changed.mark(customer));
        }
        self.as_of = to;
        Ok(())
    }

    /// Rows of the entity table whose rows in the views may have changed since the last refresh, ascending.
    pub fn changed(&self) -> Vec<u32> {
        let mut rows = self.changed.marked.clone();
        rows.sort_unstable();
        rows
    }

    /// The same rows, which from now on count as known.
    pub fn take_changed(&mut self) -> Vec<u32> {
        let rows = self.changed();
        self.changed.clear();
        rows
    }

    /// The changed rows of all views, which from now on count as known.
    pub fn refresh(&mut self) -> Result<Refresh, StateError> {
        let rows = self.changed();
        let tables = self.rows(&rows)?;
        self.changed.clear();
        Ok(Refresh { rows, tables })
    }

    /// All views for some rows of the entity table; the same values as [`evaluate`](super::evaluate) over all raw rows.
    pub fn rows(&self, rows: &[u32]) -> Result<Vec<Table>, StateError> {
        let mut tables: Vec<Table> = Vec::with_capacity(self.views.len());
        for Kept { view, fitted, places, reads_as_of: _ } in &self.views {
            let kept = |block: &Inputs| {
                Ok(places.iter().map(|&(source, place)| self.sources[source].values(place, view, block.rows)).collect())
            };
            let upstream: Vec<&Table> = tables.iter().collect();
            let as_of = Observation::On(self.as_of);
            let inputs = Inputs { entity: &self.entity, rows, as_of, events: &[], upstream: &upstream };
            tables.push(evaluate_from(view, &inputs, fitted, kept)?);
        }
        Ok(tables)
    }

    /// All views for everybody.
    pub fn tables(&self) -> Result<Vec<Table>, StateError> {
        self.rows(&rows_of(&self.entity))
    }

    /// Bytes of what is kept, without the entity table.
    pub fn bytes(&self) -> usize {
        self.sources.iter().map(Source::bytes).sum()
    }

    fn key(&self) -> Result<&'static str, StateError> {
        Ok(self.views.first().ok_or(StateError::NoView)?.view.definition().entity.key)
    }

    /// Takes up the keys of the rows from `first` on; on an error none of them.
    fn learn_keys(&mut self, first: usize) -> Result<(), StateError> {
        let keys = &self.entity.ids(self.key()?)?[first..];
        let mut new = HashMap::with_capacity(keys.len());
        for (&key, row) in keys.iter().zip(first..) {
            if self.rows_by_key.contains_key(&key) || new.insert(key, row as u32).is_some() {
                return Err(StateError::NotAppended { entity: self.entity.name().to_owned(), row });
            }
        }
        self.rows_by_key.extend(new);
        Ok(())
    }

    fn grow(&mut self) {
        let n_rows = self.entity.n_rows();
        self.changed.is_marked.resize(n_rows, false);
        self.sources.iter_mut().for_each(|source| source.grow(n_rows));
    }
}
