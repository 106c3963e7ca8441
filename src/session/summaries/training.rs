//! A training set with its splits and fitted preprocessing.

use super::histogram;
use crate::engine::dataset::{FittedKind, Part, day_range, rows_in};
use crate::engine::table::{Table, TableError};
use crate::protocol::{DateRange, ObjectId, PreprocessingColumn, Scenario, Split, TrainingSet};
use crate::session::store::Dataset;

/// Everything the training page shows of a training set.
pub fn training_set(
    scenario: Scenario,
    object: ObjectId,
    table: &Table,
    target: &str,
    dates: &str,
    parts: &[Part],
    dataset: &Dataset,
) -> Result<TrainingSet, TableError> {
    let days = table.days(dates)?;
    let split = |(part, data): (Part, &crate::session::store::DatasetPart)| {
        let dollars = &data.target_dollars;
        let n = dollars.len().max(1) as f64;
        let dates = day_range(days, &rows_in(parts, part)).map_or_else(DateRange::default, |(first, last)| DateRange {
            first: first.to_string(),
            last: last.to_string(),
        });
        Split {
            name: part.name().to_owned(),
            rows: dollars.len() as u64,
            dates,
            target_mean: dollars.iter().sum::<f64>() / n,
            target_zero_share: dollars.iter().filter(|&&x| x == 0.0).count() as f64 / n,
        }
    };
    let all: Vec<f64> = dataset.parts.iter().flat_map(|part| part.target_dollars.iter().copied()).collect();
    Ok(TrainingSet {
        scenario,
        table: object,
        target: target.to_owned(),
        split_column: dates.to_owned(),
        splits: Part::ALL.into_iter().zip(&dataset.parts).map(split).collect(),
        target_histogram: histogram(&all),
        n_inputs: dataset.preprocessing.inputs.len() as u32,
        n_matrix_columns: dataset.preprocessing.matrix_columns().len() as u32,
        preprocessing: preprocessing(dataset),
        digest: table.digest().to_string(),
    })
}

fn preprocessing(dataset: &Dataset) -> Vec<PreprocessingColumn> {
    let inputs = dataset.preprocessing.inputs.iter().map(|input| match &input.kind {
        FittedKind::Numeric { fill_days_since_signup, mean, scale } => PreprocessingColumn {
            name: input.name.clone(),
            mean: Some(*mean),
            standard_deviation: Some(*scale),
            levels: Vec::new(),
            fill: if *fill_days_since_signup { "days since sign-up" } else { "0" }.to_owned(),
        },
        FittedKind::Category { levels } => PreprocessingColumn {
            name: input.name.clone(),
            mean: None,
            standard_deviation: None,
            levels: levels.clone(),
            fill: "unknown".to_owned(),
        },
    });
    inputs.collect()
}
