//! The cold-start side: COLDSTART_CUSTOMERS_STAGING, which customers enter after their first 30 days and leave on day 90, and the predictions over it.

use super::contents::{Contents, Rows, Written, hash_rows};
use super::continuous::Moved;
use super::growing::Growing;
use super::ids::IdSet;
use super::{Done, LiveError, Moment, Served, Work, day_of};
use crate::refresh::Minute;
use clv_engine::dataset::{coldstart_serving_table, prediction_table};
use clv_engine::feature::{CheckedView, Fitted, Inputs, Observation, evaluate, rows_of};
use clv_engine::schema::{TableSchema, tables};
use clv_engine::table::Table;

/// Days from sign-up on which a customer leaves for the profile.
pub const GRADUATION_DAYS: i32 = 90;

/// Key columns beside a prediction.
pub const PREDICTION_KEYS: [&str; 3] = ["CUSTOMER_ID", "ACQUISITION_CHANNEL", "MADE_FIRST_PURCHASE"];

/// What a run made of the cold-start scenario.
pub struct ColdstartStart {
    pub view: CheckedView,
    pub staging: Table,
    pub served: Served,
}

/// A row of the staging table.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub id: i32,
    pub signup: i32,
    pub loaded_at: Minute,
    pub batch: u16,
    /// When it left, by graduation or because its batch was deleted.
    pub left_at: Option<Minute>,
}

pub struct Coldstart {
    view: CheckedView,
    /// Rows as they came, and what is known of each.
    table: Growing,
    rows: Vec<Waiting>,
    /// So many of them made the staging table at the beginning.
    n_first: usize,
    /// Rows that are there now, in the order in which they came.
    present: Vec<u32>,
    /// Rows that have left since the last refresh.
    gone: Vec<u32>,
    ids: IdSet,
    pub contents: Contents,
    pub served: Vec<Served>,
    predicted: Vec<f32>,
    /// By the last refresh that changed any prediction, and when.
    pub moved: (Minute, Vec<Moved>),
}

impl Coldstart {
    pub fn new(start: ColdstartStart, now: Minute) -> Result<Self, LiveError> {
        let mut side = Self {
            view: start.view,
            table: Growing::new(&start.staging.select(&[])?)?,
            rows: Vec::new(),
            n_first: start.staging.n_rows(),
            present: Vec::new(),
            gone: Vec::new(),
            ids: IdSet::default(),
            contents: Contents::default(),
            served: vec![start.served],
            predicted: Vec::new(),
            moved: (now, Vec::new()),
        };
        let loaded = vec![now; start.staging.n_rows()];
        side.load(&start.staging, &loaded, 0)?;
        Ok(side)
    }

    /// Takes rows in; how many were duplicates by their customer, of which the first one counts.
    pub fn load(&mut self, customers: &Table, loaded_at: &[Minute], batch: u16) -> Result<usize, LiveError> {
        let (ids, signups) = (customers.ids(tables::CUSTOMER_ID)?, customers.days(tables::SIGNUP_DATE)?);
        let is_new: Vec<bool> = ids.iter().map(|&id| self.ids.insert(id)).collect();
        let kept: Vec<u32> = (0..ids.len() as u32).filter(|&row| is_new[row as usize]).collect();
        self.table.extend(&customers.select(&kept)?)?;
        for &row in &kept {
            let (row, at) = (row as usize, self.rows.len() as u32);
            let (id, signup, loaded_at) = (ids[row], signups[row], loaded_at[row]);
            self.rows.push(Waiting { id, signup, loaded_at, batch, left_at: None });
            self.present.push(at);
            self.contents.pending.mark(at);
        }
        Ok(ids.len() - kept.len())
    }

    pub fn next_id(&self) -> i32 {
        self.ids.next()
    }

    /// The rows of the staging table at the beginning.
    pub fn first_rows(&self) -> Result<Table, LiveError> {
        self.staging(&(0..self.n_first as u32).collect::<Vec<_>>())
    }

    pub fn schema(&self) -> &TableSchema {
        self.table.schema()
    }

    /// Rows that were loaded after a moment and are still there.
    pub fn loaded_since(&self, moment: Minute) -> Vec<u32> {
        self.present.iter().copied().filter(|&row| self.row(row).loaded_at > moment).collect()
    }

    /// Rows that have ever come.
    pub fn n_loaded(&self) -> usize {
        self.rows.len()
    }

    pub fn row(&self, row: u32) -> &Waiting {
        &self.rows[row as usize]
    }

    pub fn present(&self) -> &[u32] {
        &self.present
    }

    /// The row of a customer who is there.
    pub fn row_of(&self, customer_id: i32) -> Option<u32> {
        self.present.iter().copied().find(|&row| self.row(row).id == customer_id)
    }

    pub fn predicted(&self) -> &[f32] {
        &self.predicted
    }

    /// Lets customers go who reach day 90, and gives their rows.
    pub fn graduate(&mut self, day: i32, at: Minute) -> Vec<u32> {
        self.leave(at, |row| day - row.signup >= GRADUATION_DAYS)
    }

    /// Takes the rows of a batch away; their customers may come again.
    pub fn delete(&mut self, batch: u16, at: Minute) -> usize {
        let gone = self.leave(at, |row| row.batch == batch);
        gone.iter().for_each(|&row| self.ids.remove(self.rows[row as usize].id));
        gone.len()
    }

    fn leave(&mut self, at: Minute, is_leaving: impl Fn(&Waiting) -> bool) -> Vec<u32> {
        let rows = &mut self.rows;
        let (leaving, staying): (Vec<u32>, Vec<u32>) =
            self.present.iter().partition(|&&row| is_leaving(&rows[row as usize]));
        self.present = staying;
        leaving.iter().for_each(|&row| rows[row as usize].left_at = Some(at));
        self.gone.extend(&leaving);
        leaving
    }

    /// The observation date has moved on, which stands in every row of the predictions.
    pub fn new_day(&mut self) {
        self.present.iter().for_each(|&row| self.contents.pending.mark(row));
    }

    pub fn has_news(&self) -> bool {
        !self.gone.is_empty() || !self.contents.pending.is_empty()
    }

    pub fn serve(&mut self, served: Served) {
        self.served.push(served);
    }

    /// Carries out a refresh of the predictions.
    pub fn refresh(&mut self, work: &Work) -> Result<Done, LiveError> {
        let version = self.served.len() as u16 - 1;
        let pending = self.contents.pending.rows();
        let mut rows = if work.is_all { self.present.clone() } else { pending };
        rows.retain(|&row| self.rows[row as usize].left_at.is_none());
        let (table, predicted) = self.computed(&rows, work.moment, version)?;
        let hashes = hash_rows(&table, u64::from(version) + 1)?;
        let mut changed = Vec::new();
        let mut change = self.contents.take(&rows, &hashes, &mut changed);
        for row in std::mem::take(&mut self.gone) {
            change.deleted += u64::from(self.contents.remove(row));
        }
        self.contents.pending.clear();
        self.predicted.resize(self.rows.len(), f32::NAN);
        let mut moved = Vec::new();
        for (&row, after) in rows.iter().zip(predicted) {
            let before = std::mem::replace(&mut self.predicted[row as usize], after);
            if before.to_bits() != after.to_bits() {
                moved.push(Moved { row, before: (!before.is_nan()).then_some(before), after });
            }
        }
        if !moved.is_empty() {
            self.moved = (work.moment.at, moved);
        }
        if !change.is_empty() {
            let is_all = changed.len() == self.present.len();
            let rows = if is_all { Rows::All } else { Rows::Some(changed) };
            self.contents.written.push(Written { refresh: work.refresh, at: work.moment.at, version, rows });
        }
        Ok(Done { touched: rows.len() as u64, change })
    }

    /// Rows that were there at a moment.
    pub fn rows_at(&self, moment: Minute) -> Vec<u32> {
        let until = self.rows.partition_point(|row| row.loaded_at <= moment);
        let is_there = |row: &u32| self.rows[*row as usize].left_at.is_none_or(|left_at| left_at > moment);
        (0..until as u32).filter(is_there).collect()
    }

    /// Rows of the staging table.
    pub fn staging(&self, rows: &[u32]) -> Result<Table, LiveError> {
        Ok(self.table.select(rows)?)
    }

    /// Predictions as a refresh at a moment left them, computed anew.
    pub fn recompute(&self, rows: &[u32], moment: Moment, version: u16) -> Result<Table, LiveError> {
        Ok(self.computed(rows, moment, version)?.0)
    }

    /// Every input of the model, of some rows.
    pub fn inputs(&self, rows: &[u32]) -> Result<Table, LiveError> {
        let customers = self.staging(rows)?;
        let all = rows_of(&customers);
        let inputs = Inputs { entity: &customers, rows: &all, as_of: Observation::Undated, events: &[], upstream: &[] };
        let features = evaluate(&self.view, &inputs, &Fitted::default())?;
        Ok(coldstart_serving_table(&customers, &features)?)
    }

    fn computed(&self, rows: &[u32], moment: Moment, version: u16) -> Result<(Table, Vec<f32>), LiveError> {
        let served = self.served.get(usize::from(version)).ok_or(LiveError::NoModel)?;
        let inputs = self.inputs(rows)?;
        let predicted = served.predict(&inputs)?;
        let name = "COLDSTART_CLV_PREDICTIONS";
        let table = prediction_table(name, &inputs, &PREDICTION_KEYS, &predicted, &served.version, day_of(moment.at))?;
        Ok((table, predicted))
    }

    pub fn bytes(&self) -> usize {
        self.table.bytes()
            + size_of::<Waiting>() * self.rows.capacity()
            + self.contents.bytes()
            + 4 * self.predicted.capacity()
    }
}
