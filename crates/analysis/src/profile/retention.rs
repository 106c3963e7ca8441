//! Retention of sign-up cohorts: which share of those who signed up in a month buys again, month after month. A cell is given
//! only when its days lie before NOW for every customer of the cohort; deliberately no extrapolation.

use super::ids::IdIndex;
use clv_engine::schema::{Day, tables};
use clv_engine::table::{Table, TableError};

/// Days of a period of one month; periods are counted from each customer's own sign-up.
const DAYS_PER_MONTH: i32 = 30;
/// More cohorts than this are joined to quarters, half-years or years: nobody reads a hundred rows.
const MAX_COHORTS: usize = 40;
/// A span of centuries is a mistake in a date, not a history.
const MAX_YEARS: usize = 200;

/// Cohorts of customers over periods of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retention {
    /// Calendar months of a cohort: 1, 3, 6 or 12.
    pub months_per_cohort: u32,
    /// Length of a period after sign-up.
    pub days_per_period: u32,
    /// The earliest first.
    pub cohorts: Vec<Cohort>,
}

/// The customers who signed up within the same months.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohort {
    /// The first day of the cohort's months.
    pub from: Day,
    pub n_customers: u64,
    /// Customers with a purchase in period 0, 1, …: only periods that the data cover for all of them.
    pub n_active: Vec<u64>,
}

fn month_number(day: Day) -> i32 {
    let (year, month, _) = day.to_ymd();
    year * 12 + month - 1
}

/// Cohorts of a profile by its customers' purchases.
pub fn retention(
    profile: &Table,
    profile_ids: &IdIndex,
    transactions: &Table,
    now: Day,
) -> Result<Retention, TableError> {
    let signups = profile.days(tables::SIGNUP_DATE)?;
    let (Some(&first), Some(&last)) = (signups.iter().min(), signups.iter().max()) else {
        return Ok(Retention::default());
    };
    let (first, last) = (month_number(Day(first)), month_number(Day(last)));
    let n_months = |width: i32| (last.div_euclid(width) - first.div_euclid(width) + 1) as usize;
    let width = [1, 3, 6].into_iter().find(|width| n_months(*width) <= MAX_COHORTS).unwrap_or(12);
    if n_months(12) > MAX_YEARS {
        return Ok(Retention::default());
    }
    let first_cohort = first.div_euclid(width);
    let period_days = DAYS_PER_MONTH * width;
    let cohort_of: Vec<u16> = signups
        .iter()
        .map(|&day| (month_number(Day(day)).div_euclid(width) - first_cohort).clamp(0, i32::from(u16::MAX)) as u16)
        .collect();

    let n_cohorts = n_months(width);
    let (mut n_customers, mut last_signup) = (vec![0_u64; n_cohorts], vec![i32::MIN; n_cohorts]);
    for (&signup, &cohort) in signups.iter().zip(&cohort_of) {
        n_customers[usize::from(cohort)] += 1;
        last_signup[usize::from(cohort)] = last_signup[usize::from(cohort)].max(signup);
    }
    // The last day counts whole: a period that ends on NOW is complete.
    let n_periods =
        |last_signup: i32| usize::try_from((now.0 + 1).saturating_sub(last_signup) / period_days).unwrap_or(0);
    let mut cohorts: Vec<Cohort> = (0..n_cohorts)
        .map(|cohort| Cohort {
            from: first_day((first_cohort + cohort as i32) * width),
            n_customers: n_customers[cohort],
            n_active: vec![0; if n_customers[cohort] == 0 { 0 } else { n_periods(last_signup[cohort]) }],
        })
        .collect();

    // One bit for each customer and period: a customer counts once, whatever the order of the rows.
    let most_periods = cohorts.iter().map(|cohort| cohort.n_active.len()).max().unwrap_or(0);
    let mut seen = vec![0_u64; (signups.len() * most_periods).div_ceil(64)];
    let days = transactions.days("TRANSACTION_DATE")?;
    for (&id, &day) in transactions.ids(tables::CUSTOMER_ID)?.iter().zip(days) {
        let Some(row) = profile_ids.row_of(id) else { continue };
        let Ok(since) = usize::try_from(day - signups[row]) else { continue };
        let period = since / period_days as usize;
        let active = &mut cohorts[usize::from(cohort_of[row])].n_active;
        if period < active.len() {
            let bit = row * most_periods + period;
            active[period] += u64::from(seen[bit >> 6] >> (bit & 63) & 1 == 0);
            seen[bit >> 6] |= 1 << (bit & 63);
        }
    }
    cohorts.retain(|cohort| !cohort.n_active.is_empty());
    Ok(Retention { months_per_cohort: width as u32, days_per_period: period_days as u32, cohorts })
}

fn first_day(month_number: i32) -> Day {
    Day::from_ymd(month_number.div_euclid(12), month_number.rem_euclid(12) + 1, 1)
}

#[cfg(test)]
mod tests {
    use super::{IdIndex, retention};
    use clv_engine::schema::{Day, tables};
    use clv_engine::table::{Table, Values};

    fn profile(signups: &[Day]) -> Table {
        let n = signups.len();
        let columns = vec![
            Values::Ids((1..=n as i32).collect()).into(),
            Values::Days(signups.iter().map(|day| day.0).collect()).into(),
            Values::Codes(vec![0; n]).into(),
            Values::Codes(vec![0; n]).into(),
            Values::Codes(vec![0; n]).into(),
            Values::Integers(vec![0; n]).into(),
        ];
        Table::new(tables::continuous_customers_profile(), columns).unwrap()
    }

    fn transactions(rows: &[(i32, Day)]) -> Table {
        let n = rows.len();
        let columns = vec![
            Values::Ids((1..=n as i32).collect()).into(),
            Values::Ids(rows.iter().map(|row| row.0).collect()).into(),
            Values::Days(rows.iter().map(|row| row.1.0).collect()).into(),
            Values::Cents(vec![500; n]).into(),
            Values::Codes(vec![0; n]).into(),
            Values::Integers(vec![1; n]).into(),
        ];
        Table::new(tables::continuous_transactions(), columns).unwrap()
    }

    fn found(signups: &[Day], rows: &[(i32, Day)], now: Day) -> super::Retention {
        let profile = profile(signups);
        let ids = IdIndex::new(profile.ids("CUSTOMER_ID").unwrap());
        retention(&profile, &ids, &transactions(rows), now).unwrap()
    }

    #[test]
    fn customers_count_once_a_period_and_only_in_complete_ones() {
        let (first, second) = (Day::from_ymd(2024, 1, 10), Day::from_ymd(2024, 1, 20));
        let rows = [
            (1, first),
            (2, second.plus(59)),
            (1, first.plus(29)),
            (1, first.plus(30)),
            (1, first.plus(95)),
            (2, second.plus(30)),
            (9, first),
        ];
        let retention = found(&[first, second], &rows, second.plus(89));
        assert_eq!((retention.months_per_cohort, retention.days_per_period), (1, 30));
        let [cohort] = retention.cohorts.as_slice() else { panic!("{retention:?}") };
        assert_eq!((cohort.from, cohort.n_customers), (Day::from_ymd(2024, 1, 1), 2));
        assert_eq!(cohort.n_active, [1, 2, 0]);
        // One day less and the third period is not complete for the second customer.
        assert_eq!(found(&[first, second], &rows, second.plus(88)).cohorts[0].n_active, [1, 2]);
    }

    #[test]
    fn a_cohort_without_a_complete_period_is_left_out() {
        let now = Day::from_ymd(2024, 3, 31);
        let retention = found(&[Day::from_ymd(2024, 1, 5), Day::from_ymd(2024, 3, 20)], &[], now);
        assert_eq!(retention.cohorts.len(), 1);
        assert!(found(&[], &[], now).cohorts.is_empty());
    }

    #[test]
    fn a_long_history_is_joined_to_quarters() {
        let signups: Vec<Day> = (0..60).map(|month| super::first_day(2_019 * 12 + month)).collect();
        let retention = found(&signups, &[(1, signups[0].plus(89))], Day::from_ymd(2024, 6, 1));
        assert_eq!((retention.months_per_cohort, retention.days_per_period), (3, 90));
        assert_eq!((retention.cohorts.len(), retention.cohorts[0].n_customers), (20, 3));
        assert_eq!(retention.cohorts[0].n_active[0], 1);
        assert_eq!(retention.cohorts[1].from, Day::from_ymd(2019, 4, 1));
    }
}
