//! The SQL of every view, serving and training, as plain files, and each of them parsed by an independent parser of Snowflake's
//! dialect. `UPDATE_EXPECT=1 cargo test golden` rewrites the files; read them before committing.

use crate::support::registry;
use clv_lab::engine::feature::Fitted;
use clv_lab::engine::feature::fit::FittedValue;
use clv_lab::engine::feature::sql::{Mode, Names, dynamic_table, query};
use expect_test::expect_file;
use sqlparser::dialect::SnowflakeDialect;
use sqlparser::parser::Parser;
use std::collections::BTreeMap;

fn fitted() -> BTreeMap<String, Fitted> {
    let edges = |values: &[f64]| FittedValue::Edges(values.to_vec());
    let means =
        |a: f64, b: f64| FittedValue::Means(BTreeMap::from([("0_6m".to_owned(), a), ("18m_plus".to_owned(), b)]));
    let values = BTreeMap::from([
        ("RECENCY_EDGES".to_owned(), edges(&[14.0, 37.0, 90.0, 180.0])),
        ("FREQUENCY_EDGES".to_owned(), edges(&[1.0, 1.0, 4.0, 9.0])),
        ("MONETARY_EDGES".to_owned(), edges(&[49.99, 120.0, 310.5, 780.25])),
        ("MONETARY_TOP_QUARTER".to_owned(), edges(&[612.4])),
        ("MONETARY_COHORT_MEANS".to_owned(), means(103.25, 890.0)),
        ("FREQUENCY_COHORT_MEANS".to_owned(), means(2.5, 11.75)),
    ]);
    BTreeMap::from([("DERIVED_FEATURES".to_owned(), Fitted { values, n_rows: 700 })])
}

#[test]
fn golden_sql_of_every_view() {
    let names = Names::default();
    for view in registry().views() {
        let serving = dynamic_table(view, &names, &fitted());
        let training = query(view, Mode::Training, &names, &fitted()).to_string();
        expect_file![format!("../golden/{}.serving.sql", view.name())].assert_eq(&serving);
        expect_file![format!("../golden/{}.training.sql", view.name())].assert_eq(&format!("{training}\n"));
    }
}

#[test]
fn every_query_parses_as_snowflake_sql() {
    let names = Names::default();
    for view in registry().views() {
        for mode in [Mode::Serving, Mode::Training] {
            let sql = query(view, mode, &names, &fitted()).to_string();
            Parser::parse_sql(&SnowflakeDialect {}, &sql)
                .unwrap_or_else(|error| panic!("{}: {error}\n{sql}", view.name()));
        }
        let sql = dynamic_table(view, &names, &fitted());
        Parser::parse_sql(&SnowflakeDialect {}, &sql).unwrap_or_else(|error| panic!("{}: {error}\n{sql}", view.name()));
    }
}

#[test]
fn hostile_names_stay_inside_their_quotes() {
    let names = Names { database: "x\"; DROP TABLE t; --".to_owned(), ..Names::default() };
    let sql = dynamic_table(registry().view("RFM_FEATURES").unwrap(), &names, &fitted());
    let statements = Parser::parse_sql(&SnowflakeDialect {}, &sql).unwrap();
    assert_eq!(statements.len(), 1);
}
