//! The temporal split: 70 % oldest rows for training, 15 % for validation, 15 % youngest for test. Rows of one day always stay
//! together, so that no border runs through a day. Label windows of earlier parts overlap later observation dates; they are
//! not purged, and the page says so.

use crate::schema::Day;

/// Which part of the data a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Train,
    Validation,
    Test,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// The name in tables and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// The part of each row, by its day.
pub fn temporal_split(days: &[i32]) -> Vec<Part> {
    let mut sorted = days.to_vec();
    sorted.sort_unstable();
    // In whole numbers, so that the border does not depend on rounding.
    let border = |percent: usize| sorted.get(sorted.len() * percent / 100).copied().unwrap_or(i32::MAX);
    let (validation, test) = (border(70), border(85));
    days.iter()
        .map(|&day| {
            if day < validation {
                Part::Train
            } else if day < test {
                Part::Validation
            } else {
                Part::Test
            }
        })
        .collect()
}

/// The rows of one part, ascending.
pub fn rows_in(parts: &[Part], part: Part) -> Vec<u32> {
    (0..parts.len() as u32).filter(|&row| parts[row as usize] == part).collect()
}

/// First and last day of some rows.
pub fn day_range(days: &[i32], rows: &[u32]) -> Option<(Day, Day)> {
    let days = rows.iter().map(|&row| days[row as usize]);
    Some((Day(days.clone().min()?), Day(days.max()?)))
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::{Part, rows_in, temporal_split};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_day_is_in_two_parts_and_parts_follow_each_other(days in prop::collection::vec(0..60, 0..300)) {
            let parts = temporal_split(&days);
            for (a, part_a) in days.iter().zip(&parts) {
                for (b, part_b) in days.iter().zip(&parts) {
                    let in_order = if a == b { part_a == part_b } else { (a < b) == (part_a < part_b) || part_a == part_b };
                    prop_assert!(in_order);
                }
            }
        }
    }

    #[test]
    fn distinct_days_split_seventy_fifteen_fifteen() {
        let days: Vec<i32> = (0..200).rev().collect();
        let parts = temporal_split(&days);
        assert_eq!(Part::ALL.map(|part| rows_in(&parts, part).len()), [140, 30, 30]);
        assert_eq!(rows_in(&parts, Part::Test).first(), Some(&0));
    }
}
