//! Prediction intervals whose coverage holds for any model: split conformal prediction. Deliberately trains nothing: predictions, quantiles and
//! scales come from elsewhere, the margin from rows that no training saw, and the coverage is measured on yet other rows.
//!
//! | margin | score of a calibration row | interval | source |
//! |---|---|---|---|
//! | of residuals | \|a − p\| | p ± margin | Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018, algorithm 2 |
//! | scaled | \|a − p\| / s | p ± margin · s, where s > 0 says how hard a row is | the same, section 5.2 |
//! | of quantiles | max(l − a, a − u) | l − margin … u + margin, l and u predicted quantiles | Romano, Patterson & Candès 2019 (CQR) |
//!
//! The margin is the ⌈(n + 1) · level⌉-th smallest of the n scores, that is their quantile at ⌈(n + 1)(1 − α)⌉ / n. While calibration and new
//! rows are exchangeable a new row is covered with at least the probability `level`, averaged over all rows; with more, where many scores are
//! equal, as those of customers who spent nothing may be. It need not be so in every part of them: the first kind is as wide for a small
//! customer as for a large one, and only the others can adapt.

use super::EvaluateError;
use super::metrics::check;
use super::ranking::{Ranking, decile_ranges};
use super::slices::Interval;
use clv_engine::order::sort_numbers;
use serde::Serialize;

/// The standard normal's quantile at .975.
const NORMAL_975: f64 = 1.959_963_984_540_054;

/// Why there are no intervals.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum IntervalError {
    #[error("an interval cannot hold the share {level} of the values; choose a level between 0 and 1")]
    Level { level: f64 },
    #[error("the scale of row {row} is {scale}; pass positive scales, for example the predicted spread with a floor")]
    Scale { row: usize, scale: f64 },
    #[error(transparent)]
    Rows(#[from] EvaluateError),
}

/// How far intervals reach beyond what a model says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Margin {
    /// The share of values that intervals are to hold.
    pub level: f64,
    pub n_calibration: usize,
    /// In the unit of the actual values, or in scales. Negative where predicted quantiles are too far apart; infinite where the calibration
    /// rows are too few for the level: 19 rows are the fewest for .95.
    pub value: f64,
}

/// One interval a row, its bounds included.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Intervals {
    pub lower: Vec<f64>,
    /// Nowhere below `lower`.
    pub upper: Vec<f64>,
}

/// What intervals of some rows turned out to hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Covered {
    pub n_rows: usize,
    /// The share of actual values within their intervals.
    pub coverage: f64,
    /// Where the coverage of many such rows lies: Wilson's 95 % interval of a share (Wilson 1927).
    pub coverage_interval: Interval,
    /// The shares of actual values that lie outside, on either side.
    pub below: f64,
    pub above: f64,
    pub mean_width: f64,
}

/// Measured coverage over all rows and by prediction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coverage {
    pub overall: Covered,
    /// The groups of the decile table, the highest predictions first; rows of one prediction are shared between groups as there.
    pub by_decile: Vec<Covered>,
}

/// From absolute residuals.
pub fn residual_margin(actual: &[f64], predicted: &[f64], level: f64) -> Result<Margin, IntervalError> {
    check(actual, predicted)?;
    margin(actual.iter().zip(predicted).map(|(a, p)| (a - p).abs()).collect(), level)
}

/// From residuals in units of each row's scale.
pub fn scaled_margin(actual: &[f64], predicted: &[f64], scale: &[f64], level: f64) -> Result<Margin, IntervalError> {
    check(actual, predicted)?;
    check_scale(predicted, scale)?;
    margin(actual.iter().zip(predicted).zip(scale).map(|((a, p), s)| (a - p).abs() / s).collect(), level)
}

/// From the distances of actual values to the nearer of two predicted quantiles, negative between them. Quantiles that cross are swapped.
pub fn quantile_margin(actual: &[f64], lower: &[f64], upper: &[f64], level: f64) -> Result<Margin, IntervalError> {
    check(actual, lower)?;
    check(actual, upper)?;
    let score = |((a, l), u): ((&f64, &f64), &f64)| (l.min(*u) - a).max(a - l.max(*u));
    margin(actual.iter().zip(lower).zip(upper).map(score).collect(), level)
}

impl Margin {
    /// Intervals around predictions.
    pub fn around(&self, predicted: &[f64]) -> Intervals {
        Intervals {
            lower: predicted.iter().map(|p| p - self.value).collect(),
            upper: predicted.iter().map(|p| p + self.value).collect(),
        }
    }

    /// Intervals around predictions in units of each row's scale.
    pub fn around_scaled(&self, predicted: &[f64], scale: &[f64]) -> Result<Intervals, IntervalError> {
        check_scale(predicted, scale)?;
        let bounds = |side: f64| predicted.iter().zip(scale).map(|(p, s)| p + side * self.value * s).collect();
        Ok(Intervals { lower: bounds(-1.0), upper: bounds(1.0) })
    }

    /// Predicted quantiles moved apart, or together: those that would cross meet halfway.
    pub fn beyond(&self, lower: &[f64], upper: &[f64]) -> Result<Intervals, IntervalError> {
        check(lower, upper)?;
        let (mut from, mut to) = (Vec::with_capacity(lower.len()), Vec::with_capacity(lower.len()));
        for (&l, &u) in lower.iter().zip(upper) {
            let (low, high) = (l.min(u) - self.value, l.max(u) + self.value);
            let middle = l / 2.0 + u / 2.0;
            from.push(if low <= high { low } else { middle });
            to.push(if low <= high { high } else { middle });
        }
        Ok(Intervals { lower: from, upper: to })
    }
}

impl Intervals {
    /// Without what lies below `least`, for values that are known to lie above it: nothing is held less often, and widths shrink.
    pub fn at_least(mut self, least: f64) -> Self {
        self.lower.iter_mut().chain(&mut self.upper).for_each(|bound| *bound = bound.max(least));
        self
    }
}

/// What intervals hold of actual values, in all and by deciles of the predictions.
pub fn coverage(actual: &[f64], predicted: &[f64], intervals: &Intervals) -> Result<Coverage, IntervalError> {
    check(actual, predicted)?;
    for bounds in [&intervals.lower, &intervals.upper] {
        if bounds.len() != actual.len() {
            return Err(EvaluateError::Length { n_actual: actual.len(), n_predicted: bounds.len() }.into());
        }
    }
    let ranking = Ranking::new(predicted);
    let per_row = |of: &dyn Fn(f64, f64, f64) -> f64| -> Vec<f64> {
        let bounds = intervals.lower.iter().zip(&intervals.upper);
        let values: Vec<f64> = actual.iter().zip(bounds).map(|(&a, (&lower, &upper))| of(a, lower, upper)).collect();
        ranking.in_order(&values)
    };
    let share = |is_so: bool| f64::from(u8::from(is_so));
    let below = per_row(&|a, lower, _| share(a < lower));
    let above = per_row(&|a, _, upper| share(a > upper));
    let widths = per_row(&|_, lower, upper| upper - lower);
    let covered = |places: std::ops::Range<usize>| {
        let n_rows = places.len();
        let mean = |values: &[f64]| values[places.clone()].iter().sum::<f64>() / n_rows as f64;
        let (below, above) = (mean(&below), mean(&above));
        let coverage = (1.0 - below - above).clamp(0.0, 1.0);
        let coverage_interval = wilson(coverage, n_rows as f64);
        Covered { n_rows, coverage, coverage_interval, below, above, mean_width: mean(&widths) }
    };
    Ok(Coverage { overall: covered(0..actual.len()), by_decile: decile_ranges(actual.len()).map(covered).collect() })
}

fn check_scale(predicted: &[f64], scale: &[f64]) -> Result<(), IntervalError> {
    check(predicted, scale)?;
    match scale.iter().position(|&s| s <= 0.0) {
        Some(row) => Err(IntervalError::Scale { row, scale: scale[row] }),
        None => Ok(()),
    }
}

fn margin(mut scores: Vec<f64>, level: f64) -> Result<Margin, IntervalError> {
    if !(level > 0.0 && level < 1.0) {
        return Err(IntervalError::Level { level });
    }
    let n_calibration = scores.len();
    sort_numbers(&mut scores);
    // Less what rounding may add: 20 · .95 is the 19th score and not the 20th.
    let place = ((n_calibration as f64 + 1.0) * level - 1e-9).ceil().max(1.0) as usize;
    let value = scores.get(place - 1).copied().unwrap_or(f64::INFINITY);
    Ok(Margin { level, n_calibration, value })
}

fn wilson(share: f64, n: f64) -> Interval {
    let z2 = NORMAL_975 * NORMAL_975;
    let middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let reach = NORMAL_975 * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
    Interval { low: (middle - reach).max(0.0), high: (middle + reach).min(1.0) }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::super::resample::Draws;
    use super::*;
    use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};

    #[test]
    fn the_margin_is_the_score_of_the_finite_sample() {
        let actual: Vec<f64> = (1..=19).map(f64::from).collect();
        let zero = [0.0; 19];
        let of = |level| residual_margin(&actual, &zero, level).unwrap().value;
        assert_eq!((of(0.5), of(0.9), of(0.95), of(0.951)), (10.0, 18.0, 19.0, f64::INFINITY));
        assert_eq!(scaled_margin(&actual, &zero, &[2.0; 19], 0.9).unwrap().value, 9.0);
        // Crossed quantiles 0 and 4: values beyond 4 lie above by value − 4, those within are inside.
        let found = quantile_margin(&actual, &[4.0; 19], &zero, 0.9).unwrap();
        assert_eq!((found.value, found.n_calibration), (14.0, 19));
    }

    #[test]
    fn margins_apply_as_they_were_measured() {
        let margin = Margin { level: 0.9, n_calibration: 50, value: 2.0 };
        assert_eq!(margin.around(&[1.0]), Intervals { lower: vec![-1.0], upper: vec![3.0] });
        assert_eq!(margin.around(&[1.0]).at_least(0.0).lower, [0.0]);
        let scaled = margin.around_scaled(&[1.0], &[0.5]).unwrap();
        assert_eq!(scaled, Intervals { lower: vec![0.0], upper: vec![2.0] });
        let together = Margin { value: -2.0, ..margin }.beyond(&[0.0, 9.0], &[3.0, 0.0]).unwrap();
        assert_eq!(together, Intervals { lower: vec![1.5, 2.0], upper: vec![1.5, 7.0] });
        assert!(margin.around_scaled(&[1.0], &[0.0]).is_err() && residual_margin(&[1.0], &[1.0], 1.0).is_err());
    }

    #[test]
    fn coverage_is_counted_on_both_sides_and_by_decile() {
        let intervals = Intervals { lower: vec![0.0; 20], upper: vec![4.0; 20] };
        let mut actual = vec![1.0; 20];
        (actual[0], actual[1], actual[19]) = (9.0, -1.0, 4.0);
        let predicted: Vec<f64> = (0..20).map(|i| f64::from(20 - i)).collect();
        let found = coverage(&actual, &predicted, &intervals).unwrap();
        assert_eq!((found.overall.below, found.overall.above, found.overall.mean_width), (0.05, 0.05, 4.0));
        assert_eq!(found.by_decile.iter().map(|d| d.coverage).collect::<Vec<_>>()[..2], [0.0, 1.0]);
        // scipy.stats.binomtest(18, 20).proportion_ci(method="wilson").
        let wilson = found.overall.coverage_interval;
        assert!((wilson.low - 0.6989663547715128).abs() < 1e-12, "{wilson:?}");
        assert!((wilson.high - 0.9721335187862319).abs() < 1e-12, "{wilson:?}");
        // Rows of one prediction have no decile of their own.
        let shared = coverage(&actual, &[1.0; 20], &intervals).unwrap();
        assert!(shared.by_decile.iter().all(|d| (d.coverage - 0.9).abs() < 1e-12));
    }

    /// Mean coverage of new rows over many samples whose errors grow with the prediction.
    fn mean_coverage(intervals: impl Fn(&[f64], &[f64], &[f64]) -> Intervals) -> f64 {
        let n_samples = 300;
        let of_sample = |sample| {
            let mut draws = Draws::new(3, sample);
            let predicted: Vec<f64> = (0..90).map(|_| 1.0 + 9.0 * draws.uniform()).collect();
            let actual: Vec<f64> = predicted.iter().map(|p| p + p * (draws.uniform() - 0.3)).collect();
            let found = intervals(&actual[..50], &predicted[..50], &predicted[50..]);
            coverage(&actual[50..], &predicted[50..], &found).unwrap().overall.coverage
        };
        (0..n_samples).map(of_sample).sum::<f64>() / f64::from(n_samples)
    }

    #[test]
    fn exchangeable_rows_are_covered_as_promised_whatever_the_model() {
        // At least the level, at most 1/51 more, and a standard error of about .004.
        for level in [0.5, 0.8, 0.9] {
            let of_residuals = mean_coverage(|a, p, new| residual_margin(a, p, level).unwrap().around(new));
            let scaled =
                mean_coverage(|a, p, new| scaled_margin(a, p, p, level).unwrap().around_scaled(new, new).unwrap());
            let halves = |p: &[f64]| p.iter().map(|p| p / 2.0).collect::<Vec<_>>();
            let of_quantiles = mean_coverage(|a, p, new| {
                quantile_margin(a, &halves(p), p, level).unwrap().beyond(&halves(new), new).unwrap()
            });
            for found in [of_residuals, scaled, of_quantiles] {
                assert!((level - 0.014..level + 1.0 / 51.0 + 0.014).contains(&found), "{level}: {found}");
            }
        }
    }

    proptest! {
        #[test]
        fn calibration_rows_themselves_are_covered(
            rows in prop::collection::vec((-1e4f64..1e4, -1e4f64..1e4), 20..80), level in 0.05f64..0.95,
        ) {
            let (actual, predicted): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
            let margin = residual_margin(&actual, &predicted, level).unwrap();
            let n_held = actual.iter().zip(&predicted).filter(|(a, p)| (*a - *p).abs() <= margin.value).count();
            prop_assert!(n_held as f64 >= level * actual.len() as f64);
            let found = coverage(&actual, &predicted, &margin.around(&predicted)).unwrap();
            prop_assert_eq!(found.by_decile.iter().map(|d| d.n_rows).sum::<usize>(), actual.len());
            prop_assert!((found.overall.coverage + found.overall.below + found.overall.above - 1.0).abs() < 1e-9);
        }

        #[test]
        fn a_higher_level_is_never_narrower(
            rows in prop::collection::vec((0.0f64..1e4, 0.0f64..1e4), 20..60), low in 0.05f64..0.9,
        ) {
            let (actual, predicted): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
            let at = |level| residual_margin(&actual, &predicted, level).unwrap().value;
            prop_assert!(at(low) <= at(low + 0.05));
        }
    }
}
