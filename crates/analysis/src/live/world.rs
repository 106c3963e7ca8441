//! The clock, the staging tables, and the plans as they are carried out. One step is one refresh, so that whoever asks for a long way can be
//! interrupted between any two of them.

use super::coldstart::{Coldstart, ColdstartStart};
use super::continuous::{
    Continuous, ContinuousStart, FEATURES, N_TABLES, N_VIEWS, PREDICTIONS, first_minute, is_first_of_month,
};
use super::events::{Arriving, Events};
use super::queue::Queue;
use super::{Done, LiveError, MINUTES_PER_DAY, Moment, Served, Work, day_of, midnight_of};
use crate::refresh::{
    Action, Construct, Declared, DynamicTable, Graph, Lag, Minute, Mode, Outcome, Running, Scheduler, Why, constructs,
};
use clv_engine::feature::CheckedView;
use clv_engine::feature::sql::{Mode as Serving, Names, query};
use clv_engine::schema::{ColumnType, Day, tables};
use clv_engine::synth::Arrivals;
use clv_engine::table::{ColumnData, Table, Values};
use std::collections::{BTreeMap, BTreeSet};

/// The batch of everything that the simulation brings by itself.
pub const STREAM: u16 = 0;
/// The batch of what customers did before they entered the profile.
const HISTORIES: u16 = 1;
/// History is kept for so long, as INFORMATION_SCHEMA keeps it.
const HISTORY_DAYS: Minute = 7;
/// A batch is a number of 16 bits.
const MOST_BATCHES: usize = 60_000;

pub const TRANSACTIONS_STAGING: &str = "CONTINUOUS_TRANSACTIONS_STAGING";
pub const INTERACTIONS_STAGING: &str = "CONTINUOUS_INTERACTIONS_STAGING";
pub const COLDSTART_STAGING: &str = "COLDSTART_CUSTOMERS_STAGING";
pub const CUSTOMER_FEATURES: &str = "CONTINUOUS_CUSTOMER_FEATURES";
pub const CONTINUOUS_PREDICTIONS: &str = "CONTINUOUS_CLV_PREDICTIONS";
pub const COLDSTART_PREDICTIONS: &str = "COLDSTART_CLV_PREDICTIONS";
const OBSERVATION: &str = "OBSERVATION";

/// Rows that came together.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Where they came from, in words.
    pub label: String,
    /// The staging table.
    pub table: &'static str,
    pub loaded_at: Minute,
    /// Rows that came, duplicates included.
    pub n_rows: u64,
    pub n_duplicates: u64,
    /// Rows whose day was over when they were loaded, and by how many days the latest one was.
    pub n_late: u64,
    pub most_days_late: i32,
    /// Rows with a level that the run's data do not have.
    pub n_unknown: u64,
    pub deleted_at: Option<Minute>,
}

/// A purchase to be loaded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NewPurchase {
    /// `None` = the next one.
    pub id: Option<i32>,
    pub customer_id: i32,
    pub day: i32,
    pub amount_cents: i64,
    /// Position among the levels of PRODUCT_CATEGORY.
    pub category: u8,
    pub quantity: i64,
}

/// An interaction to be loaded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NewInteraction {
    pub id: Option<i32>,
    pub customer_id: i32,
    pub day: i32,
    /// Position among the levels of EVENT_TYPE.
    pub event_type: u8,
}

/// How far the clock has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Going {
    Arrived,
    /// There is more to do before.
    Working,
    /// Arrivals have to be supplied first.
    Starved,
}

/// How often tables are refreshed on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Whenever they are due.
    Due,
    /// On the first of each month and at the end; what was due in between is left out. The tables end up the same, because what they hold depends on
    /// their sources only.
    Monthly,
}

/// Which side computes a table, and which of its tables it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Continuous(usize),
    Coldstart,
}

/// Everything that lives while the clock runs.
pub struct World {
    now: Minute,
    began_at: Minute,
    pub(super) continuous: Option<Continuous>,
    pub(super) coldstart: Option<Coldstart>,
    scheduler: Scheduler,
    slots: Vec<Slot>,
    queue: Queue,
    pub(super) batches: Vec<Batch>,
    running: Option<Running>,
    /// Why refreshes of a table fail.
    faults: BTreeMap<usize, String>,
    /// Levels of PRODUCT_CATEGORY that the run's data have.
    pub(super) n_known_categories: usize,
}

/// The level that no data of a run have.
pub const UNKNOWN_CATEGORY: &str = "gift_cards";

impl World {
    /// The world as a run left it: the last minute of its last day, tables never refreshed.
    pub fn new(
        now: Day,
        continuous: Option<ContinuousStart>,
        coldstart: Option<ColdstartStart>,
        queue: Queue,
    ) -> Result<Self, LiveError> {
        let now = first_minute(now.0) + MINUTES_PER_DAY - 1;
        let mut definitions = Vec::new();
        let mut n_known_categories = 0;
        let continuous = match continuous {
            None => None,
            Some(mut start) => {
                definitions.extend(continuous_tables(&start.views));
                if let Some(ColumnType::Category(levels)) =
                    start.transactions.schema().column(CATEGORY).map(|column| &column.kind)
                {
                    n_known_categories = levels.len();
                }
                start.transactions = start.transactions.with_level(CATEGORY, UNKNOWN_CATEGORY)?;
                Some(Continuous::new(start, now)?)
            }
        };
        let coldstart = match coldstart {
            None => None,
            Some(start) => {
                definitions.push(coldstart_table());
                Some(Coldstart::new(start, now)?)
            }
        };
        let sources = [
            tables::CONTINUOUS_CUSTOMERS_PROFILE,
            tables::CONTINUOUS_TRANSACTIONS,
            tables::CONTINUOUS_INTERACTIONS,
            TRANSACTIONS_STAGING,
            INTERACTIONS_STAGING,
            COLDSTART_STAGING,
            OBSERVATION,
        ];
        let graph = Graph::new(definitions, &sources)?;
        let slot = |table: &DynamicTable| match table.name.as_str() {
            COLDSTART_PREDICTIONS => Slot::Coldstart,
            CONTINUOUS_PREDICTIONS => Slot::Continuous(PREDICTIONS),
            CUSTOMER_FEATURES => Slot::Continuous(FEATURES),
            name => Slot::Continuous(
                continuous.iter().flat_map(|side| &side.views).position(|(view, _)| view.name() == name).unwrap_or(0),
            ),
        };
        let slots = graph.tables().iter().map(slot).collect();
        let batch = |label: &str| Batch {
            label: label.to_owned(),
            table: "",
            loaded_at: now,
            n_rows: 0,
            n_duplicates: 0,
            n_late: 0,
            most_days_late: 0,
            n_unknown: 0,
            deleted_at: None,
        };
        Ok(Self {
            now,
            began_at: now,
            continuous,
            coldstart,
            scheduler: Scheduler::new(graph),
            slots,
            queue,
            batches: vec![batch("simulated arrivals"), batch("histories of customers who entered the profile")],
            running: None,
            faults: BTreeMap::new(),
            n_known_categories,
        })
    }

    /// Simulated now.
    pub fn now(&self) -> Minute {
        self.now
    }

    pub fn began_at(&self) -> Minute {
        self.began_at
    }

    pub fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    pub fn batches(&self) -> &[Batch] {
        &self.batches
    }

    /// The first day whose arrivals have not been supplied; `None` where nothing arrives by itself.
    pub fn supplied_until(&self) -> Option<Day> {
        self.queue.until()
    }

    /// Takes what arrives on the days up to `until`.
    pub fn supply(&mut self, arrivals: Arrivals, until: Day) {
        self.queue.supply(arrivals, until);
    }

    pub(super) fn slot(&self, table: usize) -> Slot {
        self.slots[table]
    }

    /// Batches that are deleted by a moment.
    pub(super) fn deleted_by(&self, moment: Minute) -> Vec<bool> {
        self.batches.iter().map(|batch| batch.deleted_at.is_some_and(|at| at <= moment)).collect()
    }

    /// Bytes of everything that the world holds beside the run's own tables.
    pub fn bytes(&self) -> usize {
        self.continuous.as_ref().map_or(0, Continuous::bytes)
            + self.coldstart.as_ref().map_or(0, Coldstart::bytes)
            + self.queue.bytes()
    }

    /// Moves the clock on until `until`, or for about `budget_ms`.
    pub fn advance(
        &mut self,
        until: Minute,
        pace: Pace,
        (now_ms, budget_ms): (&dyn Fn() -> f64, f64),
    ) -> Result<Going, LiveError> {
        let begin_ms = now_ms();
        loop {
            if self.running.is_some() {
                self.carry_out(now_ms);
            } else {
                let is_beat = match pace {
                    Pace::Due => true,
                    Pace::Monthly => self.now >= until || is_first_of_month(self.now),
                };
                let plan = if is_beat { self.scheduler.plan(self.now) } else { Default::default() };
                if !plan.steps.is_empty() {
                    self.running = Some(self.scheduler.begin(plan));
                } else if self.now >= until {
                    return Ok(Going::Arrived);
                } else if !self.move_on(until, pace)? {
                    return Ok(Going::Starved);
                }
            }
            if now_ms() - begin_ms >= budget_ms {
                return Ok(Going::Working);
            }
        }
    }

    /// The next moment after now at which a table is due; `None` where none ever is.
    pub fn next_due(&self) -> Option<Minute> {
        self.scheduler.next_due(self.now + 1)
    }

    /// To the next moment at which something happens; false where it has not been supplied.
    fn move_on(&mut self, until: Minute, pace: Pace) -> Result<bool, LiveError> {
        let midnight = midnight_of(self.now) + MINUTES_PER_DAY;
        let due = match pace {
            Pace::Due => self.next_due(),
            Pace::Monthly => None,
        };
        let to = until.min(midnight).min(due.unwrap_or(until));
        if self.queue.until().is_some_and(|supplied| to >= first_minute(supplied.0)) {
            return Ok(false);
        }
        if to == midnight {
            self.arrive(midnight - 1)?;
            self.now = midnight;
            self.daily_task()?;
        }
        self.arrive(to)?;
        self.now = to;
        Ok(true)
    }

    /// What somebody does takes a minute, so that it never shares its moment with a refresh that did not see it.
    fn pass_minute(&mut self) -> Result<(), LiveError> {
        if self.move_on(self.now + 1, Pace::Due)? {
            return Ok(());
        }
        Err(LiveError::Refused("the next days are still being simulated; try again in a moment".to_owned()))
    }

    /// Loads what arrives by a moment.
    fn arrive(&mut self, by: Minute) -> Result<(), LiveError> {
        let stream = &mut self.batches[usize::from(STREAM)];
        if let Some(side) = &mut self.continuous {
            let mut rows: Vec<NewPurchase> = Vec::new();
            let mut minutes = Vec::new();
            self.queue.purchases(by, |row| {
                rows.push(NewPurchase {
                    id: None,
                    customer_id: row.customer_id,
                    day: row.day,
                    amount_cents: row.amount_cents,
                    category: row.category,
                    quantity: i64::from(row.quantity),
                });
                minutes.push(row.minute);
            });
            for (row, &minute) in rows.iter().zip(&minutes) {
                if let Some(customer) = side.row_of(row.customer_id) {
                    stream.n_rows += 1;
                    note_lateness(stream, row.day, minute);
                    load_purchase(&mut side.transactions, row, customer, minute, STREAM);
                }
            }
            let mut loaded: Vec<(NewInteraction, Minute)> = Vec::new();
            self.queue.interactions(by, |row| {
                let new =
                    NewInteraction { id: None, customer_id: row.customer_id, day: row.day, event_type: row.event_type };
                loaded.push((new, Minute::from(row.minute)));
            });
            for (row, minute) in &loaded {
                if let Some(customer) = side.row_of(row.customer_id) {
                    stream.n_rows += 1;
                    note_lateness(stream, row.day, *minute);
                    load_interaction(&mut side.interactions, row, customer, *minute, STREAM);
                }
            }
        }
        if let Some(side) = &mut self.coldstart {
            for (table, minutes) in self.queue.newcomers(by)? {
                stream.n_rows += minutes.len() as u64;
                side.load(&table, &minutes, STREAM)?;
            }
        }
        Ok(())
    }

    /// At 00:00: the observation date moves on, staging rows become raw ones, customers of 90 days enter the profile.
    fn daily_task(&mut self) -> Result<(), LiveError> {
        let (midnight, day) = (self.now, day_of(self.now));
        let mut by_hand = Vec::new();
        if let Some(side) = &mut self.coldstart {
            let leaving = side.graduate(day, midnight);
            by_hand.extend(leaving.into_iter().filter(|&row| side.row(row).batch != STREAM));
            side.new_day();
        }
        let graduates = self.queue.graduates(Day(day))?;
        if let Some(side) = &mut self.continuous {
            for table in graduates {
                side.enter(&table, midnight)?;
            }
            let histories = &mut self.batches[usize::from(HISTORIES)];
            let (mut purchases, mut interactions) = (Vec::new(), Vec::new());
            self.queue.histories(
                midnight,
                |row| {
                    purchases.push(NewPurchase {
                        id: None,
                        customer_id: row.customer_id,
                        day: row.day,
                        amount_cents: row.amount_cents,
                        category: row.category,
                        quantity: i64::from(row.quantity),
                    });
                },
                |row| {
                    let (customer_id, day, event_type) = (row.customer_id, row.day, row.event_type);
                    interactions.push(NewInteraction { id: None, customer_id, day, event_type });
                },
            );
            histories.n_rows += (purchases.len() + interactions.len()) as u64;
            for row in &purchases {
                if let Some(customer) = side.row_of(row.customer_id) {
                    load_purchase(&mut side.transactions, row, customer, midnight - 1, HISTORIES);
                }
            }
            for row in &interactions {
                if let Some(customer) = side.row_of(row.customer_id) {
                    load_interaction(&mut side.interactions, row, customer, midnight - 1, HISTORIES);
                }
            }
            if let (false, Some(coldstart)) = (by_hand.is_empty(), &self.coldstart) {
                enter_by_hand(side, coldstart, &by_hand, midnight)?;
            }
        }
        if self.running.is_none() {
            self.scheduler.forget_before(midnight - HISTORY_DAYS * MINUTES_PER_DAY);
        }
        Ok(())
    }

    /// Carries out what is left of a plan, so that nothing is half done.
    pub fn settle(&mut self, now_ms: &dyn Fn() -> f64) {
        while self.running.is_some() {
            self.carry_out(now_ms);
        }
    }

    /// Carries out the next refresh of the plan.
    fn carry_out(&mut self, now_ms: &dyn Fn() -> f64) {
        let Some(mut running) = self.running.take() else { return };
        let Some(step) = running.step().cloned() else { return };
        let refresh = self.scheduler.refresh_of(&running).unwrap_or_default();
        let begin_ms = now_ms();
        let deleted = self.deleted_by(running.data_time());
        let moment = Moment { at: running.data_time(), deleted: &deleted };
        let outcome = match self.faults.get(&step.table) {
            Some(error) => Err(LiveError::Refused(error.clone())),
            None => {
                let is_anew = matches!(step.why, Why::Initial | Why::Reinitialize(_));
                self.refresh(step.table, (step.mode, is_anew), (moment, refresh))
            }
        };
        let elapsed_ms = now_ms() - begin_ms;
        let outcome = match outcome {
            Ok((action, Done { touched, change, version: _ })) => Outcome::Done { action, touched, change, elapsed_ms },
            Err(error) => Outcome::Failed { error: error.to_string(), elapsed_ms },
        };
        self.scheduler.finish(&mut running, outcome);
        self.running = running.step().is_some().then_some(running);
    }

    fn refresh(
        &mut self,
        table: usize,
        (mode, is_anew): (Mode, bool),
        (moment, refresh): (Moment, u64),
    ) -> Result<(Action, Done), LiveError> {
        let mut work = Work { moment, refresh, is_all: false };
        let side = self.slots[table];
        let has_news = is_anew
            || match side {
                Slot::Continuous(nth) => self.continuous.as_mut().ok_or(LiveError::NoModel)?.has_news(nth, &work)?,
                Slot::Coldstart => self.coldstart.as_ref().is_some_and(Coldstart::has_news),
            };
        let action = match (is_anew, has_news, mode) {
            (true, _, _) => Action::Reinitialize,
            (false, false, _) => Action::NoData,
            (false, true, Mode::Incremental) => Action::Incremental,
            (false, true, Mode::Full) => Action::Full,
        };
        work.is_all = matches!(action, Action::Reinitialize | Action::Full);
        let done = match (action, side) {
            (Action::NoData, _) => Done { touched: 0, change: Default::default(), version: 0 },
            (_, Slot::Continuous(nth)) => self.continuous.as_mut().ok_or(LiveError::NoModel)?.refresh(nth, &work)?,
            (_, Slot::Coldstart) => self.coldstart.as_mut().ok_or(LiveError::NoModel)?.refresh(&work)?,
        };
        Ok((action, done))
    }

    /// Loads purchases that somebody gives; on an error none of them.
    pub fn load_purchases(&mut self, label: &str, rows: &[NewPurchase]) -> Result<u16, LiveError> {
        let customers = rows.iter().map(|row| self.customer_of(row.customer_id)).collect::<Result<Vec<u32>, _>>()?;
        self.pass_minute()?;
        let batch = self.begin_batch(label, TRANSACTIONS_STAGING, rows.len())?;
        let Some(side) = &mut self.continuous else { return Ok(batch) };
        let noted = &mut self.batches[usize::from(batch)];
        for (row, customer) in rows.iter().zip(customers) {
            let is_new = load_purchase(&mut side.transactions, row, customer, self.now, batch);
            noted.n_duplicates += u64::from(!is_new);
            noted.n_unknown += u64::from(usize::from(row.category) >= self.n_known_categories);
            if is_new {
                note_lateness(noted, row.day, self.now);
            }
        }
        Ok(batch)
    }

    /// The same for interactions.
    pub fn load_interactions(&mut self, label: &str, rows: &[NewInteraction]) -> Result<u16, LiveError> {
        let customers = rows.iter().map(|row| self.customer_of(row.customer_id)).collect::<Result<Vec<u32>, _>>()?;
        self.pass_minute()?;
        let batch = self.begin_batch(label, INTERACTIONS_STAGING, rows.len())?;
        let Some(side) = &mut self.continuous else { return Ok(batch) };
        let noted = &mut self.batches[usize::from(batch)];
        for (row, customer) in rows.iter().zip(customers) {
            let is_new = load_interaction(&mut side.interactions, row, customer, self.now, batch);
            noted.n_duplicates += u64::from(!is_new);
            if is_new {
                note_lateness(noted, row.day, self.now);
            }
        }
        Ok(batch)
    }

    /// The same for rows of COLDSTART_CUSTOMERS_STAGING.
    pub fn load_customers(&mut self, label: &str, rows: &Table) -> Result<u16, LiveError> {
        let ids = rows.ids(tables::CUSTOMER_ID)?;
        if let Some(side) = &self.continuous
            && let Some(&known) = ids.iter().find(|&&id| side.row_of(id).is_some())
        {
            return Err(LiveError::KnownCustomer(known));
        }
        self.pass_minute()?;
        let batch = self.begin_batch(label, COLDSTART_STAGING, rows.n_rows())?;
        let Some(side) = &mut self.coldstart else { return Err(LiveError::NoModel) };
        let loaded_at = vec![self.now; rows.n_rows()];
        self.batches[usize::from(batch)].n_duplicates = side.load(rows, &loaded_at, batch)? as u64;
        Ok(batch)
    }

    fn begin_batch(&mut self, label: &str, table: &'static str, n_rows: usize) -> Result<u16, LiveError> {
        if self.batches.len() >= MOST_BATCHES {
            return Err(LiveError::Refused("there are too many batches; begin the simulation anew".to_owned()));
        }
        let kept = self.batches[usize::from(STREAM)].clone();
        self.batches.push(Batch {
            label: label.to_owned(),
            table,
            loaded_at: self.now,
            n_rows: n_rows as u64,
            n_duplicates: 0,
            n_late: 0,
            most_days_late: 0,
            n_unknown: 0,
            ..kept
        });
        Ok(self.batches.len() as u16 - 1)
    }

    fn customer_of(&self, customer_id: i32) -> Result<u32, LiveError> {
        let known = self.continuous.as_ref().and_then(|side| side.row_of(customer_id));
        let is_waiting = || self.coldstart.as_ref().is_some_and(|side| side.row_of(customer_id).is_some());
        known.ok_or_else(|| {
            if is_waiting() { LiveError::StillWaiting(customer_id) } else { LiveError::UnknownCustomer(customer_id) }
        })
    }

    /// Deletes the rows of a batch that somebody gave: what read them is computed anew.
    pub fn delete_batch(&mut self, batch: u16) -> Result<(), LiveError> {
        let is_there = |found: &&Batch| batch > HISTORIES && found.deleted_at.is_none();
        if self.batches.get(usize::from(batch)).filter(is_there).is_none() {
            return Err(LiveError::Refused("this batch cannot be deleted, or was".to_owned()));
        }
        self.pass_minute()?;
        let at = self.now;
        let found = &mut self.batches[usize::from(batch)];
        found.deleted_at = Some(at);
        let reason = format!("Rows of batch {batch} were deleted.");
        if found.table == COLDSTART_STAGING {
            if let Some(side) = &mut self.coldstart {
                side.delete(batch, at);
            }
            return Ok(());
        }
        if let Some(side) = &mut self.continuous {
            side.transactions.free_ids(batch);
            side.interactions.free_ids(batch);
            side.forget();
        }
        for table in 0..self.slots.len() {
            if matches!(self.slots[table], Slot::Continuous(nth) if nth <= FEATURES) {
                self.scheduler.reinitialize(table, &reason);
            }
        }
        Ok(())
    }

    /// Another version serves from now on: the predictions are computed anew, once.
    pub fn serve(&mut self, is_coldstart: bool, served: Served) {
        let reason = format!("Version {} serves.", served.version);
        let wanted = if is_coldstart { Slot::Coldstart } else { Slot::Continuous(PREDICTIONS) };
        match (&mut self.continuous, &mut self.coldstart) {
            (_, Some(side)) if is_coldstart => side.serve(served),
            (Some(side), _) if !is_coldstart => side.serve(served),
            _ => return,
        }
        if let Some(table) = self.slots.iter().position(|&slot| slot == wanted) {
            self.scheduler.reinitialize(table, &reason);
        }
    }

    /// The version that serves.
    pub fn served(&self, is_coldstart: bool) -> Option<&Served> {
        if is_coldstart { self.coldstart.as_ref()?.served.last() } else { self.continuous.as_ref()?.served.last() }
    }

    pub fn suspend(&mut self, table: usize) {
        self.scheduler.suspend(table);
    }

    pub fn resume(&mut self, table: usize) {
        self.scheduler.resume(table);
    }

    pub fn declare(&mut self, table: usize, declared: Declared) -> Result<(), LiveError> {
        Ok(self.scheduler.declare(table, declared)?)
    }

    /// Refreshes a table now, with everything upstream of it; false where it is held.
    pub fn refresh_now(&mut self, table: usize, now_ms: &dyn Fn() -> f64) -> bool {
        self.settle(now_ms);
        let plan = self.scheduler.plan_of_one(table, self.now);
        if plan.steps.is_empty() {
            return false;
        }
        self.running = Some(self.scheduler.begin(plan));
        self.settle(now_ms);
        true
    }

    /// Lets every refresh of a table fail from now on, or no longer.
    pub fn set_fault(&mut self, table: usize, error: Option<&str>) {
        match error {
            Some(error) => self.faults.insert(table, error.to_owned()),
            None => self.faults.remove(&table),
        };
    }

    pub fn fault(&self, table: usize) -> Option<&str> {
        self.faults.get(&table).map(String::as_str)
    }
}

const CATEGORY: &str = "PRODUCT_CATEGORY";

fn note_lateness(batch: &mut Batch, day: i32, loaded_at: Minute) {
    let days_late = day_of(loaded_at) - day;
    if days_late > 0 {
        batch.n_late += 1;
        batch.most_days_late = batch.most_days_late.max(days_late);
    }
}

fn load_purchase(events: &mut Events, row: &NewPurchase, customer: u32, at: Minute, batch: u16) -> bool {
    let cells = [i64::from(row.day), row.amount_cents, i64::from(row.category), row.quantity];
    events.load(&Arriving { id: row.id, customer, cells: &cells }, at, batch)
}

fn load_interaction(events: &mut Events, row: &NewInteraction, customer: u32, at: Minute, batch: u16) -> bool {
    let cells = [i64::from(row.day), i64::from(row.event_type)];
    events.load(&Arriving { id: row.id, customer, cells: &cells }, at, batch)
}

/// Customers whom somebody gave have no simulated life: they enter with the first purchase that their row tells of.
fn enter_by_hand(
    side: &mut Continuous,
    coldstart: &Coldstart,
    rows: &[u32],
    midnight: Minute,
) -> Result<(), LiveError> {
    let staged = coldstart.staging(rows)?;
    let ids = staged.ids(tables::CUSTOMER_ID)?;
    let known: BTreeSet<i32> = ids.iter().copied().filter(|&id| side.row_of(id).is_some()).collect();
    let all: Vec<u32> = (0..rows.len() as u32).filter(|&row| !known.contains(&ids[row as usize])).collect();
    let of = |column: &str| staged.gather(column, &all);
    let n = all.len();
    // Nobody has labelled them: the CRM's middle one.
    let (segment, history) = (Values::Codes(vec![1; n]), Values::Integers(vec![i64::from(super::GRADUATION_DAYS); n]));
    let columns: Vec<ColumnData> = vec![
        of(tables::CUSTOMER_ID)?,
        of(tables::SIGNUP_DATE)?,
        of("AGE_GROUP")?,
        of("REGION")?,
        segment.into(),
        history.into(),
    ];
    side.enter(&Table::new(tables::continuous_customers_profile(), columns)?, midnight)?;
    let days = staged.days("FIRST_PURCHASE_DATE")?;
    let (amounts, categories) = (staged.integers("FIRST_PURCHASE_AMOUNT")?, staged.codes("FIRST_PURCHASE_CATEGORY")?);
    let bought = staged.present("FIRST_PURCHASE_DATE")?;
    for row in all {
        let at = row as usize;
        let Some(customer) = side.row_of(ids[at]) else { continue };
        if bought.is_none_or(|present| present.is_valid(at)) {
            let row = NewPurchase {
                id: None,
                customer_id: ids[at],
                day: days[at],
                amount_cents: amounts[at],
                category: categories[at],
                quantity: 1,
            };
            load_purchase(&mut side.transactions, &row, customer, midnight - 1, HISTORIES);
        }
    }
    Ok(())
}

/// The definitions of the continuous side, with what in their queries a rule is about.
fn continuous_tables(views: &[(CheckedView, clv_engine::feature::Fitted)]) -> Vec<DynamicTable> {
    let mut definitions: Vec<DynamicTable> = Vec::new();
    let mut of_all: BTreeSet<Construct> = BTreeSet::new();
    for (view, _) in views {
        let definition = view.definition();
        let upstream = view.upstream().iter().map(|upstream| upstream.name().to_owned());
        let events = definition.events.iter().map(|events| events.schema.name.clone());
        let entity = [definition.entity.serving.name.clone(), OBSERVATION.to_owned()];
        let fitted = views.iter().map(|(view, fitted)| (view.name().to_owned(), fitted.clone())).collect();
        let found = constructs(&query(view, Serving::Serving, &Names::default(), &fitted));
        of_all.extend(&found);
        definitions.push(DynamicTable {
            name: view.name().to_owned(),
            reads: upstream.chain(events).chain(entity).collect(),
            lag: Lag::Minutes(MINUTES_PER_DAY),
            declared: Declared::Incremental,
            constructs: found.into_iter().collect(),
        });
    }
    // The views are written out in it, and what they aggregate is joined.
    of_all.insert(Construct::AggregateBelowJoin);
    let reads = [
        tables::CONTINUOUS_CUSTOMERS_PROFILE,
        tables::CONTINUOUS_TRANSACTIONS,
        TRANSACTIONS_STAGING,
        tables::CONTINUOUS_INTERACTIONS,
        INTERACTIONS_STAGING,
        OBSERVATION,
    ];
    let table = |name: &str, reads: &[&str], lag: Minute, constructs: Vec<Construct>| DynamicTable {
        name: name.to_owned(),
        reads: reads.iter().map(|&name| name.to_owned()).collect(),
        lag: Lag::Minutes(lag),
        declared: Declared::Incremental,
        constructs,
    };
    definitions.push(table(CUSTOMER_FEATURES, &reads, 60, of_all.into_iter().collect()));
    definitions.push(table(CONTINUOUS_PREDICTIONS, &[CUSTOMER_FEATURES], 60, vec![Construct::ModelCall]));
    debug_assert_eq!(definitions.len(), N_TABLES);
    debug_assert_eq!(views.len(), N_VIEWS);
    definitions
}

fn coldstart_table() -> DynamicTable {
    DynamicTable {
        name: COLDSTART_PREDICTIONS.to_owned(),
        reads: vec![COLDSTART_STAGING.to_owned(), OBSERVATION.to_owned()],
        lag: Lag::Minutes(5),
        declared: Declared::Incremental,
        constructs: vec![Construct::ModelCall],
    }
}
