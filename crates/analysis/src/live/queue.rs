//! What the generator has made and the clock has not reached yet.

use crate::refresh::Minute;
use clv_engine::schema::Day;
use clv_engine::synth::{Arrivals, InteractionArrival, PurchaseArrival};
use clv_engine::table::{Table, TableError};

/// Arrivals in the order of their minutes, window after window.
#[derive(Default)]
pub struct Queue {
    windows: Vec<Window>,
    /// Everything before this day is there; `None` where nothing ever arrives by itself.
    until: Option<Day>,
}

struct Window {
    arrivals: Arrivals,
    n_purchases: usize,
    n_interactions: usize,
    n_newcomers: usize,
    n_graduates: usize,
    n_graduate_purchases: usize,
    n_graduate_interactions: usize,
}

impl Queue {
    /// Nothing has been made yet, and everything from this day on is to be.
    pub fn from_day(day: Day) -> Self {
        Self { windows: Vec::new(), until: Some(day) }
    }

    /// The first day that has not been made; `None` where nothing is ever made.
    pub fn until(&self) -> Option<Day> {
        self.until
    }

    /// Takes the days up to `until`.
    pub fn supply(&mut self, arrivals: Arrivals, until: Day) {
        self.windows.push(Window {
            arrivals,
            n_purchases: 0,
            n_interactions: 0,
            n_newcomers: 0,
            n_graduates: 0,
            n_graduate_purchases: 0,
            n_graduate_interactions: 0,
        });
        self.until = Some(until);
    }

    /// Purchases that arrive by a moment, and have not been taken.
    pub fn purchases(&mut self, by: Minute, mut take: impl FnMut(&PurchaseArrival)) {
        for window in &mut self.windows {
            let next = taken(&window.arrivals.purchases, &mut window.n_purchases, |row| row.minute <= by);
            next.iter().for_each(&mut take);
        }
    }

    pub fn interactions(&mut self, by: Minute, mut take: impl FnMut(&InteractionArrival)) {
        for window in &mut self.windows {
            let until = |row: &InteractionArrival| Minute::from(row.minute) <= by;
            taken(&window.arrivals.interactions, &mut window.n_interactions, until).iter().for_each(&mut take);
        }
    }

    /// Rows for COLDSTART_CUSTOMERS_STAGING with their minutes.
    pub fn newcomers(&mut self, by: Minute) -> Result<Vec<(Table, Vec<Minute>)>, TableError> {
        let mut found = Vec::new();
        for window in &mut self.windows {
            let first = window.n_newcomers as u32;
            let minutes = taken(&window.arrivals.newcomer_minutes, &mut window.n_newcomers, |&minute| minute <= by);
            if !minutes.is_empty() {
                let rows: Vec<u32> = (first..first + minutes.len() as u32).collect();
                found.push((window.arrivals.newcomers.select(&rows)?, minutes.to_vec()));
            }
        }
        Ok(found)
    }

    /// Customers who enter the profile by a day.
    pub fn graduates(&mut self, by: Day) -> Result<Vec<Table>, TableError> {
        let mut found = Vec::new();
        for window in &mut self.windows {
            let first = window.n_graduates as u32;
            let days = taken(&window.arrivals.graduation_days, &mut window.n_graduates, |&day| day <= by.0);
            if !days.is_empty() {
                let rows: Vec<u32> = (first..first + days.len() as u32).collect();
                found.push(window.arrivals.graduates.select(&rows)?);
            }
        }
        Ok(found)
    }

    /// What they did before, by the moment of their entry.
    pub fn histories(
        &mut self,
        by: Minute,
        mut purchase: impl FnMut(&PurchaseArrival),
        mut interaction: impl FnMut(&InteractionArrival),
    ) {
        for window in &mut self.windows {
            let arrivals = &window.arrivals;
            let until = |row: &PurchaseArrival| row.minute <= by;
            let next = taken(&arrivals.graduate_purchases, &mut window.n_graduate_purchases, until);
            next.iter().for_each(&mut purchase);
            let until = |row: &InteractionArrival| Minute::from(row.minute) <= by;
            let next = taken(&arrivals.graduate_interactions, &mut window.n_graduate_interactions, until);
            next.iter().for_each(&mut interaction);
        }
        // What is used up is let go.
        self.windows.retain(|window| !window.is_empty());
    }

    pub fn bytes(&self) -> usize {
        let of = |window: &Window| {
            let arrivals = &window.arrivals;
            let purchases = arrivals.purchases.capacity() + arrivals.graduate_purchases.capacity();
            let interactions = arrivals.interactions.capacity() + arrivals.graduate_interactions.capacity();
            let tables = arrivals.newcomers.bytes() + arrivals.graduates.bytes();
            size_of::<PurchaseArrival>() * purchases + size_of::<InteractionArrival>() * interactions + tables
        };
        self.windows.iter().map(of).sum()
    }
}

impl Window {
    fn is_empty(&self) -> bool {
        let arrivals = &self.arrivals;
        self.n_purchases == arrivals.purchases.len()
            && self.n_interactions == arrivals.interactions.len()
            && self.n_newcomers == arrivals.newcomer_minutes.len()
            && self.n_graduates == arrivals.graduation_days.len()
            && self.n_graduate_purchases == arrivals.graduate_purchases.len()
            && self.n_graduate_interactions == arrivals.graduate_interactions.len()
    }
}

/// The next rows that are due.
fn taken<'a, T>(rows: &'a [T], n_taken: &mut usize, is_due: impl Fn(&T) -> bool) -> &'a [T] {
    let first = *n_taken;
    *n_taken += rows[first..].partition_point(is_due);
    &rows[first..*n_taken]
}
