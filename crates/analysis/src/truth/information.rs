//! What each visible column tells about the 12 months of spend: mutual information as a share of the target's entropy.
//!
//! The target falls into six classes (nothing, and fifths of the positive amounts), a number into at most eight ranges of equal
//! counts; a null is a level of its own. Plug-in mutual information is too high by (r − 1)(c − 1) / 2n on average (Miller & Madow
//! 1955), which is taken off; what mere chance gives beyond has a chi-square law (2n I ~ χ²), which sets the noise bound.
//!
//! | column | expected |
//! |---|---|
//! | REGION, both | nothing: within the noise |
//! | SEGMENT | at most −½ ln(1 − ρ²), ρ the label's correlation: it hears of the future only through a score of that correlation (data-processing inequality); at full size also above the noise |
//! | other attributes, sign-up date | a little at most |
//! | behaviour of the first 30 days | something, but by far not all |
//!
//! The continuous target here is the spend of the 365 days up to NOW, of customers who signed up at least 90 days before.

use super::estimate::{SIGMAS, chi_square_quantile};
use super::{Check, Examination, Group, Unit, has_documented_rates};
use clv_engine::schema::{ColumnType, tables};
use clv_engine::table::{Table, TableError};

const N_TARGET_CLASSES: usize = 6;
const N_RANGES: usize = 8;
const TARGET_DAYS: i32 = 365;
const MIN_HISTORY_DAYS: i32 = 90;
const MIN_ROWS: usize = 200;
/// Most that an attribute, and that the first 30 days may tell, as shares of the target's entropy.
const MOST_OF_ATTRIBUTE: f64 = 0.03;
const MOST_OF_BEHAVIOUR: f64 = 0.45;
/// Least of its bound that SEGMENT must carry to be the noisy label that is configured, and not mere noise.
const LEAST_OF_LABEL: f64 = 0.05;

/// Mutual information in nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Information {
    /// Bias taken off; may be a little below 0.
    pub corrected: f64,
    /// What chance gives above the corrected value's mean of 0 in one of tens of thousands of data sets.
    pub noise: f64,
    /// Standard error around a true value of `at`: √(2k + 8 n · at) / 2n, k degrees of freedom.
    degrees: f64,
    n: f64,
    pub entropy: f64,
}

impl Information {
    pub fn of(x: &[u8], y: &[u8]) -> Self {
        let mut table = vec![[0.0_f64; N_TARGET_CLASSES]; 256];
        x.iter().zip(y).for_each(|(x, y)| table[usize::from(*x)][usize::from(*y)] += 1.0);
        let n = x.len() as f64;
        let rows: Vec<f64> = table.iter().map(|row| row.iter().sum()).collect();
        let columns: Vec<f64> = (0..N_TARGET_CLASSES).map(|c| table.iter().map(|row| row[c]).sum()).collect();
        let mut plug_in = 0.0;
        for (row, of_row) in table.iter().zip(&rows) {
            for (count, of_column) in row.iter().zip(&columns).filter(|(count, _)| **count > 0.0) {
                plug_in += count / n * libm::log(count * n / (of_row * of_column));
            }
        }
        let n_seen = |sums: &[f64]| sums.iter().filter(|sum| **sum > 0.0).count().max(1) as f64;
        let degrees = (n_seen(&rows) - 1.0) * (n_seen(&columns) - 1.0);
        let shares = columns.iter().map(|count| count / n).filter(|share| *share > 0.0);
        Self {
            corrected: plug_in - degrees / (2.0 * n),
            noise: (chi_square_quantile(degrees, SIGMAS) - degrees) / (2.0 * n),
            degrees,
            n,
            entropy: shares.map(|share| -share * libm::log(share)).sum(),
        }
    }

    fn error_at(&self, nats: f64) -> f64 {
        (2.0 * self.degrees + 8.0 * self.n * nats).sqrt() / (2.0 * self.n)
    }

    fn share(&self, nats: f64) -> f64 {
        nats / self.entropy.max(1e-9)
    }
}

/// Class 0 = nothing spent, 1 … 5 = fifths of those who spent.
fn target_classes(cents: &[i64]) -> Vec<u8> {
    let mut positive: Vec<i64> = cents.iter().copied().filter(|cents| *cents > 0).collect();
    positive.sort_unstable();
    let n_fifths = N_TARGET_CLASSES - 1;
    let edges: Vec<i64> = (1..n_fifths).filter_map(|i| positive.get(i * positive.len() / n_fifths).copied()).collect();
    let class = |cents: i64| if cents <= 0 { 0 } else { 1 + edges.iter().filter(|edge| cents >= **edge).count() as u8 };
    cents.iter().map(|cents| class(*cents)).collect()
}

/// Levels of a column at some rows: codes, or ranges of about equal counts, each with its upper end, so that a value that very many
/// rows share, such as 0, has a range of its own; 255 = null.
fn levels(table: &Table, column: &str, rows: &[u32]) -> Result<Vec<u8>, TableError> {
    let kind = table.schema().column(column).map(|column| &column.kind);
    let mut found: Vec<u8> = match kind {
        Some(ColumnType::Category(_)) => {
            let codes = table.codes(column)?;
            rows.iter().map(|&row| codes[row as usize]).collect()
        }
        Some(ColumnType::Day) => {
            let days = table.days(column)?;
            ranges(rows.iter().map(|&row| i64::from(days[row as usize])).collect())
        }
        _ => {
            let values = table.integers(column)?;
            ranges(rows.iter().map(|&row| values[row as usize]).collect())
        }
    };
    if let Some(nulls) = table.present(column)? {
        for (level, _) in found.iter_mut().zip(rows).filter(|(_, row)| nulls.is_null(**row as usize)) {
            *level = u8::MAX;
        }
    }
    Ok(found)
}

fn ranges(values: Vec<i64>) -> Vec<u8> {
    let mut sorted = values.clone();
    sorted.sort_unstable();
    let mut edges: Vec<i64> = (1..N_RANGES).filter_map(|i| sorted.get(i * sorted.len() / N_RANGES).copied()).collect();
    edges.dedup();
    values.iter().map(|value| edges.iter().filter(|edge| value > *edge).count() as u8).collect()
}

enum Expected {
    Nothing,
    Label { correlation: f64 },
    AtMost(f64),
    Between(f64),
}

fn check(table: &Table, column: &str, rows: &[u32], classes: &[u8], expected: &Expected) -> Result<Check, TableError> {
    let found = Information::of(&levels(table, column, rows)?, classes);
    let (statement, low, high, why) = match expected {
        Expected::Nothing => (
            "tells nothing about the 12 months of spend",
            None,
            found.noise,
            "Nothing in the process depends on it: whatever it told would be a fault of the generator, or a leak.",
        ),
        Expected::Label { correlation } => {
            let most = -0.5 * libm::log1p(-correlation * correlation);
            let least = LEAST_OF_LABEL * most - SIGMAS * found.error_at(LEAST_OF_LABEL * most);
            (
                "hears a little of the 12 months of spend and does not carry it",
                Some(least),
                most + SIGMAS * found.error_at(most) + found.noise * f64::from(u8::from(most == 0.0)),
                "The reference’s SEGMENT was the generator’s hidden state: a model that reads it predicts what it was told.",
            )
        }
        Expected::AtMost(share) => (
            "tells a little about the 12 months of spend at most",
            None,
            share * found.entropy + found.noise,
            "An attribute shifts averages; one that settled what a single customer spends would be a leak.",
        ),
        Expected::Between(share) => (
            "tells something about the 12 months of spend, but far from all",
            Some(found.noise),
            share * found.entropy + found.noise,
            "The first 30 days must be worth learning from, and must leave something to predict.",
        ),
    };
    let per_nat = found.share(1.0);
    Ok(Check {
        id: format!("information.{}.{column}", table.name()),
        group: Group::Information,
        statement: format!("{column} of {} {statement}", table.name()),
        unit: Unit::Share,
        measured: found.corrected * per_nat,
        low: low.map(|nats| nats * per_nat),
        high: Some(high * per_nat),
        detail: format!(
            "of the target’s entropy: {:.4} of {:.2} bits, {} customers; chance alone reaches {:.4} bits",
            found.corrected * core::f64::consts::LOG2_E,
            found.entropy * core::f64::consts::LOG2_E,
            rows.len(),
            found.noise * core::f64::consts::LOG2_E
        ),
        why,
    })
}

pub(super) fn coldstart(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let (Some(table), Some(config)) = (&exam.tables.coldstart, &exam.config) else { return Ok(()) };
    if table.n_rows() < MIN_ROWS {
        return Ok(());
    }
    let rows: Vec<u32> = (0..table.n_rows() as u32).collect();
    let classes = target_classes(table.integers(tables::ACTUAL_12M_LTV)?);
    for column in &table.schema().columns {
        let expected = match (column.name.as_str(), &column.kind) {
            (tables::CUSTOMER_ID | tables::ACTUAL_12M_LTV, _) => continue,
            ("REGION", _) => Expected::Nothing,
            ("FIRST_PURCHASE_CATEGORY", _) => Expected::Between(MOST_OF_BEHAVIOUR),
            (tables::SIGNUP_DATE, _) | (_, ColumnType::Category(_)) => Expected::AtMost(MOST_OF_ATTRIBUTE),
            _ => Expected::Between(MOST_OF_BEHAVIOUR),
        };
        let needs_documented_rates = !matches!(expected, Expected::Nothing);
        if needs_documented_rates && !has_documented_rates(config) {
            continue;
        }
        checks.push(check(table, &column.name, &rows, &classes, &expected)?);
    }
    Ok(())
}

pub(super) fn continuous(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let (Some(config), Some(data), Some(profile)) = (&exam.config, exam.continuous()?, &exam.tables.profile) else {
        return Ok(());
    };
    let begin = exam.now.0 - TARGET_DAYS;
    let is_observed = |row: &u32| data.signup[*row as usize] <= begin - MIN_HISTORY_DAYS;
    let rows: Vec<u32> = (0..data.n_customers as u32).filter(is_observed).collect();
    if rows.len() < MIN_ROWS {
        return Ok(());
    }
    let spend = |row: &u32| -> i64 {
        let own = data.purchases_of[*row as usize].clone();
        let before = data.purchase_day[own.clone()].partition_point(|day| *day <= begin);
        data.amount[own.start + before..own.end].iter().sum()
    };
    let classes = target_classes(&rows.iter().map(spend).collect::<Vec<_>>());
    let correlation = config.process.label_correlation;
    for (column, expected) in [
        ("REGION", Expected::Nothing),
        ("SEGMENT", Expected::Label { correlation }),
        ("AGE_GROUP", Expected::AtMost(MOST_OF_ATTRIBUTE)),
        (tables::SIGNUP_DATE, Expected::AtMost(MOST_OF_ATTRIBUTE)),
        ("HISTORY_DAYS", Expected::AtMost(MOST_OF_ATTRIBUTE)),
    ] {
        if matches!(expected, Expected::AtMost(_)) && !has_documented_rates(config) {
            continue;
        }
        checks.push(check(profile, column, &rows, &classes, &expected)?);
    }
    Ok(())
}
