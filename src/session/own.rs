//! The visitor's own tables: put together from pieces, checked, and kept as the beginning of runs. Deliberately no reading of
//! files; that happens in `import`, elsewhere.

use crate::engine::schema::{ColumnType, TableSchema, tables};
use crate::engine::table::{ColumnData, Table, TableError, Values};
use crate::protocol::{ObjectId, OwnDataHead, OwnDataInUse, Scenario};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why pieces do not make tables.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnError {
    #[error("their pieces came in an order that makes no sense")]
    OutOfTurn,
    #[error("{0} is no table that can be brought along")]
    NotATable(&'static str),
    #[error("{object} has a piece that does not fit its column {column}")]
    Misfit { object: &'static str, column: u32 },
    #[error("{object} has {found} rows and should have {expected}")]
    Rows { object: &'static str, found: u64, expected: u64 },
    #[error("a horizon of {0} days is not possible")]
    Horizon(u32),
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Own tables, whole.
pub struct OwnData {
    pub in_use: OwnDataInUse,
    pub tables: BTreeMap<ObjectId, Table>,
    pub names: BTreeMap<Scenario, Arc<Vec<String>>>,
}

impl OwnData {
    pub fn scenarios(&self) -> Vec<Scenario> {
        self.in_use.source.scenarios()
    }
}

/// Own tables of which pieces are missing.
pub struct Arriving {
    head: OwnDataHead,
    tables: BTreeMap<ObjectId, (TableSchema, Vec<ColumnData>)>,
}

fn schema_of(object: ObjectId) -> Option<TableSchema> {
    match object {
        ObjectId::Transactions => Some(tables::continuous_transactions()),
        ObjectId::Interactions => Some(tables::continuous_interactions()),
        ObjectId::Profile => Some(tables::continuous_customers_profile()),
        ObjectId::ColdstartCustomers => Some(tables::coldstart_customers()),
        ObjectId::ColdstartStaging => Some(tables::coldstart_customers_staging()),
        _ => None,
    }
}

fn empty_column(kind: &ColumnType, nullable: bool) -> ColumnData {
    let values = match kind {
        ColumnType::Id => Values::Ids(Vec::new()),
        ColumnType::Day => Values::Days(Vec::new()),
        ColumnType::Cents => Values::Cents(Vec::new()),
        ColumnType::Integer => Values::Integers(Vec::new()),
        ColumnType::Float => Values::Floats(Vec::new()),
        ColumnType::Category(_) => Values::Codes(Vec::new()),
        ColumnType::Timestamp => Values::Timestamps(Vec::new()),
    };
    ColumnData { values, present: nullable.then(Vec::new) }
}

impl Arriving {
    pub fn new(head: OwnDataHead) -> Result<Self, OwnError> {
        let mut arriving = Self { tables: BTreeMap::new(), head };
        for (object, _) in &arriving.head.source.tables {
            let mut schema = schema_of(*object).ok_or(OwnError::NotATable(object.name()))?;
            for own in arriving.head.levels.iter().filter(|own| own.object == *object) {
                if let Some(column) = schema.columns.iter_mut().find(|column| column.name == own.column) {
                    column.kind = ColumnType::Category(own.levels.clone());
                }
            }
            let columns = schema.columns.iter().map(|column| empty_column(&column.kind, column.nullable)).collect();
            arriving.tables.insert(*object, (schema, columns));
        }
        Ok(arriving)
    }

    /// Adds values to a column.
    pub fn take(&mut self, object: ObjectId, column: u32, values: &[u8], present: &[u8]) -> Result<(), OwnError> {
        let misfit = OwnError::Misfit { object: object.name(), column };
        let (_, columns) = self.tables.get_mut(&object).ok_or(OwnError::OutOfTurn)?;
        let data = columns.get_mut(column as usize).ok_or_else(|| misfit.clone())?;
        let fits = match &mut data.values {
            Values::Ids(v) | Values::Days(v) => extend(v, values, i32::from_le_bytes),
            Values::Cents(v) | Values::Integers(v) | Values::Timestamps(v) => extend(v, values, i64::from_le_bytes),
            Values::Floats(v) => extend(v, values, f64::from_le_bytes),
            Values::Codes(v) => {
                v.extend_from_slice(values);
                true
            }
        };
        match &mut data.present {
            Some(flags) => flags.extend(present.iter().map(|flag| *flag != 0)),
            None if present.is_empty() => {}
            None => return Err(misfit),
        }
        let n_flags = data.present.as_ref().map_or(data.values.len(), Vec::len);
        if fits && n_flags == data.values.len() { Ok(()) } else { Err(misfit) }
    }

    /// The tables, when every piece has come.
    pub fn finish(self) -> Result<OwnData, OwnError> {
        let mut tables = BTreeMap::new();
        for (object, (schema, columns)) in self.tables {
            let table = Table::new(schema, columns)?;
            let expected = self.head.source.tables.iter().find(|(id, _)| *id == object).map_or(0, |(_, rows)| *rows);
            if table.n_rows() as u64 != expected {
                return Err(OwnError::Rows { object: object.name(), found: table.n_rows() as u64, expected });
            }
            tables.insert(object, table);
        }
        Ok(OwnData {
            in_use: OwnDataInUse { source: self.head.source, horizon_days: 0 },
            tables,
            names: self.head.names.into_iter().map(|(scenario, names)| (scenario, Arc::new(names))).collect(),
        })
    }
}

fn extend<T, const N: usize>(values: &mut Vec<T>, bytes: &[u8], from_le: fn([u8; N]) -> T) -> bool {
    let (chunks, rest) = bytes.as_chunks::<N>();
    values.extend(chunks.iter().map(|chunk| from_le(*chunk)));
    rest.is_empty()
}
