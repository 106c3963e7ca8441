//! A filter from what was typed, and back to words. What cannot be understood is answered with a sentence, here, before the
//! worker is asked.

use crate::present::{day, format, number};
use crate::protocol::{ColumnFilter, ColumnKind, ColumnSort, Condition, TableColumn, TableQuery};

const MICROSECONDS_PER_DAY: i64 = 86_400_000_000;

/// The field that a sentence belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    Low,
    High,
}

/// Why a range cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub at: Bound,
    pub sentence: String,
}

/// The condition that two fields ask for; `None` when both are empty.
pub fn range(kind: &ColumnKind, low: &str, high: &str) -> Result<Option<Condition>, Fault> {
    let fault = |at| move |sentence| Fault { at, sentence };
    let crossed = || Fault {
        at: Bound::High,
        sentence: "The upper bound is below the lower one. Swap them, or empty one field.".to_owned(),
    };
    if matches!(kind, ColumnKind::Name) {
        let name = |text: &str| Some(text.trim().to_owned()).filter(|name| !name.is_empty());
        return match (name(low), name(high)) {
            (None, None) => Ok(None),
            (Some(low), Some(high)) if low > high => Err(crossed()),
            (low, high) => Ok(Some(Condition::Names { low, high })),
        };
    }
    if matches!(kind, ColumnKind::Float) {
        let low = optional(low, float).map_err(fault(Bound::Low))?;
        let high = optional(high, float).map_err(fault(Bound::High))?;
        return match (low, high) {
            (None, None) => Ok(None),
            (Some(low), Some(high)) if low > high => Err(crossed()),
            (low, high) => Ok(Some(Condition::Floats { low, high })),
        };
    }
    let read = |text: &str| match kind {
        ColumnKind::Cents => cents(text),
        ColumnKind::Day => days(text),
        ColumnKind::Timestamp => days(text).map(|days| days * MICROSECONDS_PER_DAY),
        ColumnKind::Id | ColumnKind::Name | ColumnKind::Integer | ColumnKind::Float | ColumnKind::Category(_) => {
            integer(text)
        }
    };
    let low = optional(low, read).map_err(fault(Bound::Low))?;
    let high = optional(high, read).map_err(fault(Bound::High))?;
    // The upper day belongs to the range with all its hours.
    let last = if matches!(kind, ColumnKind::Timestamp) { MICROSECONDS_PER_DAY - 1 } else { 0 };
    match (low, high) {
        (None, None) => Ok(None),
        (Some(low), Some(high)) if low > high => Err(crossed()),
        (low, high) => Ok(Some(Condition::Integers { low, high: high.map(|high| high + last) })),
    }
}

fn optional<T>(text: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    if text.trim().is_empty() { Ok(None) } else { read(text.trim()).map(Some) }
}

/// What was typed without separators of thousands, currency sign and typographic minus.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, ',' | ' ' | '\u{a0}' | '\u{202f}' | '$'))
        .map(|c| if c == '−' { '-' } else { c })
        .collect()
}

fn integer(text: &str) -> Result<i64, String> {
    plain(text)
        .parse()
        .map_err(|_| format!("“{text}” is no whole number. Write one such as 1200, or leave the field empty."))
}

fn float(text: &str) -> Result<f64, String> {
    number::read(&plain(text))
        .ok_or_else(|| format!("“{text}” is no number. Write one such as 12.5, or leave the field empty."))
}

fn cents(text: &str) -> Result<i64, String> {
    let no_amount =
        || format!("“{text}” is no amount in dollars and cents. Write one such as 19.90, or leave the field empty.");
    let text = plain(text);
    let (sign, digits) = text.strip_prefix('-').map_or((1, text.as_str()), |digits| (-1, digits));
    let (dollars, cents) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if dollars.len() + cents.len() == 0 || cents.len() > 2 || !is_number(dollars) || !is_number(cents) {
        return Err(no_amount());
    }
    format!("{dollars}{cents:0<2}").parse::<i64>().map(|amount| sign * amount).map_err(|_| no_amount())
}

fn days(text: &str) -> Result<i64, String> {
    day::from_iso(text)
        .ok_or_else(|| format!("“{text}” is no day. Write one such as 2025-06-30, or leave the field empty."))
}

/// What the two fields show for a condition.
pub fn fields(kind: &ColumnKind, condition: &Condition) -> (String, String) {
    match condition {
        Condition::Integers { low, high } => {
            let text = |bound: &Option<i64>| bound.map_or_else(String::new, |value| written(kind, value));
            (text(low), text(high))
        }
        Condition::Floats { low, high } => {
            let text = |bound: &Option<f64>| bound.map_or_else(String::new, |value| value.to_string());
            (text(low), text(high))
        }
        Condition::Names { low, high } => (low.clone().unwrap_or_default(), high.clone().unwrap_or_default()),
        Condition::Levels(_) | Condition::Null | Condition::NotNull => Default::default(),
    }
}

fn written(kind: &ColumnKind, value: i64) -> String {
    match kind {
        ColumnKind::Day => day::to_iso(value),
        ColumnKind::Timestamp => day::to_iso(value.div_euclid(MICROSECONDS_PER_DAY)),
        ColumnKind::Cents => {
            let sign = if value < 0 { "-" } else { "" };
            format!("{sign}{}.{:02}", value.unsigned_abs() / 100, value.unsigned_abs() % 100)
        }
        ColumnKind::Id | ColumnKind::Name | ColumnKind::Integer | ColumnKind::Float | ColumnKind::Category(_) => {
            value.to_string()
        }
    }
}

/// A filter in words: "AMOUNT 10.00 to 20.00".
pub fn chip(column: &TableColumn, condition: &Condition) -> String {
    let said = match condition {
        Condition::Null => "is null".to_owned(),
        Condition::NotNull => "is not null".to_owned(),
        Condition::Levels(levels) if levels.is_empty() => "none of its levels".to_owned(),
        Condition::Levels(levels) if levels.len() > 3 => {
            format!("{}, {} and {} more", levels[0], levels[1], levels.len() - 2)
        }
        Condition::Levels(levels) => levels.join(", "),
        Condition::Integers { .. } | Condition::Floats { .. } | Condition::Names { .. } => {
            match fields(&column.kind, condition) {
                (low, high) if low == high => format!("is {low}"),
                (low, high) if high.is_empty() => format!("from {low}"),
                (low, high) if low.is_empty() => format!("up to {high}"),
                (low, high) => format!("{low} to {high}"),
            }
        }
    };
    format!("{} {said}", column.name)
}

/// "4,213 of 5,012,345 rows · 18 ms".
pub fn summary(n_rows: u64, n_rows_total: u64, query: &TableQuery, elapsed_ms: f64) -> String {
    if *query == TableQuery::default() {
        return format::counted(n_rows_total, "row", "rows");
    }
    let counted = format!("{} of {}", format::count(n_rows), format::counted(n_rows_total, "row", "rows"));
    format!("{counted} · {}", format::duration(elapsed_ms))
}

/// Why no further rows come.
pub fn not_held(running: bool) -> &'static str {
    if running {
        "The run in progress makes these rows anew; what was already fetched stays until then."
    } else {
        "These rows are of an earlier run; run the pipeline to scroll, sort and filter the table."
    }
}

/// The row meant by a number typed, from 0; the last row for a number beyond it.
pub fn row_of(text: &str, n_rows: u64) -> Result<u64, String> {
    let digits = plain(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    match digits.parse::<u64>() {
        Ok(0) => Err("Rows are counted from 1.".to_owned()),
        Ok(row) => Ok((row - 1).min(n_rows.saturating_sub(1))),
        // Too large for 64 bits.
        Err(_) if is_number => Ok(n_rows.saturating_sub(1)),
        Err(_) => Err(format!("“{text}” is no row number. Write one such as 1200.")),
    }
}

/// A row's number as shown, from 1.
pub fn row_number(row: u64) -> String {
    format::count(row + 1)
}

impl TableQuery {
    /// The condition on a column.
    pub fn condition(&self, column: &str) -> Option<&Condition> {
        self.filters.iter().find(|filter| filter.column == column).map(|filter| &filter.condition)
    }

    /// With another condition on a column, or with none.
    pub fn filtered(&self, column: &str, condition: Option<Condition>) -> Self {
        let mut query = self.clone();
        match (query.filters.iter().position(|filter| filter.column == column), condition) {
            (Some(at), Some(condition)) => query.filters[at].condition = condition,
            (Some(at), None) => drop(query.filters.remove(at)),
            (None, Some(condition)) => query.filters.push(ColumnFilter { column: column.to_owned(), condition }),
            (None, None) => {}
        }
        query
    }

    /// Sorted by a column: smallest first, then largest first, then not at all.
    pub fn sort_toggled(&self, column: &str) -> Self {
        let descending = self.sort.as_ref().filter(|sort| sort.column == column).map(|sort| sort.descending);
        let sort = |descending| Some(ColumnSort { column: column.to_owned(), descending });
        let sort = match descending {
            None => sort(false),
            Some(false) => sort(true),
            Some(true) => None,
        };
        Self { sort, ..self.clone() }
    }

    /// Without what a table of these columns cannot answer.
    pub fn known_to(&self, columns: &[TableColumn]) -> Self {
        let fits = |filter: &&ColumnFilter| {
            let column = columns.iter().find(|column| column.name == filter.column);
            column.is_some_and(|column| match (&filter.condition, &column.kind) {
                (Condition::Null | Condition::NotNull, _) => true,
                (Condition::Levels(wanted), ColumnKind::Category(levels)) => {
                    wanted.iter().all(|level| levels.contains(level))
                }
                (Condition::Floats { .. }, kind) => matches!(kind, ColumnKind::Float),
                (Condition::Names { .. }, kind) => matches!(kind, ColumnKind::Name),
                (Condition::Integers { .. }, kind) => {
                    !matches!(kind, ColumnKind::Float | ColumnKind::Name | ColumnKind::Category(_))
                }
                (Condition::Levels(_), _) => false,
            })
        };
        let sort = self.sort.clone().filter(|sort| columns.iter().any(|column| column.name == sort.column));
        Self { filters: self.filters.iter().filter(fits).cloned().collect(), sort }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(low: Option<&str>, high: Option<&str>) -> Condition {
        Condition::Names { low: low.map(str::to_owned), high: high.map(str::to_owned) }
    }

    fn integers(low: Option<i64>, high: Option<i64>) -> Condition {
        Condition::Integers { low, high }
    }

    fn column(name: &str, kind: ColumnKind) -> TableColumn {
        TableColumn {
            name: name.to_owned(),
            sql_type: String::new(),
            unit: String::new(),
            meaning: String::new(),
            nullable: true,
            numeric: true,
            kind,
        }
    }

    #[test]
    fn fields_are_read_in_the_columns_own_unit_and_shown_again() {
        for (kind, low, high, condition, shown) in [
            (ColumnKind::Id, "7", "", integers(Some(7), None), ("7", "")),
            (ColumnKind::Name, " K-07 ", "", names(Some("K-07"), None), ("K-07", "")),
            (ColumnKind::Name, "a", "b", names(Some("a"), Some("b")), ("a", "b")),
            (ColumnKind::Integer, " −1,200 ", "5", integers(Some(-1_200), Some(5)), ("-1200", "5")),
            (ColumnKind::Cents, "$10", "19.9", integers(Some(1_000), Some(1_990)), ("10.00", "19.90")),
            (ColumnKind::Cents, "-.05", "", integers(Some(-5), None), ("-0.05", "")),
            (ColumnKind::Day, "", "2025-06-30", integers(None, Some(20_269)), ("", "2025-06-30")),
            (
                ColumnKind::Float,
                "-0.5",
                "1e3",
                Condition::Floats { low: Some(-0.5), high: Some(1_000.0) },
                ("-0.5", "1000"),
            ),
            (
                ColumnKind::Timestamp,
                "1970-01-02",
                "1970-01-02",
                integers(Some(MICROSECONDS_PER_DAY), Some(2 * MICROSECONDS_PER_DAY - 1)),
                ("1970-01-02", "1970-01-02"),
            ),
        ] {
            assert_eq!(range(&kind, low, high), Ok(Some(condition.clone())), "{kind:?}");
            let (low, high) = fields(&kind, &condition);
            assert_eq!((low.as_str(), high.as_str()), shown, "{kind:?}");
        }
        assert_eq!(range(&ColumnKind::Day, " ", ""), Ok(None));
    }

    #[test]
    fn what_cannot_be_read_is_answered_at_its_field_with_what_to_write() {
        for (kind, low, high, at) in [
            (ColumnKind::Integer, "3.5", "", Bound::Low),
            (ColumnKind::Id, "", "abc", Bound::High),
            (ColumnKind::Name, "b", "a", Bound::High),
            (ColumnKind::Id, "99999999999999999999", "", Bound::Low),
            (ColumnKind::Cents, "1.234", "", Bound::Low),
            (ColumnKind::Cents, "1..2", "", Bound::Low),
            (ColumnKind::Cents, "--1", "", Bound::Low),
            (ColumnKind::Cents, "99999999999999999999", "", Bound::Low),
            (ColumnKind::Cents, "$", "", Bound::Low),
            (ColumnKind::Day, "2025-02-30", "", Bound::Low),
            (ColumnKind::Day, "", "yesterday", Bound::High),
            (ColumnKind::Float, "NaN", "", Bound::Low),
            (ColumnKind::Float, "inf", "", Bound::Low),
            (ColumnKind::Integer, "5", "4", Bound::High),
            (ColumnKind::Float, "5", "4.9", Bound::High),
            (ColumnKind::Timestamp, "2025-02-02", "2025-02-01", Bound::High),
        ] {
            let fault = range(&kind, low, high).unwrap_err();
            assert_eq!(fault.at, at, "{kind:?} {low} {high}");
            assert!(fault.sentence.ends_with('.'), "{}", fault.sentence);
        }
    }

    #[test]
    fn filters_are_said_in_a_few_words() {
        let levels = |levels: &[&str]| Condition::Levels(levels.iter().map(|&l| l.to_owned()).collect());
        let category = || column("EVENT_TYPE", ColumnKind::Category(Vec::new()));
        assert_eq!(chip(&category(), &levels(&["a", "b"])), "EVENT_TYPE a, b");
        assert_eq!(chip(&category(), &levels(&["a", "b", "c", "d"])), "EVENT_TYPE a, b and 2 more");
        assert_eq!(chip(&category(), &levels(&[])), "EVENT_TYPE none of its levels");
        assert_eq!(chip(&category(), &Condition::Null), "EVENT_TYPE is null");
        let amount = column("AMOUNT", ColumnKind::Cents);
        assert_eq!(chip(&amount, &integers(Some(1_000), Some(2_000))), "AMOUNT 10.00 to 20.00");
        assert_eq!(chip(&amount, &integers(None, Some(2_000))), "AMOUNT up to 20.00");
        assert_eq!(chip(&column("ID", ColumnKind::Id), &integers(Some(4), Some(4))), "ID is 4");
    }

    #[test]
    fn a_column_has_one_condition_and_a_table_one_sort() {
        let query = TableQuery::default().filtered("A", Some(Condition::Null)).filtered("B", Some(Condition::Null));
        let query = query.filtered("A", Some(Condition::NotNull)).filtered("B", None).filtered("C", None);
        assert_eq!(query.filters.len(), 1);
        assert_eq!(query.condition("A"), Some(&Condition::NotNull));
        let sort = |query: &TableQuery| query.sort.clone().map(|sort| (sort.column, sort.descending));
        let once = query.sort_toggled("A");
        assert_eq!(sort(&once), Some(("A".to_owned(), false)));
        assert_eq!(sort(&once.sort_toggled("A")), Some(("A".to_owned(), true)));
        assert_eq!(sort(&once.sort_toggled("A").sort_toggled("A")), None);
        assert_eq!(sort(&once.sort_toggled("B")), Some(("B".to_owned(), false)));
    }

    #[test]
    fn what_another_table_does_not_have_is_dropped() {
        let columns = [column("A", ColumnKind::Float), column("L", ColumnKind::Category(vec!["x".to_owned()]))];
        let floats = Condition::Floats { low: None, high: Some(1.0) };
        let level = |level: &str| Condition::Levels(vec![level.to_owned()]);
        let query = TableQuery::default()
            .filtered("A", Some(floats.clone()))
            .filtered("L", Some(level("x")))
            .filtered("GONE", Some(Condition::Null))
            .sort_toggled("GONE");
        let known = query.known_to(&columns);
        assert_eq!(known.filters.len(), 2);
        assert_eq!(known.sort, None);
        assert!(TableQuery::default().filtered("L", Some(floats)).known_to(&columns).filters.is_empty());
        assert!(TableQuery::default().filtered("L", Some(level("y"))).known_to(&columns).filters.is_empty());
        assert!(TableQuery::default().filtered("A", Some(integers(None, None))).known_to(&columns).filters.is_empty());
    }

    #[test]
    fn a_row_number_is_read_leniently_and_stays_within_the_table() {
        assert_eq!(row_of("1", 10), Ok(0));
        assert_eq!(row_of(" 5,000,000 ", 6_000_000), Ok(4_999_999));
        assert_eq!(row_of("11", 10), Ok(9));
        assert_eq!(row_of("99999999999999999999999", 10), Ok(9));
        for text in ["0", "", "abc", "-3", "1.5"] {
            assert!(row_of(text, 10).unwrap_err().ends_with('.'), "{text}");
        }
        assert_eq!(row_number(4_999_999), "5,000,000");
    }

    #[test]
    fn the_count_says_what_was_found_of_what_and_how_fast() {
        let query = TableQuery::default().sort_toggled("A");
        assert_eq!(summary(9, 9, &TableQuery::default(), 0.0), "9 rows");
        assert_eq!(summary(4_213, 5_012_345, &query, 18.2), "4,213 of 5,012,345 rows · 18 ms");
        assert_eq!(summary(0, 1, &query, 0.04), "0 of 1 row · 0 ms");
    }
}
