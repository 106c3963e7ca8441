//! Pages of rows: a query is worked out in steps and its selection kept, so that every further page of it is looked up at
//! once. Holds one selection, the last one: at 50 million rows it takes 200 MB.

use super::host::Host;
use super::store::Store;
use super::{missing, summaries};
use crate::engine::schema::tables;
use crate::engine::table::query::{Condition, Order, Query, Search, Selection};
use crate::engine::table::{Identity, Table, TableError};
use crate::protocol::{self, Event, ObjectId, Problem, TablePage, TableQuery, TableRequest, limits};

/// A step looks at rows until so much time has passed.
const STEP_MS: f64 = 20.0;
/// Rows between two looks at the clock.
const STEP_ROWS: usize = 1 << 18;
/// More requests than a screen can have open.
const MAX_WAITING: usize = 8;

/// What a selection was made from.
#[derive(PartialEq)]
struct Source {
    object: ObjectId,
    table: Identity,
    query: TableQuery,
}

struct Found {
    source: Source,
    selection: Selection,
    elapsed_ms: f64,
}

struct Work {
    source: Source,
    search: Search,
    elapsed_ms: f64,
    /// Pages to answer once the selection stands.
    waiting: Vec<TableRequest>,
}

/// The last selection, and the one being worked out.
#[derive(Default)]
pub(super) struct Rows {
    found: Option<Found>,
    work: Option<Work>,
}

impl Rows {
    /// True while [`step`](Self::step) has something to do.
    pub fn has_work(&self) -> bool {
        self.work.is_some()
    }

    /// Answers at once when the selection is known; begins to work it out otherwise.
    pub fn ask(&mut self, request: TableRequest, store: &Store) -> Option<Event> {
        let Some(table) = store.tables.get(&request.table) else {
            return Some(Event::Refused(missing(request.table)));
        };
        if request.query == TableQuery::default() {
            return Some(page(&request, store, table, &Selection::all(table), 0.0));
        }
        let source = Source { object: request.table, table: table.identity(), query: request.query.clone() };
        if let Some(found) = self.found.as_ref().filter(|found| found.source == source) {
            return Some(page(&request, store, table, &found.selection, found.elapsed_ms));
        }
        if let Some(work) = self.work.as_mut().filter(|work| work.source == source) {
            if work.waiting.len() == MAX_WAITING {
                work.waiting.remove(0);
            }
            work.waiting.push(request);
            return None;
        }
        let names = store.names.get(&request.table.scenario()).map_or(&[][..], |names| names.as_slice());
        match Search::new(table, &query(&request.query, names)) {
            Err(error) => Some(Event::Refused(refusal(&error))),
            Ok(search) => {
                // First, so that two selections are never held.
                self.found = None;
                self.work = Some(Work { source, search, elapsed_ms: 0.0, waiting: vec![request] });
                None
            }
        }
    }

    /// Works for some milliseconds; answers what waited once the selection stands.
    pub fn step(&mut self, store: &Store, host: &dyn Host) -> Vec<Event> {
        let Some(work) = &mut self.work else { return Vec::new() };
        let begin_ms = host.now_ms();
        loop {
            let selection = work.search.step(STEP_ROWS);
            let elapsed_ms = host.now_ms() - begin_ms;
            if let Some(selection) = selection {
                work.elapsed_ms += elapsed_ms;
                return self.finish(selection, store);
            }
            if elapsed_ms >= STEP_MS {
                work.elapsed_ms += elapsed_ms;
                return Vec::new();
            }
        }
    }

    fn finish(&mut self, selection: Selection, store: &Store) -> Vec<Event> {
        let Some(Work { source, elapsed_ms, waiting, .. }) = self.work.take() else { return Vec::new() };
        // A table remade in the meantime is asked for again by the page.
        let Some(table) = store.tables.get(&source.object).filter(|table| table.identity() == source.table) else {
            return Vec::new();
        };
        let events = waiting.iter().map(|request| page(request, store, table, &selection, elapsed_ms)).collect();
        self.found = Some(Found { source, selection, elapsed_ms });
        events
    }
}

fn page(request: &TableRequest, store: &Store, table: &Table, selection: &Selection, elapsed_ms: f64) -> Event {
    let limit = request.limit.clamp(*limits::PAGE_ROWS.start(), *limits::PAGE_ROWS.end());
    let offset = usize::try_from(request.offset).map_or(selection.len(), |offset| offset.min(selection.len()));
    let row_numbers = selection.slice(offset, limit as usize);
    let n_columns = table.schema().columns.len();
    // Own customers appear under the visitor's own names.
    let scenario = request.table.scenario();
    let named = store.names.get(&scenario).and(table.schema().index_of(tables::CUSTOMER_ID));
    let cell = |row: usize, column: usize| match named {
        Some(named) if named == column => store.name_of(scenario, table, row),
        _ => summaries::cell(table, row, column),
    };
    let row = |row: &u32| (0..n_columns).map(|column| cell(*row as usize, column)).collect();
    Event::Page(TablePage {
        request: request.request,
        table: request.table,
        query: request.query.clone(),
        offset: offset as u64,
        n_rows: selection.len() as u64,
        n_rows_total: table.n_rows() as u64,
        rows: row_numbers.iter().map(row).collect(),
        row_numbers,
        elapsed_ms,
    })
}

/// `names` are the customers' own, in the order of their ids from 1.
fn query(asked: &TableQuery, names: &[String]) -> Query {
    let condition = |condition: &protocol::Condition| match condition.clone() {
        protocol::Condition::Levels(levels) => Condition::Levels(levels),
        protocol::Condition::Integers { low, high } => Condition::Integers { low, high },
        protocol::Condition::Floats { low, high } => Condition::Floats { low, high },
        protocol::Condition::Names { low, high } => ids_named(names, low.as_deref(), high.as_deref()),
        protocol::Condition::Null => Condition::Null,
        protocol::Condition::NotNull => Condition::NotNull,
    };
    Query {
        filters: asked.filters.iter().map(|filter| (filter.column.clone(), condition(&filter.condition))).collect(),
        sort: asked.sort.as_ref().map(|sort| Order { column: sort.column.clone(), descending: sort.descending }),
    }
}

/// The ids of the names in a range: ids ascend with names.
fn ids_named(names: &[String], low: Option<&str>, high: Option<&str>) -> Condition {
    let n_below = low.map_or(0, |low| names.partition_point(|name| name.as_str() < low));
    let n_until = high.map_or(names.len(), |high| names.partition_point(|name| name.as_str() <= high));
    Condition::Integers { low: Some(n_below as i64 + 1), high: Some(n_until as i64) }
}

fn refusal(error: &TableError) -> Problem {
    Problem::new(
        "The rows were not filtered or sorted.",
        &format!("{error}."),
        "Remove the filter or the sort, then try again.",
    )
}
