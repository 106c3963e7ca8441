//! How strongly the columns of a table go together, two by two, in one measure per kind of pair. Deliberately about ranks, since
//! spend has a heavy tail, and without a claim about cause.
//!
//! | pair | measure | range | source |
//! |---|---|---|---|
//! | number, number | Spearman's ρ, ties at their mean rank | −1 … 1 | |
//! | category, number | correlation ratio of the ranks, ε: η² corrected for the number of levels, as a root | 0 … 1 | Kelley 1935 |
//! | category, category | Cramér's V, corrected for bias | 0 … 1 | Bergsma 2013 |
//!
//! A pair is measured on the rows where both are present. Corrected measures have mean 0 for unrelated columns, cut at 0.

use clv_engine::schema::ColumnType;
use clv_engine::table::{Table, TableError};

/// Rows that are looked at; of a larger table every k-th one.
const MAX_ROWS: usize = 50_000;

/// How a pair is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Spearman,
    CorrelationRatio,
    CramersV,
}

/// The strength of a pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Association {
    pub measure: Measure,
    /// `None` when one of the columns does not vary.
    pub value: Option<f64>,
    pub n_rows: u32,
}

/// All pairs of some columns.
#[derive(Clone, Debug, PartialEq)]
pub struct AssociationMatrix {
    pub columns: Vec<String>,
    /// Row after row, the whole square; 1 on the diagonal.
    pub cells: Vec<Association>,
    pub n_rows: u32,
    pub n_rows_total: u64,
}

enum Variable {
    Category {
        codes: Vec<u8>,
        n_levels: usize,
    },
    /// `ranks` over the present rows, 0 elsewhere; `order` = present rows by value, ties marked by equal `ranks`.
    Number {
        order: Vec<u32>,
        ranks: Vec<f64>,
    },
}

struct Column {
    variable: Variable,
    /// One flag a row; `None` = all present.
    present: Option<Vec<bool>>,
}

/// Measures pair after pair; some milliseconds a step.
pub struct Associations {
    table: Table,
    rows: Vec<u32>,
    names: Vec<String>,
    /// As many as have been read.
    columns: Vec<Column>,
    cells: Vec<Association>,
}

impl Associations {
    /// The named columns of a table, which must be categories or numbers.
    pub fn new(table: Table, names: Vec<String>) -> Self {
        let n_rows = table.n_rows();
        let every = n_rows.div_ceil(MAX_ROWS).max(1);
        let rows = (0..n_rows as u32).step_by(every).collect();
        Self { table, rows, names, columns: Vec::new(), cells: Vec::new() }
    }

    /// Reads and ranks one column, or measures one against all; the matrix when it was the last one.
    pub fn step(&mut self) -> Result<Option<AssociationMatrix>, TableError> {
        if let Some(name) = self.names.get(self.columns.len()) {
            self.columns.push(read(&self.table, name, &self.rows)?);
            return Ok(None);
        }
        let n = self.columns.len();
        let row = self.cells.len().checked_div(n).unwrap_or(0);
        for column in 0..n {
            // The half below the diagonal is the mirror of the one above.
            let cell = if column < row {
                self.cells[column * n + row]
            } else {
                associate(&self.columns[row], &self.columns[column], self.rows.len())
            };
            self.cells.push(cell);
        }
        Ok((row + 1 >= n).then(|| AssociationMatrix {
            columns: std::mem::take(&mut self.names),
            cells: std::mem::take(&mut self.cells),
            n_rows: self.rows.len() as u32,
            n_rows_total: self.table.n_rows() as u64,
        }))
    }
}

/// One column of some rows, to be held against others one by one.
pub struct AgainstTarget {
    table: Table,
    rows: Vec<u32>,
    target: Column,
}

impl AgainstTarget {
    /// The named column at some rows of a table; of more than `MAX_ROWS` every k-th one.
    pub fn new(table: Table, target: &str, rows: &[u32]) -> Result<Self, TableError> {
        let every = rows.len().div_ceil(MAX_ROWS).max(1);
        let rows: Vec<u32> = rows.iter().copied().step_by(every).collect();
        let target = read(&table, target, &rows)?;
        Ok(Self { table, rows, target })
    }

    /// How strongly another column, a category or a number, goes together with it.
    pub fn measure(&self, name: &str) -> Result<Association, TableError> {
        Ok(associate(&read(&self.table, name, &self.rows)?, &self.target, self.rows.len()))
    }
}

fn read(table: &Table, name: &str, rows: &[u32]) -> Result<Column, TableError> {
    let present: Option<Vec<bool>> =
        table.present(name)?.map(|nulls| rows.iter().map(|&row| nulls.is_valid(row as usize)).collect());
    let variable = match table.schema().column(name).map(|column| &column.kind) {
        Some(ColumnType::Category(levels)) => {
            let codes = table.codes(name)?;
            Variable::Category { codes: rows.iter().map(|&row| codes[row as usize]).collect(), n_levels: levels.len() }
        }
        Some(ColumnType::Integer | ColumnType::Cents) => {
            let values = table.integers(name)?;
            number(&rows.iter().map(|&row| values[row as usize]).collect::<Vec<_>>(), present.as_deref(), i64::cmp)
        }
        _ => {
            let values = table.floats(name)?;
            let picked: Vec<f64> = rows.iter().map(|&row| values[row as usize]).collect();
            number(&picked, present.as_deref(), f64::total_cmp)
        }
    };
    Ok(Column { variable, present })
}

fn number<T: PartialEq>(
    values: &[T],
    present: Option<&[bool]>,
    compare: impl Fn(&T, &T) -> std::cmp::Ordering,
) -> Variable {
    let mut order: Vec<u32> =
        (0..values.len() as u32).filter(|&row| present.is_none_or(|flags| flags[row as usize])).collect();
    order.sort_unstable_by(|&a, &b| compare(&values[a as usize], &values[b as usize]).then(a.cmp(&b)));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for ties in order.chunk_by(|&a, &b| values[a as usize] == values[b as usize]) {
        let rank = before as f64 + (ties.len() as f64 + 1.0) / 2.0;
        ties.iter().for_each(|&row| ranks[row as usize] = rank);
        before += ties.len();
    }
    Variable::Number { order, ranks }
}

/// Rows where both are present; `None` = all.
fn both(a: &Column, b: &Column) -> Option<Vec<bool>> {
    match (&a.present, &b.present) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(one.clone()),
        (Some(a), Some(b)) => Some(a.iter().zip(b).map(|(a, b)| *a && *b).collect()),
    }
}

/// Mean ranks among the rows `within`, 0 elsewhere: the order and the ties of all present rows are known already.
fn ranks_within(order: &[u32], ranks: &[f64], within: &[bool]) -> Vec<f64> {
    let mut found = vec![0.0; ranks.len()];
    let mut before = 0_usize;
    for ties in order.chunk_by(|&a, &b| ranks[a as usize] == ranks[b as usize]) {
        let n = ties.iter().filter(|&&row| within[row as usize]).count();
        let rank = before as f64 + (n as f64 + 1.0) / 2.0;
        ties.iter().filter(|&&row| within[row as usize]).for_each(|&row| found[row as usize] = rank);
        before += n;
    }
    found
}

fn associate(a: &Column, b: &Column, n_total: usize) -> Association {
    let within = both(a, b);
    let n = within.as_ref().map_or(n_total, |flags| flags.iter().filter(|flag| **flag).count());
    let ranked = |order: &[u32], ranks: &[f64]| match &within {
        // All rows that this column has: its ranks are these already.
        Some(flags) if order.len() != n => ranks_within(order, ranks, flags),
        _ => ranks.to_vec(),
    };
    let is_in = |row: usize| within.as_ref().is_none_or(|flags| flags[row]);
    let (measure, value) = match (&a.variable, &b.variable) {
        (Variable::Number { order: oa, ranks: ra }, Variable::Number { order: ob, ranks: rb }) => {
            (Measure::Spearman, spearman(&ranked(oa, ra), &ranked(ob, rb), n, is_in))
        }
        (Variable::Category { codes, n_levels }, Variable::Number { order, ranks })
        | (Variable::Number { order, ranks }, Variable::Category { codes, n_levels }) => {
            (Measure::CorrelationRatio, correlation_ratio(codes, *n_levels, &ranked(order, ranks), n, is_in))
        }
        (Variable::Category { codes: ca, n_levels: na }, Variable::Category { codes: cb, n_levels: nb }) => {
            (Measure::CramersV, cramers_v((ca, *na), (cb, *nb), n, is_in))
        }
    };
    Association { measure, value, n_rows: n as u32 }
}

/// The correlation of ranks 1 … n whose mean is (n + 1) / 2.
fn spearman(a: &[f64], b: &[f64], n: usize, is_in: impl Fn(usize) -> bool) -> Option<f64> {
    let mean = (n as f64 + 1.0) / 2.0;
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for row in (0..a.len()).filter(|&row| is_in(row)) {
        let (x, y) = (a[row] - mean, b[row] - mean);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    (aa > 0.0 && bb > 0.0).then(|| (ab / (aa * bb).sqrt()).clamp(-1.0, 1.0))
}

fn correlation_ratio(
    codes: &[u8],
    n_levels: usize,
    ranks: &[f64],
    n: usize,
    is_in: impl Fn(usize) -> bool,
) -> Option<f64> {
    let mean = (n as f64 + 1.0) / 2.0;
    let mut groups = vec![(0.0, 0.0); n_levels];
    let mut total = 0.0;
    for row in (0..codes.len()).filter(|&row| is_in(row)) {
        let x = ranks[row] - mean;
        let (count, sum) = &mut groups[usize::from(codes[row])];
        *count += 1.0;
        *sum += x;
        total += x * x;
    }
    let seen = groups.iter().filter(|(count, _)| *count > 0.0);
    let n_groups = seen.clone().count();
    if n_groups < 2 || n <= n_groups || total <= 0.0 {
        return None;
    }
    let between: f64 = seen.map(|(count, sum)| sum * sum / count).sum();
    let unexplained = (1.0 - between / total) * (n as f64 - 1.0) / (n - n_groups) as f64;
    Some((1.0 - unexplained).clamp(0.0, 1.0).sqrt())
}

fn cramers_v(a: (&[u8], usize), b: (&[u8], usize), n: usize, is_in: impl Fn(usize) -> bool) -> Option<f64> {
    let mut table = vec![0.0; a.1 * b.1];
    for row in (0..a.0.len()).filter(|&row| is_in(row)) {
        table[usize::from(a.0[row]) * b.1 + usize::from(b.0[row])] += 1.0;
    }
    let n = n as f64;
    let rows: Vec<f64> = table.chunks(b.1).map(|row| row.iter().sum()).collect();
    let columns: Vec<f64> = (0..b.1).map(|column| table.iter().skip(column).step_by(b.1).sum()).collect();
    let n_seen = |sums: &[f64]| sums.iter().filter(|sum| **sum > 0.0).count() as f64;
    let (n_rows, n_columns) = (n_seen(&rows), n_seen(&columns));
    if n_rows < 2.0 || n_columns < 2.0 {
        return None;
    }
    let mut phi2 = -1.0;
    for (i, row) in rows.iter().enumerate() {
        for (j, column) in columns.iter().enumerate().filter(|(_, column)| **column > 0.0 && *row > 0.0) {
            let count = table[i * b.1 + j];
            phi2 += count * count / (row * column);
        }
    }
    let phi2 = (phi2 - (n_rows - 1.0) * (n_columns - 1.0) / (n - 1.0)).max(0.0);
    let shrunk = |k: f64| k - (k - 1.0) * (k - 1.0) / (n - 1.0);
    let smaller = shrunk(n_rows).min(shrunk(n_columns)) - 1.0;
    (smaller > 0.0).then(|| (phi2 / smaller).clamp(0.0, 1.0).sqrt())
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use clv_engine::schema::{Column as SchemaColumn, TableSchema};
    use clv_engine::table::{ColumnData, Values};
    use proptest::prelude::{prop, prop_assert, proptest};

    fn matrix(columns: Vec<(ColumnType, ColumnData)>) -> AssociationMatrix {
        let names: Vec<String> = (0..columns.len()).map(|i| format!("C{i}")).collect();
        let (kinds, data): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let schema = names.iter().zip(kinds).map(|(name, kind)| SchemaColumn::new(name, kind, "", "").or_null());
        let table = Table::new(TableSchema::new("T", "", schema.collect()), data).unwrap();
        let mut associations = Associations::new(table, names);
        loop {
            if let Some(matrix) = associations.step().unwrap() {
                return matrix;
            }
        }
    }

    fn integers(values: Vec<Option<i64>>) -> (ColumnType, ColumnData) {
        (ColumnType::Integer, ColumnData::optional_integers(values))
    }

    fn codes(values: Vec<u8>) -> (ColumnType, ColumnData) {
        (ColumnType::category(&["a", "b", "c"]), Values::Codes(values).into())
    }

    /// Pearson's correlation of mean ranks, straight from the definition.
    fn plain_spearman(pairs: &[(i64, i64)]) -> Option<f64> {
        let rank = |values: Vec<i64>| -> Vec<f64> {
            let below = |x: i64| values.iter().filter(|v| **v < x).count() as f64;
            let equal = |x: i64| values.iter().filter(|v| **v == x).count() as f64;
            values.iter().map(|&x| below(x) + (equal(x) + 1.0) / 2.0).collect()
        };
        let (a, b) = (rank(pairs.iter().map(|p| p.0).collect()), rank(pairs.iter().map(|p| p.1).collect()));
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let (ma, mb) = (mean(&a), mean(&b));
        let ab: f64 = a.iter().zip(&b).map(|(x, y)| (x - ma) * (y - mb)).sum();
        let spread = |v: &[f64], m: f64| v.iter().map(|x| (x - m) * (x - m)).sum::<f64>();
        let product = spread(&a, ma) * spread(&b, mb);
        (product > 0.0).then(|| ab / product.sqrt())
    }

    proptest! {
        #[test]
        fn spearman_is_the_correlation_of_ranks_where_both_are_present(
            rows in prop::collection::vec((prop::option::weighted(0.8, -4..4_i64), prop::option::weighted(0.8, -9..9_i64)), 1..40),
        ) {
            let found = matrix(vec![
                integers(rows.iter().map(|r| r.0).collect()), integers(rows.iter().map(|r| r.1).collect()),
            ]);
            let pairs: Vec<(i64, i64)> = rows.iter().filter_map(|r| r.0.zip(r.1)).collect();
            let cell = found.cells[1];
            prop_assert!(cell.measure == Measure::Spearman && cell.n_rows as usize == pairs.len());
            prop_assert!(found.cells[2] == cell);
            match (cell.value, plain_spearman(&pairs)) {
                (Some(found), Some(plain)) => prop_assert!((found - plain).abs() < 1e-9, "{found} {plain}"),
                (found, plain) => prop_assert!(found.is_none() && plain.is_none(), "{found:?} {plain:?}"),
            }
        }
    }

    #[test]
    fn related_columns_are_near_one_and_unrelated_ones_near_zero() {
        let n = 600_usize;
        // 3, 4 and 5 divide n and are coprime where it matters: every combination occurs equally often.
        let groups: Vec<u8> = (0..n).map(|i| (i % 3) as u8).collect();
        let unrelated: Vec<u8> = (0..n).map(|i| (i / 3 % 2) as u8).collect();
        let by_group: Vec<Option<i64>> = groups.iter().map(|&g| Some(i64::from(g) * 10)).collect();
        let cells = matrix(vec![codes(groups.clone()), codes(unrelated), integers(by_group), codes(groups)]).cells;
        let value = |row: usize, column: usize| cells[row * 4 + column].value.unwrap();
        assert_eq!(cells[1].measure, Measure::CramersV);
        assert_eq!(cells[2].measure, Measure::CorrelationRatio);
        assert_eq!(value(0, 1), 0.0);
        assert!((value(0, 2) - 1.0).abs() < 1e-9);
        assert_eq!(value(1, 2), 0.0);
        assert!((value(0, 3) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn against_a_target_a_column_is_measured_as_in_the_matrix_on_the_rows_asked_for() {
        let column = |values: &[i64]| integers(values.iter().map(|&x| Some(x)).collect());
        let kinds = [ColumnType::Integer, ColumnType::Integer];
        let names = ["X", "TARGET"];
        let schema = names.iter().zip(kinds).map(|(name, kind)| SchemaColumn::new(name, kind, "", "").or_null());
        let data = vec![column(&[1, 2, 3, 9, 9]).1, column(&[10, 20, 30, 2, 1]).1];
        let table = Table::new(TableSchema::new("T", "", schema.collect()), data).unwrap();
        let first = AgainstTarget::new(table.clone(), "TARGET", &[0, 1, 2]).unwrap().measure("X").unwrap();
        assert_eq!((first.value, first.n_rows), (Some(1.0), 3));
        let all = AgainstTarget::new(table, "TARGET", &[0, 1, 2, 3, 4]).unwrap().measure("X").unwrap();
        let of_matrix = matrix(vec![column(&[1, 2, 3, 9, 9]), column(&[10, 20, 30, 2, 1])]).cells[1];
        assert_eq!(all, of_matrix);
    }

    #[test]
    fn a_column_that_does_not_vary_has_no_association() {
        let cells = matrix(vec![integers(vec![Some(1); 5]), codes(vec![1; 5]), integers(vec![None; 5])]).cells;
        assert!(cells.iter().all(|cell| cell.value.is_none()), "{cells:?}");
    }

    #[test]
    fn of_a_large_table_every_kth_row_is_looked_at() {
        let n = 2 * MAX_ROWS as i64 + 1;
        let found = matrix(vec![integers((0..n).map(Some).collect()), integers((0..n).map(|i| Some(-i)).collect())]);
        assert_eq!(found.n_rows_total, n as u64);
        assert!((found.n_rows as usize) <= MAX_ROWS && found.n_rows > 30_000);
        assert_eq!(found.cells[1].value, Some(-1.0));
    }
}
