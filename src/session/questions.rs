//! What the page asks about finished tables: profiles, the data at a glance, the truth checks, the health of features, versions
//! of views. Computed on demand, one question after the other, some milliseconds a step, and never while a run is timed.

use super::health::Health;
use super::host::Host;
use super::stages::StageError;
use super::store::Store;
use super::versions::Versions;
use super::{missing, summaries};
use crate::engine::dataset::SPLIT;
use crate::engine::profile::{self, IdIndex};
use crate::engine::schema::{ColumnType, tables};
use crate::engine::table::{Table, TableError};
use crate::engine::truth::{Examination, RawTables};
use crate::protocol::{Event, Glance, ObjectId, Problem, TableProfile, TruthReport};
use std::collections::VecDeque;

const RAW: [ObjectId; 5] = [
    ObjectId::ColdstartCustomers,
    ObjectId::ColdstartStaging,
    ObjectId::Profile,
    ObjectId::Transactions,
    ObjectId::Interactions,
];
/// Tables whose columns are held against each other, with their targets.
const ASSOCIATED: [(ObjectId, &str); 2] = [
    (ObjectId::ColdstartCustomers, tables::ACTUAL_12M_LTV),
    (ObjectId::ContinuousTrainingData, tables::FUTURE_12M_LTV),
];

/// Open questions, in the order in which they were asked.
#[derive(Default)]
pub(super) struct Questions {
    open: VecDeque<Question>,
}

enum Question {
    Profile(TableProfile),
    Glance { done: Glance, parts: VecDeque<GlancePart> },
    Checks { elapsed_ms: f64, exam: Option<Box<Examination>> },
    Health(Box<Health>),
    Versions(Box<Versions>),
}

enum GlancePart {
    Retention,
    Concentration,
    Associations { table: ObjectId, target: &'static str, work: Option<profile::Associations> },
}

impl Questions {
    pub fn are_open(&self) -> bool {
        !self.open.is_empty()
    }

    pub fn ask_profile(&mut self, table: ObjectId, store: &Store) -> Vec<Event> {
        let Some(held) = store.tables.get(&table) else { return vec![Event::Refused(missing(table))] };
        let rows = held.n_rows() as u64;
        let asked = |question: &Question| matches!(question, Question::Profile(profile) if profile.table == table);
        if !self.open.iter().any(asked) {
            let empty = TableProfile { table, rows, columns: Vec::new(), elapsed_ms: 0.0 };
            self.open.push_back(Question::Profile(empty));
        }
        Vec::new()
    }

    pub fn ask_glance(&mut self, store: &Store) -> Vec<Event> {
        if let Some(refusal) = without_tables(store, "The data cannot be shown at a glance.") {
            return vec![refusal];
        }
        if !self.open.iter().any(|question| matches!(question, Question::Glance { .. })) {
            let mut parts = VecDeque::from([GlancePart::Retention, GlancePart::Concentration]);
            for (table, target) in ASSOCIATED.into_iter().filter(|(table, _)| store.tables.contains_key(table)) {
                parts.push_back(GlancePart::Associations { table, target, work: None });
            }
            self.open.push_back(Question::Glance { done: Glance::default(), parts });
        }
        Vec::new()
    }

    pub fn ask_checks(&mut self, store: &Store) -> Vec<Event> {
        if let Some(refusal) = without_tables(store, "The data cannot be checked.") {
            return vec![refusal];
        }
        if !self.open.iter().any(|question| matches!(question, Question::Checks { .. })) {
            self.open.push_back(Question::Checks { elapsed_ms: 0.0, exam: None });
        }
        Vec::new()
    }

    pub fn ask_health(&mut self, store: &Store) -> Vec<Event> {
        let Some(health) = Health::new(store) else {
            return vec![Event::Refused(Problem::new(
                "The features cannot be examined.",
                "No feature view has been computed in this session, or they were cleared.",
                "Run the pipeline as far as features or further, then try again.",
            ))];
        };
        if !self.open.iter().any(|question| matches!(question, Question::Health(_))) {
            self.open.push_back(Question::Health(Box::new(health)));
        }
        Vec::new()
    }

    pub fn ask_versions(&mut self, store: &Store) -> Vec<Event> {
        match Versions::new(store) {
            Ok(versions) if !self.open.iter().any(|question| matches!(question, Question::Versions(_))) => {
                self.open.push_back(Question::Versions(Box::new(versions)));
                Vec::new()
            }
            Ok(_) => Vec::new(),
            Err(error) => vec![unanswered(&error)],
        }
    }

    /// Works on the first question.
    pub fn step(&mut self, store: &Store, host: &dyn Host) -> Vec<Event> {
        let Some(question) = self.open.front_mut() else { return Vec::new() };
        let begin_ms = host.now_ms();
        let answer = match question {
            Question::Profile(profile) => profile_step(profile, store).map_err(StageError::from),
            Question::Glance { done, parts } => glance_step(done, parts, store).map_err(StageError::from),
            Question::Checks { exam, .. } => checks_step(exam, store).map_err(StageError::from),
            Question::Health(health) => health.step(store).map(Answer::when).map_err(StageError::from),
            Question::Versions(versions) => versions.step(store).map(Answer::when),
        };
        let spent_ms = host.now_ms() - begin_ms;
        match question {
            Question::Profile(TableProfile { elapsed_ms, .. })
            | Question::Glance { done: Glance { elapsed_ms, .. }, .. }
            | Question::Checks { elapsed_ms, .. } => *elapsed_ms += spent_ms,
            Question::Health(health) => health.add_time(spent_ms),
            Question::Versions(versions) => versions.add_time(spent_ms),
        }
        match answer {
            Ok(Answer::Working) => Vec::new(),
            Ok(Answer::Done(checks)) => match self.open.pop_front() {
                Some(Question::Profile(profile)) => vec![Event::Profile(profile)],
                Some(Question::Glance { done, .. }) => vec![Event::Glance(Box::new(done))],
                Some(Question::Checks { elapsed_ms, .. }) => {
                    vec![Event::Checks(TruthReport { elapsed_ms, ..checks })]
                }
                Some(Question::Health(health)) => vec![Event::FeatureHealth(Box::new(health.finish()))],
                Some(Question::Versions(versions)) => vec![Event::Versions(Box::new(versions.finish()))],
                None => Vec::new(),
            },
            Err(error) => {
                self.open.pop_front();
                vec![unanswered(&error)]
            }
        }
    }
}

fn unanswered(error: &StageError) -> Event {
    Event::Refused(Problem::new(
        "A question about the tables cannot be answered.",
        &format!("{error}."),
        "Run the pipeline again, then try again.",
    ))
}

/// How far an answer is; the checks come with it, since nothing else holds them.
enum Answer {
    Working,
    Done(TruthReport),
}

impl Answer {
    fn when(done: bool) -> Self {
        if done { Self::Done(TruthReport::default()) } else { Self::Working }
    }
}

fn without_tables(store: &Store, what: &str) -> Option<Event> {
    let none = !RAW.iter().any(|table| store.tables.contains_key(table));
    none.then(|| {
        let why = "No raw table has been made in this session, or they were cleared.";
        Event::Refused(Problem::new(what, why, "Run the pipeline, then try again."))
    })
}

/// The next column.
fn profile_step(done: &mut TableProfile, store: &Store) -> Result<Answer, TableError> {
    let Some(table) = store.tables.get(&done.table) else { return Ok(Answer::when(true)) };
    if let Some(column) = table.schema().columns.get(done.columns.len()) {
        done.columns.push(summaries::column_profile(column, profile::column(table, &column.name)?));
    }
    Ok(Answer::when(done.columns.len() >= table.schema().columns.len()))
}

fn glance_step(done: &mut Glance, parts: &mut VecDeque<GlancePart>, store: &Store) -> Result<Answer, TableError> {
    let held = |table: ObjectId| store.tables.get(&table);
    let continuous = held(ObjectId::Profile).zip(held(ObjectId::Transactions));
    let finished = match parts.front_mut() {
        Some(GlancePart::Retention) => {
            if let (Some((customers, transactions)), Some(now)) = (continuous, store.now) {
                let ids = IdIndex::new(customers.ids(tables::CUSTOMER_ID)?);
                done.retention = summaries::retention(profile::retention(customers, &ids, transactions, now)?, now);
            }
            true
        }
        Some(GlancePart::Concentration) => {
            if let Some((customers, transactions)) = continuous {
                let ids = IdIndex::new(customers.ids(tables::CUSTOMER_ID)?);
                let spend = profile::spend_of_customers(&ids, customers.n_rows(), transactions)?;
                let found = profile::concentration(&spend);
                let words = "spend of established customers since sign-up";
                done.concentration.push(summaries::concentration(ObjectId::Transactions, words, found));
            }
            if let Some(customers) = held(ObjectId::ColdstartCustomers) {
                let found = profile::concentration(customers.integers(tables::ACTUAL_12M_LTV)?);
                let words = "spend of new customers in 12 months";
                done.concentration.push(summaries::concentration(ObjectId::ColdstartCustomers, words, found));
            }
            true
        }
        Some(GlancePart::Associations { table, target, work }) => match (held(*table), &mut *work) {
            (Some(rows), None) => {
                *work = Some(profile::Associations::new(rows.clone(), associated_columns(rows)));
                false
            }
            (Some(_), Some(associations)) => match associations.step()? {
                Some(matrix) => {
                    done.associations.push(summaries::associations(*table, &matrix, target));
                    true
                }
                None => false,
            },
            (None, _) => true,
        },
        None => true,
    };
    if finished {
        parts.pop_front();
    }
    Ok(Answer::when(parts.is_empty()))
}

/// Categories and numbers; ids and days go together with nothing in a way that a rank would show.
fn associated_columns(table: &Table) -> Vec<String> {
    let is_measured = |kind: &ColumnType| {
        matches!(kind, ColumnType::Category(_) | ColumnType::Integer | ColumnType::Cents | ColumnType::Float)
    };
    let columns = table.schema().columns.iter().filter(|column| is_measured(&column.kind) && column.name != SPLIT);
    columns.map(|column| column.name.clone()).collect()
}

fn checks_step(exam: &mut Option<Box<Examination>>, store: &Store) -> Result<Answer, TableError> {
    if let Some(exam) = exam {
        let Some(checks) = exam.step()? else { return Ok(Answer::Working) };
        let checks = checks.into_iter().map(summaries::check).collect();
        return Ok(Answer::Done(TruthReport { checks, generated: store.synth.is_some(), elapsed_ms: 0.0 }));
    }
    let [coldstart, staging, profile, transactions, interactions] = RAW.map(|table| store.tables.get(&table).cloned());
    let raw = RawTables { coldstart, staging, profile, transactions, interactions };
    match store.now {
        Some(now) => *exam = Some(Box::new(Examination::new(raw, now, store.synth.clone())?)),
        None => return Ok(Answer::when(true)),
    }
    Ok(Answer::Working)
}
