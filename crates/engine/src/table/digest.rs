//! Digests of tables: 128-bit XXH3 over names, types, null flags and little-endian values, column after column. A check
//! against accident and drift, deliberately not against an adversary.

use super::Table;
use crate::schema::ColumnType;
use serde::{Deserialize, Serialize};
use std::fmt;
use xxhash_rust::xxh3::Xxh3;

/// A 128-bit content hash, printed as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Digest(pub u128);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Digest {
    /// The hash of some bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(xxhash_rust::xxh3::xxh3_128(bytes))
    }
}

/// Values are fed in blocks, so that hashing runs at memory speed and never copies a whole column.
const BLOCK_ROWS: usize = 4_096;

fn update_blocks<T: Copy, const N: usize>(hasher: &mut Xxh3, values: &[T], to_le: impl Fn(T) -> [u8; N]) {
    let mut bytes = Vec::with_capacity(BLOCK_ROWS * N);
    for block in values.chunks(BLOCK_ROWS) {
        bytes.clear();
        bytes.extend(block.iter().flat_map(|&value| to_le(value)));
        hasher.update(&bytes);
    }
}

pub(super) fn of(table: &Table) -> Digest {
    let mut hasher = Xxh3::new();
    let schema = table.schema();
    hasher.update(&(table.n_rows() as u64).to_le_bytes());
    for column in &schema.columns {
        hasher.update(column.name.as_bytes());
        hasher.update(column.kind.sql().as_bytes());
        if let Ok(Some(nulls)) = table.present(&column.name) {
            let flags: Vec<u8> = nulls.iter().map(u8::from).collect();
            hasher.update(&flags);
        }
        // The accessors cannot fail for a column of the table's own schema.
        match &column.kind {
            ColumnType::Id => {
                if let Ok(values) = table.ids(&column.name) {
                    update_blocks(&mut hasher, values, i32::to_le_bytes);
                }
            }
            ColumnType::Day => {
                if let Ok(values) = table.days(&column.name) {
                    update_blocks(&mut hasher, values, i32::to_le_bytes);
                }
            }
            ColumnType::Cents | ColumnType::Integer => {
                if let Ok(values) = table.integers(&column.name) {
                    update_blocks(&mut hasher, values, i64::to_le_bytes);
                }
            }
            ColumnType::Float => {
                if let Ok(values) = table.floats(&column.name) {
                    update_blocks(&mut hasher, values, |value| value.to_bits().to_le_bytes());
                }
            }
            ColumnType::Category(levels) => {
                for level in levels {
                    hasher.update(level.as_bytes());
                    hasher.update(&[0]);
                }
                if let Ok(values) = table.codes(&column.name) {
                    hasher.update(values);
                }
            }
            ColumnType::Timestamp => {
                if let Ok(values) = table.timestamps(&column.name) {
                    update_blocks(&mut hasher, values, i64::to_le_bytes);
                }
            }
        }
    }
    Digest(hasher.digest128())
}
