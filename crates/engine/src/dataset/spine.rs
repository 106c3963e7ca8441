//! The spine: for which customer a training row looks at the world on which day. As in production, the label window must be over
//! by now and at least 90 days of history must lie before it.

use super::target::HORIZON_DAYS;
use crate::feature::Observation;
use crate::schema::{Day, tables};
use crate::table::{Table, TableError};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Observation dates lie in a year that ends where the last label window begins.
const DRAWN_FROM_DAYS: i32 = 365;

/// What a training row needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpineRule {
    /// Days from sign-up to the observation date.
    pub history_days: i32,
    /// Days from the observation date to the end of the label window, which must be over by now.
    pub horizon_days: i32,
    /// No earlier observation date: before it the data itself has too little history.
    pub earliest: i32,
}

impl Default for SpineRule {
    fn default() -> Self {
        Self { history_days: 90, horizon_days: HORIZON_DAYS, earliest: i32::MIN }
    }
}

/// Pairs of (row of the profile table, observation day), in profile order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spine {
    pub profile_rows: Vec<u32>,
    pub observation_days: Vec<i32>,
    pub rule: SpineRule,
}

impl Spine {
    /// The rows of the profile, each with its own observation date.
    pub fn rows(&self) -> (&[u32], Observation<'_>) {
        (&self.profile_rows, Observation::Each(&self.observation_days))
    }
}

/// One row per customer who has an admissible observation date, drawn uniformly among them by a hash of seed and customer.
pub fn draw_spine(profile: &Table, now: Day, rule: SpineRule, seed: u64) -> Result<Spine, TableError> {
    let (ids, signups) = (profile.ids(tables::CUSTOMER_ID)?, profile.days(tables::SIGNUP_DATE)?);
    let mut spine = Spine { rule, ..Spine::default() };
    let youngest = now.0 - rule.horizon_days;
    for (row, (&id, &signup)) in ids.iter().zip(signups).enumerate() {
        let first = (signup + rule.history_days).max(youngest - DRAWN_FROM_DAYS).max(rule.earliest);
        if first <= youngest {
            let n_days = (youngest - first + 1) as u64;
            spine.profile_rows.push(row as u32);
            spine.observation_days.push(first + below(n_days, id, seed) as i32);
        }
    }
    Ok(spine)
}

/// A hash of a customer as a uniform number in `0..n`.
fn below(n: u64, id: i32, seed: u64) -> u64 {
    let hash = xxh3_64_with_seed(&id.to_le_bytes(), seed ^ 0x5350_494E_455F_3031);
    ((u128::from(hash) * u128::from(n)) >> 64) as u64
}
