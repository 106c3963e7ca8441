//! Error measures of parts of the rows, each with what chance leaves of them. Deliberately does not know how rows come to their parts: a part
//! is a label and row positions, and parts may overlap.
//!
//! | symbol | is |
//! |---|---|
//! | e = p − a | error of a row, in the unit of a; the bias is its mean: positive where predictions are too high |
//! | m, s | mean and sample standard deviation of e |
//! | m₂, s₂ | mean and sample standard deviation of e² |
//! | t | 97.5 % quantile of Student's t with n − 1 degrees of freedom |
//!
//! Both intervals are closed forms, so that they cost one pass and depend on no seed. The bias has Student's m ± t s / √n. RMSE has the delta
//! method on ln RMSE = ½ ln m₂, whose standard error is ½ s₂ / (m₂ √n): RMSE · exp(± t · that), which stays above 0 and leans to the right as
//! the sampling distribution does. Rows count as independent. Spend has a long tail, and where a few rows make most of m₂ every interval that
//! only sees the sample is too short, a bootstrap's as well.

use super::metrics::{EvaluateError, Metrics, check, metrics};
use super::student::t_975;
use serde::Serialize;

/// Bounds that hold the true value in 95 % of samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// A part's error measures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SliceMetrics {
    pub metrics: Metrics,
    /// Mean of predicted − actual.
    pub bias: f64,
    /// Like the next `None` for a single row, which tells nothing of chance.
    pub bias_interval: Option<Interval>,
    pub rmse_interval: Option<Interval>,
}

/// A part of the rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slice {
    pub label: String,
    pub n_rows: usize,
    /// `None` for a part without rows.
    pub found: Option<SliceMetrics>,
}

/// One slice per part, in the order of the parts. Fails without rows, for lists of different lengths, for values that are not finite, and for
/// a position beyond the rows.
pub fn slices(actual: &[f64], predicted: &[f64], parts: &[(String, Vec<usize>)]) -> Result<Vec<Slice>, EvaluateError> {
    check(actual, predicted)?;
    parts
        .iter()
        .map(|(label, rows)| {
            let (of_actual, of_predicted) = (picked(actual, rows)?, picked(predicted, rows)?);
            let found = if rows.is_empty() { None } else { Some(slice_metrics(&of_actual, &of_predicted)?) };
            Ok(Slice { label: label.clone(), n_rows: rows.len(), found })
        })
        .collect()
}

/// The same of all rows together.
pub fn slice_metrics(actual: &[f64], predicted: &[f64]) -> Result<SliceMetrics, EvaluateError> {
    check(actual, predicted)?;
    let metrics = metrics(actual, predicted)?;
    let errors: Vec<f64> = actual.iter().zip(predicted).map(|(a, p)| p - a).collect();
    let squares: Vec<f64> = errors.iter().map(|e| e * e).collect();
    let (bias, bias_error) = mean_and_standard_error(&errors);
    let (mean_square, square_error) = mean_and_standard_error(&squares);
    let quantile = t_975(errors.len() - 1);
    Ok(SliceMetrics {
        metrics,
        bias,
        bias_interval: quantile.map(|t| Interval { low: bias - t * bias_error, high: bias + t * bias_error }),
        rmse_interval: quantile.map(|t| {
            // Without errors there is nothing to scatter.
            let reach = if mean_square > 0.0 { t * 0.5 * square_error / mean_square } else { 0.0 };
            Interval { low: metrics.rmse * libm::exp(-reach), high: metrics.rmse * libm::exp(reach) }
        }),
    })
}

fn picked(values: &[f64], rows: &[usize]) -> Result<Vec<f64>, EvaluateError> {
    let n_rows = values.len();
    rows.iter().map(|&row| values.get(row).copied().ok_or(EvaluateError::NoSuchRow { row, n_rows })).collect()
}

/// The standard error is 0 for a single value.
fn mean_and_standard_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, if values.len() > 1 { (squares / (n - 1.0) / n).sqrt() } else { 0.0 })
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::super::resample::Draws;
    use super::*;
    use proptest::prelude::{prop, prop_assert, proptest};

    #[test]
    fn intervals_are_those_of_scipy() {
        let actual = [0.0, 12.5, 3.0, 80.0, 41.0, 7.25, 0.0, 19.0];
        let predicted = [4.0, 10.0, 9.5, 52.0, 47.0, 3.0, 1.5, 22.0];
        let found = slice_metrics(&actual, &predicted).unwrap();
        // scipy.stats.ttest_1samp(predicted - actual, 0).confidence_interval().
        let bias = found.bias_interval.unwrap();
        assert!((found.bias - (-1.71875)).abs() < 1e-12);
        assert!(
            (bias.low - (-11.146476302235396)).abs() < 1e-10 && (bias.high - 7.708976302235396).abs() < 1e-10,
            "{bias:?}"
        );
        // rmse * exp(±stats.t.ppf(.975, 7) * stats.sem(e**2) / np.mean(e**2) / 2).
        let rmse = found.rmse_interval.unwrap();
        assert!(
            (rmse.low - 3.9645592786619295).abs() < 1e-10 && (rmse.high - 28.811919426905973).abs() < 1e-10,
            "{rmse:?}"
        );
    }

    #[test]
    fn ninety_five_of_a_hundred_samples_hold_the_truth() {
        let (mut of_bias, mut of_rmse) = (0, 0);
        for sample in 0..1_000 {
            let mut draws = Draws::new(7, sample);
            // Twelve uniforms make a normal of variance 1; errors with mean .5.
            let errors: Vec<f64> = (0..60).map(|_| (0..12).map(|_| draws.uniform()).sum::<f64>() - 5.5).collect();
            let found = slice_metrics(&[0.0; 60], &errors).unwrap();
            let holds = |interval: Option<Interval>, truth: f64| {
                u32::from(interval.is_some_and(|interval| interval.low <= truth && truth <= interval.high))
            };
            of_bias += holds(found.bias_interval, 0.5);
            of_rmse += holds(found.rmse_interval, 1.25_f64.sqrt());
        }
        // Three standard errors of a share of a thousand are .02; RMSE's interval is right for many rows only.
        assert!((930..=970).contains(&of_bias), "{of_bias}");
        assert!((910..=970).contains(&of_rmse), "{of_rmse}");
    }

    #[test]
    fn parts_keep_their_order_and_may_be_empty_or_single() {
        let parts = [("b".to_owned(), vec![2, 0]), ("none".to_owned(), vec![]), ("a".to_owned(), vec![1])];
        let found = slices(&[1.0, 2.0, 4.0], &[1.0, 5.0, 2.0], &parts).unwrap();
        assert_eq!(
            found.iter().map(|s| (s.label.as_str(), s.n_rows)).collect::<Vec<_>>(),
            [("b", 2), ("none", 0), ("a", 1)]
        );
        assert_eq!((found[0].found.unwrap().bias, found[1].found), (-1.0, None));
        let single = found[2].found.unwrap();
        assert_eq!((single.metrics.rmse, single.bias_interval, single.rmse_interval), (3.0, None, None));
        let beyond = [("x".to_owned(), vec![3])];
        assert_eq!(
            slices(&[1.0, 2.0, 4.0], &[1.0, 5.0, 2.0], &beyond),
            Err(EvaluateError::NoSuchRow { row: 3, n_rows: 3 })
        );
    }

    #[test]
    fn predictions_without_error_have_intervals_without_width() {
        let found = slice_metrics(&[1.0, 2.0], &[1.0, 2.0]).unwrap();
        assert_eq!(found.bias_interval, Some(Interval { low: 0.0, high: 0.0 }));
        assert_eq!(found.rmse_interval, Some(Interval { low: 0.0, high: 0.0 }));
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_estimate(rows in prop::collection::vec((0.0f64..1e4, -10.0f64..1e4), 2..60)) {
            let (actual, predicted): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
            let found = slice_metrics(&actual, &predicted).unwrap();
            let (bias, rmse) = (found.bias_interval.unwrap(), found.rmse_interval.unwrap());
            prop_assert!(bias.low <= found.bias && found.bias <= bias.high);
            prop_assert!(0.0 <= rmse.low && rmse.low <= found.metrics.rmse && found.metrics.rmse <= rmse.high);
        }
    }
}
