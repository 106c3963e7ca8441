//! Calendar days as the worker counts them, from 1970-01-01, and as readers write them, ISO. Deliberately no time of day.
//!
//! Source of the conversion: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".

/// `20269` → `2025-06-30`.
pub fn to_iso(days: i64) -> String {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2025-06-30` → `20269`; `None` for what is not a day of the calendar.
pub fn from_iso(text: &str) -> Option<i64> {
    let mut parts = text.split('-').map(|part| {
        let is_number = !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<i64>().ok().filter(|_| is_number)
    });
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    // A day that the month does not have comes back as one of the next month.
    (to_iso(days) == format!("{year:04}-{month:02}-{day:02}")).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::{from_iso, to_iso};

    #[test]
    fn days_are_read_as_they_are_written() {
        for (text, days) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("2025-06-30", 20_269), ("1969-12-31", -1)] {
            assert_eq!(from_iso(text), Some(days));
            assert_eq!(to_iso(days), text);
        }
        for days in -30_000..60_000 {
            assert_eq!(from_iso(&to_iso(days)), Some(days));
        }
        assert_eq!(from_iso("2025-6-3"), from_iso("2025-06-03"));
    }

    #[test]
    fn what_is_no_day_is_not_read() {
        for text in [
            "",
            "2025",
            "2025-06",
            "2025-02-29",
            "2025-13-01",
            "2025-00-10",
            "2025-04-31",
            "30.06.2025",
            "2025-06-30-1",
            "-1-1-1",
            "+2025-06-30",
        ] {
            assert_eq!(from_iso(text), None, "{text}");
        }
    }
}
