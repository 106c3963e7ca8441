//! When customers buy: weekdays, the holiday season, and how many are still buying long after sign-up. Only repeat purchases are
//! counted by day, since a first one follows sign-up and not the calendar.
//!
//! | check | expected value | margin beside sampling error |
//! |---|---|---|
//! | weekdays | mean s(d) of Saturdays over that of Mondays | ± 2 % |
//! | season | s around 6 December over s 11 weeks before and after, which cancels steady growth | ± 6 % |
//! | retention | survival S(t), tickets included, averaged over three months, a third of a year later over before | −10, +5 % |
//! | flattening | the second loss over the first one, from the same survival | ± .2 |

use super::estimate::{SIGMAS, Sums};
use super::purchases::{survival, ticket_hazard, tickets_drive_out};
use super::{Check, Continuous, Examination, Group, Unit};
use clv_engine::schema::Day;
use clv_engine::synth::{Season, SynthConfig};
use clv_engine::table::TableError;

const PEAK: (i32, i32) = (12, 6);
/// Half a window of three weeks, and the distance of the windows that it is compared with.
const HALF_WINDOW_DAYS: i32 = 10;
const CONTROL_DAYS: i32 = 77;
const MIN_PURCHASES: f64 = 200.0;
const SATURDAY: usize = 5;

pub(super) fn weekdays_and_season(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let (Some(config), Some(data)) = (&exam.config, exam.continuous()?) else { return Ok(()) };
    let first = data.signup.iter().min().copied().unwrap_or(exam.now.0);
    let n_days = usize::try_from(exam.now.0 - first + 1).unwrap_or(0);
    // Repeat purchases on each day; dates outside are counted by `rows`.
    let mut purchases = vec![0.0; n_days];
    for customer in 0..data.n_customers {
        for day in &data.purchase_day[data.repeats_of(customer)] {
            if let Some(n) = usize::try_from(day - first).ok().and_then(|idx| purchases.get_mut(idx)) {
                *n += 1.0;
            }
        }
    }
    let season = Season::new(config, Day(first), exam.now);
    checks.extend(weekdays(&purchases, first, &season));
    checks.extend(holidays(&purchases, first, &season, exam.now.0 - exam.quiet_until(config)));
    Ok(())
}

fn weekdays(purchases: &[f64], first: i32, season: &Season) -> Option<Check> {
    let sum = |weekday: usize, of: &dyn Fn(usize) -> f64| -> f64 {
        (0..purchases.len()).filter(|idx| Day(first + *idx as i32).weekday() == weekday).map(of).sum()
    };
    let (saturdays, mondays) = (sum(SATURDAY, &|idx| purchases[idx]), sum(0, &|idx| purchases[idx]));
    let factor = |idx: usize| season.factor(first + idx as i32);
    let expected = sum(SATURDAY, &factor) / sum(0, &factor).max(1e-9);
    if saturdays.min(mondays) < MIN_PURCHASES / 4.0 {
        return None;
    }
    let margin = expected * (0.02 + SIGMAS * (1.0 / saturdays + 1.0 / mondays).sqrt());
    Some(Check {
        id: "calendar.weekdays".to_owned(),
        group: Group::Calendar,
        statement: "Saturdays sell more than Mondays, as configured".to_owned(),
        unit: Unit::Ratio,
        measured: saturdays / mondays,
        low: Some(expected - margin),
        high: Some(expected + margin),
        detail: format!("{saturdays} repeat purchases on Saturdays, {mondays} on Mondays"),
        why: "Real shops breathe with the week; dates drawn without it would look right and teach nothing.",
    })
}

fn holidays(purchases: &[f64], first: i32, season: &Season, n_days_of_change: i32) -> Option<Check> {
    let last = first + purchases.len() as i32 - 1;
    let change = last - n_days_of_change;
    let (mut peak, mut control, mut peak_factor, mut control_factor) = (0.0, 0.0, 0.0, 0.0);
    let mut years = Vec::new();
    let (first_year, ..) = Day(first).to_ymd();
    let (last_year, ..) = Day(last).to_ymd();
    for year in first_year..=last_year {
        let centre = Day::from_ymd(year, PEAK.0, PEAK.1).0;
        let reach = CONTROL_DAYS + HALF_WINDOW_DAYS;
        // With the change of the market between them the windows would not compare like with like.
        let is_split = n_days_of_change > 0 && (centre - reach..=centre + reach).contains(&change);
        if centre - reach < first || centre + reach > last || is_split {
            continue;
        }
        years.push(year.to_string());
        for day in -HALF_WINDOW_DAYS..=HALF_WINDOW_DAYS {
            let at = |centre: i32| (purchases[(centre + day - first) as usize], season.factor(centre + day));
            let (here, before, after) = (at(centre), at(centre - CONTROL_DAYS), at(centre + CONTROL_DAYS));
            peak += here.0;
            peak_factor += here.1;
            control += (before.0 + after.0) / 2.0;
            control_factor += (before.1 + after.1) / 2.0;
        }
    }
    if peak.min(control) < MIN_PURCHASES / 2.0 {
        return None;
    }
    let expected = peak_factor / control_factor;
    let margin = expected * (0.06 + SIGMAS * (1.0 / peak + 0.5 / control).sqrt());
    Some(Check {
        id: "calendar.season".to_owned(),
        group: Group::Calendar,
        statement: "Demand peaks in early December, as configured".to_owned(),
        unit: Unit::Ratio,
        measured: peak / control,
        low: Some(expected - margin),
        high: Some(expected + margin),
        detail: format!(
            "repeat purchases within 10 days of 6 December against the same weeks 11 weeks before and after, {}",
            years.join(" and ")
        ),
        why: "A model that sees only summer must not be surprised by what winter sells.",
    })
}

/// Three months each; days since sign-up on which they begin.
const RETENTION_FROM_DAYS: [i32; 3] = [30, 300, 570];
const MONTH_DAYS: i32 = 30;
const N_MONTHS: i32 = 3;
/// Fewer customers with a complete history show nothing.
const MIN_CUSTOMERS: f64 = 150.0;

pub(super) fn retention(exam: &Examination, checks: &mut Vec<Check>) -> Result<(), TableError> {
    let (Some(config), Some(data)) = (&exam.config, exam.continuous()?) else { return Ok(()) };
    if tickets_drive_out(config) {
        return Ok(());
    }
    let until = exam.quiet_until(config);
    let last = |n: usize| RETENTION_FROM_DAYS[n - 1] + N_MONTHS * MONTH_DAYS;
    if let Some(sums) = active_months::<2, 3>(&data, until - last(2) + 1) {
        let found = sums.estimate(|s| s[1] / s[0]);
        let expected = |tickets: f64| mean_survival(config, 1, tickets) / mean_survival(config, 0, tickets);
        checks.push(Check {
            id: "retention.falls".to_owned(),
            group: Group::Retention,
            statement: "Retention falls with the age of a cohort as fast as drop-out is configured".to_owned(),
            unit: Unit::Ratio,
            measured: found.value,
            low: Some(0.9 * expected(1.5) - SIGMAS * found.error),
            high: Some(1.05 * expected(0.0) + SIGMAS * found.error),
            detail: format!(
                "customers with a purchase in a month: mean of months 10 to 12 after the first one over months 1 to 3, {} customers",
                sums.total()[2]
            ),
            why: "Customers leave without a word; a history in which nobody leaves overstates every value.",
        });
    }
    if let Some(sums) = active_months::<3, 4>(&data, until - last(3) + 1) {
        let found = sums.estimate(|s| (s[1] - s[2]) / (s[0] - s[1]));
        let s = [0, 1, 2].map(|n| mean_survival(config, n, 0.5));
        let expected = (s[1] - s[2]) / (s[0] - s[1]);
        checks.push(Check {
            id: "retention.flattens".to_owned(),
            group: Group::Retention,
            statement: "The curve of retention flattens: the later loss is smaller than the earlier one".to_owned(),
            unit: Unit::Ratio,
            measured: found.value,
            low: Some(expected - 0.2 - SIGMAS * found.error),
            high: Some(expected + 0.2 + SIGMAS * found.error),
            detail: format!(
                "loss from months 10–12 to 19–21 over loss from months 1–3 to 10–12, {} customers",
                sums.total()[3]
            ),
            why: "Those who are likely to leave leave first: the loyal remain, which is what a long-term value rests on.",
        });
    }
    Ok(())
}

/// Months with a purchase in each of the first N windows, and customers, of those who signed up by a day. K = N + 1.
fn active_months<const N: usize, const K: usize>(data: &Continuous, last_signup: i32) -> Option<Sums<K>> {
    let mut sums = Sums::<K>::new();
    for customer in (0..data.n_customers).filter(|c| data.signup[*c] <= last_signup) {
        let mut terms = [0.0; K];
        terms[K - 1] = 1.0;
        let days = data.days_of(customer);
        for (term, from) in terms.iter_mut().zip(&RETENTION_FROM_DAYS[..N]) {
            for month in 0..N_MONTHS {
                let begin = data.signup[customer] + from + month * MONTH_DAYS;
                let next = days.partition_point(|day| *day < begin);
                *term += f64::from(days.get(next).is_some_and(|day| *day < begin + MONTH_DAYS));
            }
        }
        sums.add(customer, terms);
    }
    let total = sums.total();
    (total[K - 1] >= MIN_CUSTOMERS && total[0] >= MIN_CUSTOMERS).then_some(sums)
}

/// Mean survival over a window, tickets weighing so many times their average.
fn mean_survival(config: &SynthConfig, window: usize, tickets: f64) -> f64 {
    let hazard = tickets * ticket_hazard(config, &config.continuous);
    let days = N_MONTHS * MONTH_DAYS;
    let at = |day: i32| {
        let t = f64::from(RETENTION_FROM_DAYS[window] + day);
        survival(&config.process, t) * libm::exp(-hazard * t)
    };
    (0..days).map(at).sum::<f64>() / f64::from(days)
}
