//! How well predictions order the rows: normalised Gini, Spearman's rank correlation, deciles, cumulative gains. Deliberately blind to how far
//! a prediction lies from the truth: that is what `metrics` measures.
//!
//! Rows are ordered by prediction, the highest first. Rows with equal predictions have no order among them, so each of their places holds
//! the mean of what they hold together: every figure is the expectation over all ways to break the ties, and none depends on the order in
//! which the rows came.
//!
//! | symbol | is |
//! |---|---|
//! | a, p | actual and predicted, one a row |
//! | R(p) | the place of a row, 1 = highest prediction; equal ones share the mean of their places |
//! | Gini of a by p | −2 Σ (a − mean a)(R(p) − mean R) / (n Σ a): twice the area between the gains curve and the diagonal |
//! | normalised Gini | Gini of a by p / Gini of a by a: 1 for a perfect order, about 0 for a random one, −1 for the reverse |
//! | lift | mean a of a group / mean a of all |

use super::EvaluateError;
use super::metrics::check;
use clv_engine::order::sort_numbers;
use serde::Serialize;
use std::ops::Range;

/// Groups of the decile table.
pub const N_DECILES: usize = 10;

/// The order that scores give, for looking at any values in it.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// Rows, the highest score first.
    order: Vec<usize>,
    /// Where rows of one score stand in `order`.
    ties: Vec<Range<usize>>,
}

impl Ranking {
    /// By finite scores.
    pub fn new(scores: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let mut ties = Vec::new();
        let mut start = 0;
        // Not by the bits: 0 and −0 are one score.
        for group in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
            ties.push(start..start + group.len());
            start += group.len();
        }
        Self { order, ties }
    }

    pub fn n_rows(&self) -> usize {
        self.order.len()
    }

    /// The rows of each score, the highest score first.
    pub fn groups(&self) -> impl Iterator<Item = &[usize]> {
        self.ties.iter().map(|range| &self.order[range.clone()])
    }

    /// One value a row as one value a place, the mean among rows of one score.
    pub fn in_order(&self, values: &[f64]) -> Vec<f64> {
        let mut found = Vec::with_capacity(self.n_rows());
        let mut group_values = Vec::new();
        for group in self.groups() {
            group_values.clear();
            group_values.extend(group.iter().map(|&row| values[row]));
            // Added in the order of their sizes: the sum is then the same to the bit however the rows came.
            sort_numbers(&mut group_values);
            let mean = match group_values[..] {
                [only] => only,
                _ if group_values[0] == group_values[group.len() - 1] => group_values[0],
                _ => group_values.iter().sum::<f64>() / group.len() as f64,
            };
            found.extend(std::iter::repeat_n(mean, group.len()));
        }
        found
    }

    /// Twice the mean place of each row, 2 … 2n: a whole number, also where an even number of rows share a place.
    fn doubled_places(&self) -> Vec<i64> {
        let mut places = vec![0; self.n_rows()];
        for range in &self.ties {
            for &row in &self.order[range.clone()] {
                places[row] = (range.start + range.end + 1) as i64;
            }
        }
        places
    }
}

/// One group of the decile table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Decile {
    pub n_rows: usize,
    pub mean_predicted: f64,
    pub mean_actual: f64,
    /// Its part of the total actual; like lift and gain `None` unless that total is positive.
    pub share: Option<f64>,
    pub lift: Option<f64>,
    /// The part held by it and all groups above.
    pub cumulative_gain: Option<f64>,
}

/// What a tenth of the rows, those with the highest predictions, gets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TopDecile {
    /// At least one.
    pub n_rows: usize,
    /// The share among them whose actual value is one of the `n_rows` highest, or as high.
    pub hit_rate: f64,
    /// What they hold of the total actual; `None` unless that is positive.
    pub share: Option<f64>,
    /// What they hold of the most that as many rows can hold.
    pub capture: Option<f64>,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RankingReport {
    /// `None` when the actual values do not vary: there is nothing to order.
    pub normalised_gini: Option<f64>,
    /// `None` when one of both does not vary.
    pub spearman: Option<f64>,
    pub deciles: Vec<Decile>,
    pub top_decile: TopDecile,
    /// Element k: the part of the total actual that the k % of the rows with the highest predictions hold, 0 ..= 100. Empty unless the
    /// total is positive.
    pub gains: Vec<f64>,
    /// The same in the best possible order.
    pub best_gains: Vec<f64>,
}

/// Fails without rows, for lists of different lengths, and for values that are not finite.
pub fn ranking_report(actual: &[f64], predicted: &[f64]) -> Result<RankingReport, EvaluateError> {
    check(actual, predicted)?;
    let (by_prediction, by_actual) = (Ranking::new(predicted), Ranking::new(actual));
    Ok(RankingReport {
        normalised_gini: gini_of(actual, &by_prediction, &by_actual),
        spearman: correlation(&by_prediction.doubled_places(), &by_actual.doubled_places()),
        deciles: deciles_of(actual, predicted, &by_prediction),
        top_decile: top_decile_of(actual, &by_prediction, &by_actual),
        gains: gains_of(actual, &by_prediction),
        best_gains: gains_of(actual, &by_actual),
    })
}

/// The normalised Gini of the table above; errors as in [`ranking_report`].
pub fn normalised_gini(actual: &[f64], predicted: &[f64]) -> Result<Option<f64>, EvaluateError> {
    check(actual, predicted)?;
    Ok(gini_of(actual, &Ranking::new(predicted), &Ranking::new(actual)))
}

/// Spearman's rank correlation (Spearman 1904), equal values at the mean of their ranks; errors as in [`ranking_report`].
pub fn spearman(actual: &[f64], predicted: &[f64]) -> Result<Option<f64>, EvaluateError> {
    check(actual, predicted)?;
    Ok(correlation(&Ranking::new(predicted).doubled_places(), &Ranking::new(actual).doubled_places()))
}

/// Groups of equally many rows by prediction, the highest first: group g of 10 holds places ⌊g n / 10⌋ … ⌊(g + 1) n / 10⌋ − 1. Fewer rows
/// than groups make one group each. Errors as in [`ranking_report`].
pub fn decile_table(actual: &[f64], predicted: &[f64]) -> Result<Vec<Decile>, EvaluateError> {
    check(actual, predicted)?;
    Ok(deciles_of(actual, predicted, &Ranking::new(predicted)))
}

/// [`RankingReport::gains`]; between two rows in proportion. Errors as in [`ranking_report`].
pub fn gains_curve(actual: &[f64], predicted: &[f64]) -> Result<Vec<f64>, EvaluateError> {
    check(actual, predicted)?;
    Ok(gains_of(actual, &Ranking::new(predicted)))
}

/// Where the decile groups begin and end among `n_rows` places.
pub(super) fn decile_ranges(n_rows: usize) -> impl Iterator<Item = Range<usize>> {
    let n_groups = n_rows.min(N_DECILES);
    (0..n_groups).map(move |group| group * n_rows / n_groups..(group + 1) * n_rows / n_groups)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// −Σ (a − mean a)(place − mean place): both Ginis have this over the same denominator.
fn concentration(actual: &[f64], ranking: &Ranking) -> f64 {
    let in_order = ranking.in_order(actual);
    let (mean_actual, mean_place) = (mean(&in_order), (in_order.len() as f64 - 1.0) / 2.0);
    // A value shared by a group stands at every place of the group, which is the same as standing at the mean place each time.
    in_order.iter().enumerate().map(|(place, a)| (a - mean_actual) * (mean_place - place as f64)).sum()
}

fn gini_of(actual: &[f64], by_prediction: &Ranking, by_actual: &Ranking) -> Option<f64> {
    let best = concentration(actual, by_actual);
    // Rounding alone can make a constant's positive.
    (by_actual.ties.len() > 1 && best > 0.0).then(|| (concentration(actual, by_prediction) / best).clamp(-1.0, 1.0))
}

/// Pearson's of two lists of doubled places, whose sums are exact.
fn correlation(first: &[i64], second: &[i64]) -> Option<f64> {
    // The mean of all doubled places is n + 1, however they are shared.
    let middle = first.len() as i64 + 1;
    let (mut of_first, mut of_second, mut of_both) = (0_i128, 0_i128, 0_i128);
    for (a, b) in first.iter().zip(second) {
        let (a, b) = (i128::from(a - middle), i128::from(b - middle));
        of_first += a * a;
        of_second += b * b;
        of_both += a * b;
    }
    (of_first > 0 && of_second > 0)
        .then(|| (of_both as f64 / ((of_first as f64).sqrt() * (of_second as f64).sqrt())).clamp(-1.0, 1.0))
}

fn deciles_of(actual: &[f64], predicted: &[f64], ranking: &Ranking) -> Vec<Decile> {
    let (actual, predicted) = (ranking.in_order(actual), ranking.in_order(predicted));
    let n = actual.len() as f64;
    let total: f64 = actual.iter().sum();
    let mut above = 0.0;
    decile_ranges(actual.len())
        .map(|range| {
            let sum: f64 = actual[range.clone()].iter().sum();
            above += sum;
            let of_total = |part: f64| (total > 0.0).then(|| part / total);
            let mean_actual = sum / range.len() as f64;
            Decile {
                n_rows: range.len(),
                mean_predicted: mean(&predicted[range]),
                mean_actual,
                share: of_total(sum),
                lift: of_total(mean_actual * n),
                cumulative_gain: of_total(above),
            }
        })
        .collect()
}

fn top_decile_of(actual: &[f64], by_prediction: &Ranking, by_actual: &Ranking) -> TopDecile {
    let n_top = (actual.len() / N_DECILES).max(1);
    let least = actual[by_actual.order[n_top - 1]];
    let is_high: Vec<f64> = actual.iter().map(|&a| f64::from(u8::from(a >= least))).collect();
    let of_top = |ranking: &Ranking, values: &[f64]| ranking.in_order(values)[..n_top].iter().sum::<f64>();
    let (held, most) = (of_top(by_prediction, actual), of_top(by_actual, actual));
    let total: f64 = by_prediction.in_order(actual).iter().sum();
    TopDecile {
        n_rows: n_top,
        hit_rate: of_top(by_prediction, &is_high) / n_top as f64,
        share: (total > 0.0).then(|| held / total),
        capture: (most > 0.0).then(|| held / most),
    }
}

fn gains_of(actual: &[f64], ranking: &Ranking) -> Vec<f64> {
    let in_order = ranking.in_order(actual);
    let mut held = Vec::with_capacity(in_order.len() + 1);
    let mut sum = 0.0;
    held.push(sum);
    for a in &in_order {
        sum += a;
        held.push(sum);
    }
    if sum <= 0.0 {
        return Vec::new();
    }
    (0..=100)
        .map(|percent| {
            // In whole numbers, so that a place that is meant is met.
            let (below, rest) = (percent * in_order.len() / 100, percent * in_order.len() % 100);
            let rise = if rest == 0 { 0.0 } else { (held[below + 1] - held[below]) * (rest as f64 / 100.0) };
            (held[below] + rise) / sum
        })
        .collect()
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use proptest::prelude::{Just, Strategy, prop, prop_assert, prop_assert_eq, proptest};

    #[test]
    fn a_case_worked_by_hand() {
        let report = ranking_report(&[2.0, 7.0, 1.0, 2.0], &[5.0, 9.0, 1.0, 1.0]).unwrap();
        // The places 1.5 .5 −.5 −1.5 from the middle hold 7 2 1.5 1.5 by prediction, which gives 8.5, and 7 2 2 1 by themselves: 9.
        assert!((report.normalised_gini.unwrap() - 8.5 / 9.0).abs() < 1e-15);
        // Doubled places less 5: −1 −3 2 2 and 0 −3 3 0; Σab = 15, Σa² = Σb² = 18.
        assert!((report.spearman.unwrap() - 15.0 / 18.0).abs() < 1e-15);
        assert_eq!(report.deciles.iter().map(|d| d.mean_actual).collect::<Vec<_>>(), [7.0, 2.0, 1.5, 1.5]);
        assert_eq!(report.deciles[0].lift, Some(7.0 / 3.0));
        assert_eq!((report.gains[25], report.gains[100]), (7.0 / 12.0, 1.0));
        assert!((report.gains[30] - 7.4 / 12.0).abs() < 1e-15);
        assert_eq!(
            report.top_decile,
            TopDecile { n_rows: 1, hit_rate: 1.0, share: Some(7.0 / 12.0), capture: Some(1.0) }
        );
    }

    #[test]
    fn equal_predictions_order_nothing() {
        let report = ranking_report(&[0.1, 0.2, 0.7, 4.0], &[1.0; 4]).unwrap();
        assert_eq!((report.spearman, report.normalised_gini.map(|g| g.abs() < 1e-15)), (None, Some(true)));
        assert!(report.gains.iter().enumerate().all(|(k, gain)| (gain - k as f64 / 100.0).abs() < 1e-12));
        assert_eq!(ranking_report(&[0.1; 3], &[1.0, 2.0, 3.0]).unwrap().normalised_gini, None);
        // One place in four, and two rows as high as the highest.
        assert_eq!(ranking_report(&[4.0, 4.0, 0.0, 0.0], &[1.0; 4]).unwrap().top_decile.hit_rate, 0.5);
    }

    #[test]
    fn without_a_positive_total_there_are_no_shares() {
        let report = ranking_report(&[0.0, 0.0], &[1.0, 2.0]).unwrap();
        assert_eq!((report.deciles[0].share, report.gains.len(), report.top_decile.capture), (None, 0, None));
    }

    #[test]
    fn rows_that_cannot_be_ordered_are_refused() {
        assert_eq!(normalised_gini(&[], &[]), Err(EvaluateError::NoRows));
        assert_eq!(spearman(&[1.0], &[]), Err(EvaluateError::Length { n_actual: 1, n_predicted: 0 }));
        assert_eq!(decile_table(&[1.0, f64::NAN], &[1.0, 1.0]), Err(EvaluateError::NotFinite { row: 1 }));
        assert_eq!(gains_curve(&[1.0], &[f64::INFINITY]), Err(EvaluateError::NotFinite { row: 0 }));
    }

    proptest! {
        #[test]
        fn the_order_of_the_rows_changes_no_bit(
            (rows, shuffled) in prop::collection::vec((0.0f64..50.0, 0u8..9), 1..60)
                .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        ) {
            let of = |rows: &[(f64, u8)]| {
                let (actual, predicted): (Vec<f64>, Vec<f64>) = rows.iter().map(|&(a, p)| (a, f64::from(p))).unzip();
                ranking_report(&actual, &predicted).unwrap()
            };
            prop_assert_eq!(of(&rows), of(&shuffled));
        }

        #[test]
        fn a_perfect_order_has_the_best_figures(actual in prop::collection::vec(0u16..40, 2..60)) {
            let actual: Vec<f64> = actual.iter().map(|&a| f64::from(a)).collect();
            let report = ranking_report(&actual, &actual).unwrap();
            prop_assert!(report.normalised_gini.is_none_or(|gini| gini == 1.0));
            prop_assert!(report.spearman.is_none_or(|rho| (rho - 1.0).abs() < 1e-15));
            prop_assert!(report.top_decile.capture.is_none_or(|capture| capture == 1.0));
            prop_assert_eq!(report.top_decile.hit_rate, 1.0);
            prop_assert_eq!(report.gains, report.best_gains);
            let reverse: Vec<f64> = actual.iter().map(|a| -a).collect();
            let reversed = normalised_gini(&actual, &reverse).unwrap();
            prop_assert!(reversed.is_none_or(|gini| (gini + 1.0).abs() < 1e-12));
        }

        #[test]
        fn gains_rise_to_one_below_the_best_ones(
            rows in prop::collection::vec((0.0f64..50.0, -9i8..9), 1..80),
        ) {
            let (actual, predicted): (Vec<f64>, Vec<f64>) = rows.iter().map(|&(a, p)| (a, f64::from(p))).unzip();
            let report = ranking_report(&actual, &predicted).unwrap();
            if let (Some(first), Some(last)) = (report.gains.first(), report.gains.last()) {
                prop_assert_eq!((*first, *last), (0.0, 1.0));
            }
            prop_assert!(report.gains.windows(2).all(|pair| pair[0] <= pair[1]));
            prop_assert!(report.gains.iter().zip(&report.best_gains).all(|(gain, best)| *gain <= best + 1e-12));
            prop_assert_eq!(report.deciles.iter().map(|d| d.n_rows).sum::<usize>(), rows.len());
            let of_all: f64 = report.deciles.iter().filter_map(|d| d.share).sum();
            prop_assert!(report.gains.is_empty() || (of_all - 1.0).abs() < 1e-12);
            prop_assert!((0.0..=1.0).contains(&report.top_decile.hit_rate));
        }

        #[test]
        fn any_increasing_change_of_the_predictions_changes_nothing(
            rows in prop::collection::vec((0.0f64..50.0, -9i8..9), 1..60),
        ) {
            let (actual, predicted): (Vec<f64>, Vec<f64>) = rows.iter().map(|&(a, p)| (a, f64::from(p))).unzip();
            let stretched: Vec<f64> = predicted.iter().map(|p| p * p * p + 2.0).collect();
            prop_assert_eq!(normalised_gini(&actual, &predicted), normalised_gini(&actual, &stretched));
            prop_assert_eq!(spearman(&actual, &predicted), spearman(&actual, &stretched));
            prop_assert_eq!(gains_curve(&actual, &predicted), gains_curve(&actual, &stretched));
        }
    }
}
