//! What is attainable on generated data: the oracle on every row of a training set, and the fair bound on evenly chosen rows, in
//! steps, after a run and outside its time; customer by customer and as metrics of each part. Deliberately reads the latents,
//! which nothing else in a session does.

use super::host::Host;
use super::stages::StageError;
use super::store::Store;
use crate::engine::dataset::{HORIZON_DAYS, Part};
use crate::engine::evaluate::{metrics, r2_standard_error};
use crate::engine::feature::rows_of;
use crate::engine::schema::{Day, tables};
use crate::engine::synth::{ColdstartPosterior, ContinuousPosterior, CustomerLatents, History, Onboarding};
use crate::engine::table::{Table, TableError};
use crate::order;
use crate::protocol::{
    AttainableCustomer, Event, FairBound, FairBoundReport, ObjectId, OracleReport, Scenario, TargetKind,
};
use std::collections::{BTreeMap, VecDeque};

/// Rows of a split on which the fair bound is computed at most: the test rows tell most.
const MAX_TEST_ROWS: usize = 8_000;
const MAX_OTHER_ROWS: usize = 2_000;
const STEP_MS: f64 = 25.0;
/// Of those who stay, the shares below the upper two of three segments: .15, .35 and .30 of the documented weights.
const SEGMENT_SHARES: [f64; 2] = [0.65 / 0.8, 0.30 / 0.8];

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

/// The oracle of every row of the training table, dollars; `None` where there are no latents.
pub(super) fn oracle_of_rows(store: &Store, scenario: Scenario) -> Result<Option<Vec<f64>>, StageError> {
    let (object, date, _) = training_table(scenario);
    let (Some(latents), true) = (store.latents.get(&scenario), is_realised(store, scenario)) else { return Ok(None) };
    let table = store.table(object)?;
    let (ids, dates) = (table.ids(tables::CUSTOMER_ID)?, table.days(date)?);
    let expected = |row: usize| {
        // The cold-start year begins with the day of sign-up, the continuous one after the observation date.
        let from = Day(dates[row]).plus(i32::from(scenario == Scenario::Continuous));
        latents.expected_spend_cents(ids[row], from, from.plus(HORIZON_DAYS)).unwrap_or_default() / 100.0
    };
    Ok(Some((0..table.n_rows()).map(expected).collect()))
}

/// The fair bound of some rows of the training table, dollars; `None` unless it is known of all of them.
pub(super) fn bound_of_rows(store: &Store, scenario: Scenario, rows: &[u32]) -> Option<Vec<f64>> {
    let known: BTreeMap<u32, f64> = store.fair_bounds.get(&scenario)?.iter().copied().collect();
    rows.iter().map(|row| known.get(row).copied()).collect()
}

/// How the generator would label customers as of a day each, by the levels of SEGMENT: "churned" who has left, "at_risk" who leaves within a year, the
/// others by what they spend a year. `None` where there are no latents.
pub(super) fn hidden_segments(store: &Store, ids: &[i32], days: &[i32]) -> Option<Vec<u8>> {
    let latents = store.latents.get(&Scenario::Continuous)?;
    let value = |of: &CustomerLatents| of.rate_per_day * of.mean_spend_cents;
    let mut values: Vec<f64> = (1..).map_while(|id| latents.of(id)).map(value).collect();
    order::sort_numbers(&mut values);
    let ends = SEGMENT_SHARES.map(|share| values.get((values.len() as f64 * share) as usize).copied());
    let segment = |(&id, &day): (&i32, &i32)| {
        let of = latents.of(id)?;
        Some(match of.drop_out_day - f64::from(day) {
            left if left <= 0.0 => 4,
            left if left <= f64::from(HORIZON_DAYS) => 3,
            _ => ends.iter().filter(|end| end.is_some_and(|end| value(of) < end)).count() as u8,
        })
    };
    ids.iter().zip(days).map(segment).collect()
}

/// The oracle on each part; empty where there are no latents.
pub(super) fn oracle(store: &Store, scenario: Scenario) -> Result<Vec<(String, OracleReport)>, StageError> {
    let Some(expected) = oracle_of_rows(store, scenario)? else { return Ok(Vec::new()) };
    let (object, _, target) = training_table(scenario);
    let table = store.table(object)?;
    let cents = table.integers(target)?;
    let mut reports = Vec::new();
    for part in Part::ALL {
        let rows = rows_of_part(table, part)?;
        let actual: Vec<f64> = rows.iter().map(|&row| cents[row as usize] as f64 / 100.0).collect();
        let predicted: Vec<f64> = rows.iter().map(|&row| expected[row as usize]).collect();
        if !rows.is_empty() {
            let found = metrics(&actual, &predicted)?;
            reports.push((part.name().to_owned(), OracleReport { rmse: found.rmse, r2: found.r2 }));
        }
    }
    Ok(reports)
}

/// The fair bound of both scenarios, row by row.
pub(super) struct Bounding {
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

impl Bounding {
    /// What can be computed for a finished run; `None` when nothing can.
    pub fn of(store: &Store) -> Option<Self> {
        let tasks: VecDeque<Task> =
            [Scenario::ColdStart, Scenario::Continuous].into_iter().filter_map(|s| Task::of(store, s)).collect();
        let n_total = tasks.iter().map(|task| task.rows.len()).sum();
        (n_total > 0).then_some(Self { tasks, n_done: 0, n_total })
    }

    /// Works for some milliseconds; true when nothing is left.
    pub fn step(&mut self, store: &mut Store, host: &dyn Host) -> (Vec<Event>, bool) {
        let Some(task) = self.tasks.front_mut() else { return (Vec::new(), true) };
        let n_before = task.bounds.len();
        let outcome = task.step(store, host);
        self.n_done += task.bounds.len() - n_before;
        let mut events = vec![Event::FairBoundProgress { done: self.n_done as u64, total: self.n_total as u64 }];
        match outcome {
            Ok(None) => {}
            Ok(Some(ready)) => {
                if let Some(task) = self.tasks.pop_front() {
                    let rows = task.rows.iter().map(|&(_, row)| row);
                    store.fair_bounds.insert(task.scenario, rows.zip(task.bounds).collect());
                }
                events.push(ready);
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
                let customers = store.table(ObjectId::ColdstartCustomers)?;
                let bound = |&(_, row): &(Part, u32)| {
                    Ok(posterior.expected_spend_cents(&Onboarding::of(customers, row as usize)?))
                };
                rows.iter().map(bound).collect::<Result<_, StageError>>()?
            }
            Posterior::Continuous(posterior) => {
                let profile = store.table(ObjectId::Profile)?;
                let purchases = store.event_source(ObjectId::Transactions)?;
                let interactions = store.event_source(ObjectId::Interactions)?;
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
        let cents = store.table(object)?.integers(target)?;
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
        let customers = self.some_customers(store)?;
        Ok(Event::FairBoundReady(FairBound {
            model: model_of(self.scenario),
            splits,
            customers,
            document: store.models.contains_key(&model_of(self.scenario)).then(|| document_name(self.scenario)),
        }))
    }

    /// Test customers at even distances in the order of their bounds; none without a model.
    fn some_customers(&self, store: &Store) -> Result<Vec<AttainableCustomer>, StageError> {
        const N_CUSTOMERS: usize = 12;
        let Some(customers) = Customers::of(store, self.scenario)? else { return Ok(Vec::new()) };
        let of_part = self.rows.iter().zip(&self.bounds).filter(|((part, _), _)| *part == Part::Test);
        let mut test: Vec<(u32, f64)> = of_part.map(|(&(_, row), &bound)| (row, bound)).collect();
        order::sort_by(&mut test, |left, right| left.1.total_cmp(&right.1).then(left.0.cmp(&right.0)));
        let n = N_CUSTOMERS.min(test.len());
        // From the first to the last, both included.
        let shown = (0..n).map(|idx| test[idx * (test.len() - 1) / (n - 1).max(1)]);
        Ok(shown.map(|(row, fair_bound)| customers.row(row as usize, fair_bound)).collect())
    }
}

fn model_of(scenario: Scenario) -> ObjectId {
    match scenario {
        Scenario::ColdStart => ObjectId::ColdstartModel,
        Scenario::Continuous => ObjectId::ContinuousModel,
    }
}

/// The scenarios whose customers can be listed, each with its document's name.
pub(super) fn documents(store: &Store) -> impl Iterator<Item = (Scenario, String)> + '_ {
    let is_trained = |scenario: &&Scenario| store.models.contains_key(&model_of(**scenario));
    store.fair_bounds.keys().filter(is_trained).map(|&scenario| (scenario, document_name(scenario)))
}

/// The document with every customer of a scenario.
fn document_name(scenario: Scenario) -> String {
    format!("attainable/{}.csv", model_of(scenario).name())
}

/// Every row of a training table with what could be known of it.
struct Customers<'a> {
    table: &'a Table,
    ids: &'a [i32],
    dates: &'a [i32],
    actual_cents: &'a [i64],
    predicted: Vec<f32>,
    oracle: Vec<f64>,
}

impl<'a> Customers<'a> {
    /// `None` without latents or without a model.
    fn of(store: &'a Store, scenario: Scenario) -> Result<Option<Self>, StageError> {
        let Some(oracle) = oracle_of_rows(store, scenario)? else { return Ok(None) };
        let Some(trained) = store.models.get(&model_of(scenario)) else { return Ok(None) };
        let (object, date, target) = training_table(scenario);
        let table = store.table(object)?;
        let matrix = trained.preprocessing.transform(table, &rows_of(table))?;
        let predicted = trained.ensemble.predict(&matrix)?;
        let (ids, dates) = (table.ids(tables::CUSTOMER_ID)?, table.days(date)?);
        Ok(Some(Self { table, ids, dates, actual_cents: table.integers(target)?, predicted, oracle }))
    }

    /// Actual spend, prediction and oracle of a row, dollars.
    fn figures(&self, row: usize) -> [f64; 3] {
        [self.actual_cents[row] as f64 / 100.0, f64::from(self.predicted[row]), self.oracle[row]]
    }

    fn row(&self, row: usize, fair_bound: f64) -> AttainableCustomer {
        let [actual, predicted, oracle] = self.figures(row);
        AttainableCustomer { customer: self.ids[row].to_string(), actual, predicted, fair_bound, oracle }
    }
}

/// Every customer of a scenario as CSV: actual spend, prediction, oracle, and the fair bound where it was computed, in dollars.
pub(super) fn csv(store: &Store, scenario: Scenario) -> Option<String> {
    let customers = Customers::of(store, scenario).ok()??;
    let bounds: BTreeMap<u32, f64> = order::map(store.fair_bounds.get(&scenario)?.iter().copied());
    let (_, date, target) = training_table(scenario);
    let parts = customers.table.codes("SPLIT").ok()?;
    let mut text = format!("CUSTOMER_ID,{date},SPLIT,{target},PREDICTED_12M_LTV,ORACLE_12M_LTV,FAIR_BOUND_12M_LTV\n");
    for (row, &part) in parts.iter().enumerate() {
        let (customer, [actual, predicted, oracle]) = (customers.ids[row], customers.figures(row));
        let (day, part) = (Day(customers.dates[row]), Part::ALL[usize::from(part)].name());
        let bound = bounds.get(&(row as u32)).map_or_else(String::new, |bound| format!("{bound:.2}"));
        text.push_str(&format!("{customer},{day},{part},{actual:.2},{predicted:.2},{oracle:.2},{bound}\n"));
    }
    Some(text)
}
