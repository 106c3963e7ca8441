//! The continuous tables: profile, transactions and interactions of established customers up to NOW. Deliberately no target
//! here: what a customer will spend after an observation date is read from the same transactions.

use super::attributes::CONTINUOUS;
use super::config::{SynthConfig, SynthError};
use super::engagement::{day_of, type_of};
use super::latents::Latents;
use super::life::MAX_LEAD_DAYS;
use super::population::{Customer, Population};
use super::{CONTINUOUS_FIRST_CUSTOMER_ID, Progress};
use crate::schema::{Day, tables};
use crate::table::{Table, Values};

/// The last sign-up in days before NOW.
const LAST_SIGNUP_DAYS_BEFORE_NOW: i32 = 90;
/// Expected rows a customer at the default rates, with a margin: what memory is set aside for.
const RESERVED_TRANSACTIONS: f64 = 10.5;
const RESERVED_INTERACTIONS: f64 = 104.0;
/// Upper ends of SEGMENT's weights .15 / .35 / .30 / .12 as standard normal quantiles, from the most valuable down.
const SEGMENT_SCORES: [f64; 4] = [1.036_433_389_493_789_8, 0.0, -0.841_621_233_572_914_2, -1.405_071_560_309_632_9];

/// What the continuous generator yields.
#[derive(Clone, Debug)]
pub struct ContinuousData {
    pub profile: Table,
    pub transactions: Table,
    pub interactions: Table,
    /// No feature may read them.
    pub latents: Latents,
}

/// Makes the continuous tables, some customers a step.
pub struct ContinuousGenerator {
    population: Population,
    n_total: usize,
    profile: Profile,
    transactions: Transactions,
    interactions: Interactions,
    latents: Latents,
}

/// Rows of the profile.
#[derive(Default)]
pub(super) struct Profile {
    customer_id: Vec<i32>,
    signup_date: Vec<i32>,
    age_group: Vec<u8>,
    region: Vec<u8>,
    segment: Vec<u8>,
    history_days: Vec<i64>,
}

#[derive(Default)]
struct Transactions {
    customer_id: Vec<i32>,
    date: Vec<i32>,
    amount: Vec<i64>,
    category: Vec<u8>,
    quantity: Vec<i64>,
}

#[derive(Default)]
struct Interactions {
    customer_id: Vec<i32>,
    date: Vec<i32>,
    event_type: Vec<u8>,
}

/// The established customers and the days on which they are known.
pub(super) fn population(config: &SynthConfig) -> Population {
    let days = (continuous_signups(config).0, config.now.plus(MAX_LEAD_DAYS));
    Population::new(config, &config.continuous, &CONTINUOUS, days)
}

/// The CRM's label: where a score that hears a little of the customer's value falls among the quantiles.
pub(super) fn segment(customer: &Customer, correlation: f64) -> u8 {
    let noise_share = (1.0 - correlation * correlation).sqrt();
    let score = correlation * customer.latents.value_score + noise_share * customer.label_noise;
    SEGMENT_SCORES.iter().map(|&end| u8::from(score < end)).sum()
}

/// `1..=n`, if it fits.
fn row_ids(n: usize) -> Result<Values, SynthError> {
    let n = i32::try_from(n).map_err(|_| SynthError::TooManyRows { rows: n })?;
    Ok(Values::Ids((1..=n).collect()))
}

impl ContinuousGenerator {
    /// Fails when a parameter is out of its bounds.
    pub fn new(config: &SynthConfig) -> Result<Self, SynthError> {
        config.check()?;
        let population = population(config);
        let n_total = config.n_customers as usize;
        let latents = Latents::new(CONTINUOUS_FIRST_CUSTOMER_ID, n_total, population.season().clone());
        let mut generator = Self {
            population,
            n_total,
            profile: Profile::default(),
            transactions: Transactions::default(),
            interactions: Interactions::default(),
            latents,
        };
        generator.reserve();
        Ok(generator)
    }

    fn reserve(&mut self) {
        let n = self.n_total;
        self.profile.customer_id.reserve_exact(n);
        self.profile.signup_date.reserve_exact(n);
        self.profile.age_group.reserve_exact(n);
        self.profile.region.reserve_exact(n);
        self.profile.segment.reserve_exact(n);
        self.profile.history_days.reserve_exact(n);
        let n_transactions = (RESERVED_TRANSACTIONS * n as f64) as usize;
        self.transactions.customer_id.reserve_exact(n_transactions);
        self.transactions.date.reserve_exact(n_transactions);
        self.transactions.amount.reserve_exact(n_transactions);
        self.transactions.category.reserve_exact(n_transactions);
        self.transactions.quantity.reserve_exact(n_transactions);
        let n_interactions = (RESERVED_INTERACTIONS * n as f64) as usize;
        self.interactions.customer_id.reserve_exact(n_interactions);
        self.interactions.date.reserve_exact(n_interactions);
        self.interactions.event_type.reserve_exact(n_interactions);
    }

    /// Customers to make.
    pub fn n_customers_total(&self) -> usize {
        self.n_total
    }

    /// Makes up to `n_customers` more.
    pub fn step(&mut self, n_customers: usize) -> Progress {
        let done = self.latents.n_customers();
        let until = done.saturating_add(n_customers).min(self.n_total);
        for idx in done..until {
            self.make(CONTINUOUS_FIRST_CUSTOMER_ID + idx as i32);
        }
        Progress { done: until, total: self.n_total }
    }

    fn make(&mut self, id: i32) {
        let config = self.population.config();
        let now = config.now;
        let correlation = config.process.label_correlation;
        let (first_signup, last_signup) = continuous_signups(config);
        let mut customer = self.population.customer(id, first_signup, last_signup);
        let end = now.plus(1);
        self.population.live(&mut customer, end.plus(MAX_LEAD_DAYS), end);
        self.profile.push(&customer, segment(&customer, correlation), now);
        self.transactions.push(id, &self.population, end);
        self.interactions.push(id, customer.signup, &self.population);
        self.latents.push(customer.latents);
    }

    /// The tables, once every customer is made.
    pub fn finish(self) -> Result<ContinuousData, SynthError> {
        let done = self.latents.n_customers();
        if done < self.n_total {
            return Err(SynthError::Unfinished { done, total: self.n_total });
        }
        Ok(ContinuousData {
            profile: self.profile.into_table()?,
            transactions: self.transactions.into_table()?,
            interactions: self.interactions.into_table()?,
            latents: self.latents,
        })
    }
}

impl Profile {
    pub(super) fn push(&mut self, customer: &Customer, segment: u8, now: Day) {
        self.customer_id.push(customer.id);
        self.signup_date.push(customer.signup.0);
        self.age_group.push(customer.attributes.age_group);
        self.region.push(customer.attributes.region);
        self.segment.push(segment);
        self.history_days.push(i64::from(now.since(customer.signup)));
    }

    pub(super) fn into_table(self) -> Result<Table, SynthError> {
        let columns = vec![
            Values::Ids(self.customer_id).into(),
            Values::Days(self.signup_date).into(),
            Values::Codes(self.age_group).into(),
            Values::Codes(self.region).into(),
            Values::Codes(self.segment).into(),
            Values::Integers(self.history_days).into(),
        ];
        Ok(Table::new(tables::continuous_customers_profile(), columns)?)
    }
}

impl Transactions {
    fn push(&mut self, customer_id: i32, population: &Population, end: Day) {
        for purchase in population.purchases.iter().take_while(|p| p.day < end.0) {
            self.customer_id.push(customer_id);
            self.date.push(purchase.day);
            self.amount.push(purchase.amount_cents);
            self.category.push(purchase.category);
            self.quantity.push(i64::from(purchase.quantity));
        }
    }

    fn into_table(self) -> Result<Table, SynthError> {
        let columns = vec![
            row_ids(self.customer_id.len())?.into(),
            Values::Ids(self.customer_id).into(),
            Values::Days(self.date).into(),
            Values::Cents(self.amount).into(),
            Values::Codes(self.category).into(),
            Values::Integers(self.quantity).into(),
        ];
        Ok(Table::new(tables::continuous_transactions(), columns)?)
    }
}

impl Interactions {
    fn push(&mut self, customer_id: i32, signup: Day, population: &Population) {
        let events = &population.events;
        self.customer_id.extend(core::iter::repeat_n(customer_id, events.len()));
        self.date.extend(events.iter().map(|&event| day_of(event, signup.0)));
        self.event_type.extend(events.iter().map(|&event| type_of(event)));
    }

    fn into_table(self) -> Result<Table, SynthError> {
        let columns = vec![
            row_ids(self.customer_id.len())?.into(),
            Values::Ids(self.customer_id).into(),
            Values::Days(self.date).into(),
            Values::Codes(self.event_type).into(),
        ];
        Ok(Table::new(tables::continuous_interactions(), columns)?)
    }
}

/// First and last sign-up day of the continuous population.
pub fn continuous_signups(config: &SynthConfig) -> (Day, Day) {
    (config.now.plus(-(config.history_days as i32)), config.now.plus(-LAST_SIGNUP_DAYS_BEFORE_NOW))
}
