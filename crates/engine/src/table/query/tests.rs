//! Queries against a plain filter and a stable comparison sort over the same rows.

use super::{Condition, Order, Query, Search, Selection};
use crate::schema::{Column, ColumnType, TableSchema};
use crate::table::{ColumnData, Table, TableError, Values};
use proptest::prelude::*;
use std::cmp::Ordering;

const LEVELS: [&str; 4] = ["pear", "apple", "fig", "banana"];

/// One optional value per column.
#[derive(Clone, Debug)]
struct Row {
    id: i32,
    day: Option<i32>,
    cents: Option<i64>,
    float: Option<f64>,
    code: Option<u8>,
}

fn table(rows: &[Row]) -> Table {
    let nullable = |name: &str, kind| Column::new(name, kind, "", "").or_null();
    let schema = TableSchema::new(
        "T",
        "",
        vec![
            Column::new("ID", ColumnType::Id, "", ""),
            nullable("DAY", ColumnType::Day),
            nullable("CENTS", ColumnType::Cents),
            nullable("FLOAT", ColumnType::Float),
            nullable("LEVEL", ColumnType::category(&LEVELS)),
        ],
    );
    let present = |flags: Vec<bool>| Some(flags);
    let columns = vec![
        Values::Ids(rows.iter().map(|r| r.id).collect()).into(),
        ColumnData::optional_days(rows.iter().map(|r| r.day).collect()),
        ColumnData {
            values: Values::Cents(rows.iter().map(|r| r.cents.unwrap_or_default()).collect()),
            present: present(rows.iter().map(|r| r.cents.is_some()).collect()),
        },
        ColumnData {
            values: Values::Floats(rows.iter().map(|r| r.float.unwrap_or_default()).collect()),
            present: present(rows.iter().map(|r| r.float.is_some()).collect()),
        },
        ColumnData::optional_codes(rows.iter().map(|r| r.code).collect()),
    ];
    Table::new(schema, columns).unwrap()
}

/// A comparable value of a column; floats compare without a difference between the zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Integer(i64),
    Float(f64),
    Level(&'static str),
}

fn value(row: &Row, column: &str) -> Option<Value> {
    match column {
        "ID" => Some(Value::Integer(row.id.into())),
        "DAY" => row.day.map(|v| Value::Integer(v.into())),
        "CENTS" => row.cents.map(Value::Integer),
        "FLOAT" => row.float.map(Value::Float),
        _ => row.code.map(|code| Value::Level(LEVELS[usize::from(code)])),
    }
}

fn compare(a: Value, b: Value) -> Ordering {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(&b),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan())),
        (Value::Level(a), Value::Level(b)) => a.cmp(b),
        _ => unreachable!(),
    }
}

fn accepts(value: Option<Value>, condition: &Condition) -> bool {
    match (condition, value) {
        (Condition::Null, value) => value.is_none(),
        (Condition::NotNull, value) => value.is_some(),
        (Condition::Levels(levels), Some(Value::Level(level))) => levels.iter().any(|l| l == level),
        (Condition::Integers { low, high }, Some(Value::Integer(v))) => {
            low.is_none_or(|low| low <= v) && high.is_none_or(|high| v <= high)
        }
        (Condition::Floats { low, high }, Some(Value::Float(v))) => {
            v >= low.unwrap_or(f64::NEG_INFINITY) && v <= high.unwrap_or(f64::INFINITY)
        }
        _ => false,
    }
}

fn naive(rows: &[Row], query: &Query) -> Vec<u32> {
    let kept = |row: &&(usize, &Row)| query.filters.iter().all(|(column, c)| accepts(value(row.1, column), c));
    let mut found: Vec<(usize, &Row)> =
        rows.iter().enumerate().collect::<Vec<_>>().iter().filter(kept).copied().collect();
    if let Some(Order { column, descending }) = &query.sort {
        found.sort_by(|a, b| match (value(a.1, column), value(b.1, column)) {
            (Some(a), Some(b)) if *descending => compare(b, a),
            (Some(a), Some(b)) => compare(a, b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        });
    }
    found.iter().map(|(row, _)| *row as u32).collect()
}

fn stepped(table: &Table, query: &Query, step: usize) -> Vec<u32> {
    let mut search = Search::new(table, query).unwrap();
    loop {
        if let Some(selection) = search.step(step) {
            return selection.slice(0, usize::MAX);
        }
    }
}

fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        -5.0..5.0,
        prop::num::f64::ANY,
        Just(0.0),
        Just(-0.0),
        Just(f64::NAN),
        Just(f64::INFINITY),
        (0..4).prop_map(f64::from)
    ]
}

fn rows(n: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<Row>> {
    let cents = prop_oneof![3 => 0..2_000_i64, 1 => any::<i64>()];
    let of = prop::option::weighted::<BoxedStrategy<i64>>;
    let row = (
        prop_oneof![0..50, any::<i32>()],
        of(0.8, (19_000..19_100_i64).boxed()),
        of(0.9, cents.boxed()),
        prop::option::weighted(0.9, float()),
        of(0.9, (0..LEVELS.len() as i64).boxed()),
    )
        .prop_map(|(id, day, cents, float, code)| Row {
            id,
            day: day.map(|d| d as i32),
            cents,
            float,
            code: code.map(|c| c as u8),
        });
    prop::collection::vec(row, n)
}

fn query() -> impl Strategy<Value = Query> {
    let integers = |column: &'static str, values: std::ops::Range<i64>| {
        (prop::option::of(values.clone()), prop::option::of(values))
            .prop_map(move |(low, high)| (column.to_owned(), Condition::Integers { low, high }))
    };
    let filter = prop_oneof![
        integers("ID", -5..60),
        integers("DAY", 18_990..19_110),
        integers("CENTS", -10..2_010),
        (prop::option::of(float()), prop::option::of(float()))
            .prop_filter("a bound is a number", |(a, b)| a.is_none_or(|a| !a.is_nan()) && b.is_none_or(|b| !b.is_nan()))
            .prop_map(|(low, high)| ("FLOAT".to_owned(), Condition::Floats { low, high })),
        prop::sample::subsequence(LEVELS.to_vec(), 0..=4).prop_map(|levels| {
            ("LEVEL".to_owned(), Condition::Levels(levels.into_iter().map(str::to_owned).collect()))
        }),
        (prop::sample::select(vec!["ID", "DAY", "FLOAT", "LEVEL"]), any::<bool>()).prop_map(|(column, null)| {
            (column.to_owned(), if null { Condition::Null } else { Condition::NotNull })
        }),
    ];
    let column = prop::sample::select(vec!["ID", "DAY", "CENTS", "FLOAT", "LEVEL"]);
    let sort = prop::option::weighted(0.8, (column, any::<bool>()))
        .prop_map(|sort| sort.map(|(column, descending)| Order { column: column.to_owned(), descending }));
    (prop::collection::vec(filter, 0..3), sort).prop_map(|(filters, sort)| Query { filters, sort })
}

proptest! {
    #[test]
    fn any_query_finds_what_a_plain_filter_and_sort_find(rows in rows(0..300), query in query(), step in 1..400_usize) {
        let table = table(&rows);
        let expected = naive(&rows, &query);
        prop_assert_eq!(&Search::new(&table, &query).unwrap().finish().slice(0, usize::MAX), &expected);
        prop_assert_eq!(stepped(&table, &query, step), expected);
    }
}

/// A stream of whole numbers that looks random.
fn mixed(i: u64) -> u64 {
    let mut z = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 27)
}

#[test]
fn many_rows_with_one_outlier_are_sorted_by_further_digits() {
    // The outlier leaves all other rows in one digit of the first pass, far above the number that is compared.
    let rows: Vec<Row> = (0..30_000_u64)
        .map(|i| Row {
            id: (mixed(i) % 9_000) as i32,
            day: None,
            cents: Some(if i == 17 { i64::MAX } else { (mixed(i) % 100_000) as i64 }),
            float: Some(if i == 5 { 1e300 } else { 1.0 + (mixed(i) % 7_000) as f64 * 1e-9 }),
            code: None,
        })
        .collect();
    let table = table(&rows);
    for column in ["ID", "DAY", "CENTS", "FLOAT"] {
        for descending in [false, true] {
            let query = Query { filters: vec![], sort: Some(Order { column: column.to_owned(), descending }) };
            assert_eq!(stepped(&table, &query, 4_096), naive(&rows, &query), "{column}, descending: {descending}");
        }
    }
}

#[test]
fn rows_that_are_in_order_need_no_list() {
    let rows: Vec<Row> = (0..100).map(|i| Row { id: i / 3, day: None, cents: None, float: None, code: None }).collect();
    let sort = |descending| Query { filters: vec![], sort: Some(Order { column: "ID".to_owned(), descending }) };
    assert_eq!(Search::new(&table(&rows), &sort(false)).unwrap().finish(), Selection::All(100));
    assert_eq!(Search::new(&table(&rows), &sort(true)).unwrap().finish().slice(0, 3), [99, 96, 97]);
}

#[test]
fn what_does_not_fit_the_table_is_refused() {
    let table = table(&[]);
    let filter = |column: &str, condition| Query { filters: vec![(column.to_owned(), condition)], sort: None };
    let range = Condition::Integers { low: None, high: None };
    for (query, known) in [
        (filter("NOPE", Condition::Null), false),
        (filter("FLOAT", range.clone()), true),
        (filter("LEVEL", range), true),
        (filter("ID", Condition::Levels(vec![])), true),
        (filter("DAY", Condition::Floats { low: None, high: None }), true),
        (Query { filters: vec![], sort: Some(Order { column: "NOPE".to_owned(), descending: false }) }, false),
    ] {
        match Search::new(&table, &query) {
            Err(TableError::WrongType { .. }) => assert!(known, "{query:?}"),
            Err(TableError::UnknownColumn { .. }) => assert!(!known, "{query:?}"),
            other => panic!("{query:?} gave {other:?}"),
        }
    }
    assert!(Search::new(&table, &Query::default()).unwrap().finish().is_empty());
}

#[test]
fn a_slice_ends_with_the_selection() {
    assert_eq!(Selection::All(5).slice(3, 10), [3, 4]);
    assert_eq!(Selection::Rows(vec![9, 7]).slice(1, usize::MAX), [7]);
    assert!(Selection::Rows(vec![9, 7]).slice(usize::MAX, 1).is_empty());
}
