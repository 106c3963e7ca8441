//! The values of a column as ascending distinct numbers with their counts: everything that a profile says follows from it.
//! Whole numbers over a narrow range are counted, not sorted, so that millions of days take one pass.

use crate::evaluate::{Histogram, histogram_of_counts};
use clv_engine::order;

/// A range of whole numbers up to this is counted whatever the number of rows.
const ALWAYS_COUNTED: u64 = 1 << 16;

/// Ascending distinct values, each with how often it occurs; never a value that is not finite.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distribution {
    counted: Vec<(f64, u64)>,
    n_values: u64,
}

impl Distribution {
    /// Of whole numbers, exact up to 2⁵³, each divided by `unit`.
    pub fn of_integers<T: Copy + Ord + Into<i64>>(values: &[T], unit: f64) -> Self {
        let (Some(&least), Some(&greatest)) = (values.iter().min(), values.iter().max()) else {
            return Self::default();
        };
        let (least, greatest): (i64, i64) = (least.into(), greatest.into());
        let n_possible = greatest.abs_diff(least).saturating_add(1);
        let counted = if n_possible <= ALWAYS_COUNTED.max(2 * values.len() as u64) {
            let mut counts = vec![0_u32; n_possible as usize];
            for &value in values {
                counts[value.into().wrapping_sub(least) as usize] += 1;
            }
            let found = counts.iter().enumerate().filter(|(_, count)| **count > 0);
            found.map(|(offset, &count)| ((least + offset as i64) as f64 / unit, u64::from(count))).collect()
        } else {
            let mut sorted = values.to_vec();
            sorted.sort_unstable();
            let runs = sorted.chunk_by(|a, b| a == b);
            runs.map(|run| (run[0].into() as f64 / unit, run.len() as u64)).collect()
        };
        Self { counted, n_values: values.len() as u64 }
    }

    /// Of doubles; what is not finite is left out.
    pub fn of_floats(values: &[f64]) -> Self {
        // Both zeros are one value.
        let mut sorted: Vec<f64> = values.iter().filter(|v| v.is_finite()).map(|v| v + 0.0).collect();
        order::sort_numbers(&mut sorted);
        let counted = sorted.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64)).collect();
        Self { counted, n_values: sorted.len() as u64 }
    }

    pub fn n_distinct(&self) -> u64 {
        self.counted.len() as u64
    }

    pub fn least(&self) -> Option<f64> {
        self.counted.first().map(|(value, _)| *value)
    }

    pub fn greatest(&self) -> Option<f64> {
        self.counted.last().map(|(value, _)| *value)
    }

    pub fn mean(&self) -> Option<f64> {
        let n = self.n_values as f64;
        // Divided first where the sum of huge values would overflow.
        let sum: f64 = self.counted.iter().map(|(value, count)| value * *count as f64).sum();
        let mean = if sum.is_finite() {
            sum / n
        } else {
            self.counted.iter().map(|(value, count)| value * (*count as f64 / n)).sum()
        };
        (self.n_values > 0).then_some(mean)
    }

    /// The square root of the mean squared distance from the mean.
    pub fn standard_deviation(&self) -> Option<f64> {
        let mean = self.mean()?;
        let n = self.n_values as f64;
        let part = |&(value, count): &(f64, u64)| (value - mean) * (value - mean) * (count as f64 / n);
        Some(self.counted.iter().map(part).sum::<f64>().sqrt())
    }

    /// The values of both.
    pub fn merged(&self, other: &Self) -> Self {
        let mut counted: Vec<(f64, u64)> = Vec::with_capacity(self.counted.len() + other.counted.len());
        let (mut left, mut right) = (self.counted.iter().peekable(), other.counted.iter().peekable());
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) if b.0 < a.0 => right.next(),
                (Some(_), _) => left.next(),
                (None, _) => right.next(),
            };
            match (next, counted.last_mut()) {
                (Some(&(value, count)), Some(last)) if last.0 == value => last.1 += count,
                (Some(&found), _) => counted.push(found),
                (None, _) => return Self { counted, n_values: self.n_values + other.n_values },
            }
        }
    }

    /// Ascending distinct values, each with how often it occurs.
    pub fn counted(&self) -> &[(f64, u64)] {
        &self.counted
    }

    pub fn n_values(&self) -> u64 {
        self.n_values
    }

    /// The ⌈share · n⌉-th smallest value for a share of `part` in `of`: always a value that occurs.
    pub fn order_statistic(&self, part: u64, of: u64) -> Option<f64> {
        let rank = (self.n_values * part).div_ceil(of.max(1)).max(1);
        (self.n_values > 0).then(|| self.at(rank - 1))
    }

    /// The values below which the given ascending shares of the values lie, between two values in proportion.
    pub fn quantiles<const N: usize>(&self, shares: [f64; N]) -> Option<[f64; N]> {
        let last = self.n_values.checked_sub(1)?;
        Some(shares.map(|share| {
            let position = share.clamp(0.0, 1.0) * last as f64;
            let (below, part) = (position as u64, position - libm::floor(position));
            let low = self.at(below);
            if part > 0.0 { low * (1.0 - part) + self.at((below + 1).min(last)) * part } else { low }
        }))
    }

    /// The value at a position of the sorted values.
    fn at(&self, position: u64) -> f64 {
        let mut before = 0;
        for &(value, count) in &self.counted {
            before += count;
            if position < before {
                return value;
            }
        }
        self.greatest().unwrap_or(f64::NAN)
    }

    /// Up to about `n_bins` bars from the least value to the `clip` quantile. Bars of whole numbers are whole numbers wide, and
    /// the last one ends behind the last number in it.
    pub fn histogram(&self, n_bins: usize, clip: f64, whole: bool) -> Histogram {
        let (Some(least), Some([high])) = (self.least(), self.quantiles([clip])) else { return Histogram::default() };
        if !whole {
            return histogram_of_counts(&self.counted, high, n_bins);
        }
        let behind = libm::floor(high) + 1.0;
        histogram_of_counts(&self.counted, behind, n_bins.min((behind - least) as usize))
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::Distribution;
    use crate::evaluate::quantile;
    use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

    proptest! {
        #[test]
        fn counting_and_sorting_agree_with_a_plain_computation(
            values in prop::collection::vec(prop_oneof![-50..50_i64, -(1_i64 << 50)..1 << 50], 1..80), p in 0.0..=1.0,
        ) {
            let floats: Vec<f64> = values.iter().map(|&v| v as f64).collect();
            let found = Distribution::of_integers(&values, 1.0);
            prop_assert_eq!(&found, &Distribution::of_floats(&floats));
            let mut distinct = values.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(found.n_distinct(), distinct.len() as u64);
            prop_assert_eq!(found.quantiles([p]).map(|[q]| q), quantile(&floats, p));
            let mean = values.iter().map(|&v| i128::from(v)).sum::<i128>() as f64 / values.len() as f64;
            prop_assert!((found.mean().unwrap() - mean).abs() <= 1e-9 * mean.abs().max(1.0) + 4.0);
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let rank = (values.len() * 3).div_ceil(10);
            prop_assert_eq!(found.order_statistic(3, 10), Some(sorted[rank - 1] as f64));
        }

        #[test]
        fn merging_is_counting_both(
            a in prop::collection::vec(-9..9_i64, 0..40), b in prop::collection::vec(-9..9_i64, 0..40),
        ) {
            let of = |values: &[i64]| Distribution::of_integers(values, 1.0);
            prop_assert_eq!(of(&a).merged(&of(&b)), of(&[a, b].concat()));
        }

        #[test]
        fn a_histogram_counts_every_finite_value_once(
            values in prop::collection::vec(any::<f64>(), 0..60), whole in prop::collection::vec(-99..99_i32, 1..60),
        ) {
            let n_finite = values.iter().filter(|v| v.is_finite()).count() as u64;
            let found = Distribution::of_floats(&values).histogram(20, 0.9, false);
            prop_assert_eq!(found.counts.iter().sum::<u64>() + found.n_above, n_finite);
            let bars = Distribution::of_integers(&whole, 1.0).histogram(24, 1.0, true);
            prop_assert_eq!((bars.counts.iter().sum::<u64>(), bars.n_above), (whole.len() as u64, 0));
            prop_assert!(bars.edges.iter().all(|edge| edge.fract() == 0.0), "{:?}", bars.edges);
        }
    }

    #[test]
    fn few_whole_numbers_get_a_bar_each() {
        let found = Distribution::of_integers(&[1_i64, 2, 2, 3], 1.0).histogram(24, 1.0, true);
        assert_eq!((found.edges, found.counts), (vec![1.0, 2.0, 3.0, 4.0], vec![1, 2, 1]));
        assert_eq!(Distribution::of_integers(&[7_i64; 5], 1.0).histogram(24, 0.99, true).counts, [5]);
    }

    #[test]
    fn the_standard_deviation_is_that_of_the_population() {
        let found = Distribution::of_integers(&[200_i64, 400, 400, 400, 500, 500, 700, 900], 100.0);
        assert_eq!(found.standard_deviation(), Some(2.0));
        assert_eq!(Distribution::of_floats(&[7.0]).standard_deviation(), Some(0.0));
    }

    #[test]
    fn nothing_has_no_statistics() {
        let none = Distribution::of_floats(&[f64::NAN]);
        assert_eq!((none.standard_deviation(), none.order_statistic(1, 10)), (None, None));
        assert_eq!((none.n_distinct(), none.least(), none.mean(), none.quantiles([0.5])), (0, None, None, None));
        assert!(none.histogram(10, 0.99, false).counts.is_empty());
    }
}
