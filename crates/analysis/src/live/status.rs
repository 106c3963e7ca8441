//! What there is to see of the world: counts, what moved, one customer's rows, and what should alarm somebody.

use super::coldstart::Coldstart;
use super::continuous::{FEATURES, Moved, PREDICTIONS};
use super::events::Events;
use super::world::{
    COLDSTART_PREDICTIONS, COLDSTART_STAGING, CONTINUOUS_PREDICTIONS, INTERACTIONS_STAGING, STREAM, Slot,
    TRANSACTIONS_STAGING, World,
};
use super::{LiveError, MINUTES_PER_DAY, Moment, Work, midnight_of};
use crate::profile::drift::{LARGE_ABOVE, Sample, drift};
use crate::refresh::Minute;
use clv_engine::feature::rows_of;
use clv_engine::schema::{TableSchema, tables};
use clv_engine::table::Table;

/// Rows of a table that is no dynamic one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceCount {
    pub name: &'static str,
    pub n_rows: u64,
    pub is_staging: bool,
}

/// A row of a customer, as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    pub table: &'static str,
    pub id: i32,
    pub day: i32,
    pub loaded_at: Minute,
    pub batch: u16,
    pub values: LoadedValues,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadedValues {
    /// Cents, position of the category, items.
    Purchase(i64, u8, i64),
    /// Position of the event type.
    Interaction(u8),
}

/// Something that should alarm somebody.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// A table is further behind than its target.
    Lag { table: usize, lag: Minute, target: Minute },
    /// A table's refreshes fail.
    Failing { table: usize, n_failures: u32, error: String },
    /// It has been suspended, by its failures or by hand.
    Suspended { table: usize, by_failures: bool },
    /// A batch has rows that were loaded before.
    Duplicates { batch: u16 },
    /// A batch has rows of days that were over.
    Late { batch: u16 },
    /// A batch has levels that the run's data do not have.
    Unknown { batch: u16 },
    /// Amounts of the last days are others than those of the run's data.
    Amounts { psi: f64, mean_before: f64, mean: f64, n_rows: u64, batch: u16 },
    /// New customers come from other channels.
    Channels { psi: f64, n_rows: u64, batch: u16 },
    /// The sum of the predictions has moved far from that at the beginning.
    Predictions { before: f64, now: f64 },
}

/// What the last days are held against: the run's own data.
pub struct Reference {
    amounts: Option<Sample>,
    channels: Option<Sample>,
}

/// So many days of purchases are held against the run's.
const AMOUNT_DAYS: Minute = 7;
/// So many days of new customers.
const CHANNEL_DAYS: Minute = 30;
/// With fewer rows nothing is said of a distribution.
const FEWEST_ROWS: u64 = 50;
/// A batch alarms for so many days.
const ALARM_DAYS: Minute = 7;
/// A total that has moved by more.
const TOTAL_SHIFT: f64 = 0.25;

impl World {
    /// Rows that a dynamic table holds.
    pub fn n_rows(&self, table: usize) -> u64 {
        match self.slot(table) {
            Slot::Continuous(of) => self.continuous.as_ref().map_or(0, |side| side.tables[of].n_rows() as u64),
            Slot::Coldstart => self.coldstart.as_ref().map_or(0, |side| side.contents.n_rows() as u64),
        }
    }

    /// What waits for a table's next refresh, as far as it is known before: loaded rows and rows to compute.
    pub fn n_open(&self, table: usize) -> u64 {
        match self.slot(table) {
            Slot::Continuous(of) => self.continuous.as_ref().map_or(0, |side| side.n_open(of) as u64),
            Slot::Coldstart => self.coldstart.as_ref().map_or(0, |side| side.contents.pending.len() as u64),
        }
    }

    /// Raw and staging tables with their rows now: what was loaded since 00:00 is staged.
    pub fn sources(&self) -> Vec<SourceCount> {
        let mut counts = Vec::new();
        let midnight = midnight_of(self.now()) - 1;
        if let Some(side) = &self.continuous {
            let n_customers = side.profile().n_rows() as u64;
            let profile = tables::CONTINUOUS_CUSTOMERS_PROFILE;
            counts.push(SourceCount { name: profile, n_rows: n_customers, is_staging: false });
            let of = |events: &Events, raw: &'static str, staging: &'static str| {
                let n_moved = events.n_loaded_by(midnight);
                let n_raw = (events.raw().n_rows() + n_moved) as u64;
                let staged = SourceCount { name: staging, n_rows: (events.len() - n_moved) as u64, is_staging: true };
                [SourceCount { name: raw, n_rows: n_raw, is_staging: false }, staged]
            };
            counts.extend(of(&side.transactions, tables::CONTINUOUS_TRANSACTIONS, TRANSACTIONS_STAGING));
            counts.extend(of(&side.interactions, tables::CONTINUOUS_INTERACTIONS, INTERACTIONS_STAGING));
        }
        if let Some(side) = &self.coldstart {
            let n_rows = side.present().len() as u64;
            counts.push(SourceCount { name: COLDSTART_STAGING, n_rows, is_staging: true });
        }
        counts
    }

    /// Rows that have come since the beginning, of all tables.
    pub fn n_arrived(&self) -> u64 {
        let events = self.continuous.as_ref().map_or(0, |side| side.transactions.len() + side.interactions.len());
        events as u64 + self.coldstart.as_ref().map_or(0, |side| side.n_loaded() as u64)
    }

    /// Customers with a prediction, and the sum of the predictions in dollars.
    pub fn total(&self, is_coldstart: bool) -> (u64, f64) {
        let add =
            |(n, sum): (u64, f64), value: f32| if value.is_nan() { (n, sum) } else { (n + 1, sum + f64::from(value)) };
        match (&self.continuous, &self.coldstart) {
            (_, Some(side)) if is_coldstart => {
                let predicted = side.predicted();
                let present = side.present().iter().filter_map(|&row| predicted.get(row as usize).copied());
                present.fold((0, 0.0), add)
            }
            (Some(side), _) if !is_coldstart => side.predicted().iter().copied().fold((0, 0.0), add),
            _ => (0, 0.0),
        }
    }

    /// The continuous predictions at the beginning and on the first of each month, by row of the profile as it was then.
    pub fn monthly(&self) -> &[(Minute, Vec<f32>)] {
        self.continuous.as_ref().map_or(&[], |side| &side.monthly)
    }

    /// What the last refresh that changed any prediction has changed, and when it was.
    pub fn moved(&self, is_coldstart: bool) -> Option<(Minute, &[Moved])> {
        let (at, moved) = if is_coldstart { &self.coldstart.as_ref()?.moved } else { &self.continuous.as_ref()?.moved };
        Some((*at, moved))
    }

    /// The customer in a row of the profile, or of the staging table.
    pub fn customer_in(&self, is_coldstart: bool, row: u32) -> Option<i32> {
        if is_coldstart {
            return self.coldstart.as_ref().map(|side| side.row(row).id);
        }
        self.continuous.as_ref()?.profile().ids(tables::CUSTOMER_ID).ok()?.get(row as usize).copied()
    }

    /// The row of a customer in the profile.
    pub fn profile_row(&self, customer_id: i32) -> Option<u32> {
        self.continuous.as_ref()?.row_of(customer_id)
    }

    /// The row of a customer who was in the staging table at a moment.
    pub fn staging_row(&self, customer_id: i32, at: Minute) -> Option<u32> {
        let side = self.coldstart.as_ref()?;
        side.rows_at(at).into_iter().find(|&row| side.row(row).id == customer_id)
    }

    /// Every input of a model for some customers at a moment, with the table of their predictions; `None` before the first refresh.
    pub fn inputs_and_predictions(
        &self,
        is_coldstart: bool,
        rows: &[u32],
        at: Minute,
    ) -> Result<Option<(Table, Table, u16)>, LiveError> {
        if is_coldstart {
            let Some(side) = &self.coldstart else { return Ok(None) };
            let Some(written) = side.contents.written_by(at) else { return Ok(None) };
            let deleted = self.deleted_by(written.at);
            let moment = Moment { at: written.at, deleted: &deleted };
            return Ok(Some((side.inputs(rows)?, side.recompute(rows, moment, written.version)?, written.version)));
        }
        let Some(side) = &self.continuous else { return Ok(None) };
        let Some(written) = side.tables[PREDICTIONS].written_by(at) else { return Ok(None) };
        let deleted = self.deleted_by(written.at);
        let moment = Moment { at: written.at, deleted: &deleted };
        let features = side.recompute(FEATURES, rows, moment, written.version)?;
        let predictions = side.recompute(PREDICTIONS, rows, moment, written.version)?;
        Ok(Some((features, predictions, written.version)))
    }

    /// The refresh that wrote a prediction as it stood at a moment: its number and when.
    pub fn writer(&self, is_coldstart: bool, row: u32, at: Minute) -> Option<(u64, Minute)> {
        let written = if is_coldstart {
            self.coldstart.as_ref()?.contents.writer_of(row, at)?
        } else {
            self.continuous.as_ref()?.tables[PREDICTIONS].writer_of(row, at)?
        };
        Some((written.refresh, written.at))
    }

    /// A version that has served, by its place.
    pub fn version(&self, is_coldstart: bool, place: u16) -> Option<&super::Served> {
        let served = if is_coldstart { &self.coldstart.as_ref()?.served } else { &self.continuous.as_ref()?.served };
        served.get(usize::from(place))
    }

    /// A customer's loaded rows up to a moment, the last one first.
    pub fn rows_of_customer(&self, row: u32, at: Minute) -> Vec<Loaded> {
        let Some(side) = &self.continuous else { return Vec::new() };
        let deleted = self.deleted_by(at);
        let of = |events: &Events, table: &'static str, values: &dyn Fn(usize) -> LoadedValues| {
            let rows = events.rows_of(row, &deleted, at);
            let loaded = |row: u32| {
                let row = row as usize;
                Loaded {
                    table,
                    id: events.id(row),
                    day: events.day(row),
                    loaded_at: events.loaded_at(row),
                    batch: events.batch(row),
                    values: values(row),
                }
            };
            rows.into_iter().map(loaded).collect::<Vec<_>>()
        };
        let purchases = &side.transactions;
        let mut rows = of(purchases, TRANSACTIONS_STAGING, &|row| {
            LoadedValues::Purchase(purchases.value(row, 3), purchases.value(row, 4) as u8, purchases.value(row, 5))
        });
        let interactions = &side.interactions;
        rows.extend(of(interactions, INTERACTIONS_STAGING, &|row| {
            LoadedValues::Interaction(interactions.value(row, 3) as u8)
        }));
        rows.sort_by_key(|row| std::cmp::Reverse(row.loaded_at));
        rows
    }

    /// The newest rows of CONTINUOUS_TRANSACTIONS, loaded or raw, for those who want to load them again: id, customer, day, cents, category, items.
    pub fn newest_purchases(&self, n: usize) -> Result<Vec<super::NewPurchase>, LiveError> {
        let Some(side) = &self.continuous else { return Ok(Vec::new()) };
        let events = &side.transactions;
        let deleted = self.deleted_by(self.now());
        let table = if events.len() >= n {
            events.loaded(events.len() - n..events.len(), side.profile(), &deleted)?
        } else {
            let raw = events.raw();
            let first = raw.n_rows().saturating_sub(n);
            raw.select(&(first as u32..raw.n_rows() as u32).collect::<Vec<_>>())?
        };
        let (ids, customers) = (table.ids("TRANSACTION_ID")?, table.ids(tables::CUSTOMER_ID)?);
        let (days, amounts) = (table.days("TRANSACTION_DATE")?, table.integers("AMOUNT")?);
        let (categories, quantities) = (table.codes("PRODUCT_CATEGORY")?, table.integers("QUANTITY")?);
        let row = |row: usize| super::NewPurchase {
            id: Some(ids[row]),
            customer_id: customers[row],
            day: days[row],
            amount_cents: amounts[row],
            category: categories[row],
            quantity: quantities[row],
        };
        Ok((0..table.n_rows()).map(row).collect())
    }

    /// Cents that the first customers of the profile spent on the days `from` ≤ day < `until`, in its order, as far as their purchases have come.
    pub fn spend_between(&self, from: i32, until: i32, n_customers: usize) -> Result<Vec<i64>, LiveError> {
        let mut spent = vec![0_i64; n_customers];
        let Some(side) = &self.continuous else { return Ok(spent) };
        let deleted = self.deleted_by(self.now());
        side.transactions.for_each(&deleted, |customer, day, row| {
            if let Some(spent) = spent.get_mut(customer as usize).filter(|_| (from..until).contains(&day)) {
                *spent = spent.wrapping_add(side.transactions.value(row, 3));
            }
        });
        Ok(spent)
    }

    /// The customers of the profile, in its order.
    pub fn customer_ids(&self) -> Result<&[i32], LiveError> {
        let side = self.continuous.as_ref().ok_or(LiveError::NoModel)?;
        Ok(side.profile().ids(tables::CUSTOMER_ID)?)
    }

    /// Rows of COLDSTART_CUSTOMERS_STAGING as they were at the beginning.
    pub fn first_staging(&self) -> Result<Table, LiveError> {
        self.coldstart.as_ref().ok_or(LiveError::NoModel)?.first_rows()
    }

    /// The columns of COLDSTART_CUSTOMERS_STAGING.
    pub fn staging_schema(&self) -> Option<&TableSchema> {
        self.coldstart.as_ref().map(Coldstart::schema)
    }

    /// The first CUSTOMER_ID that nobody has had in the staging table.
    pub fn next_customer_id(&self) -> Option<i32> {
        self.coldstart.as_ref().map(Coldstart::next_id)
    }

    /// The table of purchases with its levels.
    pub fn transactions_schema(&self) -> Option<&TableSchema> {
        self.continuous.as_ref().map(|side| side.transactions.schema())
    }

    /// Computes a table of the continuous side from all rows, as of its data time, without changing anything: rows computed, and whether they are what
    /// it holds. `None` for the cold-start side and before a table's first refresh.
    pub fn recheck(&self, table: usize) -> Result<Option<(u64, bool)>, LiveError> {
        let (Slot::Continuous(of), Some(side)) = (self.slot(table), &self.continuous) else { return Ok(None) };
        let Some(at) = self.scheduler().status(table).data_time.filter(|&at| at == self.now()) else { return Ok(None) };
        let deleted = self.deleted_by(at);
        let work = Work { moment: Moment { at, deleted: &deleted }, refresh: 0, is_all: true };
        let (n_rows, is_equal) = side.recheck(of, &work)?;
        Ok(Some((n_rows as u64, is_equal)))
    }

    /// What the run's own data look like, to hold later ones against.
    pub fn reference(&self) -> Result<Reference, LiveError> {
        let amounts = self.continuous.as_ref().map(|side| {
            let raw = side.transactions.raw();
            Sample::of(raw, "AMOUNT", &rows_of(raw))
        });
        let channels = match &self.coldstart {
            Some(side) => {
                let table = side.first_rows()?;
                Some(Sample::of(&table, "ACQUISITION_CHANNEL", &rows_of(&table))?)
            }
            None => None,
        };
        Ok(Reference { amounts: amounts.transpose()?, channels })
    }

    /// What should alarm somebody now; `total_at_first` is that of the continuous predictions at the beginning.
    pub fn findings(&self, reference: &Reference, total_at_first: Option<f64>) -> Result<Vec<Finding>, LiveError> {
        let mut found = Vec::new();
        let scheduler = self.scheduler();
        for table in 0..scheduler.graph().tables().len() {
            let status = scheduler.status(table);
            if status.is_suspended {
                let by_failures = status.n_failures >= crate::refresh::MOST_FAILURES;
                found.push(Finding::Suspended { table, by_failures });
            }
            if status.n_failures > 0 {
                let name = &scheduler.graph().tables()[table].name;
                let last = scheduler.history().iter().rev().find(|entry| entry.name == *name && entry.error.is_some());
                let error = last.and_then(|entry| entry.error.clone()).unwrap_or_default();
                found.push(Finding::Failing { table, n_failures: status.n_failures, error });
            }
            if let (Some(lag), Some(target)) = (scheduler.lag(table, self.now()), scheduler.graph().target_lag(table))
                && lag > target
            {
                found.push(Finding::Lag { table, lag, target });
            }
        }
        let is_recent = |at: Minute| self.now() - at < ALARM_DAYS * MINUTES_PER_DAY;
        for (batch, noted) in self.batches.iter().enumerate().skip(2) {
            if noted.deleted_at.is_some() || !is_recent(noted.loaded_at) {
                continue;
            }
            let batch = batch as u16;
            if noted.n_duplicates > 0 {
                found.push(Finding::Duplicates { batch });
            }
            // A day late is what midnight does to everybody.
            if noted.most_days_late > 1 {
                found.push(Finding::Late { batch });
            }
            if noted.n_unknown > 0 {
                found.push(Finding::Unknown { batch });
            }
        }
        self.find_drift(reference, &mut found)?;
        let (n, now) = self.total(false);
        if let Some(before) = total_at_first
            && n > 0
            && before.abs() > 0.0
            && ((now - before) / before).abs() > TOTAL_SHIFT
        {
            found.push(Finding::Predictions { before, now });
        }
        Ok(found)
    }

    fn find_drift(&self, reference: &Reference, found: &mut Vec<Finding>) -> Result<(), LiveError> {
        if let (Some(side), Some(then)) = (&self.continuous, &reference.amounts) {
            let events = &side.transactions;
            let first = events.n_loaded_by(self.now() - AMOUNT_DAYS * MINUTES_PER_DAY);
            let table = events.loaded(first..events.len(), side.profile(), &self.deleted_by(self.now()))?;
            let now = Sample::of(&table, "AMOUNT", &rows_of(&table))?;
            let far = drift(then, &now).filter(|drift| drift.psi > LARGE_ABOVE.max(drift.by_chance));
            if let (true, Some(far)) = (now.n_rows() >= FEWEST_ROWS, far) {
                let batch = most_common((first..events.len()).map(|row| events.batch(row)));
                found.push(Finding::Amounts {
                    psi: far.psi,
                    mean_before: then.mean().unwrap_or_default(),
                    mean: now.mean().unwrap_or_default(),
                    n_rows: now.n_rows(),
                    batch,
                });
            }
        }
        if let (Some(side), Some(then)) = (&self.coldstart, &reference.channels) {
            let rows = side.loaded_since(self.now() - CHANNEL_DAYS * MINUTES_PER_DAY);
            // Those of the beginning are the reference itself.
            let rows: Vec<u32> = rows.into_iter().filter(|&row| side.row(row).loaded_at > self.began_at()).collect();
            let table = side.staging(&rows)?;
            let now = Sample::of(&table, "ACQUISITION_CHANNEL", &rows_of(&table))?;
            let far = drift(then, &now).filter(|drift| drift.psi > LARGE_ABOVE.max(drift.by_chance));
            if let (true, Some(far)) = (now.n_rows() >= FEWEST_ROWS, far) {
                let batch = most_common(rows.iter().map(|&row| side.row(row).batch));
                found.push(Finding::Channels { psi: far.psi, n_rows: now.n_rows(), batch });
            }
        }
        Ok(())
    }

    /// Names of everything that a source reaches, the predictions last.
    pub fn reached_from(&self, source: &str) -> Vec<String> {
        let graph = self.scheduler().graph();
        let mut reached: Vec<String> = vec![source.to_owned()];
        for table in graph.tables() {
            if table.reads.iter().any(|read| reached.contains(read)) {
                reached.push(table.name.clone());
            }
        }
        // The views are read by nothing that predicts.
        let is_on_the_way = |name: &String| {
            name == source
                || name.as_str() == CONTINUOUS_PREDICTIONS
                || name.as_str() == COLDSTART_PREDICTIONS
                || graph.position(name).is_some_and(|at| {
                    graph.downstream(at).iter().any(|&down| matches!(self.slot(down), Slot::Continuous(PREDICTIONS)))
                })
        };
        reached.retain(is_on_the_way);
        reached
    }
}

/// The batch with most rows that somebody gave, or else the simulation's.
fn most_common(batches: impl Iterator<Item = u16>) -> u16 {
    let mut counts = std::collections::BTreeMap::new();
    batches.filter(|&batch| batch > STREAM + 1).for_each(|batch| *counts.entry(batch).or_insert(0_usize) += 1);
    counts.into_iter().max_by_key(|&(_, n)| n).map_or(STREAM, |(batch, _)| batch)
}
