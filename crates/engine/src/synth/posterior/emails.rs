//! What opened and unopened emails tell about the drop-out: the probability of opening integrated out. Clicks tell nothing more.

use super::{ln_gamma_density, log_grid};
use crate::synth::config::ScenarioRates;
use crate::synth::latents::{EMAIL_SHAPE, MAX_OPEN_PROBABILITY};

const N_POINTS: usize = 24;

/// The laws of opening emails, for converters and for others.
pub struct Emails {
    pub interval_days: i32,
    converter: Opening,
    nonconverter: Opening,
}

/// A grid over the probability of opening.
struct Opening {
    /// (weight, ln p, ln p after drop-out, p, p after drop-out).
    points: Vec<Point>,
}

struct Point {
    weight: f64,
    before: f64,
    after: f64,
    /// ln p, ln (1 − p) before drop-out, then after.
    ln: [f64; 4],
}

/// Emails sent and opened, before and after a drop-out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mailing {
    pub n_opened_before: f64,
    pub n_ignored_before: f64,
    pub n_opened_after: f64,
    pub n_ignored_after: f64,
    /// An unopened email sent so lately that it may still be opened: (share of openings that would have been seen, sent before
    /// the drop-out).
    pub undecided: Option<(f64, bool)>,
}

impl Opening {
    fn new(mean: f64, dropped_share: f64) -> Self {
        let least = 1e-12;
        let factors: [f64; N_POINTS] = log_grid(0.05, 4.0);
        let weights = factors.map(|factor| libm::exp(ln_gamma_density(factor, EMAIL_SHAPE, 1.0)));
        let total: f64 = weights.iter().sum();
        let point = |(factor, weight): (f64, f64)| {
            let before = (mean * factor).clamp(least, MAX_OPEN_PROBABILITY);
            let after = (before * dropped_share).max(least);
            let ln = [libm::log(before), libm::log1p(-before), libm::log(after), libm::log1p(-after)];
            Point { weight: weight / total, before, after, ln }
        };
        Self { points: factors.into_iter().zip(weights).map(point).collect() }
    }
}

impl Emails {
    pub fn new(scenario: &ScenarioRates) -> Self {
        let opening = |share: f64| Opening::new(scenario.open_probability * share, scenario.dropped_open_share);
        Self {
            interval_days: scenario.email_interval_days.max(1) as i32,
            converter: opening(1.0),
            nonconverter: opening(scenario.nonconverter_open_share),
        }
    }

    fn opening(&self, is_converter: bool) -> &Opening {
        if is_converter { &self.converter } else { &self.nonconverter }
    }

    /// ln P(mailing | drop-out).
    pub fn ln_likelihood(&self, is_converter: bool, mailing: &Mailing) -> f64 {
        let counts =
            [mailing.n_opened_before, mailing.n_ignored_before, mailing.n_opened_after, mailing.n_ignored_after];
        let one = |point: &Point| {
            let undecided = mailing.undecided.map_or(0.0, |(seen, is_before)| {
                libm::log1p(-seen * if is_before { point.before } else { point.after })
            });
            counts.iter().zip(point.ln).map(|(count, ln)| count * ln).sum::<f64>() + undecided
        };
        let points = &self.opening(is_converter).points;
        let logs: Vec<f64> = points.iter().map(one).collect();
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        top + libm::log(points.iter().zip(&logs).map(|(point, ln)| point.weight * libm::exp(ln - top)).sum::<f64>())
    }

    /// P(0), P(1), … emails opened among those sent on the days `sent` (counted from sign-up), seen until day `until`, when the
    /// customer drops out on day `drop_out`.
    pub fn n_opened(&self, is_converter: bool, until: i32, drop_out: i32) -> Vec<f64> {
        let sent: Vec<i32> = (0..until).step_by(self.interval_days as usize).collect();
        let mut mixture = vec![0.0; sent.len() + 1];
        for point in &self.opening(is_converter).points {
            let mut counts = vec![0.0; sent.len() + 1];
            counts[0] = 1.0;
            for (n, &day) in sent.iter().enumerate() {
                let p = seen_share(until - day) * if day < drop_out { point.before } else { point.after };
                for k in (0..=n).rev() {
                    counts[k + 1] += counts[k] * p;
                    counts[k] *= 1.0 - p;
                }
            }
            mixture.iter_mut().zip(counts).for_each(|(sum, count)| *sum += point.weight * count);
        }
        mixture
    }
}

/// Share of the openings of an email that fall into its first `days` days: it is opened the same day, the next or the one after
/// with probabilities 1/2, 1/4, 1/4.
pub fn seen_share(days: i32) -> f64 {
    match days {
        i32::MIN..=0 => 0.0,
        1 => 0.5,
        2 => 0.75,
        _ => 1.0,
    }
}
