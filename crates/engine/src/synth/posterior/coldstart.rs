//! The fair bound of the cold-start scenario: what a new customer will spend in 365 days, from the row that sums up the first 30.
//! Deliberately reads a row, never the latents, and no more of the first days than the row tells.

use super::browsing::{Browsing, N_BROWSED};
use super::drop_out::DropOut;
use super::emails::Emails;
use super::rates::{Conversion, N_BROWSING, RatePrior};
use super::spend::{Amount, SpendPrior};
use crate::schema::Day;
use crate::schema::tables::SIGNUP_DATE;
use crate::synth::attributes::{AttributeEffects, Attributes, COLDSTART};
use crate::synth::coldstart::{TARGET_DAYS, coldstart_signups};
use crate::synth::config::{SynthConfig, SynthError};
use crate::synth::latents::ONBOARDING_DAYS;
use crate::synth::life::MAX_LEAD_DAYS;
use crate::synth::season::Season;
use crate::table::{Table, TableError};

/// Most repeat purchases that leave traces in the window.
const MAX_REPEATS: usize = 12;
/// Ends of the bins of τ in days after sign-up, besides the window's own: the later, the less it matters when exactly.
const WINDOW_BIN_DAYS: i32 = 3;
const LATER_BINS: [i32; 12] = [35, 40, 50, 60, 80, 100, 130, 160, 200, 240, 300, 365];
const NOON: f64 = 0.5;

/// One row of COLDSTART_CUSTOMERS without the target.
#[derive(Clone, Copy, Debug)]
pub struct Onboarding {
    pub signup: Day,
    /// Positions in the levels: channel, device, age group, area type.
    pub channel: u8,
    pub device: u8,
    pub age_group: u8,
    pub area_type: u8,
    pub days_to_first_purchase: Option<i32>,
    pub first_amount_cents: i64,
    /// Visits, product views and cart adds in 30 days.
    pub n_browsed: [i64; N_BROWSED],
    pub n_opened: i64,
}

impl Onboarding {
    /// A row of COLDSTART_CUSTOMERS or its staging table.
    pub fn of(table: &Table, row: usize) -> Result<Self, TableError> {
        let count = |column: &str| table.integers(column).map(|values| values[row]);
        let code = |column: &str| table.codes(column).map(|values| values[row]);
        let days = count("DAYS_TO_FIRST_PURCHASE")?;
        let is_buyer = table.present("DAYS_TO_FIRST_PURCHASE")?.is_none_or(|present| present.is_valid(row));
        Ok(Self {
            signup: Day(table.days(SIGNUP_DATE)?[row]),
            channel: code("ACQUISITION_CHANNEL")?,
            device: code("DEVICE_TYPE")?,
            age_group: code("AGE_GROUP")?,
            area_type: code("AREA_TYPE")?,
            days_to_first_purchase: is_buyer.then_some(days as i32),
            first_amount_cents: count("FIRST_PURCHASE_AMOUNT")?,
            n_browsed: [count("WEBSITE_VISITS_30D")?, count("ITEMS_VIEWED_30D")?, count("CART_ADDS_30D")?],
            n_opened: count("EMAIL_OPENS_30D")?,
        })
    }
}

/// The posterior of cold-start customers under a configuration.
pub struct ColdstartPosterior {
    config: SynthConfig,
    season: Season,
    effects: AttributeEffects,
    rates: RatePrior,
    spend: SpendPrior,
    drop_out: DropOut,
    browsing: Browsing,
    /// P(n emails opened | drop-out on day d after sign-up), of converters and of others, by d and n.
    opened: [Vec<Vec<f64>>; 2],
}

/// A bin of τ, in real time.
struct Bin {
    begin: f64,
    end: f64,
    /// The first whole day without the customer.
    day: i32,
}

impl ColdstartPosterior {
    /// Fails when a parameter is out of its bounds.
    pub fn new(config: &SynthConfig) -> Result<Self, SynthError> {
        config.check()?;
        let scenario = &config.coldstart;
        let (first_day, last_day) = (coldstart_signups(config.now).0, config.now.plus(400));
        let season = Season::new(config, first_day, last_day);
        let emails = Emails::new(scenario);
        let opened = |is_converter: bool| {
            (0..=ONBOARDING_DAYS).map(|drop_out| emails.n_opened(is_converter, ONBOARDING_DAYS, drop_out)).collect()
        };
        Ok(Self {
            effects: AttributeEffects::new(&COLDSTART),
            rates: RatePrior::new(config, scenario),
            spend: SpendPrior::new(config),
            drop_out: DropOut::new(config, scenario),
            browsing: Browsing::new(config, scenario, &season, (first_day.0, last_day.0)),
            opened: [opened(true), opened(false)],
            season,
            config: config.clone(),
        })
    }

    /// E\[spend on the 365 days from sign-up | the row\], in cents.
    pub fn expected_spend_cents(&self, row: &Onboarding) -> f64 {
        let signup = row.signup.0;
        let window_end = signup + ONBOARDING_DAYS;
        let end = f64::from(signup + TARGET_DAYS);
        let (conversion, start) = match row.days_to_first_purchase {
            Some(days) => (Conversion::After(days), f64::from(signup + days) + NOON),
            None => (Conversion::None, f64::from(window_end)),
        };
        let is_converter = row.days_to_first_purchase.is_some();
        let multipliers = self.effects.of(&Attributes {
            channel: row.channel,
            source: 0,
            device: row.device,
            age_group: row.age_group,
            region: 0,
            area_type: row.area_type,
        });
        let grid = self.rates.grid(conversion, &[(multipliers.rate, 1.0)], 0, (0.0, 0.0));
        let prices = [1.0, 1.0 + self.config.change.price_rise];
        let first = Amount {
            cents: row.first_amount_cents as f64,
            price: self.season.price(libm::floor(start) as i32),
            is_first: true,
        };
        let amounts = if is_converter { std::slice::from_ref(&first) } else { &[] };
        let means = self.spend.mean_amounts_cents(&[(multipliers.spend, 1.0)], amounts, prices);
        let mean_in_window = if self.season.price(window_end) == 1.0 { means[0] } else { means[1] };

        let mut faded: Option<(i32, Likelihood)> = None;
        let (mut total, mut spend) = (0.0, 0.0);
        for bin in self.bins(start, signup) {
            // Once a drop-out is far off, when exactly changes nothing about the window.
            let likelihood = match faded.take() {
                Some((day, known)) if (bin.day - window_end).min(day - window_end) > 120 => (day, known),
                _ => (bin.day, self.likelihood(row, &bin, is_converter)),
            };
            let survival = |time: f64| if time.is_finite() { self.drop_out.survival(start, time) } else { 0.0 };
            let (alive, gone) = (survival(bin.begin), survival(bin.end));
            let straws = |time: f64| {
                let about_first = if is_converter { self.drop_out.tickets_within((time - start) as i32) } else { 0.0 };
                self.drop_out.last_straw_exponents(&self.season, start, time, about_first)
            };
            let (at_begin, at_end) = (straws(bin.begin), straws(bin.end.min(end)));
            let until = if bin.end.is_finite() { 0.5 * (bin.begin + bin.end) } else { end };
            let in_window = self.traced_exposure(start, until, window_end);
            let periods = self.season.price_periods(start, until.min(end));
            let worth = |(&(from, to, _), mean): (&(f64, f64, f64), f64)| self.season.days_between(from, to) * mean;
            let to_come: f64 = periods.iter().zip(means).map(worth).sum();
            for (&rate, prior) in grid.rates.iter().zip(&grid.prior) {
                let mass =
                    alive * libm::exp(-at_begin.0 - at_begin.1 * rate) - gone * libm::exp(-at_end.0 - at_end.1 * rate);
                if mass <= 0.0 {
                    continue;
                }
                let (weight, n_traced) = likelihood.1.given(prior, rate * in_window);
                total += mass * weight;
                let untraced = rate * (to_come - in_window * mean_in_window);
                spend += mass * (weight * untraced + n_traced * mean_in_window);
            }
            faded = Some(likelihood);
        }
        let repeats = if total > 0.0 { (spend / total).max(0.0) } else { 0.0 };
        row.first_amount_cents as f64 + repeats
    }

    fn bins(&self, start: f64, signup: i32) -> Vec<Bin> {
        let in_window = (WINDOW_BIN_DAYS..=ONBOARDING_DAYS).step_by(WINDOW_BIN_DAYS as usize);
        let ends = in_window.chain(LATER_BINS).map(|days| f64::from(signup + days)).filter(|&end| end > start);
        let mut edges = vec![start];
        for end in ends {
            let begin = edges.last().copied().unwrap_or(start);
            edges.extend(self.drop_out.change_between(begin, end));
            edges.push(end);
        }
        let finite = edges.windows(2).map(|edge| Bin {
            begin: edge[0],
            end: edge[1],
            day: libm::ceil(0.5 * (edge[0] + edge[1])) as i32,
        });
        let last = edges.last().copied().unwrap_or(start);
        finite.chain([Bin { begin: last, end: f64::INFINITY, day: last as i32 + 1_000 }]).collect()
    }

    /// Seasonal days between `start` and `until`, each weighted with the share of a purchase's leading events that the window
    /// shows.
    fn traced_exposure(&self, start: f64, until: f64, window_end: i32) -> f64 {
        let window = f64::from(window_end);
        let within = self.season.days_between(start, until.min(window));
        let all = self.browsing.all_earlier(0).max(f64::MIN_POSITIVE);
        let after = (0..MAX_LEAD_DAYS).map(|days| {
            let day = f64::from(window_end + days);
            let share = self.browsing.all_earlier(days + 1) / all;
            share * self.season.days_between(day.max(start), (day + 1.0).min(until))
        });
        within + after.sum::<f64>()
    }

    fn likelihood(&self, row: &Onboarding, bin: &Bin, is_converter: bool) -> Likelihood {
        let signup = row.signup.0;
        let window_end = signup + ONBOARDING_DAYS;
        let drop_out = (bin.day - signup).clamp(0, ONBOARDING_DAYS) as usize;
        let opened =
            self.opened[usize::from(!is_converter)][drop_out].get(row.n_opened.max(0) as usize).copied().unwrap_or(0.0);
        let exposure = self.browsing.exposure(&self.season, signup, window_end, bin.day);
        let ln: Vec<[f64; N_BROWSING]> = (0..=MAX_REPEATS)
            .map(|n_repeats| {
                let n_clusters = (n_repeats + usize::from(is_converter)) as f64;
                self.rates.browsing.map(|b| {
                    let of_type = |idx: usize| {
                        let mean =
                            b * self.browsing.background[idx] * exposure + self.browsing.earlier(idx, 0) * n_clusters;
                        row.n_browsed[idx] as f64 * libm::log(mean.max(1e-12)) - mean
                    };
                    (0..N_BROWSED).map(of_type).sum()
                })
            })
            .collect();
        let scale: f64 = row
            .n_browsed
            .iter()
            .map(|&n| {
                let n = n as f64;
                n * libm::log(n.max(1.0)) - n
            })
            .sum();
        let by_repeats = ln.into_iter().map(|ln| ln.map(|ln| opened * libm::exp(ln - scale))).collect();
        Likelihood { by_repeats }
    }
}

/// P(the row's counts | n repeat purchases with traces, b): one array over the grid of b for each n.
struct Likelihood {
    by_repeats: Vec<[f64; N_BROWSING]>,
}

impl Likelihood {
    /// (P(counts | λ), E\[n · 1{counts} | λ\]) when the n are Poisson with mean `n_expected`.
    fn given(&self, prior: &[f64; N_BROWSING], n_expected: f64) -> (f64, f64) {
        let mut probability = libm::exp(-n_expected);
        let (mut weight, mut weighted_n) = (0.0, 0.0);
        for (n, likelihood) in self.by_repeats.iter().enumerate() {
            let counts: f64 = prior.iter().zip(likelihood).map(|(p, l)| p * l).sum();
            weight += probability * counts;
            weighted_n += probability * counts * n as f64;
            probability *= n_expected / (n + 1) as f64;
        }
        (weight, weighted_n)
    }
}
