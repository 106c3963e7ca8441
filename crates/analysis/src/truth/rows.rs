//! Rules for single rows: keys, links, dates, amounts, the consistency of a cold-start row. The range is always no violation.

use super::{Check, Examination, Group, ONBOARDING_DAYS, Unit};
use crate::profile::distinct_ids;
use clv_engine::schema::tables;
use clv_engine::table::{Table, TableError};

/// No generated amount is lower.
const MIN_AMOUNT_CENTS: i64 = 500;
/// Days of a cold-start customer that the target covers.
const TARGET_DAYS: i32 = 365;

fn rule(id: &str, group: Group, statement: &str, n_violations: usize, of: String, why: &'static str) -> Check {
    Check {
        id: id.to_owned(),
        group,
        statement: statement.to_owned(),
        unit: Unit::Violations,
        measured: n_violations as f64,
        low: Some(0.0),
        high: Some(0.0),
        detail: of,
        why,
    }
}

fn of_rows(table: &Table) -> String {
    format!("of {} rows", table.n_rows())
}

/// Rows that do not come after the row before them, by customer and day.
pub(super) fn n_out_of_order(ids: &[i32], days: &[i32]) -> usize {
    ids.windows(2).zip(days.windows(2)).filter(|(id, day)| (id[1], day[1]) < (id[0], day[0])).count()
}

pub(super) fn keys(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let tables = &exam.tables;
    for (table, key, why) in [
        (&tables.coldstart, tables::CUSTOMER_ID, "A customer that stands twice is learned and tested on at once."),
        (&tables.staging, tables::CUSTOMER_ID, "A customer that stands twice gets two predictions."),
        (&tables.profile, tables::CUSTOMER_ID, "Every join multiplies the rows of a customer that stands twice."),
        (&tables.transactions, "TRANSACTION_ID", "A purchase that stands twice counts twice in every sum of money."),
        (&tables.interactions, "INTERACTION_ID", "An interaction that stands twice counts twice in every rate."),
    ] {
        let Some(table) = table else { continue };
        let n_repeated = table.n_rows() - distinct_ids(table.ids(key)?) as usize;
        let statement = format!("{key} is different in every row of {}", table.name());
        checks.push(rule(&format!("keys.{}", table.name()), Group::Keys, &statement, n_repeated, of_rows(table), why));
    }
    for (table, day) in [(&tables.transactions, "TRANSACTION_DATE"), (&tables.interactions, "EVENT_DATE")] {
        let Some(table) = table else { continue };
        let n = n_out_of_order(table.ids(tables::CUSTOMER_ID)?, table.days(day)?);
        checks.push(rule(
            &format!("order.{}", table.name()),
            Group::Keys,
            &format!("Rows of {} stand in the order of customer and day", table.name()),
            n,
            of_rows(table),
            "A customer’s history up to a day is one slice of rows only while they are in order.",
        ));
    }
    Ok(())
}

pub(super) fn links(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let tables = &exam.tables;
    if let Some(profile) = &tables.profile {
        for table in [&tables.transactions, &tables.interactions].into_iter().flatten() {
            let ids = table.ids(tables::CUSTOMER_ID)?;
            let runs = ids.chunk_by(|a, b| a == b);
            let n_lost: usize = runs.filter(|run| exam.profile_ids.row_of(run[0]).is_none()).map(<[i32]>::len).sum();
            let statement = format!("Every CUSTOMER_ID of {} exists in {}", table.name(), profile.name());
            let why = "An event without a customer would be lost in every feature without a word.";
            checks.push(rule(&format!("links.{}", table.name()), Group::Keys, &statement, n_lost, of_rows(table), why));
        }
        let others = [&tables.coldstart, &tables.staging];
        let mut n_shared = 0;
        for table in others.into_iter().flatten() {
            n_shared +=
                table.ids(tables::CUSTOMER_ID)?.iter().filter(|id| exam.profile_ids.row_of(**id).is_some()).count();
        }
        if tables.coldstart.is_some() {
            checks.push(rule(
                "links.populations",
                Group::Keys,
                "No customer belongs to both scenarios",
                n_shared,
                format!("of {} established customers", profile.n_rows()),
                "The two models answer for different people; a shared id would mix two lives.",
            ));
        }
    }
    Ok(())
}

pub(super) fn dates(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let now = exam.now.0;
    if let Some(profile) = &exam.tables.profile {
        let signup = profile.days(tables::SIGNUP_DATE)?;
        for (table, column) in
            [(&exam.tables.transactions, "TRANSACTION_DATE"), (&exam.tables.interactions, "EVENT_DATE")]
        {
            let Some(table) = table else { continue };
            let days = table.days(column)?;
            let (mut n_outside, mut begin) = (0, 0);
            for run in table.ids(tables::CUSTOMER_ID)?.chunk_by(|a, b| a == b) {
                let end = begin + run.len();
                // A row without a customer has no sign-up to come before; `links` counts it.
                let from = exam.profile_ids.row_of(run[0]).map_or(i32::MIN, |row| signup[row]);
                n_outside += days[begin..end].iter().filter(|day| !(from..=now).contains(*day)).count();
                begin = end;
            }
            checks.push(rule(
                &format!("dates.{}", table.name()),
                Group::Dates,
                &format!("Every row of {} lies between its customer’s sign-up and {}", table.name(), exam.now),
                n_outside,
                of_rows(table),
                "An event outside the customer’s life belongs to somebody else, or to the future.",
            ));
        }
        let history = profile.integers("HISTORY_DAYS")?;
        let n_wrong = signup.iter().zip(history).filter(|(day, history)| i64::from(now - **day) != **history).count();
        checks.push(rule(
            "dates.HISTORY_DAYS",
            Group::Dates,
            "HISTORY_DAYS is the number of days from sign-up to now",
            n_wrong,
            of_rows(profile),
            "Length of history and sign-up date must not tell two different stories.",
        ));
    }
    if let (Some(table), Some(_)) = (&exam.tables.coldstart, &exam.config) {
        let last = now - TARGET_DAYS;
        let n_late = table.days(tables::SIGNUP_DATE)?.iter().filter(|day| **day > last).count();
        checks.push(rule(
            "dates.target_complete",
            Group::Dates,
            "Every cold-start customer’s 365 days of spend end by now",
            n_late,
            of_rows(table),
            "A target that is still growing teaches the model that new customers are worth less.",
        ));
    }
    Ok(())
}

pub(super) fn amounts(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let Some(table) = &exam.tables.transactions else { return Ok(()) };
    let (least, statement) = match exam.config {
        Some(_) => (MIN_AMOUNT_CENTS, "Every AMOUNT is a whole number of cents and at least $5.00"),
        None => (1, "Every AMOUNT is a whole number of cents and above zero"),
    };
    let n_low = table.integers("AMOUNT")?.iter().filter(|cents| **cents < least).count();
    let why = "Sums of money are exact only in whole cents, and a refund would need a column of its own.";
    checks.push(rule("amounts.AMOUNT", Group::Amounts, statement, n_low, of_rows(table), why));
    let n_empty = table.integers("QUANTITY")?.iter().filter(|quantity| **quantity < 1).count();
    checks.push(rule(
        "amounts.QUANTITY",
        Group::Amounts,
        "Every purchase holds at least one item",
        n_empty,
        of_rows(table),
        "A purchase of nothing would count in frequency and mean nothing.",
    ));
    Ok(())
}

pub(super) fn coldstart(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let all = [&exam.tables.coldstart, &exam.tables.staging].into_iter().flatten();
    let (mut n_rows, mut n_mixed, mut n_misdated, mut n_clicks) = (0, 0, 0, 0);
    for table in all {
        let has = |column: &str| -> Result<Vec<bool>, TableError> {
            let nulls = table.present(column)?;
            Ok((0..table.n_rows()).map(|row| nulls.is_none_or(|nulls| nulls.is_valid(row))).collect())
        };
        let (with_days, with_date) = (has("DAYS_TO_FIRST_PURCHASE")?, has("FIRST_PURCHASE_DATE")?);
        let with_category = has("FIRST_PURCHASE_CATEGORY")?;
        let (days, dates) = (table.integers("DAYS_TO_FIRST_PURCHASE")?, table.days("FIRST_PURCHASE_DATE")?);
        let (signup, amount) = (table.days(tables::SIGNUP_DATE)?, table.integers("FIRST_PURCHASE_AMOUNT")?);
        let (opens, clicks) = (table.integers("EMAIL_OPENS_30D")?, table.integers("EMAIL_CLICKS_30D")?);
        for row in 0..table.n_rows() {
            let bought = with_days[row];
            let agree = with_date[row] == bought && with_category[row] == bought && (amount[row] > 0) == bought;
            n_mixed += usize::from(!agree);
            let is_dated = i64::from(dates[row]) == i64::from(signup[row]) + days[row]
                && (0..i64::from(ONBOARDING_DAYS)).contains(&days[row]);
            n_misdated += usize::from(bought && with_date[row] && !is_dated);
            n_clicks += usize::from(clicks[row] > opens[row]);
        }
        n_rows += table.n_rows();
    }
    if exam.tables.coldstart.is_none() && exam.tables.staging.is_none() {
        return Ok(());
    }
    let of = format!("of {n_rows} rows, staging included");
    let mut push = |id: &str, statement: &str, n: usize, of: String, why| {
        checks.push(rule(&format!("coldstart.{id}"), Group::ColdStart, statement, n, of, why));
    };
    push(
        "first_purchase",
        "Days, date, amount and category of the first purchase are all there or all absent",
        n_mixed,
        of.clone(),
        "Half a first purchase would be a buyer to one feature and none to another.",
    );
    push(
        "first_date",
        "The first purchase comes 0 to 29 days after sign-up, as DAYS_TO_FIRST_PURCHASE says",
        n_misdated,
        of.clone(),
        "A first purchase after day 30 would be the future in the disguise of a feature.",
    );
    push(
        "clicks",
        "No new customer clicked more emails than they opened",
        n_clicks,
        of,
        "A click is an opened email; click rates above one would follow.",
    );
    if let Some(table) = &exam.tables.coldstart {
        let target = table.integers(tables::ACTUAL_12M_LTV)?.iter();
        let n_less =
            target.zip(table.integers("FIRST_PURCHASE_AMOUNT")?).filter(|(target, first)| target < first).count();
        push(
            "target",
            "12-month spend is at least the first purchase",
            n_less,
            of_rows(table),
            "The first purchase lies within the 12 months: less would mean two different lives.",
        );
    }
    Ok(())
}
