//! How customers buy: conversion, the rate of repeat purchases and its inequality, gaps, amounts, concentration of spend. All from
//! visible purchases; a customer with a purchase in the first 30 days is a converter.
//!
//! | check | expected value | margin beside sampling error |
//! |---|---|---|
//! | conversion | π | 2 points, downwards more when π is high: probabilities are capped at .98 |
//! | rate | purchases a year, per day of exposure ∫ s(t) S(t) dt over 90 days after the first purchase | −12 … +12 %: channels that convert better also buy more; tickets take some away |
//! | inequality | cv² of rates: at least 1/r of the gamma; at most (1 + 1/r)(1 + cv² of channels and of active days) − 1 | ± 10 % |
//! | gaps | within a customer, cv² of a Poisson process = 1, stretched by the season to 2 E\[1/s\] − 1 | −.06, +.08 |
//! | amount | mean spend, at least $5 | −4, +5 % |
//!
//! S(t) = (1 + h t/s)⁻ˢ is the share of customers still active after t days when hazards are gamma with mean h and shape s.

use super::estimate::{SIGMAS, Sums, binomial_error};
use super::{
    Check, Continuous, Examination, Group, ONBOARDING_DAYS, Unit, has_documented_channels, has_documented_rates,
};
use crate::profile::{concentration, spend_of_customers};
use clv_engine::order;
use clv_engine::schema::{Day, tables};
use clv_engine::synth::{ProcessRates, ScenarioRates, Season, SynthConfig};
use clv_engine::table::TableError;

const DAYS_PER_YEAR: f64 = 365.0;
/// Days after the first purchase in which repeat purchases are counted.
const WINDOW_DAYS: i32 = 90;
/// Fewer customers or purchases answer nothing.
const MIN_CUSTOMERS: usize = 50;
const MIN_PURCHASES: f64 = 200.0;
/// Gaps that a customer must have for a variance of them.
const MIN_GAPS: usize = 9;
/// cv² of the channels' factors on the rate, about.
const CHANNEL_CV2: f64 = 0.06;

/// S(t): the share of customers active t days after they began.
pub(super) fn survival(process: &ProcessRates, days: f64) -> f64 {
    let hazard = process.dropouts_per_year / DAYS_PER_YEAR;
    libm::pow(1.0 + hazard * days / process.dropout_shape, -process.dropout_shape)
}

/// The hazard that support tickets add, for a buyer of average rate.
pub(super) fn ticket_hazard(config: &SynthConfig, scenario: &ScenarioRates) -> f64 {
    let per_day =
        scenario.tickets_per_30d / 30.0 + scenario.tickets_per_purchase * scenario.purchases_per_year / DAYS_PER_YEAR;
    config.process.ticket_dropout_probability * per_day
}

/// True when most customers leave over a ticket within months: the short formulas hold for lives that drop-out ends.
pub(super) fn tickets_drive_out(config: &SynthConfig) -> bool {
    ticket_hazard(config, &config.continuous) > 0.005
}

pub(super) fn conversion(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let Some(config) = exam.config.as_ref().filter(|config| has_documented_channels(config)) else { return Ok(()) };
    let mut push = |id: &str, table: &str, n: usize, n_buyers: usize, expected: f64| {
        if n < MIN_CUSTOMERS {
            return;
        }
        let margin = 0.02 + SIGMAS * binomial_error(expected, n as f64);
        checks.push(Check {
            id: format!("purchases.conversion.{id}"),
            group: Group::Purchases,
            statement: format!("As many customers of {table} buy within 30 days of sign-up as configured"),
            unit: Unit::Share,
            measured: n_buyers as f64 / n as f64,
            // High probabilities of some attributes are cut at .98.
            low: Some(expected - margin - 0.2 * (expected - 0.65).max(0.0)),
            high: Some(expected + margin),
            detail: format!("{n_buyers} of {n} customers"),
            why: "Customers who never buy are the crux of customer value: they must be there, and not too many.",
        });
    };
    let last_signup = exam.quiet_until(config) - ONBOARDING_DAYS;
    if let Some(table) = &exam.tables.coldstart {
        let signup = table.days(tables::SIGNUP_DATE)?.iter();
        let rows = signup.zip(table.integers("FIRST_PURCHASE_AMOUNT")?).filter(|(day, _)| **day <= last_signup);
        let n_buyers = rows.clone().filter(|(_, cents)| **cents > 0).count();
        push("coldstart", table.name(), rows.count(), n_buyers, config.coldstart.conversion_probability);
    }
    if let (Some(data), Some(table)) = (exam.continuous()?, &exam.tables.profile) {
        let customers = (0..data.n_customers).filter(|customer| data.signup[*customer] <= last_signup);
        let n_buyers = customers.clone().filter(|customer| data.first_of_converter(*customer).is_some()).count();
        push("continuous", table.name(), customers.count(), n_buyers, config.continuous.conversion_probability);
    }
    Ok(())
}

pub(super) fn repeat(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let (Some(config), Some(data)) = (&exam.config, exam.continuous()?) else { return Ok(()) };
    rates(exam, config, &data, checks);
    gaps(exam, config, &data, checks);
    Ok(())
}

fn rates(exam: &Examination, config: &SynthConfig, data: &Continuous, checks: &mut Vec<Check>) {
    let first_day = data.signup.iter().min().copied().unwrap_or(exam.now.0);
    let season = Season::new(config, Day(first_day), exam.now);
    let last_begin = exam.quiet_until(config) - WINDOW_DAYS;
    let still_active: Vec<f64> = (1..=WINDOW_DAYS).map(|day| survival(&config.process, f64::from(day))).collect();
    // Purchases x, exposure d, x (x − 1), d², customers.
    let mut sums = Sums::<5>::new();
    for customer in 0..data.n_customers {
        let Some(first) = data.first_of_converter(customer).filter(|first| *first <= last_begin) else { continue };
        let days = data.days_of(customer);
        let x = days.iter().filter(|day| (first + 1..=first + WINDOW_DAYS).contains(*day)).count() as f64;
        let d: f64 = still_active.iter().zip(first + 1..).map(|(active, day)| active * season.factor(day)).sum();
        sums.add(customer, [x, d, x * (x - 1.0), d * d, 1.0]);
    }
    let [n_purchases, .., n_customers] = sums.total();
    if n_purchases < MIN_PURCHASES || tickets_drive_out(config) {
        return;
    }
    let rate = sums.estimate(|s| s[0] / s[1] * DAYS_PER_YEAR);
    let configured = config.continuous.purchases_per_year;
    // Half of the tickets of 90 days have come by the middle of the window; frequent buyers have more of them.
    let lost = f64::from(WINDOW_DAYS) / 2.0
        * ticket_hazard(config, &config.continuous)
        * (2.0 + 1.0 / config.process.rate_shape);
    let rate_check = Check {
        id: "purchases.rate".to_owned(),
        group: Group::Purchases,
        statement: "Active converters buy again as often as configured".to_owned(),
        unit: Unit::Events,
        measured: rate.value,
        low: Some(configured * 0.88 * (1.0 - lost).max(0.0) - SIGMAS * rate.error),
        high: Some(configured * 1.12 + SIGMAS * rate.error),
        detail: format!(
            "purchases a year, from {n_purchases} repeat purchases of {n_customers} customers in the 90 days after the first one; season and drop-out taken out"
        ),
        why: "The rate of buying while active is what a model of customer value estimates first.",
    };
    if has_documented_channels(config) {
        checks.push(rate_check);
    }
    let inequality = sums.estimate(|s| s[2] / s[3] / (s[0] / s[1] * s[0] / s[1]) - 1.0);
    let gamma = 1.0 / config.process.rate_shape;
    let most = (1.0 + gamma) * (1.0 + CHANNEL_CV2) * (1.0 + active_days_cv2(&config.process)) - 1.0;
    checks.push(Check {
        id: "purchases.inequality".to_owned(),
        group: Group::Purchases,
        statement: "Customers differ in their rate of buying: counts scatter more than by chance".to_owned(),
        unit: Unit::Ratio,
        measured: inequality.value,
        low: Some(0.9 * gamma - SIGMAS * inequality.error),
        high: Some(1.1 * most + 0.05 + SIGMAS * inequality.error),
        detail: "squared coefficient of variation of the rates behind the counts; 0 = everybody alike, pure Poisson"
            .to_owned(),
        why: "Without differences between customers there is nothing to predict but chance.",
    });
}

/// cv² of min(τ, 90), τ = days until drop-out.
fn active_days_cv2(process: &ProcessRates) -> f64 {
    let (mut first, mut second) = (0.0, 0.0);
    for day in 0..WINDOW_DAYS {
        let t = f64::from(day) + 0.5;
        first += survival(process, t);
        second += 2.0 * t * survival(process, t);
    }
    second / (first * first) - 1.0
}

fn gaps(exam: &Examination, config: &SynthConfig, data: &Continuous, checks: &mut Vec<Check>) {
    let until = exam.quiet_until(config);
    let mut sums = Sums::<2>::new();
    let mut all_gaps = Vec::new();
    for customer in 0..data.n_customers {
        let days = data.days_of(customer);
        let days = &days[..days.partition_point(|day| *day <= until)];
        let gaps = days.windows(2).map(|pair| f64::from(pair[1] - pair[0]));
        all_gaps.extend(gaps.clone());
        let n = days.len().saturating_sub(1);
        let span = days.last().zip(days.first()).map_or(0.0, |(last, first)| f64::from(last - first));
        if n < MIN_GAPS || span <= 0.0 {
            continue;
        }
        let mean = span / n as f64;
        let squares: f64 = gaps.map(|gap| (gap - mean) * (gap - mean)).sum();
        // n / (n + 1) is the expected value for n exponential gaps.
        let cv2 = squares / (n as f64 - 1.0) / (mean * mean) * (n as f64 + 1.0) / n as f64;
        sums.add(customer, [cv2, 1.0]);
    }
    let [_, n_customers] = sums.total();
    if n_customers < MIN_CUSTOMERS as f64 {
        return;
    }
    order::sort_numbers(&mut all_gaps);
    let found = sums.estimate(|s| s[0] / s[1]);
    checks.push(Check {
        id: "purchases.gaps".to_owned(),
        group: Group::Purchases,
        statement: "A customer’s days between purchases vary as at random, neither like clockwork nor in bursts".to_owned(),
        unit: Unit::Ratio,
        measured: found.value,
        low: Some(0.94 - SIGMAS * found.error),
        high: Some(slow_season_cv2(config) + 0.08 + SIGMAS * found.error),
        detail: format!(
            "variance over squared mean of a customer’s gaps, mean of {n_customers} customers with ten purchases and more; the median gap of all is {} days",
            all_gaps[all_gaps.len() / 2]
        ),
        why: "Models of the buy-till-you-die family assume it, and the reference’s mixed-up dates break it.",
    });
}

/// 2 E\[1/s\] − 1 over a year, s smoothed over a week: gaps are longer than the ups and downs of a week.
fn slow_season_cv2(config: &SynthConfig) -> f64 {
    // A year without a change of the market.
    let first = config.change_day().plus(-372);
    let season = Season::new(config, first, first.plus(371));
    let week = |day: i32| (0..7).map(|i| season.factor(first.0 + day + i)).sum::<f64>() / 7.0;
    2.0 * (0..365).map(|day| 1.0 / week(day).max(1e-6)).sum::<f64>() / 365.0 - 1.0
}

/// E\[max(x, 5)\] for amounts x ~ gamma(2) around means that differ between customers.
fn mean_amount(mean_usd: f64) -> f64 {
    let at = |mean: f64| 5.0 + (5.0 + mean) * libm::exp(-10.0 / mean);
    (at(0.5 * mean_usd) + at(mean_usd) + at(1.5 * mean_usd)) / 3.0
}

pub(super) fn spend(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let (Some(config), Some(data)) = (&exam.config, exam.continuous()?) else { return Ok(()) };
    let until = exam.quiet_until(config);
    let mut sums = Sums::<2>::new();
    for customer in 0..data.n_customers {
        let rows = data.repeats_of(customer);
        let n = data.purchase_day[rows.clone()].partition_point(|day| *day <= until);
        let cents: i64 = data.amount[rows.start..rows.start + n].iter().sum();
        sums.add(customer, [cents as f64 / 100.0, n as f64]);
    }
    if sums.total()[1] >= MIN_PURCHASES {
        let found = sums.estimate(|s| s[0] / s[1]);
        let configured = config.process.mean_spend_usd;
        checks.push(Check {
            id: "amounts.mean".to_owned(),
            group: Group::Amounts,
            statement: "A repeat purchase is worth on average what is configured".to_owned(),
            unit: Unit::Dollars,
            measured: found.value,
            low: Some(0.96 * configured - SIGMAS * found.error),
            high: Some(1.05 * mean_amount(configured) + SIGMAS * found.error),
            detail: format!("{} repeat purchases", sums.total()[1]),
            why: "Spend per purchase is the second half of customer value.",
        });
    }
    let (Some(profile), Some(transactions)) = (&exam.tables.profile, &exam.tables.transactions) else { return Ok(()) };
    if has_documented_rates(config) && config.process.mean_spend_usd >= 20.0 && profile.n_rows() >= 4 * MIN_CUSTOMERS {
        let spend = spend_of_customers(&exam.profile_ids, profile.n_rows(), transactions)?;
        let found = concentration(&spend);
        let share = found.held_by_top.get(20).copied().unwrap_or(f64::NAN);
        // Customers in the top fifth, each group left out in turn, would be costly: the error falls with the square root of their number.
        let error = PARETO_SCATTER / (profile.n_rows() as f64).sqrt();
        checks.push(Check {
            id: "purchases.pareto".to_owned(),
            group: Group::Purchases,
            statement: "The top fifth of customers hold most of the spend".to_owned(),
            unit: Unit::Share,
            measured: share,
            low: Some(PARETO_SHARE - PARETO_MARGIN - SIGMAS * error),
            high: Some(PARETO_SHARE + PARETO_MARGIN + SIGMAS * error),
            detail: format!(
                "Gini coefficient {:.2}; {:.0} % of {} customers spent nothing",
                found.gini,
                100.0 * found.zero_share,
                found.n_customers
            ),
            why: "A few customers carry a shop; a model is worth its price when it finds them.",
        });
    }
    Ok(())
}

/// Share of the top fifth at the documented rates, how far it may stray, and its standard error times the root of the number of
/// customers.
const PARETO_SHARE: f64 = 0.735;
const PARETO_MARGIN: f64 = 0.03;
const PARETO_SCATTER: f64 = 0.4;
