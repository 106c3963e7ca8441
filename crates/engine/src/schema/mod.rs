//! Tables and columns as data: name, type, meaning, unit and nullability of everything the pipeline reads or writes.
//! Deliberately holds no rows and knows nothing of Arrow; `table` maps these types to arrays.

mod day;
pub mod levels;
pub mod tables;

pub use day::Day;
use serde::{Deserialize, Serialize};

/// What a column's values are, independent of how they are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnType {
    /// A whole number that identifies a row or a customer; INT64 in files.
    Id,
    /// A calendar day; DATE in SQL.
    Day,
    /// An exact amount in integer cents; DECIMAL(12,2) in files.
    Cents,
    /// A whole number; INT64 in files.
    Integer,
    /// An IEEE double.
    Float,
    /// One of a fixed list of levels; VARCHAR in SQL.
    Category(Vec<String>),
    /// Midnight of a calendar day as a timestamp without time zone; TIMESTAMP_NTZ in SQL.
    Timestamp,
}

impl ColumnType {
    /// A category with the given levels.
    pub fn category(levels: &[&str]) -> Self {
        Self::Category(levels.iter().map(|&level| level.to_owned()).collect())
    }

    /// The type's name in Snowflake.
    pub fn sql(&self) -> &'static str {
        match self {
            Self::Id | Self::Integer => "NUMBER(38,0)",
            Self::Day => "DATE",
            Self::Cents => "NUMBER(12,2)",
            Self::Float => "FLOAT",
            Self::Category(_) => "VARCHAR",
            Self::Timestamp => "TIMESTAMP_NTZ",
        }
    }
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: ColumnType,
    pub nullable: bool,
    /// One plain sentence.
    pub meaning: String,
    /// `"days"`, `"USD"`, `"events"`, or empty.
    pub unit: String,
}

impl Column {
    /// A column that is never null.
    pub fn new(name: &str, kind: ColumnType, unit: &str, meaning: &str) -> Self {
        Self { name: name.to_owned(), kind, nullable: false, meaning: meaning.to_owned(), unit: unit.to_owned() }
    }

    /// The same column, nullable.
    pub fn or_null(mut self) -> Self {
        self.nullable = true;
        self
    }
}

/// The shape of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSchema {
    pub name: String,
    pub meaning: String,
    pub columns: Vec<Column>,
}

impl TableSchema {
    /// A table with the given columns.
    pub fn new(name: &str, meaning: &str, columns: Vec<Column>) -> Self {
        Self { name: name.to_owned(), meaning: meaning.to_owned(), columns }
    }

    /// The position of a column.
    pub fn index_of(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == column)
    }

    /// The column of that name.
    pub fn column(&self, column: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == column)
    }
}
