//! What is attainable on generated data: the oracle on every row of a training set, and the fair bound on evenly chosen rows, in
//! steps, after a run and outside its time. Deliberately reads the latents, which nothing else in a session does.

use super::host::Host;
use super::stages::{StageError, event_index};
use super::store::Store;
use crate::engine::dataset::{HORIZON_DAYS, Part};
use crate::engine::evaluate::{metrics, r2_standard_error};
use crate::engine::feature::EventSource;
use crate::engine::schema::{Day, tables};
use crate::engine::synth::{ColdstartPosterior, ContinuousPosterior, History, Onboarding};
use crate::engine::table::{Table, TableError};
use crate::protocol::{Event, FairBoundReport, ObjectId, OracleReport, Scenario, TargetKind};
use std::collections::VecDeque;

/// Rows of a split on which the fair bound is computed at most: the test rows tell most.
const MAX_TEST_ROWS: usize = 5_000;
const MAX_OTHER_ROWS: usize = 2_000;
const STEP_MS: f64 = 25.0;

/// The training table of a scenario, its date column and its target.
pub(super) fn training_table(scenario: Scenario) -> (ObjectId, &'static str, &'static str) {
    match scenario {
        Scenario::ColdStart => (ObjectId::ColdstartTrainingData, tables::SIGNUP_DATE, tables::ACTUAL_12M_LTV),
        Scenario::Continuous => (ObjectId::ContinuousTrainingData, "OBSERVATION_DATE", tables::FUTURE_12M_LTV),
    }
}

/// True when the target is what customers really spend, which is what the latents tell about.
fn is_realised(store: &Store, scenario: Scenario) -> bool {
    scenario == Scenario::ColdStart || store.target == TargetKind::Realised
}

/// The rows of a training table in one part, ascending.
pub(super) fn rows_of_part(table: &Table, part: Part) -> Result<Vec<u32>, TableError> {
    let codes = table.codes("SPLIT")?;
    Ok((0..codes.len() as u32).filter(|&row| usize::from(codes[row as usize]) == part as usize).collect())
}

/// The oracle on each part; empty where there are no latents.
pub(super) fn oracle(store: &Store, scenario: Scenario) -> Result<Vec<(String, OracleReport)>, StageError> {
    let (object, date, target) = training_table(scenario);
    let (Some(latents), Some(table)) = (store.latents.get(&scenario), store.tables.get(&object)) else {
        return Ok(Vec::new());
    };
    if !is_realised(store, scenario) {
        return Ok(Vec::new());
    }
    let (ids, dates, cents) = (table.ids(tables::CUSTOMER_ID)?, table.days(date)?, table.integers(target)?);
    let expected = |row: usize| {
        // The cold-start year begins with the day of sign-up, the continuous one after the observation date.
        let from = Day(dates[row]).plus(i32::from(scenario == Scenario::Continuous));
        latents.expected_spend_cents(ids[row], from, from.plus(HORIZON_DAYS)).unwrap_or_default() / 100.0
    };
    let mut reports = Vec::new();
    for part in Part::ALL {
        let rows = rows_of_part(table, part)?;
        let actual: Vec<f64> = rows.iter().map(|&row| cents[row as usize] as f64 / 100.0).collect();
        let predicted: Vec<f64> = rows.iter().map(|&row| expected(row as usize)).collect();
        if !rows.is_empty() {
            let found = metrics(&actual, &predicted)?;
            reports.push((part.name().to_owned(), OracleReport { rmse: found.rmse, r2: found.r2 }));
        }
    }
    Ok(reports)
}

/// The fair bound of both scenarios, row by row.
pub(super) struct FairBound {
    tasks: VecDeque<Task>,
    n_done: usize,
    n_total: usize,
}

enum Posterior {
    ColdStart(Box<ColdstartPosterior>),
    Continuous(Box<ContinuousPosterior>),
}

/// One scenario.
struct Task {
    scenario: Scenario,
    posterior: Posterior,
    /// Chosen rows of the training table, with their part.
    rows: Vec<(Part, u32)>,
    /// The bound of the first rows, dollars.
    bounds: Vec<f64>,
}

/// At most `n` of the rows, evenly chosen.
fn chosen(rows: &[u32], n: usize) -> impl Iterator<Item = u32> + '_ {
    let n = n.min(rows.len());
    (0..n).map(move |idx| rows[idx * rows.len() / n])
}

impl FairBound {
    /// What can be computed for a finished run; `None` when nothing can.
    pub fn of(store: &Store) -> Option<Self> {
        let tasks: VecDeque<Task> =
            [Scenario::ColdStart, Scenario::Continuous].into_iter().filter_map(|s| Task::of(store, s)).collect();
        let n_total = tasks.iter().map(|task| task.rows.len()).sum();
        (n_total > 0).then_some(Self { tasks, n_done: 0, n_total })
    }

    /// Works for some milliseconds; true when nothing is left.
    pub fn step(&mut self, store: &Store, host: &dyn Host) -> (Vec<Event>, bool) {
        let Some(task) = self.tasks.front_mut() else { return (Vec::new(), true) };
        let n_before = task.bounds.len();
        let outcome = task.step(store, host);
        self.n_done += task.bounds.len() - n_before;
        let mut events = vec![Event::FairBoundProgress { done: self.n_done as u64, total: self.n_total as u64 }];
        match outcome {
            Ok(None) => {}
            Ok(Some(ready)) => {
                events.push(ready);
                self.tasks.pop_front();
            }
            // The tables have been replaced meanwhile: there is nothing left to say about them.
            Err(_) => self.tasks.clear(),
        }
        let finished = self.tasks.is_empty();
        (events, finished)
    }
}

impl Task {
    fn of(store: &Store, scenario: Scenario) -> Option<Self> {
        let config = store.synth.as_ref()?;
        let table = store.tables.get(&training_table(scenario).0)?;
        if !store.latents.contains_key(&scenario) || !is_realised(store, scenario) {
            return None;
        }
        let posterior = match scenario {
            Scenario::ColdStart => Posterior::ColdStart(Box::new(ColdstartPosterior::new(config).ok()?)),
            Scenario::Continuous => Posterior::Continuous(Box::new(ContinuousPosterior::new(config).ok()?)),
        };
        let mut rows = Vec::new();
        for (part, n) in
            [(Part::Test, MAX_TEST_ROWS), (Part::Validation, MAX_OTHER_ROWS), (Part::Train, MAX_OTHER_ROWS)]
        {
            let of_part = rows_of_part(table, part).ok()?;
            rows.extend(chosen(&of_part, n).map(|row| (part, row)));
        }
        Some(Self { scenario, posterior, rows, bounds: Vec::new() })
    }

    fn step(&mut self, store: &Store, host: &dyn Host) -> Result<Option<Event>, StageError> {
        let begin_ms = host.now_ms();
        while self.bounds.len() < self.rows.len() && host.now_ms() - begin_ms < STEP_MS {
            self.some_rows(store)?;
        }
        if self.bounds.len() < self.rows.len() { Ok(None) } else { self.ready(store).map(Some) }
    }

    /// A few rows: looking columns up costs as much as one of them.
    fn some_rows(&mut self, store: &Store) -> Result<(), StageError> {
        const N_ROWS: usize = 16;
        let begin = self.bounds.len();
        let rows = &self.rows[begin..self.rows.len().min(begin + N_ROWS)];
        let bounds: Vec<f64> = match &self.posterior {
            Posterior::ColdStart(posterior) => {
                let customers = table(store, ObjectId::ColdstartCustomers)?;
                let bound = |&(_, row): &(Part, u32)| {
                    Ok(posterior.expected_spend_cents(&Onboarding::of(customers, row as usize)?))
                };
                rows.iter().map(bound).collect::<Result<_, StageError>>()?
            }
            Posterior::Continuous(posterior) => {
                let profile = table(store, ObjectId::Profile)?;
                let purchases = event_source(store, ObjectId::Transactions)?;
                let interactions = event_source(store, ObjectId::Interactions)?;
                let (signups, ages) = (profile.days(tables::SIGNUP_DATE)?, profile.codes("AGE_GROUP")?);
                let amounts = purchases.table().integers("AMOUNT")?;
                let types = interactions.table().codes("EVENT_TYPE")?;
                let bound = |&(_, row): &(Part, u32)| {
                    let (of_profile, as_of) =
                        (store.spine.profile_rows[row as usize], store.spine.observation_days[row as usize]);
                    let bought = purchases.rows_until(of_profile, as_of);
                    let seen = interactions.rows_until(of_profile, as_of);
                    let history = History {
                        signup: Day(signups[of_profile as usize]),
                        age_group: ages[of_profile as usize],
                        as_of: Day(as_of),
                        purchase_days: &purchases.days()[bought.clone()],
                        amounts_cents: &amounts[bought],
                        event_days: &interactions.days()[seen.clone()],
                        event_types: &types[seen],
                    };
                    posterior.expected_spend_cents(&history, HORIZON_DAYS)
                };
                rows.iter().map(bound).collect()
            }
        };
        self.bounds.extend(bounds.into_iter().map(|cents| cents / 100.0));
        Ok(())
    }

    fn ready(&self, store: &Store) -> Result<Event, StageError> {
        let (object, _, target) = training_table(self.scenario);
        let cents = table(store, object)?.integers(target)?;
        let mut splits = Vec::new();
        for part in Part::ALL {
            let of_part = self.rows.iter().zip(&self.bounds).filter(|((p, _), _)| *p == part);
            let (actual, bounds): (Vec<f64>, Vec<f64>) =
                of_part.map(|((_, row), bound)| (cents[*row as usize] as f64 / 100.0, *bound)).unzip();
            if actual.is_empty() {
                continue;
            }
            let found = metrics(&actual, &bounds)?;
            let report = FairBoundReport {
                rmse: found.rmse,
                r2: found.r2,
                r2_standard_error: r2_standard_error(&actual, &bounds),
                rows: actual.len() as u64,
            };
            splits.push((part.name().to_owned(), report));
        }
        let model = match self.scenario {
            Scenario::ColdStart => ObjectId::ColdstartModel,
            Scenario::Continuous => ObjectId::ContinuousModel,
        };
        Ok(Event::FairBoundReady { model, splits })
    }
}

fn table(store: &Store, object: ObjectId) -> Result<&Table, StageError> {
    store.tables.get(&object).ok_or(StageError::Missing(object.name()))
}

fn event_source(store: &Store, object: ObjectId) -> Result<EventSource<'_>, StageError> {
    let (events, index) = event_index(store, object)?;
    Ok(EventSource::new(events, table(store, object)?, index)?)
}
