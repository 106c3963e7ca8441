//! What is known of one aggregate, row by row, before it becomes a column of an expression. The one place that says which type an
//! aggregate's values have and when there is none; how they were counted is not its business.

use super::vector::{Vector, dollars};
use crate::feature::check::CheckedView;
use crate::schema::ColumnType;
use crate::table::Values;

/// The values of one aggregate.
pub enum Outcome {
    /// Counts and sums of whole numbers.
    Whole(Vec<i64>),
    /// Sums of money.
    Cents(Vec<i64>),
    /// Days, and where there is one.
    Days(Vec<i32>, Vec<bool>),
    /// Standard deviations, and where there is one.
    Deviations(Vec<f64>, Vec<bool>),
}

impl Outcome {
    /// Sums of a column, which are money where it holds cents.
    pub fn sums(view: &CheckedView, source: &str, column: &str, sums: Vec<i64>) -> Self {
        let column = view.event_table(source).and_then(|events| events.schema.column(column));
        let is_money = column.is_some_and(|column| column.kind == ColumnType::Cents);
        if is_money { Self::Cents(sums) } else { Self::Whole(sums) }
    }

    /// Days of rows that may have none.
    pub fn days(of_rows: impl Iterator<Item = Option<i32>>) -> Self {
        let (days, present) = of_rows.map(|day| (day.unwrap_or(0), day.is_some())).unzip();
        Self::Days(days, present)
    }

    /// Standard deviations of gaps.
    pub fn deviations(of_rows: impl IntoIterator<Item = GapSums>) -> Self {
        let deviations = of_rows.into_iter().map(GapSums::standard_deviation);
        let (values, present) = deviations.map(|x| (x.unwrap_or(0.0), x.is_some())).unzip();
        Self::Deviations(values, present)
    }

    /// As a column; cents become dollars.
    pub fn into_vector(self) -> Vector {
        match self {
            Self::Whole(values) => Vector::new(Values::Integers(values), None),
            Self::Cents(cents) => Vector::new(Values::Floats(cents.into_iter().map(dollars).collect()), None),
            Self::Days(days, present) => Vector::new(Values::Days(days), Some(present)),
            Self::Deviations(deviations, present) => Vector::new(Values::Floats(deviations), Some(present)),
        }
    }
}

/// Gaps between successive distinct event days, as integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GapSums {
    pub n: i64,
    pub sum: i64,
    pub sum_squares: i64,
}

impl GapSums {
    /// Of ascending days.
    pub fn of(days: impl Iterator<Item = i32>) -> Self {
        let mut sums = Self::default();
        let mut previous: Option<i32> = None;
        for day in days {
            if let Some(gap) = previous.map(|p| i64::from(day) - i64::from(p)).filter(|&gap| gap > 0) {
                sums.n += 1;
                sums.sum += gap;
                sums.sum_squares += gap * gap;
            }
            previous = Some(day);
        }
        sums
    }

    /// Of a slice of ascending days: without a branch, because a gap of 0 adds nothing to the squares and the sum is the distance
    /// from the first day to the last.
    pub fn of_sorted(days: &[i32]) -> Self {
        let (Some(&first), Some(&last)) = (days.first(), days.last()) else { return Self::default() };
        let (mut n, mut sum_squares) = (0, 0);
        for (&from, &to) in days.iter().zip(&days[1..]) {
            let gap = i64::from(to) - i64::from(from);
            n += i64::from(gap != 0);
            sum_squares += gap * gap;
        }
        Self { n, sum: i64::from(last) - i64::from(first), sum_squares }
    }

    /// See `AggregateFunction::GapStandardDeviation`.
    pub fn standard_deviation(self) -> Option<f64> {
        let Self { n, sum, sum_squares } = self;
        (n >= 2).then(|| ((n * sum_squares - sum * sum) as f64 / (n * (n - 1)) as f64).sqrt())
    }
}
