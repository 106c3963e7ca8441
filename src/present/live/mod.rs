//! Live predictions for the eye: what the worker told of the simulation, and the words, fields, tables and charts made of it. Deliberately no
//! clock of its own: moments are the simulation's, and the real time that a speed needs is handed in.

mod charts;
mod choice;
pub mod clock;
mod faults;
mod forms;
mod graph;
mod outcome;
mod people;
mod table;

pub use charts::{lag_chart, path_chart};
pub use choice::{Choice, SCRUB_STEPS};
pub use clock::{Pace, Speed};
pub use faults::{FAULTS, Fault, batches, severity, severity_progress};
pub use forms::{EXPECTED, MOST_BYTES};
pub use graph::{Drawn, Edge, Layout, NodeState, NodeWords, Shape, WIDE_FROM_PX, kind_of, layout, node, shape};
pub use outcome::{cohorts, drift, known_so_far, pace, ratio, retrain_in_words, retrain_table, tenths, tenths_table};
pub use people::{Figure, customer_figures, customer_in_words, events, moves, reasons, side_figures};
pub use table::{
    facts, findings, history, measured, measured_in_words, plan, plan_in_words, rows, rows_in_words, states,
};

use super::RunState;
use super::route::Page;
use super::state::AppState;
use crate::protocol::{
    Event, LiveCustomer, LiveEntry, LiveMeasured, LiveOutcome, LiveRows, LiveState, LiveTable, RefreshAction,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the worker has told of the simulation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Live {
    pub state: Option<Arc<LiveState>>,
    pub rows: Option<Arc<LiveRows>>,
    pub customer: Option<Arc<LiveCustomer>>,
    pub measured: Option<Arc<LiveMeasured>>,
    pub outcome: Option<Arc<LiveOutcome>>,
    /// Answers and refusals so far: whoever waits for one sees that it has come.
    pub n_answers: u32,
    /// How often each dynamic table was seen to change its rows.
    flows: BTreeMap<String, u32>,
}

impl Live {
    /// Takes an event of the simulation in; others are none of its business.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Live(state) => self.changed(*state),
            Event::LiveRows(rows) => self.rows = Some(Arc::new(*rows)),
            Event::LiveCustomer(customer) => self.customer = Some(Arc::new(*customer)),
            Event::LiveMeasured(measured) => self.measured = Some(Arc::new(measured)),
            Event::LiveOutcome(outcome) => self.outcome = Some(Arc::new(*outcome)),
            _ => {}
        }
    }

    /// What was asked for cannot be done.
    pub fn refused(&mut self) {
        self.n_answers = self.n_answers.wrapping_add(1);
    }

    fn changed(&mut self, state: LiveState) {
        self.n_answers = self.n_answers.wrapping_add(1);
        let before = self.state.take();
        // A simulation begun anew shares no refresh with the one before.
        if before.as_ref().is_some_and(|before| before.began != state.began || before.now > state.now) {
            *self = Self { n_answers: self.n_answers, ..Self::default() };
        } else if let Some(before) = before {
            let seen = before.history.iter().map(|entry| entry.refresh).max().unwrap_or(0);
            let new = state.history.iter().filter(|entry| entry.refresh > seen && changed_rows(entry) > 0);
            let mut tables: Vec<&str> = new.map(|entry| entry.table.as_str()).collect();
            tables.sort_unstable();
            tables.dedup();
            for table in tables {
                *self.flows.entry(table.to_owned()).or_default() += 1;
            }
        }
        self.state = Some(Arc::new(state));
    }

    /// How often rows were seen to flow into a table; changes when they did again.
    pub fn n_flows(&self, table: &str) -> u32 {
        self.flows.get(table).copied().unwrap_or(0)
    }
}

/// Rows that a refresh changed in its table.
fn changed_rows(entry: &LiveEntry) -> u64 {
    entry.inserted + entry.updated + entry.deleted
}

/// True when the simulation should be begun, and can be: a model has scored, and no run would take its tables away.
pub fn wants_live(state: &AppState) -> bool {
    state.live.state.is_none() && can_begin(state)
}

/// True once a run has made predictions that the worker holds.
pub fn can_begin(state: &AppState) -> bool {
    let has_predictions = Page::Predictions.objects().any(|object| state.is_held(object));
    has_predictions && state.run != RunState::Running
}

fn table_of<'s>(state: &'s LiveState, name: &str) -> Option<&'s LiveTable> {
    state.tables.iter().find(|table| table.name == name)
}

/// What a refresh did, as the warehouse calls it.
fn action_word(action: RefreshAction) -> &'static str {
    match action {
        RefreshAction::NoData => "NO_DATA",
        RefreshAction::Incremental => "INCREMENTAL",
        RefreshAction::Full => "FULL",
        RefreshAction::Reinitialize => "REINITIALIZE",
    }
}

fn mode_word(is_full: bool) -> &'static str {
    if is_full { "FULL" } else { "INCREMENTAL" }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod outcome_tests;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
