//! Shows that trees do not change when their inputs are standardised: the run's model trained again on standardised columns, and both
//! asked for the same predictions.

use super::dataset;
use crate::engine::dataset::{FittedInput, FittedKind, Matrix};
use crate::engine::learn::{Ensemble, NodeKind};
use crate::protocol::{Event, ObjectId, ScalingCheck};
use crate::session::fitting::Recipe;
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::{Dataset, Store};

pub(super) fn check(model: ObjectId, store: &Store, host: &dyn Host) -> Result<Event, StageError> {
    let begin_ms = host.now_ms();
    let trained = store.models.get(&model).ok_or(StageError::Missing("the model"))?;
    let dataset = dataset(model, store)?;
    let [train, validation, test] = &dataset.parts;
    let scaled = |part| Ok::<Matrix, StageError>(standardised(&dataset.matrix(part)?, dataset));
    let recipe = Recipe::Histograms(trained.params.check()?);
    let (train_target, validation_target) = (train.target(), validation.target());
    let mut learner = recipe.start((&scaled(train)?, &train_target), (&scaled(validation)?, &validation_target))?;
    while learner.grow_tree().is_some() {}
    let found = learner.finish().predict(&scaled(test)?)?;
    let plain = dataset.matrix(test)?;
    let expected = trained.ensemble.predict(&plain)?;
    let reach = reaches(dataset);
    let (mut n_on_threshold, mut n_different, mut largest_difference) = (0, 0, 0.0_f64);
    for (row, (a, b)) in found.iter().zip(&expected).enumerate() {
        let values: Vec<f32> = (0..plain.n_columns()).map(|column| plain.column(column)[row]).collect();
        if is_on_threshold(&trained.ensemble, &values, &reach) {
            n_on_threshold += 1;
        } else if a != b {
            n_different += 1;
            largest_difference = largest_difference.max(f64::from((a - b).abs()));
        }
    }
    Ok(Event::ScalingChecked(ScalingCheck {
        model,
        n_rows: expected.len() as u64,
        n_on_threshold,
        n_different,
        largest_difference,
        elapsed_ms: host.now_ms() - begin_ms,
    }))
}

/// Mean and scale by matrix column; flags are not scaled.
fn reaches(dataset: &Dataset) -> Vec<Option<(f64, f64)>> {
    let of_input = |input: &FittedInput| match &input.kind {
        FittedKind::Numeric { mean, scale, .. } => vec![Some((*mean, *scale))],
        FittedKind::Category { levels } => vec![None; levels.len()],
    };
    dataset.preprocessing.inputs.iter().flat_map(of_input).collect()
}

/// Does any tree ask a row about a threshold that its value stands on, but for rounding before or after scaling?
fn is_on_threshold(ensemble: &Ensemble, row: &[f32], reach: &[Option<(f64, f64)>]) -> bool {
    // Some units in the last place of what takes part in the subtraction and the division.
    const ROUNDING: f64 = 4.0 * f32::EPSILON as f64;
    let is_close = |column_idx: usize, threshold: f32| {
        let Some(Some((mean, scale))) = reach.get(column_idx) else { return false };
        let value = f64::from(row[column_idx]);
        (value - f64::from(threshold)).abs() <= ROUNDING * (value.abs() + mean.abs() + scale)
    };
    ensemble.trees.iter().any(|tree| {
        tree.path(row).any(|node_idx| match tree.nodes[node_idx].kind {
            NodeKind::Split { column_idx, threshold, .. } => is_close(column_idx as usize, threshold),
            NodeKind::Leaf { .. } => false,
        })
    })
}

/// (x − mean) / scale of every numeric column, in float64 and rounded once; flags stay as they are.
fn standardised(matrix: &Matrix, dataset: &Dataset) -> Matrix {
    let mut scaled = matrix.clone();
    let mut column_idx = 0;
    for input in &dataset.preprocessing.inputs {
        match &input.kind {
            FittedKind::Numeric { mean, scale, .. } => {
                scaled.map_column(column_idx, |x| ((f64::from(x) - mean) / scale) as f32);
                column_idx += 1;
            }
            FittedKind::Category { levels } => column_idx += levels.len(),
        }
    }
    scaled
}
