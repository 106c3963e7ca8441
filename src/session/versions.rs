//! Views that own features have changed, beside the catalogue's own: definitions, SQL, and values as of the same day. The
//! catalogue's version is computed again where the run did not, with its cut points fitted on the same training rows.

use super::own_features;
use super::stages::StageError;
use super::store::Store;
use super::summaries;
use crate::engine::dataset::{Part, rows_in, temporal_split};
use crate::engine::feature::sql::{self, Names};
use crate::engine::feature::{CheckedView, Fitted, Inputs, Observation, Registry, describe, fit, rows_of};
use crate::engine::profile::drift::{self, Sample};
use crate::engine::table::Table;
use crate::protocol::{DiffLine, FeatureRevision, LineChange, ObjectId, VersionComparison, ViewVersions};
use diff::Result::{Both, Left, Right};
use std::collections::{BTreeMap, VecDeque};

/// An answer in the making.
pub(super) struct Versions {
    done: ViewVersions,
    catalogue: Registry,
    open: VecDeque<ObjectId>,
    /// The catalogue's views as of now, where they differ from the run's.
    before: BTreeMap<&'static str, Table>,
    /// Fitted values of the catalogue's views, where they differ.
    fitted: BTreeMap<String, Fitted>,
}

impl Versions {
    pub fn new(store: &Store) -> Result<Self, StageError> {
        let catalogue = own_features::registry(&[]).map_err(|_| StageError::Missing("the catalogue"))?;
        let differs = |view: &&CheckedView| {
            catalogue.view(view.name()).is_some_and(|known| known.definition() != view.definition())
        };
        let changed = store.views.views().iter().filter(differs).filter_map(|view| ObjectId::by_name(view.name()));
        let open = changed.filter(|object| store.tables.contains_key(object)).collect();
        let (done, before) = (ViewVersions::default(), BTreeMap::new());
        Ok(Self { done, catalogue, open, before, fitted: store.fitted.clone() })
    }

    pub fn add_time(&mut self, spent_ms: f64) {
        self.done.elapsed_ms += spent_ms;
    }

    pub fn finish(self) -> ViewVersions {
        self.done
    }

    /// One view; true when it was the last.
    pub fn step(&mut self, store: &Store) -> Result<bool, StageError> {
        if let Some(object) = self.open.pop_front() {
            let old = self.catalogue.view(object.name()).ok_or(StageError::Missing("a view"))?.clone();
            let new = store.views.view(object.name()).ok_or(StageError::Missing("a view"))?;
            if !old.definition().fits.is_empty() && !self.before.is_empty() {
                let refitted = Self::fit(&old, store)?;
                self.fitted.insert(old.name().to_owned(), refitted);
            }
            let before = self.serve(&old, store)?;
            let comparison = self.compare(object, (&old, &before), (new, store.table(object)?), store)?;
            self.before.insert(old.name(), before);
            self.done.comparisons.push(comparison);
        }
        Ok(self.open.is_empty())
    }

    /// A view of the catalogue as of now.
    fn serve(&self, view: &CheckedView, store: &Store) -> Result<Table, StageError> {
        let profile = store.table(ObjectId::Profile)?;
        let now = store.now.ok_or(StageError::Missing("the observation date"))?;
        let upstream = view.upstream().iter().map(|upstream| match self.before.get(upstream.name()) {
            Some(table) => Ok(table),
            None => {
                ObjectId::by_name(upstream.name()).ok_or(StageError::Missing("a view")).and_then(|id| store.table(id))
            }
        });
        let upstream = upstream.collect::<Result<Vec<&Table>, _>>()?;
        let (rows, as_of) = (rows_of(profile), Observation::On(now.0));
        store.evaluate(view, (&rows, as_of), &upstream, self.fitted.get(view.name()))
    }

    /// A view's fitted values over the catalogue's own upstream views, on the run's training rows.
    fn fit(view: &CheckedView, store: &Store) -> Result<Fitted, StageError> {
        let spine = &store.spine;
        let (rows, as_of) = (spine.profile_rows.as_slice(), Observation::Each(&spine.observation_days));
        let upstream = view.upstream().iter().map(|upstream| store.evaluate(upstream, (rows, as_of), &[], None));
        let upstream = upstream.collect::<Result<Vec<Table>, _>>()?;
        let events = [store.event_source(ObjectId::Transactions)?, store.event_source(ObjectId::Interactions)?];
        let upstream: Vec<&Table> = upstream.iter().collect();
        let inputs =
            Inputs { entity: store.table(ObjectId::Profile)?, rows, as_of, events: &events, upstream: &upstream };
        let parts = temporal_split(&spine.observation_days);
        Ok(fit(view, &inputs, &rows_in(&parts, Part::Train))?)
    }

    fn compare(
        &self,
        object: ObjectId,
        (old, before): (&CheckedView, &Table),
        (new, after): (&CheckedView, &Table),
        store: &Store,
    ) -> Result<VersionComparison, StageError> {
        let mut features = Vec::new();
        for feature in new.features() {
            let formula_after = describe::formula(&feature.expr);
            let Some(known) = old.features().iter().find(|known| known.name == feature.name) else {
                let n_different = after.n_rows() as u64;
                let (name, formula_before) = (feature.name.clone(), None);
                features.push(FeatureRevision { name, formula_before, formula_after, n_different, drift: None });
                continue;
            };
            let n_different = n_different(before, after, &feature.name);
            if known.expr == feature.expr && n_different == 0 {
                continue;
            }
            let rows = rows_of(after);
            let sides = [Sample::of(before, &feature.name, &rows)?, Sample::of(after, &feature.name, &rows)?];
            let found = drift::drift(&sides[0], &sides[1]);
            let named = (feature.name.as_str(), feature.unit.as_str());
            features.push(FeatureRevision {
                name: feature.name.clone(),
                formula_before: Some(describe::formula(&known.expr)),
                formula_after,
                n_different,
                drift: found.map(|found| summaries::feature_drift(object, named, found, sides)),
            });
        }
        let names = Names::default();
        let (sql_before, sql_after) =
            (sql::dynamic_table(old, &names, &self.fitted), sql::dynamic_table(new, &names, &store.fitted));
        Ok(VersionComparison {
            view: object,
            before: old.definition().version.clone(),
            after: new.definition().version.clone(),
            n_rows: after.n_rows() as u64,
            n_unchanged: (new.features().len() - features.len()) as u32,
            features,
            sql: lines(&sql_before, &sql_after),
        })
    }
}

/// Rows whose value of a column differs.
fn n_different(before: &Table, after: &Table, column: &str) -> u64 {
    let (Some(old), Some(new)) = (before.schema().index_of(column), after.schema().index_of(column)) else { return 0 };
    (0..after.n_rows()).filter(|&row| before.cell(row, old) != after.cell(row, new)).count() as u64
}

/// The lines of two texts, equal ones once: a longest common subsequence.
fn lines(before: &str, after: &str) -> Vec<DiffLine> {
    let line = |change: LineChange, text: &str| DiffLine { change, text: text.to_owned() };
    let found = diff::lines(before.trim_end(), after.trim_end()).into_iter().map(|found| match found {
        Left(text) => line(LineChange::Removed, text),
        Both(text, _) => line(LineChange::Same, text),
        Right(text) => line(LineChange::Added, text),
    });
    found.collect()
}
