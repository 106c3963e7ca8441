//! What a dynamic table holds, as far as a refresh needs to know it: a hash of every row, which rows have to be computed again, and which refresh
//! wrote what. The rows themselves are computed again wherever somebody reads them.

use crate::refresh::{Change, Minute};
use clv_engine::schema::ColumnType;
use clv_engine::table::{Table, TableError};

/// The hash of a row that is not there.
const ABSENT: u64 = 0;

/// A set of rows.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    is_marked: Vec<bool>,
    rows: Vec<u32>,
}

impl Marks {
    pub fn mark(&mut self, row: u32) {
        let at = row as usize;
        if self.is_marked.len() <= at {
            self.is_marked.resize(at + 1, false);
        }
        if !std::mem::replace(&mut self.is_marked[at], true) {
            self.rows.push(row);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Ascending.
    pub fn rows(&self) -> Vec<u32> {
        let mut rows = self.rows.clone();
        rows.sort_unstable();
        rows
    }

    pub fn clear(&mut self) {
        for row in self.rows.drain(..) {
            self.is_marked[row as usize] = false;
        }
    }
}

/// Rows that a refresh wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Everything that was there.
    All,
    /// Ascending.
    Some(Vec<u32>),
}

/// A refresh that changed something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub refresh: u64,
    /// When it took place: its data time too, because a refresh takes no simulated time.
    pub at: Minute,
    /// Place of the model's version among those that have served.
    pub version: u16,
    pub rows: Rows,
}

/// Hashes, open rows and the refreshes of one table.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    hashes: Vec<u64>,
    pub pending: Marks,
    pub written: Vec<Written>,
}

impl Contents {
    /// Rows that are there.
    pub fn n_rows(&self) -> usize {
        self.hashes.iter().filter(|&&hash| hash != ABSENT).count()
    }

    pub fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// Takes computed rows, and says what has become another value; the rows are in `changed`.
    pub fn take(&mut self, rows: &[u32], hashes: &[u64], changed: &mut Vec<u32>) -> Change {
        let mut change = Change::default();
        for (&row, &hash) in rows.iter().zip(hashes) {
            let at = row as usize;
            if self.hashes.len() <= at {
                self.hashes.resize(at + 1, ABSENT);
            }
            let before = std::mem::replace(&mut self.hashes[at], hash);
            if before == hash {
                continue;
            }
            changed.push(row);
            if before == ABSENT { change.inserted += 1 } else { change.updated += 1 }
        }
        change
    }

    /// Takes a row away; true where it was there.
    pub fn remove(&mut self, row: u32) -> bool {
        self.hashes.get_mut(row as usize).is_some_and(|hash| std::mem::replace(hash, ABSENT) != ABSENT)
    }

    /// The last refresh up to a moment that wrote anything.
    pub fn written_by(&self, moment: Minute) -> Option<&Written> {
        self.written[..self.written.partition_point(|written| written.at <= moment)].last()
    }

    /// The refresh that wrote a row as it stood at a moment.
    pub fn writer_of(&self, row: u32, moment: Minute) -> Option<&Written> {
        let until = self.written.partition_point(|written| written.at <= moment);
        self.written[..until].iter().rev().find(|written| match &written.rows {
            Rows::All => true,
            Rows::Some(rows) => rows.binary_search(&row).is_ok(),
        })
    }

    pub fn bytes(&self) -> usize {
        let of = |written: &Written| match &written.rows {
            Rows::All => 0,
            Rows::Some(rows) => 4 * rows.capacity(),
        };
        8 * self.hashes.capacity()
            + self.written.iter().map(|written| size_of::<Written>() + of(written)).sum::<usize>()
    }
}

/// One hash a row over all its columns; `seed` tells apart what no column says.
pub fn hash_rows(table: &Table, seed: u64) -> Result<Vec<u64>, TableError> {
    let mut hashes = vec![seed ^ 0x9e37_79b9_7f4a_7c15; table.n_rows()];
    for column in &table.schema().columns {
        let name = column.name.as_str();
        match column.kind {
            ColumnType::Id => mix(&mut hashes, table.ids(name)?, |x| i64::from(x) as u64),
            ColumnType::Day => mix(&mut hashes, table.days(name)?, |x| i64::from(x) as u64),
            ColumnType::Cents | ColumnType::Integer => mix(&mut hashes, table.integers(name)?, |x| x as u64),
            ColumnType::Float => mix(&mut hashes, table.floats(name)?, f64::to_bits),
            ColumnType::Category(_) => mix(&mut hashes, table.codes(name)?, u64::from),
            ColumnType::Timestamp => mix(&mut hashes, table.timestamps(name)?, |x| x as u64),
        }
        // A null is stored as 0 and must not be taken for one.
        if let Some(nulls) = table.present(name)? {
            for (_, hash) in hashes.iter_mut().enumerate().filter(|(row, _)| nulls.is_null(*row)) {
                *hash = step(*hash, u64::MAX);
            }
        }
    }
    hashes.iter_mut().for_each(|hash| *hash = (*hash).max(ABSENT + 1));
    Ok(hashes)
}

fn mix<T: Copy>(hashes: &mut [u64], values: &[T], bits: impl Fn(T) -> u64) {
    hashes.iter_mut().zip(values).for_each(|(hash, &value)| *hash = step(*hash, bits(value)));
}

/// The finaliser of splitmix64 (Steele, Lea & Flood 2014) over the sum of hash and value.
fn step(hash: u64, value: u64) -> u64 {
    let x = hash.rotate_left(29).wrapping_add(value).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
