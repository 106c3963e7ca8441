//! A visitor's own files as the pipeline's tables: bytes in, typed columns and rejected rows out. Knows CSV in its dialects and
//! Parquet; deliberately no browser, no clock, and no part of what the worker links.
//!
//! `inspect` looks at samples and guesses everything that can be guessed; [`Import`] reads whole files by a plan, row after
//! row; [`Import::finish`] sorts, derives what is missing and hands the tables over in pieces.

mod assemble;
mod csv;
mod dates;
mod guess;
mod inspect;
mod intern;
mod kinds;
mod numbers;
mod parquet;
mod problem;
mod rejections;
mod rows;
mod targets;
mod text;
mod value;

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;

pub use assemble::Assembled;
pub use inspect::inspect;
pub use problem::ImportError;

use crate::protocol::{DateOrder, DecimalMark, Encoding, FilePlan, ImportSummary, OwnTable, SourceFile, TextFormat};
use rejections::Rejections;
use rows::Rows;
use std::collections::BTreeMap;
use std::sync::Arc;
use xxhash_rust::xxh3::Xxh3;

/// Bytes of a file, read where they are needed.
pub trait Source: Send + Sync {
    fn len(&self) -> u64;

    /// The bytes from `offset`; fewer than `length` only at the end.
    fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, String>;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        Vec::len(self) as u64
    }

    fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, String> {
        let begin = usize::try_from(offset).unwrap_or(usize::MAX).min(Vec::len(self));
        Ok(self[begin..begin.saturating_add(length).min(Vec::len(self))].to_vec())
    }
}

/// What a file may cost.
pub mod limits {
    pub const LINE_BYTES: usize = 1_000_000;
    pub const COLUMNS: usize = 1_000;
    pub const TRANSACTIONS: usize = 5_000_000;
    pub const INTERACTIONS: usize = 50_000_000;
    pub const CUSTOMERS: usize = 500_000;
    /// Rejected rows that are listed; all are counted.
    pub const REJECTIONS: usize = 1_000;
    pub const SHOWN_CHARS: usize = 40;
    /// An id or a category is no longer than this.
    pub const TEXT_BYTES: usize = 200;
    /// A column of a Parquet row group is no larger than this when decompressed.
    pub const COLUMN_CHUNK_BYTES: i64 = 1 << 30;
}

/// Bytes read at a time.
const SLICE_BYTES: usize = 1 << 21;

/// What a file's text means where nothing was decided; also what stands in a plan for Parquet.
const PLAIN: TextFormat = TextFormat {
    encoding: Encoding::Utf8,
    delimiter: ',',
    header: true,
    decimal: DecimalMark::Point,
    dates: DateOrder::DayFirst,
};

/// Files being read.
pub struct Import {
    /// Later days are typing errors.
    last_day: i32,
    tables: BTreeMap<OwnTable, Rows>,
    rejections: Rejections,
    files: Vec<SourceFile>,
}

impl Import {
    /// `today` rules out days that cannot have happened.
    pub fn new(today: i32) -> Self {
        // A visitor may be a time zone ahead.
        Self {
            last_day: today.saturating_add(1),
            tables: BTreeMap::new(),
            rejections: Rejections::default(),
            files: Vec::new(),
        }
    }

    /// Reads a file to its end; `progress` hears (bytes, rows) now and then.
    pub fn read(
        &mut self,
        name: &str,
        source: &Arc<dyn Source>,
        plan: &FilePlan,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), ImportError> {
        let targets = targets::of(plan.table);
        if plan.mapping.len() != targets.len() {
            return Err(ImportError::Plan);
        }
        let head = source.read(0, kinds::HEAD_BYTES).map_err(ImportError::Read)?;
        let is_parquet = kinds::of_data(&head, source.len())?.is_parquet();
        let rows = self.tables.entry(plan.table).or_insert_with(|| Rows::new(plan.table, self.last_day));
        self.rejections.begin(name);
        let (rows_before, rejected_before) = (rows.len(), self.rejections.total());
        let digest = if is_parquet {
            parquet::read(source, plan, rows, &mut self.rejections, progress)?;
            hash(&**source)?
        } else {
            csv::read(&**source, plan, rows, &mut self.rejections, progress)?
        };
        let n_rows = (rows.len() - rows_before) as u64;
        let rejected = self.rejections.total() - rejected_before;
        if n_rows == 0 {
            return Err(self.rejections.nothing_left(rejected));
        }
        self.files.push(SourceFile {
            name: name.to_owned(),
            table: plan.table,
            bytes: source.len(),
            rows: n_rows,
            rejected,
            digest,
        });
        Ok(())
    }

    /// Puts the tables together. The summary is what the page shows; the tables come out in pieces.
    pub fn finish(self) -> Result<(Assembled, ImportSummary), ImportError> {
        let mut remarks = Vec::new();
        let rejections = self.rejections;
        let assembled = assemble::assemble(self.tables, self.files, &mut remarks)?;
        let source = assembled.head().source.clone();
        let (n_rejected, reasons, listed) = rejections.finish();
        Ok((assembled, ImportSummary { source, remarks, n_rejected, reasons, rejections: listed }))
    }
}

fn hash(source: &dyn Source) -> Result<String, ImportError> {
    let mut hasher = Xxh3::new();
    let mut offset = 0;
    while offset < source.len() {
        let bytes = source.read(offset, SLICE_BYTES).map_err(ImportError::Read)?;
        if bytes.is_empty() {
            return Err(ImportError::Cut);
        }
        hasher.update(&bytes);
        offset += bytes.len() as u64;
    }
    Ok(format!("{:032x}", hasher.digest128()))
}
