//! What a run has made so far.

use crate::engine::dataset::{Matrix, Preprocessing, Spine};
use crate::engine::feature::{EventIndex, Fitted, Registry};
use crate::engine::learn::{Ensemble, Params};
use crate::engine::schema::Day;
use crate::engine::synth::{Latents, SynthConfig};
use crate::engine::table::Table;
use crate::protocol::{ModelReport, ObjectId, Scenario, TableReport, TargetKind};
use std::collections::BTreeMap;

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
    /// What the raw tables were generated with; `None` when they were not.
    pub synth: Option<SynthConfig>,
    /// The side table of what nobody sees, by scenario. Only `attainable` reads it.
    pub latents: BTreeMap<Scenario, Latents>,
    pub target: TargetKind,
    /// The last day of the raw data.
    pub now: Option<Day>,
    /// Inputs of the cold-start model for the customers in staging.
    pub coldstart_serving: Option<Table>,
    pub datasets: BTreeMap<Scenario, Dataset>,
    pub models: BTreeMap<ObjectId, TrainedModel>,
}

/// A training set as matrices.
pub struct Dataset {
    pub preprocessing: Preprocessing,
    /// Train, validation, test.
    pub parts: [DatasetPart; 3],
}

/// One part of a training set.
pub struct DatasetPart {
    pub matrix: Matrix,
    /// Dollars, as the trees see them.
    pub target: Vec<f32>,
    /// Dollars, exact to the cent.
    pub target_dollars: Vec<f64>,
}

/// A model with what scoring needs.
pub struct TrainedModel {
    pub scenario: Scenario,
    pub params: Params,
    pub ensemble: Ensemble,
    pub preprocessing: Preprocessing,
    pub report: ModelReport,
}
