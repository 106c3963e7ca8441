//! Rows that break a rule or a rate: exactly the checks about it fail.

use super::{RawTables, SOUND, assert_fails, codes, columns_of, edited, ints, picked, small_ints};
use clv_engine::schema::{ColumnType, levels};
use clv_engine::table::Table;

fn sound() -> RawTables {
    SOUND.1.clone()
}

fn rows_of_buyers(bought: bool) -> Vec<usize> {
    let table = sound().coldstart.unwrap();
    let amounts = table.integers("FIRST_PURCHASE_AMOUNT").unwrap();
    (0..table.n_rows()).filter(|row| (amounts[*row] > 0) == bought).collect()
}

/// Emails have a rule of their own, which a changed row would break as well.
fn is_email(row: usize) -> bool {
    [1, 2].contains(&SOUND.1.interactions.as_ref().unwrap().codes("EVENT_TYPE").unwrap()[row])
}

/// Purchases of each customer: rows, in order.
fn purchases() -> Vec<Vec<u32>> {
    let table = sound().transactions.unwrap();
    let mut of: Vec<Vec<u32>> = vec![Vec::new(); SOUND.0.n_customers as usize];
    for (row, id) in table.ids("CUSTOMER_ID").unwrap().iter().enumerate() {
        of[*id as usize - 1].push(row as u32);
    }
    of
}

#[test]
fn keys_and_order() {
    let first_twice = |table: &Option<Table>, column: &str| {
        edited(table, column, |data| {
            let ids = small_ints(data);
            ids[1] = ids[0];
        })
    };
    let tables = sound();
    let fails = |what: &str, damaged: RawTables, id: &str| assert_fails(what, damaged, &[id]);
    let coldstart = first_twice(&tables.coldstart, "CUSTOMER_ID");
    fails("a customer twice", RawTables { coldstart, ..sound() }, "keys.COLDSTART_CUSTOMERS");
    let staging = first_twice(&tables.staging, "CUSTOMER_ID");
    fails("a waiting customer twice", RawTables { staging, ..sound() }, "keys.COLDSTART_CUSTOMERS_STAGING");
    let n = tables.profile.as_ref().unwrap().n_rows() as u32;
    let profile = picked(&tables.profile, &(0..n).chain([n - 1]).collect::<Vec<_>>());
    fails("a profile twice", RawTables { profile, ..sound() }, "keys.CONTINUOUS_CUSTOMERS_PROFILE");
    let transactions = first_twice(&tables.transactions, "TRANSACTION_ID");
    fails("a purchase twice", RawTables { transactions, ..sound() }, "keys.CONTINUOUS_TRANSACTIONS");
    let interactions = first_twice(&tables.interactions, "INTERACTION_ID");
    fails("an event twice", RawTables { interactions, ..sound() }, "keys.CONTINUOUS_INTERACTIONS");

    let swapped = |table: &Option<Table>, day: &str, may: &dyn Fn(usize) -> bool| {
        let inner = table.as_ref().unwrap();
        let (ids, days) = (inner.ids("CUSTOMER_ID").unwrap(), inner.days(day).unwrap());
        let is_pair =
            |row: &usize| ids[*row] == ids[row - 1] && days[*row] > days[row - 1] && may(*row) && may(row - 1);
        let at = (1..ids.len()).find(is_pair).unwrap();
        let mut rows: Vec<u32> = (0..ids.len() as u32).collect();
        rows.swap(at - 1, at);
        picked(table, &rows)
    };
    let transactions = swapped(&tables.transactions, "TRANSACTION_DATE", &|_| true);
    fails("purchases out of order", RawTables { transactions, ..sound() }, "order.CONTINUOUS_TRANSACTIONS");
    let interactions = swapped(&tables.interactions, "EVENT_DATE", &|row| !is_email(row));
    fails("events out of order", RawTables { interactions, ..sound() }, "order.CONTINUOUS_INTERACTIONS");
}

#[test]
fn links_and_dates() {
    let tables = sound();
    let fails = |what: &str, damaged: RawTables, id: &str| assert_fails(what, damaged, &[id]);
    // All rows of the last customer: their own order and days stay sound.
    let lost = |table: &Option<Table>| {
        edited(table, "CUSTOMER_ID", |data| {
            let ids = small_ints(data);
            let last = *ids.last().unwrap();
            ids.iter_mut().filter(|id| **id == last).for_each(|id| *id = 900_000);
        })
    };
    let transactions = lost(&tables.transactions);
    fails("a purchase of nobody", RawTables { transactions, ..sound() }, "links.CONTINUOUS_TRANSACTIONS");
    let interactions = lost(&tables.interactions);
    fails("an event of nobody", RawTables { interactions, ..sound() }, "links.CONTINUOUS_INTERACTIONS");
    let staging = edited(&tables.staging, "CUSTOMER_ID", |data| small_ints(data)[0] = 1);
    fails("a customer in both", RawTables { staging, ..sound() }, "links.populations");

    let now = SOUND.0.now.0;
    let transactions =
        edited(&tables.transactions, "TRANSACTION_DATE", |data| *small_ints(data).last_mut().unwrap() = now + 1);
    fails("a purchase tomorrow", RawTables { transactions, ..sound() }, "dates.CONTINUOUS_TRANSACTIONS");
    let first = {
        let ids = tables.interactions.as_ref().unwrap().ids("CUSTOMER_ID").unwrap();
        (1..ids.len()).find(|&row| ids[row] != ids[row - 1] && !is_email(row)).unwrap()
    };
    let customer = tables.interactions.as_ref().unwrap().ids("CUSTOMER_ID").unwrap()[first];
    let signup = tables.profile.as_ref().unwrap().days("SIGNUP_DATE").unwrap()[customer as usize - 1];
    let interactions = edited(&tables.interactions, "EVENT_DATE", |data| small_ints(data)[first] = signup - 1);
    fails("an event before sign-up", RawTables { interactions, ..sound() }, "dates.CONTINUOUS_INTERACTIONS");
    let profile = edited(&tables.profile, "HISTORY_DAYS", |data| ints(data)[17] += 1);
    fails("a wrong history", RawTables { profile, ..sound() }, "dates.HISTORY_DAYS");
    let row = rows_of_buyers(false)[0];
    let coldstart = edited(&tables.coldstart, "SIGNUP_DATE", |data| small_ints(data)[row] = now - 364);
    fails("an unfinished year", RawTables { coldstart, ..sound() }, "dates.target_complete");
}

#[test]
fn amounts_and_cold_start_rows() {
    let tables = sound();
    let fails = |what: &str, damaged: RawTables, ids: &[&str]| assert_fails(what, damaged, ids);
    let transactions = edited(&tables.transactions, "AMOUNT", |data| ints(data)[5] = 499);
    fails("too cheap", RawTables { transactions, ..sound() }, &["amounts.AMOUNT"]);
    let transactions = edited(&tables.transactions, "QUANTITY", |data| ints(data)[5] = 0);
    fails("nothing bought", RawTables { transactions, ..sound() }, &["amounts.QUANTITY"]);
    let transactions = edited(&tables.transactions, "AMOUNT", |data| {
        ints(data).iter_mut().for_each(|cents| *cents = *cents * 13 / 10);
    });
    fails("all dearer", RawTables { transactions, ..sound() }, &["amounts.mean"]);

    let buyer = rows_of_buyers(true)[3];
    let coldstart = edited(&tables.coldstart, "FIRST_PURCHASE_AMOUNT", |data| ints(data)[buyer] = 0);
    fails("a purchase for nothing", RawTables { coldstart, ..sound() }, &["coldstart.first_purchase"]);
    let coldstart = edited(&tables.coldstart, "FIRST_PURCHASE_DATE", |data| small_ints(data)[buyer] += 1);
    fails("a day late", RawTables { coldstart, ..sound() }, &["coldstart.first_date"]);
    let coldstart = edited(&tables.coldstart, "EMAIL_CLICKS_30D", |data| ints(data)[9] = 99);
    fails("clicked unopened", RawTables { coldstart, ..sound() }, &["coldstart.clicks"]);
    let coldstart = edited(&tables.coldstart, "ACTUAL_12M_LTV", |data| ints(data)[buyer] = 100);
    fails("less than the first purchase", RawTables { coldstart, ..sound() }, &["coldstart.target"]);
}

/// The most frequent level loses a third of its rows to the next but one.
fn relabelled(table: &Option<Table>, column: &str, n_levels: usize) -> Option<Table> {
    edited(table, column, |data| {
        let is_present = data.present.clone();
        let codes = codes(data);
        let count = |level: u8| codes.iter().filter(|code| **code == level).count();
        let top = (0..n_levels as u8).max_by_key(|level| count(*level)).unwrap();
        for (row, code) in codes.iter_mut().enumerate().filter(|(_, code)| **code == top) {
            if row % 3 == 0 && is_present.as_ref().is_none_or(|present| present[row]) {
                *code = (top + 2) % n_levels as u8;
            }
        }
    })
}

#[test]
fn marginals() {
    let tables = sound();
    for column in tables.coldstart.as_ref().unwrap().schema().columns.clone() {
        let ColumnType::Category(names) = &column.kind else { continue };
        let coldstart = relabelled(&tables.coldstart, &column.name, names.len());
        let id = format!("marginals.COLDSTART_CUSTOMERS.{}", column.name);
        let mut expected = vec![id.as_str()];
        // Another channel with the same source is a wrong source, too.
        expected.extend(
            (column.name == "ACQUISITION_CHANNEL").then_some("marginals.COLDSTART_CUSTOMERS.ACQUISITION_SOURCE"),
        );
        assert_fails(&id, RawTables { coldstart, ..sound() }, &expected);
    }
    for (column, names) in [("AGE_GROUP", levels::AGE_GROUP), ("REGION", levels::REGION), ("SEGMENT", levels::SEGMENT)]
    {
        let profile = relabelled(&tables.profile, column, names.len());
        let id = format!("marginals.CONTINUOUS_CUSTOMERS_PROFILE.{column}");
        assert_fails(&id, RawTables { profile, ..sound() }, &[id.as_str()]);
    }
    let interactions = relabelled(&tables.interactions, "EVENT_TYPE", levels::EVENT_TYPE.len());
    assert_fails(
        "a third of the visits are clicked emails",
        RawTables { interactions, ..sound() },
        &[
            "marginals.CONTINUOUS_INTERACTIONS.EVENT_TYPE",
            "browsing.lead.website_visits",
            "browsing.click_rate.continuous",
            "browsing.clicks_follow_opens",
        ],
    );
}

#[test]
fn volumes_and_conversion() {
    let tables = sound();
    let keep = |table: &Option<Table>, keeps: &dyn Fn(usize, i32) -> bool| {
        let ids = table.as_ref().unwrap().ids("CUSTOMER_ID").unwrap();
        let rows: Vec<u32> = (0..ids.len()).filter(|&row| keeps(row, ids[row])).map(|row| row as u32).collect();
        picked(table, &rows)
    };
    let interactions = keep(&tables.interactions, &|_, id| id % 4 != 0);
    let expected = ["volumes.CONTINUOUS_INTERACTIONS"];
    assert_fails("a quarter of the customers leave no trace", RawTables { interactions, ..sound() }, &expected);

    // One in three purchases that are not a customer's first one is lost, without a pattern.
    let firsts: std::collections::BTreeSet<u32> = purchases().iter().filter_map(|rows| rows.first().copied()).collect();
    let transactions = keep(&tables.transactions, &|row, _| {
        (row as u32).wrapping_mul(2_654_435_761) >> 16 & 0xff > 85 || firsts.contains(&(row as u32))
    });
    let expected = ["volumes.CONTINUOUS_TRANSACTIONS", "purchases.rate"];
    assert_fails("a third of the repeats is lost", RawTables { transactions, ..sound() }, &expected);

    let signup = tables.profile.as_ref().unwrap().days("SIGNUP_DATE").unwrap().to_vec();
    let days = tables.transactions.as_ref().unwrap().days("TRANSACTION_DATE").unwrap().to_vec();
    let transactions = keep(&tables.transactions, &|row, id| id % 4 != 0 || days[row] - signup[id as usize - 1] >= 30);
    assert_fails("first months are lost", RawTables { transactions, ..sound() }, &["purchases.conversion.continuous"]);

    let transactions = keep(&tables.transactions, &|row, id| days[row] - signup[id as usize - 1] < 560);
    // Then sign-up settles who can still buy, and browsing goes on after the last purchase.
    let expected = [
        "retention.flattens",
        "volumes.CONTINUOUS_TRANSACTIONS",
        "browsing.fades",
        "information.CONTINUOUS_CUSTOMERS_PROFILE.SIGNUP_DATE",
        "information.CONTINUOUS_CUSTOMERS_PROFILE.HISTORY_DAYS",
    ];
    assert_fails("everybody stops after a year and a half", RawTables { transactions, ..sound() }, &expected);
}

#[test]
fn dates_like_clockwork_and_histories_backwards() {
    let tables = sound();
    let of = purchases();
    let transactions = edited(&tables.transactions, "TRANSACTION_DATE", |data| {
        let days = small_ints(data);
        for rows in of.iter().filter(|rows| rows.len() > 2) {
            let (first, last) = (days[rows[0] as usize], days[rows[rows.len() - 1] as usize]);
            for (i, &row) in rows.iter().enumerate() {
                days[row as usize] = first + (last - first) * i as i32 / (rows.len() as i32 - 1);
            }
        }
    });
    assert_fails(
        "even gaps",
        RawTables { transactions, ..sound() },
        &[
            "purchases.gaps",
            "calendar.weekdays",
            "calendar.season",
            "browsing.lead.website_visits",
            "browsing.lead.product_views",
            "browsing.lead.cart_adds",
        ],
    );

    let profile = tables.profile.as_ref().unwrap().days("SIGNUP_DATE").unwrap();
    let interactions = tables.interactions.as_ref().unwrap();
    let ids = interactions.ids("CUSTOMER_ID").unwrap();
    let mut columns = columns_of(interactions);
    let (day, kind) =
        (interactions.schema().index_of("EVENT_DATE").unwrap(), interactions.schema().index_of("EVENT_TYPE").unwrap());
    let mut begin = 0;
    for run in ids.chunk_by(|a, b| a == b) {
        let end = begin + run.len();
        let ends = profile[run[0] as usize - 1] + SOUND.0.now.0;
        let days = &mut small_ints(&mut columns[day])[begin..end];
        days.iter_mut().for_each(|day| *day = ends - *day);
        days.reverse();
        codes(&mut columns[kind])[begin..end].reverse();
        begin = end;
    }
    let interactions = Some(Table::new(interactions.schema().clone(), columns).unwrap());
    assert_fails(
        "events run backwards",
        RawTables { interactions, ..sound() },
        &["browsing.lead.website_visits", "browsing.lead.product_views", "browsing.lead.cart_adds", "browsing.fades"],
    );
}

#[test]
fn emails() {
    let tables = sound();
    let (opened, clicked) = (1_u8, 2_u8);
    let interactions = edited(&tables.interactions, "EVENT_TYPE", |data| {
        let codes = codes(data);
        let at = (1..codes.len()).find(|&row| codes[row] == clicked && codes[row - 1] == opened).unwrap();
        codes[at - 1] = 0;
    });
    assert_fails("an unopened click", RawTables { interactions, ..sound() }, &["browsing.clicks_follow_opens"]);
    let interactions = edited(&tables.interactions, "EVENT_TYPE", |data| {
        codes(data).iter_mut().filter(|code| **code == clicked).step_by(10).for_each(|code| *code = 3);
    });
    assert_fails("fewer clicks", RawTables { interactions, ..sound() }, &["browsing.click_rate.continuous"]);
}
