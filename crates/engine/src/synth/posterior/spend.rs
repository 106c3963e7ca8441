//! The posterior of a customer's mean amount ζ from the amounts paid. Deliberately blind to when purchases happen: amounts are
//! independent of the rest.

use super::{ln_gamma_density, log_grid};
use crate::synth::config::SynthConfig;
use crate::synth::latents::{
    FIRST_AMOUNT_BOUNDS_CENTS, MAX_AMOUNT_CENTS, REPEAT_AMOUNT_BOUNDS_CENTS, mean_amount_cents,
};

const N_POINTS: usize = 25;

/// One amount paid.
pub struct Amount {
    pub cents: f64,
    /// The price level of its day.
    pub price: f64,
    /// A converter's first purchase has bounds of its own.
    pub is_first: bool,
}

/// The prior of ζ.
pub struct SpendPrior {
    shape: f64,
    mean_cents: f64,
}

impl SpendPrior {
    pub fn new(config: &SynthConfig) -> Self {
        Self { shape: config.process.spend_shape, mean_cents: 100.0 * config.process.mean_spend_usd }
    }

    /// E\[mean amount of a repeat purchase | amounts\] at each of two price levels. `multipliers` = the factors that ζ may have,
    /// with their probabilities.
    pub fn mean_amounts_cents(&self, multipliers: &[(f64, f64)], amounts: &[Amount], prices: [f64; 2]) -> [f64; 2] {
        // Unclamped amounts make 1/ζ a gamma variable again; its moments place the grid.
        let mean_multiplier: f64 = multipliers.iter().map(|(factor, weight)| factor * weight).sum();
        let shape = self.shape + 2.0 * amounts.len() as f64;
        let paid: f64 = amounts.iter().map(|amount| 2.0 * amount.cents / amount.price).sum();
        let centre = ((self.shape - 1.0) * self.mean_cents * mean_multiplier + paid) / shape;
        let spread = 5.0 * (1.0 / shape + if amounts.len() < 4 { 0.04 } else { 0.0 }).sqrt();
        let grid: [f64; N_POINTS] = log_grid(centre * libm::exp(-spread), centre * libm::exp(spread));
        let ln_weights = grid.map(|zeta| self.ln_prior(zeta, multipliers) + ln_likelihood(zeta, amounts));
        let top = ln_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights = ln_weights.map(|ln_weight| libm::exp(ln_weight - top));
        let total: f64 = weights.iter().sum();
        prices.map(|price| {
            let at = |zeta: f64| mean_amount_cents(zeta.min(MAX_AMOUNT_CENTS) * price, REPEAT_AMOUNT_BOUNDS_CENTS);
            grid.iter().zip(weights).map(|(&zeta, weight)| weight * at(zeta)).sum::<f64>() / total
        })
    }

    /// ln of the prior density per unit of ln ζ.
    fn ln_prior(&self, zeta: f64, multipliers: &[(f64, f64)]) -> f64 {
        let density = |&(factor, weight): &(f64, f64)| {
            let inverse = self.mean_cents * factor * (self.shape - 1.0) / self.shape / zeta;
            weight * libm::exp(ln_gamma_density(inverse, self.shape, 1.0))
        };
        libm::log(multipliers.iter().map(density).sum::<f64>().max(f64::MIN_POSITIVE))
    }
}

/// ln of the amounts' density given ζ, up to a constant.
fn ln_likelihood(zeta: f64, amounts: &[Amount]) -> f64 {
    let ln_zeta = libm::log(zeta);
    let one = |amount: &Amount| {
        let scale = 0.5 * zeta * amount.price;
        let (low, high) = if amount.is_first { FIRST_AMOUNT_BOUNDS_CENTS } else { REPEAT_AMOUNT_BOUNDS_CENTS };
        let tail = |bound: f64| (1.0 + bound / scale) * libm::exp(-bound / scale);
        if amount.cents <= low {
            libm::log((1.0 - tail(low)).max(f64::MIN_POSITIVE))
        } else if amount.cents >= high {
            libm::log(tail(high).max(f64::MIN_POSITIVE))
        } else {
            -2.0 * ln_zeta - amount.cents / scale
        }
    };
    amounts.iter().map(one).sum()
}
