//! When a customer drops out, as far as the calendar and the tickets tell: the prior of τ with the hazard μ integrated out.
//! Deliberately without what purchases and interactions say.

use crate::synth::config::{ScenarioRates, SynthConfig};
use crate::synth::latents::DAYS_PER_YEAR;
use crate::synth::life::delay_quantiles;
use crate::synth::season::Season;

/// The laws of dropping out.
pub struct DropOut {
    /// Lomax shape, and scale in days.
    shape: f64,
    scale: f64,
    change_day: f64,
    leaving_share: f64,
    last_straw_probability: f64,
    other_tickets_per_day: f64,
    tickets_per_purchase: f64,
    mean_ticket_delay: f64,
    /// Expected tickets of one purchase by the delay in days.
    tickets_by_delay: Vec<f64>,
}

impl DropOut {
    pub fn new(config: &SynthConfig, scenario: &ScenarioRates) -> Self {
        let process = &config.process;
        let delays = delay_quantiles(process.ticket_delay_days);
        let mut tickets_by_delay = vec![0.0; delays.iter().max().map_or(0, |&d| d as usize) + 1];
        for delay in delays {
            tickets_by_delay[delay as usize] += scenario.tickets_per_purchase / delays.len() as f64;
        }
        Self {
            shape: process.dropout_shape,
            scale: process.dropout_shape * DAYS_PER_YEAR / process.dropouts_per_year,
            change_day: f64::from(config.change_day().0),
            leaving_share: config.change.leaving_share,
            last_straw_probability: process.ticket_dropout_probability,
            other_tickets_per_day: scenario.tickets_per_30d / 30.0,
            tickets_per_purchase: scenario.tickets_per_purchase,
            mean_ticket_delay: delays.iter().map(|&d| f64::from(d)).sum::<f64>() / delays.len() as f64,
            tickets_by_delay,
        }
    }

    /// P(neither the hazard nor the market change has taken a customer by `time` who began at `start`).
    pub fn survival(&self, start: f64, time: f64) -> f64 {
        let stays = if start < self.change_day && self.change_day <= time { 1.0 - self.leaving_share } else { 1.0 };
        stays * libm::pow(1.0 + (time - start).max(0.0) / self.scale, -self.shape)
    }

    /// P(none of `n` tickets was the last straw).
    pub fn forgiven(&self, n: usize) -> f64 {
        libm::pow(1.0 - self.last_straw_probability, n as f64)
    }

    /// Tickets per day that are about no purchase.
    pub fn other_tickets_per_day(&self) -> f64 {
        self.other_tickets_per_day
    }

    /// Expected tickets on a day `delay` days after a purchase.
    pub fn tickets_after(&self, delay: i32) -> f64 {
        usize::try_from(delay).ok().and_then(|delay| self.tickets_by_delay.get(delay)).copied().unwrap_or(0.0)
    }

    /// Expected tickets of one purchase within `days` days.
    pub fn tickets_within(&self, days: i32) -> f64 {
        self.tickets_by_delay.iter().take(days.max(0) as usize).sum()
    }

    /// The exponents (a, b) of P(no ticket yet to come until `time` is the last straw | λ) = e^−(a + b λ), seen from `from`;
    /// `pending` = expected tickets about earlier purchases.
    pub fn last_straw_exponents(&self, season: &Season, from: f64, time: f64, pending: f64) -> (f64, f64) {
        let per_rate = self.tickets_per_purchase * season.days_between(from, time - self.mean_ticket_delay);
        let fixed = self.other_tickets_per_day * (time - from).max(0.0) + pending;
        (self.last_straw_probability * fixed, self.last_straw_probability * per_rate)
    }

    /// True when the market change falls between two times, both later than `start`.
    pub fn change_between(&self, from: f64, to: f64) -> Option<f64> {
        (self.leaving_share > 0.0 && from < self.change_day && self.change_day < to).then_some(self.change_day)
    }
}
