//! One event table: its accumulators, and the ledger of rows that a move of the date brings in or drops. Knows customers by their
//! position only.

use super::StateError;
use super::accumulator::Accumulator;
use super::rows::{Columns, Ledger};
use crate::feature::check::CheckedView;
use crate::feature::eval::{EventSource, Outcome};
use crate::feature::ir::{Aggregate, EventTable};
use crate::table::Table;

/// Customers whose rows are read together: their cells and rows stay in the cache.
const CUSTOMERS_AT_ONCE: u32 = 256;

/// What is kept of one event table.
pub struct Source {
    events: EventTable,
    columns: Columns,
    accumulators: Vec<Accumulator>,
    ledger: Ledger,
}

impl Source {
    /// Without accumulators and rows.
    pub fn new(events: &EventTable) -> Self {
        Self {
            events: events.clone(),
            columns: Columns::default(),
            accumulators: Vec::new(),
            ledger: Ledger::default(),
        }
    }

    pub fn events(&self) -> &EventTable {
        &self.events
    }

    /// The place of an aggregate, which is added if it is new; `table` says which levels its columns have.
    pub fn place_of(&mut self, aggregate: &Aggregate, table: &Table) -> usize {
        self.accumulators.iter().position(|known| known.aggregate() == aggregate).unwrap_or_else(|| {
            self.accumulators.push(Accumulator::new(aggregate, table, &mut self.columns));
            self.accumulators.len() - 1
        })
    }

    /// Makes room for more customers.
    pub fn grow(&mut self, n_customers: usize) {
        self.accumulators.iter_mut().for_each(|accumulator| accumulator.grow(n_customers));
    }

    /// Reads a whole table, customers by customers.
    pub fn read_all(&mut self, given: &EventSource, as_of: i32) -> Result<(), StateError> {
        let rows = self.columns.of(given.table(), &[], given.days())?;
        let since = self.since(as_of);
        let mut customers = Vec::new();
        for first in (0..given.n_entities() as u32).step_by(CUSTOMERS_AT_ONCE as usize) {
            let last = (given.n_entities() as u32).min(first + CUSTOMERS_AT_ONCE) - 1;
            customers.clear();
            for customer in first..=last {
                customers.extend(given.rows_of(customer).map(|_| customer));
            }
            let part = rows.part(given.rows_of(first).start..given.rows_of(last).end, &customers);
            self.accumulators.iter_mut().for_each(|accumulator| accumulator.enter(&part, as_of));
            self.ledger.keep(&part, since);
        }
        Ok(())
    }

    /// Adds rows in any order; `customers` has one entry a row.
    pub fn merge(&mut self, table: &Table, customers: &[u32], as_of: i32) -> Result<(), StateError> {
        let rows = self.columns.of(table, customers, table.days(self.events.date)?)?;
        self.accumulators.iter_mut().for_each(|accumulator| accumulator.enter(&rows, as_of));
        self.ledger.keep(&rows, self.since(as_of));
        Ok(())
    }

    /// Moves the date forward and tells whose cells changed, some of them repeatedly.
    pub fn advance(&mut self, from: i32, to: i32, changed: &mut impl FnMut(u32)) {
        // Ascending days: what leaves is always the earliest that is inside, and all of it comes before what enters.
        for (day, rows) in self.ledger.until(to) {
            let mut has_changed = false;
            for accumulator in &mut self.accumulators {
                let window = accumulator.window();
                match (window.holds(day, from), window.holds(day, to)) {
                    (false, true) => accumulator.enter(&rows, to),
                    (true, false) => accumulator.leave(&rows),
                    (true, true) | (false, false) => continue,
                }
                has_changed = true;
            }
            if has_changed {
                rows.customers.iter().for_each(|&customer| changed(customer));
            }
        }
        self.ledger.forget_before(self.since(to));
    }

    /// An aggregate of some customers.
    pub fn values(&self, place: usize, view: &CheckedView, customers: &[u32]) -> Outcome {
        self.accumulators[place].values(view, customers)
    }

    pub fn bytes(&self) -> usize {
        self.accumulators.iter().map(Accumulator::bytes).sum::<usize>() + self.ledger.bytes()
    }

    /// The first day that the ledger needs: no window drops an earlier one any more.
    fn since(&self, as_of: i32) -> i32 {
        let longest = self.accumulators.iter().map(|accumulator| accumulator.window().n_days()).max().unwrap_or(0);
        as_of.saturating_sub(longest - 1)
    }
}
