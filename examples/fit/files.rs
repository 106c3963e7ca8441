//! Matrices in, predictions and times out. Also the cells that are left without a value when missing values are tried.

use arrow::array::{ArrayRef, AsArray, Float32Array, RecordBatch};
use arrow::datatypes::Float32Type;
use clv_lab::engine::dataset::{Matrix, Part};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

pub type Fallible<T> = Result<T, Box<dyn Error>>;

/// A part of the split as models see it.
pub struct Rows {
    pub matrix: Matrix,
    pub target: Vec<f32>,
    pub n_blanked: usize,
}

/// A matrix of a headless run, and its column TARGET apart.
pub fn read(folder: &Path, scenario: &str, part: Part, is_blanked: bool) -> Fallible<Rows> {
    let path = folder.join("matrix").join(format!("{scenario}_{}.parquet", part.name()));
    let file = File::open(&path).map_err(|error| format!("{} was not read ({error})", path.display()))?;
    let mut named: Vec<(String, Vec<f32>)> = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file)?.build()? {
        let batch = batch?;
        if named.is_empty() {
            named = batch.schema().fields().iter().map(|field| (field.name().clone(), Vec::new())).collect();
        }
        for ((name, values), column) in named.iter_mut().zip(batch.columns()) {
            let column = column.as_primitive_opt::<Float32Type>().ok_or(format!("column {name} is not float32"))?;
            values.extend_from_slice(column.values());
        }
    }
    let target = named.iter().position(|(name, _)| name == "TARGET").ok_or("there is no column TARGET")?;
    let (_, target) = named.remove(target);
    let n_blanked = if is_blanked { blank(&mut named, part) } else { 0 };
    Ok(Rows { matrix: Matrix::new(named)?, target, n_blanked })
}

/// Leaves a tenth of the numeric cells without a value; returns how many. Which ones is a hash of part, column and row, which
/// `tests/parity/accuracy.py` computes too.
fn blank(columns: &mut [(String, Vec<f32>)], part: Part) -> usize {
    let part = Part::ALL.iter().position(|&one| one == part).unwrap_or_default() as u64;
    let mut n_blanked = 0;
    for (column, (name, values)) in columns.iter_mut().enumerate() {
        // A one-hot column is named INPUT=level.
        if name.contains('=') {
            continue;
        }
        for (row, value) in values.iter_mut().enumerate() {
            if mixed(part << 56 | (column as u64) << 40 | row as u64).is_multiple_of(10) {
                *value = f32::NAN;
                n_blanked += 1;
            }
        }
    }
    n_blanked
}

/// One output of SplitMix64 (Steele, Lea and Flood 2014).
fn mixed(key: u64) -> u64 {
    let z = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Named float32 columns.
pub fn write(path: &Path, columns: &[(String, Vec<f32>)]) -> Fallible<()> {
    folder_of(path)?;
    let arrays = columns.iter().map(|(name, values)| (name, Arc::new(Float32Array::from(values.clone())) as ArrayRef));
    let batch = RecordBatch::try_from_iter(arrays)?;
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}

pub fn text(path: &Path, text: &str) -> Fallible<()> {
    folder_of(path)?;
    Ok(fs::write(path, text)?)
}

fn folder_of(path: &Path) -> Fallible<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all).map_err(Into::into)
}
