//! Guesses from samples: delimiter, header, decimal mark, order of day and month, what a column holds, which of our columns it is,
//! which table the file is. Every guess can be overruled; where a reader could see it differently, it is said.

use super::csv::records_of;
use super::dates::{self, Written};
use super::numbers;
use super::targets::{self, Kind, Target, normalised};
use super::value::{Owned, Raw};
use crate::protocol::{DateOrder, DecimalMark, OwnTable};
use std::collections::BTreeMap;

/// Delimiters on offer, in the order in which a tie is decided.
pub const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];
/// Records that a delimiter is tried on.
const TRIED_RECORDS: usize = 200;
/// Share of a column's values that must agree.
const MOST: f64 = 0.9;

/// The delimiter under which most records have the same number of cells.
pub fn delimiter(text: &[u8]) -> char {
    let text = &text[..text.len().min(1 << 17)];
    let score = |delimiter: char| {
        let mut by_length: BTreeMap<usize, usize> = BTreeMap::new();
        let mut n = 0;
        // A record too long or too wide ends the trial, and counts against the delimiter by what came before.
        let _ = records_of(text, delimiter, &mut |record| {
            *by_length.entry(record.len()).or_default() += 1;
            n += 1;
            Ok(n < TRIED_RECORDS)
        });
        let (length, frequency) = by_length.into_iter().max_by_key(|&(length, n)| (n, length)).unwrap_or((1, 1));
        if length < 2 { 0.0 } else { frequency as f64 / n.max(1) as f64 + (length.min(20) as f64) * 0.005 }
    };
    let mut best = (0.0, ',');
    for delimiter in DELIMITERS {
        let score = score(delimiter);
        if score > best.0 + 1e-9 {
            best = (score, delimiter);
        }
    }
    best.1
}

/// True when the first record names the columns: it holds text only, and no cell twice.
pub fn header(first: &[Owned]) -> bool {
    let mut names: Vec<String> = Vec::new();
    for cell in first {
        match cell.raw() {
            Raw::Text(text) if !looks_like_data(text) && !names.iter().any(|name| name == text) => {
                names.push(text.to_owned());
            }
            Raw::Null => {}
            _ => return false,
        }
    }
    !names.is_empty()
}

fn looks_like_data(text: &str) -> bool {
    dates::written(text).is_some() || text.bytes().any(|byte| byte.is_ascii_digit()) && is_number(text)
}

fn is_number(text: &str) -> bool {
    numbers::cents(text, DecimalMark::Point).is_ok() || numbers::cents(text, DecimalMark::Comma).is_ok()
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Dates,
    Amounts,
    Whole,
    Text,
    Nothing,
}

impl Holds {
    pub fn word(self) -> &'static str {
        match self {
            Self::Dates => "dates",
            Self::Amounts => "amounts",
            Self::Whole => "whole numbers",
            Self::Text => "text",
            Self::Nothing => "nothing",
        }
    }
}

/// A column of the sample.
pub struct ColumnSample {
    pub name: String,
    pub holds: Holds,
    /// Digits that could be days: 20240305, Unix times.
    could_be_days: bool,
}

impl ColumnSample {
    pub fn of(name: &str, rows: &[Vec<Owned>], column: usize) -> Self {
        let (mut n, mut dates, mut whole, mut amounts, mut days) = (0_u32, 0_u32, 0_u32, 0_u32, 0_u32);
        for raw in rows.iter().filter_map(|row| row.get(column)).map(Owned::raw).filter(|raw| !raw.is_null()) {
            n += 1;
            match raw {
                Raw::Day(_) => dates += 1,
                Raw::Integer(value) => {
                    whole += 1;
                    days += u32::from(dates::day(&value.to_string(), DateOrder::DayFirst).is_ok());
                }
                Raw::Float(_) | Raw::Decimal { .. } => amounts += 1,
                Raw::Text(text) => {
                    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
                    let is_date = dates::written(text).is_some();
                    days += u32::from(digits && dates::day(text, DateOrder::DayFirst).is_ok());
                    if digits || text.parse::<i64>().is_ok() {
                        whole += 1;
                    } else if is_date {
                        dates += 1;
                    } else if is_number(text) {
                        amounts += 1;
                    }
                }
                Raw::Null | Raw::Noise => {}
            }
        }
        let most = |count: u32| f64::from(count) >= f64::from(n) * MOST;
        let holds = if n == 0 {
            Holds::Nothing
        } else if most(dates) {
            Holds::Dates
        } else if most(whole) {
            Holds::Whole
        } else if most(amounts + whole) {
            Holds::Amounts
        } else {
            Holds::Text
        };
        Self { name: name.to_owned(), holds, could_be_days: n > 0 && most(days) }
    }
}

fn texts<'a>(
    rows: &'a [Vec<Owned>],
    columns: &'a [ColumnSample],
    wanted: fn(Holds) -> bool,
) -> impl Iterator<Item = &'a str> {
    let positions = columns.iter().enumerate().filter(move |(_, column)| wanted(column.holds));
    positions.flat_map(move |(position, _)| rows.iter().filter_map(move |row| row.get(position))).filter_map(|cell| {
        match cell {
            Owned::Text(text) => Some(text.as_str()),
            Owned::Other(_) => None,
        }
    })
}

/// The decimal mark, and a sentence when the sample left it open.
pub fn decimal(rows: &[Vec<Owned>], columns: &[ColumnSample], delimiter: char) -> (DecimalMark, Option<String>) {
    let (mut point, mut comma, mut open) = (0, 0, None);
    for text in texts(rows, columns, |holds| holds == Holds::Amounts) {
        match numbers::mark_in(text) {
            Some(DecimalMark::Point) => point += 1,
            Some(DecimalMark::Comma) => comma += 1,
            None if text.contains(['.', ',']) => drop(open.get_or_insert(text)),
            None => {}
        }
    }
    if point != comma {
        return (if comma > point { DecimalMark::Comma } else { DecimalMark::Point }, None);
    }
    // Where the comma is the decimal mark, lists are separated by semicolons.
    let mark = if delimiter == ';' { DecimalMark::Comma } else { DecimalMark::Point };
    let word = if mark == DecimalMark::Comma { "comma" } else { "point" };
    let remark = open.map(|text| {
        format!("The decimal mark is taken to be the {word}: “{}” could be read in two ways, and no sampled amount decides it.", super::problem::shown(text))
    });
    (mark, remark)
}

/// The order of day and month, and a sentence when the sample left it open or contradicts itself.
pub fn date_order(rows: &[Vec<Owned>], columns: &[ColumnSample], mark: DecimalMark) -> (DateOrder, Option<String>) {
    let (mut day_first, mut month_first, mut open) = (0, 0, None);
    for text in texts(rows, columns, |holds| holds == Holds::Dates) {
        if let Some(Written::Open(first, second, _)) = dates::written(text) {
            match (first > 12, second > 12) {
                (true, false) => day_first += 1,
                (false, true) => month_first += 1,
                _ if first != second => drop(open.get_or_insert(text)),
                _ => {}
            }
        }
    }
    let shown = |text: &str| super::problem::shown(text);
    match (day_first, month_first, open) {
        (0, 0, None) => (DateOrder::DayFirst, None),
        (0, 0, Some(text)) => {
            let order = if text.contains('/') && mark == DecimalMark::Point {
                DateOrder::MonthFirst
            } else {
                DateOrder::DayFirst
            };
            let word = if order == DateOrder::DayFirst { "day first" } else { "month first" };
            let remark = format!(
                "Dates such as “{}” are read {word}: no sampled date has a number above 12 that would decide it.",
                shown(text)
            );
            (order, Some(remark))
        }
        (days, months, _) => {
            let order = if days >= months { DateOrder::DayFirst } else { DateOrder::MonthFirst };
            let both = days > 0 && months > 0;
            let remark = both.then(|| {
                let word = if order == DateOrder::DayFirst { "day first" } else { "month first" };
                format!("Some sampled dates have the day first and some the month; they are read {word}, and rows that do not fit are left out.")
            });
            (order, remark)
        }
    }
}

/// How well a file's column fits one of ours, by name and by content; 0 = not at all.
fn fit(target: &Target, column: &ColumnSample) -> i32 {
    let name = normalised(&column.name);
    let by_name = if name == normalised(target.name) {
        100
    } else if let Some(position) = target.names.iter().position(|known| *known == name) {
        85 - (position as i32).min(30)
    } else if target.names.iter().any(|known| known.len() >= 5 && name.contains(known)) {
        30
    } else {
        return 0;
    };
    by_name + by_content(target.kind, column)
}

fn by_content(kind: Kind, column: &ColumnSample) -> i32 {
    // A good name outweighs strange content: the preview shows it.
    const NEVER: i32 = -60;
    match (kind, column.holds) {
        (_, Holds::Nothing) => -20,
        (Kind::Customer, Holds::Whole | Holds::Text) => 10,
        (Kind::Customer, _) => NEVER,
        (Kind::Day | Kind::OptionalDay, Holds::Dates) => 10,
        (Kind::Day | Kind::OptionalDay, Holds::Whole) if column.could_be_days => 0,
        (Kind::Day | Kind::OptionalDay, _) => NEVER,
        (Kind::Purchase | Kind::Spend | Kind::OptionalSpend, Holds::Amounts) => 10,
        (Kind::Purchase | Kind::Spend | Kind::OptionalSpend, Holds::Whole) => 5,
        (Kind::Purchase | Kind::Spend | Kind::OptionalSpend, _) => NEVER,
        (Kind::Count { .. } | Kind::OptionalCount, Holds::Whole) => 10,
        (Kind::Count { .. } | Kind::OptionalCount, Holds::Amounts) => -10,
        (Kind::Count { .. } | Kind::OptionalCount, _) => NEVER,
        (Kind::Category(_) | Kind::OptionalCategory(_), Holds::Text) => 10,
        (Kind::Category(_) | Kind::OptionalCategory(_), Holds::Whole) => 0,
        (Kind::Category(_) | Kind::OptionalCategory(_), _) => NEVER,
    }
}

/// The best column for each of ours, and how sure that is.
pub fn mapping(table: OwnTable, columns: &[ColumnSample]) -> (Vec<Option<u32>>, i32) {
    let targets = targets::of(table);
    let mut pairs: Vec<(i32, usize, usize)> = Vec::new();
    for (target_idx, target) in targets.iter().enumerate() {
        for (column_idx, column) in columns.iter().enumerate() {
            let fit = fit(target, column);
            if fit > 0 {
                pairs.push((fit, target_idx, column_idx));
            }
        }
    }
    pairs.sort_by_key(|&(fit, target, column)| (-fit, target, column));
    let mut mapping = vec![None; targets.len()];
    let mut used = vec![false; columns.len()];
    let mut score = 0;
    for (fit, target, column) in pairs {
        if mapping[target].is_none() && !used[column] {
            mapping[target] = Some(column as u32);
            used[column] = true;
            score += fit;
        }
    }
    // What must be there is taken by content where no name fits.
    for (idx, target) in targets.iter().enumerate().filter(|(_, target)| target.otherwise.is_none()) {
        if mapping[idx].is_some() {
            continue;
        }
        let likely = |column: &ColumnSample| match target.kind {
            Kind::Day => column.holds == Holds::Dates,
            Kind::Purchase => column.holds == Holds::Amounts,
            _ => matches!(column.holds, Holds::Whole | Holds::Text),
        };
        let found = columns.iter().enumerate().position(|(column, sample)| !used[column] && likely(sample));
        match found {
            Some(column) => {
                mapping[idx] = Some(column as u32);
                used[column] = true;
                score += 5;
            }
            None => score -= 150,
        }
    }
    (mapping, score)
}

/// The table whose columns fit best; the file's name decides between close ones.
pub fn table(file: &str, columns: &[ColumnSample]) -> OwnTable {
    const HINTS: [(OwnTable, &[&str]); 4] = [
        (
            OwnTable::Transactions,
            &["transaction", "order", "sale", "purchase", "invoice", "payment", "umsatz", "bestell", "kauf"],
        ),
        (OwnTable::Interactions, &["interaction", "event", "click", "visit", "activity", "log", "session"]),
        (OwnTable::Customers, &["profile", "customer", "client", "crm", "kunden", "user", "member"]),
        (OwnTable::ColdStart, &["coldstart", "newcustomer", "lead", "signup", "acquisition"]),
    ];
    let file = normalised(file);
    let score = |table: OwnTable| {
        let hints = HINTS.iter().find(|(of, _)| *of == table).map_or(&[] as &[&str], |(_, hints)| hints);
        mapping(table, columns).1 + if hints.iter().any(|hint| file.contains(hint)) { 60 } else { 0 }
    };
    // The first of equals.
    OwnTable::ALL.into_iter().rev().max_by_key(|table| score(*table)).unwrap_or(OwnTable::Transactions)
}
