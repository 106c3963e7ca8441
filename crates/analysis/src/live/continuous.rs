//! The continuous side: raw and staging tables, the four feature views over raw rows, CONTINUOUS_CUSTOMER_FEATURES over raw and staging rows, and
//! the predictions over it. Refreshes are carried out here; when, and in which mode, is decided elsewhere.

use super::contents::{Contents, Rows, Written, hash_rows};
use super::events::Events;
use super::{Done, LiveError, MINUTES_PER_DAY, Moment, Served, Work, day_of, midnight_of};
use crate::refresh::Minute;
use clv_engine::dataset::{ModelInput, customer_features, prediction_table};
use clv_engine::feature::incremental::State;
use clv_engine::feature::{CheckedView, EventIndex, EventSource, Fitted, Inputs, Observation, evaluate, rows_of};
use clv_engine::schema::{Day, tables};
use clv_engine::table::Table;
use std::collections::HashMap;

pub const N_VIEWS: usize = 4;
pub const FEATURES: usize = N_VIEWS;
pub const PREDICTIONS: usize = N_VIEWS + 1;
pub const N_TABLES: usize = N_VIEWS + 2;

/// Key features beside a prediction.
pub const PREDICTION_KEYS: [&str; 5] =
    ["CUSTOMER_ID", "RECENCY_DAYS", "FREQUENCY", "MONETARY_TOTAL", "LIFECYCLE_STAGE"];

/// What a run made of the continuous scenario.
pub struct ContinuousStart {
    /// The four views with their cut points, upstream before downstream.
    pub views: Vec<(CheckedView, Fitted)>,
    pub inputs: Vec<ModelInput>,
    pub profile: Table,
    pub transactions: Table,
    pub interactions: Table,
    pub served: Served,
}

/// Aggregates over some of the rows, and how far the logs have gone into them.
struct Kept {
    state: State,
    merged: [usize; 2],
    /// Rows that are in it were deleted.
    is_stale: bool,
}

/// A prediction that a refresh has changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// Row of the profile.
    pub row: u32,
    /// `None` for a new row.
    pub before: Option<f32>,
    pub after: f32,
}

/// Rows with their tables, as a refresh has just computed them.
struct Fresh<T> {
    at: Minute,
    rows: Vec<u32>,
    computed: T,
}

pub struct Continuous {
    pub views: Vec<(CheckedView, Fitted)>,
    inputs: Vec<ModelInput>,
    profile: Table,
    rows_by_id: HashMap<i32, u32>,
    /// When each row of the profile entered it, never descending.
    entered: Vec<Minute>,
    pub transactions: Events,
    pub interactions: Events,
    /// Over raw rows: what was loaded before the day began.
    raw: Kept,
    /// Over raw and staging rows.
    all: Kept,
    pub tables: [Contents; N_TABLES],
    /// Versions that have served, the present one last.
    pub served: Vec<Served>,
    predicted: Vec<f32>,
    /// Predictions as they were at the beginning and on the first of each month, to be held against what came.
    pub monthly: Vec<(Minute, Vec<f32>)>,
    /// By the last refresh that changed any prediction, and when.
    pub moved: (Minute, Vec<Moved>),
    fresh_views: Option<Fresh<Vec<Table>>>,
    fresh_features: Option<Fresh<Table>>,
}

impl Continuous {
    pub fn new(start: ContinuousStart, now: Minute) -> Result<Self, LiveError> {
        let ContinuousStart { views, inputs, profile, transactions, interactions, served } = start;
        let definitions: Vec<_> = views.iter().flat_map(|(view, _)| view.definition().events.clone()).collect();
        let event_table = |table: &Table| {
            let found = definitions.iter().find(|events| events.schema.name == table.name());
            found.cloned().ok_or_else(|| LiveError::NoSuchTable(table.name().to_owned()))
        };
        let transactions = Events::new(&event_table(&transactions)?, &transactions, &profile)?;
        let interactions = Events::new(&event_table(&interactions)?, &interactions, &profile)?;
        let state = |state: State| Kept { state, merged: [0, 0], is_stale: false };
        let sources = [&transactions, &interactions];
        let as_of = day_of(now);
        let (raw, all) =
            (build(&views, &profile, sources, &[], now, as_of)?, build(&views, &profile, sources, &[], now, as_of)?);
        let ids = profile.ids(tables::CUSTOMER_ID)?;
        Ok(Self {
            rows_by_id: ids.iter().zip(0..).map(|(&id, row)| (id, row)).collect(),
            entered: vec![Minute::MIN; profile.n_rows()],
            raw: state(raw),
            all: state(all),
            views,
            inputs,
            profile,
            transactions,
            interactions,
            tables: Default::default(),
            served: vec![served],
            predicted: Vec::new(),
            monthly: Vec::new(),
            moved: (now, Vec::new()),
            fresh_views: None,
            fresh_features: None,
        })
    }

    pub fn profile(&self) -> &Table {
        &self.profile
    }

    pub fn row_of(&self, customer_id: i32) -> Option<u32> {
        self.rows_by_id.get(&customer_id).copied()
    }

    /// By row of the profile; those without a prediction yet come as `NaN`.
    pub fn predicted(&self) -> &[f32] {
        &self.predicted
    }

    /// Takes customers into the profile from a moment on.
    pub fn enter(&mut self, customers: &Table, at: Minute) -> Result<(), LiveError> {
        let first = self.profile.n_rows() as u32;
        let ids = customers.ids(tables::CUSTOMER_ID)?;
        if let Some(&known) = ids.iter().find(|id| self.rows_by_id.contains_key(id)) {
            return Err(LiveError::KnownCustomer(known));
        }
        self.profile = self.profile.append(customers)?;
        self.rows_by_id.extend(ids.iter().zip(first..).map(|(&id, row)| (id, row)));
        self.entered.resize(self.profile.n_rows(), at);
        Ok(())
    }

    /// Rows of the profile at a moment: the first ones.
    pub fn n_rows_by(&self, moment: Minute) -> usize {
        self.entered.partition_point(|&at| at <= moment)
    }

    /// Rows of a batch were deleted.
    pub fn forget(&mut self) {
        (self.raw.is_stale, self.all.is_stale) = (true, true);
    }

    /// A version that serves from now on.
    pub fn serve(&mut self, served: Served) {
        self.served.push(served);
    }

    /// Carries out a refresh of one of the tables, in the order of this module's constants.
    pub fn refresh(&mut self, table: usize, work: &Work) -> Result<Done, LiveError> {
        match table {
            PREDICTIONS => self.refresh_predictions(work),
            FEATURES => self.refresh_features(work),
            _ => self.refresh_view(table, work),
        }
    }

    fn refresh_view(&mut self, table: usize, work: &Work) -> Result<Done, LiveError> {
        self.bring_raw(work)?;
        let rows = self.open_rows(table, work);
        let known = self.fresh_views.take().filter(|fresh| fresh.at == work.moment.at && fresh.rows == rows);
        let fresh = match known {
            Some(fresh) => fresh,
            None => Fresh { at: work.moment.at, computed: self.raw.state.rows(&rows)?, rows },
        };
        let hashes = hash_rows(&fresh.computed[table], 0)?;
        let done = self.take(table, &fresh.rows, &hashes, work).0;
        self.fresh_views = Some(fresh);
        Ok(done)
    }

    fn refresh_features(&mut self, work: &Work) -> Result<Done, LiveError> {
        self.bring_all(work)?;
        let rows = self.open_rows(FEATURES, work);
        let computed = self.features_of(&rows, work.moment)?;
        let hashes = hash_rows(&computed, 0)?;
        let (done, changed) = self.take(FEATURES, &rows, &hashes, work);
        changed.into_iter().for_each(|row| self.tables[PREDICTIONS].pending.mark(row));
        self.fresh_features = Some(Fresh { at: work.moment.at, rows, computed });
        Ok(done)
    }

    fn refresh_predictions(&mut self, work: &Work) -> Result<Done, LiveError> {
        let rows = self.open_rows(PREDICTIONS, work);
        let fresh = self.fresh_features.take().filter(|fresh| fresh.at == work.moment.at);
        let features = match fresh {
            Some(fresh) if fresh.rows == rows => fresh.computed,
            Some(Fresh { rows: known, computed, .. }) if let Some(places) = places_of(&rows, &known) => {
                computed.select(&places)?
            }
            _ => {
                self.bring_all(work)?;
                self.features_of(&rows, work.moment)?
            }
        };
        let served = self.served.last().ok_or(LiveError::NoModel)?;
        let predicted = served.predict(&features)?;
        let table = self.predictions_of(&features, &predicted, served, work.moment)?;
        let hashes = hash_rows(&table, self.served.len() as u64)?;
        let (done, changed) = self.take(PREDICTIONS, &rows, &hashes, work);
        let mut moved = Vec::new();
        self.predicted.resize(self.profile.n_rows(), f32::NAN);
        let mut next = changed.iter().peekable();
        for (&row, after) in rows.iter().zip(predicted) {
            let before = std::mem::replace(&mut self.predicted[row as usize], after);
            if next.next_if_eq(&&row).is_some() && before.to_bits() != after.to_bits() {
                moved.push(Moved { row, before: (!before.is_nan()).then_some(before), after });
            }
        }
        if !moved.is_empty() {
            self.moved = (work.moment.at, moved);
        }
        let at = work.moment.at;
        if self.monthly.is_empty() || is_first_of_month(at) {
            self.monthly.retain(|&(known, _)| known != at);
            self.monthly.push((at, self.predicted.clone()));
        }
        Ok(done)
    }

    /// Rows to compute: all of them, or those that may have changed.
    fn open_rows(&self, table: usize, work: &Work) -> Vec<u32> {
        if work.is_all { rows_of(&self.profile) } else { self.tables[table].pending.rows() }
    }

    fn take(&mut self, table: usize, rows: &[u32], hashes: &[u64], work: &Work) -> (Done, Vec<u32>) {
        let contents = &mut self.tables[table];
        let mut changed = Vec::new();
        let change = contents.take(rows, hashes, &mut changed);
        contents.pending.clear();
        if !change.is_empty() {
            let is_all = changed.len() == self.profile.n_rows();
            let written = match table {
                PREDICTIONS if !is_all => Rows::Some(changed.clone()),
                _ => Rows::All,
            };
            let version = self.served.len() as u16 - 1;
            contents.written.push(Written { refresh: work.refresh, at: work.moment.at, version, rows: written });
        }
        (Done { touched: rows.len() as u64, change }, changed)
    }

    /// Loaded rows that have not gone into a table's aggregates yet, and rows of the table that wait to be computed.
    pub fn n_open(&self, table: usize) -> usize {
        let kept = if table < N_VIEWS { &self.raw } else { &self.all };
        let n_loaded = match table {
            PREDICTIONS => 0,
            _ => self.transactions.len() + self.interactions.len() - kept.merged.iter().sum::<usize>(),
        };
        n_loaded + self.tables[table].pending.len()
    }

    /// Every table computed from all rows at a moment, without taking what comes of it; rows computed and whether they are those that the table holds.
    pub fn recheck(&self, table: usize, work: &Work) -> Result<(usize, bool), LiveError> {
        let rows = rows_of(&self.profile);
        let (computed, seed) = match table {
            PREDICTIONS => {
                let features = self.features_of(&rows, work.moment)?;
                let served = self.served.last().ok_or(LiveError::NoModel)?;
                let predicted = served.predict(&features)?;
                (self.predictions_of(&features, &predicted, served, work.moment)?, self.served.len() as u64)
            }
            FEATURES => (self.features_of(&rows, work.moment)?, 0),
            _ => (self.raw.state.rows(&rows)?.swap_remove(table), 0),
        };
        Ok((rows.len(), hash_rows(&computed, seed)? == self.tables[table].hashes()))
    }

    /// Whether a table has anything to compute at a moment, after its upstream has been refreshed.
    pub fn has_news(&mut self, table: usize, work: &Work) -> Result<bool, LiveError> {
        match table {
            PREDICTIONS => {}
            FEATURES => self.bring_all(work)?,
            _ => self.bring_raw(work)?,
        }
        Ok(!self.tables[table].pending.is_empty())
    }

    fn bring_raw(&mut self, work: &Work) -> Result<(), LiveError> {
        let loaded_by = midnight_of(work.moment.at) - 1;
        let changed = self.bring(false, loaded_by, work)?;
        for table in &mut self.tables[..N_VIEWS] {
            changed.iter().for_each(|&row| table.pending.mark(row));
        }
        Ok(())
    }

    fn bring_all(&mut self, work: &Work) -> Result<(), LiveError> {
        let changed = self.bring(true, work.moment.at, work)?;
        changed.iter().for_each(|&row| self.tables[FEATURES].pending.mark(row));
        Ok(())
    }

    /// Moves aggregates on to a moment; says which rows of the profile may have changed.
    fn bring(&mut self, is_all: bool, loaded_by: Minute, work: &Work) -> Result<Vec<u32>, LiveError> {
        let kept = if is_all { &mut self.all } else { &mut self.raw };
        let as_of = day_of(work.moment.at);
        let sources = [&self.transactions, &self.interactions];
        let loaded = sources.map(|source| source.n_loaded_by(loaded_by));
        if kept.is_stale {
            let state = build(&self.views, &self.profile, sources, work.moment.deleted, loaded_by, as_of)?;
            *kept = Kept { state, merged: loaded, is_stale: false };
            return Ok(rows_of(&self.profile));
        }
        if loaded != kept.merged || as_of != kept.state.as_of() {
            kept.state.append_entities(&self.profile)?;
            for (source, (merged, until)) in sources.into_iter().zip(kept.merged.iter_mut().zip(loaded)) {
                if *merged < until {
                    kept.state.merge(&source.loaded(*merged..until, &self.profile, work.moment.deleted)?)?;
                    *merged = until;
                }
            }
            kept.state.advance(as_of)?;
        }
        Ok(kept.state.take_changed())
    }

    fn features_of(&self, rows: &[u32], moment: Moment) -> Result<Table, LiveError> {
        let views = self.all.state.rows(rows)?;
        let views: Vec<&Table> = views.iter().collect();
        Ok(customer_features(&self.profile.select(rows)?, &views, &self.inputs, day_of(moment.at))?)
    }

    fn predictions_of(
        &self,
        features: &Table,
        predicted: &[f32],
        served: &Served,
        moment: Moment,
    ) -> Result<Table, LiveError> {
        let name = "CONTINUOUS_CLV_PREDICTIONS";
        Ok(prediction_table(name, features, &PREDICTION_KEYS, predicted, &served.version, day_of(moment.at))?)
    }

    /// A table as a refresh at a moment left it, computed from all rows anew: some customers, rows of the profile. Deliberately shares nothing
    /// with [`refresh`](Self::refresh) but the definitions.
    pub fn recompute(&self, table: usize, rows: &[u32], moment: Moment, version: u16) -> Result<Table, LiveError> {
        let loaded_by = if table < N_VIEWS { midnight_of(moment.at) - 1 } else { moment.at };
        let entity = self.profile.select(rows)?;
        let mut events = Vec::new();
        for source in [&self.transactions, &self.interactions] {
            let table = source.as_of(rows, &self.profile, moment.deleted, loaded_by)?;
            let index = EventIndex::new(source.definition(), &table, &entity)?;
            events.push((source.definition(), table, index));
        }
        let sources = events.iter().map(|(definition, table, index)| EventSource::new(definition, table, index));
        let sources = sources.collect::<Result<Vec<_>, _>>()?;
        let (all, as_of) = (rows_of(&entity), Observation::On(day_of(moment.at)));
        let mut views: Vec<Table> = Vec::new();
        for (view, fitted) in &self.views[..=table.min(N_VIEWS - 1)] {
            let upstream: Vec<&Table> = views.iter().collect();
            let inputs = Inputs { entity: &entity, rows: &all, as_of, events: &sources, upstream: &upstream };
            views.push(evaluate(view, &inputs, fitted)?);
        }
        if table < N_VIEWS {
            return views.pop().ok_or(LiveError::NoModel);
        }
        let views: Vec<&Table> = views.iter().collect();
        let features = customer_features(&entity, &views, &self.inputs, day_of(moment.at))?;
        if table == FEATURES {
            return Ok(features);
        }
        let served = self.served.get(usize::from(version)).ok_or(LiveError::NoModel)?;
        let predicted = served.predict(&features)?;
        self.predictions_of(&features, &predicted, served, moment)
    }

    /// Bytes of logs, aggregates and refreshes.
    pub fn bytes(&self) -> usize {
        let tables = self.tables.iter().map(Contents::bytes).sum::<usize>();
        let states = self.raw.state.bytes() + self.all.state.bytes();
        let kept = self.monthly.iter().map(|(_, predicted)| 4 * predicted.capacity()).sum::<usize>();
        self.transactions.bytes() + self.interactions.bytes() + tables + states + kept + 4 * self.predicted.capacity()
    }
}

/// Aggregates over everything that was loaded by a moment.
fn build(
    views: &[(CheckedView, Fitted)],
    profile: &Table,
    sources: [&Events; 2],
    deleted: &[bool],
    loaded_by: Minute,
    as_of: i32,
) -> Result<State, LiveError> {
    let rows = rows_of(profile);
    let mut events = Vec::new();
    for source in sources {
        let table =
            if source.len() == 0 { source.raw().clone() } else { source.as_of(&rows, profile, deleted, loaded_by)? };
        let index = EventIndex::new(source.definition(), &table, profile)?;
        events.push((source.definition(), table, index));
    }
    let given = events.iter().map(|(definition, table, index)| EventSource::new(definition, table, index));
    let given = given.collect::<Result<Vec<_>, _>>()?;
    let views: Vec<(&CheckedView, &Fitted)> = views.iter().map(|(view, fitted)| (view, fitted)).collect();
    Ok(State::new(&views, profile, &given, as_of)?)
}

/// Where each of some rows stands among others, both ascending; `None` where one is missing.
fn places_of(rows: &[u32], among: &[u32]) -> Option<Vec<u32>> {
    rows.iter().map(|row| among.binary_search(row).ok().map(|at| at as u32)).collect()
}

/// True for 00:00 of the first day of a month.
pub fn is_first_of_month(moment: Minute) -> bool {
    moment == midnight_of(moment) && Day(day_of(moment)).to_ymd().2 == 1
}

/// The first minute of a day.
pub fn first_minute(day: i32) -> Minute {
    Minute::from(day) * MINUTES_PER_DAY
}
