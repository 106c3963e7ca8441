//! Dates as people and programs write them: ISO, with or without a time, 20240305, 05.03.2024, 3/5/24, 5 Mar 2024, Unix times. A time
//! of day is read over: the day counts as it is written.

use super::rejections::Reason;
use crate::engine::schema::Day;
use crate::protocol::DateOrder;

/// Earlier days are placeholders.
pub const FIRST_DAY: i32 = Day::from_ymd(1950, 1, 1).0;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// German ones that begin otherwise.
const MORE_MONTHS: [(&str, i32); 5] = [("mär", 3), ("mrz", 3), ("mai", 5), ("okt", 10), ("dez", 12)];

/// The parts of a date in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The year stands first, the month has a name, or it is a number of seconds: nothing to decide.
    Plain(i32, i32, i32),
    /// Two numbers and then the year: day and month, or month and day.
    Open(i32, i32, i32),
}

/// Days since 1970-01-01.
pub fn day(text: &str, order: DateOrder) -> Result<i32, Reason> {
    let (year, month, day) = match written(text).ok_or(Reason::NotADate)? {
        Written::Plain(year, month, day) => (year, month, day),
        Written::Open(first, second, year) => match order {
            DateOrder::DayFirst => (year, second, first),
            DateOrder::MonthFirst => (year, first, second),
        },
    };
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        let swapped = matches!(written(text), Some(Written::Open(..))) && month > 12;
        return Err(if swapped { Reason::OtherOrder } else { Reason::NoSuchDay });
    }
    Ok(Day::from_ymd(year, month, day).0)
}

fn days_in(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Reads the form, without judging the parts.
pub fn written(text: &str) -> Option<Written> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits(text);
    }
    if !text.starts_with(char::is_alphanumeric) {
        return None;
    }
    let (date, time) = split_time(text);
    if !is_time(time) {
        return None;
    }
    let parts: Vec<&str> =
        date.split(['-', '/', '.', ' ', ',', '\u{a0}']).filter(|part| !part.is_empty()).take(5).collect();
    // "Tue, 5 Mar 2024": the day of the week says nothing new.
    let parts = match parts.as_slice() {
        [weekday, rest @ ..] if rest.len() == 3 && weekday.chars().all(char::is_alphabetic) => rest,
        parts => parts,
    };
    let [first, second, third] = parts else { return None };
    let number = |part: &str| part.parse::<i32>().ok().filter(|_| part.len() <= 4 && !part.starts_with(['+', '-']));
    if let (Some(month), Some(day), Some(year)) = (month(second), number(first), year(third)) {
        if first.len() == 4 {
            return Some(Written::Plain(day, month, number(third)?));
        }
        return Some(Written::Plain(year, month, day));
    }
    if let (Some(month), Some(day), Some(year)) = (month(first), number(second), year(third)) {
        return Some(Written::Plain(year, month, day));
    }
    if first.len() == 4 {
        return Some(Written::Plain(number(first)?, number(second)?, number(third)?));
    }
    if first.len() <= 2 && second.len() <= 2 {
        return Some(Written::Open(number(first)?, number(second)?, year(third)?));
    }
    None
}

/// 20240305, or seconds, milliseconds or microseconds since 1970.
fn digits(text: &str) -> Option<Written> {
    let value: i64 = text.parse().ok()?;
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i32>().ok();
    let seconds = match text.len() {
        8 => return Some(Written::Plain(part(0, 4)?, part(4, 6)?, part(6, 8)?)),
        14 => return Some(Written::Plain(part(0, 4)?, part(4, 6)?, part(6, 8)?)),
        10 => value,
        13 => value / 1_000,
        16 => value / 1_000_000,
        _ => return None,
    };
    let (year, month, day) = Day(i32::try_from(seconds / 86_400).ok()?).to_ymd();
    Some(Written::Plain(year, month, day))
}

/// 24 is 2024, 87 is 1987.
fn year(part: &str) -> Option<i32> {
    let value: i32 = part.parse().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()))?;
    match part.len() {
        2 if value < 70 => Some(2_000 + value),
        2 => Some(1_900 + value),
        4 => Some(value),
        _ => None,
    }
}

fn month(part: &str) -> Option<i32> {
    let name = part.to_lowercase();
    if name.chars().count() < 3 || !name.chars().all(char::is_alphabetic) {
        return None;
    }
    let english = MONTHS.iter().position(|month| name.starts_with(month)).map(|position| position as i32 + 1);
    english.or_else(|| MORE_MONTHS.iter().find(|(month, _)| name.starts_with(month)).map(|(_, number)| *number))
}

/// The date, and what follows a `T` or a blank before the first colon.
fn split_time(text: &str) -> (&str, &str) {
    let Some(colon) = text.find(':') else {
        // "2024-03-05T00" does not occur; "2024-03-05Z" does.
        return (text.strip_suffix('Z').unwrap_or(text), "");
    };
    match text[..colon].rfind(['T', ' ', '\u{a0}']) {
        Some(at) => (text[..at].trim_end_matches([',', ' ']), &text[at..]),
        None => (text, "?"),
    }
}

/// Digits, colons, and what marks a zone or half of the day.
fn is_time(time: &str) -> bool {
    time.chars().all(|c| {
        c.is_ascii_digit()
            || matches!(c, ':' | '.' | ',' | '+' | '-' | ' ' | '\u{a0}' | '\u{202f}')
            || "TZUCGMAPampt".contains(c)
    })
}

#[cfg(test)]
mod tests {
    use super::{DateOrder, Reason, day};
    use crate::engine::schema::Day;

    #[test]
    fn the_same_day_in_every_form() {
        let expected = Ok(Day::from_ymd(2024, 3, 5).0);
        for text in [
            "2024-03-05",
            "2024-3-5",
            "2024/03/05",
            "2024.03.05",
            "20240305",
            "20240305101112",
            "2024-03-05T10:11:12Z",
            "2024-03-05 10:11:12",
            "2024-03-05T10:11:12.123+02:00",
            "2024-03-05 10:11:12 UTC",
            "2024-03-05Z",
            "5 Mar 2024",
            "05-Mar-2024",
            "5-Mar-24",
            "Mar 5, 2024",
            "March 5, 2024 10:11 PM",
            "5. März 2024",
            "Tue, 5 Mar 2024 10:11:12 GMT",
            "1709600000",
            "1709600000000",
            "1709600000000000",
        ] {
            assert_eq!(day(text, DateOrder::DayFirst), expected, "{text}");
            assert_eq!(day(text, DateOrder::MonthFirst), expected, "{text}");
        }
        for text in ["05.03.2024", "5/3/2024", "05-03-24", "05.03.2024 23:59", "5.3.2024, 10:11"] {
            assert_eq!(day(text, DateOrder::DayFirst), expected, "{text}");
        }
        for text in ["03/05/2024", "3-5-24", "03/05/2024 11:59:59 PM"] {
            assert_eq!(day(text, DateOrder::MonthFirst), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_day_says_why() {
        for text in [
            "",
            "x",
            "2024",
            "12.5",
            "2024-03",
            "1/2/3/4",
            "03-04-5678-1",
            "2024-03-05Tx:1",
            "99999999999999999999",
            "-5-3-2024",
        ] {
            assert_eq!(day(text, DateOrder::DayFirst), Err(Reason::NotADate), "{text}");
        }
        for text in ["2023-02-29", "31.04.2024", "00.01.2024", "2024-13-01", "20241301"] {
            assert_eq!(day(text, DateOrder::DayFirst), Err(Reason::NoSuchDay), "{text}");
        }
        assert_eq!(day("25/03/2024", DateOrder::MonthFirst), Err(Reason::OtherOrder));
        assert_eq!(day("03/25/2024", DateOrder::DayFirst), Err(Reason::OtherOrder));
    }
}
