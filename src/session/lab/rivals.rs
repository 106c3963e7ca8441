//! A version beside what does without it, on the test rows: the mean, a rule by RFM score, the classical model of repeat buying (BG/NBD with
//! gamma-gamma spend) fitted to the same training rows, and the oracle. Deliberately every rival but the
//! oracle sees only what was known on the observation date.

use super::{Lab, dataset};
use crate::engine::dataset::HORIZON_DAYS;
use crate::engine::evaluate::btyd::{BgNbd, BgNbdParams, GammaGamma, GammaGammaParams, History, Spend};
use crate::engine::evaluate::{metrics, normalised_gini};
use crate::protocol::{Event, ObjectId, PurchaseModel, RivalView, RivalsView, Scenario, TrainingId};
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
    let mut purchases = None;
    if scenario == Scenario::Continuous {
        let (model, predicted) = buy_till_you_die(dataset, store)?;
        purchases = Some(model);
        predictions.push(("BG/NBD and gamma-gamma".to_owned(), predicted));
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

/// Both models fitted to the training rows, and what they expect of the test rows over the coming year, dollars.
fn buy_till_you_die(dataset: &Dataset, store: &Store) -> Result<(PurchaseModel, Vec<f64>), StageError> {
    let [train, _, test] = &dataset.parts;
    let (mut histories, mut spends) = (Vec::new(), Vec::new());
    // Of those who have bought nothing neither model knows anything; they get what such customers spent.
    let mut without = (0.0, 0.0_f64);
    for (known, dollars) in known_of_rows(&train.rows, store)?.into_iter().zip(&train.target_dollars) {
        match known {
            Some((history, spend)) => {
                histories.push(history);
                spends.push(spend);
            }
            None => without = (without.0 + dollars, without.1 + 1.0),
        }
    }
    let (counts, values) = (BgNbd::fit(&histories)?, GammaGamma::fit(&spends)?);
    let without_purchase = without.0 / without.1.max(1.0);
    let expected = |known: Option<(History, Spend)>| match known {
        Some((history, spend)) => {
            let n = counts.model.expected_purchases(&history, f64::from(HORIZON_DAYS));
            n * values.model.expected_spend(&spend).unwrap_or(0.0)
        }
        None => without_purchase,
    };
    let BgNbdParams { r, alpha, a, b } = counts.model.parameters();
    let GammaGammaParams { p, q, v } = values.model.parameters();
    let model = PurchaseModel {
        parameters: [("r", r), ("α", alpha), ("a", a), ("b", b), ("p", p), ("q", q), ("v", v)]
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec(),
        n_customers: counts.n_customers as u64,
        n_repeating: values.n_customers as u64,
        is_converged: counts.is_converged && values.is_converged,
    };
    Ok((model, known_of_rows(&test.rows, store)?.into_iter().map(expected).collect()))
}

/// The purchases behind rows of the continuous training table, each as of its observation date.
fn known_of_rows(rows: &[u32], store: &Store) -> Result<Vec<Option<(History, Spend)>>, StageError> {
    let purchases = store.event_source(ObjectId::Transactions)?;
    let amounts = purchases.table().integers("AMOUNT")?;
    let known = |&row: &u32| {
        let (of_profile, as_of) = (store.spine.profile_rows[row as usize], store.spine.observation_days[row as usize]);
        let bought = purchases.rows_until(of_profile, as_of);
        known_of(&purchases.days()[bought.clone()], &amounts[bought], as_of)
    };
    Ok(rows.iter().map(known).collect())
}

/// What the classical models are fitted to: of each training row with a purchase its history in days, and the mean spend of the days on which it
/// bought again, dollars. `None` before there is a training set.
pub fn purchase_histories(store: &Store) -> Option<Vec<(History, f64)>> {
    let [train, ..] = &store.datasets.get(&Scenario::Continuous)?.parts;
    let known = known_of_rows(&train.rows, store).ok()?;
    Some(known.into_iter().flatten().map(|(history, spend)| (history, spend.mean_spend)).collect())
}

/// What the models are told of one customer, as of a day: days with a purchase count once, and times are days. `None` without a purchase.
fn known_of(days: &[i32], cents: &[i64], as_of: i32) -> Option<(History, Spend)> {
    let (&first, &last) = (days.first()?, days.last()?);
    let n_days = 1 + days.windows(2).filter(|pair| pair[0] != pair[1]).count() as u32;
    let frequency = n_days - 1;
    let repeated: i64 = days.iter().zip(cents).filter(|(day, _)| **day != first).map(|(_, cents)| cents).sum();
    let mean_spend = repeated as f64 / 100.0 / f64::from(frequency.max(1));
    let history = History { frequency, recency: f64::from(last - first), age: f64::from(as_of - first) };
    Some((history, Spend { frequency, mean_spend }))
}

#[cfg(test)]
mod tests {
    use super::known_of;

    #[test]
    fn purchases_of_a_day_count_once_and_the_first_only_starts_the_clock() {
        assert!(known_of(&[], &[], 9).is_none());
        let (history, spend) = known_of(&[3], &[500], 10).unwrap();
        assert_eq!((history.frequency, history.recency, history.age, spend.mean_spend), (0, 0.0, 7.0, 0.0));
        let (history, spend) = known_of(&[3, 3, 5, 8, 8], &[500, 100, 200, 300, 100], 10).unwrap();
        assert_eq!((history.frequency, history.recency, history.age), (2, 5.0, 7.0));
        assert_eq!((spend.frequency, spend.mean_spend), (2, 3.0));
    }
}
