//! The simulation of live predictions as a part of a session: it begins with what a run has made, moves its clock by steps of some milliseconds,
//! and answers what is asked of it in between. What happens in it is `engine::live`'s; here it is fed, told of promotions, and put into words.

mod faults;
mod forms;
mod look;
mod outcome;
mod state;

use super::host::Host;
use super::stages::StageError;
use super::store::{CONTINUOUS_VIEWS, Store};
use crate::engine::live::{
    ColdstartStart, ContinuousStart, Going, LiveError, MINUTES_PER_DAY, Pace, Queue, Reference, Served, World, day_of,
};
use crate::engine::refresh::{Declared, Minute};
use crate::engine::schema::Day;
use crate::engine::synth::{ArrivalsGenerator, SynthConfig};
use crate::protocol::{
    DeclaredMode, Event, LagPoint, LiveMeasured, LiveRequest, MeasuredTable, ObjectId, Problem, Scenario, TableOrder,
};
use outcome::Outcome;
use std::collections::VecDeque;
use std::sync::Arc;

/// A step ends after so long, so that whatever is asked is heard.
const STEP_MS: f64 = 20.0;
/// On the way the page is told how it stands not more often.
const TELL_MS: f64 = 100.0;
/// The clock goes no further after NOW: two jumps.
const LAST: Minute = 2 * JUMP;
/// So many days are simulated ahead at once: some ten million bytes at full size.
const WINDOW_DAYS: i32 = 92;
/// Customers whose days are simulated in a step.
const STEP_CUSTOMERS: usize = 500;
/// So many days ahead have always been simulated.
const DAYS_AHEAD: i32 = 2;
/// Twelve months, and the minutes by which the last of their events come late.
const JUMP: Minute = 365 * MINUTES_PER_DAY + 11;
/// Points of the chart of lags.
const MOST_LAGS: usize = 240;

/// A way that the clock is on.
struct Way {
    until: Minute,
    pace: Pace,
    began_ms: f64,
    /// Rows that had arrived before.
    n_before: u64,
    told_ms: f64,
}

/// The simulation.
pub(super) struct Live {
    world: World,
    synth: Option<SynthConfig>,
    generating: Option<(ArrivalsGenerator, Day, (u64, u64))>,
    way: Option<Way>,
    questions: VecDeque<LiveRequest>,
    outcome: Option<Outcome>,
    lags: VecDeque<LagPoint>,
    reference: Reference,
    /// What the last state said of arrivals and of the time taken.
    arrived: (u64, f64),
    counts_before: Vec<u64>,
    counts: Vec<u64>,
    /// Sum of the predictions at the beginning, continuous and cold start.
    first_totals: [Option<f64>; 2],
    moves: state::Moves,
    last: Minute,
}

impl Live {
    /// Begins with what a run has made; fails with a sentence where no model predicts.
    pub fn new(store: &Store) -> Result<Self, Problem> {
        let refuse = |why: &str, remedy: &str| Problem::new("The simulation cannot begin.", why, remedy);
        let now = store.now.ok_or_else(|| refuse("Nothing has been run yet.", "Run the pipeline, then try again."))?;
        let broken = |error: &dyn std::fmt::Display| {
            refuse(&format!("{error}."), "Run the pipeline again; if it happens again, report it with this sentence.")
        };
        let continuous = continuous(store).map_err(|error| broken(&error))?;
        let coldstart = coldstart(store);
        if continuous.is_none() && coldstart.is_none() {
            let why = "No model has been trained that could predict.";
            return Err(refuse(why, "Run the pipeline with more customers, then try again."));
        }
        let queue = if store.synth.is_some() { Queue::from_day(now.plus(1)) } else { Queue::default() };
        let world = World::new(now, continuous, coldstart, queue).map_err(|error| broken(&error))?;
        let reference = world.reference().map_err(|error| broken(&error))?;
        Ok(Self {
            last: world.now() + LAST,
            world,
            synth: store.synth.clone(),
            generating: None,
            way: None,
            questions: VecDeque::new(),
            outcome: None,
            lags: VecDeque::new(),
            reference,
            arrived: (0, 0.0),
            counts_before: Vec::new(),
            counts: Vec::new(),
            first_totals: [None, None],
            moves: state::Moves::default(),
        })
    }

    /// True while [`step`](Self::step) has something to do.
    pub fn has_work(&self) -> bool {
        self.way.is_some() || self.outcome.is_some() || !self.questions.is_empty()
    }

    /// Does what can be done at once, and begins what takes longer.
    pub fn handle(&mut self, request: LiveRequest, store: &Store) -> Vec<Event> {
        let now = self.world.now();
        let done = match request {
            // Both are the session's.
            LiveRequest::Open | LiveRequest::Restart => {
                self.set_out(now, Pace::Due);
                Ok(())
            }
            LiveRequest::Advance { minutes } => {
                if self.way.is_none() {
                    self.set_out(now + Minute::from(minutes), Pace::Due);
                }
                Ok(())
            }
            LiveRequest::NextRefresh => {
                let next = self.world.next_due().unwrap_or(now + MINUTES_PER_DAY);
                self.set_out(next, Pace::Due);
                Ok(())
            }
            LiveRequest::Jump => {
                self.set_out(now + JUMP, Pace::Monthly);
                Ok(())
            }
            LiveRequest::Halt => {
                self.set_out(now, Pace::Due);
                Ok(())
            }
            LiveRequest::Table { table, order } => self.order(&table, order),
            LiveRequest::Repair { table } => self.place(&table).map(|table| self.world.set_fault(table, None)),
            LiveRequest::Purchase(form) => forms::purchase(&form, &mut self.world, store),
            LiveRequest::Customer(form) => forms::customer(&form, &mut self.world),
            LiveRequest::File { file, text } => forms::file(&file, &text, &mut self.world, store),
            LiveRequest::Break(breakage) => faults::break_it(breakage, &mut self.world),
            LiveRequest::DeleteBatch(batch) => {
                self.world.delete_batch(u16::try_from(batch).unwrap_or(u16::MAX)).map_err(Into::into)
            }
            question @ (LiveRequest::Look(_)
            | LiveRequest::Explain { .. }
            | LiveRequest::Measure
            | LiveRequest::Outcome) => {
                // An answer that nobody waits for any longer is not worked out.
                self.questions.retain(|asked| std::mem::discriminant(asked) != std::mem::discriminant(&question));
                self.questions.push_back(question);
                return Vec::new();
            }
        };
        match done {
            Ok(()) => {
                if self.way.is_none() {
                    self.set_out(self.world.now(), Pace::Due);
                }
                Vec::new()
            }
            Err(why) => vec![Event::Refused(why)],
        }
    }

    fn set_out(&mut self, until: Minute, pace: Pace) {
        let n_before = self.world.n_arrived();
        self.way = Some(Way { until: until.min(self.last), pace, began_ms: f64::NAN, n_before, told_ms: f64::NAN });
    }

    fn place(&self, table: &str) -> Result<usize, Problem> {
        self.world.scheduler().graph().position(table).ok_or_else(|| {
            Problem::new(
                "Nothing was changed.",
                &format!("No dynamic table is called {table}."),
                "Choose one of the graph.",
            )
        })
    }

    fn order(&mut self, table: &str, order: TableOrder) -> Result<(), Problem> {
        let place = self.place(table)?;
        match order {
            TableOrder::Suspend => self.world.suspend(place),
            TableOrder::Resume => self.world.resume(place),
            TableOrder::Refresh => {
                // Its time is measured by the host's clock: the next step carries it out.
                self.questions.push_front(LiveRequest::Table { table: table.to_owned(), order });
            }
            TableOrder::Declare(mode) => {
                let declared = match mode {
                    DeclaredMode::Auto => Declared::Auto,
                    DeclaredMode::Incremental => Declared::Incremental,
                    DeclaredMode::Full => Declared::Full,
                };
                self.world.declare(place, declared).map_err(|error| {
                    let remedy = "Declare the tables that read it AUTO or FULL first.";
                    Problem::new(&format!("{table} was not replaced."), &format!("{error}"), remedy)
                })?;
            }
        }
        Ok(())
    }

    /// Works for some milliseconds.
    pub fn step(&mut self, store: &Store, host: &dyn Host) -> Vec<Event> {
        match self.try_step(store, host) {
            Ok(events) => events,
            Err(error) => {
                (self.way, self.outcome) = (None, None);
                vec![Event::Refused(Problem::new(
                    "The simulation stopped.",
                    &format!("{error}."),
                    "Begin it anew; if it happens again, report it with this sentence.",
                ))]
            }
        }
    }

    fn try_step(&mut self, store: &Store, host: &dyn Host) -> Result<Vec<Event>, StageError> {
        self.follow(store);
        if let Some(question) = self.questions.pop_front() {
            return self.answer(question, store, host);
        }
        if self.way.is_some() {
            return self.go_on(store, host);
        }
        let Some(outcome) = &mut self.outcome else { return Ok(Vec::new()) };
        let found = outcome.step(&self.world, store, host)?;
        Ok(match found {
            None => Vec::new(),
            Some(view) => {
                self.outcome = None;
                vec![Event::LiveOutcome(Box::new(view))]
            }
        })
    }

    fn answer(&mut self, question: LiveRequest, store: &Store, host: &dyn Host) -> Result<Vec<Event>, StageError> {
        Ok(match question {
            LiveRequest::Look(look) => vec![look::rows(look, &self.world, store, host)?],
            LiveRequest::Explain { customer_id, at } => vec![look::customer(customer_id, at, &self.world, store)?],
            LiveRequest::Measure => {
                let measured = self.measure(host)?;
                vec![Event::LiveMeasured(measured), self.state(store, host)?]
            }
            LiveRequest::Outcome => {
                self.outcome = Some(Outcome::new(&self.world));
                Vec::new()
            }
            LiveRequest::Table { table, .. } => {
                let Ok(place) = self.place(&table) else { return Ok(Vec::new()) };
                if self.world.refresh_now(place, &|| host.now_ms()) {
                    return Ok(vec![self.state(store, host)?]);
                }
                vec![Event::Refused(Problem::new(
                    &format!("{table} was not refreshed."),
                    "It is suspended, or a table that it reads is.",
                    "Resume that table first.",
                ))]
            }
            _ => Vec::new(),
        })
    }

    /// The clock moves on, or what it will need is simulated first.
    fn go_on(&mut self, store: &Store, host: &dyn Host) -> Result<Vec<Event>, StageError> {
        let begin_ms = host.now_ms();
        let Some(way) = &mut self.way else { return Ok(Vec::new()) };
        if way.began_ms.is_nan() {
            (way.began_ms, way.told_ms) = (begin_ms, begin_ms);
        }
        let (until, pace, told_ms) = (way.until, way.pace, way.told_ms);
        let has_arrived = if self.generating.is_some() {
            self.simulate(host, begin_ms)?;
            false
        } else {
            match self.world.advance(until, pace, (&|| host.now_ms(), STEP_MS))? {
                // Some days ahead are always there, so that nobody who acts now has to wait.
                Going::Arrived if self.is_short() => {
                    self.begin_window()?;
                    false
                }
                Going::Arrived => true,
                Going::Working => false,
                Going::Starved => {
                    self.begin_window()?;
                    false
                }
            }
        };
        self.note_lags();
        let now_ms = host.now_ms();
        if !has_arrived && now_ms - told_ms < TELL_MS {
            return Ok(Vec::new());
        }
        if let Some(way) = &mut self.way {
            way.told_ms = now_ms;
            self.arrived = (self.world.n_arrived() - way.n_before, now_ms - way.began_ms);
        }
        if has_arrived {
            self.way = None;
        }
        Ok(vec![self.state(store, host)?])
    }

    /// The days that have been simulated ahead are nearly used up.
    fn is_short(&self) -> bool {
        let until = self.world.supplied_until();
        self.synth.is_some() && until.is_some_and(|until| until.0 - day_of(self.world.now()) < DAYS_AHEAD)
    }

    fn begin_window(&mut self) -> Result<(), StageError> {
        let (Some(synth), Some(from)) = (&self.synth, self.world.supplied_until()) else { return Ok(()) };
        let until = from.plus(WINDOW_DAYS);
        let generator = ArrivalsGenerator::new(synth, from, until)?;
        let total = generator.n_customers_total() as u64;
        self.generating = Some((generator, until, (0, total)));
        Ok(())
    }

    fn simulate(&mut self, host: &dyn Host, begin_ms: f64) -> Result<(), StageError> {
        let Some((generator, _, progress)) = &mut self.generating else { return Ok(()) };
        while progress.0 < progress.1 && host.now_ms() - begin_ms < STEP_MS {
            progress.0 = generator.step(STEP_CUSTOMERS).done as u64;
        }
        if progress.0 >= progress.1
            && let Some((generator, until, _)) = self.generating.take()
        {
            self.world.supply(generator.finish()?, until);
        }
        Ok(())
    }

    /// A model may have been promoted since.
    pub fn follow(&mut self, store: &Store) {
        for (is_coldstart, model) in [(true, ObjectId::ColdstartModel), (false, ObjectId::ContinuousModel)] {
            let Some(now) = served(store, model) else { continue };
            let is_known =
                self.world.served(is_coldstart).is_none_or(|known| Arc::ptr_eq(&known.ensemble, &now.ensemble));
            if !is_known {
                self.world.serve(is_coldstart, now);
                if self.way.is_none() {
                    self.set_out(self.world.now(), Pace::Due);
                }
            }
        }
    }

    fn note_lags(&mut self) {
        let (now, scheduler) = (self.world.now(), self.world.scheduler());
        if self.lags.back().is_some_and(|point| point.at == now) {
            self.lags.pop_back();
        }
        let lags = (0..scheduler.graph().tables().len()).map(|table| scheduler.lag(table, now)).collect();
        self.lags.push_back(LagPoint { at: now, lags });
        if self.lags.len() > MOST_LAGS {
            // Every other of the older half: the chart goes on to tell of the whole time.
            let half = MOST_LAGS / 2;
            let kept = self.lags.iter().enumerate().filter(|(nth, _)| *nth >= half || nth % 2 == 0);
            self.lags = kept.map(|(_, point)| point.clone()).collect();
        }
    }

    /// Every table of the continuous side refreshed with what waits for it, and then computed from all rows.
    fn measure(&mut self, host: &dyn Host) -> Result<LiveMeasured, StageError> {
        let now_ms = || host.now_ms();
        let n_before = self.world.scheduler().n_refreshes();
        let names: Vec<String> =
            self.world.scheduler().graph().tables().iter().map(|table| table.name.clone()).collect();
        for (place, name) in names.iter().enumerate() {
            let is_fresh = self
                .world
                .scheduler()
                .history()
                .iter()
                .rev()
                .any(|entry| entry.refresh > n_before && entry.name == *name);
            if !is_fresh {
                self.world.refresh_now(place, &now_ms);
            }
        }
        let (mut tables, mut is_equal) = (Vec::new(), true);
        for (place, name) in names.iter().enumerate() {
            let history = self.world.scheduler().history();
            let refreshed = history.iter().find(|entry| entry.refresh > n_before && entry.name == *name);
            let Some((rows, ms)) = refreshed.map(|entry| (entry.touched, entry.elapsed_ms)) else { continue };
            let begin_ms = host.now_ms();
            let Some((full_rows, same)) = self.world.recheck(place)? else { continue };
            is_equal &= same;
            tables.push(MeasuredTable {
                table: name.clone(),
                incremental_rows: rows,
                incremental_ms: ms,
                full_rows,
                full_ms: host.now_ms() - begin_ms,
            });
        }
        Ok(LiveMeasured { at: self.world.now(), tables, is_equal })
    }
}

/// The version of a model that serves.
fn served(store: &Store, model: ObjectId) -> Option<Served> {
    let (number, version) = store.registry.served_version(model.name())?;
    let dataset = store.datasets.get(&model.scenario())?;
    Some(Served {
        version: format!("V{number}"),
        ensemble: version.ensemble.clone(),
        preprocessing: Arc::new(dataset.preprocessing.clone()),
    })
}

fn continuous(store: &Store) -> Result<Option<ContinuousStart>, StageError> {
    let Some(served) = served(store, ObjectId::ContinuousModel) else { return Ok(None) };
    let mut views = Vec::new();
    for object in CONTINUOUS_VIEWS {
        let view = store.views.view(object.name()).ok_or(StageError::Missing(object.name()))?;
        views.push((view.clone(), store.fitted.get(view.name()).cloned().unwrap_or_default()));
    }
    Ok(Some(ContinuousStart {
        views,
        inputs: store.inputs(Scenario::Continuous),
        profile: store.table(ObjectId::Profile)?.clone(),
        transactions: store.table(ObjectId::Transactions)?.clone(),
        interactions: store.table(ObjectId::Interactions)?.clone(),
        served,
    }))
}

fn coldstart(store: &Store) -> Option<ColdstartStart> {
    Some(ColdstartStart {
        served: served(store, ObjectId::ColdstartModel)?,
        view: store.views.view(ObjectId::ColdstartFeatures.name())?.clone(),
        staging: store.tables.get(&ObjectId::ColdstartStaging)?.clone(),
    })
}

impl From<LiveError> for Problem {
    fn from(error: LiveError) -> Self {
        Self::new("Nothing was loaded.", &format!("{error}."), "Correct it, then try again.")
    }
}
