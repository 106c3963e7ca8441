//! The joint prior of purchase rate λ and browsing b, given what sign-up and onboarding told: a mixture over the channels that
//! may have brought the customer. Deliberately a table over a grid; the likelihood stands elsewhere.

use super::{ln_gamma_density, log_grid};
use crate::synth::attributes::{AttributeEffects, Marginals, Multipliers};
use crate::synth::config::{ScenarioRates, SynthConfig};
use crate::synth::latents::{BROWSING_SHAPE, DAYS_PER_YEAR, ONBOARDING_DAYS, conversion_probability, typical_browsing};

pub const N_RATES: usize = 32;
pub const N_BROWSING: usize = 32;
const BROWSING_RANGE: (f64, f64) = (0.03, 6.0);

/// Rates and browsing on a grid.
pub struct RateGrid {
    /// λ per day.
    pub rates: [f64; N_RATES],
    /// `prior[i][j]` = p(λᵢ, bⱼ), up to a constant.
    pub prior: [[f64; N_BROWSING]; N_RATES],
}

/// What is known of a customer's conversion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Conversion {
    /// Whole days from sign-up to the first purchase.
    After(i32),
    None,
}

/// The prior of a population.
pub struct RatePrior {
    shape: f64,
    mean_per_day: f64,
    nonconverter_share: f64,
    conversion_probability: f64,
    first_purchase_delay_days: f64,
    pub browsing: [f64; N_BROWSING],
}

impl RatePrior {
    pub fn new(config: &SynthConfig, scenario: &ScenarioRates) -> Self {
        Self {
            shape: config.process.rate_shape,
            mean_per_day: scenario.purchases_per_year / DAYS_PER_YEAR,
            nonconverter_share: config.process.nonconverter_rate_share,
            conversion_probability: scenario.conversion_probability,
            first_purchase_delay_days: config.process.first_purchase_delay_days,
            browsing: log_grid(BROWSING_RANGE.0, BROWSING_RANGE.1),
        }
    }

    /// P(what was seen of the conversion | the attributes behind `multipliers`).
    pub fn conversion_likelihood(&self, multipliers: &Multipliers, seen: Conversion) -> f64 {
        let converts = conversion_probability(self.conversion_probability, multipliers);
        match seen {
            Conversion::None => 1.0 - converts,
            Conversion::After(days) => {
                let mean = self.first_purchase_delay_days * multipliers.first_purchase_delay;
                let passed = |days: i32| -libm::expm1(-f64::from(days) / mean);
                converts * (passed(days + 1) - passed(days)) / passed(ONBOARDING_DAYS)
            }
        }
    }

    /// The grid for a customer. `channels` = (factor on λ, probability) of each channel that may have brought the customer;
    /// `n_purchases` repeat purchases were seen in between `exposure.0` and `exposure.1` seasonal days.
    pub fn grid(
        &self,
        seen: Conversion,
        channels: &[(f64, f64)],
        n_purchases: usize,
        exposure: (f64, f64),
    ) -> RateGrid {
        let share = if seen == Conversion::None { self.nonconverter_share } else { 1.0 };
        // A rate of 0 would have no logarithm.
        let mean = (self.mean_per_day * share).max(1e-9);
        let shape = self.shape + n_purchases as f64;
        let spread = 1.0 / shape.sqrt();
        let factors = channels.iter().filter(|(_, weight)| *weight > 0.0).map(|(factor, _)| *factor);
        let (least, most) = factors.fold((f64::MAX, f64::MIN_POSITIVE), |(a, b), f| (a.min(f), b.max(f)));
        let rate = |factor: f64, exposure: f64| shape / (self.shape / (mean * factor) + exposure);
        let low = rate(least, exposure.1) * libm::exp(-5.5 * spread);
        let high = rate(most, exposure.0) * libm::exp(4.0 * spread);
        let rates: [f64; N_RATES] = log_grid(low, high);
        let prior = rates.map(|rate| {
            let density =
                |&(factor, weight): &(f64, f64)| weight * libm::exp(ln_gamma_density(rate, self.shape, mean * factor));
            let of_rate: f64 = channels.iter().map(density).sum();
            // Beyond the grid's ends browsing tells no more of λ.
            let typical = typical_browsing(rate / mean).clamp(BROWSING_RANGE.0, BROWSING_RANGE.1);
            let of_browsing = self.browsing.map(|b| libm::exp(ln_gamma_density(b, BROWSING_SHAPE, typical)));
            let total: f64 = of_browsing.iter().sum();
            of_browsing.map(|density| of_rate * density / total)
        });
        RateGrid { rates, prior }
    }
}

/// (factor on λ, probability) of each channel given what was seen of the conversion, when neither channel nor device is visible.
pub fn hidden_channels(
    prior: &RatePrior,
    effects: &AttributeEffects,
    marginals: &Marginals,
    shares: &[f64; 7],
    seen: Conversion,
) -> [(f64, f64); 7] {
    let weights: [(f64, f64); 7] = core::array::from_fn(|channel| {
        let given_device = |(device, weight): (usize, &f64)| {
            let multipliers = effects.of_channel_and_device(channel, device);
            weight * prior.conversion_likelihood(&multipliers, seen)
        };
        let likelihood: f64 = marginals.device.iter().enumerate().map(given_device).sum();
        (effects.of_channel_and_device(channel, 0).rate, shares[channel] * likelihood)
    });
    let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
    weights.map(|(factor, weight)| (factor, weight / total.max(f64::MIN_POSITIVE)))
}
