//! The contributions to many predictions, seen together: how each input's are spread, and which other input goes with them. Deliberately no trees:
//! contributions come from `learn`, one a row.

use clv_engine::order;

/// Contributions of about the same size.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SwarmBin {
    pub count: u32,
    /// Mean rank of the rows' values, 0 for the lowest and 1 for the highest of all rows; `None` without a row whose value has a rank.
    pub mean_rank: Option<f64>,
}

/// Where each value stands among all, 0 for the lowest and 1 for the highest; equal values share the middle of their places. `None` for a
/// missing value, and for all where they are equal.
pub fn value_ranks(values: &[f32]) -> Vec<Option<f64>> {
    let mut sorted: Vec<f64> = values.iter().filter(|x| !x.is_nan()).map(|&x| f64::from(x)).collect();
    order::sort_numbers(&mut sorted);
    let (Some(&first), Some(&last)) = (sorted.first(), sorted.last()) else { return vec![None; values.len()] };
    let rank = |&value: &f32| {
        let value = f64::from(value);
        if value.is_nan() || first == last {
            return None;
        }
        let (from, until) = (sorted.partition_point(|&x| x < value), sorted.partition_point(|&x| x <= value));
        Some((from + until - 1) as f64 / 2.0 / (sorted.len() - 1) as f64)
    };
    values.iter().map(rank).collect()
}

/// Counts the contributions in `n_bins` equal bins from `low` to `high`; those beyond are counted in the outermost bins.
pub fn swarm(contributions: &[f64], ranks: &[Option<f64>], (low, high): (f64, f64), n_bins: usize) -> Vec<SwarmBin> {
    let mut bins = vec![(0_u32, 0.0, 0_u32); n_bins];
    let width = (high - low) / n_bins as f64;
    for (&contribution, rank) in contributions.iter().zip(ranks) {
        let place = if width > 0.0 { ((contribution - low) / width) as usize } else { 0 };
        let Some(bin) = bins.get_mut(place.min(n_bins.saturating_sub(1))) else { continue };
        bin.0 += 1;
        if let Some(rank) = rank {
            *bin = (bin.0, bin.1 + rank, bin.2 + 1);
        }
    }
    let mean = |(count, sum, n): (u32, f64, u32)| SwarmBin { count, mean_rank: (n > 0).then(|| sum / f64::from(n)) };
    bins.into_iter().map(mean).collect()
}

/// Rows whose inputs are about equal.
const LEAST_WINDOW: usize = 20;
const N_WINDOWS: usize = 10;

/// How strongly another input goes with the contributions of one, where the one itself hardly differs: rows are ordered by `values` and cut
/// into about ten windows, and the sizes of the correlations of contribution and the other's rank within each are averaged, 0 … 1. The approximation
/// of the package shap (`approximate_interactions`); a hint where to look, no test. `None` where nothing varies.
pub fn interaction(values: &[f32], contributions: &[f64], other: &[Option<f64>]) -> Option<f64> {
    let mut rows: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_nan() && other[row].is_some()).collect();
    order::sort_by(&mut rows, |&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    let n = (rows.len() / N_WINDOWS).max(LEAST_WINDOW);
    let correlations: Vec<f64> = rows
        .chunks(n)
        .filter(|window| window.len() >= LEAST_WINDOW)
        .filter_map(|window| {
            correlation(window.iter().map(|&row| (contributions[row], other[row].unwrap_or_default())))
        })
        .map(f64::abs)
        .collect();
    (!correlations.is_empty()).then(|| correlations.iter().sum::<f64>() / correlations.len() as f64)
}

/// Pearson's; `None` where a side does not vary.
fn correlation(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let n = pairs.clone().count() as f64;
    let (x, y) = pairs.clone().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    let (x, y) = (x / n, y / n);
    let of = |(xx, yy, xy): (f64, f64, f64), (a, b): (f64, f64)| {
        (xx + (a - x) * (a - x), yy + (b - y) * (b - y), xy + (a - x) * (b - y))
    };
    let (xx, yy, xy) = pairs.fold((0.0, 0.0, 0.0), of);
    let spread = (xx * yy).sqrt();
    (spread > 0.0).then(|| xy / spread)
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};

    #[test]
    fn ranks_run_from_zero_to_one_and_ties_share_theirs() {
        assert_eq!(value_ranks(&[5.0, 1.0, 9.0]), [Some(0.5), Some(0.0), Some(1.0)]);
        assert_eq!(value_ranks(&[1.0, 1.0, 2.0, f32::NAN]), [Some(0.25), Some(0.25), Some(1.0), None]);
        assert_eq!(value_ranks(&[3.0, 3.0]), [None, None]);
        assert!(value_ranks(&[]).is_empty());
    }

    #[test]
    fn what_is_beyond_the_ends_is_counted_there() {
        let bins = swarm(&[-9.0, 0.1, 9.0, 0.2], &[Some(0.0), Some(0.2), None, Some(0.4)], (0.0, 1.0), 2);
        assert_eq!(bins[0].count, 3);
        assert!((bins[0].mean_rank.unwrap() - 0.2).abs() < 1e-12);
        assert_eq!(bins[1], SwarmBin { count: 1, mean_rank: None });
        assert_eq!(swarm(&[1.0, 1.0], &[None, None], (1.0, 1.0), 3)[0].count, 2);
        assert!(swarm(&[1.0], &[None], (0.0, 1.0), 0).is_empty());
    }

    #[test]
    fn the_input_that_moves_the_contributions_is_found() {
        let values: Vec<f32> = (0..400).map(|i| (i % 20) as f32).collect();
        let partner: Vec<f32> = (0..400).map(|i| (i * 7 % 11) as f32).collect();
        let stranger: Vec<f32> = (0..400).map(|i| (i * 13 % 17) as f32).collect();
        let contributions: Vec<f64> =
            values.iter().zip(&partner).map(|(x, z)| 5.0 * f64::from(*x) + f64::from(x * z)).collect();
        let strength = |other: &[f32]| interaction(&values, &contributions, &value_ranks(other)).unwrap();
        assert!(
            strength(&partner) > 0.8 && strength(&stranger) < 0.3,
            "{} {}",
            strength(&partner),
            strength(&stranger)
        );
        assert_eq!(interaction(&values, &vec![1.0; 400], &value_ranks(&partner)), None);
        assert_eq!(interaction(&[], &[], &[]), None);
    }

    proptest! {
        #[test]
        fn every_row_is_counted_once(rows in prop::collection::vec((-1e4f64..1e4, -10f32..10.0), 0..80), n_bins in 1usize..30) {
            let (contributions, values): (Vec<f64>, Vec<f32>) = rows.into_iter().unzip();
            let ranks = value_ranks(&values);
            let bins = swarm(&contributions, &ranks, (-100.0, 100.0), n_bins);
            prop_assert_eq!(bins.iter().map(|bin| bin.count as usize).sum::<usize>(), values.len());
            prop_assert!(bins.iter().flat_map(|bin| bin.mean_rank).all(|rank| (0.0..=1.0).contains(&rank)));
        }
    }
}
