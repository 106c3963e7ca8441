//! A first look at a file: samples from its beginning, middle and end, everything guessed, the first rows as they would be read.
//! Costs the same for any size.

use super::csv::{Record, Records};
use super::guess::{self, ColumnSample};
use super::kinds::{self, FileKind};
use super::problem::{ImportError, shown};
use super::text::{self, Decoder};
use super::value::{Owned, Raw};
use super::{PLAIN, Source, parquet, rows, targets};
use crate::protocol::{FileChoices, FileColumn, FilePlan, Inspection, TextFormat};
use std::sync::Arc;

/// Bytes of the beginning, and of each further sample.
const HEAD_BYTES: usize = 1 << 20;
const SAMPLE_BYTES: usize = 1 << 17;
/// Where the further samples lie, in percent of the file.
const PLACES: [u64; 4] = [25, 50, 75, 100];
const HEAD_RECORDS: usize = 2_000;
const SAMPLE_RECORDS: usize = 300;
const PREVIEW_ROWS: usize = 8;
const SHOWN_SAMPLES: usize = 3;

/// Looks at a file with what the visitor has decided about it; `today` rules out later days.
pub fn inspect(
    name: &str,
    source: &Arc<dyn Source>,
    choices: &FileChoices,
    today: i32,
) -> Result<Inspection, ImportError> {
    let head = source.read(0, HEAD_BYTES).map_err(ImportError::Read)?;
    let kind = kinds::of_data(&head, source.len())?;
    let (names, sample, format, mut remarks) = match kind {
        FileKind::Parquet => {
            let (names, sample) = parquet::sample(source, SAMPLE_RECORDS)?;
            (names, sample, PLAIN, Vec::new())
        }
        FileKind::Text => look_at_text(&**source, head, choices)?,
    };
    if names.is_empty() || sample.is_empty() {
        return Err(ImportError::HeaderOnly);
    }
    let columns: Vec<ColumnSample> =
        names.iter().enumerate().map(|(column, name)| ColumnSample::of(name, &sample, column)).collect();
    let format = with_marks(format, choices, &sample, &columns, &mut remarks);
    let table = choices.table.unwrap_or_else(|| guess::table(name, &columns));
    let in_bounds = |mapping: &Vec<Option<u32>>| {
        mapping.len() == targets::of(table).len()
            && mapping.iter().flatten().all(|column| (*column as usize) < names.len())
    };
    let chosen = choices.mapping.clone().filter(in_bounds);
    let mapping = chosen.unwrap_or_else(|| guess::mapping(table, &columns).0);
    let plan = FilePlan { table, format, mapping };
    Ok(Inspection {
        kind: if kind.is_parquet() { "Parquet" } else { "CSV" }.to_owned(),
        is_text: !kind.is_parquet(),
        remarks,
        preview: preview(&plan, &sample, today),
        missing: missing(&plan),
        targets: targets::described(table),
        columns: columns.iter().enumerate().map(|(idx, column)| described(column, &sample, idx)).collect(),
        plan,
    })
}

/// Names, sample rows, format and remarks of a text.
type Look = (Vec<String>, Vec<Vec<Owned>>, TextFormat, Vec<String>);

fn look_at_text(source: &dyn Source, head: Vec<u8>, choices: &FileChoices) -> Result<Look, ImportError> {
    let n_bytes = source.len();
    let mut samples = Vec::new();
    if n_bytes > head.len() as u64 {
        for place in PLACES {
            // A multiple of four bytes, so that UTF-16 stays in step.
            let offset = (n_bytes.saturating_sub(SAMPLE_BYTES as u64) / 100 * place) & !3;
            samples.push(source.read(offset, SAMPLE_BYTES).map_err(ImportError::Read)?);
        }
    }
    let detected = text::detect(&head, &samples);
    let encoding = match choices.encoding {
        Some(encoding) => encoding,
        None => detected?,
    };
    let is_whole = n_bytes <= head.len() as u64;
    let head = Decoder::new(encoding).decode(head);
    let delimiter =
        choices.delimiter.filter(|d| guess::DELIMITERS.contains(d)).unwrap_or_else(|| guess::delimiter(&head));
    let mut records = owned_records(&head, is_whole, delimiter, HEAD_RECORDS)?;
    let n_columns = records.first().map_or(0, Vec::len);
    if n_columns == 0 {
        return Err(ImportError::Empty);
    }
    let header = choices.header.unwrap_or_else(|| records.first().is_some_and(|first| guess::header(first)));
    let names =
        if header { names_of(&records.remove(0)) } else { (1..=n_columns).map(|n| format!("column {n}")).collect() };
    if records.is_empty() && !is_whole {
        return Err(ImportError::LongLine { line: if header { 2 } else { 1 } });
    }
    for sample in samples {
        let sample = Decoder::new(encoding).decode(sample);
        // A sample may begin within a quoted cell: what does not fit is no evidence.
        let more = owned_records(whole_lines(&sample), true, delimiter, SAMPLE_RECORDS).unwrap_or_default();
        records.extend(more.into_iter().filter(|record| record.len() == n_columns));
    }
    let mut remarks = Vec::new();
    if n_columns == 1 {
        remarks.push("Only one column was found; the delimiter may be another one.".to_owned());
    }
    if !header {
        remarks.push("The first row is taken for data, not for the columns’ names.".to_owned());
    }
    Ok((names, records, TextFormat { encoding, delimiter, header, ..PLAIN }, remarks))
}

/// Decimal mark and order of dates: chosen, or guessed with a remark.
fn with_marks(
    format: TextFormat,
    choices: &FileChoices,
    sample: &[Vec<Owned>],
    columns: &[ColumnSample],
    remarks: &mut Vec<String>,
) -> TextFormat {
    let (decimal, open_decimal) = guess::decimal(sample, columns, format.delimiter);
    let decimal = choices.decimal.unwrap_or_else(|| {
        remarks.extend(open_decimal);
        decimal
    });
    let (dates, open_dates) = guess::date_order(sample, columns, decimal);
    let dates = choices.dates.unwrap_or_else(|| {
        remarks.extend(open_dates);
        dates
    });
    TextFormat { decimal, dates, ..format }
}

/// Without the lines that are cut at both ends of a sample.
fn whole_lines(text: &[u8]) -> &[u8] {
    let begin = text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| at + 1);
    let end = text.iter().rposition(|byte| *byte == b'\n').map_or(text.len(), |at| at + 1);
    &text[begin..end.max(begin)]
}

/// The first records; what follows the last line break counts only where the text ends there.
fn owned_records(text: &[u8], ends: bool, delimiter: char, most: usize) -> Result<Vec<Vec<Owned>>, ImportError> {
    let mut found = Vec::new();
    let mut keep = |record: &Record| {
        let cell = |column| Owned::of(record.cell(column).map_or(Raw::Null, Raw::of_bytes));
        found.push((0..record.len()).map(cell).collect());
        Ok(found.len() < most)
    };
    let mut records = Records::new(delimiter);
    if records.feed(text, &mut keep)? && ends {
        records.end(&mut keep)?;
    }
    Ok(found)
}

fn names_of(header: &[Owned]) -> Vec<String> {
    let name = |(position, cell): (usize, &Owned)| match cell {
        Owned::Text(text) => shown(text),
        Owned::Other(_) => format!("column {}", position + 1),
    };
    header.iter().enumerate().map(name).collect()
}

fn preview(plan: &FilePlan, sample: &[Vec<Owned>], today: i32) -> Vec<Vec<crate::protocol::PreviewCell>> {
    let row = |row: &Vec<Owned>| {
        let cell = |(position, target): (usize, &targets::Target)| {
            let column = plan.mapping[position].map(|column| column as usize);
            let raw = column.and_then(|column| row.get(column)).map_or(Raw::Null, Owned::raw);
            rows::preview(target, raw, &plan.format, today.saturating_add(1))
        };
        targets::of(plan.table).iter().enumerate().map(cell).collect()
    };
    sample.iter().take(PREVIEW_ROWS).map(row).collect()
}

fn missing(plan: &FilePlan) -> Vec<String> {
    let columns = targets::of(plan.table).iter().zip(&plan.mapping);
    columns
        .filter(|(target, column)| target.otherwise.is_none() && column.is_none())
        .map(|(t, _)| t.name.to_owned())
        .collect()
}

fn described(column: &ColumnSample, sample: &[Vec<Owned>], idx: usize) -> FileColumn {
    let mut samples: Vec<String> = Vec::new();
    for raw in sample.iter().filter_map(|row| row.get(idx)).map(Owned::raw).filter(|raw| *raw != Raw::Null) {
        let text = shown(&raw.shown());
        if !samples.contains(&text) {
            samples.push(text);
        }
        if samples.len() == SHOWN_SAMPLES {
            break;
        }
    }
    FileColumn { name: column.name.clone(), holds: column.holds.word().to_owned(), samples }
}
