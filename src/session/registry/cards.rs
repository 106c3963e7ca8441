//! A finished fit as a version with its card. The one way into the registry for the run's stage, for trainings beside it and for imports.

use crate::engine::dataset::{FittedKind, PREDICTED};
use crate::engine::feature::{Fitted, digest};
use crate::engine::learn::Ensemble;
use crate::engine::registry::{Card, Input, Sample, Signature, Source, Version, ViewMark};
use crate::engine::schema::ColumnType;
use crate::protocol::{BUILD_ID, Curve, ObjectId, Scenario, Training, TrainingId};
use crate::session::fitting::Evaluation;
use crate::session::host::Host;
use crate::session::stages::StageError;
use crate::session::store::{CONTINUOUS_VIEWS, Dataset, Store};
use crate::session::summaries;

/// Test rows that a card shows.
const N_SAMPLES: usize = 5;

/// A model on its way into the registry.
pub struct Fit<'a> {
    pub model: ObjectId,
    pub ensemble: Ensemble,
    pub engine: &'a str,
    pub params: Vec<(&'static str, f64)>,
    pub seed: Option<u64>,
    pub source: Source,
    pub elapsed_ms: Option<f64>,
    pub curve: Curve,
    pub evaluation: &'a Evaluation,
}

/// Adds a version; as the page shows it.
pub fn register(fit: Fit, store: &mut Store, host: &dyn Host) -> Result<Training, StageError> {
    let model = fit.model;
    let dataset = store.datasets.get(&model.scenario()).ok_or(StageError::Missing("a training set"))?;
    let (data_digest, views) = data_of(model, store).ok_or(StageError::Missing("a training set"))?;
    let card = Card {
        engine: fit.engine.to_owned(),
        params: fit.params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        seed: fit.seed,
        source: fit.source,
        elapsed_ms: fit.elapsed_ms,
        loss_train: fit.curve.train,
        loss_validation: fit.curve.validation,
        config_key: store.config_key.clone(),
        table: dataset.table.name().to_owned(),
        data_digest,
        views,
        metrics: fit.evaluation.splits.iter().map(|(_, metrics)| *metrics).collect(),
        share_below: fit.evaluation.share_below,
        signature: signature(dataset),
        sample: sample(dataset, fit.evaluation),
        build: BUILD_ID.to_owned(),
        created_ms: host.wall_ms(),
    };
    let version = Version::new(fit.ensemble, card);
    let number = store.registry.register(model.name(), version.clone());
    Ok(summaries::training(TrainingId { model, version: format!("V{number}") }, &version))
}

/// The digest of a model's present training set, and the views that it was computed with.
pub fn data_of(model: ObjectId, store: &Store) -> Option<(String, Vec<ViewMark>)> {
    let dataset = store.datasets.get(&model.scenario())?;
    let report = store.table_reports.get(dataset.table.name())?;
    let views: &[ObjectId] = match model.scenario() {
        Scenario::ColdStart => &[ObjectId::ColdstartFeatures],
        Scenario::Continuous => &CONTINUOUS_VIEWS,
    };
    let mark = |object: &ObjectId| {
        let view = store.views.view(object.name())?;
        let nothing = Fitted::default();
        let fitted = store.fitted.get(view.name()).unwrap_or(&nothing);
        let (name, version) = (view.name().to_owned(), view.definition().version.clone());
        Some(ViewMark { name, version, digest: digest(view, fitted).to_string() })
    };
    Some((report.digest.clone(), views.iter().filter_map(mark).collect()))
}

fn signature(dataset: &Dataset) -> Signature {
    let inputs = dataset.preprocessing.inputs.iter().map(|input| {
        let column = dataset.table.schema().column(&input.name);
        let (kind, levels) = match (&input.kind, column.map(|column| &column.kind)) {
            (FittedKind::Category { levels }, _) => ("STRING", levels.clone()),
            (FittedKind::Numeric { .. }, Some(ColumnType::Integer | ColumnType::Id)) => ("INT64", Vec::new()),
            (FittedKind::Numeric { .. }, _) => ("DOUBLE", Vec::new()),
        };
        Input { name: input.name.clone(), kind: kind.to_owned(), levels }
    });
    let output = Input { name: PREDICTED.to_owned(), kind: "DOUBLE".to_owned(), levels: Vec::new() };
    Signature { inputs: inputs.collect(), output }
}

fn sample(dataset: &Dataset, evaluation: &Evaluation) -> Sample {
    let schema = dataset.table.schema();
    let columns: Vec<Option<usize>> =
        dataset.preprocessing.inputs.iter().map(|input| schema.index_of(&input.name)).collect();
    let text = |row: u32, column: &Option<usize>| {
        column.map_or(String::new(), |column| dataset.table.cell(row as usize, column).to_string())
    };
    let rows = dataset.parts[2].rows.iter().take(N_SAMPLES);
    Sample {
        rows: rows.map(|&row| columns.iter().map(|column| text(row, column)).collect()).collect(),
        predictions: evaluation.test_predictions.iter().take(N_SAMPLES).map(|&dollars| dollars as f32).collect(),
    }
}
