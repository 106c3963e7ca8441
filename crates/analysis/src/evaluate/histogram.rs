//! Distributions of one and two variables as counts between round edges. Deliberately not a chart: no labels, no pixels.
//! Values that are not finite are left out everywhere.

use clv_engine::order;

/// Counts over consecutive bins; `edges` has one element more than `counts`. Bins hold `edge ≤ x < next edge`, the last one
/// also its right edge. Without values both are empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    pub edges: Vec<f64>,
    pub counts: Vec<u64>,
    /// Values beyond the last edge.
    pub n_above: u64,
}

/// Counts over a grid, row after row from the lowest y.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Density {
    pub x_edges: Vec<f64>,
    pub y_edges: Vec<f64>,
    pub counts: Vec<u64>,
    /// Points outside the grid.
    pub n_outside: u64,
}

/// About `n_bins` equally wide bins (at most twice as many) whose edges are multiples of 1, 2 or 5 × 10ᵏ, from the least
/// value to the `clip` quantile: what a long tail holds beyond is counted in `n_above`, not drawn.
pub fn histogram(values: &[f64], n_bins: usize, clip: f64) -> Histogram {
    let sorted = sorted_finite(values);
    let (Some(&least), Some(high)) = (sorted.first(), quantile_of_sorted(&sorted, clip)) else {
        return Histogram::default();
    };
    filled(least, high, n_bins, sorted.iter().map(|&value| (value, 1)))
}

/// The same for values that are already counted: ascending, each with how often it occurs; the axis ends at `high`.
pub fn histogram_of_counts(counted: &[(f64, u64)], high: f64, n_bins: usize) -> Histogram {
    match counted.first() {
        Some(&(least, _)) => filled(least, high, n_bins, counted.iter().copied()),
        None => Histogram::default(),
    }
}

/// The same between given ascending edges, for distributions that are held against each other. No value lies below the first.
pub fn histogram_between(edges: Vec<f64>, counted: &[(f64, u64)]) -> Histogram {
    filled_between(edges, counted.iter().copied())
}

fn filled(least: f64, high: f64, n_bins: usize, counted: impl Iterator<Item = (f64, u64)>) -> Histogram {
    filled_between(round_edges(least, high, n_bins.clamp(1, 10_000)), counted)
}

fn filled_between(edges: Vec<f64>, counted: impl Iterator<Item = (f64, u64)>) -> Histogram {
    let mut found = Histogram { counts: vec![0; edges.len().saturating_sub(1)], edges, n_above: 0 };
    for (value, count) in counted {
        match bin_of(&found.edges, value) {
            Some(bin) => found.counts[bin] += count,
            None => found.n_above += count,
        }
    }
    found
}

/// How many points fall into each cell of a grid of ascending edges. Cells hold their lower edges, the last also the upper.
pub fn density(x: &[f64], y: &[f64], x_edges: &[f64], y_edges: &[f64]) -> Density {
    let (n_x, n_y) = (x_edges.len().saturating_sub(1), y_edges.len().saturating_sub(1));
    let mut counts = vec![0; n_x * n_y];
    let mut n_outside = 0;
    for (&x, &y) in x.iter().zip(y) {
        match (bin_of(x_edges, x), bin_of(y_edges, y)) {
            (Some(x_bin), Some(y_bin)) => counts[y_bin * n_x + x_bin] += 1,
            _ => n_outside += 1,
        }
    }
    Density { x_edges: x_edges.to_vec(), y_edges: y_edges.to_vec(), counts, n_outside }
}

/// The value below which a share `p` of the values lies, between two values in proportion; `None` without values.
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    quantile_of_sorted(&sorted_finite(values), p)
}

pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

fn sorted_finite(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    order::sort_numbers(&mut sorted);
    sorted
}

fn quantile_of_sorted(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = p.clamp(0.0, 1.0) * last as f64;
    // A NaN share casts to position 0.
    let below = position as usize;
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    let share = position - below as f64;
    // Weighted so that no difference of two huge values overflows.
    Some(if share > 0.0 { low * (1.0 - share) + high * share } else { low })
}

/// The bin of a value between ascending edges, or `None` outside them.
fn bin_of(edges: &[f64], value: f64) -> Option<usize> {
    let n_bins = edges.len().checked_sub(1).filter(|&n| n > 0)?;
    match edges.partition_point(|&edge| edge <= value) {
        0 => None,
        after if after <= n_bins => Some(after - 1),
        _ => (value == edges[n_bins]).then_some(n_bins - 1),
    }
}

/// Edges from at most `low` to at least `high`. One value alone gets one bin.
fn round_edges(low: f64, high: f64, n_bins: usize) -> Vec<f64> {
    let span = high / n_bins as f64 - low / n_bins as f64;
    let (unit, exponent) = round_step(if span > 0.0 { span } else { (low.abs() / 10.0).max(0.1) });
    // Integer multiples of the step, scaled once: 0.3 is then 0.3 and not 0.1 added three times.
    let scaled = |multiple: f64| match exponent {
        0.. => multiple * unit * libm::pow(10.0, f64::from(exponent)),
        _ => multiple * unit / libm::pow(10.0, f64::from(-exponent)),
    };
    let step = scaled(1.0);
    let first = libm::floor(low / step);
    let mut edges: Vec<f64> = Vec::new();
    for i in 0..=2 * n_bins + 2 {
        let edge = scaled(first + i as f64).clamp(f64::MIN, f64::MAX);
        // Neighbouring multiples of a step below the resolution of the values are equal: one of them is enough.
        if edges.last().is_none_or(|&last| edge > last) {
            edges.push(edge);
        }
        if edge >= high && edges.len() > 1 {
            break;
        }
    }
    if let Some(first) = edges.first_mut() {
        *first = first.min(low);
    }
    if edges.len() < 2 { vec![low, high.max(low)] } else { edges }
}

/// The least of 1, 2, 5 × 10ᵏ that is not below `width`, as (1, 2 or 5; k).
fn round_step(width: f64) -> (f64, i32) {
    let exponent = (libm::floor(libm::log10(width)) as i32).clamp(-300, 307);
    let power = libm::pow(10.0, f64::from(exponent));
    match [1.0, 2.0, 5.0].into_iter().find(|unit| unit * power >= width) {
        Some(unit) => (unit, exponent),
        None => (1.0, exponent + 1),
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::{density, histogram, median, quantile};
    use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

    #[test]
    fn edges_are_round_and_the_last_bin_is_closed() {
        let found = histogram(&[0.5, 3.0, 7.2, 12.0, 20.0], 10, 1.0);
        assert_eq!(found.edges, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0]);
        assert_eq!(found.counts, [1, 1, 0, 1, 0, 0, 1, 0, 0, 1]);
        assert_eq!(histogram(&[0.0, 0.3], 3, 1.0).edges, [0.0, 0.1, 0.2, 0.3]);
    }

    #[test]
    fn a_heavy_tail_is_clipped_and_counted() {
        let mut values: Vec<f64> = (0..1_000).map(f64::from).collect();
        values.push(1e9);
        let found = histogram(&values, 20, 0.99);
        assert_eq!((found.edges.last(), found.n_above), (Some(&1000.0), 1));
    }

    #[test]
    fn no_values_give_no_bins_and_one_value_gives_one() {
        assert_eq!(histogram(&[], 10, 0.99), super::Histogram::default());
        assert_eq!(histogram(&[f64::NAN, f64::INFINITY], 10, 0.99), super::Histogram::default());
        for value in [0.0, 7.0, -0.3, 1e300, f64::MAX, f64::MIN] {
            let found = histogram(&[value; 4], 10, 0.99);
            assert_eq!(found.counts.iter().sum::<u64>(), 4, "{value}: {found:?}");
            assert_eq!(found.counts.len(), 1, "{value}: {found:?}");
        }
    }

    #[test]
    fn density_counts_row_after_row_from_the_lowest_y() {
        let found = density(&[0.5, 1.5, 2.0, 3.0], &[0.0, 1.0, 0.5, 0.5], &[0.0, 1.0, 2.0], &[0.0, 0.5, 1.0]);
        assert_eq!((found.counts, found.n_outside), (vec![1, 0, 0, 2], 1));
        assert_eq!(density(&[1.0], &[1.0], &[], &[0.0]).n_outside, 1);
    }

    #[test]
    fn quantiles_lie_between_neighbours_in_proportion() {
        assert_eq!((median(&[3.0, 1.0]), median(&[9.0, 1.0, 2.0]), median(&[])), (Some(2.0), Some(2.0), None));
        assert_eq!(quantile(&[0.0, 10.0], 0.25), Some(2.5));
        assert_eq!((quantile(&[1.0, 2.0], -1.0), quantile(&[1.0, 2.0], 7.0)), (Some(1.0), Some(2.0)));
    }

    proptest! {
        #[test]
        fn every_finite_value_is_counted_once(
            values in prop::collection::vec(any::<f64>(), 0..60), n_bins in 0usize..40, clip in 0.0f64..=1.0,
        ) {
            let found = histogram(&values, n_bins, clip);
            let n_finite = values.iter().filter(|value| value.is_finite()).count() as u64;
            prop_assert_eq!(found.counts.iter().sum::<u64>() + found.n_above, n_finite);
            prop_assert!(found.edges.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", found.edges);
            prop_assert!(found.counts.len() <= 2 * n_bins.max(1) + 2);
        }

        #[test]
        fn everything_up_to_the_clip_quantile_is_in_a_bin(
            values in prop::collection::vec(-1e6f64..1e6, 1..60), n_bins in 1usize..40,
        ) {
            prop_assert_eq!(histogram(&values, n_bins, 1.0).n_above, 0);
        }
    }
}
