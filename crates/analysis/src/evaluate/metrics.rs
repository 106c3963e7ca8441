//! Error measures of predictions against actual values. Deliberately single numbers, not curves.
//!
//! | symbol | is |
//! |---|---|
//! | a, p | actual and predicted, one a row |
//! | RMSE, MAE | √mean (a − p)², mean \|a − p\|, in the unit of a |
//! | R² | 1 − Σ (a − p)² / Σ (a − mean a)² |
//! | MAPE | mean \|a − p\| / a over the rows with a > 0, a fraction |

use serde::{Deserialize, Serialize};

/// Error measures over some rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    pub rmse: f64,
    pub mae: f64,
    /// 0 when the actual values do not vary: there is nothing to explain.
    pub r2: f64,
    /// `None` without a positive actual value.
    pub mape: Option<f64>,
    pub n_rows: usize,
    /// Rows that MAPE leaves out because their actual value is not positive.
    pub n_mape_excluded: usize,
}

/// Why there are no metrics.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    #[error("there are {n_actual} actual values but {n_predicted} predictions; pass one prediction per row")]
    Length { n_actual: usize, n_predicted: usize },
    #[error("there are no rows to evaluate; choose more customers or a longer period")]
    NoRows,
    #[error("row {row} holds a value that is not a finite number; leave the row out or mend what made it")]
    NotFinite { row: usize },
    #[error("row {row} was asked for, but there are only {n_rows}; pass positions from 0")]
    NoSuchRow { row: usize, n_rows: usize },
}

/// Fails unless there are rows, one finite value of each kind for each.
pub(super) fn check(actual: &[f64], predicted: &[f64]) -> Result<(), EvaluateError> {
    if actual.len() != predicted.len() {
        return Err(EvaluateError::Length { n_actual: actual.len(), n_predicted: predicted.len() });
    }
    if actual.is_empty() {
        return Err(EvaluateError::NoRows);
    }
    match actual.iter().zip(predicted).position(|(a, p)| !(a.is_finite() && p.is_finite())) {
        Some(row) => Err(EvaluateError::NotFinite { row }),
        None => Ok(()),
    }
}

/// The metrics of some predictions.
pub fn metrics(actual: &[f64], predicted: &[f64]) -> Result<Metrics, EvaluateError> {
    let n_rows = actual.len();
    if n_rows != predicted.len() {
        return Err(EvaluateError::Length { n_actual: n_rows, n_predicted: predicted.len() });
    }
    if n_rows == 0 {
        return Err(EvaluateError::NoRows);
    }
    let n = n_rows as f64;
    let mean = actual.iter().sum::<f64>() / n;
    let (mut squared, mut absolute, mut variation) = (0.0, 0.0, 0.0);
    let (mut relative, mut n_positive) = (0.0, 0);
    for (&a, &p) in actual.iter().zip(predicted) {
        let error = a - p;
        squared += error * error;
        absolute += error.abs();
        variation += (a - mean) * (a - mean);
        if a > 0.0 {
            relative += error.abs() / a;
            n_positive += 1;
        }
    }
    // The mean of equal values may be off by a rounding error, so variation alone does not tell.
    let varies = actual.iter().any(|&a| a != actual[0]) && variation > 0.0;
    Ok(Metrics {
        rmse: (squared / n).sqrt(),
        mae: absolute / n,
        r2: if varies { 1.0 - squared / variation } else { 0.0 },
        mape: (n_positive > 0).then(|| relative / f64::from(n_positive)),
        n_rows,
        n_mape_excluded: n_rows - n_positive as usize,
    })
}

/// The standard error of R² over rows drawn independently, by the delta method: R² is a ratio of two means, and each row's
/// influence on it is known. 0 where R² has no meaning.
pub fn r2_standard_error(actual: &[f64], predicted: &[f64]) -> f64 {
    let n = actual.len() as f64;
    let mean = actual.iter().sum::<f64>() / n;
    let parts = || actual.iter().zip(predicted).map(|(&a, &p)| ((a - p) * (a - p), (a - mean) * (a - mean)));
    let (error, variation) = parts().fold((0.0, 0.0), |sum, (e, v)| (sum.0 + e / n, sum.1 + v / n));
    if variation <= 0.0 {
        return 0.0;
    }
    let influence = |(e, v): (f64, f64)| ((e - error) - error / variation * (v - variation)) / variation;
    let squared: f64 = parts().map(|part| influence(part) * influence(part)).sum();
    squared.sqrt() / n
}

/// How far the training R² lies above the test R²: the sign of a model that learnt its training rows by heart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// At most .05.
    Fine,
    /// Above .05.
    Caution,
    /// Above .1.
    Warning,
}

pub fn gap(train_r2: f64, test_r2: f64) -> Gap {
    match train_r2 - test_r2 {
        difference if difference > 0.1 => Gap::Warning,
        difference if difference > 0.05 => Gap::Caution,
        _ => Gap::Fine,
    }
}

#[cfg(test)]
mod tests {
    use super::{EvaluateError, Gap, gap, metrics, r2_standard_error};

    #[test]
    fn the_standard_error_of_r2_is_the_spread_between_samples() {
        // A linear congruence is random enough for a mean over samples.
        let mut state = 1_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
        };
        let samples: Vec<(f64, f64)> = (0..400)
            .map(|_| {
                let predicted: Vec<f64> = (0..200).map(|_| draw()).collect();
                let actual: Vec<f64> = predicted.iter().map(|p| p + draw()).collect();
                (metrics(&actual, &predicted).unwrap().r2, r2_standard_error(&actual, &predicted))
            })
            .collect();
        let mean = |values: &dyn Fn(&(f64, f64)) -> f64| samples.iter().map(values).sum::<f64>() / 400.0;
        let r2 = mean(&|s| s.0);
        let spread = mean(&|s| (s.0 - r2) * (s.0 - r2)).sqrt();
        assert!((mean(&|s| s.1) / spread - 1.0).abs() < 0.15, "{} {spread}", mean(&|s| s.1));
        assert_eq!(r2_standard_error(&[2.0, 2.0], &[1.0, 3.0]), 0.0);
    }

    #[test]
    fn metrics_of_a_case_worked_by_hand() {
        let found = metrics(&[0.0, 10.0, 20.0], &[2.0, 10.0, 16.0]).unwrap();
        assert!((found.rmse - (20.0f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!((found.mae, found.r2), (2.0, 0.9));
        assert_eq!((found.mape, found.n_rows, found.n_mape_excluded), (Some(0.1), 3, 1));
    }

    #[test]
    fn the_mean_explains_nothing_and_a_worse_guess_less() {
        assert_eq!(metrics(&[1.0, 3.0], &[2.0, 2.0]).unwrap().r2, 0.0);
        assert_eq!(metrics(&[1.0, 3.0], &[3.0, 1.0]).unwrap().r2, -3.0);
    }

    #[test]
    fn constant_actual_values_have_an_r2_of_zero() {
        for predicted in [[0.1; 3], [5.0; 3]] {
            assert_eq!(metrics(&[0.1; 3], &predicted).unwrap().r2, 0.0);
        }
    }

    #[test]
    fn without_a_positive_actual_value_there_is_no_mape() {
        let found = metrics(&[0.0, -1.0], &[1.0, 1.0]).unwrap();
        assert_eq!((found.mape, found.n_mape_excluded), (None, 2));
    }

    #[test]
    fn missing_rows_are_refused() {
        assert_eq!(metrics(&[], &[]), Err(EvaluateError::NoRows));
        assert_eq!(metrics(&[1.0], &[]), Err(EvaluateError::Length { n_actual: 1, n_predicted: 0 }));
    }

    #[test]
    fn the_gap_counts_in_one_direction_only() {
        assert_eq!(gap(0.5, 0.46), Gap::Fine);
        assert_eq!(gap(0.5, 0.44), Gap::Caution);
        assert_eq!(gap(0.5, 0.3), Gap::Warning);
        assert_eq!(gap(0.3, 0.9), Gap::Fine);
    }
}
