//! Partial dependence and individual curves of one input, on some test rows.

use super::{Lab, dataset, evenly};
use crate::engine::dataset::{FittedInput, FittedKind, Matrix};
use crate::engine::evaluate;
use crate::engine::learn::Ensemble;
use crate::order;
use crate::protocol::{Dependence, DependenceRequest, Event};
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::{Dataset, Store};

/// Rows that the mean is over, and rows drawn one by one.
const N_ROWS: usize = 500;
const N_CURVES: usize = 40;
/// Most values of a number.
const N_VALUES: usize = 25;
/// The axis of a number leaves out this share on either side.
const TAIL: f64 = 0.01;

pub(super) fn dependence(
    lab: &mut Lab,
    request: DependenceRequest,
    store: &Store,
    host: &dyn Host,
) -> Result<Event, StageError> {
    let begin_ms = host.now_ms();
    let dataset = dataset(request.training.model, store)?;
    let examined = lab.examine(&request.training, store)?;
    let inputs: Vec<String> = gains(&examined.ensemble, dataset).into_iter().map(|(name, _)| name).collect();
    let chosen =
        if request.input.is_empty() { inputs.first().cloned().unwrap_or_default() } else { request.input.clone() };
    let fitted = &dataset.preprocessing.inputs;
    let input = fitted.iter().find(|input| input.name == chosen).ok_or(StageError::Missing("an input of that name"))?;
    let names = dataset.preprocessing.matrix_columns();
    let columns: Vec<usize> = (0..names.len()).filter(|&idx| names[idx].0 == chosen).collect();
    let rows = evenly(examined.test.n_rows(), N_ROWS);
    let Grid { labels, at, settings } = grid(input, &examined.test, &columns);
    let predicted = examined.ensemble.dependence(&examined.test.select_rows(&rows), &columns, &settings)?;
    let mean = |row: &Vec<f32>| row.iter().map(|&p| f64::from(p)).sum::<f64>() / row.len().max(1) as f64;
    let curves = evenly(rows.len(), N_CURVES);
    let unit = dataset.table.schema().column(&chosen).map_or(String::new(), |column| column.unit.clone());
    Ok(Event::Dependence(Box::new(Dependence {
        input: chosen,
        unit,
        inputs,
        is_category: matches!(input.kind, FittedKind::Category { .. }),
        labels,
        at,
        mean: predicted.iter().map(mean).collect(),
        curves: curves.iter().map(|&row| predicted.iter().map(|of| f64::from(of[row as usize])).collect()).collect(),
        n_rows: rows.len() as u32,
        request,
        elapsed_ms: host.now_ms() - begin_ms,
    })))
}

/// The inputs with their gain, those with most first.
pub(super) fn gains(ensemble: &Ensemble, dataset: &Dataset) -> Vec<(String, f64)> {
    let mut inputs: Vec<(String, f64)> =
        dataset.preprocessing.inputs.iter().map(|input| (input.name.clone(), 0.0)).collect();
    for ((name, _), column) in dataset.preprocessing.matrix_columns().iter().zip(ensemble.importance()) {
        if let Some(input) = inputs.iter_mut().find(|(known, _)| known == name) {
            input.1 += column.total_gain;
        }
    }
    order::sort_by(&mut inputs, |a, b| b.1.total_cmp(&a.1));
    inputs
}

/// What an input is set to: names, places on an axis, and a value for each of its matrix columns.
struct Grid {
    labels: Vec<String>,
    at: Vec<f64>,
    settings: Vec<Vec<f32>>,
}

fn grid(input: &FittedInput, test: &Matrix, columns: &[usize]) -> Grid {
    match &input.kind {
        FittedKind::Category { levels } => {
            let n = levels.len();
            Grid {
                labels: levels.clone(),
                at: (0..n).map(|level| level as f64).collect(),
                settings: (0..n).map(|on| (0..n).map(|level| f32::from(u8::from(level == on))).collect()).collect(),
            }
        }
        FittedKind::Numeric { .. } => {
            let values: Vec<f64> = columns.iter().flat_map(|&idx| test.column(idx)).map(|&x| f64::from(x)).collect();
            let at = numbers(values);
            Grid {
                labels: at.iter().map(|value| format!("{}", (value * 1e4).round() / 1e4)).collect(),
                settings: at.iter().map(|&value| vec![value as f32]).collect(),
                at,
            }
        }
    }
}

/// All values of an input that takes few, else evenly spaced ones between its outer quantiles.
fn numbers(values: Vec<f64>) -> Vec<f64> {
    let (Some(low), Some(high)) = (evaluate::quantile(&values, TAIL), evaluate::quantile(&values, 1.0 - TAIL)) else {
        return Vec::new();
    };
    let mut distinct: Vec<f64> = values.into_iter().filter(|x| (low..=high).contains(x)).collect();
    order::sort_numbers(&mut distinct);
    distinct.dedup();
    if distinct.len() <= N_VALUES {
        return distinct;
    }
    (0..N_VALUES).map(|i| low + (high - low) * i as f64 / (N_VALUES - 1) as f64).collect()
}
