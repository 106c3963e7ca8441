//! The clock, the staging tables, and the plans as they are carried out. One step is one refresh, so that whoever asks for a long way can be
//! interrupted between any two of them.

use super::coldstart::{Coldstart, ColdstartStart};
use super::continuous::{Continuous, ContinuousStart, FEATURES, PREDICTIONS, first_minute, is_first_of_month};
use super::definitions::{coldstart_table, continuous_tables};
use super::loading::Batch;
use super::queue::Queue;
use super::{Done, LiveError, MINUTES_PER_DAY, Moment, Served, Work, midnight_of};
use crate::refresh::{Action, Declared, DynamicTable, Graph, Minute, Mode, Outcome, Running, Scheduler, Why};
use clv_engine::schema::{ColumnType, Day, tables};
use clv_engine::synth::Arrivals;
use std::collections::BTreeMap;

/// The batch of everything that the simulation brings by itself.
pub const STREAM: u16 = 0;

pub const TRANSACTIONS_STAGING: &str = "CONTINUOUS_TRANSACTIONS_STAGING";
pub const INTERACTIONS_STAGING: &str = "CONTINUOUS_INTERACTIONS_STAGING";
pub const COLDSTART_STAGING: &str = "COLDSTART_CUSTOMERS_STAGING";
pub const CUSTOMER_FEATURES: &str = "CONTINUOUS_CUSTOMER_FEATURES";
pub const CONTINUOUS_PREDICTIONS: &str = "CONTINUOUS_CLV_PREDICTIONS";
pub const COLDSTART_PREDICTIONS: &str = "COLDSTART_CLV_PREDICTIONS";
pub(super) const OBSERVATION: &str = "OBSERVATION";
const CATEGORY: &str = "PRODUCT_CATEGORY";

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
    pub(super) now: Minute,
    began_at: Minute,
    pub(super) continuous: Option<Continuous>,
    pub(super) coldstart: Option<Coldstart>,
    pub(super) scheduler: Scheduler,
    pub(super) slots: Vec<Slot>,
    pub(super) queue: Queue,
    pub(super) batches: Vec<Batch>,
    pub(super) running: Option<Running>,
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
    pub(super) fn move_on(&mut self, until: Minute, pace: Pace) -> Result<bool, LiveError> {
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
            Ok((action, Done { touched, change })) => Outcome::Done { action, touched, change, elapsed_ms },
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
            (Action::NoData, _) => Done { touched: 0, change: Default::default() },
            (_, Slot::Continuous(nth)) => self.continuous.as_mut().ok_or(LiveError::NoModel)?.refresh(nth, &work)?,
            (_, Slot::Coldstart) => self.coldstart.as_mut().ok_or(LiveError::NoModel)?.refresh(&work)?,
        };
        Ok((action, done))
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
