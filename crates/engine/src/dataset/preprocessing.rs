//! Preprocessing fitted on training rows: nulls filled by one rule, categories one-hot encoded over the levels seen in training
//! (an unseen level is all zeros), and a standard scaler that is kept with the model but not applied, because trees do not
//! change under scaling.

use super::inputs::{Fill, InputKind, ModelInput};
use super::{DatasetError, Matrix};
use crate::schema::{ColumnType, tables};
use crate::table::{Table, TableError, Values};
use serde::{Deserialize, Serialize};

/// The level that stands in for a null.
pub const UNKNOWN: &str = "unknown";

/// What was fitted for one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedInput {
    pub name: String,
    pub kind: FittedKind,
}

/// Fitted values by kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FittedKind {
    /// Mean and population standard deviation of the filled training values (1 where they do not vary), as scikit-learn's
    /// StandardScaler fits them.
    Numeric { fill_days_since_signup: bool, mean: f64, scale: f64 },
    /// Levels seen in training, in the order of their matrix columns.
    Category { levels: Vec<String> },
}

/// The fitted steps, one per input in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preprocessing {
    pub inputs: Vec<FittedInput>,
}

impl Preprocessing {
    /// Fits on some rows of a training table.
    pub fn fit(table: &Table, training_rows: &[u32], inputs: &[ModelInput]) -> Result<Self, DatasetError> {
        let fit_input = |input: &ModelInput| {
            let kind = match input.kind {
                InputKind::Numeric(fill) => {
                    let filled = filled_numbers(table, &input.name, fill, training_rows)?;
                    let (mean, scale) = mean_and_scale(&filled);
                    FittedKind::Numeric { fill_days_since_signup: fill == Fill::DaysSinceSignup, mean, scale }
                }
                InputKind::Category => FittedKind::Category { levels: seen_levels(table, &input.name, training_rows)? },
            };
            Ok(FittedInput { name: input.name.to_string(), kind })
        };
        Ok(Self { inputs: inputs.iter().map(fit_input).collect::<Result<_, TableError>>()? })
    }

    /// The matrix of some rows, float32, unscaled: one column per numeric input, `INPUT=level` per level of a category.
    pub fn transform(&self, table: &Table, rows: &[u32]) -> Result<Matrix, DatasetError> {
        let mut columns: Vec<(String, Vec<f32>)> = Vec::new();
        for input in &self.inputs {
            match &input.kind {
                FittedKind::Numeric { fill_days_since_signup, .. } => {
                    let fill = if *fill_days_since_signup { Fill::DaysSinceSignup } else { Fill::Zero };
                    let filled = filled_numbers(table, &input.name, fill, rows)?;
                    columns.push((input.name.clone(), filled.into_iter().map(|x| x as f32).collect()));
                }
                FittedKind::Category { levels } => {
                    let names = level_names(table, &input.name)?;
                    let codes = level_codes(table, &input.name, rows)?;
                    for level in levels {
                        let code = names.iter().position(|name| name == level);
                        let flags = codes.iter().map(|&c| f32::from(u8::from(Some(c) == code))).collect();
                        columns.push((format!("{}={level}", input.name), flags));
                    }
                }
            }
        }
        Ok(Matrix::new(columns)?)
    }

    /// For each matrix column, the input it comes from and the level it flags.
    pub fn matrix_columns(&self) -> Vec<(&str, Option<&str>)> {
        self.inputs
            .iter()
            .flat_map(|input| match &input.kind {
                FittedKind::Numeric { .. } => vec![(input.name.as_str(), None)],
                FittedKind::Category { levels } => {
                    levels.iter().map(|level| (input.name.as_str(), Some(level.as_str()))).collect()
                }
            })
            .collect()
    }
}

/// A numeric column as doubles (cents as dollars), nulls filled.
fn filled_numbers(table: &Table, name: &str, fill: Fill, rows: &[u32]) -> Result<Vec<f64>, TableError> {
    let data = table.gather(name, rows)?;
    let mut numbers: Vec<f64> = match data.values {
        Values::Floats(v) => v,
        Values::Integers(v) => v.into_iter().map(|x| x as f64).collect(),
        Values::Cents(v) => v.into_iter().map(|x| x as f64 / 100.0).collect(),
        Values::Ids(v) | Values::Days(v) => v.into_iter().map(f64::from).collect(),
        Values::Codes(_) | Values::Timestamps(_) => {
            return Err(TableError::WrongType {
                table: table.name().to_owned(),
                column: name.to_owned(),
                expected: "numbers",
                found: "another type".to_owned(),
            });
        }
    };
    if let (Some(present), Fill::DaysSinceSignup) = (&data.present, fill) {
        let as_of = if table.schema().column("AS_OF").is_some() { "AS_OF" } else { "OBSERVATION_DATE" };
        let (as_of, signup) = (table.days(as_of)?, table.days(tables::SIGNUP_DATE)?);
        for ((number, &present), &row) in numbers.iter_mut().zip(present).zip(rows) {
            if !present {
                *number = f64::from(as_of[row as usize] - signup[row as usize]);
            }
        }
    }
    Ok(numbers)
}

fn mean_and_scale(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    (mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
}

/// The column's levels, then 'unknown'.
fn level_names(table: &Table, name: &str) -> Result<Vec<String>, TableError> {
    match table.schema().column(name).map(|c| &c.kind) {
        Some(ColumnType::Category(levels)) => Ok(levels.iter().cloned().chain([UNKNOWN.to_owned()]).collect()),
        Some(_) | None => table.codes(name).map(|_| Vec::new()),
    }
}

/// Position in `level_names`, for each row.
fn level_codes(table: &Table, name: &str, rows: &[u32]) -> Result<Vec<usize>, TableError> {
    let n_levels = level_names(table, name)?.len();
    let (codes, present) = (table.codes(name)?, table.present(name)?);
    let code = |&row: &u32| {
        let row = row as usize;
        if present.is_none_or(|nulls| nulls.is_valid(row)) { usize::from(codes[row]) } else { n_levels - 1 }
    };
    Ok(rows.iter().map(code).collect())
}

fn seen_levels(table: &Table, name: &str, rows: &[u32]) -> Result<Vec<String>, TableError> {
    let names = level_names(table, name)?;
    let mut seen = vec![false; names.len()];
    for code in level_codes(table, name, rows)? {
        seen[code] = true;
    }
    Ok(names.into_iter().zip(seen).filter(|(_, seen)| *seen).map(|(name, _)| name).collect())
}
