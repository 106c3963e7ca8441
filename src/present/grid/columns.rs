//! Columns in view: of a wide table only those are drawn, so that 40 rows stay a few hundred cells. Deliberately apart from
//! `scroll`: no table has so many columns that their pixels must be scaled.

use std::ops::Range;

/// Columns drawn beyond the visible ones to either side.
const OVERSCAN: usize = 2;

/// The widths of columns that together fill the view, none below its least width.
pub fn filling(least: &[f64], view_px: f64) -> Vec<f64> {
    let surplus = (view_px - least.iter().sum::<f64>()).max(0.0);
    let each = (surplus / least.len().max(1) as f64).floor();
    least.iter().map(|width| width + each).collect()
}

/// The columns to draw when `view_px` pixels from `left_px` on are visible; a table narrower than its view shows all.
pub fn columns_in_view(widths: &[f64], left_px: f64, view_px: f64) -> Range<usize> {
    let (mut first, mut end, mut begin_px) = (widths.len(), 0, 0.0);
    for (idx, width) in widths.iter().enumerate() {
        if begin_px + width > left_px && begin_px < left_px + view_px {
            first = first.min(idx);
            end = idx + 1;
        }
        begin_px += width;
    }
    if first >= end { 0..0 } else { first.saturating_sub(OVERSCAN)..(end + OVERSCAN).min(widths.len()) }
}

/// The scroll position that shows a column whole, moved as little as possible.
pub fn left_showing(widths: &[f64], column_idx: usize, left_px: f64, view_px: f64) -> f64 {
    let begin_px: f64 = widths.iter().take(column_idx).sum();
    let end_px = begin_px + widths.get(column_idx).copied().unwrap_or_default();
    left_px.max(end_px - view_px).min(begin_px)
}

#[cfg(test)]
mod tests {
    use super::{columns_in_view, filling, left_showing};

    const WIDTHS: [f64; 10] = [100.0; 10];

    #[test]
    fn only_columns_near_the_view_are_drawn() {
        assert_eq!(columns_in_view(&WIDTHS, 0.0, 250.0), 0..5);
        assert_eq!(columns_in_view(&WIDTHS, 450.0, 250.0), 2..9);
        assert_eq!(columns_in_view(&WIDTHS, 900.0, 250.0), 7..10);
        assert_eq!(columns_in_view(&WIDTHS, 0.0, 5_000.0), 0..10);
        assert_eq!(columns_in_view(&WIDTHS, 0.0, 0.0), 0..0);
        assert_eq!(columns_in_view(&[], 0.0, 100.0), 0..0);
    }

    #[test]
    fn a_narrow_table_fills_its_view_and_a_wide_one_keeps_its_widths() {
        assert_eq!(filling(&[100.0, 200.0], 401.0), [150.0, 250.0]);
        assert_eq!(filling(&[100.0, 200.0], 200.0), [100.0, 200.0]);
        assert!(filling(&[], 200.0).is_empty());
    }

    #[test]
    fn a_column_is_brought_into_view_by_the_shortest_way() {
        assert_eq!(left_showing(&WIDTHS, 1, 50.0, 250.0), 50.0);
        assert_eq!(left_showing(&WIDTHS, 0, 50.0, 250.0), 0.0);
        assert_eq!(left_showing(&WIDTHS, 5, 50.0, 250.0), 350.0);
        // Wider than the view: its beginning.
        assert_eq!(left_showing(&[900.0, 10.0], 0, 300.0, 250.0), 0.0);
    }
}
