//! The nearest change of one customer's numbers that brings the prediction to a target. What describes the person or is a category stays.

use super::{Lab, customer, dataset};
use crate::engine::dataset::{FittedKind, Matrix, Preprocessing};
use crate::engine::evaluate::{MOST_CHANGES, Movable, counterfactual};
use crate::protocol::{CounterfactualRequest, CounterfactualView, Event};
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::Store;

pub(super) fn nearest(
    lab: &mut Lab,
    request: CounterfactualRequest,
    store: &Store,
    host: &dyn Host,
) -> Result<Event, StageError> {
    let begin_ms = host.now_ms();
    let (customer, _) = customer(request.training.model, request.row, store)?;
    let preprocessing = &dataset(request.training.model, store)?.preprocessing;
    let examined = lab.examine(&request.training, store)?;
    let test = &examined.test;
    let row: Vec<f32> = (0..test.n_columns()).map(|column| test.column(column)[request.row as usize]).collect();
    let found = counterfactual(&examined.ensemble, &row, request.target as f32, &movable(preprocessing, test));
    let text = |value: f32| if value.is_nan() { String::new() } else { value.to_string() };
    let changes = found.changes.iter().map(|&(idx, value)| (test.names()[idx].clone(), text(row[idx]), text(value)));
    Ok(Event::Counterfactual(Box::new(CounterfactualView {
        customer,
        before: f64::from(examined.predictions[request.row as usize]),
        prediction: f64::from(found.prediction),
        is_reached: found.is_reached,
        most_changes: MOST_CHANGES as u32,
        changes: changes.collect(),
        request,
        elapsed_ms: host.now_ms() - begin_ms,
    })))
}

/// The numbers, within what occurs in the test rows.
fn movable(preprocessing: &Preprocessing, test: &Matrix) -> Vec<Movable> {
    let mut movable = Vec::new();
    let mut column_idx = 0;
    for input in &preprocessing.inputs {
        match &input.kind {
            FittedKind::Numeric { scale, .. } => {
                let values = test.column(column_idx);
                let known = || values.iter().copied().filter(|value| !value.is_nan());
                let (low, high) = (known().fold(f32::INFINITY, f32::min), known().fold(f32::NEG_INFINITY, f32::max));
                let is_whole = known().all(|value| value.fract() == 0.0);
                movable.push(Movable { column_idx, scale: *scale, low, high, is_whole });
                column_idx += 1;
            }
            FittedKind::Category { levels } => column_idx += levels.len(),
        }
    }
    movable
}
