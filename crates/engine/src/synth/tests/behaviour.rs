//! How the simulated customers behave: targets, season, engagement around purchases and before drop-out. Deliberately about
//! averages of thousands of customers; rules that hold for every row stand in the parent module.

use super::{coldstart, config, continuous};
use crate::schema::{Day, levels};
use crate::synth::SynthConfig;
use crate::synth::engagement::{CART_ADD, PRODUCT_VIEW, WEBSITE_VISIT};
use crate::table::Table;

#[test]
fn both_targets_are_zero_inflated_heavy_tailed_and_known_to_the_oracle() {
    let config = config(4, 5_000);
    let (cold, cont) = (coldstart(&config, 1_000), continuous(&config, 1_000));
    let rows = |table: &Table| -> Vec<(i32, Day)> {
        let signup = table.days("SIGNUP_DATE").unwrap().iter().map(|&day| Day(day));
        table.ids("CUSTOMER_ID").unwrap().iter().copied().zip(signup).collect()
    };
    let cold_rows: Vec<(f64, f64)> = rows(&cold.customers)
        .into_iter()
        .zip(cold.customers.integers("ACTUAL_12M_LTV").unwrap())
        .map(|((id, day), &cents)| (cents as f64, cold.latents.expected_spend_cents(id, day, day.plus(365)).unwrap()))
        .collect();
    // Observed in the middle of the admissible days; None = signed up too late for a whole target year.
    let observed: Vec<Option<Day>> = rows(&cont.profile)
        .into_iter()
        .map(|(_, signup)| {
            let (first, last) = (signup.plus(90).max(config.now.plus(-730)), config.now.plus(-365));
            (first <= last).then(|| Day((first.0 + last.0) / 2))
        })
        .collect();
    let mut future = vec![0; config.n_customers as usize];
    let transactions = &cont.transactions;
    for (row, &id) in transactions.ids("CUSTOMER_ID").unwrap().iter().enumerate() {
        let day = Day(transactions.days("TRANSACTION_DATE").unwrap()[row]);
        if observed[id as usize - 1].is_some_and(|from| (1..=365).contains(&day.since(from))) {
            future[id as usize - 1] += transactions.integers("AMOUNT").unwrap()[row];
        }
    }
    let cont_rows: Vec<(f64, f64)> = (1..)
        .zip(observed.iter().zip(future))
        .filter_map(|(id, (&observed, cents))| {
            let from = observed?.plus(1);
            Some((cents as f64, cont.latents.expected_spend_cents(id, from, from.plus(365))?))
        })
        .collect();
    for pairs in [cold_rows, cont_rows] {
        let n = pairs.len() as f64;
        let zeros = pairs.iter().filter(|(y, _)| *y == 0.0).count() as f64 / n;
        assert!((0.3..=0.5).contains(&zeros), "{zeros}");
        let mean = pairs.iter().map(|(y, _)| y).sum::<f64>() / n;
        assert!(pairs.iter().filter(|(y, _)| *y > 5.0 * mean).count() as f64 > 0.01 * n);
        let variance = pairs.iter().map(|(y, _)| (y - mean) * (y - mean)).sum::<f64>() / n;
        let residual = pairs.iter().map(|(y, f)| (y - f) * (y - f)).sum::<f64>() / n;
        // Unbiased: the mean residual is within four of its standard errors.
        let bias = pairs.iter().map(|(y, f)| y - f).sum::<f64>() / n;
        assert!(bias.abs() < 4.0 * (residual / n).sqrt(), "bias {bias}, mean {mean}");
        let r2 = 1.0 - residual / variance;
        assert!((0.8..1.0).contains(&r2), "{r2}");
    }
}

#[test]
fn the_segment_hears_a_little_of_the_value_and_no_more() {
    let data = continuous(&config(5, 5_000), 1_000);
    let segments = data.profile.codes("SEGMENT").unwrap();
    let value: Vec<f64> = (1..=5_000)
        .map(|id| data.latents.of(id).map(|l| libm::log(l.rate_per_day * l.mean_spend_cents)).unwrap())
        .collect();
    let rank: Vec<f64> = segments.iter().map(|&code| -f64::from(code)).collect();
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mv, mr) = (mean(&value), mean(&rank));
    let covariance: f64 = value.iter().zip(&rank).map(|(v, r)| (v - mv) * (r - mr)).sum();
    let spread = |v: &[f64], m: f64| v.iter().map(|x| (x - m) * (x - m)).sum::<f64>().sqrt();
    let correlation = covariance / (spread(&value, mv) * spread(&rank, mr));
    assert!((0.05..0.4).contains(&correlation), "{correlation}");
}

#[test]
fn views_and_cart_adds_rise_before_a_purchase() {
    let data = continuous(&config(6, 2_000), 1_000);
    let (customers, days) =
        (data.interactions.ids("CUSTOMER_ID").unwrap(), data.interactions.days("EVENT_DATE").unwrap());
    let types = data.interactions.codes("EVENT_TYPE").unwrap();
    let purchases = data.transactions.ids("CUSTOMER_ID").unwrap().iter();
    let mut around = [0_u32; 2];
    for (&customer, &day) in purchases.zip(data.transactions.days("TRANSACTION_DATE").unwrap()) {
        let own = customers.partition_point(|&c| c < customer)..customers.partition_point(|&c| c <= customer);
        for row in own.filter(|&row| [PRODUCT_VIEW, CART_ADD].contains(&types[row])) {
            around[0] += u32::from((day - 5..day).contains(&days[row]));
            around[1] += u32::from((day + 1..day + 6).contains(&days[row]));
        }
    }
    assert!(f64::from(around[0]) > 1.3 * f64::from(around[1]), "{around:?}");
}

#[test]
fn browsing_fades_before_a_customer_drops_out() {
    let data = continuous(&config(7, 5_000), 1_000);
    let mut last_months = [0_u32; 2];
    let customers = data.interactions.ids("CUSTOMER_ID").unwrap();
    let days = data.interactions.days("EVENT_DATE").unwrap();
    let types = data.interactions.codes("EVENT_TYPE").unwrap();
    let signup = data.profile.days("SIGNUP_DATE").unwrap();
    for (row, &id) in customers.iter().enumerate() {
        let drop_out = libm::floor(data.latents.of(id).unwrap().drop_out_day.min(1e9)) as i32;
        let seen_whole = drop_out <= SynthConfig::default().now.0 && drop_out - 120 >= signup[id as usize - 1] + 30;
        if seen_whole && [WEBSITE_VISIT, PRODUCT_VIEW].contains(&types[row]) {
            last_months[0] += u32::from((drop_out - 120..drop_out - 90).contains(&days[row]));
            last_months[1] += u32::from((drop_out - 30..drop_out).contains(&days[row]));
        }
    }
    assert!(f64::from(last_months[1]) < 0.9 * f64::from(last_months[0]), "{last_months:?}");
}

#[test]
fn slow_channels_take_twice_as_long_and_december_sells_most() {
    let config = config(14, 5_000);
    let cold = coldstart(&config, 1_000).customers;
    let channels = cold.codes("ACQUISITION_CHANNEL").unwrap();
    let buyers = cold.integers("FIRST_PURCHASE_AMOUNT").unwrap().iter().map(|&cents| cents > 0);
    let rows: Vec<_> = channels.iter().zip(cold.integers("DAYS_TO_FIRST_PURCHASE").unwrap()).zip(buyers).collect();
    let mean_days = |is_slow: bool| {
        let days = rows.iter().filter(|((c, _), buys)| *buys && [1, 2].contains(*c) == is_slow).map(|((_, d), _)| **d);
        days.clone().sum::<i64>() as f64 / days.count() as f64
    };
    // Whole days: half a day less than the exponential's mean, and a little less for the cut at 30.
    assert!((mean_days(false) - 2.5).abs() < 0.3 && (mean_days(true) - 5.3).abs() < 0.6);

    let transactions = continuous(&config, 1_000).transactions;
    let mut n_of_month = [0_u32; 13];
    for &day in transactions.days("TRANSACTION_DATE").unwrap() {
        let (year, month, _) = Day(day).to_ymd();
        n_of_month[month as usize] += u32::from(year == 2024);
    }
    assert_eq!((1..=12).max_by_key(|&month| n_of_month[month]), Some(12), "{n_of_month:?}");
    assert!(f64::from(n_of_month[11]) > 1.1 * f64::from(n_of_month[10]), "{n_of_month:?}");
}

#[test]
fn new_customers_engage_as_documented() {
    let data = coldstart(&config(9, 5_000), 1_000);
    let table = &data.customers;
    let first = table.integers("FIRST_PURCHASE_AMOUNT").unwrap();
    for (is_buyer, means) in [(true, [8.0, 3.0, 15.0, 4.0]), (false, [3.0, 1.0, 5.0, 1.0])] {
        for (column, mean) in
            ["WEBSITE_VISITS_30D", "EMAIL_OPENS_30D", "ITEMS_VIEWED_30D", "CART_ADDS_30D"].iter().zip(means)
        {
            let counts = table.integers(column).unwrap().iter().zip(first);
            let own: Vec<i64> = counts.filter(|(_, first)| (**first > 0) == is_buyer).map(|(&n, _)| n).collect();
            let found = own.iter().sum::<i64>() as f64 / own.len() as f64;
            assert!((found / mean - 1.0).abs() < 0.12, "{column}: {found} instead of {mean}");
        }
    }
}

#[test]
fn the_source_depends_on_the_channel() {
    let data = coldstart(&config(3, 3_000), 1_000);
    let channels = data.customers.codes("ACQUISITION_CHANNEL").unwrap();
    let sources = data.customers.codes("ACQUISITION_SOURCE").unwrap();
    let position = |levels: &[&str], level| levels.iter().position(|&l| l == level).unwrap();
    let paid = position(levels::ACQUISITION_CHANNEL, "paid_search");
    let google = position(levels::ACQUISITION_SOURCE, "google");
    let of_paid: Vec<_> = channels.iter().zip(sources).filter(|(c, _)| usize::from(**c) == paid).collect();
    let from_google = of_paid.iter().filter(|(_, s)| usize::from(**s) == google).count();
    assert!(from_google as f64 > 0.8 * of_paid.len() as f64);
}
