//! How good predictions are, what brought them about, and the shapes of distributions. Deliberately knows no table: slices of numbers in,
//! plain values out; `counterfactual` alone knows trees.

mod agreement;
mod attribution;
pub mod btyd;
mod counterfactual;
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
pub use attribution::{SwarmBin, interaction, swarm, value_ranks};
pub use counterfactual::{Counterfactual, MOST_CHANGES, Movable, counterfactual};
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
