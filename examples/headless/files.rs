//! The results of a run as files: Parquet (Snappy) for tables and matrices, JSON for models and the report, SQL for views. Ids
//! are INT64, money DECIMAL(12,2), categories strings, as a warehouse loads them.

use super::evaluation;
use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Float32Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{Field, Int32Type, Int64Type, Schema, UInt8Type};
use clv_lab::engine::dataset::{Matrix, Part};
use clv_lab::engine::learn::Ensemble;
use clv_lab::engine::schema::{ColumnType, Day};
use clv_lab::engine::table::Table;
use clv_lab::protocol::{Kind, ObjectId, RunReport, Scenario};
use clv_lab::session::{Dataset, Store, document, document_names, views_as_of};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Writes everything, and the views as of further days; returns the number of files.
pub fn write(out: &Path, store: &Store, report: &RunReport, as_of: &[Day]) -> Outcome<usize> {
    let mut n_files = 0;
    for (object, table) in &store.tables {
        let Some(folder) = folder(*object) else { continue };
        parquet(&out.join(folder).join(format!("{}.parquet", object.name())), &widened(table)?)?;
        n_files += 1;
    }
    for (scenario, dataset) in &store.datasets {
        n_files += matrices(&out.join("matrix"), *scenario, dataset)?;
    }
    for (object, model) in &store.models {
        if let Some(dataset) = store.datasets.get(&model.scenario) {
            let [.., test] = &dataset.parts;
            let batch = explanations(&model.ensemble, &dataset.matrix(test)?)?;
            parquet(&out.join("explanations").join(format!("{}.parquet", object.name())), &batch)?;
            n_files += 1;
        }
    }
    for &day in as_of {
        for (object, table) in views_as_of(store, day).unwrap_or_default() {
            let folder = out.join("features_as_of").join(day.to_string());
            parquet(&folder.join(format!("{}.parquet", object.name())), &widened(&table)?)?;
            n_files += 1;
        }
    }
    for name in document_names(store) {
        if let Some(document) = document(store, &name) {
            text(&out.join(&name), &document.text)?;
            n_files += 1;
        }
    }
    if !store.models.is_empty() {
        text(&out.join("evaluation.json"), &evaluation::evaluation(store)?)?;
        n_files += 1;
    }
    if let Some(found) = evaluation::btyd(store)? {
        text(&out.join("btyd.json"), &found)?;
        n_files += 1;
    }
    text(&out.join("run-report.json"), &report.to_json())?;
    if let Some(synth) = &store.synth {
        text(&out.join("generator.json"), &serde_json::to_string_pretty(synth)?)?;
    }
    Ok(n_files + 1 + usize::from(store.synth.is_some()))
}

/// Where a table goes. The labelled profile is one that the training tables' SQL begins with.
fn folder(object: ObjectId) -> Option<&'static str> {
    match object.kind() {
        Kind::RawTable => Some("data"),
        Kind::FeatureView | Kind::TrainingData => Some("features"),
        Kind::Predictions => Some("predictions"),
        Kind::Generator | Kind::FeatureStore | Kind::Model | Kind::Registry => None,
    }
}

fn text(path: &Path, text: &str) -> Outcome<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(path, text)?)
}

fn parquet(path: &Path, batch: &RecordBatch) -> Outcome<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties))?;
    writer.write(batch)?;
    writer.close()?;
    Ok(())
}

/// The batch with the types that files use.
fn widened(table: &Table) -> Outcome<RecordBatch> {
    let mut fields = Vec::new();
    let mut arrays = Vec::new();
    for (column, array) in table.schema().columns.iter().zip(table.batch().columns()) {
        let array = widened_array(&column.kind, array)?;
        fields.push(Field::new(&column.name, array.data_type().clone(), column.nullable));
        arrays.push(array);
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

fn widened_array(kind: &ColumnType, array: &ArrayRef) -> Outcome<ArrayRef> {
    Ok(match kind {
        ColumnType::Id => {
            Arc::new(array.as_primitive::<Int32Type>().iter().map(|id| id.map(i64::from)).collect::<Int64Array>())
        }
        ColumnType::Cents => {
            let cents = array.as_primitive::<Int64Type>().iter().map(|cents| cents.map(i128::from));
            Arc::new(cents.collect::<Decimal128Array>().with_precision_and_scale(12, 2)?)
        }
        ColumnType::Category(levels) => {
            let codes = array.as_dictionary::<UInt8Type>().keys();
            let level = |code: Option<u8>| code.and_then(|code| levels.get(usize::from(code)));
            Arc::new(codes.iter().map(level).collect::<StringArray>())
        }
        ColumnType::Day | ColumnType::Integer | ColumnType::Float | ColumnType::Timestamp => array.clone(),
    })
}

fn matrices(folder: &Path, scenario: Scenario, dataset: &Dataset) -> Outcome<usize> {
    let prefix = match scenario {
        Scenario::ColdStart => "COLDSTART",
        Scenario::Continuous => "CONTINUOUS",
    };
    for (part, data) in Part::ALL.iter().zip(&dataset.parts) {
        let batch = matrix_batch(&dataset.matrix(data)?, &data.target())?;
        parquet(&folder.join(format!("{prefix}_{}.parquet", part.name())), &batch)?;
    }
    Ok(Part::ALL.len())
}

fn matrix_batch(matrix: &Matrix, target: &[f32]) -> Outcome<RecordBatch> {
    let columns = (0..matrix.n_columns()).map(|idx| (matrix.names()[idx].as_str(), matrix.column(idx)));
    let named = columns.chain([("TARGET", target)]);
    let arrays = named.map(|(name, values)| (name, Arc::new(Float32Array::from(values.to_vec())) as ArrayRef));
    Ok(RecordBatch::try_from_iter(arrays)?)
}

/// Contributions of every matrix column to the first test predictions, and the base value that they start from.
fn explanations(ensemble: &Ensemble, matrix: &Matrix) -> Outcome<RecordBatch> {
    const N_ROWS: usize = 1_000;
    let found = ensemble.contributions(matrix, 0..N_ROWS)?;
    let n_rows = found.values.len() / found.n_columns.max(1);
    let column = |idx: usize| Float64Array::from_iter_values((0..n_rows).map(|row| found.row(row)[idx]));
    let columns =
        matrix.names().iter().enumerate().map(|(idx, name)| (name.as_str(), Arc::new(column(idx)) as ArrayRef));
    let base = Arc::new(Float64Array::from(vec![found.base_value; n_rows])) as ArrayRef;
    Ok(RecordBatch::try_from_iter(columns.chain([("BASE_VALUE", base)]))?)
}
