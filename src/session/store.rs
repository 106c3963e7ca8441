//! What a run has made so far.

use super::stages::{StageError, event_index};
use crate::engine::dataset::{
    DatasetError, Matrix, ModelInput, Part, Preprocessing, Spine, SpineRule, inputs, realised_target, rows_in,
};
use crate::engine::feature::{
    CheckedView, EventIndex, EventSource, Fitted, Inputs, Observation, Registry, evaluate, fit, rows_of,
};
use crate::engine::learn::{Ensemble, Params};
use crate::engine::registry;
use crate::engine::schema::{Day, tables};
use crate::engine::synth::{Latents, SynthConfig};
use crate::engine::table::Table;
use crate::protocol::{ModelReport, ObjectId, OwnDataInUse, Scenario, TableReport, TargetKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Upstream before downstream.
pub(super) const CONTINUOUS_VIEWS: [ObjectId; 4] =
    [ObjectId::RfmFeatures, ObjectId::PurchasePatterns, ObjectId::EngagementFeatures, ObjectId::DerivedFeatures];

/// Tables, datasets and models by name.
#[derive(Default)]
pub struct Store {
    pub tables: BTreeMap<ObjectId, Table>,
    pub table_reports: BTreeMap<String, TableReport>,
    /// Checked feature views.
    pub views: Registry,
    /// Fitted values by view name.
    pub fitted: BTreeMap<String, Fitted>,
    /// Where each customer's rows begin, by event table.
    pub indexes: BTreeMap<ObjectId, EventIndex>,
    pub spine: Spine,
    /// What a row of the spine needs.
    pub rule: SpineRule,
    /// Own tables that this run began with.
    pub source: Option<OwnDataInUse>,
    /// The visitor's own names of customers, by id − 1.
    pub names: BTreeMap<Scenario, Arc<Vec<String>>>,
    /// What the raw tables were generated with; `None` when they were not.
    pub synth: Option<SynthConfig>,
    /// The side table of what nobody sees, by scenario. Only `attainable` reads it.
    pub latents: BTreeMap<Scenario, Latents>,
    /// What the continuous customers spend in the year after NOW, cents, in the profile's order, once it was asked for.
    pub future_cents: Option<Vec<i64>>,
    /// The fair bound by row of the training table, dollars, where it was computed.
    pub fair_bounds: BTreeMap<Scenario, Vec<(u32, f64)>>,
    pub target: TargetKind,
    /// The last day of the raw data.
    pub now: Option<Day>,
    /// Inputs of the cold-start model for the customers in staging.
    pub coldstart_serving: Option<Table>,
    pub datasets: BTreeMap<Scenario, Dataset>,
    pub models: BTreeMap<ObjectId, TrainedModel>,
    /// Every version, V1 of the run included.
    pub registry: registry::Registry,
    /// Of the run's configuration, the visitor's own data included.
    pub config_key: String,
}

impl Store {
    /// A table made earlier.
    pub(super) fn table(&self, object: ObjectId) -> Result<&Table, StageError> {
        self.tables.get(&object).ok_or(StageError::Missing(object.name()))
    }

    /// An event table with its index, once a view has needed it.
    pub(super) fn event_source(&self, object: ObjectId) -> Result<EventSource<'_>, StageError> {
        let (events, index) = event_index(self, object)?;
        Ok(EventSource::new(events, self.table(object)?, index)?)
    }

    /// A continuous view of some customers, rows of the profile.
    pub(super) fn evaluate(
        &self,
        view: &CheckedView,
        (rows, as_of): (&[u32], Observation),
        upstream: &[&Table],
        fitted: Option<&Fitted>,
    ) -> Result<Table, StageError> {
        let events = [self.event_source(ObjectId::Transactions)?, self.event_source(ObjectId::Interactions)?];
        let inputs = Inputs { entity: self.table(ObjectId::Profile)?, rows, as_of, events: &events, upstream };
        Ok(evaluate(view, &inputs, fitted.unwrap_or(&Fitted::default()))?)
    }

    /// What a continuous view fits to the training rows among some.
    pub(super) fn fit(
        &self,
        view: &CheckedView,
        (rows, as_of): (&[u32], Observation),
        upstream: &[&Table],
        training_rows: &[u32],
    ) -> Result<Fitted, StageError> {
        let events = [self.event_source(ObjectId::Transactions)?, self.event_source(ObjectId::Interactions)?];
        let inputs = Inputs { entity: self.table(ObjectId::Profile)?, rows, as_of, events: &events, upstream };
        Ok(fit(view, &inputs, training_rows)?)
    }

    /// What the customers of the spine spend after their observation dates, cents.
    pub(super) fn realised_target(&self) -> Result<Vec<i64>, StageError> {
        Ok(realised_target(&self.spine, &self.event_source(ObjectId::Transactions)?)?)
    }

    /// The continuous views of some customers as of any day; without those whose cut points are not fitted.
    pub(super) fn views_as_of(&self, rows: &[u32], day: i32) -> Result<Vec<(ObjectId, Table)>, StageError> {
        let mut made: Vec<(ObjectId, Table)> = Vec::new();
        for object in CONTINUOUS_VIEWS {
            let view = self.views.view(object.name()).ok_or(StageError::Missing(object.name()))?;
            let fitted = self.fitted.get(view.name());
            if fitted.is_none() && !view.definition().fits.is_empty() {
                continue;
            }
            let upstream: Vec<&Table> = made.iter().map(|(_, table)| table).collect();
            let table = self.evaluate(view, (rows, Observation::On(day)), &upstream, fitted)?;
            made.push((object, table));
        }
        Ok(made)
    }

    /// What a scenario's model reads.
    pub fn inputs(&self, scenario: Scenario) -> Vec<ModelInput> {
        match scenario {
            Scenario::ColdStart => inputs::COLDSTART.to_vec(),
            Scenario::Continuous => inputs::continuous(&self.views),
        }
    }

    /// The visitor's own name of the customer in a row.
    pub fn name_of(&self, scenario: Scenario, table: &Table, row: usize) -> Option<String> {
        let id = *table.ids(tables::CUSTOMER_ID).ok()?.get(row)?;
        self.names.get(&scenario)?.get(usize::try_from(id).ok()?.checked_sub(1)?).cloned()
    }
}

/// The continuous views of every customer as of any day; `None` before a run has computed the features.
pub fn views_as_of(store: &Store, day: Day) -> Option<Vec<(ObjectId, Table)>> {
    let rows = rows_of(store.tables.get(&ObjectId::Profile)?);
    store.views_as_of(&rows, day.0).ok()
}

/// A training set as a model reads it.
pub struct Dataset {
    pub table: Table,
    pub preprocessing: Preprocessing,
    /// Train, validation, test.
    pub parts: [DatasetPart; 3],
}

/// One part of a training set.
pub struct DatasetPart {
    /// Rows of the training table.
    pub rows: Vec<u32>,
    /// Dollars, exact to the cent.
    pub target_dollars: Vec<f64>,
}

impl Dataset {
    /// Parts of a training table, and what is fitted to the first one; `target` is its column of cents.
    pub(super) fn new(table: Table, inputs: &[ModelInput], parts: &[Part], target: &str) -> Result<Self, DatasetError> {
        let preprocessing = Preprocessing::fit(&table, &rows_in(parts, Part::Train), inputs)?;
        let cents = table.integers(target)?;
        let parts = Part::ALL.map(|part| {
            let rows = rows_in(parts, part);
            let target_dollars = rows.iter().map(|&row| cents[row as usize] as f64 / 100.0).collect();
            DatasetPart { rows, target_dollars }
        });
        Ok(Self { table, preprocessing, parts })
    }

    /// The matrix of a part. Made when it is needed: for ten times the default size both scenarios' would take 160 MB.
    pub fn matrix(&self, part: &DatasetPart) -> Result<Matrix, DatasetError> {
        self.preprocessing.transform(&self.table, &part.rows)
    }
}

impl DatasetPart {
    /// Dollars, as the trees see them.
    pub fn target(&self) -> Vec<f32> {
        self.target_dollars.iter().map(|&dollars| dollars as f32).collect()
    }
}

/// A model with what scoring needs.
pub struct TrainedModel {
    pub scenario: Scenario,
    pub params: Params,
    pub ensemble: Ensemble,
    pub preprocessing: Preprocessing,
    pub report: ModelReport,
}
