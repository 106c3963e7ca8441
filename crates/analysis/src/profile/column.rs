//! One column of any table: nulls, distinct values, extremes, mean, quantiles, histogram, counts of levels; all exact.

use super::distribution::Distribution;
use super::ids::distinct_ids;
use crate::evaluate::Histogram;
use clv_engine::schema::{ColumnType, Day};
use clv_engine::table::{Cell, Table, TableError, Values};

/// Shares whose quantiles a profile gives.
pub const QUANTILES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
/// Bars of a histogram, about; and where it ends: what lies beyond is only counted.
const N_BINS: usize = 24;
const CLIP: f64 = 0.99;
pub(super) const CENTS_PER_DOLLAR: f64 = 100.0;
const MICROSECONDS_PER_DAY: i64 = 86_400_000_000;

/// What a column holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    pub n_null: u64,
    /// Nulls left out.
    pub n_distinct: u64,
    /// Least and greatest value; none for categories and without values.
    pub extremes: Option<(Cell, Cell)>,
    /// Of numbers that are not ids; money in dollars.
    pub mean: Option<f64>,
    /// Of the values themselves, not of a population that they are drawn from.
    pub standard_deviation: Option<f64>,
    /// Numbers that are not ids, and days as days since 1970-01-01; in the order of [`QUANTILES`].
    pub quantiles: Option<[f64; QUANTILES.len()]>,
    pub histogram: Option<Histogram>,
    /// Rows of each level of a category.
    pub level_counts: Vec<u64>,
}

/// Profiles a column. Without nulls nothing is copied, and ids and days are counted in one pass.
pub fn column(table: &Table, name: &str) -> Result<Column, TableError> {
    let nulls = table.present(name)?;
    let kind = table.schema().column(name).map(|column| &column.kind);
    let mut found = match nulls {
        None => match kind {
            Some(ColumnType::Id) => ids(table.ids(name)?),
            Some(ColumnType::Day) => days(table.days(name)?),
            Some(ColumnType::Cents) => cents(table.integers(name)?),
            Some(ColumnType::Integer) => integers(table.integers(name)?),
            Some(ColumnType::Timestamp) => timestamps(table.timestamps(name)?),
            Some(ColumnType::Category(levels)) => categories(table.codes(name)?, levels.len()),
            Some(ColumnType::Float) | None => floats(table.floats(name)?),
        },
        Some(nulls) => {
            let rows: Vec<u32> = nulls.valid_indices().map(|row| row as u32).collect();
            match (table.gather(name, &rows)?.values, kind) {
                (Values::Ids(v), _) => ids(&v),
                (Values::Days(v), _) => days(&v),
                (Values::Cents(v), _) => cents(&v),
                (Values::Integers(v), _) => integers(&v),
                (Values::Timestamps(v), _) => timestamps(&v),
                (Values::Floats(v), _) => floats(&v),
                (Values::Codes(v), Some(ColumnType::Category(levels))) => categories(&v, levels.len()),
                (Values::Codes(v), _) => categories(&v, usize::from(u8::MAX) + 1),
            }
        }
    };
    found.n_null = nulls.map_or(0, |nulls| nulls.null_count() as u64);
    Ok(found)
}

fn extremes<T: Copy + Ord>(values: &[T], cell: impl Fn(T) -> Cell) -> Option<(Cell, Cell)> {
    Some((cell(*values.iter().min()?), cell(*values.iter().max()?)))
}

fn ids(values: &[i32]) -> Column {
    Column {
        n_distinct: distinct_ids(values),
        extremes: extremes(values, |id| Cell::Integer(i64::from(id))),
        ..Column::default()
    }
}

fn days(values: &[i32]) -> Column {
    let distribution = Distribution::of_integers(values, 1.0);
    Column {
        mean: None,
        standard_deviation: None,
        ..numeric(&distribution, extremes(values, |day| Cell::Day(Day(day))), true)
    }
}

fn cents(values: &[i64]) -> Column {
    numeric(&Distribution::of_integers(values, CENTS_PER_DOLLAR), extremes(values, Cell::Cents), false)
}

fn integers(values: &[i64]) -> Column {
    numeric(&Distribution::of_integers(values, 1.0), extremes(values, Cell::Integer), true)
}

fn floats(values: &[f64]) -> Column {
    let distribution = Distribution::of_floats(values);
    let extremes = distribution.least().zip(distribution.greatest());
    numeric(&distribution, extremes.map(|(least, greatest)| (Cell::Float(least), Cell::Float(greatest))), false)
}

fn timestamps(values: &[i64]) -> Column {
    let day = |at: i64| Cell::Text(format!("{} 00:00:00", Day(at.div_euclid(MICROSECONDS_PER_DAY) as i32)));
    let n_distinct = Distribution::of_integers(values, 1.0).n_distinct();
    Column { n_distinct, extremes: extremes(values, day), ..Column::default() }
}

fn categories(codes: &[u8], n_levels: usize) -> Column {
    // Two counters a level: neighbouring rows often hold the same one, and a counter takes some cycles to be written.
    let mut counts = [[0_u64; 256]; 2];
    let (pairs, rest) = codes.as_chunks::<2>();
    for [even, odd] in pairs {
        counts[0][usize::from(*even)] += 1;
        counts[1][usize::from(*odd)] += 1;
    }
    rest.iter().for_each(|code| counts[0][usize::from(*code)] += 1);
    let level_counts: Vec<u64> = (0..n_levels.min(256)).map(|code| counts[0][code] + counts[1][code]).collect();
    let n_distinct = level_counts.iter().filter(|count| **count > 0).count() as u64;
    Column { n_distinct, level_counts, ..Column::default() }
}

fn numeric(distribution: &Distribution, extremes: Option<(Cell, Cell)>, whole: bool) -> Column {
    Column {
        n_distinct: distribution.n_distinct(),
        extremes,
        mean: distribution.mean(),
        standard_deviation: distribution.standard_deviation(),
        quantiles: distribution.quantiles(QUANTILES),
        histogram: distribution.least().map(|_| distribution.histogram(N_BINS, CLIP, whole)),
        ..Column::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clv_engine::schema::{Column as SchemaColumn, TableSchema};
    use clv_engine::table::ColumnData;

    fn table(kind: ColumnType, values: Values, present: Option<Vec<bool>>) -> Table {
        let schema = TableSchema::new("T", "", vec![SchemaColumn::new("X", kind, "", "").or_null()]);
        Table::new(schema, vec![ColumnData { values, present }]).unwrap()
    }

    #[test]
    fn money_is_in_dollars_and_nulls_count_nowhere() {
        let values = Values::Cents(vec![500, 1_500, 0, 1_000]);
        let found = column(&table(ColumnType::Cents, values, Some(vec![true, true, false, true])), "X").unwrap();
        assert_eq!((found.n_null, found.n_distinct, found.mean), (1, 3, Some(10.0)));
        assert!(found.standard_deviation.is_some_and(|sd| (sd - 50.0_f64.sqrt() / 3.0_f64.sqrt()).abs() < 1e-12));
        assert_eq!(found.extremes, Some((Cell::Cents(500), Cell::Cents(1_500))));
        assert_eq!(found.quantiles.unwrap()[3], 10.0);
        assert_eq!(found.histogram.map(|h| h.counts.iter().sum::<u64>() + h.n_above), Some(3));
    }

    #[test]
    fn days_have_quantiles_but_no_mean_and_ids_have_neither() {
        let found = column(&table(ColumnType::Day, Values::Days(vec![20_000, 20_002, 20_001]), None), "X").unwrap();
        assert_eq!((found.mean, found.standard_deviation, found.quantiles.unwrap()[3]), (None, None, 20_001.0));
        assert_eq!(found.extremes, Some((Cell::Day(Day(20_000)), Cell::Day(Day(20_002)))));
        let found = column(&table(ColumnType::Id, Values::Ids(vec![7, 7, 9]), None), "X").unwrap();
        assert_eq!((found.n_distinct, found.mean, found.quantiles, found.histogram), (2, None, None, None));
    }

    #[test]
    fn every_level_is_counted_also_the_absent_ones() {
        let kind = ColumnType::category(&["a", "b", "c"]);
        let found = column(&table(kind.clone(), Values::Codes(vec![2, 0, 2]), None), "X").unwrap();
        assert_eq!((found.level_counts, found.n_distinct), (vec![1, 0, 2], 2));
        let nothing = column(&table(kind, Values::Codes(vec![0]), Some(vec![false])), "X").unwrap();
        assert_eq!((nothing.n_null, nothing.n_distinct, nothing.level_counts), (1, 0, vec![0, 0, 0]));
    }

    #[test]
    fn a_column_that_is_not_there_is_an_error() {
        assert!(column(&table(ColumnType::Id, Values::Ids(vec![]), None), "Y").is_err());
    }
}
