//! The spine: for which customer a training row looks at the world on which day. As in production, the label window must be over
//! by now and at least 90 days of history must lie before it.

use crate::engine::schema::{Day, tables};
use crate::engine::table::{Table, TableError};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Days of history that a training row needs.
const HISTORY_DAYS: i32 = 90;
/// The oldest observation date, in days before now.
const OLDEST_DAYS: i32 = 730;
/// The youngest observation date, in days before now: the label window ends by now.
const YOUNGEST_DAYS: i32 = 365;

/// Pairs of (row of the profile table, observation day), in profile order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spine {
    pub profile_rows: Vec<u32>,
    pub observation_days: Vec<i32>,
}

/// One row per customer who has an admissible observation date, drawn uniformly among them by a hash of seed and customer.
pub fn draw_spine(profile: &Table, now: Day, seed: u64) -> Result<Spine, TableError> {
    let (ids, signups) = (profile.ids(tables::CUSTOMER_ID)?, profile.days(tables::SIGNUP_DATE)?);
    let mut spine = Spine::default();
    for (row, (&id, &signup)) in ids.iter().zip(signups).enumerate() {
        let first = (signup + HISTORY_DAYS).max(now.0 - OLDEST_DAYS);
        let last = now.0 - YOUNGEST_DAYS;
        if first <= last {
            let n_days = (last - first + 1) as u64;
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
