//! How far two lists of predictions for the same rows lie apart. Deliberately without the actual values: which of both is better, `metrics`
//! says.

use super::{EvaluateError, median};

/// Two predictions a row, held against each other; differences are the second less the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    pub n_rows: usize,
    /// Rows with the same prediction, to the bit.
    pub n_equal: usize,
    /// Pearson's; `None` where one of both does not vary.
    pub correlation: Option<f64>,
    pub mean_difference: f64,
    /// Of the sizes of the differences.
    pub mean_size: f64,
    pub median_size: f64,
    pub largest_size: f64,
}

/// Fails without rows, and for lists of different lengths.
pub fn agreement(first: &[f64], second: &[f64]) -> Result<Agreement, EvaluateError> {
    let n_rows = first.len();
    if n_rows != second.len() {
        return Err(EvaluateError::Length { n_actual: n_rows, n_predicted: second.len() });
    }
    if n_rows == 0 {
        return Err(EvaluateError::NoRows);
    }
    let n = n_rows as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let (mean_first, mean_second) = (mean(first), mean(second));
    let (mut of_first, mut of_second, mut of_both) = (0.0, 0.0, 0.0);
    for (a, b) in first.iter().zip(second) {
        let (a, b) = (a - mean_first, b - mean_second);
        of_first += a * a;
        of_second += b * b;
        of_both += a * b;
    }
    let sizes: Vec<f64> = first.iter().zip(second).map(|(a, b)| (b - a).abs()).collect();
    let varies = |values: &[f64], squares: f64| squares > 0.0 && values.iter().any(|value| *value != values[0]);
    Ok(Agreement {
        n_rows,
        n_equal: first.iter().zip(second).filter(|(a, b)| a == b).count(),
        correlation: (varies(first, of_first) && varies(second, of_second))
            .then(|| (of_both / (of_first.sqrt() * of_second.sqrt())).clamp(-1.0, 1.0)),
        mean_difference: mean_second - mean_first,
        mean_size: mean(&sizes),
        median_size: median(&sizes).unwrap_or_default(),
        largest_size: sizes.iter().copied().fold(0.0, f64::max),
    })
}

#[cfg(test)]
mod tests {
    use super::{EvaluateError, agreement};

    #[test]
    fn differences_and_correlation_are_those_computed_by_hand() {
        let found = agreement(&[1.0, 2.0, 3.0, 10.0], &[1.0, 4.0, 2.0, 9.0]).unwrap();
        assert_eq!((found.n_rows, found.n_equal, found.mean_difference), (4, 1, 0.0));
        assert_eq!((found.mean_size, found.median_size, found.largest_size), (1.0, 1.0, 2.0));
        // Σab = 41, Σa² = 50, Σb² = 38 about the means of 4.
        assert!((found.correlation.unwrap() - 41.0 / (50.0_f64 * 38.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn equal_predictions_agree_and_constant_ones_have_no_correlation() {
        let same = agreement(&[0.1, 0.2, 0.7], &[0.1, 0.2, 0.7]).unwrap();
        assert_eq!((same.n_equal, same.largest_size), (3, 0.0));
        assert!((same.correlation.unwrap() - 1.0).abs() < 1e-15);
        assert_eq!(agreement(&[0.1; 3], &[0.1, 0.2, 0.3]).unwrap().correlation, None);
        assert_eq!(agreement(&[], &[]), Err(EvaluateError::NoRows));
        assert!(matches!(agreement(&[1.0], &[]), Err(EvaluateError::Length { .. })));
    }
}
