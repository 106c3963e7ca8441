//! Gamma-gamma: what a customer's purchases are worth, when few of them have been seen. Deliberately independent of how often customers buy.
//!
//! Source: Fader & Hardie 2013, The gamma-gamma model of monetary value. A customer's purchases are worth gamma(p, ν), and ν differs between
//! customers as gamma(q, v).
//!
//! | symbol | is |
//! |---|---|
//! | x, m | repeat purchases and their mean value |
//! | log likelihood | equation 1a: ln Γ(px + q) − ln Γ(px) − ln Γ(q) + q ln v + (px − 1) ln m + px ln x − (px + q) ln(xm + v) |
//! | E(M given x, m) | p (v + xm) / (px + q − 1), equation 5: between m and the mean of all customers, p v / (q − 1) |

use super::minimise::{Valued, minimise};
use super::special::{digamma, rise};
use super::{BtydError, Fitted, LEAST_REPEATING, Spend, positive};
use serde::Serialize;

/// The parameters under the paper's names, where v is called γ; v in currency.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GammaGammaParams {
    pub p: f64,
    pub q: f64,
    pub v: f64,
}

/// The model with positive parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct GammaGamma(GammaGammaParams);

impl GammaGamma {
    /// Fails for a parameter that is not positive.
    pub fn new(parameters: GammaGammaParams) -> Result<Self, BtydError> {
        let GammaGammaParams { p, q, v } = parameters;
        positive([("p", p), ("q", q), ("v", v)])?;
        Ok(Self(parameters))
    }

    pub fn parameters(&self) -> GammaGammaParams {
        self.0
    }

    /// By maximum likelihood, of the customers with a repeat purchase; others are passed over. Their order does not matter. Fails when a
    /// repeat purchase is worth nothing, and when fewer than two customers bought again.
    pub fn fit(spends: &[Spend]) -> Result<Fitted<Self>, BtydError> {
        let repeating = Repeating::new(spends)?;
        if repeating.n_customers() < LEAST_REPEATING {
            return Err(BtydError::TooFew { n_repeating: repeating.n_customers() });
        }
        let start = GammaGammaParams { p: 2.0, q: 3.0, v: repeating.mean_spend() };
        let found = minimise(start.to_logs(), |logs| repeating.loss(&GammaGammaParams::from_logs(logs)));
        Ok(Fitted {
            model: Self::new(GammaGammaParams::from_logs(&found.at))?,
            log_likelihood: -found.value * repeating.n_customers() as f64,
            n_customers: repeating.n_customers(),
            n_evaluations: found.n_evaluations,
            is_converged: found.is_converged,
        })
    }

    /// Of all customers with a repeat purchase together. Fails when one is worth nothing.
    pub fn log_likelihood(&self, spends: &[Spend]) -> Result<f64, BtydError> {
        let repeating = Repeating::new(spends)?;
        if repeating.n_customers() == 0 {
            return Ok(0.0);
        }
        Ok(-repeating.loss(&self.0).0 * repeating.n_customers() as f64)
    }

    /// The mean value of a customer's coming purchases, in currency. `None` where the model's mean is infinite: px + q ≤ 1.
    pub fn expected_spend(&self, spend: &Spend) -> Option<f64> {
        let GammaGammaParams { p, q, v } = self.0;
        let x = f64::from(spend.frequency);
        // Without a repeat there is no mean of repeats, whatever stands in its place.
        let seen = if spend.frequency > 0 { x * spend.mean_spend } else { 0.0 };
        let weight = p * x + q - 1.0;
        (weight > 0.0).then(|| p * (v + seen) / weight)
    }
}

impl GammaGammaParams {
    fn to_logs(self) -> [f64; 3] {
        [self.p, self.q, self.v].map(libm::log)
    }

    fn from_logs(logs: &[f64; 3]) -> Self {
        let [p, q, v] = logs.map(libm::exp);
        Self { p, q, v }
    }
}

/// The customers with a repeat purchase, grouped by their number.
struct Repeating {
    /// x, and the customers' totals x m, ascending.
    groups: Vec<(f64, Vec<f64>)>,
    /// Σ ln m, Σ ln x m of each group.
    logs: Vec<(f64, f64)>,
}

impl Repeating {
    fn new(spends: &[Spend]) -> Result<Self, BtydError> {
        let mut repeating = Vec::new();
        for (row, spend) in spends.iter().enumerate().filter(|(_, spend)| spend.frequency > 0) {
            if !(spend.mean_spend.is_finite() && spend.mean_spend > 0.0) {
                return Err(BtydError::Spend { row, mean_spend: spend.mean_spend });
            }
            repeating.push(*spend);
        }
        repeating.sort_unstable_by(|a, b| a.frequency.cmp(&b.frequency).then(a.mean_spend.total_cmp(&b.mean_spend)));
        let groups = repeating.chunk_by(|a, b| a.frequency == b.frequency).map(|same| {
            let x = f64::from(same[0].frequency);
            let totals: Vec<f64> = same.iter().map(|spend| x * spend.mean_spend).collect();
            let of_means: f64 = same.iter().map(|spend| libm::log(spend.mean_spend)).sum();
            let of_totals = totals.iter().map(|total| libm::log(*total)).sum();
            ((x, totals), (of_means, of_totals))
        });
        let (groups, logs) = groups.unzip();
        Ok(Self { groups, logs })
    }

    fn n_customers(&self) -> usize {
        self.groups.iter().map(|(_, totals)| totals.len()).sum()
    }

    fn mean_spend(&self) -> f64 {
        let sum: f64 = self.groups.iter().map(|(x, totals)| totals.iter().sum::<f64>() / x).sum();
        sum / self.n_customers() as f64
    }

    /// The negative log likelihood of a mean customer, and its gradient by the logarithms of p, q, v. With y = xm it is written by ln(1 + v / y),
    /// where nothing cancels when p is large and v small together, which is where customers without a spread of their own lead.
    fn loss(&self, &GammaGammaParams { p, q, v }: &GammaGammaParams) -> Valued<3> {
        let (mut sum, mut by) = (0.0, [0.0; 3]);
        let (log_v, gamma_q, psi_q) = (libm::log(v), libm::lgamma(q), digamma(q));
        for ((x, totals), (of_means, of_totals)) in self.groups.iter().zip(&self.logs) {
            let (n, px) = (totals.len() as f64, p * x);
            let (mut beyond, mut shares) = (0.0, 0.0);
            for total in totals {
                beyond += libm::log1p(v / total);
                shares += v / (total + v);
            }
            // Σ ln(v / (y + v)).
            let below = n * log_v - of_totals - beyond;
            let (rise_p, slope_p) = rise(px, q);
            sum += n * (rise_p - gamma_q) + q * below - px * beyond - of_means;
            by[0] += px * (n * slope_p - beyond);
            by[1] += q * (n * (digamma(px + q) - psi_q) + below);
            by[2] += n * q - (px + q) * shares;
        }
        let n = self.n_customers() as f64;
        (-sum / n, by.map(|part| -part / n))
    }
}
