//! Rows of an event table as the accumulators read them: customer, day, and the columns that some aggregate names. Owns only what
//! the ledger keeps; everything else is borrowed from a table.

use super::StateError;
use crate::schema::ColumnType;
use crate::table::Table;
use std::collections::BTreeMap;
use std::ops::Range;

/// The columns read of one event table, by name, with the type that they have in it.
#[derive(Default)]
pub struct Columns {
    codes: Vec<(String, Option<ColumnType>)>,
    numbers: Vec<(String, Option<ColumnType>)>,
}

impl Columns {
    /// The place of a column of levels.
    pub fn codes(&mut self, name: &str, table: &Table) -> usize {
        place(&mut self.codes, name, table)
    }

    /// The place of a column of cents or whole numbers.
    pub fn numbers(&mut self, name: &str, table: &Table) -> usize {
        place(&mut self.numbers, name, table)
    }

    /// Borrows the columns of a table; `customers` and `days` belong to all its rows.
    pub fn of<'t>(&self, table: &'t Table, customers: &'t [u32], days: &'t [i32]) -> Result<Rows<'t>, StateError> {
        for (name, kind) in self.codes.iter().chain(&self.numbers) {
            if table.schema().column(name).map(|column| &column.kind) != kind.as_ref() {
                return Err(StateError::OtherColumn { table: table.name().to_owned(), column: name.clone() });
            }
        }
        let codes = self.codes.iter().map(|(name, _)| table.codes(name)).collect::<Result<_, _>>()?;
        let numbers = self.numbers.iter().map(|(name, _)| table.integers(name)).collect::<Result<_, _>>()?;
        Ok(Rows { customers, days, codes, numbers })
    }
}

fn place(columns: &mut Vec<(String, Option<ColumnType>)>, name: &str, table: &Table) -> usize {
    columns.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
        columns.push((name.to_owned(), table.schema().column(name).map(|column| column.kind.clone())));
        columns.len() - 1
    })
}

/// Rows side by side.
pub struct Rows<'a> {
    /// Rows of the entity table.
    pub customers: &'a [u32],
    pub days: &'a [i32],
    /// In the order of `Columns`.
    pub codes: Vec<&'a [u8]>,
    pub numbers: Vec<&'a [i64]>,
}

impl<'a> Rows<'a> {
    /// Some of the rows, with customers of their own.
    pub fn part<'c>(&self, range: Range<usize>, customers: &'c [u32]) -> Rows<'c>
    where
        'a: 'c,
    {
        Rows {
            customers,
            days: &self.days[range.clone()],
            codes: self.codes.iter().map(|codes| &codes[range.clone()]).collect(),
            numbers: self.numbers.iter().map(|numbers| &numbers[range.clone()]).collect(),
        }
    }
}

/// Rows of one day.
#[derive(Default)]
struct Bucket {
    customers: Vec<u32>,
    days: Vec<i32>,
    codes: Vec<Vec<u8>>,
    numbers: Vec<Vec<i64>>,
}

impl Bucket {
    fn push(&mut self, rows: &Rows, row: usize) {
        self.codes.resize_with(rows.codes.len(), Vec::new);
        self.numbers.resize_with(rows.numbers.len(), Vec::new);
        self.customers.push(rows.customers[row]);
        self.days.push(rows.days[row]);
        self.codes.iter_mut().zip(&rows.codes).for_each(|(own, codes)| own.push(codes[row]));
        self.numbers.iter_mut().zip(&rows.numbers).for_each(|(own, numbers)| own.push(numbers[row]));
    }

    fn rows(&self) -> Rows<'_> {
        Rows {
            customers: &self.customers,
            days: &self.days,
            codes: self.codes.iter().map(Vec::as_slice).collect(),
            numbers: self.numbers.iter().map(Vec::as_slice).collect(),
        }
    }

    fn bytes(&self) -> usize {
        let codes = self.codes.iter().map(Vec::capacity).sum::<usize>();
        let numbers = self.numbers.iter().map(|numbers| 8 * numbers.capacity()).sum::<usize>();
        4 * (self.customers.capacity() + self.days.capacity()) + codes + numbers
    }
}

/// Rows by day: those that are still to come, and those that a window will drop.
#[derive(Default)]
pub struct Ledger {
    buckets: BTreeMap<i32, Bucket>,
}

impl Ledger {
    /// Keeps the rows dated on or after a day.
    pub fn keep(&mut self, rows: &Rows, since: i32) {
        for (row, &day) in rows.days.iter().enumerate().filter(|&(_, &day)| day >= since) {
            self.buckets.entry(day).or_default().push(rows, row);
        }
    }

    /// The rows of each day up to a day, ascending.
    pub fn until(&self, day: i32) -> impl Iterator<Item = (i32, Rows<'_>)> {
        self.buckets.range(..=day).map(|(&day, bucket)| (day, bucket.rows()))
    }

    /// Forgets the rows dated before a day.
    pub fn forget_before(&mut self, day: i32) {
        self.buckets = self.buckets.split_off(&day);
    }

    pub fn bytes(&self) -> usize {
        self.buckets.values().map(Bucket::bytes).sum()
    }
}
