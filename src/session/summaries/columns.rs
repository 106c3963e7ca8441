//! Columns and cells of any table.

use crate::engine::schema::{ColumnType, TableSchema, tables};
use crate::engine::table::{Cell, Table};
use crate::protocol::{ColumnKind, TableColumn};

/// The columns of a table as a header shows them; `named` when its customers have names of their own.
pub fn columns(schema: &TableSchema, named: bool) -> Vec<TableColumn> {
    let column = |column: &crate::engine::schema::Column| {
        let is_name = named && column.name == tables::CUSTOMER_ID;
        let is_numeric =
            matches!(column.kind, ColumnType::Id | ColumnType::Cents | ColumnType::Integer | ColumnType::Float);
        TableColumn {
            name: column.name.clone(),
            sql_type: column.kind.sql().to_owned(),
            unit: column.unit.clone(),
            meaning: column.meaning.clone(),
            nullable: column.nullable,
            numeric: is_numeric && !is_name,
            kind: if is_name { ColumnKind::Name } else { kind(&column.kind) },
        }
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
    cell_text(table.cell(row, column_idx), table.schema().columns.get(column_idx).map_or("", |column| &column.unit))
}

/// The text of a value in a column of that unit.
pub fn cell_text(cell: Cell, unit: &str) -> Option<String> {
    match cell {
        Cell::Null => None,
        Cell::Float(value) if unit == "USD" => Some(format!("{value:.2}")),
        Cell::Float(value) => Some(format!("{value:.4}")),
        other @ (Cell::Integer(_) | Cell::Cents(_) | Cell::Day(_) | Cell::Text(_)) => Some(other.to_string()),
    }
}
