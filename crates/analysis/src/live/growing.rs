//! Rows of one schema that only become more, one or many at a time, of which any can be taken as a table.

use clv_engine::schema::TableSchema;
use clv_engine::table::{ColumnData, Table, TableError, Values};

/// Columns side by side, in the schema's order.
pub struct Growing {
    schema: TableSchema,
    columns: Vec<ColumnData>,
    n_rows: usize,
}

impl Growing {
    /// Begins with the rows of a table.
    pub fn new(table: &Table) -> Result<Self, TableError> {
        Ok(Self { schema: table.schema().clone(), columns: columns_of(table)?, n_rows: table.n_rows() })
    }

    pub fn schema(&self) -> &TableSchema {
        &self.schema
    }

    /// Appends the rows of a table of the same schema.
    pub fn extend(&mut self, table: &Table) -> Result<(), TableError> {
        if *table.schema() != self.schema {
            let reason = "the rows to append have another schema".to_owned();
            return Err(TableError::Malformed { table: self.schema.name.clone(), reason });
        }
        let n_before = self.n_rows;
        for (column, new) in self.columns.iter_mut().zip(columns_of(table)?) {
            if column.present.is_some() || new.present.is_some() {
                let present = column.present.get_or_insert_with(|| vec![true; n_before]);
                present.extend(new.present.unwrap_or_else(|| vec![true; table.n_rows()]));
            }
            match (&mut column.values, new.values) {
                (Values::Ids(all), Values::Ids(new)) | (Values::Days(all), Values::Days(new)) => all.extend(new),
                (Values::Cents(all), Values::Cents(new))
                | (Values::Integers(all), Values::Integers(new))
                | (Values::Timestamps(all), Values::Timestamps(new)) => all.extend(new),
                (Values::Floats(all), Values::Floats(new)) => all.extend(new),
                (Values::Codes(all), Values::Codes(new)) => all.extend(new),
                // Columns of one schema are of one type.
                _ => {}
            }
        }
        self.n_rows += table.n_rows();
        Ok(())
    }

    /// Some rows, in that order.
    pub fn select(&self, rows: &[u32]) -> Result<Table, TableError> {
        let columns = self.columns.iter().map(|column| ColumnData {
            values: pick_values(&column.values, rows),
            present: column.present.as_ref().map(|present| pick(present, rows)),
        });
        Table::new(self.schema.clone(), columns.collect())
    }

    pub fn bytes(&self) -> usize {
        let of = |column: &ColumnData| bytes_of(&column.values) + column.present.as_ref().map_or(0, Vec::capacity);
        self.columns.iter().map(of).sum()
    }
}

fn columns_of(table: &Table) -> Result<Vec<ColumnData>, TableError> {
    let rows: Vec<u32> = (0..table.n_rows() as u32).collect();
    table.schema().columns.iter().map(|column| table.gather(&column.name, &rows)).collect()
}

fn pick<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|&row| values[row as usize]).collect()
}

/// The values of some rows.
pub fn pick_values(column: &Values, rows: &[u32]) -> Values {
    match column {
        Values::Ids(v) => Values::Ids(pick(v, rows)),
        Values::Days(v) => Values::Days(pick(v, rows)),
        Values::Cents(v) => Values::Cents(pick(v, rows)),
        Values::Integers(v) => Values::Integers(pick(v, rows)),
        Values::Timestamps(v) => Values::Timestamps(pick(v, rows)),
        Values::Floats(v) => Values::Floats(pick(v, rows)),
        Values::Codes(v) => Values::Codes(pick(v, rows)),
    }
}

/// Bytes set aside for values.
pub fn bytes_of(values: &Values) -> usize {
    match values {
        Values::Ids(v) | Values::Days(v) => 4 * v.capacity(),
        Values::Cents(v) | Values::Integers(v) | Values::Timestamps(v) => 8 * v.capacity(),
        Values::Floats(v) => 8 * v.capacity(),
        Values::Codes(v) => v.capacity(),
    }
}

#[cfg(test)]
mod tests {
    use super::Growing;
    use clv_engine::schema::{Column, ColumnType, TableSchema};
    use clv_engine::table::{ColumnData, Table, TableError, Values};

    #[test]
    fn rows_come_out_as_they_went_in_whatever_came_between() -> Result<(), TableError> {
        let columns =
            vec![Column::new("ID", ColumnType::Id, "", ""), Column::new("N", ColumnType::Integer, "", "").or_null()];
        let schema = TableSchema::new("T", "", columns);
        let table = |ids: Vec<i32>, n: Vec<Option<i64>>| {
            Table::new(schema.clone(), vec![Values::Ids(ids).into(), ColumnData::optional_integers(n)])
        };
        let mut growing = Growing::new(&table(vec![1, 2], vec![Some(10), Some(20)])?)?;
        growing.extend(&table(vec![3], vec![None])?)?;
        growing.extend(&table(vec![4], vec![Some(40)])?)?;
        let expected = table(vec![4, 3, 1], vec![Some(40), None, Some(10)])?;
        assert_eq!(growing.select(&[3, 2, 0])?.digest(), expected.digest());
        let other = Table::new(TableSchema::new("U", "", Vec::new()), Vec::new())?;
        assert!(growing.extend(&other).is_err() && growing.n_rows == 4);
        Ok(())
    }
}
