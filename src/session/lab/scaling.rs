//! Shows that trees do not change when their inputs are standardised: the run's model trained again on standardised columns, and both
//! asked for the same predictions.

use super::dataset;
use crate::engine::dataset::{FittedKind, Matrix};
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
    let expected = trained.ensemble.predict(&dataset.matrix(test)?)?;
    let differences = found.iter().zip(&expected).map(|(a, b)| f64::from((a - b).abs()));
    Ok(Event::ScalingChecked(ScalingCheck {
        model,
        n_rows: expected.len() as u64,
        n_different: differences.clone().filter(|&d| d > 0.0).count() as u64,
        largest_difference: differences.fold(0.0, f64::max),
        elapsed_ms: host.now_ms() - begin_ms,
    }))
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
