//! What established customers spend after NOW: the process that made the raw tables goes on. Given the latents, what comes after a day does not
//! depend on what was before it, so the future has random streams of its own and the past stays as it is. Purchases of the first days
//! after NOW were drawn with the past, because they already show in its interactions; they are the same here.

use super::attributes::CONTINUOUS;
use super::config::{SynthConfig, SynthError};
use super::continuous::continuous_signups;
use super::latents::CustomerLatents;
use super::life::{MAX_LEAD_DAYS, PurchaseModel};
use super::population::Population;
use super::season::Season;
use super::{CONTINUOUS_FIRST_CUSTOMER_ID, Progress};
use crate::schema::Day;

/// How far the future reaches.
const FUTURE_DAYS: i32 = 365;

/// Goes on with the lives of the continuous customers, some a step.
pub struct FutureGenerator {
    population: Population,
    later: PurchaseModel,
    signups: (Day, Day),
    now: Day,
    n_total: usize,
    cents: Vec<i64>,
}

impl FutureGenerator {
    /// Fails when a parameter is out of its bounds.
    pub fn new(config: &SynthConfig) -> Result<Self, SynthError> {
        config.check()?;
        let now = config.now;
        let signups = continuous_signups(config);
        // The same days as when the past was drawn, so that the same purchases come out.
        let population = Population::new(config, &config.continuous, &CONTINUOUS, (signups.0, now.plus(MAX_LEAD_DAYS)));
        let season = Season::new(config, now, now.plus(FUTURE_DAYS));
        Ok(Self {
            later: PurchaseModel::new(&config.process, &config.continuous, season),
            population,
            signups,
            now,
            n_total: config.n_customers as usize,
            cents: Vec::new(),
        })
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

    fn spend(&mut self, id: i32, n_days: i32) -> (i64, CustomerLatents) {
        let (first, end) = (self.now.plus(1), self.now.plus(1 + n_days));
        let known_until = first.plus(MAX_LEAD_DAYS);
        let mut customer = self.population.customer(id, self.signups.0, self.signups.1);
        self.population.buy(&mut customer, known_until);
        self.population.buy_on(&mut customer, (known_until, end), &self.later);
        let is_inside = |day: i32| (first.0..end.0).contains(&day);
        let purchases = self.population.purchases.iter().filter(|purchase| is_inside(purchase.day));
        (purchases.map(|purchase| purchase.amount_cents).sum(), customer.latents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::tests::{config, continuous};

    #[test]
    fn the_first_days_are_those_that_were_drawn_with_the_past() {
        let today = config(21, 400);
        let mut future = FutureGenerator::new(&today).unwrap();
        // Signing up on the same days, and looked at a day later.
        let mut past =
            Population::new(&today, &today.continuous, &CONTINUOUS, (future.signups.0, today.now.plus(MAX_LEAD_DAYS)));
        let mut n_spending = 0;
        for id in 1..=400 {
            let mut customer = past.customer(id, future.signups.0, future.signups.1);
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
                let (cents, latents) = future.spend(id, FUTURE_DAYS);
                (cents as f64, latents.expected_spend_cents(&season, from, until))
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
