//! Conditions on columns as one bit a row, 64 rows at a time and without branches. Deliberately no row numbers yet: a sort
//! that follows needs only the bits, so that no second list of rows is held.

use super::{Condition, Selection};
use crate::schema::ColumnType;
use crate::table::{Table, TableError};

/// The rows that remain.
#[derive(Debug)]
pub(super) struct Kept {
    n_rows: usize,
    /// One bit a row; `None` keeps all.
    bits: Option<Vec<u64>>,
}

impl Kept {
    /// How many rows remain.
    pub fn count(&self) -> usize {
        match &self.bits {
            None => self.n_rows,
            Some(bits) => bits.iter().map(|word| word.count_ones() as usize).sum(),
        }
    }

    /// Rows of the table.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Calls `visit` with the remaining rows of `begin..end` in order; `begin` is a multiple of 64.
    pub fn for_each(&self, begin: usize, end: usize, mut visit: impl FnMut(usize)) {
        let Some(bits) = &self.bits else { return (begin..end).for_each(visit) };
        let words = &bits[begin / 64..end.div_ceil(64)];
        for (idx, word) in words.iter().enumerate() {
            let mut word = *word;
            while word != 0 {
                visit(begin + idx * 64 + word.trailing_zeros() as usize);
                word &= word - 1;
            }
        }
    }

    pub fn selection(&self) -> Selection {
        if self.bits.is_none() {
            return Selection::All(self.n_rows as u32);
        }
        let mut rows = Vec::with_capacity(self.count());
        self.for_each(0, self.n_rows, |row| rows.push(row as u32));
        Selection::Rows(rows)
    }
}

/// A condition on a column, ready to be applied.
#[derive(Debug)]
struct Test {
    column: String,
    accepts: Accepts,
}

#[derive(Debug)]
enum Accepts {
    Nothing,
    Levels(Box<[bool; 256]>),
    Integers(i64, i64),
    Floats(f64, f64),
    Null,
    NotNull,
}

/// Conditions at work.
#[derive(Debug)]
pub(super) struct Filter {
    tests: Vec<Test>,
    n_rows: usize,
    bits: Vec<u64>,
}

impl Filter {
    pub fn new(table: &Table, conditions: &[(String, Condition)]) -> Result<Self, TableError> {
        let tests = conditions.iter().map(|(column, condition)| test(table, column, condition));
        Ok(Self { tests: tests.collect::<Result<_, _>>()?, n_rows: table.n_rows(), bits: Vec::new() })
    }

    /// Tests about `n_rows` rows more; gives what remains after the last one.
    pub fn step(&mut self, table: &Table, n_rows: usize) -> Option<Kept> {
        if self.tests.is_empty() {
            return Some(Kept { n_rows: self.n_rows, bits: None });
        }
        let begin = self.bits.len();
        let end = begin.saturating_add(n_rows.div_ceil(64).max(1)).min(self.n_rows.div_ceil(64));
        self.bits.reserve_exact(self.n_rows.div_ceil(64) - begin);
        self.bits.resize(end, u64::MAX);
        for test in &self.tests {
            // Columns were found and typed when the tests were made; one that is not there any more accepts nothing.
            if apply(table, test, begin, &mut self.bits[begin..]).is_err() {
                self.bits[begin..].fill(0);
            }
        }
        if end < self.n_rows.div_ceil(64) {
            return None;
        }
        if let Some(last) = self.bits.last_mut().filter(|_| !self.n_rows.is_multiple_of(64)) {
            *last &= (1 << (self.n_rows % 64)) - 1;
        }
        Some(Kept { n_rows: self.n_rows, bits: Some(std::mem::take(&mut self.bits)) })
    }
}

fn test(table: &Table, column: &str, condition: &Condition) -> Result<Test, TableError> {
    let Some(found) = table.schema().column(column) else {
        return Err(TableError::UnknownColumn { table: table.name().to_owned(), column: column.to_owned() });
    };
    let accepts = match (condition, &found.kind) {
        (Condition::Null, _) => Accepts::Null,
        (Condition::NotNull, _) => Accepts::NotNull,
        (Condition::Levels(wanted), ColumnType::Category(levels)) => {
            let mut accepted = Box::new([false; 256]);
            for (flag, level) in accepted.iter_mut().zip(levels) {
                *flag = wanted.contains(level);
            }
            Accepts::Levels(accepted)
        }
        (
            Condition::Integers { low, high },
            ColumnType::Id | ColumnType::Day | ColumnType::Cents | ColumnType::Integer | ColumnType::Timestamp,
        ) => Accepts::Integers(low.unwrap_or(i64::MIN), high.unwrap_or(i64::MAX)),
        (Condition::Floats { low, high }, ColumnType::Float) => {
            let (low, high) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
            if low.is_nan() || high.is_nan() { Accepts::Nothing } else { Accepts::Floats(low, high) }
        }
        (Condition::Levels(_), _) => return Err(table.wrong_type(column, "levels")),
        (Condition::Integers { .. }, _) => return Err(table.wrong_type(column, "whole numbers or days")),
        (Condition::Floats { .. }, _) => return Err(table.wrong_type(column, "floats")),
    };
    Ok(Test { column: column.to_owned(), accepts })
}

/// Clears the bits of rows that fail; `first` is the number of the first word.
fn apply(table: &Table, test: &Test, first: usize, bits: &mut [u64]) -> Result<(), TableError> {
    let column = test.column.as_str();
    match &test.accepts {
        Accepts::Nothing => bits.fill(0),
        Accepts::Null => keep_null(table, column, first, bits, true)?,
        Accepts::NotNull => keep_null(table, column, first, bits, false)?,
        Accepts::Levels(accepted) => keep(table.codes(column)?, first, bits, |code| accepted[usize::from(code)]),
        Accepts::Floats(low, high) => keep(table.floats(column)?, first, bits, |v| v >= *low && v <= *high),
        Accepts::Integers(low, high) => match table.schema().column(column).map(|c| &c.kind) {
            Some(ColumnType::Id) => keep(table.ids(column)?, first, bits, within_i32(*low, *high)),
            Some(ColumnType::Day) => keep(table.days(column)?, first, bits, within_i32(*low, *high)),
            Some(ColumnType::Timestamp) => keep(table.timestamps(column)?, first, bits, |v| v >= *low && v <= *high),
            _ => keep(table.integers(column)?, first, bits, |v| v >= *low && v <= *high),
        },
    }
    if !matches!(test.accepts, Accepts::Null | Accepts::NotNull) {
        // A null is stored as 0, which the test may have taken for a value.
        keep_null(table, column, first, bits, false)?;
    }
    Ok(())
}

fn within_i32(low: i64, high: i64) -> impl Fn(i32) -> bool {
    move |value| i64::from(value) >= low && i64::from(value) <= high
}

fn keep<T: Copy>(values: &[T], first: usize, bits: &mut [u64], accepts: impl Fn(T) -> bool) {
    let values = &values[(first * 64).min(values.len())..];
    for (word, values) in bits.iter_mut().zip(values.chunks(64)) {
        let mut accepted = 0;
        for (i, value) in values.iter().enumerate() {
            accepted |= u64::from(accepts(*value)) << i;
        }
        *word &= accepted;
    }
}

fn keep_null(table: &Table, column: &str, first: usize, bits: &mut [u64], wanted: bool) -> Result<(), TableError> {
    let Some(nulls) = table.present(column)? else {
        if wanted {
            bits.fill(0);
        }
        return Ok(());
    };
    for (idx, word) in bits.iter_mut().enumerate() {
        let begin = (first + idx) * 64;
        let mut null = 0;
        for (i, row) in (begin..(begin + 64).min(nulls.len())).enumerate() {
            null |= u64::from(nulls.is_null(row)) << i;
        }
        *word &= if wanted { null } else { !null };
    }
    Ok(())
}
