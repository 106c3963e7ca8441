//! Tables, views, training sets, models and predictions as plain display data. Each number that a page shows is computed here or
//! in `engine::evaluate`, once.

mod columns;
mod features;
mod health;
mod models;
mod statistics;
mod training;

pub use columns::{cell, cell_text, columns};
pub use features::{feature, feature_view, refresh_finding};
pub use health::{expectation, feature_drift};
pub use models::{ModelInputs, density, linear_density, model, predictions, residual_density, split_metrics, training};
pub use statistics::{association, associations, check, column_profile, concentration, retention};
pub use training::training_set;

use crate::engine::evaluate;
use crate::protocol::Histogram;

/// Where a histogram's axis ends: beyond this quantile values are only counted.
const HISTOGRAM_QUANTILE: f64 = 0.99;
const HISTOGRAM_BINS: usize = 40;

/// A histogram for display.
pub fn histogram(values: &[f64]) -> Histogram {
    let histogram = evaluate::histogram(values, HISTOGRAM_BINS, HISTOGRAM_QUANTILE);
    Histogram { edges: histogram.edges, counts: histogram.counts, n_above: histogram.n_above }
}
