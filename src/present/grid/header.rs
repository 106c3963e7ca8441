//! What stands in a column's header: its width, its direction of sorting, and its statistics in few words.

use crate::present::{columns, format};
use crate::protocol::{ColumnKind, ColumnProfile, Histogram, TableColumn, TableQuery};

/// Width of a character of the header's monospaced name, of a cell, and of the statistics' small print.
const NAME_PX: f64 = 7.3;
const CELL_PX: f64 = 7.6;
/// Padding of a cell.
const PADDING_PX: f64 = 24.0;
/// What stands beside the name: arrow, button of the filter (larger for fingers), paddings.
const BESIDE_NAME_PX: f64 = 72.0;
const BESIDE_NAME_COARSE_PX: f64 = 88.0;
const MIN_PX: f64 = 148.0;

/// Height of a row; higher where fingers point.
pub fn row_height(coarse: bool) -> f64 {
    if coarse { 44.0 } else { 32.0 }
}

/// Wide enough for the name and for the values, without having seen them, so that no width changes while rows pass.
pub fn column_width(column: &TableColumn, coarse: bool) -> f64 {
    let characters = match &column.kind {
        ColumnKind::Id | ColumnKind::Cents | ColumnKind::Integer => 11,
        ColumnKind::Float => 13,
        ColumnKind::Name => 20,
        ColumnKind::Day => 22,
        ColumnKind::Timestamp => 22,
        ColumnKind::Category(levels) => levels.iter().map(|level| level.chars().count()).max().unwrap_or(0).min(40),
    };
    let values = characters as f64 * CELL_PX + PADDING_PX;
    let name =
        column.name.chars().count() as f64 * NAME_PX + if coarse { BESIDE_NAME_COARSE_PX } else { BESIDE_NAME_PX };
    name.max(values).max(MIN_PX).round()
}

/// Width of the row numbers' column.
pub fn number_width(n_rows_total: u64) -> f64 {
    (format::count(n_rows_total).len() as f64 * CELL_PX + PADDING_PX).max(64.0).round()
}

/// The value of `aria-sort`.
pub fn sorted_as(query: &TableQuery, column: &str) -> &'static str {
    match query.sort.as_ref().filter(|sort| sort.column == column) {
        None => "none",
        Some(sort) if sort.descending => "descending",
        Some(_) => "ascending",
    }
}

/// A column in miniature.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Counts per bin or per level.
    pub bars: Option<Histogram>,
    /// What the bars are, for those who do not see them.
    pub label: String,
    /// "5.00 – 812.40", or the most frequent level with its share.
    pub range: String,
    /// "12 % null · 5 distinct".
    pub counts: String,
}

/// The statistics of a column, if its table's profile holds them.
pub fn statistics(profile: &ColumnProfile, rows: u64) -> Statistics {
    let share = |count: u64| format::percent(count as f64 / rows.max(1) as f64);
    let most = profile.levels.iter().max_by(|a, b| a.count.cmp(&b.count).then_with(|| b.level.cmp(&a.level)));
    let range = match (&profile.min, &profile.max, most) {
        (Some(min), Some(max), _) if min == max => format!("all {min}"),
        (Some(min), Some(max), _) => format!("{min} – {max}"),
        (_, _, Some(most)) if most.count > 0 => format!("{} {}", most.level, share(most.count)),
        _ => String::new(),
    };
    let distinct = format!("{} distinct", format::short(profile.n_distinct as f64));
    let counts = if profile.n_null > 0 { format!("{} null · {distinct}", share(profile.n_null)) } else { distinct };
    let bars = profile.histogram.clone().unwrap_or_else(|| columns::level_bars(&profile.levels));
    let bars = Some(bars).filter(|bars| bars.counts.iter().any(|n| *n > 0));
    let kind = if profile.histogram.is_some() { "Histogram" } else { "Rows per level" };
    let label = format!("{kind} of {}: {range}; {counts}", profile.column);
    Statistics { bars, label, range, counts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Level;

    fn profile() -> ColumnProfile {
        ColumnProfile {
            column: "C".to_owned(),
            n_null: 0,
            n_distinct: 5,
            min: None,
            max: None,
            mean: None,
            quantiles: Vec::new(),
            histogram: None,
            levels: Vec::new(),
        }
    }

    #[test]
    fn numbers_show_their_range_and_categories_their_commonest_level() {
        let some = |text: &str| Some(text.to_owned());
        let histogram = Histogram { edges: vec![0.0, 1.0], counts: vec![10], n_above: 0 };
        let number = statistics(
            &ColumnProfile {
                min: some("5.00"),
                max: some("812.40"),
                n_null: 3,
                n_distinct: 12_345,
                histogram: Some(histogram.clone()),
                ..profile()
            },
            10,
        );
        assert_eq!(
            (number.range.as_str(), number.counts.as_str()),
            ("5.00 – 812.40", "30\u{a0}% null · 12.3k distinct")
        );
        assert_eq!(number.bars, Some(histogram));
        let level = |level: &str, count| Level { level: level.to_owned(), count };
        let category =
            statistics(&ColumnProfile { levels: vec![level("a", 2), level("b", 8)], n_distinct: 2, ..profile() }, 10);
        assert_eq!((category.range.as_str(), category.counts.as_str()), ("b 80\u{a0}%", "2 distinct"));
        assert_eq!(category.bars.unwrap().counts, [2, 8]);
        assert_eq!(category.label, "Rows per level of C: b 80\u{a0}%; 2 distinct");
    }

    #[test]
    fn a_column_without_values_says_so_without_bars() {
        let nulls = statistics(&ColumnProfile { n_null: 10, n_distinct: 0, ..profile() }, 10);
        assert_eq!((nulls.range.as_str(), nulls.counts.as_str()), ("", "100\u{a0}% null · 0 distinct"));
        assert_eq!(nulls.bars, None);
        let some = Some("7".to_owned());
        assert_eq!(statistics(&ColumnProfile { min: some.clone(), max: some, ..profile() }, 10).range, "all 7");
        assert!(!statistics(&profile(), 0).counts.contains("NaN"));
    }

    #[test]
    fn the_width_holds_the_name_and_grows_with_the_values() {
        let column = |name: &str, kind| TableColumn {
            name: name.to_owned(),
            sql_type: String::new(),
            unit: String::new(),
            meaning: String::new(),
            nullable: false,
            numeric: true,
            kind,
        };
        let long = "A".repeat(40);
        assert!(column_width(&column(&long, ColumnKind::Id), true) > 300.0);
        assert_eq!(column_width(&column("A", ColumnKind::Id), false), MIN_PX);
        assert!(column_width(&column("A", ColumnKind::Category(vec![long])), false) > 300.0);
        assert!(number_width(5_012_345) > number_width(10));
        let query = TableQuery::default().sort_toggled("A");
        assert_eq!((sorted_as(&query, "A"), sorted_as(&query, "B")), ("ascending", "none"));
        assert_eq!(sorted_as(&query.sort_toggled("A"), "A"), "descending");
    }
}
