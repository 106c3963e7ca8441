//! Calendar days as the number of days since 1970-01-01 (Arrow's `Date32`): conversion to and from the proleptic
//! Gregorian calendar. Deliberately no clock and no time of day: every date of the pipeline is a whole day.
//!
//! Source of the conversion: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil` and its inverse.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A calendar day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day(pub i32);

impl Day {
    /// The day of a civil date; `month` 1–12, `day` 1–31 (not checked against the month's length).
    pub const fn from_ymd(year: i32, month: i32, day: i32) -> Self {
        let shifted_year = if month <= 2 { year - 1 } else { year };
        let era = shifted_year.div_euclid(400);
        let year_of_era = shifted_year.rem_euclid(400);
        let month_from_march = (month + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    /// Year, month 1–12 and day of the month 1–31.
    pub const fn to_ymd(self) -> (i32, i32, i32) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month, day)
    }

    /// 0 = Monday … 6 = Sunday.
    pub const fn weekday(self) -> usize {
        (self.0 + 3).rem_euclid(7) as usize
    }

    /// Day of the year, 0 on 1 January.
    pub const fn day_of_year(self) -> i32 {
        let (year, _, _) = self.to_ymd();
        self.0 - Self::from_ymd(year, 1, 1).0
    }

    /// The day `n_days` later (earlier when negative).
    pub const fn plus(self, n_days: i32) -> Self {
        Self(self.0 + n_days)
    }

    /// Whole days from `earlier` to `self`.
    pub const fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.to_ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn known_dates_convert_both_ways() {
        for (ymd, days, weekday) in
            [((1970, 1, 1), 0, 3), ((2000, 2, 29), 11_016, 1), ((2025, 6, 30), 20_269, 0), ((1969, 12, 31), -1, 2)]
        {
            let day = Day::from_ymd(ymd.0, ymd.1, ymd.2);
            assert_eq!(day.0, days);
            assert_eq!(day.to_ymd(), ymd);
            assert_eq!(day.weekday(), weekday);
        }
    }

    #[test]
    fn every_day_of_four_centuries_round_trips_and_prints_in_order() {
        let mut previous = String::new();
        for days in Day::from_ymd(1800, 1, 1).0..Day::from_ymd(2200, 1, 1).0 {
            let (y, m, d) = Day(days).to_ymd();
            assert_eq!(Day::from_ymd(y, m, d), Day(days));
            let printed = Day(days).to_string();
            assert!(printed > previous);
            previous = printed;
        }
    }
}
