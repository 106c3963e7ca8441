//! The intensity of visits, views and cart adds: background that fades before drop-out, and what leads to purchases. Deliberately
//! only intensities; what follows from them stands with each scenario.

use crate::synth::config::{ScenarioRates, SynthConfig};
use crate::synth::engagement::{CART_ADD, PRODUCT_VIEW, WEBSITE_VISIT};
use crate::synth::life::{MAX_LEAD_DAYS, delay_quantiles};
use crate::synth::season::Season;

pub const N_BROWSED: usize = 3;
const N_LEADS: usize = MAX_LEAD_DAYS as usize + 1;

/// Expected events by type (visits, views, cart adds).
pub struct Browsing {
    /// Per day of mean season for browsing 1.
    pub background: [f64; N_BROWSED],
    /// `leading[type][lead]` = expected events of one purchase, `lead` days before it.
    leading: [[f64; N_LEADS]; N_BROWSED],
    /// `earlier[type][lead]` = expected events at least `lead` days before it.
    earlier: [[f64; N_LEADS + 1]; N_BROWSED],
    fade_days: f64,
    first_day: i32,
    /// `faded[i]` = Σ over earlier days d of s(d) e^−(i − d)/fade, for day i after the first.
    faded: Vec<f64>,
}

/// The position of a browsed event type.
pub fn browsed(event_type: u8) -> Option<usize> {
    [WEBSITE_VISIT, PRODUCT_VIEW, CART_ADD].iter().position(|&browsed| browsed == event_type)
}

impl Browsing {
    pub fn new(
        config: &SynthConfig,
        scenario: &ScenarioRates,
        season: &Season,
        (first_day, last_day): (i32, i32),
    ) -> Self {
        let per_purchase = [scenario.visits_per_purchase, scenario.views_per_purchase, scenario.cart_adds_per_purchase];
        let leads = [config.process.lead_days, config.process.lead_days, config.process.cart_lead_days];
        let mut leading = [[0.0; N_LEADS]; N_BROWSED];
        let mut earlier = [[0.0; N_LEADS + 1]; N_BROWSED];
        for idx in 0..N_BROWSED {
            let quantiles = delay_quantiles(leads[idx]);
            for lead in quantiles {
                leading[idx][lead as usize] += per_purchase[idx] / quantiles.len() as f64;
            }
            for lead in (0..N_LEADS).rev() {
                earlier[idx][lead] = earlier[idx][lead + 1] + leading[idx][lead];
            }
        }
        let decay = libm::exp(-1.0 / config.process.fade_days);
        let mut faded = Vec::with_capacity((last_day - first_day).max(0) as usize + 2);
        let mut sum = 0.0;
        for day in first_day..=last_day + 1 {
            faded.push(sum);
            sum = (sum + season.factor(day)) * decay;
        }
        let background =
            [scenario.visits_per_30d, scenario.views_per_30d, scenario.cart_adds_per_30d].map(|n| n / 30.0);
        Self { background, leading, earlier, fade_days: config.process.fade_days, first_day, faded }
    }

    /// Expected events of a type `lead` days before a purchase.
    pub fn leading(&self, browsed: usize, lead: i32) -> f64 {
        usize::try_from(lead).ok().and_then(|lead| self.leading[browsed].get(lead)).copied().unwrap_or(0.0)
    }

    /// Expected events of a type at least `lead` days before a purchase.
    pub fn earlier(&self, browsed: usize, lead: i32) -> f64 {
        self.earlier[browsed].get(lead.max(0) as usize).copied().unwrap_or(0.0)
    }

    /// The same over all types.
    pub fn all_earlier(&self, lead: i32) -> f64 {
        (0..N_BROWSED).map(|idx| self.earlier(idx, lead)).sum()
    }

    /// f(n) = 1 − e^(−n/fade), n days before drop-out; 0 from the drop-out on.
    pub fn fade(&self, days_left: i32) -> f64 {
        if days_left <= 0 { 0.0 } else { -libm::expm1(-f64::from(days_left) / self.fade_days) }
    }

    /// Σ s(d) f(D − d) over the days d with `from` ≤ d < min(`until`, D), D = `drop_out`.
    pub fn exposure(&self, season: &Season, from: i32, until: i32, drop_out: i32) -> f64 {
        let end = until.min(drop_out);
        if end <= from {
            return 0.0;
        }
        let decay = |days: i32| libm::exp(-f64::from(days) / self.fade_days);
        let faded = |day: i32| {
            usize::try_from(day - self.first_day).ok().and_then(|idx| self.faded.get(idx)).copied().unwrap_or(0.0)
        };
        let lost = (faded(end) - faded(from) * decay(end - from)) * decay(drop_out - end);
        season.days_between(f64::from(from), f64::from(end)) - lost
    }
}
