//! How often each level occurs, against the configured weights, and how many rows a customer has. Margins: attributes ± 2
//! percentage points or the binomial error, whichever is wider; event types ± 5 points, or the error of as many independent
//! customers; volumes ± 10 % or their own error.

use super::estimate::{SIGMAS, Sums, binomial_error};
use super::{Check, Examination, Group, Unit, has_documented_rates};
use clv_engine::schema::{levels, tables};
use clv_engine::synth::{
    COLDSTART_MARGINALS, CONTINUOUS_MARGINALS, FIRST_CATEGORY_WEIGHTS, SOURCE_GIVEN_CHANNEL, SynthConfig,
};
use clv_engine::table::{Table, TableError};

const SEGMENT_WEIGHTS: [f64; 5] = [0.15, 0.35, 0.30, 0.12, 0.08];
const EVENT_TYPE_WEIGHTS: [f64; 6] = [0.35, 0.20, 0.10, 0.05, 0.20, 0.10];
const TRANSACTIONS_PER_CUSTOMER: f64 = 10.0;
const INTERACTIONS_PER_CUSTOMER: f64 = 100.0;
const ATTRIBUTE_MARGIN: f64 = 0.02;
const EVENT_MARGIN: f64 = 0.05;
const VOLUME_MARGIN: f64 = 0.10;
/// The normal bound of a share needs some rows.
const MIN_SOURCE_ROWS: f64 = 30.0;
/// A mean of so skewed a number needs some customers.
const MIN_CUSTOMERS: usize = 200;
const WHY_ATTRIBUTES: &str =
    "Who the customers are is configured; every effect of an attribute is weighed with its share.";

/// The level that strays furthest from its weight, in units of its margin.
fn furthest(
    counts: &[f64],
    weights: &[f64],
    names: &[&str],
    margin: impl Fn(f64) -> f64,
) -> Option<(f64, f64, String)> {
    let n: f64 = counts.iter().sum();
    if n == 0.0 {
        return None;
    }
    let off = |level: usize| counts[level] / n - weights[level];
    let strain = |level: usize| off(level).abs() / margin(weights[level]).max(1e-12);
    let level = (0..weights.len().min(counts.len())).max_by(|a, b| strain(*a).total_cmp(&strain(*b)))?;
    let detail = format!(
        "furthest: {}, {:.2} % of {n} rows, configured {:.2} %",
        names.get(level).unwrap_or(&"?"),
        100.0 * counts[level] / n,
        100.0 * weights[level]
    );
    Some((off(level), margin(weights[level]), detail))
}

fn counts(codes: impl Iterator<Item = u8>, n_levels: usize) -> Vec<f64> {
    let mut counts = vec![0.0; n_levels.max(256)];
    codes.for_each(|code| counts[usize::from(code)] += 1.0);
    counts.truncate(n_levels);
    counts
}

fn marginal(
    table: &Table,
    column: &str,
    counts: &[f64],
    weights: &[f64],
    names: &[&str],
    margin: impl Fn(f64) -> f64,
    why: &'static str,
) -> Option<Check> {
    let (measured, margin, detail) = furthest(counts, weights, names, margin)?;
    Some(Check {
        id: format!("marginals.{}.{column}", table.name()),
        group: Group::Marginals,
        statement: format!("The levels of {column} in {} occur as often as configured", table.name()),
        unit: Unit::PercentagePoints,
        measured,
        low: Some(-margin),
        high: Some(margin),
        detail,
        why,
    })
}

/// A marginal whose rows are independent draws.
fn attribute(
    table: &Table,
    column: &str,
    weights: &[f64],
    names: &[&str],
    rows: &[u32],
) -> Result<Option<Check>, TableError> {
    let codes = table.codes(column)?;
    let counts = counts(rows.iter().map(|&row| codes[row as usize]), names.len());
    let n = rows.len() as f64;
    let margin = |weight: f64| ATTRIBUTE_MARGIN.max(SIGMAS * binomial_error(weight, n));
    Ok(marginal(table, column, &counts, weights, names, margin, WHY_ATTRIBUTES))
}

pub(super) fn coldstart(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let (Some(table), Some(config)) = (&exam.tables.coldstart, &exam.config) else { return Ok(()) };
    let all: Vec<u32> = (0..table.n_rows() as u32).collect();
    let signup = table.days(tables::SIGNUP_DATE)?;
    // A change of the market moves channels of later sign-ups.
    let shifted = config.change.paid_social_share > 0.0;
    let change_day = config.change_day().0;
    let (early, late): (Vec<u32>, Vec<u32>) =
        all.iter().partition(|&&row| !shifted || signup[row as usize] < change_day);
    let channels = config.channels.shares();
    let marginals = &COLDSTART_MARGINALS;
    checks.extend(attribute(table, "ACQUISITION_CHANNEL", &channels, levels::ACQUISITION_CHANNEL, &early)?);
    for (column, weights, names) in [
        ("DEVICE_TYPE", &marginals.device[..], levels::DEVICE_TYPE),
        ("AGE_GROUP", &marginals.age_group, levels::AGE_GROUP),
        ("REGION", &marginals.region, levels::REGION),
        ("AREA_TYPE", &marginals.area_type, levels::AREA_TYPE),
    ] {
        checks.extend(attribute(table, column, weights, names, &all)?);
    }
    checks.extend(sources(table, &all)?);
    if shifted && late.len() >= 100 {
        checks.push(channel_shift(table, config, &channels, &late)?);
    }
    let codes = table.codes("FIRST_PURCHASE_CATEGORY")?;
    let present = table.present("FIRST_PURCHASE_CATEGORY")?;
    let buyers: Vec<u32> =
        all.iter().copied().filter(|&row| present.is_none_or(|nulls| nulls.is_valid(row as usize))).collect();
    let names = levels::FIRST_PURCHASE_CATEGORY;
    let found = counts(buyers.iter().map(|&row| codes[row as usize]), names.len());
    let n = buyers.len() as f64;
    let margin = |weight: f64| ATTRIBUTE_MARGIN.max(SIGMAS * binomial_error(weight, n));
    let why = "What people buy first is configured; later purchases follow it.";
    checks.extend(marginal(table, "FIRST_PURCHASE_CATEGORY", &found, &FIRST_CATEGORY_WEIGHTS, names, margin, why));
    Ok(())
}

/// The source given the channel: the pair that strays furthest.
fn sources(table: &Table, rows: &[u32]) -> Result<Option<Check>, TableError> {
    let (channels, sources) = (table.codes("ACQUISITION_CHANNEL")?, table.codes("ACQUISITION_SOURCE")?);
    let mut worst: Option<(f64, f64, String)> = None;
    for (channel, weights) in SOURCE_GIVEN_CHANNEL.iter().enumerate() {
        let own = rows.iter().filter(|&&row| usize::from(channels[row as usize]) == channel);
        let found = counts(own.map(|&row| sources[row as usize]), weights.len());
        let n: f64 = found.iter().sum();
        if n < MIN_SOURCE_ROWS {
            continue;
        }
        let margin = |weight: f64| ATTRIBUTE_MARGIN.max(SIGMAS * binomial_error(weight, n));
        let Some((off, margin, detail)) = furthest(&found, weights, levels::ACQUISITION_SOURCE, margin) else {
            continue;
        };
        if worst.as_ref().is_none_or(|(o, m, _)| off.abs() / margin > o.abs() / m) {
            worst = Some((off, margin, format!("channel {}, {detail}", levels::ACQUISITION_CHANNEL[channel])));
        }
    }
    Ok(worst.map(|(measured, margin, detail)| Check {
        id: "marginals.COLDSTART_CUSTOMERS.ACQUISITION_SOURCE".to_owned(),
        group: Group::Marginals,
        statement: "ACQUISITION_SOURCE follows the channel as configured".to_owned(),
        unit: Unit::PercentagePoints,
        measured,
        low: Some(-margin),
        high: Some(margin),
        detail,
        why: "A source drawn without regard to its channel, as in the reference, would be noise: paid search comes from a search engine.",
    }))
}

/// After the change so many more sign-ups come by social media or paid search.
fn channel_shift(table: &Table, config: &SynthConfig, weights: &[f64], late: &[u32]) -> Result<Check, TableError> {
    let codes = table.codes("ACQUISITION_CHANNEL")?;
    let n_shifted = late.iter().filter(|&&row| [1, 2].contains(&codes[row as usize])).count();
    let share = config.change.paid_social_share;
    let expected = share + (1.0 - share) * (weights[1] + weights[2]);
    let margin = ATTRIBUTE_MARGIN.max(SIGMAS * binomial_error(expected, late.len() as f64));
    Ok(Check {
        id: "marginals.channel_shift".to_owned(),
        group: Group::Marginals,
        statement:
            "After the change of the market, sign-ups come by social media and paid search as often as configured"
                .to_owned(),
        unit: Unit::Share,
        measured: n_shifted as f64 / late.len() as f64,
        low: Some(expected - margin),
        high: Some(expected + margin),
        detail: format!("of {} later sign-ups", late.len()),
        why: "The shift is what a model trained on earlier customers has to survive.",
    })
}

pub(super) fn continuous(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let Some(config) = &exam.config else { return Ok(()) };
    let Some(profile) = &exam.tables.profile else { return Ok(()) };
    let all: Vec<u32> = (0..profile.n_rows() as u32).collect();
    let marginals = &CONTINUOUS_MARGINALS;
    checks.extend(attribute(profile, "AGE_GROUP", &marginals.age_group, levels::AGE_GROUP, &all)?);
    checks.extend(attribute(profile, "REGION", &marginals.region, levels::REGION, &all)?);
    checks.extend(attribute(profile, "SEGMENT", &SEGMENT_WEIGHTS, levels::SEGMENT, &all)?);
    if !has_documented_rates(config) {
        return Ok(());
    }
    let n = profile.n_rows();
    if let Some(table) = &exam.tables.interactions {
        let found = counts(table.codes("EVENT_TYPE")?.iter().copied(), levels::EVENT_TYPE.len());
        // Events of one customer resemble each other: customers are what is independent.
        let margin = |weight: f64| EVENT_MARGIN.max(SIGMAS * binomial_error(weight, n as f64));
        let why = "The mix of events sets how much each kind of engagement can tell.";
        checks.extend(marginal(table, "EVENT_TYPE", &found, &EVENT_TYPE_WEIGHTS, levels::EVENT_TYPE, margin, why));
        checks.extend(volume(exam, table, n, INTERACTIONS_PER_CUSTOMER)?);
    }
    if let Some(table) = &exam.tables.transactions {
        checks.extend(volume(exam, table, n, TRANSACTIONS_PER_CUSTOMER)?);
    }
    Ok(())
}

fn volume(exam: &Examination, table: &Table, n_customers: usize, documented: f64) -> Result<Option<Check>, TableError> {
    let mut of_customer = vec![0.0; n_customers];
    for run in table.ids(tables::CUSTOMER_ID)?.chunk_by(|a, b| a == b) {
        if let Some(row) = exam.profile_ids.row_of(run[0]) {
            of_customer[row] += run.len() as f64;
        }
    }
    let mut sums = Sums::<2>::new();
    of_customer.iter().enumerate().for_each(|(customer, n)| sums.add(customer, [*n, 1.0]));
    let found = sums.estimate(|s| s[0] / s[1]);
    let margin = (VOLUME_MARGIN * documented).max(SIGMAS * found.error);
    Ok((n_customers >= MIN_CUSTOMERS).then(|| Check {
        id: format!("volumes.{}", table.name()),
        group: Group::Volumes,
        statement: format!("A customer has about {documented} rows in {}", table.name()),
        unit: Unit::Events,
        measured: found.value,
        low: Some(documented - margin),
        high: Some(documented + margin),
        detail: format!("{} rows of {n_customers} customers", table.n_rows()),
        why: "The documented size: 500,000 purchases and 5,000,000 interactions of 50,000 customers, ± 10 %.",
    }))
}
