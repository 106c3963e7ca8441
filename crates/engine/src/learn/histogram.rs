//! Gradient histograms in integers: sums are equal in any order, so a sibling is the parent minus the other child, to the
//! bit. Deliberately nothing about what a good split is.
//!
//! | symbol | is | type |
//! |---|---|---|
//! | g | gradient of a sampled row | f32 |
//! | h | hessian of a sampled row; 1 where the objective's is constant | f32 |
//! | q | round(g · scale), scale the largest for which no sum of \|q\| passes 2³¹ − 1; r likewise of h, or 1 | i32 |
//! | cell | (Σ q, Σ r), in the halves of one integer; with a constant hessian Σ r is the number of rows | i64 |
//! | histogram | the cells of each lane | lanes × [`Cells`] |

use super::binning::{Lane, MISSING};

/// The cells of one lane. Indexed by a byte, so never out of bounds; 256 plus one cache line, so that the same bin of
/// different lanes does not compete for the same cache set.
pub(super) type Cells = [i64; 264];

pub(super) const EMPTY: Cells = [0; 264];

/// Most rows that the halves of a cell can count and sum.
pub(super) const MOST_ROWS: usize = 1 << 24;

/// What a gradient and a hessian of 1 count as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub gradient: f64,
    pub hessian: f64,
}

pub(super) fn gradient_sum(cell: i64) -> i32 {
    (cell >> 32) as i32
}

pub(super) fn hessian_sum(cell: i64) -> i32 {
    cell as i32
}

/// Turns gradients and hessians (none: all 1) into cells.
pub(super) fn quantise(gradients: &[f32], hessians: &[f32], cells: &mut Vec<i64>) -> Scale {
    let gradient = largest_scale(gradients);
    // Half away from zero; the cast cuts the fraction off and cannot overflow, since no sum passes i32::MAX.
    let upper = |value: f32| {
        let scaled = f64::from(value) * gradient;
        i64::from((scaled + if scaled < 0.0 { -0.5 } else { 0.5 }) as i32) << 32
    };
    cells.clear();
    if hessians.is_empty() {
        cells.extend(gradients.iter().map(|&gradient| upper(gradient) | 1));
        return Scale { gradient, hessian: 1.0 };
    }
    let hessian = largest_scale(hessians);
    let lower = |value: f32| i64::from((f64::from(value) * hessian + 0.5) as i32);
    cells.extend(gradients.iter().zip(hessians).map(|(&gradient, &hessian)| upper(gradient) | lower(hessian)));
    Scale { gradient, hessian }
}

/// The largest factor with which no sum of magnitudes, rounded row by row, passes `i32::MAX`.
fn largest_scale(values: &[f32]) -> f64 {
    let magnitude = sum_by(values, |value| f64::from(value.abs()));
    // Rounding adds at most a half per row.
    let most = f64::from(i32::MAX) - values.len() as f64;
    let scale = if magnitude > 0.0 { most / magnitude } else { 0.0 };
    if scale.is_finite() { scale } else { 0.0 }
}

/// A sum in a fixed order of eight interleaved parts.
pub(super) fn sum_by(values: &[f32], term: impl Fn(f32) -> f64) -> f64 {
    let mut parts = [0.0; 8];
    let blocks = values.chunks_exact(8);
    let rest = blocks.remainder();
    for block in blocks {
        for (part, &value) in parts.iter_mut().zip(block) {
            *part += term(value);
        }
    }
    for (part, &value) in parts.iter_mut().zip(rest) {
        *part += term(value);
    }
    parts.iter().sum()
}

/// Fills the histogram of some rows; `bytes` holds one byte per lane and row.
pub(super) fn fill(histogram: &mut [Cells], lanes: &[Lane], bytes: &[u8], cells: &[i64], rows: &[u32]) {
    for (cells, lane) in histogram.iter_mut().zip(lanes) {
        cells[..lane.n_bins].fill(0);
        cells[usize::from(MISSING)] = 0;
    }
    let n_lanes = histogram.len();
    for &row in rows {
        let (row, cell) = (&bytes[row as usize * n_lanes..][..n_lanes], cells[row as usize]);
        // Four lanes a turn: engines for wasm do not unroll loops.
        let (lane_blocks, lane_rest) = histogram.as_chunks_mut::<4>();
        let (bin_blocks, bin_rest) = row.as_chunks::<4>();
        for ([a, b, c, d], bins) in lane_blocks.iter_mut().zip(bin_blocks) {
            a[usize::from(bins[0])] += cell;
            b[usize::from(bins[1])] += cell;
            c[usize::from(bins[2])] += cell;
            d[usize::from(bins[3])] += cell;
        }
        for (lane, &bin) in lane_rest.iter_mut().zip(bin_rest) {
            lane[usize::from(bin)] += cell;
        }
    }
}

/// Fills only the cells that some few rows name, those of one-hot groups and those of missing values; the others hold anything.
pub(super) fn fill_named(histogram: &mut [Cells], lanes: &[Lane], bytes: &[u8], cells: &[i64], rows: &[u32]) {
    for (cells, lane) in histogram.iter_mut().zip(lanes) {
        cells[usize::from(MISSING)] = 0;
        if lane.n_columns > 1 {
            cells[..lane.n_bins].fill(0);
        }
    }
    let n_lanes = histogram.len();
    let bytes_of = |row: u32| &bytes[row as usize * n_lanes..][..n_lanes];
    for &row in rows {
        for (lane, &bin) in histogram.iter_mut().zip(bytes_of(row)) {
            lane[usize::from(bin)] = 0;
        }
    }
    for &row in rows {
        for (lane, &bin) in histogram.iter_mut().zip(bytes_of(row)) {
            lane[usize::from(bin)] += cells[row as usize];
        }
    }
}

/// Takes some rows out again.
pub(super) fn remove(histogram: &mut [Cells], bytes: &[u8], cells: &[i64], rows: &[u32]) {
    let n_lanes = histogram.len();
    for &row in rows {
        for (lane, &bin) in histogram.iter_mut().zip(&bytes[row as usize * n_lanes..][..n_lanes]) {
            lane[usize::from(bin)] -= cells[row as usize];
        }
    }
}

/// Turns the parent's histogram into the other child's.
pub(super) fn subtract(parent: &mut [Cells], child: &[Cells], lanes: &[Lane]) {
    for ((parent, child), lane) in parent.iter_mut().zip(child).zip(lanes) {
        for (cell, &part) in parent[..lane.n_bins].iter_mut().zip(child) {
            *cell -= part;
        }
        let missing = usize::from(MISSING);
        if lane.has_missing {
            parent[missing] -= child[missing];
        }
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::{EMPTY, Scale, fill, fill_named, gradient_sum, hessian_sum, quantise, remove, subtract};
    use crate::learn::binning::Lane;
    use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};

    proptest! {
        #[test]
        fn parent_is_left_plus_right(rows in prop::collection::vec((0u8..9, 0u8..=255, -50f32..50.0, 0u8..2), 1..200)) {
            let bytes: Vec<u8> = rows.iter().flat_map(|row| [row.0, row.1]).collect();
            let gradients: Vec<f32> = rows.iter().map(|row| row.2).collect();
            let mut cells = vec![];
            quantise(&gradients, &[], &mut cells);
            let lanes = [9, 255].map(|n_bins| Lane { first_column_idx: 0, copies: vec![], n_columns: 1, n_bins, has_missing: n_bins > 9 });
            let histogram = |side: Option<u8>| {
                let ids: Vec<u32> = (0..rows.len()).filter(|&i| side.is_none_or(|s| s == rows[i].3)).map(|i| i as u32).collect();
                let mut histogram = vec![EMPTY; 2];
                fill(&mut histogram, &lanes, &bytes, &cells, &ids);
                histogram
            };
            let mut parent = histogram(None);
            subtract(&mut parent, &histogram(Some(0)), &lanes);
            prop_assert_eq!(&parent, &histogram(Some(1)));
            // The same row by row.
            let left: Vec<u32> = (0..rows.len()).filter(|&i| rows[i].3 == 0).map(|i| i as u32).collect();
            let (mut named, mut without) = (vec![[i64::MAX; 264]; 2], histogram(None));
            fill_named(&mut named, &lanes, &bytes, &cells, &left);
            remove(&mut without, &bytes, &cells, &left);
            prop_assert_eq!(without, parent);
            for (lane, full) in histogram(Some(0)).iter().enumerate() {
                for &row in &left {
                    let bin = usize::from(bytes[row as usize * 2 + lane]);
                    prop_assert_eq!(named[lane][bin], full[bin]);
                }
            }
        }

        #[test]
        fn quantised_sums_count_rows_and_approach_the_exact_sum(gradients in prop::collection::vec(-1e15f32..1e15, 1..500)) {
            let mut cells = vec![];
            let scale = quantise(&gradients, &[], &mut cells);
            let total: i64 = cells.iter().sum();
            prop_assert_eq!(hessian_sum(total) as usize, gradients.len());
            let exact: f64 = gradients.iter().map(|&g| f64::from(g)).sum();
            let off = (f64::from(gradient_sum(total)) - exact * scale.gradient).abs();
            prop_assert!(off <= gradients.len() as f64 * 0.5 + 1e-3, "{off}");
        }
    }

    #[test]
    fn sums_at_the_limit_do_not_overflow() {
        for sign in [1.0, -1.0] {
            let mut cells = vec![];
            quantise(&[sign * 3.5; 100_000], &[2.5; 100_000], &mut cells);
            let total: i64 = cells.iter().sum();
            assert!(hessian_sum(total) > 2_100_000_000);
            assert!(f64::from(gradient_sum(total)) * f64::from(sign) > 2.1e9);
        }
        let mut cells = vec![];
        assert_eq!(quantise(&[0.0, 0.0], &[], &mut cells), Scale { gradient: 0.0, hessian: 1.0 });
        assert_eq!(cells, [1, 1]);
    }
}
