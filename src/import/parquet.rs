//! Parquet files as rows, through the format's own column readers: flat columns of numbers, dates, decimals and text. Deliberately
//! without Arrow, whose casts would triple the size of this program. What a file declares about its sizes is checked before
//! anything of that size is read.

use super::problem::ImportError;
use super::rejections::Rejections;
use super::rows::Rows;
use super::value::{Owned, Raw};
use super::{SLICE_BYTES, Source, limits};
use crate::protocol::{FilePlan, OwnTable};
use bytes::Bytes;
use parquet::basic::{Compression, ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray, Int96};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, Length, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::schema::types::ColumnDescriptor;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Rows decoded at a time.
const BATCH_ROWS: usize = 4_096;
const JULIAN_DAY_OF_1970: i64 = 2_440_588;

impl From<ParquetError> for ImportError {
    fn from(error: ParquetError) -> Self {
        let text = error.to_string();
        let text = text.trim_start_matches("Parquet error: ").trim_start_matches("EOF: ").trim_end_matches('.');
        Self::Parquet(super::problem::shown(text))
    }
}

/// A file as the format's reader wants it.
struct Chunks(Arc<dyn Source>);

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

/// Reads on from an offset.
struct Reading {
    source: Arc<dyn Source>,
    offset: u64,
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let bytes = self.source.read(self.offset, buffer.len()).map_err(std::io::Error::other)?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        self.offset += bytes.len() as u64;
        Ok(bytes.len())
    }
}

impl ChunkReader for Chunks {
    type T = std::io::BufReader<Reading>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let from = Reading { source: self.0.clone(), offset: start };
        Ok(std::io::BufReader::with_capacity(SLICE_BYTES / 32, from))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let end = start.checked_add(length as u64).filter(|end| *end <= self.0.len());
        if end.is_none() {
            return Err(ParquetError::EOF(format!("{length} bytes at {start} lie beyond the end")));
        }
        let bytes = self.0.read(start, length).map_err(ParquetError::General)?;
        if bytes.len() == length { Ok(bytes.into()) } else { Err(ParquetError::EOF("the file is cut off".to_owned())) }
    }
}

/// Hears a batch: its columns, its rows, the rows before it; false ends the reading.
type EachBatch<'a> = dyn FnMut(&[Cells], usize, u64) -> Result<bool, ImportError> + 'a;

/// What the values of a column mean.
#[derive(Clone, Copy, Debug)]
enum Meaning {
    Integer,
    Unsigned,
    Day,
    /// So many units make a day.
    Timestamp(i64),
    Decimal(u32),
    Float,
    Text,
    Flag,
}

/// `None` for what has no place in the pipeline's tables: bytes, times of day, intervals.
fn meaning(column: &ColumnDescriptor) -> Option<Meaning> {
    let decimal = || u32::try_from(column.type_scale()).ok().map(Meaning::Decimal);
    let units = |unit: &TimeUnit| match unit {
        TimeUnit::MILLIS => 86_400_000,
        TimeUnit::MICROS => 86_400_000_000,
        TimeUnit::NANOS => 86_400_000_000_000,
    };
    match (column.physical_type(), column.logical_type_ref(), column.converted_type()) {
        (_, Some(LogicalType::Date), _) | (_, _, ConvertedType::DATE) => Some(Meaning::Day),
        (_, Some(LogicalType::Timestamp(timestamp)), _) => Some(Meaning::Timestamp(units(&timestamp.unit))),
        (_, _, ConvertedType::TIMESTAMP_MILLIS) => Some(Meaning::Timestamp(86_400_000)),
        (_, _, ConvertedType::TIMESTAMP_MICROS) => Some(Meaning::Timestamp(86_400_000_000)),
        (_, Some(LogicalType::Decimal(_)), _) | (_, _, ConvertedType::DECIMAL) => decimal(),
        (_, Some(LogicalType::Time(_)), _)
        | (_, _, ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS | ConvertedType::INTERVAL) => None,
        (_, _, ConvertedType::UINT_64 | ConvertedType::UINT_32) => Some(Meaning::Unsigned),
        (Physical::INT32 | Physical::INT64, ..) => Some(Meaning::Integer),
        (Physical::INT96, ..) => Some(Meaning::Timestamp(0)),
        (Physical::FLOAT | Physical::DOUBLE, ..) => Some(Meaning::Float),
        (Physical::BYTE_ARRAY, ..) => Some(Meaning::Text),
        (Physical::BOOLEAN, ..) => Some(Meaning::Flag),
        (Physical::FIXED_LEN_BYTE_ARRAY, ..) => None,
    }
}

/// A column that can be read.
struct Readable {
    position: usize,
    name: String,
    meaning: Meaning,
    nullable: bool,
}

/// An opened file with the columns that can be read, in the order in which mappings count them.
struct Opened {
    reader: SerializedFileReader<Chunks>,
    columns: Vec<Readable>,
    n_rows: u64,
    n_bytes: u64,
}

impl Opened {
    fn new(source: &Arc<dyn Source>) -> Result<Self, ImportError> {
        let reader = SerializedFileReader::new(Chunks(source.clone()))?;
        let metadata = reader.metadata();
        let schema = metadata.file_metadata().schema_descr();
        if schema.num_columns() > limits::COLUMNS {
            return Err(ImportError::Columns { found: schema.num_columns().to_string() });
        }
        let readable = |(position, column): (usize, &Arc<ColumnDescriptor>)| {
            let flat = column.max_rep_level() == 0 && column.path().parts().len() == 1;
            let meaning = meaning(column).filter(|_| flat)?;
            Some(Readable { position, name: column.name().to_owned(), meaning, nullable: column.max_def_level() > 0 })
        };
        let columns: Vec<Readable> = schema.columns().iter().enumerate().filter_map(readable).collect();
        let rows = metadata.row_groups().iter().map(|group| u64::try_from(group.num_rows()).unwrap_or(0));
        let n_rows = rows.fold(0_u64, u64::saturating_add);
        if n_rows == 0 {
            return Err(ImportError::HeaderOnly);
        }
        Ok(Self { columns, n_rows, n_bytes: source.len(), reader })
    }

    /// The first rows, all columns.
    fn sample(&self, n_rows: usize) -> Result<Vec<Vec<Owned>>, ImportError> {
        let mut rows = Vec::new();
        let wanted: Vec<usize> = (0..self.columns.len()).collect();
        self.groups(&wanted, n_rows, &mut |batch, n_batch, _| {
            for row in 0..n_batch.min(n_rows - rows.len()) {
                rows.push(batch.iter().map(|cells| Owned::of(cells.raw(row))).collect());
            }
            Ok(rows.len() < n_rows)
        })?;
        Ok(rows)
    }

    /// Hands batches of the wanted columns over, until `each` wants no more.
    fn groups(&self, wanted: &[usize], batch_rows: usize, each: &mut EachBatch) -> Result<(), ImportError> {
        let mut n_before = 0_u64;
        for group_idx in 0..self.reader.num_row_groups() {
            let group = self.reader.get_row_group(group_idx)?;
            let n_group = usize::try_from(group.metadata().num_rows()).map_err(|_| ImportError::Cut)?;
            let mut cells = Vec::with_capacity(wanted.len());
            for &idx in wanted {
                cells.push(self.open_column(&*group, &self.columns[idx])?);
            }
            let mut done = 0;
            while done < n_group {
                let n_batch = batch_rows.min(n_group - done);
                for column in &mut cells {
                    column.fill(n_batch)?;
                }
                if !each(&cells, n_batch, n_before + done as u64)? {
                    return Ok(());
                }
                done += n_batch;
            }
            n_before += n_group as u64;
        }
        Ok(())
    }

    fn open_column(&self, group: &dyn RowGroupReader, column: &Readable) -> Result<Cells, ImportError> {
        let chunk = group.metadata().column(column.position);
        let name = || super::problem::shown(&column.name);
        match chunk.compression() {
            Compression::UNCOMPRESSED
            | Compression::SNAPPY
            | Compression::GZIP(_)
            | Compression::LZ4
            | Compression::LZ4_RAW => {}
            other => {
                let codec = other.to_string();
                let codec = codec.split('(').next().unwrap_or_default().to_owned();
                return Err(ImportError::Codec { column: name(), codec });
            }
        }
        if chunk.uncompressed_size() > limits::COLUMN_CHUNK_BYTES {
            return Err(ImportError::Bomb { column: name(), megabytes: chunk.uncompressed_size() >> 20 });
        }
        // The format's reader trusts these numbers, and stops the program where they are negative.
        let begin = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
        let end = begin.checked_add(chunk.compressed_size()).and_then(|end| u64::try_from(end).ok());
        let negative = begin < 0 || chunk.data_page_offset() < 0 || chunk.compressed_size() < 0;
        if negative || end.is_none_or(|end| end > self.n_bytes) {
            return Err(ImportError::Cut);
        }
        let reader = group.get_column_reader(column.position)?;
        Ok(Cells {
            reader,
            meaning: column.meaning,
            nullable: column.nullable,
            store: Store::Integers(Vec::new()),
            places: Vec::new(),
        })
    }
}

/// The format's reader stops the program at some damaged pages. Natively that ends here; a browser ends the worker, and the page
/// says so.
fn guarded<T>(work: impl FnOnce() -> Result<T, ImportError>) -> Result<T, ImportError> {
    let damaged = || ImportError::Parquet("a page is damaged".to_owned());
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(damaged()))
}

/// The columns and the first rows of a file.
pub fn sample(source: &Arc<dyn Source>, n_rows: usize) -> Result<(Vec<String>, Vec<Vec<Owned>>), ImportError> {
    guarded(|| {
        let file = Opened::new(source)?;
        Ok((file.columns.iter().map(|column| column.name.clone()).collect(), file.sample(n_rows)?))
    })
}

/// Reads a file by a plan.
pub fn read(
    source: &Arc<dyn Source>,
    plan: &FilePlan,
    rows: &mut Rows,
    rejections: &mut Rejections,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), ImportError> {
    guarded(|| read_unguarded(source, plan, rows, rejections, progress))
}

fn read_unguarded(
    source: &Arc<dyn Source>,
    plan: &FilePlan,
    rows: &mut Rows,
    rejections: &mut Rejections,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), ImportError> {
    let file = Opened::new(source)?;
    let limit = match plan.table {
        OwnTable::Transactions => limits::TRANSACTIONS,
        OwnTable::Interactions => limits::INTERACTIONS,
        OwnTable::Customers | OwnTable::ColdStart => limits::CUSTOMERS,
    };
    if file.n_rows > 2 * limit as u64 {
        // No need to read what cannot fit, even if half of it were left out.
        return Err(ImportError::TooMany { what: "rows", limit });
    }
    // Each column of the file is read once, whatever it is chosen for.
    let mut wanted: Vec<usize> = plan.mapping.iter().flatten().map(|&column| column as usize).collect();
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.iter().any(|&column| column >= file.columns.len()) {
        return Err(ImportError::Plan);
    }
    let mapping: Vec<Option<u32>> = plan
        .mapping
        .iter()
        .map(|column| column.and_then(|column| wanted.iter().position(|&w| w == column as usize)).map(|p| p as u32))
        .collect();
    let total = source.len();
    let n_all = file.n_rows;
    file.groups(&wanted, BATCH_ROWS, &mut |cells, n_batch, n_before| {
        for row in 0..n_batch {
            let raw = |column: u32| cells[column as usize].raw(row);
            rows.take(n_before + row as u64 + 1, &mapping, &plan.format, raw, rejections)?;
        }
        let n_done = n_before + n_batch as u64;
        progress((u128::from(total) * u128::from(n_done) / u128::from(n_all)) as u64, n_done);
        Ok(true)
    })
}

/// Decoded values, without the nulls.
enum Store {
    Flags(Vec<bool>),
    Integers(Vec<i64>),
    Narrow(Vec<i32>),
    Legacy(Vec<Int96>),
    Singles(Vec<f32>),
    Doubles(Vec<f64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

/// A batch of one column.
struct Cells {
    reader: ColumnReader,
    meaning: Meaning,
    nullable: bool,
    store: Store,
    /// The position of each row's value; `u32::MAX` where it is null.
    places: Vec<u32>,
}

fn records<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    n_rows: usize,
    levels: Option<&mut Vec<i16>>,
) -> Result<Vec<T::T>, ImportError> {
    let mut values = Vec::new();
    let (n_records, ..) = reader.read_records(n_rows, levels, None, &mut values)?;
    if n_records == n_rows { Ok(values) } else { Err(ImportError::Cut) }
}

impl Cells {
    fn fill(&mut self, n_rows: usize) -> Result<(), ImportError> {
        let mut levels = Vec::new();
        let wanted = self.nullable.then_some(&mut levels);
        self.store = match &mut self.reader {
            ColumnReader::BoolColumnReader(reader) => Store::Flags(records(reader, n_rows, wanted)?),
            ColumnReader::Int32ColumnReader(reader) => Store::Narrow(records(reader, n_rows, wanted)?),
            ColumnReader::Int64ColumnReader(reader) => Store::Integers(records(reader, n_rows, wanted)?),
            ColumnReader::Int96ColumnReader(reader) => Store::Legacy(records(reader, n_rows, wanted)?),
            ColumnReader::FloatColumnReader(reader) => Store::Singles(records(reader, n_rows, wanted)?),
            ColumnReader::DoubleColumnReader(reader) => Store::Doubles(records(reader, n_rows, wanted)?),
            ColumnReader::ByteArrayColumnReader(reader) => Store::Bytes(records(reader, n_rows, wanted)?),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => Store::Fixed(records(reader, n_rows, wanted)?),
        };
        self.places.clear();
        if self.nullable {
            let mut next = 0;
            for level in levels {
                self.places.push(if level > 0 { next } else { u32::MAX });
                next += u32::from(level > 0);
            }
        } else {
            self.places.extend(0..n_rows as u32);
        }
        Ok(())
    }

    fn raw(&self, row: usize) -> Raw<'_> {
        let Some(place) = self.places.get(row).filter(|place| **place != u32::MAX) else { return Raw::Null };
        let place = *place as usize;
        let value = match &self.store {
            Store::Flags(v) => v.get(place).map(|flag| Raw::Text(if *flag { "true" } else { "false" })),
            Store::Integers(v) => v.get(place).map(|value| self.number(*value)),
            Store::Narrow(v) => v.get(place).map(|value| match self.meaning {
                Meaning::Unsigned => Raw::Integer(i64::from(*value as u32)),
                _ => self.number(i64::from(*value)),
            }),
            Store::Legacy(v) => v.get(place).map(|value| match value.data() {
                [_, _, julian_day] => Raw::Day((i64::from(*julian_day) - JULIAN_DAY_OF_1970) as i32),
                _ => Raw::Noise,
            }),
            Store::Singles(v) => v.get(place).map(|value| Raw::Float(f64::from(*value))),
            Store::Doubles(v) => v.get(place).map(|value| Raw::Float(*value)),
            Store::Bytes(v) => v.get(place).map(|bytes| self.bytes(bytes.data())),
            Store::Fixed(v) => v.get(place).map(|bytes| self.bytes(bytes.data())),
        };
        value.unwrap_or(Raw::Null)
    }

    fn number(&self, value: i64) -> Raw<'static> {
        match self.meaning {
            Meaning::Day => Raw::Day(i32::try_from(value).unwrap_or(i32::MAX)),
            Meaning::Timestamp(units) => Raw::Day(i32::try_from(value.div_euclid(units.max(1))).unwrap_or(i32::MAX)),
            Meaning::Decimal(scale) => Raw::Decimal { unscaled: i128::from(value), scale },
            Meaning::Unsigned if value < 0 => Raw::Decimal { unscaled: i128::from(value as u64), scale: 0 },
            Meaning::Integer | Meaning::Unsigned | Meaning::Float | Meaning::Text | Meaning::Flag => {
                Raw::Integer(value)
            }
        }
    }

    fn bytes<'a>(&self, bytes: &'a [u8]) -> Raw<'a> {
        match self.meaning {
            // Big-endian two's complement.
            Meaning::Decimal(scale) if (1..=16).contains(&bytes.len()) => {
                let sign = if bytes[0] & 0x80 == 0 { 0_i128 } else { -1 };
                let unscaled = bytes.iter().fold(sign, |value, byte| (value << 8) | i128::from(*byte));
                Raw::Decimal { unscaled, scale }
            }
            Meaning::Decimal(_) => Raw::Noise,
            _ => Raw::of_bytes(bytes),
        }
    }
}
