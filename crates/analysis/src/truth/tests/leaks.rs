//! Columns that carry the future, or nothing where they should carry something: exactly their information check fails.

use super::{RawTables, SOUND, assert_fails, codes, edited, ints, small_ints};
use clv_engine::schema::ColumnType;

fn sound() -> RawTables {
    SOUND.1.clone()
}

/// Rows of the cold-start table from the lowest target to the highest.
fn coldstart_by_target() -> Vec<usize> {
    let table = sound().coldstart.unwrap();
    let target = table.integers("ACTUAL_12M_LTV").unwrap();
    let mut rows: Vec<usize> = (0..table.n_rows()).collect();
    rows.sort_by_key(|row| target[*row]);
    rows
}

/// Profile rows from the lowest spend in the last 365 days to the highest.
fn profile_by_target() -> Vec<usize> {
    let tables = sound();
    let transactions = tables.transactions.unwrap();
    let mut spend = vec![0; tables.profile.unwrap().n_rows()];
    let (ids, days) = (transactions.ids("CUSTOMER_ID").unwrap(), transactions.days("TRANSACTION_DATE").unwrap());
    for (row, cents) in transactions.integers("AMOUNT").unwrap().iter().enumerate() {
        if days[row] > SOUND.0.now.0 - 365 {
            spend[ids[row] as usize - 1] += cents;
        }
    }
    let mut rows: Vec<usize> = (0..spend.len()).collect();
    rows.sort_by_key(|row| spend[*row]);
    rows
}

/// The same values, dealt out in the order of the rows given.
fn dealt<T: Copy + Ord>(values: &mut [T], rows: &[usize]) {
    let mut sorted: Vec<T> = rows.iter().map(|row| values[*row]).collect();
    sorted.sort_unstable();
    rows.iter().zip(sorted).for_each(|(row, value)| values[*row] = value);
}

#[test]
fn a_category_that_carries_the_target_is_caught_although_its_marginal_holds() {
    let rows = profile_by_target();
    for column in ["SEGMENT", "REGION", "AGE_GROUP"] {
        let profile = edited(&sound().profile, column, |data| dealt(codes(data), &rows));
        let id = format!("information.CONTINUOUS_CUSTOMERS_PROFILE.{column}");
        assert_fails(&id, RawTables { profile, ..sound() }, &[id.as_str()]);
    }
    let rows = coldstart_by_target();
    let table = sound().coldstart.unwrap();
    for column in table.schema().columns.iter().filter(|column| matches!(column.kind, ColumnType::Category(_))) {
        let nulls = table.present(&column.name).unwrap();
        let present: Vec<usize> = rows.iter().copied().filter(|row| nulls.is_none_or(|n| n.is_valid(*row))).collect();
        let coldstart = edited(&sound().coldstart, &column.name, |data| dealt(codes(data), &present));
        let id = format!("information.COLDSTART_CUSTOMERS.{}", column.name);
        let mut expected = vec![id.as_str()];
        let breaks_source = column.name.starts_with("ACQUISITION_");
        expected.extend(breaks_source.then_some("marginals.COLDSTART_CUSTOMERS.ACQUISITION_SOURCE"));
        assert_fails(&id, RawTables { coldstart, ..sound() }, &expected);
    }
}

#[test]
fn counts_that_carry_the_target_or_nothing_are_caught() {
    let table = sound().coldstart.unwrap();
    let target = table.integers("ACTUAL_12M_LTV").unwrap();
    for column in ["WEBSITE_VISITS_30D", "ITEMS_VIEWED_30D", "CART_ADDS_30D"] {
        let id = format!("information.COLDSTART_CUSTOMERS.{column}");
        let coldstart = edited(&sound().coldstart, column, |data| ints(data).copy_from_slice(target));
        assert_fails(&id, RawTables { coldstart, ..sound() }, &[id.as_str()]);
        let coldstart = edited(&sound().coldstart, column, |data| ints(data).rotate_left(777));
        assert_fails(&id, RawTables { coldstart, ..sound() }, &[id.as_str()]);
    }
    let coldstart = edited(&sound().coldstart, "FIRST_PURCHASE_AMOUNT", |data| {
        ints(data).iter_mut().zip(target).filter(|(first, _)| **first > 0).for_each(|(first, target)| *first = *target);
    });
    let expected = ["information.COLDSTART_CUSTOMERS.FIRST_PURCHASE_AMOUNT"];
    assert_fails("the first purchase is the year", RawTables { coldstart, ..sound() }, &expected);
    // Both counts of emails by the target: the click rate goes with them.
    let coldstart = edited(&sound().coldstart, "EMAIL_OPENS_30D", |data| ints(data).copy_from_slice(target));
    let coldstart = edited(&coldstart, "EMAIL_CLICKS_30D", |data| ints(data).copy_from_slice(target));
    let expected = [
        "information.COLDSTART_CUSTOMERS.EMAIL_OPENS_30D",
        "information.COLDSTART_CUSTOMERS.EMAIL_CLICKS_30D",
        "browsing.click_rate.coldstart",
    ];
    assert_fails("emails follow the money", RawTables { coldstart, ..sound() }, &expected);
}

#[test]
fn dates_that_carry_the_target_are_caught() {
    let rows = coldstart_by_target();
    let tables = sound();
    let table = tables.coldstart.as_ref().unwrap();
    let days_to = table.integers("DAYS_TO_FIRST_PURCHASE").unwrap().to_vec();
    let nulls = table.present("DAYS_TO_FIRST_PURCHASE").unwrap();
    let buyers: Vec<usize> = rows.iter().copied().filter(|row| nulls.is_none_or(|n| n.is_valid(*row))).collect();

    let mut signup = table.days("SIGNUP_DATE").unwrap().to_vec();
    dealt(&mut signup, &rows);
    let coldstart = edited(&tables.coldstart, "SIGNUP_DATE", |data| small_ints(data).clone_from(&signup));
    let coldstart = edited(&coldstart, "FIRST_PURCHASE_DATE", |data| {
        let dates = small_ints(data);
        buyers.iter().for_each(|&row| dates[row] = signup[row] + days_to[row] as i32);
    });
    let expected =
        ["information.COLDSTART_CUSTOMERS.SIGNUP_DATE", "information.COLDSTART_CUSTOMERS.FIRST_PURCHASE_DATE"];
    assert_fails("sign-ups by value", RawTables { coldstart, ..sound() }, &expected);

    let signup = table.days("SIGNUP_DATE").unwrap();
    let mut days = days_to;
    for (i, &row) in buyers.iter().enumerate() {
        days[row] = (i * 30 / buyers.len()) as i64;
    }
    let coldstart = edited(&tables.coldstart, "DAYS_TO_FIRST_PURCHASE", |data| ints(data).clone_from(&days));
    let coldstart = edited(&coldstart, "FIRST_PURCHASE_DATE", |data| {
        let dates = small_ints(data);
        buyers.iter().for_each(|&row| dates[row] = signup[row] + days[row] as i32);
    });
    let expected = ["information.COLDSTART_CUSTOMERS.DAYS_TO_FIRST_PURCHASE"];
    assert_fails("the day tells the value", RawTables { coldstart, ..sound() }, &expected);

    let by_spend = profile_by_target();
    let profile = edited(&tables.profile, "HISTORY_DAYS", |data| dealt(ints(data), &by_spend));
    let expected = ["information.CONTINUOUS_CUSTOMERS_PROFILE.HISTORY_DAYS", "dates.HISTORY_DAYS"];
    assert_fails("history by value", RawTables { profile, ..sound() }, &expected);
}
