//! Rows as bytes: fits the thresholds of every column and stores each training row as one byte per lane. Deliberately
//! lossless for training: `x < threshold` and the comparison of bins agree on every row.
//!
//! A lane is one ordered column, or a run of neighbouring two-valued columns of which no row has more than one on (a
//! one-hot group): its byte is 0 for none, else one plus the position of the column that is on. A missing value is a byte of its own,
//! beyond all bins. Ordered columns that bin alike, as a count and the count per day do, share a lane: their splits are the same.

use crate::dataset::Matrix;
use serde::{Deserialize, Serialize};

/// What one byte of a binned row holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lane {
    pub first_column_idx: usize,
    /// Later ordered columns with the same bytes.
    pub copies: Vec<usize>,
    /// More than one: a one-hot group.
    pub n_columns: usize,
    /// Bins of present values.
    pub n_bins: usize,
    pub has_missing: bool,
}

/// The byte of a missing value: beyond every bin, and one before bin 0 when counted around.
pub(super) const MISSING: u8 = u8::MAX;

/// Everything present is below it: the threshold that parts present values from missing ones.
const IS_PRESENT: f32 = f32::MAX;

/// The training rows in bins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Binned {
    pub n_rows: usize,
    pub lanes: Vec<Lane>,
    /// `n_rows` × `lanes`, row after row: for filling histograms.
    pub bytes: Vec<u8>,
    /// The same, lane after lane: for parting rows.
    pub bytes_by_lane: Vec<Vec<u8>>,
    /// Ascending thresholds of each column; bin = number of thresholds not above the value.
    pub thresholds: Vec<Vec<f32>>,
}

impl Binned {
    pub(super) fn fit(train: &Matrix, max_bin: usize) -> Self {
        let n_rows = train.n_rows();
        let (mut thresholds, mut lanes) = (Vec::new(), Vec::<Lane>::new());
        let mut bytes_by_lane: Vec<Vec<u8>> = Vec::new();
        let mut sorting = Sorting::default();
        for column_idx in 0..train.n_columns() {
            let sorted = sorting.sort(train.column(column_idx));
            let has_missing = sorted.len() < n_rows;
            // The last bin of 255 would have the byte of a missing value, should a value reach the last threshold.
            let mut cuts = fit_thresholds(sorted, max_bin - usize::from(has_missing));
            let n_bins = cuts.len() + 1;
            if has_missing && !sorted.is_empty() {
                cuts.push(IS_PRESENT);
            }
            let bytes = bin(sorted, &cuts, n_rows);
            let joined = match (lanes.last_mut(), bytes_by_lane.last_mut()) {
                (Some(lane), Some(group))
                    if cuts.len() == 1 && !has_missing && lane.first_column_idx + lane.n_columns == column_idx =>
                {
                    join(lane, group, &bytes)
                }
                _ => false,
            };
            // A column of one value has no split to offer.
            if !joined && !cuts.is_empty() {
                let lane = Lane { first_column_idx: column_idx, copies: Vec::new(), n_columns: 1, n_bins, has_missing };
                match lanes.iter().zip(&bytes_by_lane).position(|(other, same)| lane.is_like(other) && bytes == *same) {
                    Some(original) => lanes[original].copies.push(column_idx),
                    None => {
                        lanes.push(lane);
                        bytes_by_lane.push(bytes);
                    }
                }
            }
            thresholds.push(cuts);
        }
        Self { n_rows, bytes: interleave(&bytes_by_lane, n_rows), bytes_by_lane, lanes, thresholds }
    }
}

impl Lane {
    /// Both may hold the same. A two-valued column joins a group instead.
    fn is_like(&self, other: &Self) -> bool {
        (self.n_columns, self.n_bins, self.has_missing) == (other.n_columns, other.n_bins, other.has_missing)
            && self.n_bins > 2
    }
}

/// Adds a two-valued column to a one-hot group unless a row has both on. A two-valued ordered lane is a group of one.
fn join(lane: &mut Lane, group: &mut [u8], bytes: &[u8]) -> bool {
    const MOST_COLUMNS: usize = 254;
    let is_group = !lane.has_missing && (lane.n_columns > 1 || lane.n_bins == 2);
    if !is_group || lane.n_columns == MOST_COLUMNS || group.iter().zip(bytes).any(|(&g, &b)| g > 0 && b > 0) {
        return false;
    }
    lane.n_columns += 1;
    lane.n_bins += 1;
    let code = lane.n_columns as u8;
    for (slot, &on) in group.iter_mut().zip(bytes) {
        *slot |= on * code;
    }
    true
}

fn interleave(bytes_by_lane: &[Vec<u8>], n_rows: usize) -> Vec<u8> {
    let n_lanes = bytes_by_lane.len();
    let mut bytes = vec![0; n_rows * n_lanes];
    for (lane_idx, lane) in bytes_by_lane.iter().enumerate() {
        for (row, &byte) in bytes.chunks_exact_mut(n_lanes).zip(lane) {
            row[lane_idx] = byte;
        }
    }
    bytes
}

/// A present value and its row, ordered as one number: what keeps the order of values, then the row.
type Keyed = u64;

fn value_of(keyed: Keyed) -> f32 {
    let key = (keyed >> 32) as u32;
    f32::from_bits(if key >> 31 == 1 { key ^ (1 << 31) } else { !key })
}

/// Buffers for sorting one column after another.
#[derive(Default)]
struct Sorting {
    keyed: Vec<Keyed>,
    spill: Vec<Keyed>,
}

impl Sorting {
    /// The present values of a column, ascending, equal ones by row; negative zero before zero.
    fn sort(&mut self, values: &[f32]) -> &[Keyed] {
        const BITS: u32 = 11;
        const DIGITS: [u32; 3] = [32, 32 + BITS, 32 + 2 * BITS];
        let digit = |keyed: Keyed, shift: u32| (keyed >> shift) as usize & ((1 << BITS) - 1);
        let mut counts = [[0_u32; 1 << BITS]; DIGITS.len()];
        self.keyed.clear();
        for (row, value) in values.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
            let bits = value.to_bits();
            let key = if bits >> 31 == 1 { !bits } else { bits ^ (1 << 31) };
            let keyed = u64::from(key) << 32 | row as u64;
            for (counts, shift) in counts.iter_mut().zip(DIGITS) {
                counts[digit(keyed, shift)] += 1;
            }
            self.keyed.push(keyed);
        }
        self.spill.resize(self.keyed.len(), 0);
        for (counts, shift) in counts.iter_mut().zip(DIGITS) {
            let mut start = 0;
            for count in counts.iter_mut() {
                start += std::mem::replace(count, start);
            }
            for &keyed in &self.keyed {
                let place = &mut counts[digit(keyed, shift)];
                self.spill[*place as usize] = keyed;
                *place += 1;
            }
            std::mem::swap(&mut self.keyed, &mut self.spill);
        }
        &self.keyed
    }
}

/// The byte of each row: the number of thresholds not above its value.
fn bin(sorted: &[Keyed], thresholds: &[f32], n_rows: usize) -> Vec<u8> {
    let mut bytes = vec![MISSING; n_rows];
    let mut bin = 0;
    for &keyed in sorted {
        while thresholds.get(bin).is_some_and(|&threshold| threshold <= value_of(keyed)) {
            bin += 1;
        }
        bytes[keyed as u32 as usize] = bin as u8;
    }
    bytes
}

/// The threshold between two neighbouring values, `low < high`: their midpoint, above `low` even after rounding.
fn midpoint(low: f32, high: f32) -> f32 {
    let middle = ((f64::from(low) + f64::from(high)) / 2.0) as f32;
    if middle > low { middle } else { high }
}

/// At most `max_bin` − 1 thresholds between distinct values. With more distinct values than bins, a value that fills a bin
/// by itself gets one, and the rest are shared out evenly by rows.
fn fit_thresholds(sorted: &[Keyed], max_bin: usize) -> Vec<f32> {
    let mut distinct: Vec<(f32, usize)> = Vec::new();
    for run in sorted.chunk_by(|&a, &b| value_of(a) == value_of(b)) {
        distinct.push((value_of(run[0]), run.len()));
    }
    if distinct.len() <= max_bin {
        return distinct.windows(2).map(|pair| midpoint(pair[0].0, pair[1].0)).collect();
    }
    let heavy_rows = sorted.len().div_ceil(max_bin);
    let is_heavy = |&(_, count): &(f32, usize)| count >= heavy_rows;
    let n_heavy = distinct.iter().filter(|value| is_heavy(value)).count();
    // Each heavy value may leave a light remainder before it, closed early; the even share of the others adapts to that.
    let mut bins_left = max_bin - n_heavy;
    let mut rows_left: usize = distinct.iter().filter(|value| !is_heavy(value)).map(|value| value.1).sum();
    let (mut thresholds, mut filled) = (Vec::with_capacity(max_bin), 0);
    for pair in distinct.windows(2) {
        let (low, high) = (&pair[0], &pair[1]);
        if !is_heavy(low) {
            filled += low.1;
        }
        let full = filled * bins_left >= rows_left && filled > 0;
        if thresholds.len() + 1 < max_bin && (is_heavy(low) || is_heavy(high) || full) {
            thresholds.push(midpoint(low.0, high.0));
            if filled > 0 {
                bins_left = bins_left.saturating_sub(1).max(1);
                rows_left -= filled;
                filled = 0;
            }
        }
    }
    thresholds
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::{Binned, Sorting, bin, midpoint, value_of};
    use crate::dataset::Matrix;
    use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

    fn matrix(columns: &[&[f32]]) -> Matrix {
        Matrix::new(columns.iter().enumerate().map(|(i, c)| (format!("C{i}"), c.to_vec())).collect()).unwrap()
    }

    fn fit_thresholds(values: &[f32], max_bin: usize) -> Vec<f32> {
        super::fit_thresholds(Sorting::default().sort(values), max_bin)
    }

    #[test]
    fn a_midpoint_that_rounds_down_becomes_the_upper_value() {
        let low = 1.0f32;
        let high = f32::from_bits(low.to_bits() + 1);
        assert_eq!(midpoint(low, high), high);
        assert_eq!(midpoint(-3.0, 5.0), 1.0);
        assert_eq!(midpoint(f32::MIN, f32::MAX), 0.0);
    }

    #[test]
    fn few_distinct_values_are_all_separated() {
        assert_eq!(fit_thresholds(&[3.0, 1.0, 1.0, 2.0, -0.0, 0.0], 255), [0.5, 1.5, 2.5]);
        assert!(fit_thresholds(&[4.0, 4.0], 255).is_empty());
    }

    #[test]
    fn a_heavy_value_does_not_cost_the_others_their_bins() {
        let values: Vec<f32> = (0..1_000).map(|i| if i < 600 { 0.0 } else { i as f32 }).collect();
        let thresholds = fit_thresholds(&values, 41);
        assert_eq!(thresholds.len(), 40);
        assert_eq!(thresholds[0], 300.0);
        assert!(thresholds[1..].windows(2).all(|pair| (pair[1] - pair[0] - 10.0).abs() < 1.5), "{thresholds:?}");
    }

    #[test]
    fn exclusive_neighbours_share_a_lane_and_overlapping_ones_do_not() {
        let binned = Binned::fit(
            &matrix(&[&[1.0, 0.0, 0.0, 0.0], &[0.0, 1.0, 1.0, 0.0], &[0.0, 0.0, 1.0, 1.0], &[1.0, 2.0, 3.0, 4.0]]),
            255,
        );
        let lanes: Vec<_> = binned.lanes.iter().map(|lane| (lane.first_column_idx, lane.n_columns)).collect();
        assert_eq!(lanes, [(0, 2), (2, 1), (3, 1)]);
        assert_eq!(binned.bytes, [1, 0, 0, 2, 0, 1, 2, 1, 2, 0, 1, 3]);
    }

    #[test]
    fn columns_that_bin_alike_share_a_lane_and_keep_their_thresholds() {
        let (count, per_day) = ([3.0, 0.0, 6.0, 3.0], [0.1, 0.0, 0.2, 0.1]);
        let binned = Binned::fit(&matrix(&[&count, &[4.0, 2.0, 3.0, 1.0], &per_day, &[6.0, 0.0, 3.0, 6.0]]), 255);
        let lanes: Vec<_> = binned.lanes.iter().map(|lane| (lane.first_column_idx, lane.copies.clone())).collect();
        assert_eq!(lanes, [(0, vec![2]), (1, vec![]), (3, vec![])]);
        assert_eq!(binned.thresholds[2], [0.05, 0.15]);
    }

    #[test]
    fn a_column_of_one_value_has_no_lane_and_ends_a_group() {
        let binned = Binned::fit(&matrix(&[&[1.0, 0.0, 0.0], &[2.0; 3], &[0.0, 1.0, 0.0]]), 255);
        let lanes: Vec<_> = binned.lanes.iter().map(|lane| (lane.first_column_idx, lane.n_columns)).collect();
        assert_eq!(lanes, [(0, 1), (2, 1)]);
    }

    #[test]
    fn missing_values_have_a_byte_and_a_threshold_of_their_own() {
        let nan = f32::NAN;
        let binned = Binned::fit(&matrix(&[&[1.0, nan, 2.0, nan], &[nan, nan, nan, nan], &[1.0, 1.0, nan, 1.0]]), 255);
        let lanes: Vec<_> =
            binned.lanes.iter().map(|lane| (lane.first_column_idx, lane.n_bins, lane.has_missing)).collect();
        assert_eq!(lanes, [(0, 2, true), (2, 1, true)]);
        assert_eq!(binned.thresholds, [vec![1.5, f32::MAX], vec![], vec![f32::MAX]]);
        assert_eq!(binned.bytes_by_lane, [[0, 255, 1, 255], [0, 0, 255, 0]]);
        let many: Vec<f32> = (0..400).map(|i| if i == 0 { nan } else { i as f32 }).collect();
        assert!(Binned::fit(&matrix(&[&many]), 255).bytes[1..].iter().all(|&byte| byte < 254));
    }

    proptest! {
        #[test]
        fn comparing_bins_is_comparing_values(
            values in prop::collection::vec(any::<f32>().prop_filter("finite", |v| v.is_finite()), 1..300),
            max_bin in 2usize..=255,
        ) {
            let thresholds = fit_thresholds(&values, max_bin);
            prop_assert!(thresholds.len() < max_bin);
            prop_assert!(thresholds.windows(2).all(|pair| pair[0] < pair[1]));
            let mut sorting = Sorting::default();
            let sorted: Vec<f32> = sorting.sort(&values).iter().map(|&keyed| value_of(keyed)).collect();
            let mut expected = values.clone();
            expected.sort_by(f32::total_cmp);
            prop_assert_eq!(sorted, expected);
            let bytes = bin(sorting.sort(&values), &thresholds, values.len());
            for (&value, byte) in values.iter().zip(bytes) {
                for (idx, &threshold) in thresholds.iter().enumerate() {
                    prop_assert_eq!(value < threshold, usize::from(byte) <= idx);
                }
            }
        }

        #[test]
        fn repeated_values_keep_within_the_bins_and_use_most_of_them(
            values in prop::collection::vec((0u32..2_000).prop_map(|v| ((v * v) / 3_000) as f32), 1_000..1_500),
            max_bin in 2usize..=64,
        ) {
            let thresholds = fit_thresholds(&values, max_bin);
            prop_assert!(thresholds.len() < max_bin && thresholds.len() * 2 >= max_bin.min(3));
            let bytes = bin(Sorting::default().sort(&values), &thresholds, values.len());
            for bin in 0..=thresholds.len() {
                prop_assert!(bytes.iter().any(|&byte| usize::from(byte) == bin));
            }
        }
    }
    use proptest::strategy::Strategy;
}
