//! The passes over the events: for each output row, the entity's rows up to the observation date, pass by pass.
//!
//! An entity's rows lie side by side, so the rows that an aggregate sees are a span of the table. Spans are found once per window
//! and shared by its passes; a pass then reads one column from front to back, which no cache minds, and counts and ends of
//! windows read none at all.

use super::outcome::{GapSums, Outcome};
use super::plan::{Pass, PassKind, SourcePlan};
use super::{EvalError, EventSource, Inputs, Observation};
use crate::feature::check::CheckedView;
use crate::feature::ir::AggregateFunction;
use crate::order;
use crate::schema::ColumnType;
use crate::table::Table;
use std::collections::BTreeMap;

/// The rows of an event table that one output row sees.
#[derive(Clone, Copy)]
struct Span {
    begin: u32,
    end: u32,
}

impl Span {
    fn of<T>(self, column: &[T]) -> &[T] {
        &column[self.begin as usize..self.end as usize]
    }

    fn len(self) -> usize {
        (self.end - self.begin) as usize
    }
}

/// A column of levels, and the level to keep; a table without the level holds no such row.
type Filter<'a> = Option<(&'a [u8], Option<u8>)>;

/// Computes every aggregate of a view, in the view's order.
pub fn aggregate(view: &CheckedView, inputs: &Inputs, plan: &[SourcePlan]) -> Result<Vec<Outcome>, EvalError> {
    let mut outcomes = Vec::with_capacity(view.aggregates().len());
    for SourcePlan { source, passes } in plan {
        let given = inputs.events.iter().find(|e| e.table.name() == source);
        let missing = || EvalError::MissingTable { view: view.name().to_owned(), table: source.clone() };
        let given = given.ok_or_else(missing)?;
        let mut windows = BTreeMap::from([(None, visible(view, inputs, given)?)]);
        for pass in passes {
            if !windows.contains_key(&pass.window_days) {
                let spans = within(pass.window_days, &windows[&None], inputs, given);
                windows.insert(pass.window_days, spans);
            }
            outcomes.extend(run(pass, view, given, &windows[&pass.window_days])?);
        }
    }
    order::sort_by(&mut outcomes, |a, b| a.0.cmp(&b.0));
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

/// The code of a level in a table.
pub fn code_of(table: &Table, column: &str, level: &str) -> Option<u8> {
    match table.schema().column(column).map(|column| &column.kind) {
        Some(ColumnType::Category(levels)) => levels.iter().position(|l| l == level).map(|code| code as u8),
        _ => None,
    }
}

/// The rows up to the observation date. Nothing downstream is handed any other.
fn visible(view: &CheckedView, inputs: &Inputs, source: &EventSource) -> Result<Vec<Span>, EvalError> {
    let span = |entity_row: u32, day: i32| {
        let rows = source.rows_until(entity_row, day);
        Span { begin: rows.start as u32, end: rows.end as u32 }
    };
    match inputs.as_of {
        Observation::On(day) => Ok(inputs.rows.iter().map(|&row| span(row, day)).collect()),
        Observation::Each(days) => Ok(inputs.rows.iter().zip(days).map(|(&row, &day)| span(row, day)).collect()),
        Observation::Undated => Err(EvalError::NoObservationDate { view: view.name().to_owned() }),
    }
}

/// Of these rows, those of the last days.
fn within(window_days: Option<i32>, spans: &[Span], inputs: &Inputs, source: &EventSource) -> Vec<Span> {
    let narrowed = |(row, &span): (usize, &Span)| {
        let as_of = match inputs.as_of {
            Observation::On(day) => day,
            Observation::Each(days) => days[row],
            Observation::Undated => return span,
        };
        let before = window_days.map_or(i32::MIN, |n_days| as_of.saturating_sub(n_days));
        // The last days are few and at the end, where a search would look last.
        let n_inside = span.of(source.days).iter().rev().take_while(|&&day| day > before).count() as u32;
        Span { begin: span.end - n_inside, end: span.end }
    };
    spans.iter().enumerate().map(narrowed).collect()
}

/// What a pass fills, by position in the view's list.
fn run(
    pass: &Pass,
    view: &CheckedView,
    source: &EventSource,
    spans: &[Span],
) -> Result<Vec<(usize, Outcome)>, EvalError> {
    match &pass.kind {
        PassKind::CountLevels { column, levels } => {
            let codes = source.table.codes(column)?;
            let wanted: Vec<Option<u8>> = levels.iter().map(|level| code_of(source.table, column, level)).collect();
            let counts = wanted.chunks(N_COUNTERS).flat_map(|wanted| count_levels(codes, wanted, spans));
            Ok(pass.fills.iter().copied().zip(counts.map(Outcome::Whole)).collect())
        }
        PassKind::Single { function, filter } => {
            let filter = match filter {
                Some(filter) => {
                    let code = code_of(source.table, &filter.column, &filter.level);
                    Some((source.table.codes(&filter.column)?, code))
                }
                None => None,
            };
            let outcome = |&fill| Ok((fill, single(function, filter, view, source, spans)?));
            pass.fills.iter().map(outcome).collect()
        }
    }
}

/// Counters in one register, a byte each.
const N_COUNTERS: usize = 8;

/// Counts up to eight levels in one reading: each event adds its level's one to a register of eight counters, which is emptied
/// before any of them can overflow.
fn count_levels(codes: &[u8], wanted: &[Option<u8>], spans: &[Span]) -> Vec<Vec<i64>> {
    let mut ones = [0_u64; 256];
    for (counter, code) in wanted.iter().enumerate() {
        if let Some(code) = code {
            ones[usize::from(*code)] = 1 << (8 * counter);
        }
    }
    let mut counts = vec![vec![0; spans.len()]; wanted.len()];
    for (row, span) in spans.iter().enumerate() {
        for events in span.of(codes).chunks(usize::from(u8::MAX)) {
            let sums = events.iter().fold(0_u64, |sums, &code| sums.wrapping_add(ones[usize::from(code)]));
            for (counts, n) in counts.iter_mut().zip(sums.to_le_bytes()) {
                counts[row] += i64::from(n);
            }
        }
    }
    counts
}

/// One aggregate over its spans.
fn single(
    function: &AggregateFunction,
    filter: Filter,
    view: &CheckedView,
    source: &EventSource,
    spans: &[Span],
) -> Result<Outcome, EvalError> {
    let days = source.days;
    let is_kept = |event: &usize| filter.is_none_or(|(codes, code)| Some(codes[*event]) == code);
    let events = |span: Span| (span.begin as usize..span.end as usize).filter(is_kept);
    let each = spans.iter().copied();
    Ok(match function {
        AggregateFunction::Count => Outcome::Whole(match filter {
            None => each.map(|span| span.len() as i64).collect(),
            Some(_) => each.map(|span| events(span).count() as i64).collect(),
        }),
        AggregateFunction::Sum(column) => {
            let values = source.table.integers(column)?;
            let sums = match filter {
                None => each.map(|span| span.of(values).iter().fold(0, |sum: i64, &x| sum.wrapping_add(x))).collect(),
                Some(_) => each.map(|span| events(span).fold(0, |sum: i64, e| sum.wrapping_add(values[e]))).collect(),
            };
            Outcome::sums(view, source.table.name(), column, sums)
        }
        AggregateFunction::First(_) => Outcome::days(each.map(|span| events(span).next().map(|e| days[e]))),
        AggregateFunction::Last(_) => Outcome::days(each.map(|span| events(span).next_back().map(|e| days[e]))),
        AggregateFunction::CountDistinct(column) => {
            let codes = source.table.codes(column)?;
            Outcome::Whole(each.map(|span| n_distinct(events(span).map(|e| codes[e]))).collect())
        }
        AggregateFunction::GapStandardDeviation => Outcome::deviations(match filter {
            None => each.map(|span| GapSums::of_sorted(span.of(days))).collect::<Vec<_>>(),
            Some(_) => each.map(|span| GapSums::of(events(span).map(|e| days[e]))).collect(),
        }),
    })
}

/// One bit a level.
fn n_distinct(codes: impl Iterator<Item = u8>) -> i64 {
    let mut seen = [0_u128; 2];
    for code in codes {
        seen[usize::from(code >> 7)] |= 1 << (code & 127);
    }
    i64::from(seen[0].count_ones() + seen[1].count_ones())
}
