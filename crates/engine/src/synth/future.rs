//! What established customers do after NOW: the process that made the raw tables goes on. Given the latents, what comes
//! after a day does not depend on what was before it, so the future has random streams of its own and the past stays as
//! it is. Purchases of the first days after NOW were drawn with the past, because they already show in its
//! interactions; they are the same here. How far one looks changes nothing that is drawn: a longer look only appends.

use super::config::{ScenarioRates, SynthConfig, SynthError};
use super::continuous::{continuous_signups, population};
use super::life::MAX_LEAD_DAYS;
use super::population::{Customer, Laws, Population};
use super::{CONTINUOUS_FIRST_CUSTOMER_ID, Progress};
use crate::schema::Day;

/// Nothing is simulated more days after NOW. One fixed range for all: thinning proposes with the largest demand of the
/// range, so a range that grew with the question would change the answers.
pub const MAX_FUTURE_DAYS: i32 = 3 * 365;

/// How far the yearly spend reaches.
const FUTURE_DAYS: i32 = 365;

/// First day of the laws of the future, in days before NOW: customers who are young at NOW leave the laws of the past
/// that early.
const BEGIN_DAYS_BEFORE_NOW: i32 = 60;

/// First and last day of the laws of the future: purchases to come show in interactions before them, so they reach
/// further than those.
pub(super) fn future_days(now: Day) -> (Day, Day) {
    (now.plus(-BEGIN_DAYS_BEFORE_NOW), now.plus(MAX_FUTURE_DAYS + MAX_LEAD_DAYS))
}

/// The laws by which a population goes on.
pub(super) fn later_laws(config: &SynthConfig, scenario: &ScenarioRates) -> Laws {
    Laws::new(config, scenario, future_days(config.now))
}

/// Continuous customers, from sign-up to any day in reach.
pub(super) struct EstablishedLives {
    pub population: Population,
    pub later: Laws,
    signups: (Day, Day),
    now: Day,
}

impl EstablishedLives {
    pub fn new(config: &SynthConfig) -> Self {
        Self {
            population: population(config),
            later: later_laws(config, &config.continuous),
            signups: continuous_signups(config),
            now: config.now,
        }
    }

    /// Fills the population's purchases with at least those before `until`, and settles when the customer drops out.
    pub fn buy(&mut self, id: i32, until: Day) -> Customer {
        // As far as the past knows its purchases.
        let known_until = self.now.plus(1 + MAX_LEAD_DAYS);
        let mut customer = self.population.customer(id, self.signups.0, self.signups.1);
        self.population.buy(&mut customer, known_until);
        self.population.buy_on(&mut customer, (known_until, until), &self.later);
        customer
    }
}

/// Goes on with the lives of the continuous customers, some a step.
pub struct FutureGenerator {
    lives: EstablishedLives,
    n_total: usize,
    cents: Vec<i64>,
}

impl FutureGenerator {
    /// Fails when a parameter is out of its bounds.
    pub fn new(config: &SynthConfig) -> Result<Self, SynthError> {
        config.check()?;
        Ok(Self { lives: EstablishedLives::new(config), n_total: config.n_customers as usize, cents: Vec::new() })
    }

    /// Goes on with up to `n_customers` more.
    pub fn step(&mut self, n_customers: usize) -> Progress {
        let until = self.cents.len().saturating_add(n_customers).min(self.n_total);
        while self.cents.len() < until {
            let (cents, _) = self.spend(CONTINUOUS_FIRST_CUSTOMER_ID + self.cents.len() as i32, FUTURE_DAYS);
            self.cents.push(cents);
        }
        Progress { done: until, total: self.n_total }
    }

    /// Spend in (NOW, NOW + 365 days] by customer, in the profile's order, in cents; once every customer is done.
    pub fn finish(self) -> Result<Vec<i64>, SynthError> {
        let done = self.cents.len();
        if done < self.n_total {
            return Err(SynthError::Unfinished { done, total: self.n_total });
        }
        Ok(self.cents)
    }

    fn spend(&mut self, id: i32, n_days: i32) -> (i64, Customer) {
        let (first, end) = (self.lives.now.plus(1), self.lives.now.plus(1 + n_days));
        let customer = self.lives.buy(id, end);
        let is_inside = |day: i32| (first.0..end.0).contains(&day);
        let purchases = self.lives.population.purchases.iter().filter(|purchase| is_inside(purchase.day));
        (purchases.map(|purchase| purchase.amount_cents).sum(), customer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::Season;
    use crate::synth::attributes::CONTINUOUS;
    use crate::synth::tests::{config, continuous};

    #[test]
    fn the_first_days_are_those_that_were_drawn_with_the_past() {
        let today = config(21, 400);
        let mut future = FutureGenerator::new(&today).unwrap();
        // Signing up on the same days, and looked at a day later.
        let signups = continuous_signups(&today);
        let days = (signups.0, today.now.plus(MAX_LEAD_DAYS));
        let mut past = Population::new(&today, &today.continuous, &CONTINUOUS, days);
        let mut n_spending = 0;
        for id in 1..=400 {
            let mut customer = past.customer(id, signups.0, signups.1);
            past.live(&mut customer, today.now.plus(1 + MAX_LEAD_DAYS), today.now.plus(1));
            let next_day = past.purchases.iter().filter(|p| p.day == today.now.0 + 1);
            let cents: i64 = next_day.map(|p| p.amount_cents).sum();
            assert_eq!(future.spend(id, 1).0, cents);
            n_spending += usize::from(cents > 0);
        }
        assert!(n_spending > 0);
    }

    #[test]
    fn customers_spend_what_their_latents_say() {
        let today = config(22, 4_000);
        let mut future = FutureGenerator::new(&today).unwrap();
        let season = Season::new(&today, today.now, today.now.plus(400));
        let (from, until) = (today.now.plus(1), today.now.plus(366));
        let pairs: Vec<(f64, f64)> = (1..=4_000)
            .map(|id| {
                let (cents, customer) = future.spend(id, FUTURE_DAYS);
                (cents as f64, customer.latents.expected_spend_cents(&season, from, until))
            })
            .collect();
        let n = pairs.len() as f64;
        let bias = pairs.iter().map(|(y, f)| y - f).sum::<f64>() / n;
        let residual = pairs.iter().map(|(y, f)| (y - f) * (y - f)).sum::<f64>() / n;
        let mean = pairs.iter().map(|(y, _)| y).sum::<f64>() / n;
        let variance = pairs.iter().map(|(y, _)| (y - mean) * (y - mean)).sum::<f64>() / n;
        assert!(bias.abs() < 4.0 * (residual / n).sqrt(), "bias {bias}, mean {mean}");
        assert!((0.8..1.0).contains(&(1.0 - residual / variance)), "{}", 1.0 - residual / variance);
    }

    #[test]
    fn a_longer_future_begins_with_the_shorter_one_and_the_past_knows_who_is_gone() {
        let today = config(23, 300);
        let mut future = FutureGenerator::new(&today).unwrap();
        let month: Vec<i64> = (1..=300).map(|id| future.spend(id, 31).0).collect();
        for id in 1..=300 {
            let mut purchases = [40, 41, 90, 365, MAX_FUTURE_DAYS].map(|n_days| {
                let end = today.now.plus(1 + n_days);
                future.lives.buy(id, end);
                future.lives.population.purchases.iter().filter(|p| p.day < end.0).copied().collect::<Vec<_>>()
            });
            purchases.sort_by_key(Vec::len);
            assert!(purchases.windows(2).all(|pair| pair[1].starts_with(&pair[0])));
        }
        while future.step(70).done < 300 {}
        let year = future.finish().unwrap();
        assert!(month.iter().zip(&year).all(|(month, year)| month <= year) && month != year);
        let data = continuous(&today, 300);
        let gone = (1..=300).filter(|&id| data.latents.of(id).unwrap().drop_out_day <= f64::from(today.now.0 + 1));
        assert!(gone.clone().count() > 20 && gone.map(|id| year[id as usize - 1]).all(|cents| cents == 0));
    }

    #[test]
    fn an_unfinished_future_is_refused() {
        let mut future = FutureGenerator::new(&config(1, 10)).unwrap();
        future.step(4);
        assert_eq!(future.finish().unwrap_err(), SynthError::Unfinished { done: 4, total: 10 });
    }
}
