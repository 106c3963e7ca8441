//! The classical pictures of BG/NBD (Fader, Hardie & Lee 2005): what frequency and recency say, who is still alive, and what was expected beside
//! what came, by earlier purchases and over time.

use super::Lab;
use super::classic::n_distinct;
use crate::engine::evaluate::btyd::History;
use crate::engine::evaluate::{histogram_between, median, quantile};
use crate::protocol::{Event, Histogram, HoldoutGroup, ObjectId, RepeatView, TrackingView};
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::Store;

/// Columns of the matrices.
const N_RECENCIES: usize = 20;
const MOST_FREQUENCIES: u32 = 24;
/// Rows of the matrices reach this quantile of the frequencies.
const FREQUENCY_QUANTILE: f64 = 0.98;
/// From so many repeat purchases on customers are one group.
const LAST_GROUP: u32 = 7;
const N_TIMES: usize = 40;
const N_BINS: usize = 20;

pub(super) fn repeat(lab: &mut Lab, store: &Store, host: &dyn Host) -> Result<Event, StageError> {
    let begin_ms = host.now_ms();
    let classic = lab.classic(store)?;
    let model = &classic.counts.model;
    let horizon_days = store.spine.rule.horizon_days;
    let ages: Vec<f64> = classic.test.iter().flatten().map(|(history, _)| history.age).collect();
    let frequencies: Vec<f64> = classic.test.iter().flatten().map(|(history, _)| history.frequency.into()).collect();
    let age_days = median(&ages).unwrap_or_default().round();
    let most = quantile(&frequencies, FREQUENCY_QUANTILE).unwrap_or_default().max(1.0) as u32;
    let frequencies: Vec<u32> = (0..=most.min(MOST_FREQUENCIES)).collect();
    let recencies: Vec<f64> =
        (0..=N_RECENCIES).map(|nth| (age_days * nth as f64 / N_RECENCIES as f64).round()).collect();
    let cell = |frequency: u32, recency: f64| {
        // Purchases of a day count once: n of them take n days at least, and without one there is no time in between.
        let is_possible = if frequency == 0 { recency == 0.0 } else { recency >= f64::from(frequency) };
        is_possible.then_some(History { frequency, recency, age: age_days })
    };
    let cells: Vec<Option<History>> = frequencies
        .iter()
        .flat_map(|&frequency| recencies.iter().map(move |&recency| cell(frequency, recency)))
        .collect();
    let each = |of: &dyn Fn(&History) -> f64| cells.iter().map(|cell| cell.as_ref().map(of)).collect();
    let alive: Vec<(f64, u64)> =
        classic.test.iter().flatten().map(|(history, _)| (model.p_alive(history), 1)).collect();
    let edges = (0..=N_BINS).map(|edge| edge as f64 / N_BINS as f64).collect();
    let counted = histogram_between(edges, &alive);
    let came = came(store, lab_rows(store)?)?;
    let holdout = holdout(&classic.test, &came, |history| model.expected_purchases(history, f64::from(horizon_days)));
    let n_alive = alive.len() as u64;
    let view = RepeatView {
        purchases: classic.described(),
        n_rows: n_alive,
        horizon_days: horizon_days as u32,
        age_days,
        alive: each(&|history| model.p_alive(history)),
        expected: each(&|history| model.expected_purchases(history, f64::from(horizon_days))),
        frequencies,
        recencies,
        p_alive: Histogram { edges: counted.edges, counts: counted.counts, n_above: counted.n_above },
        mean_alive: alive.iter().map(|(p, _)| p).sum::<f64>() / n_alive.max(1) as f64,
        came_again: came_again(&classic.test, &came),
        holdout,
        tracking: tracking(classic, store)?,
        elapsed_ms: host.now_ms() - begin_ms,
    };
    Ok(Event::Repeat(Box::new(view)))
}

fn lab_rows(store: &Store) -> Result<&[u32], StageError> {
    Ok(&super::dataset(ObjectId::ContinuousModel, store)?.parts[2].rows)
}

/// Days with a purchase within the label window, of rows of the spine.
fn came(store: &Store, rows: &[u32]) -> Result<Vec<u32>, StageError> {
    let purchases = store.event_source(ObjectId::Transactions)?;
    let spine = &store.spine;
    let of = |&row: &u32| {
        let (of_profile, as_of) = (spine.profile_rows[row as usize], spine.observation_days[row as usize]);
        let known = purchases.rows_until(of_profile, as_of).end;
        let until = purchases.rows_until(of_profile, as_of + spine.rule.horizon_days).end;
        n_distinct(&purchases.days()[known..until])
    };
    Ok(rows.iter().map(of).collect())
}

type Known = Option<(History, crate::engine::evaluate::btyd::Spend)>;

/// Share of those with a purchase who bought in the label window.
fn came_again(known: &[Known], came: &[u32]) -> f64 {
    let buyers = || known.iter().zip(came).filter(|(known, _)| known.is_some());
    buyers().filter(|(_, came)| **came > 0).count() as f64 / buyers().count().max(1) as f64
}

/// Expected and actual purchases by how many there were before.
fn holdout(known: &[Known], came: &[u32], expected: impl Fn(&History) -> f64) -> Vec<HoldoutGroup> {
    let mut groups: Vec<HoldoutGroup> = (0..=LAST_GROUP)
        .map(|from| HoldoutGroup { from, is_last: from == LAST_GROUP, ..HoldoutGroup::default() })
        .collect();
    for ((history, _), came) in known.iter().zip(came).filter_map(|(known, came)| Some((known.as_ref()?, came))) {
        if let Some(group) = groups.get_mut(history.frequency.min(LAST_GROUP) as usize) {
            group.n_customers += 1;
            group.expected += expected(history);
            group.actual += f64::from(*came);
        }
    }
    groups.retain(|group| group.n_customers > 0);
    for group in &mut groups {
        group.expected /= group.n_customers as f64;
        group.actual /= group.n_customers as f64;
    }
    groups
}

/// Repeat purchases of the training customers over calendar time: all that came, and what the models expect from the first purchases alone.
fn tracking(classic: &super::classic::Classic, store: &Store) -> Result<TrackingView, StageError> {
    let now = store.now.ok_or(StageError::Missing("the observation date"))?.0;
    let rows = &super::dataset(ObjectId::ContinuousModel, store)?.parts[0].rows;
    let purchases = store.event_source(ObjectId::Transactions)?;
    let spine = &store.spine;
    let (mut firsts, mut repeats) = (Vec::new(), Vec::new());
    for (&row, _) in rows.iter().zip(&classic.train).filter(|(_, known)| known.is_some()) {
        let days = &purchases.days()[purchases.rows_of(spine.profile_rows[row as usize])];
        let Some(&first) = days.first() else { continue };
        firsts.push(f64::from(first));
        repeats.extend(days.windows(2).filter(|pair| pair[0] != pair[1]).map(|pair| pair[1]));
    }
    repeats.sort_unstable();
    let begin = firsts.iter().copied().fold(f64::from(now), f64::min) as i32;
    let days: Vec<i32> =
        (0..=N_TIMES as i64).map(|nth| begin + (i64::from(now - begin) * nth / N_TIMES as i64) as i32).collect();
    let times: Vec<f64> = days.iter().map(|&day| f64::from(day)).collect();
    let of_rows = || rows.iter().map(|&row| spine.observation_days[row as usize]);
    Ok(TrackingView {
        n_customers: firsts.len() as u64,
        expected: classic.counts.model.expected_cumulative(&firsts, &times),
        actual: days.iter().map(|&day| repeats.partition_point(|&repeat| repeat <= day) as u64).collect(),
        days,
        first_observation: of_rows().min().unwrap_or(now),
        last_observation: of_rows().max().unwrap_or(now),
    })
}
