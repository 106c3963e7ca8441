//! The cold-start tables: one row per new customer with the first 30 days, and for those of the training period with the
//! spend of 365 days. Deliberately nothing is drawn here: a row only sums up a life.

use super::attributes::COLDSTART;
use super::config::{SynthConfig, SynthError};
use super::engagement::{CART_ADD, EMAIL_CLICK, EMAIL_OPEN, N_EVENT_TYPES, PRODUCT_VIEW, WEBSITE_VISIT, type_of};
use super::latents::{Latents, ONBOARDING_DAYS};
use super::life::MAX_LEAD_DAYS;
use super::population::{Customer, Population};
use super::{COLDSTART_FIRST_CUSTOMER_ID, Progress};
use crate::schema::{Day, tables};
use crate::table::{ColumnData, Table, TableError, Values};

/// Sign-ups of the training period, in days before NOW: 2023-01-01 … 2024-06-30 at the default NOW.
const SIGNUP_DAYS_BEFORE_NOW: (i32, i32) = (911, 365);
/// Sign-ups of the staging customers: (NOW − 90, NOW − 30].
pub(super) const STAGING_SIGNUP_DAYS_BEFORE_NOW: (i32, i32) = (89, 30);
pub(super) const TARGET_DAYS: i32 = 365;
const N_ENGAGEMENT_COUNTS: usize = 5;
const COUNTED_TYPES: [u8; N_ENGAGEMENT_COUNTS] = [WEBSITE_VISIT, EMAIL_OPEN, EMAIL_CLICK, PRODUCT_VIEW, CART_ADD];

/// What the cold-start generator yields.
#[derive(Clone, Debug)]
pub struct ColdstartData {
    pub customers: Table,
    pub staging: Table,
    /// Of both tables' customers; no feature may read them.
    pub latents: Latents,
}

/// Rows of one cold-start table.
#[derive(Default)]
pub(super) struct Rows {
    customer_id: Vec<i32>,
    signup_date: Vec<i32>,
    /// channel, source, device, age group, region, area.
    attributes: [Vec<u8>; 6],
    days_to_first_purchase: Vec<Option<i64>>,
    first_purchase_date: Vec<Option<i32>>,
    first_purchase_amount: Vec<i64>,
    first_purchase_category: Vec<Option<u8>>,
    engagement: [Vec<i64>; N_ENGAGEMENT_COUNTS],
    target: Vec<i64>,
}

impl Rows {
    fn reserve(&mut self, n: usize) {
        self.customer_id.reserve_exact(n);
        self.signup_date.reserve_exact(n);
        self.attributes.iter_mut().for_each(|codes| codes.reserve_exact(n));
        self.days_to_first_purchase.reserve_exact(n);
        self.first_purchase_date.reserve_exact(n);
        self.first_purchase_amount.reserve_exact(n);
        self.first_purchase_category.reserve_exact(n);
        self.engagement.iter_mut().for_each(|counts| counts.reserve_exact(n));
        self.target.reserve_exact(n);
    }

    /// Sums up the life in `population`'s buffers.
    pub(super) fn push(&mut self, customer: &Customer, population: &Population) {
        let signup = customer.signup;
        let a = customer.attributes;
        self.customer_id.push(customer.id);
        self.signup_date.push(signup.0);
        for (codes, code) in
            self.attributes.iter_mut().zip([a.channel, a.source, a.device, a.age_group, a.region, a.area_type])
        {
            codes.push(code);
        }
        let first = population.purchases.first().filter(|p| p.day < signup.0 + ONBOARDING_DAYS);
        self.days_to_first_purchase.push(first.map(|p| i64::from(p.day - signup.0)));
        self.first_purchase_date.push(first.map(|p| p.day));
        self.first_purchase_amount.push(first.map_or(0, |p| p.amount_cents));
        self.first_purchase_category.push(first.map(|p| p.category));
        let mut counts = [0; N_EVENT_TYPES];
        for &event in &population.events {
            counts[usize::from(type_of(event))] += 1;
        }
        for (column, event_type) in self.engagement.iter_mut().zip(COUNTED_TYPES) {
            column.push(counts[usize::from(event_type)]);
        }
        let in_target = |day: i32| day < signup.0 + TARGET_DAYS;
        let spend = population.purchases.iter().take_while(|p| in_target(p.day)).map(|p| p.amount_cents).sum();
        self.target.push(spend);
    }

    /// Columns in the schema's order, the target left out.
    fn into_inputs(self) -> (Vec<ColumnData>, Vec<i64>) {
        let mut columns: Vec<ColumnData> =
            vec![Values::Ids(self.customer_id).into(), Values::Days(self.signup_date).into()];
        columns.extend(self.attributes.map(|codes| Values::Codes(codes).into()));
        columns.push(ColumnData::optional_integers(self.days_to_first_purchase));
        columns.push(ColumnData::optional_days(self.first_purchase_date));
        columns.push(Values::Cents(self.first_purchase_amount).into());
        columns.push(ColumnData::optional_codes(self.first_purchase_category));
        columns.extend(self.engagement.map(|counts| Values::Integers(counts).into()));
        (columns, self.target)
    }

    fn into_customers(self) -> Result<Table, TableError> {
        let (mut columns, target) = self.into_inputs();
        columns.push(Values::Cents(target).into());
        Table::new(tables::coldstart_customers(), columns)
    }

    pub(super) fn into_staging(self) -> Result<Table, TableError> {
        Table::new(tables::coldstart_customers_staging(), self.into_inputs().0)
    }
}

/// The cold-start customers and the days on which they are known.
pub(super) fn population(config: &SynthConfig) -> Population {
    let days = (config.now.plus(-SIGNUP_DAYS_BEFORE_NOW.0), config.now.plus(MAX_LEAD_DAYS));
    Population::new(config, &config.coldstart, &COLDSTART, days)
}

/// Customers in the staging table at NOW.
pub(super) fn n_staging(config: &SynthConfig) -> usize {
    (config.n_customers as usize).div_ceil(10)
}

/// Makes the cold-start tables, some customers a step.
pub struct ColdstartGenerator {
    population: Population,
    n_training: usize,
    n_total: usize,
    customers: Rows,
    staging: Rows,
    latents: Latents,
}

impl ColdstartGenerator {
    /// Fails when a parameter is out of its bounds.
    pub fn new(config: &SynthConfig) -> Result<Self, SynthError> {
        config.check()?;
        let population = population(config);
        let n_training = config.n_customers as usize;
        let n_staging = n_staging(config);
        let latents = Latents::new(COLDSTART_FIRST_CUSTOMER_ID, n_training + n_staging, population.season().clone());
        let mut generator = Self {
            population,
            n_training,
            n_total: n_training + n_staging,
            customers: Rows::default(),
            staging: Rows::default(),
            latents,
        };
        generator.customers.reserve(n_training);
        generator.staging.reserve(n_staging);
        Ok(generator)
    }

    /// Customers to make, those of the staging table included.
    pub fn n_customers_total(&self) -> usize {
        self.n_total
    }

    /// Makes up to `n_customers` more.
    pub fn step(&mut self, n_customers: usize) -> Progress {
        let done = self.latents.n_customers();
        let until = done.saturating_add(n_customers).min(self.n_total);
        for idx in done..until {
            self.make(idx);
        }
        Progress { done: until, total: self.n_total }
    }

    fn make(&mut self, idx: usize) {
        let id = COLDSTART_FIRST_CUSTOMER_ID + idx as i32;
        let is_staging = idx >= self.n_training;
        let signups = if is_staging { STAGING_SIGNUP_DAYS_BEFORE_NOW } else { SIGNUP_DAYS_BEFORE_NOW };
        let now = self.population.config().now;
        let mut customer = self.population.customer(id, now.plus(-signups.0), now.plus(-signups.1));
        let seen_until = customer.signup.plus(ONBOARDING_DAYS);
        let purchases_until =
            if is_staging { seen_until.plus(MAX_LEAD_DAYS) } else { customer.signup.plus(TARGET_DAYS) };
        self.population.live(&mut customer, purchases_until, seen_until);
        let rows = if is_staging { &mut self.staging } else { &mut self.customers };
        rows.push(&customer, &self.population);
        self.latents.push(customer.latents);
    }

    /// The tables, once every customer is made.
    pub fn finish(self) -> Result<ColdstartData, SynthError> {
        let done = self.latents.n_customers();
        if done < self.n_total {
            return Err(SynthError::Unfinished { done, total: self.n_total });
        }
        Ok(ColdstartData {
            customers: self.customers.into_customers()?,
            staging: self.staging.into_staging()?,
            latents: self.latents,
        })
    }
}

/// First and last sign-up day of the training period.
pub fn coldstart_signups(now: Day) -> (Day, Day) {
    (now.plus(-SIGNUP_DAYS_BEFORE_NOW.0), now.plus(-SIGNUP_DAYS_BEFORE_NOW.1))
}
