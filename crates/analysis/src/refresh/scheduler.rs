//! The state of every dynamic table, the plans that follow from it, and the history of what came of them. Whoever computes the tables takes a
//! plan, carries it out step by step, and reports each outcome.

use super::Minute;
use super::graph::{Declared, Graph, GraphError, Lag, Mode};
use super::plan::{Plan, PlannedStep, Why};

/// A table that fails so often in a row is suspended.
pub const MOST_FAILURES: u32 = 5;

/// How a refresh went, as DYNAMIC_TABLE_REFRESH_HISTORY calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Scheduled,
    Executing,
    Succeeded,
    Failed,
    Cancelled,
    UpstreamFailed,
}

/// What a refresh did, as DYNAMIC_TABLE_REFRESH_HISTORY calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    NoData,
    Incremental,
    Full,
    Reinitialize,
}

/// Rows that a refresh changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub inserted: u64,
    pub updated: u64,
    pub deleted: u64,
}

impl Change {
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// `touched` rows were computed.
    Done {
        action: Action,
        touched: u64,
        change: Change,
        elapsed_ms: f64,
    },
    Failed {
        error: String,
        elapsed_ms: f64,
    },
}

/// A line of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// From 1 on, in the order in which refreshes were scheduled.
    pub refresh: u64,
    pub name: String,
    pub state: State,
    pub mode: Mode,
    pub why: Why,
    pub scheduled_at: Minute,
    pub data_time: Minute,
    /// Before the refresh; `None` where the table had held nothing.
    pub lag_before: Option<Minute>,
    /// `None` until it is known.
    pub action: Option<Action>,
    /// Rows that were computed, changed or not.
    pub touched: u64,
    pub change: Change,
    pub elapsed_ms: f64,
    pub error: Option<String>,
}

/// How a table stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// `None` while it holds nothing.
    pub data_time: Option<Minute>,
    /// Somebody has suspended it, or its failures have.
    pub is_suspended: bool,
    /// In a row.
    pub n_failures: u32,
    /// When it, or what it reads, last failed; `None` once it has succeeded. It is tried again on the next beat.
    pub failed_at: Option<Minute>,
    /// Why its next refresh computes everything anew.
    pub reinitialize: Option<String>,
}

/// A plan being carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    plan: Plan,
    /// The number of its first refresh.
    first: u64,
    n_done: usize,
}

impl Running {
    /// The step to carry out now.
    pub fn step(&self) -> Option<&PlannedStep> {
        self.plan.steps.get(self.n_done)
    }

    pub fn data_time(&self) -> Minute {
        self.plan.data_time
    }
}

/// Dynamic tables with their history.
#[derive(Clone, Debug, PartialEq)]
pub struct Scheduler {
    graph: Graph,
    statuses: Vec<Status>,
    history: Vec<Entry>,
    /// Refreshes before the first entry of the history.
    n_forgotten: u64,
}

impl Scheduler {
    pub fn new(graph: Graph) -> Self {
        let statuses = vec![Status::default(); graph.tables().len()];
        Self { graph, statuses, history: Vec::new(), n_forgotten: 0 }
    }

    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    pub fn status(&self, table: usize) -> &Status {
        &self.statuses[table]
    }

    pub fn history(&self) -> &[Entry] {
        &self.history
    }

    /// Minutes by which a table is behind; `None` while it holds nothing.
    pub fn lag(&self, table: usize, now: Minute) -> Option<Minute> {
        self.statuses[table].data_time.map(|data_time| now - data_time)
    }

    /// Whether a table, or one that it reads by way of others, is suspended.
    pub fn is_held(&self, table: usize) -> bool {
        self.graph.with_upstream(table).iter().any(|&at| self.statuses[at].is_suspended)
    }

    /// The lag that a table's own refreshes keep; `None` for one that waits for its consumers, and while it is held.
    fn own_target(&self, table: usize) -> Option<Minute> {
        match self.graph.tables()[table].lag {
            Lag::Minutes(minutes) if !self.is_held(table) => Some(minutes),
            Lag::Minutes(_) | Lag::Downstream => None,
        }
    }

    /// Why a table has to be refreshed by now, if it has to.
    fn due(&self, table: usize, now: Minute) -> Option<Why> {
        let status = &self.statuses[table];
        if self.due_at(table, now)? > now {
            return None;
        }
        Some(match (status.data_time, &status.reinitialize) {
            (None, _) => Why::Initial,
            (Some(_), Some(reason)) => Why::Reinitialize(reason.clone()),
            (Some(_), None) => Why::TargetLag,
        })
    }

    /// When a table is refreshed next, `now` at the earliest; `None` for one that waits for its consumers, and while it is held.
    pub fn due_at(&self, table: usize, now: Minute) -> Option<Minute> {
        let (status, target) = (&self.statuses[table], self.own_target(table)?);
        let due = match (status.failed_at, status.data_time, &status.reinitialize) {
            (Some(failed_at), _, _) => next_beat(failed_at, target),
            (None, Some(data_time), None) => next_beat(data_time, target),
            (None, None, _) | (None, _, Some(_)) => now,
        };
        Some(due.max(now))
    }

    /// What has to be refreshed by now, with everything upstream of it.
    pub fn plan(&self, now: Minute) -> Plan {
        let due: Vec<(usize, Why)> =
            (0..self.graph.tables().len()).filter_map(|table| Some((table, self.due(table, now)?))).collect();
        self.plan_of(due, now)
    }

    /// The refresh of one table, asked for by somebody; empty where it is held.
    pub fn plan_of_one(&self, table: usize, now: Minute) -> Plan {
        let wanted = if self.is_held(table) { Vec::new() } else { vec![(table, Why::Manual)] };
        self.plan_of(wanted, now)
    }

    fn plan_of(&self, wanted: Vec<(usize, Why)>, now: Minute) -> Plan {
        let mut whys: Vec<Option<Why>> = vec![None; self.graph.tables().len()];
        for (table, why) in wanted {
            for up in self.graph.with_upstream(table) {
                if up != table && whys[up].is_none() {
                    whys[up] = Some(Why::NeededBy(self.graph.tables()[table].name.clone()));
                }
            }
            whys[table] = Some(why);
        }
        let step = |(table, why): (usize, Option<Why>)| {
            // What is to be computed anew is, whoever asked for it.
            let status = &self.statuses[table];
            let why = match (why?, &status.reinitialize) {
                (Why::Initial, _) => Why::Initial,
                (_, Some(reason)) => Why::Reinitialize(reason.clone()),
                (why, None) if status.data_time.is_none() => match why {
                    Why::NeededBy(_) | Why::Manual => Why::Initial,
                    other => other,
                },
                (why, None) => why,
            };
            let name = self.graph.tables()[table].name.clone();
            Some(PlannedStep { table, name, mode: self.graph.mode(table).mode, why })
        };
        Plan { data_time: now, steps: whys.into_iter().enumerate().filter_map(step).collect() }
    }

    /// The next moment at which something is due; `None` where nothing ever is.
    pub fn next_due(&self, now: Minute) -> Option<Minute> {
        (0..self.graph.tables().len()).filter_map(|table| self.due_at(table, now)).min()
    }

    /// Enters a plan into the history; its first step is executing.
    pub fn begin(&mut self, plan: Plan) -> Running {
        let first = self.n_refreshes() + 1;
        for step in &plan.steps {
            self.history.push(Entry {
                refresh: self.n_refreshes() + 1,
                name: step.name.clone(),
                state: State::Scheduled,
                mode: step.mode,
                why: step.why.clone(),
                scheduled_at: plan.data_time,
                data_time: plan.data_time,
                lag_before: self.lag(step.table, plan.data_time),
                action: None,
                touched: 0,
                change: Change::default(),
                elapsed_ms: 0.0,
                error: None,
            });
        }
        let running = Running { plan, first, n_done: 0 };
        self.execute(&running);
        running
    }

    fn execute(&mut self, running: &Running) {
        let at = self.place(running, running.n_done);
        if let Some(entry) = self.history.get_mut(at).filter(|_| running.step().is_some()) {
            entry.state = State::Executing;
        }
    }

    /// Refreshes so far, those forgotten included.
    pub fn n_refreshes(&self) -> u64 {
        self.n_forgotten + self.history.len() as u64
    }

    /// Where the nth step of a plan stands in the history.
    fn place(&self, running: &Running, nth: usize) -> usize {
        (running.first - 1 - self.n_forgotten) as usize + nth
    }

    /// Forgets what was scheduled before a moment; between plans only.
    pub fn forget_before(&mut self, moment: Minute) {
        let n_old = self.history.partition_point(|entry| entry.scheduled_at < moment);
        self.history.drain(..n_old);
        self.n_forgotten += n_old as u64;
    }

    /// The number of the refresh that is executing.
    pub fn refresh_of(&self, running: &Running) -> Option<u64> {
        running.step()?;
        self.history.get(self.place(running, running.n_done)).map(|entry| entry.refresh)
    }

    /// Enters what came of the step in hand, and goes on to the next one that can be carried out.
    pub fn finish(&mut self, running: &mut Running, outcome: Outcome) {
        let Some(step) = running.step().cloned() else { return };
        let at = self.place(running, running.n_done);
        let entry = &mut self.history[at];
        let status = &mut self.statuses[step.table];
        match outcome {
            Outcome::Done { action, touched, change, elapsed_ms } => {
                (entry.state, entry.action, entry.change) = (State::Succeeded, Some(action), change);
                (entry.touched, entry.elapsed_ms) = (touched, elapsed_ms);
                status.data_time = Some(running.plan.data_time);
                (status.n_failures, status.failed_at, status.reinitialize) = (0, None, None);
                running.n_done += 1;
            }
            Outcome::Failed { error, elapsed_ms } => {
                (entry.state, entry.error, entry.elapsed_ms) = (State::Failed, Some(error), elapsed_ms);
                status.n_failures += 1;
                status.failed_at = Some(running.plan.data_time);
                status.is_suspended |= status.n_failures >= MOST_FAILURES;
                running.n_done += 1;
                self.skip_downstream(running, step.table);
            }
        }
        while running.step().is_some()
            && self.history[self.place(running, running.n_done)].state == State::UpstreamFailed
        {
            running.n_done += 1;
        }
        self.execute(running);
    }

    /// The rest of a plan that read, by way of others, what has failed.
    fn skip_downstream(&mut self, running: &Running, failed: usize) {
        let lost = self.graph.downstream(failed);
        for (nth, step) in running.plan.steps.iter().enumerate().skip(running.n_done) {
            if lost.contains(&step.table) {
                let at = self.place(running, nth);
                let entry = &mut self.history[at];
                entry.state = State::UpstreamFailed;
                entry.error = Some(format!("{} failed.", self.graph.tables()[failed].name));
                self.statuses[step.table].failed_at = Some(running.plan.data_time);
            }
        }
    }

    /// Gives up what is left of a plan.
    pub fn cancel(&mut self, running: Running) {
        let rest = self.place(&running, running.n_done)..self.place(&running, running.plan.steps.len());
        for entry in &mut self.history[rest] {
            if entry.state != State::UpstreamFailed {
                entry.state = State::Cancelled;
            }
        }
    }

    /// Nothing refreshes it, nor what reads it, until it is resumed.
    pub fn suspend(&mut self, table: usize) {
        self.statuses[table].is_suspended = true;
    }

    /// Its failures are forgiven.
    pub fn resume(&mut self, table: usize) {
        let status = &mut self.statuses[table];
        (status.is_suspended, status.n_failures, status.failed_at) = (false, 0, None);
    }

    /// Its next refresh, at once, computes everything anew.
    pub fn reinitialize(&mut self, table: usize, reason: &str) {
        let status = &mut self.statuses[table];
        (status.reinitialize, status.failed_at) = (Some(reason.to_owned()), None);
    }

    /// Replaces a table by one of another refresh mode, as CREATE OR REPLACE does: its next refresh computes everything anew. Modes downstream
    /// are decided again; on an error nothing changes.
    pub fn declare(&mut self, table: usize, declared: Declared) -> Result<(), GraphError> {
        let graph = self.graph.with_mode(table, declared)?;
        if graph != self.graph {
            self.graph = graph;
            self.reinitialize(table, "It was replaced by one of another refresh mode.");
        }
        Ok(())
    }
}

/// The next moment after a data time at which a table of this lag is refreshed. All tables keep the same beat, counted from 1970-01-01 00:00, so that
/// those of one lag share data times, and those of a longer one meet them; Snowflake chooses its times to the same end.
fn next_beat(data_time: Minute, target: Minute) -> Minute {
    (data_time.div_euclid(target) + 1) * target
}
