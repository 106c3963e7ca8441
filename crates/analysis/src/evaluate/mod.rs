//! How good predictions are, and the shapes of distributions. Deliberately knows no model and no table: slices of numbers
//! in, plain values out.

mod agreement;
pub mod btyd;
mod export;
mod histogram;
mod intervals;
mod metrics;
mod money;
mod ranking;
mod resample;
mod residuals;
mod slices;
mod student;

pub use agreement::{Agreement, agreement};
pub use export::{
    EvaluatedScenario, Evaluation, EvaluationError, EvaluationFile, EvaluationInputs, EvaluationRows, MeasuredIntervals,
};
pub use histogram::{Density, Histogram, density, histogram, histogram_between, histogram_of_counts, median, quantile};
pub use intervals::{
    Coverage, Covered, IntervalError, Intervals, Margin, coverage, quantile_margin, residual_margin, scaled_margin,
};
pub use metrics::{EvaluateError, Gap, Metrics, gap, metrics, r2_standard_error};
pub use money::{Campaign, CheckedCampaign, MoneyError, N_RESAMPLES, ProfitCurve, ProfitPoint, profit_curves};
pub use ranking::{
    Decile, N_DECILES, Ranking, RankingReport, TopDecile, decile_table, gains_curve, normalised_gini, ranking_report,
    spearman,
};
pub use residuals::{ErrorHistogram, WorstCase, error_histogram, errors, worst_cases};
pub use slices::{Interval, Slice, SliceMetrics, slice_metrics, slices};
