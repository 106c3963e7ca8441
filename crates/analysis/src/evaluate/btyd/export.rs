//! Both models beside the customers that they are fitted to, as `btyd.json` has them for `tests/parity/btyd.py`. Deliberately computes nothing
//! of its own and writes no file.

use super::{BgNbd, BgNbdParams, BtydError, GammaGamma, GammaGammaParams, History, Spend};
use serde::Serialize;

/// Times since the first purchase for which the expected number is written.
const N_TIMES: usize = 20;

/// The file: one value per customer, columns under the names that `lifetimes` gives them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BtydExport {
    pub frequency: Vec<u32>,
    pub recency: Vec<f64>,
    #[serde(rename = "T")]
    pub age: Vec<f64>,
    pub mean_spend: Vec<f64>,
    /// How far ahead `ours.expected` looks, in the unit of the ages.
    pub horizon: f64,
    /// For `ours.expected_of_new`.
    pub times: Vec<f64>,
    pub ours: BtydFigures,
}

/// The fits and what follows from them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BtydFigures {
    #[serde(flatten)]
    pub bg_nbd: BgNbdParams,
    pub log_likelihood: f64,
    #[serde(flatten)]
    pub gamma_gamma: GammaGammaParams,
    pub spend_log_likelihood: f64,
    /// Of both fits.
    pub is_converged: bool,
    /// One per customer, like the next two.
    pub p_alive: Vec<f64>,
    pub expected: Vec<f64>,
    pub expected_spend: Vec<Option<f64>>,
    pub expected_of_new: Vec<f64>,
}

impl BtydExport {
    /// Fits both models. Each customer is a history and the mean value of its repeat purchases. Fails as the fits do.
    pub fn new(customers: &[(History, f64)], horizon: f64) -> Result<Self, BtydError> {
        let histories: Vec<History> = customers.iter().map(|customer| customer.0).collect();
        let spend = |&(history, mean_spend): &(History, f64)| Spend { frequency: history.frequency, mean_spend };
        let spends: Vec<Spend> = customers.iter().map(spend).collect();
        let (purchases, values) = (BgNbd::fit(&histories)?, GammaGamma::fit(&spends)?);
        let oldest = histories.iter().map(|history| history.age).fold(0.0, f64::max);
        let times: Vec<f64> = (1..=N_TIMES).map(|step| oldest * step as f64 / N_TIMES as f64).collect();
        let model = purchases.model;
        let ours = BtydFigures {
            bg_nbd: model.parameters(),
            log_likelihood: purchases.log_likelihood,
            gamma_gamma: values.model.parameters(),
            spend_log_likelihood: values.log_likelihood,
            is_converged: purchases.is_converged && values.is_converged,
            p_alive: histories.iter().map(|history| model.p_alive(history)).collect(),
            expected: histories.iter().map(|history| model.expected_purchases(history, horizon)).collect(),
            expected_spend: spends.iter().map(|spend| values.model.expected_spend(spend)).collect(),
            expected_of_new: times.iter().map(|&time| model.expected_of_new(time)).collect(),
        };
        Ok(Self {
            frequency: histories.iter().map(|history| history.frequency).collect(),
            recency: histories.iter().map(|history| history.recency).collect(),
            age: histories.iter().map(|history| history.age).collect(),
            mean_spend: customers.iter().map(|customer| customer.1).collect(),
            horizon,
            times,
            ours,
        })
    }
}
