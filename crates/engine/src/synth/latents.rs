//! What nobody sees of a customer: purchase rate, drop-out, mean spend. Kept in a side table of its own type, which has no
//! way into a `Table`; deliberately not readable by any feature. From it follows the oracle, E\[spend | latents\].
//!
//! | symbol | unit | law |
//! |---|---|---|
//! | λ | purchases per day | gamma(shape r), mean = purchases per year / 365 × channel factor |
//! | μ | per day | gamma(shape s), mean = drop-outs per year / 365 |
//! | t₀ | day | start of buying: a converter's first purchase, else sign-up + 30 days |
//! | τ | day | drop-out: t₀ + exponential(μ), or earlier: on the day of a market change or of a support ticket that was the last straw |
//! | ζ | cents | inverse-gamma(shape q), mean = mean spend × age and area factors |
//! | b | – | browsing: (λ / mean λ)^¾ × gamma(shape 10, mean 1) |
//! | x | cents | an amount: price level × gamma(shape 2, mean ζ), at least 500; the first one of a converter within 1,000 … 50,000 |

use super::attributes::Multipliers;
use super::config::{ScenarioRates, SynthConfig};
use super::season::Season;
use super::stream::Stream;
use crate::schema::Day;

/// Days from sign-up within which a first purchase makes a converter.
pub const ONBOARDING_DAYS: i32 = 30;
pub const MIN_AMOUNT_CENTS: f64 = 500.0;
pub const FIRST_AMOUNT_BOUNDS_CENTS: (f64, f64) = (1_000.0, 50_000.0);
/// No amount exceeds a million dollars, whatever the configuration.
pub const MAX_AMOUNT_CENTS: f64 = 1e8;

pub const DAYS_PER_YEAR: f64 = 365.0;
const MAX_CONVERSION_PROBABILITY: f64 = 0.98;
pub const MAX_OPEN_PROBABILITY: f64 = 0.95;
/// Gamma shapes of what customers like to do besides buying.
pub const BROWSING_SHAPE: f64 = 10.0;
pub const EMAIL_SHAPE: f64 = 3.0;

/// The latents of one customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CustomerLatents {
    pub is_converter: bool,
    /// λ (of a non-converter: already reduced).
    pub rate_per_day: f64,
    /// μ.
    pub hazard_per_day: f64,
    /// t₀ in days since 1970-01-01.
    pub active_from_day: f64,
    /// τ in days since 1970-01-01.
    pub drop_out_day: f64,
    /// ζ.
    pub mean_spend_cents: f64,
    /// b: multiplies background browsing, mean about 1.
    pub browsing: f64,
    /// Probability of opening an email while active.
    pub open_probability: f64,
    /// Standardised, roughly normal summary of the unexplained parts of λ and ζ: what the CRM's label hears of them.
    pub value_score: f64,
}

/// The probability of a first purchase within the onboarding days.
pub fn conversion_probability(mean: f64, multipliers: &Multipliers) -> f64 {
    (mean * multipliers.conversion).min(MAX_CONVERSION_PROBABILITY)
}

/// Browsing that goes with a purchase rate, both in relation to their means: who buys more browses more, but less than in
/// proportion.
pub fn typical_browsing(rate: f64) -> f64 {
    libm::pow(rate, 0.75)
}

/// A gamma draw with mean 1 as a roughly normal score (Wilson & Hilferty 1931).
fn normal_score(gamma_mean_one: f64, shape: f64) -> f64 {
    3.0 * shape.sqrt() * (libm::cbrt(gamma_mean_one) - 1.0 + 1.0 / (9.0 * shape))
}

impl CustomerLatents {
    /// Draws the latents of a customer who signs up on `signup`. The drop-out is not yet that of a last straw.
    pub fn draw(
        config: &SynthConfig,
        scenario: &ScenarioRates,
        multipliers: &Multipliers,
        signup: Day,
        stream: &mut Stream,
    ) -> Self {
        let process = &config.process;
        let onboarding_days = f64::from(ONBOARDING_DAYS);
        let is_converter = stream.chance(conversion_probability(scenario.conversion_probability, multipliers));
        let delay_days = if is_converter {
            let mean = process.first_purchase_delay_days * multipliers.first_purchase_delay;
            mean * stream.exponential_below(onboarding_days / mean)
        } else {
            onboarding_days
        };
        // Rounding may lift the delay to exactly 30 days, which would be outside the onboarding window.
        let delay_days = if is_converter { delay_days.min(onboarding_days - 1e-6) } else { delay_days };
        let active_from_day = f64::from(signup.0) + delay_days;

        let rate_factor = stream.gamma(process.rate_shape) / process.rate_shape;
        let hazard_factor = stream.gamma(process.dropout_shape) / process.dropout_shape;
        let inverse_spend = stream.gamma(process.spend_shape) / process.spend_shape;
        let browsing_factor = stream.gamma(BROWSING_SHAPE) / BROWSING_SHAPE;
        let email_factor = stream.gamma(EMAIL_SHAPE) / EMAIL_SHAPE;

        let converter_share = |share: f64| if is_converter { 1.0 } else { share };
        let hazard_per_day = process.dropouts_per_year / DAYS_PER_YEAR * hazard_factor;
        let mean_of_inverse = process.spend_shape / (process.spend_shape - 1.0);
        let rate_score = normal_score(rate_factor, process.rate_shape);
        let spend_score = -normal_score(inverse_spend, process.spend_shape);
        let natural_drop_out_day = active_from_day + stream.exponential() / hazard_per_day.max(1e-9);
        let change_day = f64::from(config.change_day().0);
        let leaves_at_change = stream.chance(config.change.leaving_share);
        let is_there_at_change = (active_from_day..natural_drop_out_day).contains(&change_day);
        Self {
            is_converter,
            rate_per_day: scenario.purchases_per_year / DAYS_PER_YEAR
                * multipliers.rate
                * rate_factor
                * converter_share(process.nonconverter_rate_share),
            hazard_per_day,
            active_from_day,
            drop_out_day: if leaves_at_change && is_there_at_change { change_day } else { natural_drop_out_day },
            mean_spend_cents: (100.0 * process.mean_spend_usd * multipliers.spend
                / (inverse_spend.max(1e-6) * mean_of_inverse))
                .min(MAX_AMOUNT_CENTS),
            browsing: typical_browsing(rate_factor * multipliers.rate) * browsing_factor,
            open_probability: (scenario.open_probability
                * converter_share(scenario.nonconverter_open_share)
                * email_factor)
                .min(MAX_OPEN_PROBABILITY),
            value_score: (rate_score + spend_score) / core::f64::consts::SQRT_2,
        }
    }

    /// The first whole day on which the customer is gone.
    pub fn first_day_after(&self) -> i32 {
        libm::ceil(self.drop_out_day.min(f64::from(i32::MAX))) as i32
    }

    /// An amount in cents at a price level, within `bounds`.
    pub fn draw_amount_cents(&self, price: f64, bounds: (f64, f64), stream: &mut Stream) -> i64 {
        let cents = 0.5 * self.mean_spend_cents * price * stream.gamma2();
        (cents.clamp(bounds.0, bounds.1) + 0.5) as i64
    }

    /// The oracle: E\[spend | latents\] on the days `from` ≤ day < `until`, exact up to rounding to cents.
    pub fn expected_spend_cents(&self, season: &Season, from: Day, until: Day) -> f64 {
        let (from, until) = (f64::from(from.0), f64::from(until.0));
        let is_first_inside = self.is_converter && (from..until).contains(&self.active_from_day);
        let first_price = season.price(libm::floor(self.active_from_day) as i32);
        let first = mean_amount_cents(self.mean_spend_cents * first_price, FIRST_AMOUNT_BOUNDS_CENTS);
        let periods = season.price_periods(from.max(self.active_from_day), until.min(self.drop_out_day));
        let repeats = periods.map(|(begin, end, price)| {
            season.days_between(begin, end)
                * mean_amount_cents(self.mean_spend_cents * price, REPEAT_AMOUNT_BOUNDS_CENTS)
        });
        f64::from(u8::from(is_first_inside)) * first + self.rate_per_day * repeats.iter().sum::<f64>()
    }
}

/// The mean of a gamma(shape 2) amount with mean m, clamped to `bounds` = (a, b): a + ∫ₐᵇ P(x > y) dy, where
/// P(x > y) = (1 + y/θ) e^(−y/θ), θ = m / 2.
pub fn mean_amount_cents(mean: f64, bounds: (f64, f64)) -> f64 {
    let scale = 0.5 * mean;
    let tail = |y: f64| (y + 2.0 * scale) * libm::exp(-y / scale);
    bounds.0 + tail(bounds.0) - tail(bounds.1)
}

/// Bounds of every amount that is not a converter's first one.
pub const REPEAT_AMOUNT_BOUNDS_CENTS: (f64, f64) = (MIN_AMOUNT_CENTS, MAX_AMOUNT_CENTS);

/// The side table: the latents of the customers `first_customer_id ..`, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Latents {
    first_customer_id: i32,
    customers: Vec<CustomerLatents>,
    season: Season,
}

impl Latents {
    pub(super) fn new(first_customer_id: i32, n_customers: usize, season: Season) -> Self {
        Self { first_customer_id, customers: Vec::with_capacity(n_customers), season }
    }

    pub(super) fn push(&mut self, customer: CustomerLatents) {
        self.customers.push(customer);
    }

    pub fn n_customers(&self) -> usize {
        self.customers.len()
    }

    /// The latents of a customer; `None` for an id of another population.
    pub fn of(&self, customer_id: i32) -> Option<&CustomerLatents> {
        usize::try_from(i64::from(customer_id) - i64::from(self.first_customer_id))
            .ok()
            .and_then(|idx| self.customers.get(idx))
    }

    /// The oracle for one customer: E\[spend | latents\] on the days `from` ≤ day < `until`, in cents. The range must lie within the
    /// generated days; what lies outside counts as no demand.
    pub fn expected_spend_cents(&self, customer_id: i32, from: Day, until: Day) -> Option<f64> {
        self.of(customer_id).map(|customer| customer.expected_spend_cents(&self.season, from, until))
    }
}
