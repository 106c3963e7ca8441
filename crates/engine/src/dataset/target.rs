//! Targets in integer cents: what a customer really spends after the observation date, and the reference's formula, kept as a
//! switch to show what it hides.

use super::Spine;
use crate::feature::EventSource;
use crate::schema::tables;
use crate::table::{Table, TableError};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Length of the label window, unless a spine says otherwise.
pub const HORIZON_DAYS: i32 = 365;

/// Spend in (observation date, observation date + horizon] of each spine row, in cents.
pub fn realised_target(spine: &Spine, transactions: &EventSource) -> Result<Vec<i64>, TableError> {
    let amounts = transactions.table().integers("AMOUNT")?;
    let spend = |(&row, &day): (&u32, &i32)| {
        let seen = transactions.rows_until(row, day);
        let until_end = transactions.rows_until(row, day + spine.rule.horizon_days);
        amounts[seen.end..until_end.end].iter().sum()
    };
    Ok(spine.profile_rows.iter().zip(&spine.observation_days).map(spend).collect())
}

/// The reference's target: MONETARY_TOTAL × .6 × max(.5, 1.5 − RECENCY_DAYS / 180) × min(2, 1 + FREQUENCY / 20)
/// × (1 + TOTAL_INTERACTIONS / 500) × uniform(.7, 1.3), in cents; 0 without a purchase. A function of the features, so a model that
/// "predicts" it has learnt nothing about the future.
pub fn formula_target(rfm: &Table, engagement: &Table, seed: u64) -> Result<Vec<i64>, TableError> {
    let ids = rfm.ids(tables::CUSTOMER_ID)?;
    let (monetary, recency) = (rfm.floats("MONETARY_TOTAL")?, rfm.integers("RECENCY_DAYS")?);
    let (frequency, interactions) = (rfm.integers("FREQUENCY")?, engagement.integers("TOTAL_INTERACTIONS")?);
    let target = |row: usize| {
        let freshness = (1.5 - recency[row] as f64 / 180.0).max(0.5);
        let loyalty = (1.0 + frequency[row] as f64 / 20.0).min(2.0);
        let engagement = 1.0 + interactions[row] as f64 / 500.0;
        let hash = xxh3_64_with_seed(&ids[row].to_le_bytes(), seed ^ 0x464F_524D_554C_4131);
        let noise = 0.7 + 0.6 * ((hash >> 11) as f64 / (1_u64 << 53) as f64);
        (monetary[row] * 100.0 * 0.6 * freshness * loyalty * engagement * noise).round() as i64
    };
    Ok((0..ids.len()).map(target).collect())
}
