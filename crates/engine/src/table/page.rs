//! Single cells as text, for previews and samples. Deliberately exact and unlocalised: thousands separators and
//! abbreviations belong to `present`.

use super::Table;
use crate::schema::{ColumnType, Day};
use std::fmt;

/// One value of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Integer(i64),
    Cents(i64),
    Float(f64),
    Day(Day),
    Text(String),
}

/// `1234` → `12.34`.
pub fn dollars_from_cents(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Cents(cents) => f.write_str(&dollars_from_cents(*cents)),
            Self::Float(value) => write!(f, "{value}"),
            Self::Day(day) => write!(f, "{day}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

const MICROSECONDS_PER_DAY: i64 = 86_400_000_000;

pub(super) fn cell(table: &Table, row: usize, column_idx: usize) -> Cell {
    let Some(column) = table.schema().columns.get(column_idx) else {
        return Cell::Null;
    };
    let name = column.name.as_str();
    let is_null = matches!(table.present(name), Ok(Some(nulls)) if row < nulls.len() && nulls.is_null(row));
    if is_null || row >= table.n_rows() {
        return Cell::Null;
    }
    let value = match &column.kind {
        ColumnType::Id => table.ids(name).map(|v| Cell::Integer(i64::from(v[row]))),
        ColumnType::Day => table.days(name).map(|v| Cell::Day(Day(v[row]))),
        ColumnType::Cents => table.integers(name).map(|v| Cell::Cents(v[row])),
        ColumnType::Integer => table.integers(name).map(|v| Cell::Integer(v[row])),
        ColumnType::Float => table.floats(name).map(|v| Cell::Float(v[row])),
        ColumnType::Category(levels) => table
            .codes(name)
            .map(|v| levels.get(usize::from(v[row])).map_or(Cell::Null, |level| Cell::Text(level.clone()))),
        ColumnType::Timestamp => table
            .timestamps(name)
            .map(|v| Cell::Text(format!("{} 00:00:00", Day((v[row] / MICROSECONDS_PER_DAY) as i32)))),
    };
    value.unwrap_or(Cell::Null)
}
