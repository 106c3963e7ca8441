//! Delimited text as records, streaming: a piece of the file in, whole records out, each with the line that it begins in. What the
//! cells mean is decided by `rows`.

use super::problem::ImportError;
use super::rejections::{Reason, Rejections};
use super::rows::Rows;
use super::text::Decoder;
use super::value::Raw;
use super::{SLICE_BYTES, Source, limits};
use crate::protocol::{FilePlan, TextFormat};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use xxhash_rust::xxh3::Xxh3;

/// One record.
pub struct Record<'a> {
    /// Where it begins, counted from 1.
    pub line: u64,
    /// Lines that it runs over, beyond the first.
    pub more_lines: u64,
    bytes: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Record<'a> {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn cell(&self, column: usize) -> Option<&'a [u8]> {
        let end = *self.ends.get(column)?;
        let begin = if column == 0 { 0 } else { self.ends[column - 1] };
        self.bytes.get(begin..end)
    }
}

/// Hears a record; false ends the reading.
pub type Each<'a> = dyn FnMut(&Record) -> Result<bool, ImportError> + 'a;

/// Cuts text into records.
pub struct Records {
    reader: Reader,
    output: Vec<u8>,
    ends: Vec<usize>,
    n_output: usize,
    n_ends: usize,
    line: u64,
    at_start: bool,
}

impl Records {
    pub fn new(delimiter: char) -> Self {
        // Every delimiter on offer is one byte.
        let delimiter = u8::try_from(delimiter).unwrap_or(b',');
        Self {
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            output: vec![0; 1 << 14],
            ends: vec![0; limits::COLUMNS + 1],
            n_output: 0,
            n_ends: 0,
            line: 1,
            at_start: true,
        }
    }

    /// Takes the next piece in; false when `each` wants no more.
    pub fn feed(&mut self, mut input: &[u8], each: &mut Each) -> Result<bool, ImportError> {
        while !input.is_empty() {
            if self.at_start {
                let n_blank = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
                let n_lines = input[..n_blank].iter().filter(|byte| **byte == b'\n').count();
                self.reader.set_line(self.reader.line() + n_lines as u64);
                input = &input[n_blank..];
                if input.is_empty() {
                    return Ok(true);
                }
                self.at_start = false;
                self.line = self.reader.line();
            }
            let n_read = match self.advance(input)? {
                (true, n_read) => {
                    if !self.emit(each)? {
                        return Ok(false);
                    }
                    n_read
                }
                (false, n_read) => n_read,
            };
            input = &input[n_read..];
        }
        Ok(true)
    }

    /// The end of the text: what was begun is a record.
    pub fn end(&mut self, each: &mut Each) -> Result<(), ImportError> {
        // A text that ends within a record, or after the quotes of a last cell; an empty input says that nothing follows.
        while !self.at_start {
            match self.advance(&[])? {
                (true, _) => drop(self.emit(each)?),
                (false, _) => return Ok(()),
            }
        }
        Ok(())
    }

    /// (a record is complete, bytes read)
    fn advance(&mut self, input: &[u8]) -> Result<(bool, usize), ImportError> {
        let (result, n_read, n_written, n_ended) =
            self.reader.read_record(input, &mut self.output[self.n_output..], &mut self.ends[self.n_ends..]);
        self.n_output += n_written;
        self.n_ends += n_ended;
        match result {
            ReadRecordResult::Record => return Ok((true, n_read)),
            ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            ReadRecordResult::OutputFull if self.output.len() >= limits::LINE_BYTES => {
                return Err(ImportError::LongLine { line: self.line });
            }
            ReadRecordResult::OutputFull => {
                let larger = (self.output.len() * 2).min(limits::LINE_BYTES);
                self.output.resize(larger, 0);
            }
            ReadRecordResult::OutputEndsFull => {
                return Err(ImportError::Columns { found: format!("more than {}", limits::COLUMNS) });
            }
        }
        if input.is_empty() && result != ReadRecordResult::OutputFull {
            self.at_start = true;
        }
        Ok((false, n_read))
    }

    fn emit(&mut self, each: &mut Each) -> Result<bool, ImportError> {
        let last = self.reader.line().saturating_sub(self.line);
        let record = Record {
            line: self.line,
            // The line break that ends a record belongs to it.
            more_lines: last.saturating_sub(1),
            bytes: &self.output[..self.n_output],
            ends: &self.ends[..self.n_ends],
        };
        (self.n_output, self.n_ends, self.at_start) = (0, 0, true);
        if record.ends.len() > limits::COLUMNS {
            return Err(ImportError::Columns { found: record.ends.len().to_string() });
        }
        each(&record)
    }
}

/// The records of a whole text that is held in memory.
pub fn records_of(text: &[u8], delimiter: char, each: &mut Each) -> Result<(), ImportError> {
    let mut records = Records::new(delimiter);
    if records.feed(text, each)? {
        records.end(each)?;
    }
    Ok(())
}

/// Reads a file by a plan; returns the digest of its bytes.
pub fn read(
    source: &dyn Source,
    plan: &FilePlan,
    rows: &mut Rows,
    rejections: &mut Rejections,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<String, ImportError> {
    let TextFormat { encoding, delimiter, header, .. } = plan.format;
    let mut decoder = Decoder::new(encoding);
    let mut records = Records::new(delimiter);
    let mut hasher = Xxh3::new();
    let (mut n_columns, mut n_rows) = (None, 0_u64);
    let mut take = |record: &Record| -> Result<bool, ImportError> {
        let expected = *n_columns.get_or_insert(record.len());
        if header && n_rows == 0 {
            n_rows += 1;
            return Ok(true);
        }
        n_rows += 1;
        // Empty cells beyond the header are the work of spreadsheets.
        let surplus = (expected..record.len()).any(|column| record.cell(column).is_some_and(|cell| !cell.is_empty()));
        if surplus || record.len() < expected {
            let found = format!("{} instead of {expected}", record.len());
            let reason = if record.more_lines > 0 { Reason::RaggedOverLines } else { Reason::Ragged };
            rejections.add(record.line, "", &found, reason);
            return Ok(true);
        }
        let raw = |column: u32| record.cell(column as usize).map_or(Raw::Null, Raw::of_bytes);
        rows.take(record.line, &plan.mapping, &plan.format, raw, rejections)?;
        Ok(true)
    };
    let mut offset = 0;
    while offset < source.len() {
        let bytes = source.read(offset, SLICE_BYTES).map_err(ImportError::Read)?;
        if bytes.is_empty() {
            return Err(ImportError::Cut);
        }
        offset += bytes.len() as u64;
        hasher.update(&bytes);
        records.feed(&decoder.decode(bytes), &mut take)?;
        progress(offset, 0);
    }
    records.end(&mut take)?;
    Ok(format!("{:032x}", hasher.digest128()))
}
