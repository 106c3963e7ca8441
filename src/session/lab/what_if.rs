//! One customer's prediction, with some inputs as the reader wants them, and what each input contributes.

use super::{Lab, customer, dataset};
use crate::engine::dataset::{FittedInput, FittedKind, Matrix};
use crate::protocol::{Event, WhatIf, WhatIfInput, WhatIfRequest};
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::Store;

pub(super) fn what_if(
    lab: &mut Lab,
    request: WhatIfRequest,
    store: &Store,
    host: &dyn Host,
) -> Result<Event, StageError> {
    let (customer, actual) = customer(request.training.model, request.row, store)?;
    let dataset = dataset(request.training.model, store)?;
    let examined = lab.examine(&request.training, store)?;
    let before = examined.test.select_rows(&[request.row]);
    let (mut after, mut inputs, mut first) = (before.clone(), Vec::new(), 0);
    for input in &dataset.preprocessing.inputs {
        let n_columns = match &input.kind {
            FittedKind::Numeric { .. } => 1,
            FittedKind::Category { levels } => levels.len(),
        };
        let typed = request.changes.iter().find(|(name, _)| *name == input.name).map(|(_, text)| text.trim());
        let problem = typed.and_then(|text| set(&mut after, input, first, text).err());
        inputs.push(WhatIfInput {
            name: input.name.clone(),
            before: text(&before, input, first),
            value: text(&after, input, first),
            levels: match &input.kind {
                FittedKind::Numeric { .. } => Vec::new(),
                FittedKind::Category { levels } => levels.clone(),
            },
            contribution: 0.0,
            problem,
        });
        first += n_columns;
    }
    let begin_ms = host.now_ms();
    let row: Vec<f32> = (0..after.n_columns()).map(|column| after.column(column)[0]).collect();
    let prediction = f64::from(examined.ensemble.predict_row(&row));
    let contributions = examined.ensemble.contributions(&after, 0..1)?;
    let elapsed_ms = host.now_ms() - begin_ms;
    for (value, (name, _)) in contributions.values.iter().zip(dataset.preprocessing.matrix_columns()) {
        if let Some(input) = inputs.iter_mut().find(|input| input.name == name) {
            input.contribution += value;
        }
    }
    let is_log = examined.ensemble.objective.is_log();
    let sum = contributions.base_value + contributions.values.iter().sum::<f64>();
    let whole = if is_log { libm::log(prediction) } else { prediction };
    Ok(Event::WhatIf(Box::new(WhatIf {
        customer,
        n_rows: examined.test.n_rows() as u32,
        actual,
        before: f64::from(examined.predictions[request.row as usize]),
        prediction,
        is_log,
        base_value: contributions.base_value,
        inputs,
        residual: whole - sum,
        request,
        elapsed_ms,
    })))
}

/// Takes what was typed as an input's value; nothing typed is a missing number.
fn set(row: &mut Matrix, input: &FittedInput, first: usize, typed: &str) -> Result<(), String> {
    match &input.kind {
        FittedKind::Numeric { .. } => {
            let value = if typed.is_empty() { Ok(f32::NAN) } else { typed.parse::<f32>() };
            match value {
                Ok(value) if !value.is_infinite() && (typed.is_empty() || !value.is_nan()) => {
                    row.set_column(first, value);
                    Ok(())
                }
                _ => Err(format!("{typed:?} is not a number; write one such as 12.5, or nothing for a missing value")),
            }
        }
        FittedKind::Category { levels } => {
            let Some(chosen) = levels.iter().position(|level| level == typed) else {
                return Err(format!("{typed:?} is no level of {}", input.name));
            };
            (0..levels.len()).for_each(|level| row.set_column(first + level, f32::from(u8::from(level == chosen))));
            Ok(())
        }
    }
}

fn text(row: &Matrix, input: &FittedInput, first: usize) -> String {
    match &input.kind {
        FittedKind::Numeric { .. } => match row.column(first)[0] {
            value if value.is_nan() => String::new(),
            value => value.to_string(),
        },
        FittedKind::Category { levels } => {
            let on = (0..levels.len()).find(|level| row.column(first + level)[0] == 1.0);
            on.map_or(String::new(), |level| levels[level].clone())
        }
    }
}
