//! What must be true of the raw data: each check is a statement with a measured value and the range in which the process that made
//! the data puts it. Deliberately reads visible columns only, never a latent: whoever holds the exported files can repeat every
//! check. Of a reader's own data only what needs no configuration is asked.
//!
//! | part | asks |
//! |---|---|
//! | `rows` | keys, links, dates, amounts, one row at a time: the range is 0 violations |
//! | `marginals` | levels against the configured weights, volumes per customer |
//! | `purchases` | conversion, rate, inequality of rates, gaps, amounts, concentration of spend |
//! | `calendar` | weekdays, the holiday season, retention of sign-up cohorts |
//! | `browsing` | what leads a purchase and how long before, what fades before customers leave, emails |
//! | `information` | what each visible column tells about the 12 months that follow |
//!
//! A range is what the configuration implies, widened by `SIGMAS` standard errors of the measured value at this number of
//! customers and by a margin for what the short formula leaves out; each part says which. A check whose range is known for the
//! documented rates only is left out when those rates were changed, and one that too few customers could answer is left out, too.

mod browsing;
mod calendar;
mod estimate;
mod information;
mod marginals;
mod purchases;
mod rows;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;

use crate::profile::IdIndex;
use clv_engine::order;
use clv_engine::schema::{Day, tables};
use clv_engine::synth::SynthConfig;
use clv_engine::table::{Table, TableError};
use std::ops::Range;

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Keys,
    Dates,
    Amounts,
    ColdStart,
    Marginals,
    Volumes,
    Purchases,
    Calendar,
    Retention,
    Browsing,
    Information,
}

/// What a measured value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Rows that break a rule.
    Violations,
    /// A fraction of one.
    Share,
    /// A difference of two shares.
    PercentagePoints,
    Ratio,
    Days,
    Dollars,
    /// Events per purchase, purchases per year.
    Events,
}

/// One statement about the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    pub id: String,
    pub group: Group,
    /// In plain words.
    pub statement: String,
    pub unit: Unit,
    pub measured: f64,
    /// Ends of the expected range, both inclusive; `None` = open.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// What the measured value rests on.
    pub detail: String,
    /// Why it matters.
    pub why: &'static str,
}

impl Check {
    /// True inside the range; a value that is not a number never is.
    pub fn passes(&self) -> bool {
        self.measured.is_finite()
            && self.low.is_none_or(|low| self.measured >= low)
            && self.high.is_none_or(|high| self.measured <= high)
    }
}

/// The raw tables, as far as they exist.
#[derive(Clone, Default)]
pub struct RawTables {
    pub coldstart: Option<Table>,
    pub staging: Option<Table>,
    pub profile: Option<Table>,
    pub transactions: Option<Table>,
    pub interactions: Option<Table>,
}

type Part = fn(&Examination, &mut Vec<Check>) -> Result<(), TableError>;

const PARTS: &[Part] = &[
    rows::keys,
    rows::links,
    rows::dates,
    rows::amounts,
    rows::coldstart,
    marginals::coldstart,
    marginals::continuous,
    purchases::conversion,
    purchases::repeat,
    purchases::spend,
    calendar::weekdays_and_season,
    calendar::retention,
    browsing::emails,
    browsing::leads,
    browsing::fade,
    information::coldstart,
    information::continuous,
];

/// All checks of some tables, a part a step.
pub struct Examination {
    tables: RawTables,
    now: Day,
    config: Option<SynthConfig>,
    profile_ids: IdIndex,
    n_done: usize,
    checks: Vec<Check>,
}

/// The continuous tables as slices.
struct Continuous<'t> {
    n_customers: usize,
    signup: &'t [i32],
    /// Purchases of each customer of the profile, by its row.
    purchases_of: Vec<Range<usize>>,
    purchase_day: &'t [i32],
    amount: &'t [i64],
}

impl Continuous<'_> {
    /// Days of a customer's purchases.
    fn days_of(&self, customer: usize) -> &[i32] {
        &self.purchase_day[self.purchases_of[customer].clone()]
    }

    /// Those after the first one, where that one made the customer a converter: the repeat purchases, drawn by season.
    fn repeats_of(&self, customer: usize) -> Range<usize> {
        let own = self.purchases_of[customer].clone();
        let is_converter = self.first_of_converter(customer).is_some();
        own.start + usize::from(is_converter)..own.end
    }

    /// The day of a first purchase within the first 30 days.
    fn first_of_converter(&self, customer: usize) -> Option<i32> {
        let first = *self.days_of(customer).first()?;
        (first - self.signup[customer] < ONBOARDING_DAYS).then_some(first)
    }
}

/// A first purchase within so many days of sign-up makes a converter.
const ONBOARDING_DAYS: i32 = 30;

impl Examination {
    /// `config` = what generated the tables; `None` for a reader's own data.
    pub fn new(tables: RawTables, now: Day, config: Option<SynthConfig>) -> Result<Self, TableError> {
        let profile_ids = match &tables.profile {
            Some(profile) => IdIndex::new(profile.ids(tables::CUSTOMER_ID)?),
            None => IdIndex::new(&[]),
        };
        Ok(Self { tables, now, config, profile_ids, n_done: 0, checks: Vec::new() })
    }

    /// Does one part; all checks when it was the last one.
    pub fn step(&mut self) -> Result<Option<Vec<Check>>, TableError> {
        if let Some(part) = PARTS.get(self.n_done) {
            let mut found = Vec::new();
            part(self, &mut found)?;
            self.checks.append(&mut found);
            self.n_done += 1;
        }
        if self.n_done < PARTS.len() {
            return Ok(None);
        }
        order::sort_by(&mut self.checks, |a, b| a.group.cmp(&b.group));
        Ok(Some(std::mem::take(&mut self.checks)))
    }

    /// The continuous tables; `None` while one is missing or its rows are not in order of customer and day (`rows` says so).
    fn continuous(&self) -> Result<Option<Continuous<'_>>, TableError> {
        let (Some(profile), Some(transactions)) = (&self.tables.profile, &self.tables.transactions) else {
            return Ok(None);
        };
        let purchase_day = transactions.days("TRANSACTION_DATE")?;
        let n_customers = profile.n_rows();
        let Some(purchases_of) = self.rows_of(transactions.ids(tables::CUSTOMER_ID)?, purchase_day, n_customers) else {
            return Ok(None);
        };
        let signup = profile.days(tables::SIGNUP_DATE)?;
        let amount = transactions.integers("AMOUNT")?;
        Ok(Some(Continuous { n_customers, signup, purchases_of, purchase_day, amount }))
    }

    /// The rows of each customer of the profile; `None` when rows are not in order of customer and day.
    fn rows_of(&self, ids: &[i32], days: &[i32], n_customers: usize) -> Option<Vec<Range<usize>>> {
        if rows::n_out_of_order(ids, days) > 0 {
            return None;
        }
        let mut found = vec![0..0; n_customers];
        let mut begin = 0;
        for run in ids.chunk_by(|a, b| a == b) {
            let end = begin + run.len();
            if let Some(row) = self.profile_ids.row_of(run[0]) {
                found[row] = begin..end;
            }
            begin = end;
        }
        Some(found)
    }

    /// The last day before which nothing has changed the market: NOW without a change.
    fn quiet_until(&self, config: &SynthConfig) -> i32 {
        let change = &config.change;
        let is_quiet = change.paid_social_share == 0.0 && change.price_rise == 0.0 && change.leaving_share == 0.0;
        if is_quiet { self.now.0 } else { config.change_day().0 - 1 }
    }
}

/// True while the channels bring customers in the documented proportions: the factors of channels have mean 1 only then.
fn has_documented_channels(config: &SynthConfig) -> bool {
    let documented = SynthConfig::default().channels.shares();
    config.channels.shares().iter().zip(documented).all(|(share, documented)| (share - documented).abs() < 1e-9)
}

/// True while every rate that the documented volumes, mixes and shares follow from is the documented one.
fn has_documented_rates(config: &SynthConfig) -> bool {
    let documented = SynthConfig::default();
    let process = clv_engine::synth::ProcessRates {
        // What does not move them, or not beyond their margins.
        holiday_strength: config.process.holiday_strength,
        weekday_strength: config.process.weekday_strength,
        label_correlation: config.process.label_correlation,
        category_loyalty: config.process.category_loyalty,
        mean_spend_usd: config.process.mean_spend_usd,
        lead_days: config.process.lead_days,
        cart_lead_days: config.process.cart_lead_days,
        ..documented.process
    };
    config.process == process
        && config.coldstart == documented.coldstart
        && config.continuous == documented.continuous
        && config.history_days == documented.history_days
        && config.change.leaving_share == 0.0
        && config.change.price_rise == 0.0
        && config.change.paid_social_share == 0.0
        && has_documented_channels(config)
}
