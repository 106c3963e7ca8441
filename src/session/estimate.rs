//! What a run will take, before it runs: rows, memory, time. Rows follow from the rates by the process's own means; memory and
//! time follow from rows by what was measured, on the last run of this session or on a reference run. Everything here is an
//! estimate and is shown as one; what was measured stands in the run report.

use super::generator::configuration;
use crate::engine::synth::PARAMETERS;
use crate::protocol::{MeasuredRun, ObjectId, RunConfig, RunEstimate, RunReport, RunScope};
use std::collections::BTreeMap;

// The reference run: 50,000 customers, seed 42, default rates, in Chromium on a machine with 2 shared cores.
const REFERENCE_CUSTOMERS: f64 = 50_000.0;
const REFERENCE_TRANSACTIONS: f64 = 498_552.0;
const REFERENCE_INTERACTIONS: f64 = 5_009_045.0;
/// The id, made at the end, and the other columns, for which room is set aside and doubled when it does not do.
const BYTES_PER_TRANSACTION: (f64, f64) = (4.0, 25.0);
const BYTES_PER_INTERACTION: (f64, f64) = (4.0, 9.0);
const ROOM_FOR_TRANSACTIONS: f64 = 10.5;
const ROOM_FOR_INTERACTIONS: f64 = 104.0;
/// Tables with a row for each customer, and those with a row for each customer who has an observation date.
const BYTES_PER_CUSTOMER: f64 = 909.0;
const BYTES_PER_SPINE_ROW: f64 = 313.0;
/// The worker's memory over its tables, measured from 1,000 to 500,000 customers.
const MEMORY_OVER_TABLES: f64 = 1.25;
const MEMORY_AT_REST_BYTES: f64 = 2.0e6;
/// Generating and hashing grow with the events, everything else with the customers.
const MS_AT_REST: f64 = 120.0;
const MS_PER_EVENT: f64 = 0.000_18;
const MS_PER_CUSTOMER: f64 = 0.032;
/// Of the searches of both models: a trial of each, with one worker beside the session's.
const MS_PER_TRIAL: f64 = 8.0;
const MS_PER_TRIAL_AND_CUSTOMER: f64 = 0.018;

/// How the stages of searches are named.
const SEARCH: &str = "search:";

/// Rows and customers, and what they cost on the reference machine.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Volume {
    n_customers: f64,
    n_transactions: f64,
    n_interactions: f64,
    spine_share: f64,
    /// Of each model's search; none where the run has fixed parameters.
    n_trials: f64,
}

impl Volume {
    fn table_bytes(&self) -> f64 {
        let rows = |(id, others): (f64, f64), n: f64, room: f64| id * n + others * doubled(room * self.n_customers, n);
        rows(BYTES_PER_TRANSACTION, self.n_transactions, ROOM_FOR_TRANSACTIONS)
            + rows(BYTES_PER_INTERACTION, self.n_interactions, ROOM_FOR_INTERACTIONS)
            + (BYTES_PER_CUSTOMER + BYTES_PER_SPINE_ROW * self.spine_share) * self.n_customers
    }

    fn search_ms(&self) -> f64 {
        self.n_trials * (MS_PER_TRIAL + MS_PER_TRIAL_AND_CUSTOMER * self.n_customers)
    }

    /// Without the searches.
    fn elapsed_ms(&self) -> f64 {
        MS_AT_REST + MS_PER_EVENT * (self.n_transactions + self.n_interactions) + MS_PER_CUSTOMER * self.n_customers
    }
}

/// Room for `n` rows, after as many doublings as it takes.
fn doubled(mut room: f64, n: f64) -> f64 {
    while room < n && room > 0.0 {
        room *= 2.0;
    }
    room
}

/// What a run with these settings will take; `None` when the generator refuses them. `last` is the report of a run that has come to
/// its end.
pub fn estimate(config: &RunConfig, last: Option<&RunReport>) -> Option<RunEstimate> {
    let expected = expected_volume(config)?;
    let measured = last.filter(|report| report.config.scope == config.scope).and_then(Measured::of);
    let scales = match &measured {
        Some(measured) => measured.scales,
        None => Scales::of_reference()?,
    };
    let volume = Volume {
        n_transactions: expected.n_transactions * scales.transactions,
        n_interactions: expected.n_interactions * scales.interactions,
        ..expected
    };
    let table_bytes = volume.table_bytes() * scales.bytes;
    let held_bytes = last.and_then(|report| report.environment.wasm_memory_bytes).unwrap_or(0) as f64;
    // A worker never gives memory back.
    let memory_bytes = (MEMORY_OVER_TABLES * table_bytes + MEMORY_AT_REST_BYTES).max(held_bytes);
    Some(RunEstimate {
        n_transactions: volume.n_transactions,
        n_interactions: volume.n_interactions,
        table_bytes,
        memory_bytes,
        elapsed_ms: volume.elapsed_ms() * scales.time + volume.search_ms() * scales.search,
        reckoned_from: measured.map(|measured| measured.run),
    })
}

/// Expected over reckoned: what corrects the formulas.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scales {
    transactions: f64,
    interactions: f64,
    bytes: f64,
    time: f64,
    search: f64,
}

impl Scales {
    fn of_reference() -> Option<Self> {
        let expected = expected_volume(&RunConfig { customers: REFERENCE_CUSTOMERS as u32, ..RunConfig::default() })?;
        Some(Self {
            transactions: REFERENCE_TRANSACTIONS / expected.n_transactions,
            interactions: REFERENCE_INTERACTIONS / expected.n_interactions,
            bytes: 1.0,
            time: 1.0,
            search: 1.0,
        })
    }
}

/// What a finished run teaches.
struct Measured {
    scales: Scales,
    run: MeasuredRun,
}

impl Measured {
    /// Nothing, when the run was too small to teach or was not of generated data.
    fn of(report: &RunReport) -> Option<Self> {
        const FEWEST_CUSTOMERS: u32 = 500;
        let config = &report.config;
        let rows = |object: ObjectId| report.tables.get(object.name()).map(|table| table.rows as f64);
        let is_generated = rows(ObjectId::Profile) == Some(f64::from(config.customers));
        if !is_generated || config.customers < FEWEST_CUSTOMERS {
            return None;
        }
        let expected = expected_volume(config)?;
        let volume = Volume {
            n_transactions: rows(ObjectId::Transactions)?,
            n_interactions: rows(ObjectId::Interactions)?,
            ..expected
        };
        let table_bytes: u64 = report.tables.values().map(|table| table.bytes).sum();
        let elapsed_ms: f64 = report.stages.iter().map(|stage| stage.ms).sum();
        let searches = report.stages.iter().filter(|stage| stage.name.starts_with(SEARCH));
        let search_ms: f64 = searches.map(|stage| stage.ms).sum();
        let scales = Scales {
            transactions: volume.n_transactions / expected.n_transactions,
            interactions: volume.n_interactions / expected.n_interactions,
            bytes: table_bytes as f64 / volume.table_bytes(),
            time: (elapsed_ms - search_ms) / volume.elapsed_ms(),
            // A run that skipped them says nothing about them.
            search: if search_ms > 0.0 { search_ms / volume.search_ms() } else { 1.0 },
        };
        let is_sound = [scales.transactions, scales.interactions, scales.bytes, scales.time, scales.search]
            .iter()
            .all(|s| s.is_finite() && *s > 0.0);
        is_sound.then_some(Self { scales, run: MeasuredRun { customers: config.customers, table_bytes, elapsed_ms } })
    }
}

/// Means of the channels' value multipliers: documented, and what makes a shift of channels a loss of purchases.
const CHANNELS: [(&str, f64); 7] = [
    ("channels.organic_search", 1.3),
    ("channels.paid_search", 0.9),
    ("channels.social_media", 0.8),
    ("channels.email", 1.2),
    ("channels.direct", 1.4),
    ("channels.referral", 1.5),
    ("channels.affiliate", 1.0),
];
const PAID_CHANNELS: [usize; 2] = [1, 2];

/// Multipliers of a mix of channels, before the documented mix's are taken out.
#[derive(Clone, Copy)]
struct Mix {
    conversion: f64,
    rate: f64,
    /// Of converters who buy at the rate of their channel.
    converted_rate: f64,
    slow_share: f64,
}

impl Mix {
    fn of(weights: [f64; 7]) -> Self {
        let total: f64 = weights.iter().sum();
        let mean = |of: fn(f64) -> f64| CHANNELS.iter().zip(weights).map(|((_, v), w)| of(*v) * w).sum::<f64>() / total;
        Self {
            conversion: mean(f64::sqrt),
            rate: mean(|value| value),
            converted_rate: mean(|value| value * value.sqrt()),
            slow_share: PAID_CHANNELS.iter().map(|channel| weights[*channel]).sum::<f64>() / total,
        }
    }

    fn shifted(self, paid: Self, share: f64) -> Self {
        let between = |a: f64, b: f64| a + share * (b - a);
        Self {
            conversion: between(self.conversion, paid.conversion),
            rate: between(self.rate, paid.rate),
            converted_rate: between(self.converted_rate, paid.converted_rate),
            slow_share: between(self.slow_share, paid.slow_share),
        }
    }
}

/// Points of the two integrals: over sign-up dates and over a customer's time.
const N_HISTORIES: u32 = 24;
const N_TIMES: u32 = 48;
/// Sign-up to NOW, at least; and to the latest observation date that has a year after it.
const FEWEST_HISTORY_DAYS: f64 = 90.0;
const FEWEST_SPINE_DAYS: f64 = 455.0;
const ONBOARDING_DAYS: f64 = 30.0;
/// Who buys more browses more: in proportion to this power of the purchase rate.
const BROWSING_POWER: f64 = 0.75;

/// Rows that the rates lead to in the mean, by the means of the process; not yet corrected by a measured run.
fn expected_volume(config: &RunConfig) -> Option<Volume> {
    let synth = configuration(config).ok()?;
    let values = PARAMETERS.iter().map(|parameter| (parameter.name, (parameter.get)(&synth))).collect();
    let n_customers = f64::from(config.customers);
    let (transactions, interactions) = Expected::new(&values).events_per_customer();
    let history_days = values.get("history_days").copied().unwrap_or(f64::NAN);
    Some(Volume {
        n_customers,
        n_transactions: transactions * n_customers,
        n_interactions: interactions * n_customers,
        spine_share: (history_days - FEWEST_SPINE_DAYS) / (history_days - FEWEST_HISTORY_DAYS),
        n_trials: if config.scope == RunScope::All { f64::from(config.trials) } else { 0.0 },
    })
}

/// The process's means. All rates per day.
struct Expected<'v> {
    values: &'v BTreeMap<&'v str, f64>,
    mix: Mix,
    later_mix: Mix,
    documented_mix: Mix,
}

impl<'v> Expected<'v> {
    fn new(values: &'v BTreeMap<&'v str, f64>) -> Self {
        let of = |name: &str| values.get(name).copied().unwrap_or(f64::NAN);
        let mix = Mix::of(CHANNELS.map(|(name, _)| of(name)));
        let paid = Mix::of([0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0]);
        let documented_mix = Mix::of([0.25, 0.20, 0.18, 0.12, 0.10, 0.10, 0.05]);
        Self { values, mix, later_mix: mix.shifted(paid, of("change.paid_social_share")), documented_mix }
    }

    /// A parameter; one that is missing makes the estimate no number, which a test sees.
    fn of(&self, name: &str) -> f64 {
        self.values.get(name).copied().unwrap_or(f64::NAN)
    }

    /// Of one established customer, over all sign-up dates.
    fn events_per_customer(&self) -> (f64, f64) {
        let longest = self.of("history_days");
        let mut totals = (0.0, 0.0);
        for i in 0..N_HISTORIES {
            let share = (f64::from(i) + 0.5) / f64::from(N_HISTORIES);
            let history_days = FEWEST_HISTORY_DAYS + share * (longest - FEWEST_HISTORY_DAYS);
            let joined_later = history_days <= self.of("change.days_before_now");
            let mix = if joined_later { self.later_mix } else { self.mix };
            let converting = (self.of("continuous.conversion_probability") * mix.conversion
                / self.documented_mix.conversion)
                .min(0.98);
            let converters_rate = mix.converted_rate / mix.conversion / self.documented_mix.rate;
            let others_rate = mix.rate / self.documented_mix.rate * self.of("process.nonconverter_rate_share");
            let delay_days = self.delay_days() * (1.0 + mix.slow_share);
            let converter = self.life(history_days, delay_days, converters_rate, joined_later);
            let other = self.life(history_days, ONBOARDING_DAYS, others_rate, joined_later);
            let (converter, other) = (self.counts(&converter, 1.0), self.counts(&other, 0.0));
            totals.0 += converting * converter.0 + (1.0 - converting) * other.0;
            totals.1 += converting * converter.1 + (1.0 - converting) * other.1;
        }
        (totals.0 / f64::from(N_HISTORIES), totals.1 / f64::from(N_HISTORIES))
    }

    /// Mean days to a first purchase within 30 days.
    fn delay_days(&self) -> f64 {
        let mean = self.of("process.first_purchase_delay_days");
        mean - ONBOARDING_DAYS / libm::expm1(ONBOARDING_DAYS / mean)
    }

    /// The life of a customer who signed up `history_days` before NOW and starts to buy `start_days` later.
    fn life(&self, history_days: f64, start_days: f64, rate_factor: f64, joined_later: bool) -> Life {
        let rate = self.of("continuous.purchases_per_year") / 365.0 * rate_factor;
        let last_straw = self.of("process.ticket_dropout_probability");
        let hazard_per_purchase = self.of("continuous.tickets_per_purchase") * last_straw;
        let other_hazard = self.of("continuous.tickets_per_30d") / 30.0 * last_straw;
        let (rate_shape, dropout_shape) = (self.of("process.rate_shape"), self.of("process.dropout_shape"));
        let dropout = self.of("process.dropouts_per_year") / 365.0;
        let later_demand = libm::pow(1.0 + self.of("change.price_rise"), -self.of("change.price_elasticity"));
        let span = (history_days - start_days).max(0.0);
        let step = span / f64::from(N_TIMES);
        let channel_rate = if joined_later { self.later_mix.rate } else { self.mix.rate } / self.documented_mix.rate;
        let mut life =
            Life { history_days, channel_rate, n_purchases: 0.0, active_days: 0.0, browsing_days: start_days };
        for i in 0..N_TIMES {
            let t = (f64::from(i) + 0.5) * step;
            let is_later = span - t <= self.of("change.days_before_now");
            let demand = if is_later { later_demand } else { 1.0 };
            let staying = if is_later && !joined_later { 1.0 - self.of("change.leaving_share") } else { 1.0 };
            // Gamma mixtures of exponentials: of hazards, and of rates, which also bring tickets.
            let by_nature = libm::pow(1.0 + dropout * t / dropout_shape, -dropout_shape);
            let ticketed = 1.0 + rate * hazard_per_purchase * t / rate_shape;
            let by_tickets = libm::pow(ticketed, -rate_shape) * libm::exp(-other_hazard * t);
            let active = staying * by_nature * by_tickets;
            let hazard =
                dropout / (1.0 + dropout * t / dropout_shape) + rate * hazard_per_purchase / ticketed + other_hazard;
            life.n_purchases += rate / ticketed * demand * active * step;
            life.active_days += active * step;
            life.browsing_days += demand * active / (1.0 + hazard * self.of("process.fade_days")) * step;
        }
        life
    }

    /// Transactions and interactions of a life.
    fn counts(&self, life: &Life, first_purchases: f64) -> (f64, f64) {
        let of = |name: &str| self.of(name);
        let purchases = first_purchases + life.n_purchases;
        let browsing =
            (of("continuous.visits_per_30d") + of("continuous.views_per_30d") + of("continuous.cart_adds_per_30d"))
                / 30.0
                * mean_power_of_gamma(of("process.rate_shape"), BROWSING_POWER)
                * libm::pow(life.channel_rate, BROWSING_POWER);
        let leading = of("continuous.visits_per_purchase")
            + of("continuous.views_per_purchase")
            + of("continuous.cart_adds_per_purchase")
            + of("continuous.tickets_per_purchase");
        let tickets = of("continuous.tickets_per_30d") / 30.0 * life.active_days;
        let n_sent = life.history_days / of("continuous.email_interval_days");
        let share = if first_purchases > 0.0 { 1.0 } else { of("continuous.nonconverter_open_share") };
        let active_share = (life.active_days / life.history_days).min(1.0);
        let opening = mean_open_probability(of("continuous.open_probability") * share);
        let opens = n_sent * opening * (active_share + (1.0 - active_share) * of("continuous.dropped_open_share"));
        let emails = opens * (1.0 + of("continuous.click_probability"));
        (purchases, browsing * life.browsing_days + leading * purchases + tickets + emails)
    }
}

/// Means of one customer's life.
struct Life {
    history_days: f64,
    /// Purchase rate of the channels in relation to the documented mix's.
    channel_rate: f64,
    /// Besides a converter's first one.
    n_purchases: f64,
    active_days: f64,
    browsing_days: f64,
}

/// E Gᵖ for a gamma of mean 1.
fn mean_power_of_gamma(shape: f64, power: f64) -> f64 {
    libm::exp(libm::lgamma(shape + power) - libm::lgamma(shape)) / libm::pow(shape, power)
}

/// E min(p·G, 0.95) for a gamma of shape 3 and mean 1.
fn mean_open_probability(p: f64) -> f64 {
    const MOST: f64 = 0.95;
    if p <= 0.0 {
        return p;
    }
    let y = 3.0 * MOST / p;
    let tail = libm::exp(-y) * (1.0 + y + y * y / 2.0);
    let longer_tail = tail + libm::exp(-y) * y * y * y / 6.0;
    p * (1.0 - longer_tail) + MOST * tail
}

#[cfg(test)]
mod tests {
    use super::{mean_open_probability, mean_power_of_gamma};

    #[test]
    fn means_are_those_of_the_laws() {
        assert!((mean_power_of_gamma(1.0, 0.5) - 0.886_227).abs() < 1e-6);
        assert!((mean_power_of_gamma(3.0, 2.0) - 4.0 / 3.0).abs() < 1e-9);
        assert!((mean_power_of_gamma(1e6, 0.75) - 1.0).abs() < 1e-3);
        assert!((mean_open_probability(0.1) - 0.1).abs() < 1e-6);
        assert!(mean_open_probability(1.0) < 0.85 && mean_open_probability(1.0) > 0.6);
        assert_eq!(mean_open_probability(0.0), 0.0);
    }
}
