//! The classical models of repeat buying (BG/NBD with gamma-gamma spend) fitted to the purchases of the training rows, each as of its observation
//! date, and what they expect of the test rows. Fitted once a training set. Deliberately sees only what was known on the observation date.

use super::dataset;
use crate::engine::evaluate::btyd::{BgNbd, BgNbdParams, Fitted, GammaGamma, GammaGammaParams, History, Spend};
use crate::protocol::{ObjectId, PurchaseModel, Scenario};
use crate::session::stages::StageError;
use crate::session::store::Store;

/// Both models, fitted.
pub(super) struct Classic {
    pub counts: Fitted<BgNbd>,
    pub values: Fitted<GammaGamma>,
    /// Training and test rows as the models know them; `None` without a purchase.
    pub train: Vec<Option<(History, Spend)>>,
    pub test: Vec<Option<(History, Spend)>>,
    /// Spend of the test rows over the label window, dollars.
    pub predicted: Vec<f64>,
}

impl Classic {
    pub fn fit(store: &Store) -> Result<Self, StageError> {
        let [train, _, test] = &dataset(ObjectId::ContinuousModel, store)?.parts;
        let horizon_days = f64::from(store.spine.rule.horizon_days);
        let (mut histories, mut spends) = (Vec::new(), Vec::new());
        // Of those who have bought nothing neither model knows anything; they get what such customers spent.
        let mut without = (0.0, 0.0_f64);
        let of_train = known_of_rows(&train.rows, store)?;
        for (known, dollars) in of_train.iter().zip(&train.target_dollars) {
            match known {
                Some((history, spend)) => {
                    histories.push(*history);
                    spends.push(*spend);
                }
                None => without = (without.0 + dollars, without.1 + 1.0),
            }
        }
        let (counts, values) = (BgNbd::fit(&histories)?, GammaGamma::fit(&spends)?);
        let without_purchase = without.0 / without.1.max(1.0);
        let of_test = known_of_rows(&test.rows, store)?;
        let expected = |known: &Option<(History, Spend)>| match known {
            Some((history, spend)) => {
                let n = counts.model.expected_purchases(history, horizon_days);
                n * values.model.expected_spend(spend).unwrap_or(0.0)
            }
            None => without_purchase,
        };
        let predicted = of_test.iter().map(expected).collect();
        Ok(Self { counts, values, train: of_train, test: of_test, predicted })
    }

    /// The models for the page.
    pub fn described(&self) -> PurchaseModel {
        let BgNbdParams { r, alpha, a, b } = self.counts.model.parameters();
        let GammaGammaParams { p, q, v } = self.values.model.parameters();
        PurchaseModel {
            parameters: [("r", r), ("α", alpha), ("a", a), ("b", b), ("p", p), ("q", q), ("v", v)]
                .map(|(name, value)| (name.to_owned(), value))
                .to_vec(),
            n_customers: self.counts.n_customers as u64,
            n_repeating: self.values.n_customers as u64,
            is_converged: self.counts.is_converged && self.values.is_converged,
        }
    }
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

/// Days in a list that ascends, each once.
pub(super) fn n_distinct(days: &[i32]) -> u32 {
    u32::from(!days.is_empty()) + days.windows(2).filter(|pair| pair[0] != pair[1]).count() as u32
}

/// What the models are told of one customer, as of a day: days with a purchase count once, and times are days. `None` without a purchase.
fn known_of(days: &[i32], cents: &[i64], as_of: i32) -> Option<(History, Spend)> {
    let (&first, &last) = (days.first()?, days.last()?);
    let frequency = n_distinct(days) - 1;
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
