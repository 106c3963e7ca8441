//! A version beside what does without it, on the test rows: the mean, a rule by RFM score, the classical model of repeat buying (BG/NBD with
//! gamma-gamma spend) fitted to the same training rows, and the oracle. Deliberately every rival but the
//! oracle sees only what was known on the observation date.

use super::{Lab, dataset};
use crate::engine::evaluate::{metrics, normalised_gini};
use crate::protocol::{Event, RivalView, RivalsView, Scenario, TrainingId};
use crate::session::attainable;
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::{Dataset, Store};

const RFM_SCORE: &str = "RFM_SCORE";

pub(super) fn rivals(lab: &mut Lab, training: TrainingId, store: &Store, host: &dyn Host) -> Result<Event, StageError> {
    let begin_ms = host.now_ms();
    let scenario = training.model.scenario();
    let dataset = dataset(training.model, store)?;
    let [train, _, test] = &dataset.parts;
    let examined = lab.examine(&training, store)?;
    let n_rows = test.rows.len();
    let mean = train.target_dollars.iter().sum::<f64>() / train.target_dollars.len().max(1) as f64;
    let ours = examined.predictions.iter().map(|&p| f64::from(p)).collect();
    let mut predictions: Vec<(String, Vec<f64>)> = vec![(format!("this model, {}", training.version), ours)];
    if let Some(oracle) = attainable::oracle_of_rows(store, scenario)? {
        predictions.push(("oracle".to_owned(), test.rows.iter().map(|&row| oracle[row as usize]).collect()));
    }
    predictions
        .extend(attainable::bound_of_rows(store, scenario, &test.rows).map(|bound| ("fair bound".to_owned(), bound)));
    let mut purchases = None;
    // Too few who bought again leave nothing to fit, and the others as they are.
    if scenario == Scenario::Continuous
        && let Ok(classic) = lab.classic(store)
    {
        purchases = Some(classic.described());
        predictions.push(("BG/NBD and gamma-gamma".to_owned(), classic.predicted.clone()));
    }
    predictions.extend(by_score(dataset, mean)?.map(|predicted| ("mean of the RFM score".to_owned(), predicted)));
    predictions.push(("mean for everybody".to_owned(), vec![mean; n_rows]));
    let rival = |(name, predicted): (String, Vec<f64>)| {
        let found = metrics(&test.target_dollars, &predicted)?;
        let gini = normalised_gini(&test.target_dollars, &predicted)?;
        Ok(RivalView { name, r2: found.r2, rmse: found.rmse, mae: found.mae, gini })
    };
    Ok(Event::Rivals(Box::new(RivalsView {
        rivals: predictions.into_iter().map(rival).collect::<Result<_, StageError>>()?,
        n_rows: n_rows as u64,
        purchases,
        training,
        elapsed_ms: host.now_ms() - begin_ms,
    })))
}

/// The mean spend of training rows with the same score, for the test rows; `None` without such an input.
fn by_score(dataset: &Dataset, mean: f64) -> Result<Option<Vec<f64>>, StageError> {
    let [train, _, test] = &dataset.parts;
    let Ok(scores) = dataset.table.floats(RFM_SCORE) else { return Ok(None) };
    // Scores are tenths.
    let key = |row: u32| (scores[row as usize] * 10.0).round() as i64;
    let mut sums: std::collections::BTreeMap<i64, (f64, f64)> = std::collections::BTreeMap::new();
    for (&row, dollars) in train.rows.iter().zip(&train.target_dollars) {
        let sum = sums.entry(key(row)).or_default();
        *sum = (sum.0 + dollars, sum.1 + 1.0);
    }
    let predicted = |&row: &u32| sums.get(&key(row)).map_or(mean, |(sum, n)| sum / n);
    Ok(Some(test.rows.iter().map(predicted).collect()))
}
