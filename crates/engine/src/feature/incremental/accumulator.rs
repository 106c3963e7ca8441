//! One aggregate of every customer, and how events enter and leave it. Deliberately sees no date: which rows are inside the window is
//! decided by its caller through [`Window`].

use super::days::DaySet;
use super::rows::{Columns, Rows};
use crate::feature::check::CheckedView;
use crate::feature::eval::{Outcome, code_of};
use crate::feature::ir::{Aggregate, AggregateFunction};
use crate::schema::ColumnType;
use crate::table::Table;
use std::ops::Range;

/// The days that an aggregate sees.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    n_days: Option<i32>,
}

impl Window {
    /// The first day inside, as of a day.
    pub fn first(self, as_of: i32) -> i32 {
        self.n_days.map_or(i32::MIN, |n_days| as_of.saturating_sub(n_days - 1))
    }

    pub fn holds(self, day: i32, as_of: i32) -> bool {
        self.first(as_of) <= day && day <= as_of
    }

    /// The number of days that may have to leave it again.
    pub fn n_days(self) -> i32 {
        self.n_days.unwrap_or(0)
    }
}

/// An aggregate with one cell per customer.
pub struct Accumulator {
    aggregate: Aggregate,
    /// The place of a column of levels, and the level kept.
    filter: Option<(usize, Option<u8>)>,
    cells: Cells,
}

/// What has to be remembered so that rows can enter late and leave again.
enum Cells {
    Count(Vec<i64>),
    Sum {
        column: String,
        place: usize,
        sums: Vec<i64>,
    },
    /// Without a window nothing leaves, and the earliest day suffices.
    First(Vec<Option<i32>>),
    FirstWithin(Vec<DaySet>),
    /// Windows drop the earliest days first: when the latest leaves, nothing is left.
    Last(Vec<Option<i32>>),
    /// Events of each level, customer by customer.
    Levels {
        place: usize,
        n_levels: usize,
        counts: Vec<u32>,
    },
    Gaps(Vec<DaySet>),
}

impl Accumulator {
    /// Without customers; the columns it reads are added to `columns`.
    pub fn new(aggregate: &Aggregate, table: &Table, columns: &mut Columns) -> Self {
        let filter = aggregate
            .filter
            .as_ref()
            .map(|filter| (columns.codes(&filter.column, table), code_of(table, &filter.column, &filter.level)));
        let cells = match &aggregate.function {
            AggregateFunction::Count => Cells::Count(Vec::new()),
            AggregateFunction::Sum(column) => {
                Cells::Sum { column: column.clone(), place: columns.numbers(column, table), sums: Vec::new() }
            }
            AggregateFunction::First(_) if aggregate.window_days.is_some() => Cells::FirstWithin(Vec::new()),
            AggregateFunction::First(_) => Cells::First(Vec::new()),
            AggregateFunction::Last(_) => Cells::Last(Vec::new()),
            AggregateFunction::CountDistinct(column) => {
                let n_levels = match table.schema().column(column).map(|column| &column.kind) {
                    Some(ColumnType::Category(levels)) => levels.len(),
                    _ => 0,
                };
                Cells::Levels { place: columns.codes(column, table), n_levels, counts: Vec::new() }
            }
            AggregateFunction::GapStandardDeviation => Cells::Gaps(Vec::new()),
        };
        Self { aggregate: aggregate.clone(), filter, cells }
    }

    pub fn aggregate(&self) -> &Aggregate {
        &self.aggregate
    }

    pub fn window(&self) -> Window {
        Window { n_days: self.aggregate.window_days }
    }

    /// Makes room for more customers.
    pub fn grow(&mut self, n_customers: usize) {
        match &mut self.cells {
            Cells::Count(counts) => counts.resize(n_customers, 0),
            Cells::Sum { column: _, place: _, sums } => sums.resize(n_customers, 0),
            Cells::First(days) | Cells::Last(days) => days.resize(n_customers, None),
            Cells::FirstWithin(sets) | Cells::Gaps(sets) => sets.resize(n_customers, DaySet::default()),
            Cells::Levels { place: _, n_levels, counts } => counts.resize(n_customers * *n_levels, 0),
        }
    }

    /// Adds the rows that are inside the window.
    pub fn enter(&mut self, rows: &Rows, as_of: i32) {
        let filter = self.filter;
        let seen = i64::from(self.window().first(as_of))..i64::from(as_of) + 1;
        match &mut self.cells {
            Cells::Count(counts) => for_each(rows, filter, seen, |_, customer| counts[customer] += 1),
            Cells::Sum { column: _, place, sums } => {
                let numbers = rows.numbers[*place];
                for_each(rows, filter, seen, |row, customer| {
                    sums[customer] = sums[customer].wrapping_add(numbers[row]);
                });
            }
            Cells::First(days) => for_each(rows, filter, seen, |row, customer| {
                let day = rows.days[row];
                days[customer] = Some(days[customer].map_or(day, |first| first.min(day)));
            }),
            Cells::FirstWithin(sets) | Cells::Gaps(sets) => {
                for_each(rows, filter, seen, |row, customer| sets[customer].insert(rows.days[row]));
            }
            Cells::Last(days) => {
                for_each(rows, filter, seen, |row, customer| days[customer] = days[customer].max(Some(rows.days[row])));
            }
            Cells::Levels { place, n_levels, counts } => {
                let codes = rows.codes[*place];
                for_each(rows, filter, seen, |row, customer| {
                    counts[customer * *n_levels + usize::from(codes[row])] += 1;
                });
            }
        }
    }

    /// Removes all rows of the earliest day that is still inside.
    pub fn leave(&mut self, rows: &Rows) {
        let filter = self.filter;
        let all = i64::MIN..i64::MAX;
        match &mut self.cells {
            Cells::Count(counts) => for_each(rows, filter, all, |_, customer| counts[customer] -= 1),
            Cells::Sum { column: _, place, sums } => {
                let numbers = rows.numbers[*place];
                for_each(rows, filter, all, |row, customer| sums[customer] = sums[customer].wrapping_sub(numbers[row]));
            }
            Cells::First(_) => {}
            Cells::FirstWithin(sets) | Cells::Gaps(sets) => {
                for_each(rows, filter, all, |row, customer| sets[customer].leave(rows.days[row]));
            }
            Cells::Last(days) => {
                for_each(rows, filter, all, |row, customer| {
                    days[customer] = days[customer].filter(|&last| last > rows.days[row]);
                });
            }
            Cells::Levels { place, n_levels, counts } => {
                let codes = rows.codes[*place];
                for_each(rows, filter, all, |row, customer| {
                    counts[customer * *n_levels + usize::from(codes[row])] -= 1;
                });
            }
        }
    }

    /// The aggregate of some customers, as a view reads it.
    pub fn values(&self, view: &CheckedView, customers: &[u32]) -> Outcome {
        let each = customers.iter().map(|&customer| customer as usize);
        match &self.cells {
            Cells::Count(counts) => Outcome::Whole(each.map(|c| counts[c]).collect()),
            Cells::Sum { column, place: _, sums } => {
                Outcome::sums(view, &self.aggregate.source, column, each.map(|c| sums[c]).collect())
            }
            Cells::First(days) | Cells::Last(days) => Outcome::days(each.map(|c| days[c])),
            Cells::FirstWithin(sets) => Outcome::days(each.map(|c| sets[c].first())),
            Cells::Levels { place: _, n_levels, counts } => {
                let seen = |c: usize| counts[c * n_levels..(c + 1) * n_levels].iter().filter(|&&n| n > 0).count();
                Outcome::Whole(each.map(|c| seen(c) as i64).collect())
            }
            Cells::Gaps(sets) => Outcome::deviations(each.map(|c| sets[c].gap_sums())),
        }
    }

    pub fn bytes(&self) -> usize {
        match &self.cells {
            Cells::Count(cells) | Cells::Sum { column: _, place: _, sums: cells } => size_of_val(cells.as_slice()),
            Cells::First(days) | Cells::Last(days) => size_of_val(days.as_slice()),
            Cells::FirstWithin(sets) | Cells::Gaps(sets) => sets.iter().map(DaySet::bytes).sum(),
            Cells::Levels { place: _, n_levels: _, counts } => size_of_val(counts.as_slice()),
        }
    }
}

/// Calls `f` on rows of these days with the filter's level, each with its customer.
fn for_each(rows: &Rows, filter: Option<(usize, Option<u8>)>, of: Range<i64>, mut f: impl FnMut(usize, usize)) {
    let mut visit = |row: usize| {
        if of.contains(&i64::from(rows.days[row])) {
            f(row, rows.customers[row] as usize);
        }
    };
    match filter {
        None => (0..rows.days.len()).for_each(visit),
        Some((column, Some(code))) => {
            let levels = rows.codes[column].iter().enumerate();
            levels.filter(|&(_, &level)| level == code).for_each(|(row, _)| visit(row));
        }
        // The table does not know the level.
        Some((_, None)) => {}
    }
}
