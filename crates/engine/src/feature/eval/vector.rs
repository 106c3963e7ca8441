//! A column in the middle of a computation: values, nulls and, for categories, levels. A vector of one value stands for all rows, so
//! that constants cost nothing; only what leaves the evaluator is written out row by row.

use crate::schema::ColumnType;
use crate::table::{ColumnData, Table, TableError, Values};
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

    /// The values as numbers; 0 where null. Codes are not numbers and give 0.
    pub fn numbers(&self) -> Cow<'_, [f64]> {
        match &self.data.values {
            Values::Floats(v) => Cow::Borrowed(v),
            Values::Integers(v) | Values::Cents(v) | Values::Timestamps(v) => v.iter().map(|&x| x as f64).collect(),
            Values::Ids(v) | Values::Days(v) => v.iter().map(|&x| f64::from(x)).collect(),
            Values::Codes(_) => Cow::Borrowed(&[0.0]),
        }
    }

    /// The values as whole numbers.
    pub fn integers(&self) -> Cow<'_, [i64]> {
        match &self.data.values {
            Values::Integers(v) => Cow::Borrowed(v),
            _ => self.numbers().iter().map(|&x| x as i64).collect(),
        }
    }

    /// The values as days.
    pub fn days(&self) -> Cow<'_, [i32]> {
        match &self.data.values {
            Values::Days(v) => Cow::Borrowed(v),
            _ => self.numbers().iter().map(|&x| x as i32).collect(),
        }
    }

    /// The codes of a category; what is none, such as a null, has code 0.
    pub fn codes(&self) -> &[u8] {
        if let Values::Codes(codes) = &self.data.values { codes } else { &[0] }
    }

    /// Where there is a value.
    pub fn present(&self) -> &[bool] {
        self.data.present.as_deref().unwrap_or(&[true])
    }

    /// Of a vector that is written out.
    pub fn is_present(&self, row: usize) -> bool {
        self.data.present.as_ref().is_none_or(|present| present[row])
    }

    /// One value a row.
    pub fn written_out(mut self, n_rows: usize) -> Self {
        let values = &mut self.data.values;
        if values.len() != n_rows {
            match values {
                Values::Ids(v) | Values::Days(v) => write_out(v, n_rows),
                Values::Cents(v) | Values::Integers(v) | Values::Timestamps(v) => write_out(v, n_rows),
                Values::Floats(v) => write_out(v, n_rows),
                Values::Codes(v) => write_out(v, n_rows),
            }
        }
        if let Some(present) = &mut self.data.present {
            write_out(present, n_rows);
        }
        self
    }
}

/// One value a row, where one may stand for all.
pub fn write_out<T: Copy>(values: &mut Vec<T>, n_rows: usize) {
    if let [one] = values[..] {
        values.resize(n_rows, one);
    }
}

/// Puts rows behind others, which will be `n_rows` in the end.
pub fn append(column: &mut ColumnData, part: ColumnData, n_rows: usize) {
    fn extend<T>(own: &mut Vec<T>, more: Vec<T>, n_rows: usize) {
        own.reserve_exact(n_rows - own.len());
        own.extend(more);
    }
    let (n_before, n_more) = (column.values.len(), part.values.len());
    match (&mut column.values, part.values) {
        (Values::Ids(own), Values::Ids(more)) | (Values::Days(own), Values::Days(more)) => extend(own, more, n_rows),
        (Values::Cents(own), Values::Cents(more))
        | (Values::Integers(own), Values::Integers(more))
        | (Values::Timestamps(own), Values::Timestamps(more)) => extend(own, more, n_rows),
        (Values::Floats(own), Values::Floats(more)) => extend(own, more, n_rows),
        (Values::Codes(own), Values::Codes(more)) => extend(own, more, n_rows),
        // A feature has one type; the table would say that rows are missing.
        (_, _) => {}
    }
    if column.present.is_some() || part.present.is_some() {
        let own = column.present.get_or_insert_with(|| vec![true; n_before]);
        extend(own, part.present.unwrap_or_else(|| vec![true; n_more]), n_rows);
    }
}

/// Combines two columns row by row.
pub fn zip<L: Copy, R: Copy, T>(left: &[L], right: &[R], f: impl Fn(L, R) -> T) -> Vec<T> {
    match (left, right) {
        ([left], right) => right.iter().map(|&r| f(*left, r)).collect(),
        (left, [right]) => left.iter().map(|&l| f(l, *right)).collect(),
        (left, right) => left.iter().zip(right).map(|(&l, &r)| f(l, r)).collect(),
    }
}

/// The value of the first arm that holds, row by row; conditions have one entry a row.
pub fn choose<T: Copy>(arms: &[(&[bool], &[T])], otherwise: &[T], n_rows: usize) -> Vec<T> {
    let mut chosen = otherwise.to_vec();
    write_out(&mut chosen, n_rows);
    // The first arm is written last.
    for &(holds, values) in arms.iter().rev() {
        let rows = chosen.iter_mut().zip(holds);
        match values {
            [one] => rows.for_each(|(chosen, &holds)| *chosen = if holds { *one } else { *chosen }),
            each => rows.zip(each).for_each(|((chosen, &holds), &value)| *chosen = if holds { value } else { *chosen }),
        }
    }
    chosen
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
        (Some(left), Some(right)) => Some(zip(left, right, |l, r| l && r)),
    }
}
