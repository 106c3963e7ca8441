//! The distinct days of one customer's events with the squares of the gaps between them. Days enter in any order and leave from
//! the front only, because windows only move forward.

use crate::feature::eval::GapSums;

/// Distinct days, ascending.
#[derive(Clone, Debug, Default)]
pub struct DaySet {
    days: Vec<i32>,
    /// Of the gaps between neighbours, in days².
    sum_squares: i64,
}

impl DaySet {
    /// Adds a day; one between two others splits their gap.
    pub fn insert(&mut self, day: i32) {
        let at = match self.days.last() {
            Some(&last) if last < day => self.days.len(),
            _ => match self.days.binary_search(&day) {
                Ok(_) => return,
                Err(at) => at,
            },
        };
        let before = at.checked_sub(1).map(|before| self.days[before]);
        let after = self.days.get(at).copied();
        self.sum_squares +=
            before.map_or(0, |before| square(before, day)) + after.map_or(0, |after| square(day, after));
        if let (Some(before), Some(after)) = (before, after) {
            self.sum_squares -= square(before, after);
        }
        self.days.insert(at, day);
    }

    /// Removes the day if it is the first one.
    pub fn leave(&mut self, day: i32) {
        if self.days.first() == Some(&day) {
            self.days.remove(0);
            self.sum_squares -= self.days.first().map_or(0, |&next| square(day, next));
        }
    }

    pub fn first(&self) -> Option<i32> {
        self.days.first().copied()
    }

    /// The gaps' sum is the distance from the first day to the last.
    pub fn gap_sums(&self) -> GapSums {
        let (Some(&first), Some(&last)) = (self.days.first(), self.days.last()) else { return GapSums::default() };
        let sum = i64::from(last) - i64::from(first);
        GapSums { n: self.days.len() as i64 - 1, sum, sum_squares: self.sum_squares }
    }

    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.days.capacity() * size_of::<i32>()
    }
}

fn square(from: i32, to: i32) -> i64 {
    let gap = i64::from(to) - i64::from(from);
    gap * gap
}

#[cfg(test)]
mod tests {
    use super::DaySet;
    use crate::feature::eval::GapSums;

    #[test]
    fn gaps_are_those_of_the_sorted_distinct_days_whatever_the_order_of_arrival() {
        let mut set = DaySet::default();
        for day in [40, 10, 20, 40, 5, 11, 90, 10] {
            set.insert(day);
        }
        assert_eq!(set.gap_sums(), GapSums::of([5, 10, 11, 20, 40, 90].into_iter()));
        for day in [4, 5, 10, 20] {
            set.leave(day);
        }
        // 4 and 20 were not the first day when they should have left.
        assert_eq!(set.gap_sums(), GapSums::of([11, 20, 40, 90].into_iter()));
        assert_eq!(set.first(), Some(11));
    }
}
