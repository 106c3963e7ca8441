//! A column in the middle of a computation: values, nulls and, for categories, levels.

use crate::engine::schema::ColumnType;
use crate::engine::table::{ColumnData, Table, TableError, Values};
use std::borrow::Cow;

/// Values with their nulls; `levels` name the codes of a category.
#[derive(Clone, Debug, PartialEq)]
pub struct Vector {
    pub data: ColumnData,
    pub levels: Vec<String>,
}

impl Vector {
    pub fn new(values: Values, present: Option<Vec<bool>>) -> Self {
        Self { data: ColumnData { values, present }, levels: Vec::new() }
    }

    /// The rows of a table's column; cents become dollars.
    pub fn gather(table: &Table, column: &str, rows: &[u32]) -> Result<Self, TableError> {
        let mut data = table.gather(column, rows)?;
        if let Values::Cents(cents) = &data.values {
            data.values = Values::Floats(cents.iter().map(|&c| dollars(c)).collect());
        }
        let levels = match table.schema().column(column).map(|c| &c.kind) {
            Some(ColumnType::Category(levels)) => levels.clone(),
            _ => Vec::new(),
        };
        Ok(Self { data, levels })
    }

    pub fn len(&self) -> usize {
        self.data.values.len()
    }

    pub fn is_present(&self, row: usize) -> bool {
        self.data.present.as_ref().is_none_or(|present| present[row])
    }

    /// The values as numbers; 0 where null. Codes are not numbers and give none.
    pub fn numbers(&self) -> Cow<'_, [f64]> {
        match &self.data.values {
            Values::Floats(v) => Cow::Borrowed(v),
            Values::Integers(v) | Values::Cents(v) | Values::Timestamps(v) => v.iter().map(|&x| x as f64).collect(),
            Values::Ids(v) | Values::Days(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Values::Codes(_) => Cow::Owned(Vec::new()),
        }
    }

    pub fn codes(&self) -> &[u8] {
        if let Values::Codes(codes) = &self.data.values { codes } else { &[] }
    }
}

/// Dollars of exact cents: the double nearest to the decimal number.
pub fn dollars(cents: i64) -> f64 {
    cents as f64 / 100.0
}

/// Present where both are.
pub fn both_present(left: &Vector, right: &Vector) -> Option<Vec<bool>> {
    match (&left.data.present, &right.data.present) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(one.clone()),
        (Some(left), Some(right)) => Some(left.iter().zip(right).map(|(&l, &r)| l && r).collect()),
    }
}
