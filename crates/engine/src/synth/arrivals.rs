//! Everything that happens after NOW, in the order in which it reaches the staging tables: purchases and interactions
//! of known customers, rows of newcomers, and customers who grow up from the cold-start table into the profile.
//! Deliberately a window of days at a time: what is drawn for a day depends on no clock and, but for interactions, on
//! no window.
//!
//! | what | law |
//! |---|---|
//! | purchases | one life a customer (`future`); the same ones whatever the window |
//! | interactions | as in `engagement`, with a stream a customer and window: other windows are other samples of the same law |
//! | newcomers | as many in each block of 30 days as in the blocks of the staging table at NOW; their row arrives 30 days after sign-up |
//! | graduates | 90 days after sign-up a cold-start customer enters the profile at midnight, with all that was done since sign-up; from then on what they do arrives as everybody's |
//! | minutes | `clock`: loaded 1 to 10 minutes after it happens, so what happens just before midnight is loaded on the next day |
//!
//! A customer buys by the laws of the population in which they signed up. Graduates browse and are mailed as established customers are.

use super::attributes::COLDSTART;
use super::clock::{Clock, MINUTES_PER_DAY};
use super::coldstart::{self, Rows, STAGING_SIGNUP_DAYS_BEFORE_NOW};
use super::config::{SynthConfig, SynthError};
use super::continuous::{Profile, segment};
use super::engagement::{day_of, type_of};
use super::future::{EstablishedLives, MAX_FUTURE_DAYS, future_days, later_laws};
use super::latents::ONBOARDING_DAYS;
use super::life::MAX_LEAD_DAYS;
use super::population::{Customer, Laws, Population};
use super::stream::{Purpose, Stream};
use super::{COLDSTART_FIRST_CUSTOMER_ID, CONTINUOUS_FIRST_CUSTOMER_ID, Progress};
use crate::schema::Day;
use crate::table::{Table, TableError};
use core::ops::Range;

/// Days from sign-up after which a cold-start customer is an established one: the youngest of the profile at NOW are
/// that old.
const GRADUATION_DAYS: i32 = 90;
/// Newcomers are counted by blocks of so many sign-up days.
const BLOCK_DAYS: i32 = 30;
/// So many blocks are in the staging table at NOW.
const N_STAGING_BLOCKS: usize = 2;

/// A purchase on its way into a staging table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurchaseArrival {
    /// LOADED_AT, in minutes since 1970-01-01 00:00.
    pub minute: i64,
    pub customer_id: i32,
    /// The day of the purchase, in days since 1970-01-01; the day before LOADED_AT's when it was made just before
    /// midnight.
    pub day: i32,
    pub amount_cents: i64,
    /// Position in the levels of PRODUCT_CATEGORY.
    pub category: u8,
    pub quantity: u32,
}

/// An interaction on its way into a staging table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InteractionArrival {
    /// LOADED_AT, in minutes since 1970-01-01 00:00.
    pub minute: i32,
    pub customer_id: i32,
    /// The day of the interaction, in days since 1970-01-01.
    pub day: i32,
    /// Position in the levels of EVENT_TYPE.
    pub event_type: u8,
}

/// Everything that happens in a window of days. What happens just before the window's end is loaded up to 10 minutes
/// after it and still belongs to this window.
#[derive(Clone, Debug)]
pub struct Arrivals {
    /// Ascending by minute, then customer, then the order in which they were bought.
    pub purchases: Vec<PurchaseArrival>,
    /// Ascending by minute, then customer, day and event type.
    pub interactions: Vec<InteractionArrival>,
    /// Rows of COLDSTART_CUSTOMERS_STAGING of those who complete their first 30 days, ascending by minute, then
    /// customer.
    pub newcomers: Table,
    /// When each row of `newcomers` arrives, in minutes since 1970-01-01 00:00; on the 30th day after sign-up.
    pub newcomer_minutes: Vec<i64>,
    /// Rows of CONTINUOUS_CUSTOMERS_PROFILE of the cold-start customers who reach day 90, ascending by day, then
    /// customer. At 00:00 of that day they leave COLDSTART_CUSTOMERS_STAGING.
    pub graduates: Table,
    /// The day of each row of `graduates`, in days since 1970-01-01.
    pub graduation_days: Vec<i32>,
    /// What graduates bought from sign-up to the day before graduation, ascending by minute, customer and day; the
    /// minute is 00:00 of the day of graduation.
    pub graduate_purchases: Vec<PurchaseArrival>,
    /// What else they did in that time, in the same order.
    pub graduate_interactions: Vec<InteractionArrival>,
}

/// Cold-start customers, from sign-up to any day in reach.
struct ColdstartLives {
    /// Those in the staging table at NOW, by the laws that made it.
    staged: Population,
    /// Those who sign up later.
    new: Population,
    later: Laws,
}

/// Goes on with everybody's lives over a window of days, some customers a step.
pub struct ArrivalsGenerator {
    window: Range<Day>,
    established: EstablishedLives,
    coldstart: ColdstartLives,
    clock: Clock,
    n_established: usize,
    n_staged: usize,
    n_total: usize,
    n_done: usize,
    purchases: Vec<PurchaseArrival>,
    interactions: Vec<InteractionArrival>,
    newcomers: Rows,
    newcomer_minutes: Vec<i64>,
    graduates: Profile,
    graduation_days: Vec<i32>,
    graduate_purchases: Vec<PurchaseArrival>,
    graduate_interactions: Vec<InteractionArrival>,
}

/// Newcomers of a block.
fn n_per_block(config: &SynthConfig) -> usize {
    coldstart::n_staging(config).div_ceil(N_STAGING_BLOCKS)
}

impl ArrivalsGenerator {
    /// The days `from` ≤ day < `until`. Fails when a parameter is out of its bounds, and when the window is empty,
    /// begins before NOW + 1 or reaches beyond NOW + [`MAX_FUTURE_DAYS`].
    pub fn new(config: &SynthConfig, from: Day, until: Day) -> Result<Self, SynthError> {
        config.check()?;
        let now = config.now;
        let (first, end) = (now.plus(1), now.plus(1 + MAX_FUTURE_DAYS));
        if from < first || until <= from || until > end {
            return Err(SynthError::OutOfFuture { from, until, first, end });
        }
        // Who signs up in a later block completes no 30 days before the end.
        let n_blocks = until.since(first).unsigned_abs().div_ceil(BLOCK_DAYS.unsigned_abs()) as usize;
        let n_established = config.n_customers as usize;
        let n_staged = coldstart::n_staging(config);
        Ok(Self {
            window: from..until,
            established: EstablishedLives::new(config),
            coldstart: ColdstartLives {
                staged: coldstart::population(config),
                new: Population::new(config, &config.coldstart, &COLDSTART, future_days(now)),
                later: later_laws(config, &config.coldstart),
            },
            clock: Clock::new(),
            n_established,
            n_staged,
            n_total: n_established + n_staged + n_blocks * n_per_block(config),
            n_done: 0,
            purchases: Vec::new(),
            interactions: Vec::new(),
            newcomers: Rows::default(),
            newcomer_minutes: Vec::new(),
            graduates: Profile::default(),
            graduation_days: Vec::new(),
            graduate_purchases: Vec::new(),
            graduate_interactions: Vec::new(),
        })
    }

    /// Customers to go on with: established ones, those in staging at NOW, and newcomers.
    pub fn n_customers_total(&self) -> usize {
        self.n_total
    }

    /// Goes on with up to `n_customers` more.
    pub fn step(&mut self, n_customers: usize) -> Progress {
        let until = self.n_done.saturating_add(n_customers).min(self.n_total);
        for idx in self.n_done..until {
            if idx < self.n_established {
                self.go_on_with_established(CONTINUOUS_FIRST_CUSTOMER_ID + idx as i32);
            } else {
                self.go_on_with_coldstart(idx - self.n_established);
            }
        }
        self.n_done = until;
        Progress { done: until, total: self.n_total }
    }

    fn go_on_with_established(&mut self, id: i32) {
        let customer = self.established.buy(id, self.window.end.plus(MAX_LEAD_DAYS));
        let population = &mut self.established.population;
        population.browse_on(&customer, self.window.clone(), &self.established.later);
        load_purchases(&self.clock, id, population, &self.window, &mut self.purchases);
        load_interactions(&self.clock, &customer, population, self.window.start, &mut self.interactions);
    }

    /// `idx` counts the cold-start customers from the first one of the staging table at NOW.
    fn go_on_with_coldstart(&mut self, idx: usize) {
        let config = self.established.population.config();
        let (now, n_training, n_per_block) = (config.now, config.n_customers, n_per_block(config));
        let id = COLDSTART_FIRST_CUSTOMER_ID + n_training as i32 + idx as i32;
        let (population, first_signup, last_signup) = match idx.checked_sub(self.n_staged) {
            None => {
                let (first, last) = STAGING_SIGNUP_DAYS_BEFORE_NOW;
                (&mut self.coldstart.staged, now.plus(-first), now.plus(-last))
            }
            Some(idx) => {
                // The first block begins on the day after the last sign-up of the staging table at NOW.
                let n_days = BLOCK_DAYS * (idx / n_per_block) as i32 - STAGING_SIGNUP_DAYS_BEFORE_NOW.1;
                (&mut self.coldstart.new, now.plus(n_days + 1), now.plus(n_days + BLOCK_DAYS))
            }
        };
        let customer = population.customer(id, first_signup, last_signup);
        let signup = customer.signup;
        let (completion, graduation) = (signup.plus(ONBOARDING_DAYS), signup.plus(GRADUATION_DAYS));
        // As far as the staging table knows the purchases.
        let known_until = completion.plus(MAX_LEAD_DAYS);
        if self.window.contains(&completion) {
            let mut newcomer = customer;
            population.live(&mut newcomer, known_until, completion);
            self.newcomers.push(&newcomer, population);
            let mut stream = Stream::new(population.config().seed, Purpose::NewcomerClock, id);
            let minute = completion.0 * MINUTES_PER_DAY + self.clock.minute(&mut stream);
            self.newcomer_minutes.push(i64::from(minute));
        }
        if self.window.contains(&graduation) {
            self.graduate(idx, customer);
        }
        if graduation < self.window.end {
            let population = if idx < self.n_staged { &mut self.coldstart.staged } else { &mut self.coldstart.new };
            let later = &self.coldstart.later;
            let window = graduation.max(self.window.start)..self.window.end;
            let mut customer = customer;
            population.buy(&mut customer, known_until);
            population.buy_on(&mut customer, (known_until, window.end.plus(MAX_LEAD_DAYS)), later);
            // An established customer browses and is mailed like one.
            population.browse_on(&customer, window.clone(), &self.established.later);
            load_purchases(&self.clock, id, population, &window, &mut self.purchases);
            load_interactions(&self.clock, &customer, population, window.start, &mut self.interactions);
        }
    }

    /// Writes a cold-start customer's row of the profile and what they did before: the first 30 days as their staging
    /// row counts them, then on by the laws of the future. No window has a say in it.
    fn graduate(&mut self, idx: usize, mut customer: Customer) {
        let population = if idx < self.n_staged { &mut self.coldstart.staged } else { &mut self.coldstart.new };
        let later = &self.coldstart.later;
        let signup = customer.signup;
        let (completion, graduation) = (signup.plus(ONBOARDING_DAYS), signup.plus(GRADUATION_DAYS));
        let known_until = completion.plus(MAX_LEAD_DAYS);
        let correlation = population.config().process.label_correlation;
        self.graduates.push(&customer, segment(&customer, correlation), graduation);
        self.graduation_days.push(graduation.0);

        let minute = graduation.0 * MINUTES_PER_DAY;
        let customer_id = customer.id;
        let remember = |population: &Population, interactions: &mut Vec<InteractionArrival>| {
            interactions.extend(population.events.iter().map(|&event| InteractionArrival {
                minute,
                customer_id,
                day: day_of(event, signup.0),
                event_type: type_of(event),
            }));
        };
        population.live(&mut customer, known_until, completion);
        remember(population, &mut self.graduate_interactions);
        population.buy_on(&mut customer, (known_until, graduation.plus(MAX_LEAD_DAYS)), later);
        population.browse_on(&customer, completion..graduation, later);
        remember(population, &mut self.graduate_interactions);
        let purchases = population.purchases.iter().take_while(|purchase| purchase.day < graduation.0);
        self.graduate_purchases.extend(purchases.map(|purchase| PurchaseArrival {
            minute: i64::from(minute),
            customer_id,
            day: purchase.day,
            amount_cents: purchase.amount_cents,
            category: purchase.category,
            quantity: purchase.quantity,
        }));
    }

    /// The window's arrivals in order, once every customer is done.
    pub fn finish(self) -> Result<Arrivals, SynthError> {
        if self.n_done < self.n_total {
            return Err(SynthError::Unfinished { done: self.n_done, total: self.n_total });
        }
        let (newcomers, newcomer_minutes) = in_order(&self.newcomers.into_staging()?, &self.newcomer_minutes)?;
        let (graduates, graduation_days) = in_order(&self.graduates.into_table()?, &self.graduation_days)?;
        Ok(Arrivals {
            purchases: by_minute(self.purchases, |arrival| arrival.minute),
            interactions: by_minute(self.interactions, |arrival| i64::from(arrival.minute)),
            newcomers,
            newcomer_minutes,
            graduates,
            graduation_days,
            graduate_purchases: by_minute(self.graduate_purchases, |arrival| arrival.minute),
            graduate_interactions: by_minute(self.graduate_interactions, |arrival| i64::from(arrival.minute)),
        })
    }
}

/// Appends the purchases in `window`. Minutes come from a stream a day, so that no window has a say in them.
fn load_purchases(
    clock: &Clock,
    customer_id: i32,
    population: &Population,
    window: &Range<Day>,
    arrivals: &mut Vec<PurchaseArrival>,
) {
    let seed = population.config().seed;
    let days = population.purchases.chunk_by(|one, next| one.day == next.day);
    for same_day in days.filter(|same_day| window.contains(&Day(same_day[0].day))) {
        let mut stream = Stream::on_day(seed, Purpose::PurchaseClock, customer_id, same_day[0].day);
        arrivals.extend(same_day.iter().map(|purchase| PurchaseArrival {
            minute: i64::from(clock.loaded(purchase.day, &mut stream)),
            customer_id,
            day: purchase.day,
            amount_cents: purchase.amount_cents,
            category: purchase.category,
            quantity: purchase.quantity,
        }));
    }
}

/// Appends the interactions in the population's hands, which begin on `from`.
fn load_interactions(
    clock: &Clock,
    customer: &Customer,
    population: &Population,
    from: Day,
    arrivals: &mut Vec<InteractionArrival>,
) {
    let mut stream = Stream::on_day(population.config().seed, Purpose::EngagementClock, customer.id, from.0);
    arrivals.extend(population.events.iter().map(|&event| {
        let day = day_of(event, customer.signup.0);
        let minute = clock.loaded(day, &mut stream);
        InteractionArrival { minute, customer_id: customer.id, day, event_type: type_of(event) }
    }));
}

/// Sorts by counting minutes. Customers went on in the order of their ids, and that order stays where minutes are
/// equal.
fn by_minute<A: Copy>(arrivals: Vec<A>, minute_of: impl Fn(&A) -> i64) -> Vec<A> {
    let (Some(first), Some(last)) = (arrivals.iter().map(&minute_of).min(), arrivals.iter().map(&minute_of).max())
    else {
        return arrivals;
    };
    let place_idx = |arrival: &A| (minute_of(arrival) - first) as usize;
    let mut places = vec![0_u32; (last - first + 1) as usize];
    arrivals.iter().for_each(|arrival| places[place_idx(arrival)] += 1);
    let mut n_before = 0;
    for place in &mut places {
        n_before += core::mem::replace(place, n_before);
    }
    let mut sorted = arrivals.clone();
    for arrival in &arrivals {
        let place = &mut places[place_idx(arrival)];
        sorted[*place as usize] = *arrival;
        *place += 1;
    }
    sorted
}

/// A table's rows, which have the order of their ids, ascending by `keys`.
fn in_order<K: Ord + Copy>(table: &Table, keys: &[K]) -> Result<(Table, Vec<K>), TableError> {
    let mut rows: Vec<u32> = (0..keys.len() as u32).collect();
    rows.sort_by_key(|&row| keys[row as usize]);
    Ok((table.select(&rows)?, rows.iter().map(|&row| keys[row as usize]).collect()))
}
