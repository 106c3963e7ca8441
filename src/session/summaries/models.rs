//! A trained model and a prediction table for display.

use super::histogram;
use crate::engine::dataset::{PREDICTED, Part};
use crate::engine::evaluate::{self, Metrics};
use crate::engine::learn::{Contributions, Ensemble, Params};
use crate::engine::registry::{Source, Version};
use crate::engine::schema::Day;
use crate::engine::table::{Table, TableError};
use crate::order;
use crate::protocol::{
    Curve, Density, Importance, ModelDetail, ObjectId, OracleReport, Predictions, SplitMetrics, Training, TrainingId,
};
use crate::session::store::Dataset;

/// What a model's summary is made of.
pub struct ModelInputs<'a> {
    pub model: ObjectId,
    pub params: &'a Params,
    pub ensemble: &'a Ensemble,
    pub dataset: &'a Dataset,
    pub splits: &'a [(Part, Metrics)],
    pub test_predictions: &'a [f64],
    /// To some test predictions.
    pub contributions: &'a Contributions,
    pub curve: Curve,
    pub oracle: Vec<(String, OracleReport)>,
    pub elapsed_ms: f64,
}

/// Everything the pages show of a model.
pub fn model(inputs: ModelInputs) -> ModelDetail {
    let actual = &inputs.dataset.parts[2].target_dollars;
    ModelDetail {
        model: inputs.model,
        version: "V1".to_owned(),
        engine: "hist".to_owned(),
        params: inputs.params.named_values().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        n_trees: inputs.ensemble.trees.len() as u32,
        n_leaves: inputs.ensemble.n_leaves() as u64,
        metrics: inputs.splits.iter().map(|(part, metrics)| split_metrics(*part, metrics)).collect(),
        oracle: inputs.oracle,
        curve: inputs.curve,
        importance: importance(inputs.ensemble, inputs.dataset, inputs.contributions),
        predicted_vs_actual: density(actual, inputs.test_predictions),
        digest: inputs.ensemble.digest().to_string(),
        elapsed_ms: inputs.elapsed_ms,
    }
}

/// A version of a model, for comparing.
pub fn training(id: TrainingId, version: &Version) -> Training {
    let (card, ensemble) = (&version.card, &version.ensemble);
    Training {
        model: id.model,
        version: id.version,
        engine: card.engine.clone(),
        objective: ensemble.objective.name().to_owned(),
        params: card.params.clone(),
        n_trees: ensemble.trees.len() as u32,
        n_leaves: ensemble.n_leaves() as u64,
        elapsed_ms: card.elapsed_ms,
        curve: Curve { train: card.loss_train.clone(), validation: card.loss_validation.clone() },
        loss: ensemble.objective.loss_name().to_owned(),
        file: match &card.source {
            Source::File { name } => Some(name.clone()),
            Source::Run { .. } | Source::Form | Source::EarlierRun | Source::Search { .. } => None,
        },
        splits: Part::ALL.into_iter().zip(&card.metrics).map(|(part, metrics)| split_metrics(part, metrics)).collect(),
        share_below: card.share_below,
        digest: ensemble.digest().to_string(),
    }
}

pub fn split_metrics(part: Part, metrics: &Metrics) -> SplitMetrics {
    SplitMetrics {
        split: part.name().to_owned(),
        rmse: metrics.rmse,
        mae: metrics.mae,
        r2: metrics.r2,
        mape: metrics.mape,
        rows: metrics.n_rows as u64,
        mape_excluded: metrics.n_mape_excluded as u64,
    }
}

/// Gain and mean contribution per input: the columns of a category are put together.
fn importance(ensemble: &Ensemble, dataset: &Dataset, contributions: &Contributions) -> Vec<Importance> {
    let columns = ensemble.importance();
    let total_gain: f64 = columns.iter().map(|c| c.total_gain).sum();
    let total_cover: f64 = columns.iter().map(|c| c.total_cover).sum();
    let mut inputs: Vec<Importance> = Vec::new();
    // Which input a matrix column belongs to.
    let mut input_of = Vec::with_capacity(columns.len());
    for (column, (input, _)) in columns.iter().zip(dataset.preprocessing.matrix_columns()) {
        let idx = inputs.iter().position(|known| known.input == input).unwrap_or_else(|| {
            inputs.push(Importance { input: input.to_owned(), ..Importance::default() });
            inputs.len() - 1
        });
        inputs[idx].gain_share += if total_gain > 0.0 { column.total_gain / total_gain } else { 0.0 };
        inputs[idx].n_splits += column.n_splits;
        inputs[idx].cover_share += if total_cover > 0.0 { column.total_cover / total_cover } else { 0.0 };
        input_of.push(idx);
    }
    let rows = contributions.values.chunks_exact(contributions.n_columns.max(1));
    let n_rows = rows.len().max(1) as f64;
    for row in rows {
        let mut of_inputs = vec![0.0; inputs.len()];
        row.iter().zip(&input_of).for_each(|(value, &idx)| of_inputs[idx] += value);
        for (input, value) in inputs.iter_mut().zip(of_inputs) {
            input.mean_contribution += value.abs() / n_rows;
        }
    }
    order::sort_by(&mut inputs, |a, b| b.gain_share.total_cmp(&a.gain_share));
    inputs
}

const N_DENSITY_BINS: usize = 40;
/// A grid of dollars ends at this quantile.
const DENSITY_QUANTILE: f64 = 0.99;

/// Two amounts a row on log10(1 + dollars); negative ones count as 0.
pub fn density(x: &[f64], y: &[f64]) -> Density {
    let log = |values: &[f64]| values.iter().map(|&x| libm::log10(1.0 + x.max(0.0))).collect::<Vec<f64>>();
    let (x, y) = (log(x), log(y));
    let top = x.iter().chain(&y).copied().fold(1.0, f64::max);
    let top = (top * 2.0).ceil() / 2.0;
    let edges: Vec<f64> = (0..=N_DENSITY_BINS).map(|i| top * i as f64 / N_DENSITY_BINS as f64).collect();
    let dollars: Vec<f64> = edges.iter().map(|&edge| libm::pow(10.0, edge) - 1.0).collect();
    let counted = evaluate::density(&x, &y, &edges, &edges);
    Density { is_log: true, x_dollars: dollars.clone(), y_dollars: dollars, ..plain(counted) }
}

/// Two amounts a row in dollars, up to the quantile of both together; the rest is outside.
pub fn linear_density(x: &[f64], y: &[f64]) -> Density {
    let both: Vec<f64> = x.iter().chain(y).map(|value| value.max(0.0)).collect();
    let edges = evaluate::histogram(&both, N_DENSITY_BINS, DENSITY_QUANTILE).edges;
    plain(evaluate::density(x, y, &edges, &edges))
}

/// Errors over predictions, in dollars.
pub fn residual_density(predicted: &[f64], errors: &[f64]) -> Density {
    let x_edges = evaluate::histogram(predicted, N_DENSITY_BINS, DENSITY_QUANTILE).edges;
    let sizes: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
    let reach = evaluate::quantile(&sizes, DENSITY_QUANTILE).unwrap_or(1.0);
    let y_edges = evaluate::histogram(&[-reach, reach], N_DENSITY_BINS, 1.0).edges;
    plain(evaluate::density(predicted, errors, &x_edges, &y_edges))
}

fn plain(of: evaluate::Density) -> Density {
    let evaluate::Density { x_edges, y_edges, counts, n_outside } = of;
    let (x_dollars, y_dollars) = (x_edges.clone(), y_edges.clone());
    Density { x_edges, y_edges, is_log: false, x_dollars, y_dollars, counts, n_outside }
}

/// Everything the predictions page shows of a prediction table.
pub fn predictions(object: ObjectId, table: &Table, now: Day, elapsed_ms: f64) -> Result<Predictions, TableError> {
    let values = table.floats(PREDICTED)?;
    let total: f64 = values.iter().sum();
    let mut sorted = values.to_vec();
    order::sort_numbers(&mut sorted);
    let top = sorted.len().div_ceil(10);
    let top_total: f64 = sorted.iter().rev().take(top).sum();
    Ok(Predictions {
        table: object,
        model_version: "V1".to_owned(),
        as_of: now.to_string(),
        n_rows: values.len() as u64,
        mean: total / values.len().max(1) as f64,
        median: evaluate::median(values).unwrap_or_default(),
        total,
        n_negative: values.iter().filter(|&&x| x < 0.0).count() as u64,
        top_decile_share: if total > 0.0 { top_total / total } else { 0.0 },
        histogram: histogram(values),
        elapsed_ms,
    })
}
