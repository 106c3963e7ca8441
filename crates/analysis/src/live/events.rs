//! One event table with what was loaded into its staging table since the run. Deliberately append-only: what the tables held at any moment can
//! be put together again from the times at which rows were loaded.

use super::LiveError;
use super::growing::{bytes_of, pick_values};
use super::ids::IdSet;
use crate::refresh::Minute;
use clv_engine::feature::ir::EventTable;
use clv_engine::feature::{EventIndex, EventSource};
use clv_engine::schema::{ColumnType, TableSchema};
use clv_engine::table::{Table, Values};
use std::ops::Range;

const NONE: u32 = u32::MAX;

/// A row on its way in; columns in the schema's order, the id and the customer left out: days, cents, counts, level positions.
pub struct Arriving<'a> {
    pub id: Option<i32>,
    /// Row of the profile.
    pub customer: u32,
    pub cells: &'a [i64],
}

/// The raw table as it was when the run ended, and the log of what came after.
pub struct Events {
    definition: EventTable,
    raw: Table,
    index: EventIndex,
    schema: TableSchema,
    /// Positions in the schema.
    id_column: usize,
    date_column: usize,
    key_column: usize,
    /// Loaded rows by column; the customer's stays empty.
    columns: Vec<Values>,
    customers: Vec<u32>,
    /// Minutes since 1970-01-01, never descending.
    loaded_at: Runs<Minute>,
    batches: Runs<u16>,
    /// The customer's row before this one.
    previous: Vec<u32>,
    /// Each customer's last row.
    last: Vec<u32>,
    ids: IdSet,
}

impl Events {
    /// `raw` belongs to `profile`, ordered by customer and day.
    pub fn new(definition: &EventTable, raw: &Table, profile: &Table) -> Result<Self, LiveError> {
        let schema = raw.schema().clone();
        let place = |name: &str| schema.index_of(name).unwrap_or_default();
        let (key_column, date_column) = (place(definition.key), place(definition.date));
        let mut ids = IdSet::default();
        for &id in raw.ids(&schema.columns[0].name)? {
            ids.insert(id);
        }
        let columns = schema.columns.iter().map(|column| match column.kind {
            ColumnType::Id => Values::Ids(Vec::new()),
            ColumnType::Day => Values::Days(Vec::new()),
            ColumnType::Cents => Values::Cents(Vec::new()),
            ColumnType::Integer => Values::Integers(Vec::new()),
            ColumnType::Category(_) => Values::Codes(Vec::new()),
            ColumnType::Float => Values::Floats(Vec::new()),
            ColumnType::Timestamp => Values::Timestamps(Vec::new()),
        });
        Ok(Self {
            index: EventIndex::new(definition, raw, profile)?,
            definition: definition.clone(),
            raw: raw.clone(),
            columns: columns.collect(),
            id_column: 0,
            date_column,
            key_column,
            schema,
            customers: Vec::new(),
            loaded_at: Runs::default(),
            batches: Runs::default(),
            previous: Vec::new(),
            last: vec![NONE; profile.n_rows()],
            ids,
        })
    }

    pub fn definition(&self) -> &EventTable {
        &self.definition
    }

    pub fn schema(&self) -> &TableSchema {
        &self.schema
    }

    pub fn raw(&self) -> &Table {
        &self.raw
    }

    /// Loaded rows.
    pub fn len(&self) -> usize {
        self.customers.len()
    }

    /// Loaded rows up to a moment, deleted ones included: they are the first ones.
    pub fn n_loaded_by(&self, moment: Minute) -> usize {
        self.loaded_at.n_before(self.len(), |at| at > moment)
    }

    /// Takes a row, unless its id is known: then it is a duplicate, and the first one counts. Rows without an id get the next one. No row is
    /// loaded before one that is there.
    pub fn load(&mut self, row: &Arriving, loaded_at: Minute, batch: u16) -> bool {
        let id = match row.id {
            Some(id) if !self.ids.insert(id) => return false,
            Some(id) => id,
            None => self.ids.take_next(),
        };
        let mut cells = row.cells.iter();
        for (nth, column) in self.columns.iter_mut().enumerate() {
            if nth == self.id_column {
                push(column, i64::from(id));
            } else if nth != self.key_column {
                push(column, cells.next().copied().unwrap_or_default());
            }
        }
        let at = self.customers.len() as u32;
        let customer = row.customer as usize;
        if self.last.len() <= customer {
            self.last.resize(customer + 1, NONE);
        }
        room(&mut self.previous);
        room(&mut self.customers);
        self.previous.push(std::mem::replace(&mut self.last[customer], at));
        self.customers.push(row.customer);
        let earliest = self.loaded_at.last().unwrap_or(Minute::MIN);
        self.loaded_at.push(at, loaded_at.max(earliest));
        self.batches.push(at, batch);
        true
    }

    /// Makes the ids of a batch free again, because its rows were deleted.
    pub fn free_ids(&mut self, batch: u16) -> usize {
        let Values::Ids(ids) = &self.columns[self.id_column] else { return 0 };
        let of_batch = (0..ids.len()).filter(|&row| self.batches.get(row) == Some(batch));
        of_batch.map(|row| self.ids.remove(ids[row])).count()
    }

    /// The day of a loaded row.
    pub fn day(&self, row: usize) -> i32 {
        integer(&self.columns[self.date_column], row) as i32
    }

    /// A value of a loaded row, by the column's place.
    pub fn value(&self, row: usize, column: usize) -> i64 {
        integer(&self.columns[column], row)
    }

    pub fn id(&self, row: usize) -> i32 {
        self.value(row, self.id_column) as i32
    }

    pub fn batch(&self, row: usize) -> u16 {
        self.batches.get(row).unwrap_or_default()
    }

    pub fn loaded_at(&self, row: usize) -> Minute {
        self.loaded_at.get(row).unwrap_or(Minute::MAX)
    }

    /// Loaded rows of a range, those of deleted batches left out, as a table in the order of loading.
    pub fn loaded(&self, range: Range<usize>, profile: &Table, deleted: &[bool]) -> Result<Table, LiveError> {
        let rows: Vec<u32> = range.filter(|&row| !self.is_in(deleted, row)).map(|row| row as u32).collect();
        let keys = profile.ids(self.definition.key)?;
        let columns = self.columns.iter().enumerate().map(|(nth, values)| {
            if nth == self.key_column {
                Values::Ids(rows.iter().map(|&row| keys[self.customers[row as usize] as usize]).collect()).into()
            } else {
                pick_values(values, &rows).into()
            }
        });
        Ok(Table::new(self.schema.clone(), columns.collect())?)
    }

    /// Whether a row's batch is one of the deleted ones.
    fn is_in(&self, deleted: &[bool], row: usize) -> bool {
        deleted.contains(&true) && deleted.get(usize::from(self.batch(row))).copied().unwrap_or(false)
    }

    /// Every loaded row, those of deleted batches left out: its customer, its day, its place.
    pub fn for_each(&self, deleted: &[bool], mut f: impl FnMut(u32, i32, usize)) {
        (0..self.len())
            .filter(|&row| !self.is_in(deleted, row))
            .for_each(|row| f(self.customers[row], self.day(row), row));
    }

    /// A customer's rows that were loaded by a moment, the last one first, those of deleted batches left out.
    pub fn rows_of(&self, customer: u32, deleted: &[bool], by: Minute) -> Vec<u32> {
        let (mut rows, n_loaded) = (Vec::new(), self.n_loaded_by(by));
        let mut row = self.last.get(customer as usize).copied().unwrap_or(NONE);
        while row != NONE {
            let at = row as usize;
            if at < n_loaded && !self.is_in(deleted, at) {
                rows.push(row);
            }
            row = self.previous[at];
        }
        rows
    }

    /// Everything that was loaded by a moment, raw rows included, of some customers (rows of the profile), ordered by customer as they are
    /// given and by day; rows of deleted batches are left out.
    pub fn as_of(&self, customers: &[u32], profile: &Table, deleted: &[bool], by: Minute) -> Result<Table, LiveError> {
        let raw = EventSource::new(&self.definition, &self.raw, &self.index)?;
        let n_known = raw.n_entities() as u32;
        let raw_days = raw.days();
        // A raw row by its position, a loaded one by its position after all raw ones.
        let first_loaded = self.raw.n_rows() as u32;
        let (mut order, mut keys): (Vec<u32>, Vec<i32>) = (Vec::new(), Vec::new());
        let ids = profile.ids(self.definition.key)?;
        for &customer in customers {
            let begin = order.len();
            if customer < n_known {
                order.extend(raw.rows_of(customer).map(|row| row as u32));
            }
            let mut loaded = self.rows_of(customer, deleted, by);
            if !loaded.is_empty() {
                loaded.reverse();
                order.extend(loaded.into_iter().map(|row| first_loaded + row));
                let day = |row: u32| match row.checked_sub(first_loaded) {
                    None => raw_days[row as usize],
                    Some(row) => self.day(row as usize),
                };
                order[begin..].sort_by_key(|&row| day(row));
            }
            keys.resize(order.len(), ids[customer as usize]);
        }
        let mut columns = Vec::with_capacity(self.columns.len());
        for (nth, (column, loaded)) in self.schema.columns.iter().zip(&self.columns).enumerate() {
            let values = if nth == self.key_column {
                Values::Ids(std::mem::take(&mut keys))
            } else {
                let raw = &self.raw;
                match loaded {
                    Values::Ids(loaded) => Values::Ids(pick_both(raw.ids(&column.name)?, loaded, &order)),
                    Values::Days(loaded) => Values::Days(pick_both(raw.days(&column.name)?, loaded, &order)),
                    Values::Cents(loaded) => Values::Cents(pick_both(raw.integers(&column.name)?, loaded, &order)),
                    Values::Integers(loaded) => {
                        Values::Integers(pick_both(raw.integers(&column.name)?, loaded, &order))
                    }
                    Values::Codes(loaded) => Values::Codes(pick_both(raw.codes(&column.name)?, loaded, &order)),
                    Values::Floats(loaded) => Values::Floats(pick_both(raw.floats(&column.name)?, loaded, &order)),
                    Values::Timestamps(loaded) => {
                        Values::Timestamps(pick_both(raw.timestamps(&column.name)?, loaded, &order))
                    }
                }
            };
            columns.push(values.into());
        }
        Ok(Table::new(self.schema.clone(), columns)?)
    }

    /// Bytes of the log.
    pub fn bytes(&self) -> usize {
        let rows = 4 * (self.customers.capacity() + self.previous.capacity());
        self.columns.iter().map(bytes_of).sum::<usize>()
            + rows
            + self.loaded_at.bytes()
            + self.batches.bytes()
            + 4 * self.last.capacity()
    }
}

/// A value a row, of which many that follow each other are the same.
struct Runs<T> {
    /// The first row of each run, ascending, with its value.
    runs: Vec<(u32, T)>,
}

impl<T> Default for Runs<T> {
    fn default() -> Self {
        Self { runs: Vec::new() }
    }
}

impl<T: Copy + PartialEq> Runs<T> {
    /// Gives the next row its value.
    fn push(&mut self, row: u32, value: T) {
        if self.last() != Some(value) {
            self.runs.push((row, value));
        }
    }

    fn last(&self) -> Option<T> {
        self.runs.last().map(|&(_, value)| value)
    }

    fn get(&self, row: usize) -> Option<T> {
        let at = self.runs.partition_point(|&(first, _)| first as usize <= row).checked_sub(1)?;
        self.runs.get(at).map(|&(_, value)| value)
    }

    /// Rows before the first one whose value is beyond something, of so many; values beyond it follow all others.
    fn n_before(&self, n_rows: usize, is_beyond: impl Fn(T) -> bool) -> usize {
        let at = self.runs.partition_point(|&(_, value)| !is_beyond(value));
        self.runs.get(at).map_or(n_rows, |&(first, _)| first as usize)
    }

    fn bytes(&self) -> usize {
        size_of::<(u32, T)>() * self.runs.capacity()
    }
}

/// Makes room by a quarter: a log of millions of rows that doubled would hold as much again for nothing.
fn room<T>(rows: &mut Vec<T>) {
    if rows.len() == rows.capacity() {
        rows.reserve_exact(1_024.max(rows.len() / 4));
    }
}

fn push(column: &mut Values, value: i64) {
    match column {
        Values::Ids(v) | Values::Days(v) => room(v),
        Values::Cents(v) | Values::Integers(v) | Values::Timestamps(v) => room(v),
        Values::Floats(v) => room(v),
        Values::Codes(v) => room(v),
    }
    match column {
        Values::Ids(v) | Values::Days(v) => v.push(value as i32),
        Values::Cents(v) | Values::Integers(v) | Values::Timestamps(v) => v.push(value),
        Values::Floats(v) => v.push(value as f64),
        Values::Codes(v) => v.push(value as u8),
    }
}

fn integer(column: &Values, row: usize) -> i64 {
    match column {
        Values::Ids(v) | Values::Days(v) => i64::from(v[row]),
        Values::Cents(v) | Values::Integers(v) | Values::Timestamps(v) => v[row],
        Values::Floats(v) => v[row] as i64,
        Values::Codes(v) => i64::from(v[row]),
    }
}

/// Values at positions in two columns put one after the other.
fn pick_both<T: Copy>(first: &[T], second: &[T], order: &[u32]) -> Vec<T> {
    let n_first = first.len();
    order.iter().map(|&at| first.get(at as usize).copied().unwrap_or_else(|| second[at as usize - n_first])).collect()
}
