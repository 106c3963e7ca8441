//! What comes into the staging tables: the simulation's arrivals, what somebody gives or deletes, and the task of 00:00 that moves rows and customers on.

use super::coldstart::Coldstart;
use super::continuous::{Continuous, FEATURES};
use super::events::{Arriving, Events};
use super::world::{COLDSTART_STAGING, INTERACTIONS_STAGING, Pace, STREAM, Slot, TRANSACTIONS_STAGING, World};
use super::{LiveError, MINUTES_PER_DAY, day_of};
use crate::refresh::Minute;
use clv_engine::schema::{Day, tables};
use clv_engine::table::{ColumnData, Table, Values};
use std::collections::BTreeSet;

/// The batch of what customers did before they entered the profile.
pub(super) const HISTORIES: u16 = 1;
/// History is kept for so long, as INFORMATION_SCHEMA keeps it.
const HISTORY_DAYS: Minute = 7;
/// A batch is a number of 16 bits.
const MOST_BATCHES: usize = 60_000;

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

impl World {
    /// What somebody does takes a minute, so that it never shares its moment with a refresh that did not see it.
    fn pass_minute(&mut self) -> Result<(), LiveError> {
        if self.move_on(self.now + 1, Pace::Due)? {
            return Ok(());
        }
        Err(LiveError::Refused("the next days are still being simulated; try again in a moment".to_owned()))
    }

    /// Loads what arrives by a moment.
    pub(super) fn arrive(&mut self, by: Minute) -> Result<(), LiveError> {
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
    pub(super) fn daily_task(&mut self) -> Result<(), LiveError> {
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
        if self.coldstart.is_none() {
            return Err(LiveError::NoModel);
        }
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
}

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
