//! Feature values against a second, independent computation: for each customer, filter the raw rows and count, without index,
//! plan or window search.

use crate::support::{FIRST_DAY, LAST_DAY, Purchase, World, registry, worlds};
use clv_lab::engine::feature::fit::FittedValue;
use clv_lab::engine::feature::{Fitted, Observation, rows_of};
use clv_lab::engine::table::{Cell, Table};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn cell(table: &Table, row: usize, column: &str) -> Cell {
    table.cell(row, table.schema().index_of(column).unwrap())
}

fn float(table: &Table, row: usize, column: &str) -> f64 {
    match cell(table, row, column) {
        Cell::Float(value) => value,
        Cell::Integer(value) => value as f64,
        other => panic!("{column} is {other:?}"),
    }
}

fn purchases(world: &World, customer: usize, day: i32) -> Vec<Purchase> {
    let mut seen: Vec<Purchase> = world.purchases.iter().copied().filter(|p| p.0 == customer && p.1 <= day).collect();
    seen.sort_by_key(|p| p.1);
    seen
}

fn dollars(purchases: &[Purchase]) -> f64 {
    purchases.iter().map(|p| p.2).sum::<i64>() as f64 / 100.0
}

proptest! {
    #[test]
    fn base_views_equal_filtering_and_counting(world in worlds(), day in FIRST_DAY - 5..LAST_DAY + 100) {
        let views = world.tables().base_views(&registry(), day);
        let [rfm, patterns, engagement] = views.as_slice() else { panic!() };
        for customer in 0..world.signups.len() {
            let all = purchases(&world, customer, day);
            prop_assert_eq!(cell(rfm, customer, "FREQUENCY"), Cell::Integer(all.len() as i64));
            prop_assert_eq!(float(rfm, customer, "MONETARY_TOTAL"), dollars(&all));
            let average = if all.is_empty() { 0.0 } else { dollars(&all) / all.len() as f64 };
            prop_assert_eq!(float(rfm, customer, "MONETARY_AVG"), average);
            let recency = all.last().map_or(Cell::Null, |p| Cell::Integer(i64::from(day - p.1)));
            prop_assert_eq!(cell(rfm, customer, "RECENCY_DAYS"), recency);
            let tenure = all.first().map_or(Cell::Null, |p| Cell::Integer(i64::from(day - p.1)));
            prop_assert_eq!(cell(rfm, customer, "CUSTOMER_TENURE_DAYS"), tenure);
            let categories: BTreeSet<u8> = all.iter().map(|p| p.3).collect();
            prop_assert_eq!(cell(patterns, customer, "UNIQUE_CATEGORIES_PURCHASED"), Cell::Integer(categories.len() as i64));
            prop_assert_eq!(cell(patterns, customer, "TOTAL_ITEMS_PURCHASED"), Cell::Integer(all.iter().map(|p| p.4).sum()));
            for (window, name) in [(30, "RECENT_30D"), (90, "RECENT_90D")] {
                let recent: Vec<Purchase> = all.iter().copied().filter(|p| p.1 > day - window).collect();
                prop_assert_eq!(cell(patterns, customer, &format!("{name}_COUNT")), Cell::Integer(recent.len() as i64));
                prop_assert_eq!(float(patterns, customer, &format!("{name}_AMOUNT")), dollars(&recent));
            }
            let events: Vec<u8> = world.interactions.iter().filter(|e| e.0 == customer && e.1 <= day).map(|e| e.2).collect();
            prop_assert_eq!(cell(engagement, customer, "TOTAL_INTERACTIONS"), Cell::Integer(events.len() as i64));
            let names = ["WEBSITE_VISITS", "EMAIL_OPENS", "EMAIL_CLICKS", "SUPPORT_TICKETS", "PRODUCT_VIEWS", "CART_ADDS"];
            for (code, name) in names.iter().enumerate() {
                let n = events.iter().filter(|&&e| usize::from(e) == code).count();
                prop_assert_eq!(cell(engagement, customer, name), Cell::Integer(n as i64));
            }
        }
    }

    #[test]
    fn purchase_consistency_is_the_sample_deviation_of_gaps_between_distinct_days(world in worlds(), day in FIRST_DAY..LAST_DAY) {
        let tables = world.tables();
        let registry = registry();
        let base = tables.base_views(&registry, day);
        let derived = registry.view("DERIVED_FEATURES").unwrap();
        let upstream: Vec<&Table> = base.iter().collect();
        let table = tables.view(derived, &rows_of(&tables.profile), Observation::On(day), &upstream, &fitted());
        for customer in 0..world.signups.len() {
            let days: BTreeSet<i32> = purchases(&world, customer, day).iter().map(|p| p.1).collect();
            let days: Vec<i32> = days.into_iter().collect();
            let gaps: Vec<f64> = days.windows(2).map(|w| f64::from(w[1] - w[0])).collect();
            let found = cell(&table, customer, "PURCHASE_CONSISTENCY");
            if gaps.len() < 2 {
                prop_assert_eq!(found, Cell::Null);
            } else {
                let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
                let variance = gaps.iter().map(|g| (g - mean) * (g - mean)).sum::<f64>() / (gaps.len() - 1) as f64;
                let Cell::Float(found) = found else { panic!("{found:?}") };
                prop_assert!((found - 1.0 / (1.0 + variance.sqrt())).abs() < 1e-12);
            }
        }
    }
}

/// Fitted values by hand.
pub fn fitted() -> Fitted {
    let edges = |values: &[f64]| FittedValue::Edges(values.to_vec());
    let means = || FittedValue::Means(BTreeMap::from([("0_6m".to_owned(), 50.0), ("6_12m".to_owned(), 0.0)]));
    let values = BTreeMap::from([
        ("RECENCY_EDGES".to_owned(), edges(&[10.0, 20.0, 30.0, 40.0])),
        ("FREQUENCY_EDGES".to_owned(), edges(&[1.0, 2.0, 2.0, 4.0])),
        ("MONETARY_EDGES".to_owned(), edges(&[10.0, 20.0, 30.0, 40.0])),
        ("MONETARY_TOP_QUARTER".to_owned(), edges(&[35.0])),
        ("MONETARY_COHORT_MEANS".to_owned(), means()),
        ("FREQUENCY_COHORT_MEANS".to_owned(), means()),
    ]);
    Fitted { values, n_rows: 1 }
}

#[test]
fn derived_features_of_five_customers_are_what_the_definitions_say() {
    let day = FIRST_DAY + 300;
    let buys = |customer: usize, days_ago: &[i32]| -> Vec<Purchase> {
        days_ago.iter().map(|&ago| (customer, day - ago, 1_000, 0, 1)).collect()
    };
    let world = World {
        signups: vec![FIRST_DAY; 5],
        purchases: [
            buys(1, &[10, 20, 40]),       // new: tenure 40
            buys(2, &[95, 200]),          // at risk: recency 95
            buys(3, &[5, 200, 210, 220]), // high value: 40.00 > 35
            buys(4, &[30, 180]),          // regular
        ]
        .concat(),
        interactions: vec![(4, day - 1, 3), (4, day - 2, 0)],
    };
    let tables = world.tables();
    let registry = registry();
    let base = tables.base_views(&registry, day);
    let upstream: Vec<&Table> = base.iter().collect();
    let view = registry.view("DERIVED_FEATURES").unwrap();
    let table = tables.view(view, &rows_of(&tables.profile), Observation::On(day), &upstream, &fitted());
    let column = |name: &str| (0..5).map(|row| cell(&table, row, name).to_string()).collect::<Vec<_>>();
    assert_eq!(column("LIFECYCLE_STAGE"), ["", "new", "at_risk", "high_value", "regular"]);
    assert_eq!(column("TENURE_COHORT"), ["", "0_6m", "6_12m", "6_12m", "6_12m"]);
    assert_eq!(column("RECENCY_SCORE"), ["1", "5", "1", "5", "3"]);
    assert_eq!(column("FREQUENCY_SCORE"), ["1", "4", "2", "4", "2"]);
    assert_eq!(column("MONETARY_SCORE"), ["1", "3", "2", "4", "2"]);
    assert_eq!(float(&table, 1, "RFM_SCORE"), 0.4 * 5.0 + 0.3 * 4.0 + 0.3 * 3.0);
    assert_eq!(float(&table, 1, "PURCHASE_VELOCITY_30D"), 2.0 / 30.0);
    assert_eq!(float(&table, 1, "VELOCITY_ACCELERATION"), 2.0 / 30.0 - 3.0 / 90.0);
    assert_eq!(float(&table, 4, "ENGAGEMENT_PER_PURCHASE"), 1.0);
    assert_eq!(float(&table, 4, "SUPPORT_INTENSITY"), 0.5);
    assert_eq!(column("MONETARY_VS_COHORT"), ["0", "0.6", "0", "0", "0"], "no cohort, a mean, a mean of zero");
}
