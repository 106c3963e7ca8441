//! Columns and cells of any table.

use crate::engine::schema::{ColumnType, TableSchema};
use crate::engine::table::{Cell, Table};
use crate::protocol::{ColumnKind, TableColumn};

/// The columns of a table as a header shows them.
pub fn columns(schema: &TableSchema) -> Vec<TableColumn> {
    let column = |column: &crate::engine::schema::Column| TableColumn {
        name: column.name.clone(),
        sql_type: column.kind.sql().to_owned(),
        unit: column.unit.clone(),
        meaning: column.meaning.clone(),
        nullable: column.nullable,
        numeric: matches!(column.kind, ColumnType::Id | ColumnType::Cents | ColumnType::Integer | ColumnType::Float),
        kind: kind(&column.kind),
    };
    schema.columns.iter().map(column).collect()
}

fn kind(kind: &ColumnType) -> ColumnKind {
    match kind {
        ColumnType::Id => ColumnKind::Id,
        ColumnType::Day => ColumnKind::Day,
        ColumnType::Cents => ColumnKind::Cents,
        ColumnType::Integer => ColumnKind::Integer,
        ColumnType::Float => ColumnKind::Float,
        ColumnType::Category(levels) => ColumnKind::Category(levels.clone()),
        ColumnType::Timestamp => ColumnKind::Timestamp,
    }
}

/// A cell's text; `None` for a null. Doubles are rounded for the eye: dollars to cents, others to four decimals.
pub fn cell(table: &Table, row: usize, column_idx: usize) -> Option<String> {
    match table.cell(row, column_idx) {
        Cell::Null => None,
        Cell::Float(value) => {
            let dollars = table.schema().columns.get(column_idx).is_some_and(|c| c.unit == "USD");
            let text = if dollars { format!("{value:.2}") } else { format!("{value:.4}") };
            Some(text)
        }
        other @ (Cell::Integer(_) | Cell::Cents(_) | Cell::Day(_) | Cell::Text(_)) => Some(other.to_string()),
    }
}
