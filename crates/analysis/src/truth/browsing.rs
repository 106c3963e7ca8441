//! What customers do besides buying: emails, the visits, views and cart adds that lead to a purchase, and browsing that fades before
//! a customer leaves, as far as visible events show it.
//!
//! | check | expected value | margin beside sampling error |
//! |---|---|---|
//! | clicks | P(click given open) | ± 1 point |
//! | events that lead | configured number a purchase that fall on the day itself or the 10 days before: n (1 − e^(−11/lead)) | ± 12 % |
//! | days of lead | mean of whole days of an exponential, cut at 10 | ± 15 % and .1 day |
//! | fading | below .75: browsing after the last purchase of a lapsed customer, over the same customer's before | |
//!
//! Whatever else happens around a purchase (other purchases' leads, background) happens as often before as after it: the 11 days after a
//! purchase are taken off, day by day. A lapsed customer bought at least five times, 45 days or less apart, and then nothing for 180
//! days; days on which, or within 10 days after which, a purchase follows do not count as background.

use super::estimate::{SIGMAS, Sums, binomial_error};
use super::purchases::tickets_drive_out;
use super::{Check, Continuous, Examination, Group, Unit};
use clv_engine::schema::tables;
use clv_engine::synth::SynthConfig;
use clv_engine::table::{Table, TableError};

/// Positions in the levels of EVENT_TYPE.
const WEBSITE_VISIT: u8 = 0;
const EMAIL_OPEN: u8 = 1;
const EMAIL_CLICK: u8 = 2;
const PRODUCT_VIEW: u8 = 4;
const CART_ADD: u8 = 5;

/// Days on each side of a purchase.
const N_LEAD_DAYS: usize = 11;
const MIN_PURCHASES: f64 = 300.0;
/// What leads to a purchase.
const LEADING: [u8; 3] = [WEBSITE_VISIT, PRODUCT_VIEW, CART_ADD];

pub(super) fn emails(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let Some(config) = &exam.config else { return Ok(()) };
    if let Some(table) = &exam.tables.coldstart {
        let sum = |column: &str| Ok::<_, TableError>(table.integers(column)?.iter().sum::<i64>() as f64);
        let (opens, clicks) = (sum("EMAIL_OPENS_30D")?, sum("EMAIL_CLICKS_30D")?);
        checks.extend(click_rate("coldstart", "New customers", clicks, opens, config.coldstart.click_probability));
    }
    let Some(table) = &exam.tables.interactions else { return Ok(()) };
    let (ids, days) = (table.ids(tables::CUSTOMER_ID)?, table.days("EVENT_DATE")?);
    let types = table.codes("EVENT_TYPE")?;
    let (mut n_orphans, mut all, mut begin) = (0.0, [0.0; 2], 0);
    // A day of a customer is a run of rows; within it the order of types does not matter.
    while begin < ids.len() {
        let (id, day) = (ids[begin], days[begin]);
        let (mut end, mut counts) = (begin, [0_u32; 2]);
        while end < ids.len() && ids[end] == id && days[end] == day {
            counts[0] += u32::from(types[end] == EMAIL_OPEN);
            counts[1] += u32::from(types[end] == EMAIL_CLICK);
            end += 1;
        }
        n_orphans += f64::from(counts[1].saturating_sub(counts[0]));
        all[0] += f64::from(counts[0]);
        all[1] += f64::from(counts[1]);
        begin = end;
    }
    checks.push(Check {
        id: "browsing.clicks_follow_opens".to_owned(),
        group: Group::Browsing,
        statement: "Every email click stands beside an open of the same customer and day".to_owned(),
        unit: Unit::Violations,
        measured: n_orphans,
        low: Some(0.0),
        high: Some(0.0),
        detail: format!("of {} clicks", all[1]),
        why: "An email must be opened to be clicked; customers with more clicks than opens would have rates above one.",
    });
    checks.extend(click_rate(
        "continuous",
        "Established customers",
        all[1],
        all[0],
        config.continuous.click_probability,
    ));
    Ok(())
}

fn click_rate(id: &str, who: &str, clicks: f64, opens: f64, configured: f64) -> Option<Check> {
    let margin = 0.01 + SIGMAS * binomial_error(configured, opens);
    (opens > 0.0).then(|| Check {
        id: format!("browsing.click_rate.{id}"),
        group: Group::Browsing,
        statement: format!("{who} click as many of the emails they open as configured"),
        unit: Unit::Share,
        measured: clicks / opens,
        low: Some(configured - margin),
        high: Some(configured + margin),
        detail: format!("{clicks} clicks of {opens} opened emails"),
        why: "EMAIL_ENGAGEMENT_RATE is made of exactly these two counts.",
    })
}

/// The interactions of each customer of the profile.
struct Events<'t> {
    of: Vec<std::ops::Range<usize>>,
    days: &'t [i32],
    types: &'t [u8],
}

fn events<'t>(exam: &Examination, table: &'t Table, n_customers: usize) -> Result<Option<Events<'t>>, TableError> {
    let days = table.days("EVENT_DATE")?;
    let of = exam.rows_of(table.ids(tables::CUSTOMER_ID)?, days, n_customers);
    let types = table.codes("EVENT_TYPE")?;
    Ok(of.map(|of| Events { of, days, types }))
}

pub(super) fn leads(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let (Some(config), Some(data), Some(table)) = (&exam.config, exam.continuous()?, &exam.tables.interactions) else {
        return Ok(());
    };
    let Some(events) = events(exam, table, data.n_customers)? else { return Ok(()) };
    if tickets_drive_out(config) {
        return Ok(());
    }
    let rates = &config.continuous;
    let (lead_days, cart_lead_days) = (config.process.lead_days, config.process.cart_lead_days);
    let laws = [
        ("website visits", rates.visits_per_purchase, lead_days, rates.visits_per_30d),
        ("product views", rates.views_per_purchase, lead_days, rates.views_per_30d),
        ("cart adds", rates.cart_adds_per_purchase, cart_lead_days, rates.cart_adds_per_30d),
    ];
    let all = around_purchases(&data, &events, exam.now.0);
    for ((event_type, sums), (name, configured, lead_days, background)) in LEADING.into_iter().zip(all).zip(laws) {
        let [n_purchases, ..] = sums.total();
        // Where the background drowns what leads to a purchase, its fading before drop-out would be taken for a lead.
        if n_purchases < MIN_PURCHASES || configured <= 0.0 || background / 30.0 * N_LEAD_DAYS as f64 > 5.0 * configured
        {
            continue;
        }
        let id = name.replace(' ', "_");
        let found = sums.estimate(|s| s[1] / s[0]);
        let expected = configured * -libm::expm1(-(N_LEAD_DAYS as f64) / lead_days);
        checks.push(Check {
            id: format!("browsing.lead.{id}"),
            group: Group::Browsing,
            statement: format!("{} rise before a purchase, by as many as configured", capitalised(name)),
            unit: Unit::Events,
            measured: found.value,
            low: Some(0.88 * expected - SIGMAS * found.error),
            high: Some(1.12 * expected + SIGMAS * found.error),
            detail: format!(
                "more {name} in the 11 days up to a purchase than in the 11 days after it, per purchase; {n_purchases} purchases"
            ),
            why: "Interest that comes before money is what makes engagement worth measuring.",
        });
        // Without a lead there is no distance to measure.
        if event_type == WEBSITE_VISIT || found.value < 0.5 * expected {
            continue;
        }
        let found = sums.estimate(|s| s[2] / s[1]);
        let expected = mean_whole_days(lead_days);
        checks.push(Check {
            id: format!("browsing.days_before.{id}"),
            group: Group::Browsing,
            statement: format!("{} come as long before the purchase as configured", capitalised(name)),
            unit: Unit::Days,
            measured: found.value,
            low: Some(0.85 * expected - 0.1 - SIGMAS * found.error),
            high: Some(1.15 * expected + 0.1 + SIGMAS * found.error),
            detail: format!("mean whole days from the {name} that lead to a purchase to the purchase"),
            why: "Views come first, then the cart, then the money: the order is what tells browsing from buying.",
        });
    }
    Ok(())
}

/// Mean of the whole days of an exponential delay, given that they are at most 10.
fn mean_whole_days(mean_days: f64) -> f64 {
    let day = |n: usize| libm::exp(-(n as f64) / mean_days) - libm::exp(-(n as f64 + 1.0) / mean_days);
    let all: f64 = (0..N_LEAD_DAYS).map(day).sum();
    (0..N_LEAD_DAYS).map(|n| n as f64 * day(n)).sum::<f64>() / all
}

/// For each type of [`LEADING`]: purchases; events before minus events after; the same weighted with the days of distance.
fn around_purchases(data: &Continuous, events: &Events, now: i32) -> [Sums<3>; LEADING.len()] {
    let reach = N_LEAD_DAYS as i32;
    // One slot more for all other types: no branch to mispredict.
    let mut slot_of = [LEADING.len(); 256];
    LEADING.iter().enumerate().for_each(|(slot, event_type)| slot_of[usize::from(*event_type)] = slot);
    let mut sums = [Sums::<3>::new(), Sums::new(), Sums::new()];
    for customer in 0..data.n_customers {
        let own = &events.of[customer];
        let (days, types) = (&events.days[own.clone()], &events.types[own.clone()]);
        let (mut n_purchases, mut surplus) = (0.0, [(0, 0); LEADING.len() + 1]);
        let mut begin = 0;
        // Both windows must lie within the life that is seen: leads never reach back before sign-up.
        let (from, until) = (data.signup[customer] + reach, now - reach);
        for &purchase in data.days_of(customer).iter().filter(|day| (from..=until).contains(*day)) {
            while begin < days.len() && days[begin] <= purchase - reach {
                begin += 1;
            }
            n_purchases += 1.0;
            let around = days[begin..].iter().zip(&types[begin..]).take_while(|(day, _)| **day <= purchase + reach);
            for (day, event_type) in around {
                let before = purchase - day;
                let (sign, distance) = if before >= 0 { (1, before) } else { (-1, -before - 1) };
                let (count, weighted) = &mut surplus[slot_of[usize::from(*event_type)]];
                *count += sign;
                *weighted += sign * distance;
            }
        }
        for (sums, (count, weighted)) in sums.iter_mut().zip(surplus) {
            sums.add(customer, [n_purchases, f64::from(count), f64::from(weighted)]);
        }
    }
    sums
}

fn capitalised(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

const MIN_LAPSED_PURCHASES: usize = 5;
const MAX_MEAN_GAP_DAYS: i32 = 45;
const SILENT_DAYS: i32 = 180;
/// The window after the last purchase, and where the one before it lies.
const AFTER_DAYS: i32 = 40;
const BEFORE_DAYS: (i32, i32) = (160, 80);
const MIN_LAPSED: f64 = 40.0;
const MOST_LEFT: f64 = 0.75;

pub(super) fn fade(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let (Some(config), Some(data), Some(table)) = (&exam.config, exam.continuous()?, &exam.tables.interactions) else {
        return Ok(());
    };
    let Some(events) = events(exam, table, data.n_customers)? else { return Ok(()) };
    if background(config) <= 0.0 || config.process.dropouts_per_year < 0.1 {
        return Ok(());
    }
    // Events and days after, events and days before, customers.
    let mut sums = Sums::<5>::new();
    for customer in 0..data.n_customers {
        let purchases = data.days_of(customer);
        let (Some(&first), Some(&last)) = (purchases.first(), purchases.last()) else { continue };
        let is_lapsed = purchases.len() >= MIN_LAPSED_PURCHASES
            && last - first <= MAX_MEAN_GAP_DAYS * (purchases.len() as i32 - 1)
            && last <= exam.now.0 - SILENT_DAYS
            && last - BEFORE_DAYS.0 >= data.signup[customer] + super::ONBOARDING_DAYS;
        if !is_lapsed {
            continue;
        }
        let own = &events.of[customer];
        let days = &events.days[own.clone()];
        let count = |day: i32| {
            let begin = days.partition_point(|d| *d < day);
            let rows = days[begin..].iter().take_while(|d| **d == day).count();
            let types = &events.types[own.start + begin..own.start + begin + rows];
            types.iter().filter(|t| LEADING.contains(t)).count() as f64
        };
        let mut terms = [0.0, f64::from(AFTER_DAYS), 0.0, 0.0, 1.0];
        terms[0] = (last + 1..=last + AFTER_DAYS).map(count).sum();
        for day in last - BEFORE_DAYS.0..last - BEFORE_DAYS.1 {
            let next = purchases.partition_point(|purchase| *purchase < day);
            let is_background = purchases.get(next).is_none_or(|purchase| *purchase >= day + N_LEAD_DAYS as i32);
            if is_background {
                terms[2] += count(day);
                terms[3] += 1.0;
            }
        }
        sums.add(customer, terms);
    }
    let [_, _, n_before, _, n_lapsed] = sums.total();
    if n_lapsed < MIN_LAPSED || n_before < MIN_LAPSED {
        return Ok(());
    }
    let found = sums.estimate(|s| s[0] / s[1] / (s[2] / s[3]));
    checks.push(Check {
        id: "browsing.fades".to_owned(),
        group: Group::Browsing,
        statement: "Customers who stop buying browse less from then on".to_owned(),
        unit: Unit::Ratio,
        measured: found.value,
        low: Some(0.0),
        high: Some(MOST_LEFT),
        detail: format!(
            "visits, views and cart adds a day in the 40 days after the last purchase over those a day 80 to 160 days before it, leads left out; {n_lapsed} customers silent for half a year"
        ),
        why: "Falling engagement is the only visible sign of a customer who has left.",
    });
    Ok(())
}

fn background(config: &SynthConfig) -> f64 {
    let rates = &config.continuous;
    rates.visits_per_30d + rates.views_per_30d + rates.cart_adds_per_30d
}
