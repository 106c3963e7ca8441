//! Tables: a schema with an Arrow record batch. The only place that builds, reads, prints or hashes Arrow arrays; the rest
//! of the engine sees slices and `ColumnData`.
//!
//! | column type | array | why |
//! |---|---|---|
//! | `Id` | `Int32` | half the memory of 50 million 64-bit ids; widened to INT64 in files |
//! | `Day` | `Date32` | |
//! | `Cents`, `Integer` | `Int64` | exact sums |
//! | `Float` | `Float64` | |
//! | `Category` | `Dictionary<UInt8, Utf8>` | one byte a row |
//! | `Timestamp` | `Timestamp(µs)` | |

mod digest;
mod page;
pub mod query;

pub use digest::Digest;
pub use page::{Cell, dollars_from_cents};

use crate::schema::{ColumnType, TableSchema};
use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, DictionaryArray, Float64Array, Int32Array, Int64Array, RecordBatch,
    RecordBatchOptions, StringArray, TimestampMicrosecondArray, UInt8Array,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{
    Date32Type, Field, Float64Type, Int32Type, Int64Type, Schema, TimestampMicrosecondType, UInt8Type,
};
use std::sync::Arc;

/// What can be wrong when a table is put together or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    #[error("table {table} has no column {column}; it was asked for by name")]
    UnknownColumn { table: String, column: String },
    #[error("column {column} of table {table} holds {found}, where {expected} is needed")]
    WrongType { table: String, column: String, expected: &'static str, found: String },
    #[error("table {table} cannot be built: {reason}")]
    Malformed { table: String, reason: String },
}

/// The values of a column on their way into a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    Ids(Vec<i32>),
    Days(Vec<i32>),
    Cents(Vec<i64>),
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    /// Positions in the column's list of levels.
    Codes(Vec<u8>),
    /// Microseconds since 1970-01-01.
    Timestamps(Vec<i64>),
}

impl Values {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Ids(v) | Self::Days(v) => v.len(),
            Self::Cents(v) | Self::Integers(v) | Self::Timestamps(v) => v.len(),
            Self::Floats(v) => v.len(),
            Self::Codes(v) => v.len(),
        }
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Values and which of them are present.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnData {
    pub values: Values,
    /// One flag a row, false where the value is null; `None` = no nulls. A table stores 0 at null positions, whatever stands
    /// there on the way in: fills and digests rely on it.
    pub present: Option<Vec<bool>>,
}

impl From<Values> for ColumnData {
    fn from(values: Values) -> Self {
        Self { values, present: None }
    }
}

impl ColumnData {
    /// Optional integers, nulls stored as 0.
    pub fn optional_integers(values: Vec<Option<i64>>) -> Self {
        Self {
            present: Some(values.iter().map(Option::is_some).collect()),
            values: Values::Integers(values.into_iter().map(Option::unwrap_or_default).collect()),
        }
    }

    /// Optional days, nulls stored as 0.
    pub fn optional_days(values: Vec<Option<i32>>) -> Self {
        Self {
            present: Some(values.iter().map(Option::is_some).collect()),
            values: Values::Days(values.into_iter().map(Option::unwrap_or_default).collect()),
        }
    }

    /// Optional levels, nulls stored as 0.
    pub fn optional_codes(values: Vec<Option<u8>>) -> Self {
        Self {
            present: Some(values.iter().map(Option::is_some).collect()),
            values: Values::Codes(values.into_iter().map(Option::unwrap_or_default).collect()),
        }
    }
}

/// A column on its way into a table.
#[derive(Clone, Debug)]
pub enum ColumnSource {
    Values(ColumnData),
    /// Another table's column, not copied.
    Shared(SharedColumn),
}

/// A column of a finished table; see [`Table::share`].
#[derive(Clone, Debug)]
pub struct SharedColumn {
    kind: ColumnType,
    array: ArrayRef,
}

impl From<ColumnData> for ColumnSource {
    fn from(data: ColumnData) -> Self {
        Self::Values(data)
    }
}

impl From<Values> for ColumnSource {
    fn from(values: Values) -> Self {
        Self::Values(values.into())
    }
}

impl From<SharedColumn> for ColumnSource {
    fn from(column: SharedColumn) -> Self {
        Self::Shared(column)
    }
}

impl ColumnSource {
    fn len(&self) -> usize {
        match self {
            Self::Values(data) => data.values.len(),
            Self::Shared(column) => column.array.len(),
        }
    }

    fn has_nulls(&self) -> bool {
        match self {
            Self::Values(data) => data.present.is_some(),
            Self::Shared(column) => column.array.null_count() > 0,
        }
    }

    /// `None` when it does not fit the type.
    fn into_array(self, kind: &ColumnType) -> Option<ArrayRef> {
        match self {
            Self::Values(data) => array_from(kind, data),
            Self::Shared(column) => (column.kind == *kind).then_some(column.array),
        }
    }
}

/// A schema with its rows. Cheap to clone: the arrays are shared.
#[derive(Clone, Debug)]
pub struct Table {
    schema: Arc<TableSchema>,
    batch: RecordBatch,
}

/// Tells tables that were built apart, whatever they hold. Keeps no rows alive.
#[derive(Clone, Debug)]
pub struct Identity(Arc<TableSchema>);

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Table {
    /// Puts columns, in the schema's order, into a table. Fails when a length, a type, a code or a null does not fit.
    pub fn new(schema: TableSchema, columns: Vec<ColumnData>) -> Result<Self, TableError> {
        Self::assemble(schema, columns.into_iter().map(ColumnSource::from).collect())
    }

    /// The same, from values and columns of other tables.
    pub fn assemble(schema: TableSchema, columns: Vec<ColumnSource>) -> Result<Self, TableError> {
        let malformed = |reason: String| TableError::Malformed { table: schema.name.clone(), reason };
        if columns.len() != schema.columns.len() {
            return Err(malformed(format!(
                "{} columns were given for {} in its schema",
                columns.len(),
                schema.columns.len()
            )));
        }
        let n_rows = columns.first().map_or(0, ColumnSource::len);
        let mut fields = Vec::with_capacity(columns.len());
        let mut arrays = Vec::with_capacity(columns.len());
        for (column, source) in schema.columns.iter().zip(columns) {
            if source.len() != n_rows {
                return Err(malformed(format!(
                    "column {} has {} rows, the first one {n_rows}",
                    column.name,
                    source.len()
                )));
            }
            if source.has_nulls() && !column.nullable {
                return Err(malformed(format!("column {} may not hold nulls", column.name)));
            }
            let array = source.into_array(&column.kind).ok_or_else(|| {
                malformed(format!("the values of column {} do not fit {:?}", column.name, column.kind))
            })?;
            fields.push(Field::new(&column.name, array.data_type().clone(), column.nullable));
            arrays.push(array);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(n_rows));
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
            .map_err(|error| malformed(error.to_string()))?;
        Ok(Self { schema: Arc::new(schema), batch })
    }

    pub fn schema(&self) -> &TableSchema {
        &self.schema
    }

    /// Which table this is; the same for clones.
    pub fn identity(&self) -> Identity {
        Identity(self.schema.clone())
    }

    pub fn name(&self) -> &str {
        &self.schema.name
    }

    pub fn n_rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// The Arrow arrays, for writers.
    pub fn batch(&self) -> &RecordBatch {
        &self.batch
    }

    /// Bytes of values, validity and levels.
    pub fn bytes(&self) -> usize {
        self.batch.columns().iter().map(|a| a.get_buffer_memory_size()).sum()
    }

    /// A hash of names, types and values in row order; equal wherever the values are equal.
    pub fn digest(&self) -> Digest {
        digest::of(self)
    }

    /// What to show in a cell.
    pub fn cell(&self, row: usize, column_idx: usize) -> Cell {
        page::cell(self, row, column_idx)
    }

    /// A column as it stands, to be part of another table too.
    pub fn share(&self, column: &str) -> Result<SharedColumn, TableError> {
        let array = self.array(column)?.clone();
        let idx = self.schema.index_of(column).unwrap_or_default();
        Ok(SharedColumn { kind: self.schema.columns[idx].kind.clone(), array })
    }

    fn array(&self, column: &str) -> Result<&ArrayRef, TableError> {
        self.schema
            .index_of(column)
            .map(|idx| self.batch.column(idx))
            .ok_or_else(|| TableError::UnknownColumn { table: self.schema.name.clone(), column: column.to_owned() })
    }

    fn wrong_type(&self, column: &str, expected: &'static str) -> TableError {
        TableError::WrongType {
            table: self.schema.name.clone(),
            column: column.to_owned(),
            expected,
            found: self.schema.column(column).map_or_else(String::new, |c| format!("{:?}", c.kind)),
        }
    }

    /// The values of an `Id` column.
    pub fn ids(&self, column: &str) -> Result<&[i32], TableError> {
        self.array(column)?
            .as_primitive_opt::<Int32Type>()
            .map(|a| a.values().as_ref())
            .ok_or_else(|| self.wrong_type(column, "ids"))
    }

    /// The values of a `Day` column; 0 where null.
    pub fn days(&self, column: &str) -> Result<&[i32], TableError> {
        self.array(column)?
            .as_primitive_opt::<Date32Type>()
            .map(|a| a.values().as_ref())
            .ok_or_else(|| self.wrong_type(column, "days"))
    }

    /// The values of an `Integer` or `Cents` column; 0 where null.
    pub fn integers(&self, column: &str) -> Result<&[i64], TableError> {
        self.array(column)?
            .as_primitive_opt::<Int64Type>()
            .map(|a| a.values().as_ref())
            .ok_or_else(|| self.wrong_type(column, "whole numbers"))
    }

    /// The values of a `Float` column; 0 where null.
    pub fn floats(&self, column: &str) -> Result<&[f64], TableError> {
        self.array(column)?
            .as_primitive_opt::<Float64Type>()
            .map(|a| a.values().as_ref())
            .ok_or_else(|| self.wrong_type(column, "floats"))
    }

    /// The level positions of a `Category` column; 0 where null.
    pub fn codes(&self, column: &str) -> Result<&[u8], TableError> {
        self.array(column)?
            .as_dictionary_opt::<UInt8Type>()
            .map(|a| a.keys().values().as_ref())
            .ok_or_else(|| self.wrong_type(column, "levels"))
    }

    /// Microseconds of a `Timestamp` column.
    pub fn timestamps(&self, column: &str) -> Result<&[i64], TableError> {
        self.array(column)?
            .as_primitive_opt::<TimestampMicrosecondType>()
            .map(|a| a.values().as_ref())
            .ok_or_else(|| self.wrong_type(column, "timestamps"))
    }

    /// The values of a column at some rows, in that order.
    pub fn gather(&self, column: &str, rows: &[u32]) -> Result<ColumnData, TableError> {
        fn pick<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
            rows.iter().map(|&row| values[row as usize]).collect()
        }
        let kind = self.schema.column(column).map(|c| &c.kind);
        let values = match kind {
            Some(ColumnType::Id) => Values::Ids(pick(self.ids(column)?, rows)),
            Some(ColumnType::Day) => Values::Days(pick(self.days(column)?, rows)),
            Some(ColumnType::Integer) => Values::Integers(pick(self.integers(column)?, rows)),
            Some(ColumnType::Cents) => Values::Cents(pick(self.integers(column)?, rows)),
            Some(ColumnType::Timestamp) => Values::Timestamps(pick(self.timestamps(column)?, rows)),
            Some(ColumnType::Category(_)) => Values::Codes(pick(self.codes(column)?, rows)),
            // An unknown column ends in the accessor's error.
            Some(ColumnType::Float) | None => Values::Floats(pick(self.floats(column)?, rows)),
        };
        let is_present = |nulls: &NullBuffer| rows.iter().map(|&row| nulls.is_valid(row as usize)).collect();
        Ok(ColumnData { values, present: self.present(column)?.map(is_present) })
    }

    /// Some rows, in that order, as a table of the same schema.
    pub fn select(&self, rows: &[u32]) -> Result<Self, TableError> {
        let columns = self.schema.columns.iter().map(|column| self.gather(&column.name, rows));
        Self::new(self.schema().clone(), columns.collect::<Result<_, _>>()?)
    }

    /// These rows, then those of another table of the same schema.
    pub fn append(&self, below: &Self) -> Result<Self, TableError> {
        fn join<T>(mut above: Vec<T>, below: Vec<T>) -> Vec<T> {
            above.extend(below);
            above
        }
        let all = |table: &Self| (0..table.n_rows() as u32).collect::<Vec<u32>>();
        let (rows, rows_below) = (all(self), all(below));
        let mut columns = Vec::with_capacity(self.schema.columns.len());
        for column in &self.schema.columns {
            let (above, below) = (self.gather(&column.name, &rows)?, below.gather(&column.name, &rows_below)?);
            let present = match (above.present, below.present) {
                (None, None) => None,
                (a, b) => Some(join(
                    a.unwrap_or_else(|| vec![true; rows.len()]),
                    b.unwrap_or_else(|| vec![true; rows_below.len()]),
                )),
            };
            let values = match (above.values, below.values) {
                (Values::Ids(a), Values::Ids(b)) => Values::Ids(join(a, b)),
                (Values::Days(a), Values::Days(b)) => Values::Days(join(a, b)),
                (Values::Cents(a), Values::Cents(b)) => Values::Cents(join(a, b)),
                (Values::Integers(a), Values::Integers(b)) => Values::Integers(join(a, b)),
                (Values::Floats(a), Values::Floats(b)) => Values::Floats(join(a, b)),
                (Values::Codes(a), Values::Codes(b)) => Values::Codes(join(a, b)),
                (Values::Timestamps(a), Values::Timestamps(b)) => Values::Timestamps(join(a, b)),
                _ => return Err(self.wrong_type(&column.name, "the type of the rows below")),
            };
            columns.push(ColumnData { values, present });
        }
        Self::new(self.schema().clone(), columns)
    }

    /// The same rows with another level, the last one, that a category column may hold.
    pub fn with_level(&self, column: &str, level: &str) -> Result<Self, TableError> {
        let codes = self.codes(column)?.to_vec();
        let mut schema = self.schema().clone();
        let mut columns: Vec<ColumnSource> = Vec::with_capacity(schema.columns.len());
        for known in &mut schema.columns {
            match &mut known.kind {
                ColumnType::Category(levels) if known.name == column => {
                    levels.push(level.to_owned());
                    let present = self.present(column)?.map(|nulls| nulls.iter().collect());
                    columns.push(ColumnData { values: Values::Codes(codes.clone()), present }.into());
                }
                _ => columns.push(self.share(&known.name)?.into()),
            }
        }
        Self::assemble(schema, columns)
    }

    /// Which rows hold a value; `None` when all do.
    pub fn present(&self, column: &str) -> Result<Option<&NullBuffer>, TableError> {
        Ok(self.array(column)?.nulls())
    }
}

/// Sets the values at null positions to 0.
fn zero_nulls(data: &mut ColumnData) {
    fn clear<T: Default>(values: &mut [T], present: &[bool]) {
        for (value, _) in values.iter_mut().zip(present).filter(|(_, present)| !**present) {
            *value = T::default();
        }
    }
    let Some(present) = &data.present else { return };
    match &mut data.values {
        Values::Ids(v) | Values::Days(v) => clear(v, present),
        Values::Cents(v) | Values::Integers(v) | Values::Timestamps(v) => clear(v, present),
        Values::Floats(v) => clear(v, present),
        Values::Codes(v) => clear(v, present),
    }
}

/// `None` when the values do not fit the type.
fn array_from(kind: &ColumnType, mut data: ColumnData) -> Option<ArrayRef> {
    zero_nulls(&mut data);
    let nulls =
        data.present.map(|flags| NullBuffer::new(BooleanBuffer::from(flags))).filter(|nulls| nulls.null_count() > 0);
    let int64 = |values, nulls| Arc::new(Int64Array::new(ScalarBuffer::from(values), nulls));
    let array: ArrayRef = match (kind, data.values) {
        (ColumnType::Id, Values::Ids(v)) => Arc::new(Int32Array::new(ScalarBuffer::from(v), nulls)),
        (ColumnType::Day, Values::Days(v)) => Arc::new(Date32Array::new(ScalarBuffer::from(v), nulls)),
        (ColumnType::Cents, Values::Cents(v)) | (ColumnType::Integer, Values::Integers(v)) => int64(v, nulls),
        (ColumnType::Float, Values::Floats(v)) => Arc::new(Float64Array::new(ScalarBuffer::from(v), nulls)),
        (ColumnType::Timestamp, Values::Timestamps(v)) => {
            Arc::new(TimestampMicrosecondArray::new(ScalarBuffer::from(v), nulls))
        }
        (ColumnType::Category(levels), Values::Codes(v)) => {
            if levels.len() > 256 || v.iter().any(|&code| usize::from(code) >= levels.len()) {
                return None;
            }
            let keys = UInt8Array::new(ScalarBuffer::from(v), nulls);
            let levels = Arc::new(StringArray::from_iter_values(levels));
            Arc::new(DictionaryArray::<UInt8Type>::try_new(keys, levels).ok()?)
        }
        _ => return None,
    };
    Some(array)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Column;

    fn two_columns() -> TableSchema {
        TableSchema::new(
            "T",
            "",
            vec![
                Column::new("ID", ColumnType::Id, "", ""),
                Column::new("LEVEL", ColumnType::category(&["a", "b"]), "", "").or_null(),
            ],
        )
    }

    #[test]
    fn what_goes_in_comes_out() -> Result<(), TableError> {
        let table = Table::new(
            two_columns(),
            vec![Values::Ids(vec![3, 4]).into(), ColumnData::optional_codes(vec![None, Some(1)])],
        )?;
        assert_eq!(table.ids("ID")?, [3, 4]);
        assert_eq!(table.codes("LEVEL")?, [0, 1]);
        assert_eq!(table.present("LEVEL")?.map(NullBuffer::null_count), Some(1));
        assert_eq!(table.cell(0, 1).to_string(), "");
        assert_eq!(table.cell(1, 1).to_string(), "b");
        Ok(())
    }

    #[test]
    fn a_shared_column_is_the_same_array_and_must_fit() -> Result<(), TableError> {
        let codes = ColumnData::optional_codes(vec![None, Some(1)]);
        let first = Table::new(two_columns(), vec![Values::Ids(vec![3, 4]).into(), codes])?;
        let of = |id: ColumnSource, level: SharedColumn| Table::assemble(two_columns(), vec![id, level.into()]);
        let second = of(Values::Ids(vec![3, 4]).into(), first.share("LEVEL")?)?;
        assert_eq!(second.digest(), first.digest());
        assert!(std::ptr::eq(second.codes("LEVEL")?, first.codes("LEVEL")?));
        assert!(of(Values::Ids(vec![3]).into(), first.share("LEVEL")?).is_err());
        assert!(of(Values::Ids(vec![3, 4]).into(), first.share("ID")?).is_err());
        Ok(())
    }

    #[test]
    fn chosen_rows_keep_their_values_and_another_level_changes_none() -> Result<(), TableError> {
        let codes = ColumnData::optional_codes(vec![None, Some(1), Some(0)]);
        let table = Table::new(two_columns(), vec![Values::Ids(vec![3, 4, 5]).into(), codes])?;
        let chosen = table.select(&[2, 0])?;
        assert_eq!((chosen.ids("ID")?, chosen.cell(0, 1).to_string()), (&[5, 3][..], "a".to_owned()));
        assert_eq!(chosen.cell(1, 1).to_string(), "");
        let both = chosen.append(&table)?;
        assert_eq!(both.ids("ID")?, [5, 3, 3, 4, 5]);
        assert_eq!(both.select(&[2, 3, 4])?.digest(), table.digest());
        let wider = table.with_level("LEVEL", "c")?;
        assert_eq!(wider.schema().columns[1].kind, ColumnType::category(&["a", "b", "c"]));
        assert_eq!((wider.codes("LEVEL")?, wider.cell(0, 1).to_string()), (table.codes("LEVEL")?, String::new()));
        assert!(table.with_level("ID", "c").is_err());
        Ok(())
    }

    #[test]
    fn null_positions_hold_zero_whatever_was_given() -> Result<(), TableError> {
        let schema = TableSchema::new("T", "", vec![Column::new("X", ColumnType::Float, "", "").or_null()]);
        let table = |at_null: f64| {
            let data = ColumnData { values: Values::Floats(vec![at_null, 2.0]), present: Some(vec![false, true]) };
            Table::new(schema.clone(), vec![data])
        };
        assert_eq!(table(7.0)?.floats("X")?, [0.0, 2.0]);
        assert_eq!(table(7.0)?.digest(), table(0.0)?.digest());
        Ok(())
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_column_named() {
        for columns in [
            vec![Values::Ids(vec![1]).into()],
            vec![Values::Ids(vec![1]).into(), Values::Codes(vec![2]).into()],
            vec![Values::Ids(vec![1]).into(), Values::Codes(vec![]).into()],
            vec![Values::Ids(vec![1]).into(), Values::Floats(vec![1.0]).into()],
            vec![
                ColumnData { values: Values::Ids(vec![0]), present: Some(vec![false]) },
                Values::Codes(vec![1]).into(),
            ],
        ] {
            assert!(matches!(Table::new(two_columns(), columns), Err(TableError::Malformed { .. })));
        }
        let table =
            Table::new(two_columns(), vec![Values::Ids(vec![1]).into(), Values::Codes(vec![1]).into()]).unwrap();
        assert!(matches!(table.ids("LEVEL"), Err(TableError::WrongType { .. })));
        assert!(matches!(table.ids("NOPE"), Err(TableError::UnknownColumn { .. })));
    }

    #[test]
    fn the_digest_sees_values_nulls_and_names_but_not_how_nulls_were_stored() {
        let table = |ids: Vec<i32>, codes: Vec<Option<u8>>| {
            Table::new(two_columns(), vec![Values::Ids(ids).into(), ColumnData::optional_codes(codes)])
                .unwrap()
                .digest()
        };
        let base = table(vec![1, 2], vec![Some(0), Some(1)]);
        assert_eq!(base, table(vec![1, 2], vec![Some(0), Some(1)]));
        assert_ne!(base, table(vec![2, 1], vec![Some(0), Some(1)]));
        assert_ne!(base, table(vec![1, 2], vec![None, Some(1)]));
        let unflagged =
            Table::new(two_columns(), vec![Values::Ids(vec![1, 2]).into(), Values::Codes(vec![0, 1]).into()]).unwrap();
        assert_eq!(base, unflagged.digest());
    }
}
