//! The statistics of a column as texts, in the order of the table that shows them.

use super::number::read;
use super::{day, format};
use crate::order;
use crate::protocol::{ColumnProfile, Histogram, Level, TableColumn};

/// Heads of the statistics.
pub const STATISTICS: [&str; 10] =
    ["Least", "1\u{a0}%", "5\u{a0}%", "25\u{a0}%", "Median", "75\u{a0}%", "95\u{a0}%", "99\u{a0}%", "Greatest", "Mean"];

/// One text for each of [`STATISTICS`]; empty where a column has none.
pub fn statistics(column: &TableColumn, found: &ColumnProfile) -> Vec<String> {
    let number = |value: f64| number(&column.unit, &column.sql_type, value);
    let extreme = |text: &Option<String>| match (text, column.unit.as_str()) {
        (Some(text), "USD") => read(text).map_or_else(|| text.clone(), dollars),
        (Some(text), _) => text.clone(),
        (None, _) => String::new(),
    };
    let quantile = |share: f64| {
        let value = found.quantiles.iter().find(|(p, _)| (p - share).abs() < 1e-9).map(|(_, value)| *value);
        value.map(number).unwrap_or_default()
    };
    let mut texts = vec![extreme(&found.min)];
    texts.extend([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99].map(quantile));
    texts.push(extreme(&found.max));
    texts.push(found.mean.map(number).unwrap_or_default());
    texts
}

/// A statistic in its unit and type: money with cents, days as such.
pub fn number(unit: &str, sql_type: &str, value: f64) -> String {
    match (unit, sql_type) {
        ("USD", _) => dollars(value),
        (_, "DATE") => day::to_iso(value as i64),
        _ => format::statistic(value),
    }
}

fn dollars(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    let cents = (value.abs() * 100.0 + 0.5) as u64;
    format!("{sign}${}.{:02}", format::count(cents / 100), cents % 100)
}

/// The statistics in one line, for columns whose values are too wide for a cell each: days and ids.
pub fn line(column: &TableColumn, found: &ColumnProfile) -> Option<String> {
    let is_wide = column.sql_type == "DATE" || found.quantiles.is_empty();
    let named = STATISTICS.iter().zip(statistics(column, found)).filter(|(_, text)| !text.is_empty());
    let texts: Vec<String> = named.map(|(name, text)| format!("{}\u{a0}{text}", name.to_ascii_lowercase())).collect();
    is_wide.then(|| texts.join(" · "))
}

/// Every level with its share of the rows that have one, the most frequent first.
pub fn level_shares(levels: &[Level]) -> String {
    let total: u64 = levels.iter().map(|level| level.count).sum();
    let mut levels: Vec<_> = levels.iter().collect();
    order::sort_by(&mut levels, |a, b| b.count.cmp(&a.count));
    let share = |count: u64| format::percent(count as f64 / total.max(1) as f64);
    levels.iter().map(|level| format!("{}\u{a0}{}", level.level, share(level.count))).collect::<Vec<_>>().join(" · ")
}

/// The counts of the levels as bars.
pub fn level_bars(levels: &[Level]) -> Histogram {
    Histogram { counts: levels.iter().map(|level| level.count).collect(), ..Histogram::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ColumnKind;

    fn column(sql_type: &str, unit: &str) -> TableColumn {
        TableColumn {
            name: "C".to_owned(),
            sql_type: sql_type.to_owned(),
            unit: unit.to_owned(),
            meaning: String::new(),
            nullable: false,
            numeric: true,
            kind: ColumnKind::Float,
        }
    }

    fn profile() -> ColumnProfile {
        ColumnProfile {
            column: "C".to_owned(),
            n_null: 0,
            n_distinct: 3,
            min: Some("5.00".to_owned()),
            max: Some("1234.50".to_owned()),
            mean: Some(60.125),
            quantiles: vec![(0.01, 5.0), (0.5, 12.5), (0.99, 1_000.0)],
            histogram: None,
            levels: Vec::new(),
        }
    }

    #[test]
    fn money_days_and_numbers_are_written_as_such() {
        let money = statistics(&column("NUMBER(12,2)", "USD"), &profile());
        assert_eq!(money, ["$5.00", "$5.00", "", "", "$12.50", "", "", "$1,000.00", "$1,234.50", "$60.13"]);
        let days = ColumnProfile { quantiles: vec![(0.5, 20_269.0)], mean: None, ..profile() };
        assert_eq!(statistics(&column("DATE", ""), &days)[4], "2025-06-30");
        let found = line(&column("DATE", ""), &days).unwrap();
        assert_eq!(found.replace('\u{a0}', " "), "least 5.00 · median 2025-06-30 · greatest 1234.50");
        assert_eq!(line(&column("NUMBER(38,0)", "days"), &profile()), None);
        assert_eq!(statistics(&column("NUMBER(38,0)", "days"), &profile())[4], "12.5");
    }

    #[test]
    fn levels_come_with_their_shares_the_most_frequent_first() {
        let level = |name: &str, count| Level { level: name.to_owned(), count };
        let found = ColumnProfile { levels: vec![level("a", 1), level("b", 3)], ..profile() };
        assert_eq!(level_shares(&found.levels), "b\u{a0}75\u{a0}% · a\u{a0}25\u{a0}%");
        assert_eq!(level_bars(&found.levels).counts, [1, 3]);
    }
}
