//! Errors row by row: the worst cases, and the distribution of all. Deliberately without a verdict: `metrics` and `slices` add errors up.

use super::histogram::{Histogram, histogram, histogram_between, quantile};
use super::metrics::{EvaluateError, check};
use serde::Serialize;

/// A row and how far its prediction is off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WorstCase {
    pub row: usize,
    pub actual: f64,
    pub predicted: f64,
    /// Predicted − actual.
    pub error: f64,
}

/// Errors between round edges that lie evenly around 0.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorHistogram {
    pub histogram: Histogram,
    /// Errors below the first edge; those above the last are in the histogram.
    pub n_below: u64,
}

/// Predicted − actual, one a row. Fails without rows, for lists of different lengths, and for values that are not finite.
pub fn errors(actual: &[f64], predicted: &[f64]) -> Result<Vec<f64>, EvaluateError> {
    check(actual, predicted)?;
    Ok(actual.iter().zip(predicted).map(|(a, p)| p - a).collect())
}

/// The `n_cases` rows with the largest errors in size, the largest first; of equal ones the earlier row. Fails like [`errors`].
pub fn worst_cases(actual: &[f64], predicted: &[f64], n_cases: usize) -> Result<Vec<WorstCase>, EvaluateError> {
    let errors = errors(actual, predicted)?;
    let mut rows: Vec<usize> = (0..errors.len()).collect();
    let by_size = |&a: &usize, &b: &usize| errors[b].abs().total_cmp(&errors[a].abs()).then(a.cmp(&b));
    // Few of many: the rest needs no order.
    if n_cases < rows.len() {
        rows.select_nth_unstable_by(n_cases, by_size);
        rows.truncate(n_cases);
    }
    rows.sort_unstable_by(by_size);
    let case = |row: usize| WorstCase { row, actual: actual[row], predicted: predicted[row], error: errors[row] };
    Ok(rows.into_iter().map(case).collect())
}

/// About `n_bins` bins over the errors up to the `clip` quantile of their sizes, on both sides of 0. Fails like [`errors`].
pub fn error_histogram(
    actual: &[f64],
    predicted: &[f64],
    n_bins: usize,
    clip: f64,
) -> Result<ErrorHistogram, EvaluateError> {
    let errors = errors(actual, predicted)?;
    let sizes: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
    let reach = quantile(&sizes, clip).filter(|reach| *reach > 0.0).unwrap_or(1.0);
    let edges = histogram(&[-reach, reach], n_bins, 1.0).edges;
    let first = edges.first().copied().unwrap_or_default();
    let inside: Vec<(f64, u64)> = errors.iter().filter(|error| **error >= first).map(|error| (*error, 1)).collect();
    let n_below = (errors.len() - inside.len()) as u64;
    Ok(ErrorHistogram { histogram: histogram_between(edges, &inside), n_below })
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};

    #[test]
    fn the_worst_cases_come_first_and_equal_ones_in_row_order() {
        let found = worst_cases(&[0.0, 9.0, 1.0, 5.0], &[2.0, 4.0, 1.0, 3.0], 3).unwrap();
        assert_eq!(found.iter().map(|case| case.row).collect::<Vec<_>>(), [1, 0, 3]);
        assert_eq!((found[0].error, found[0].actual, found[0].predicted), (-5.0, 9.0, 4.0));
        assert_eq!(worst_cases(&[1.0], &[1.0], 9).unwrap().len(), 1);
        assert!(worst_cases(&[1.0], &[1.0], 0).unwrap().is_empty());
        assert_eq!(worst_cases(&[], &[], 3), Err(EvaluateError::NoRows));
    }

    #[test]
    fn errors_lie_evenly_around_zero_and_the_tails_are_counted() {
        let predicted: Vec<f64> = (-100..=100).map(f64::from).chain([1e6, -1e6, -1e6]).collect();
        let found = error_histogram(&vec![0.0; predicted.len()], &predicted, 20, 0.98).unwrap();
        assert_eq!((found.histogram.edges[0], found.histogram.edges.last()), (-100.0, Some(&100.0)));
        assert_eq!((found.n_below, found.histogram.n_above), (2, 1));
        assert_eq!(error_histogram(&[1.0; 3], &[1.0; 3], 10, 0.99).unwrap().histogram.counts.iter().sum::<u64>(), 3);
    }

    proptest! {
        #[test]
        fn every_error_is_counted_once_and_none_is_worse_than_the_worst(
            rows in prop::collection::vec((0.0f64..1e5, -10.0f64..1e5), 1..60), n_cases in 1usize..20,
        ) {
            let (actual, predicted): (Vec<f64>, Vec<f64>) = rows.into_iter().unzip();
            let found = error_histogram(&actual, &predicted, 20, 0.9).unwrap();
            let n_inside: u64 = found.histogram.counts.iter().sum();
            prop_assert_eq!(n_inside + found.n_below + found.histogram.n_above, actual.len() as u64);
            let worst = worst_cases(&actual, &predicted, n_cases).unwrap();
            let largest = errors(&actual, &predicted).unwrap().into_iter().map(f64::abs).fold(0.0, f64::max);
            prop_assert_eq!(worst[0].error.abs(), largest);
            prop_assert!(worst.windows(2).all(|pair| pair[0].error.abs() >= pair[1].error.abs()));
        }
    }
}
