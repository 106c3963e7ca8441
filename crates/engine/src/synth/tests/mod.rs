//! What must hold of the raw tables as a whole: keys, order, bounds, marginals, independence of the step size. How the
//! customers behave is tested in `behaviour`; samplers, seasons and parameters beside their own code.

mod arrivals;
mod behaviour;

use super::engagement::{day_of, type_of};
use super::population::Population;
use super::*;
use crate::schema::{ColumnType, Day, levels, tables};
use crate::table::{Digest, Table};
use std::collections::BTreeSet;

pub(super) fn coldstart(config: &SynthConfig, step: usize) -> ColdstartData {
    let mut generator = ColdstartGenerator::new(config).unwrap();
    while generator.step(step).done < generator.n_customers_total() {}
    generator.finish().unwrap()
}

pub(super) fn continuous(config: &SynthConfig, step: usize) -> ContinuousData {
    let mut generator = ContinuousGenerator::new(config).unwrap();
    while generator.step(step).done < generator.n_customers_total() {}
    generator.finish().unwrap()
}

pub(super) fn config(seed: u64, n_customers: u32) -> SynthConfig {
    SynthConfig { seed, n_customers, ..SynthConfig::default() }
}

fn digests(config: &SynthConfig, step: usize) -> Vec<Digest> {
    let (cold, cont) = (coldstart(config, step), continuous(config, step));
    [&cold.customers, &cold.staging, &cont.profile, &cont.transactions, &cont.interactions].map(Table::digest).to_vec()
}

/// Checks every rule that holds for any configuration.
fn check_coldstart(config: &SynthConfig, data: &ColdstartData) {
    let n = config.n_customers as usize;
    assert_eq!((data.customers.n_rows(), data.staging.n_rows()), (n, n.div_ceil(10)));
    let (now, mut next_id) = (config.now, COLDSTART_FIRST_CUSTOMER_ID);
    for (table, (first_signup, last_signup)) in
        [(&data.customers, coldstart_signups(now)), (&data.staging, (now.plus(-89), now.plus(-30)))]
    {
        let days_to_first = table.integers("DAYS_TO_FIRST_PURCHASE").unwrap();
        let is_buyer = |row| table.present("DAYS_TO_FIRST_PURCHASE").unwrap().is_none_or(|p| p.is_valid(row));
        let first_date = table.days("FIRST_PURCHASE_DATE").unwrap();
        let first_amount = table.integers("FIRST_PURCHASE_AMOUNT").unwrap();
        let signup = table.days("SIGNUP_DATE").unwrap();
        let (opens, clicks) = (table.integers("EMAIL_OPENS_30D").unwrap(), table.integers("EMAIL_CLICKS_30D").unwrap());
        for (row, &id) in table.ids("CUSTOMER_ID").unwrap().iter().enumerate() {
            assert_eq!(id, next_id);
            next_id += 1;
            assert!((first_signup.0..=last_signup.0).contains(&signup[row]));
            assert!(clicks[row] <= opens[row]);
            assert!(data.latents.of(id).is_some_and(|latents| latents.is_converter == is_buyer(row)));
            if is_buyer(row) {
                assert!((0..30).contains(&days_to_first[row]));
                assert_eq!(i64::from(first_date[row] - signup[row]), days_to_first[row]);
                assert!((1_000..=50_000).contains(&first_amount[row]));
            } else {
                assert_eq!(first_amount[row], 0);
            }
        }
    }
    let target = data.customers.integers("ACTUAL_12M_LTV").unwrap();
    let first_amount = data.customers.integers("FIRST_PURCHASE_AMOUNT").unwrap();
    assert!(target.iter().zip(first_amount).all(|(target, first)| target >= first));
}

/// Checks every rule that holds for any configuration.
fn check_continuous(config: &SynthConfig, data: &ContinuousData) {
    let now = config.now.0;
    let signup = data.profile.days("SIGNUP_DATE").unwrap();
    assert!(data.profile.ids("CUSTOMER_ID").unwrap().iter().copied().eq(1..=config.n_customers as i32));
    let history = data.profile.integers("HISTORY_DAYS").unwrap();
    assert!(
        signup
            .iter()
            .zip(history)
            .all(|(s, h)| i64::from(now - s) == *h && (90..=i64::from(config.history_days)).contains(h))
    );
    for (table, id, date) in [
        (&data.transactions, "TRANSACTION_ID", "TRANSACTION_DATE"),
        (&data.interactions, "INTERACTION_ID", "EVENT_DATE"),
    ] {
        assert!(table.ids(id).unwrap().iter().copied().eq(1..=table.n_rows() as i32));
        let customers = table.ids("CUSTOMER_ID").unwrap();
        let dates = table.days(date).unwrap();
        for (&customer, &day) in customers.iter().zip(dates) {
            assert!(day >= signup[customer as usize - 1] && day <= now, "{customer} {}", Day(day));
        }
        let rows: Vec<_> = customers.iter().zip(dates).collect();
        assert!(rows.is_sorted());
    }
    assert!(data.transactions.integers("AMOUNT").unwrap().iter().all(|&cents| cents >= 500));
    assert!(data.transactions.integers("QUANTITY").unwrap().iter().all(|&quantity| quantity >= 1));
    let n_of_type = |code| data.interactions.codes("EVENT_TYPE").unwrap().iter().filter(|&&c| c == code).count();
    assert!(n_of_type(2) <= n_of_type(1), "more clicks than opens");
}

fn counts(codes: &[u8], n_levels: usize) -> Vec<f64> {
    let mut counts = vec![0.0; n_levels];
    codes.iter().for_each(|&code| counts[usize::from(code)] += 1.0);
    counts
}

fn assert_marginal(table: &Table, column: &str, weights: &[f64]) {
    let codes = table.codes(column).unwrap();
    let n = codes.len() as f64;
    for (level, (count, weight)) in counts(codes, weights.len()).iter().zip(weights).enumerate() {
        let bound = 4.0 * (n * weight * (1.0 - weight)).sqrt();
        assert!((count - n * weight).abs() <= bound, "{column} level {level}: {} instead of {weight}", count / n);
    }
}

#[test]
fn attributes_follow_the_documented_weights() {
    let config = config(1, 5_000);
    let (cold, cont) = (coldstart(&config, 1_000), continuous(&config, 1_000));
    let documented = [
        (&cold.customers, "ACQUISITION_CHANNEL", vec![0.25, 0.20, 0.18, 0.12, 0.10, 0.10, 0.05]),
        (&cold.customers, "DEVICE_TYPE", vec![0.45, 0.45, 0.10]),
        (&cold.customers, "AGE_GROUP", vec![0.12, 0.28, 0.25, 0.18, 0.12, 0.05]),
        (&cold.customers, "REGION", vec![0.22, 0.20, 0.18, 0.18, 0.22]),
        (&cold.customers, "AREA_TYPE", vec![0.40, 0.45, 0.15]),
        (&cont.profile, "AGE_GROUP", vec![0.10, 0.30, 0.27, 0.18, 0.10, 0.05]),
        (&cont.profile, "REGION", vec![0.2; 5]),
        (&cont.profile, "SEGMENT", vec![0.15, 0.35, 0.30, 0.12, 0.08]),
    ];
    for (table, column, weights) in documented {
        assert_marginal(table, column, &weights);
    }
}

#[test]
fn volumes_and_event_types_are_those_documented() {
    let data = continuous(&config(2, 5_000), 1_000);
    let (n_transactions, n_interactions) = (data.transactions.n_rows() as f64, data.interactions.n_rows() as f64);
    assert!((n_transactions / 50_000.0 - 1.0).abs() < 0.1, "{n_transactions}");
    assert!((n_interactions / 500_000.0 - 1.0).abs() < 0.1, "{n_interactions}");
    let counts = counts(data.interactions.codes("EVENT_TYPE").unwrap(), levels::EVENT_TYPE.len());
    for (count, weight) in counts.iter().zip([0.35, 0.20, 0.10, 0.05, 0.20, 0.10]) {
        assert!((count / n_interactions - weight).abs() < 0.015, "{} instead of {weight}", count / n_interactions);
    }
    let quantity = data.transactions.integers("QUANTITY").unwrap();
    let mean_quantity = quantity.iter().sum::<i64>() as f64 / n_transactions;
    assert!((mean_quantity - 3.0).abs() < 0.05, "{mean_quantity}");
}

#[test]
fn a_coldstart_row_is_what_its_life_says() {
    let config = config(8, 300);
    let data = coldstart(&config, 1_000);
    let days = (coldstart_signups(config.now).0, config.now.plus(30));
    let mut population = Population::new(&config, &config.coldstart, &super::attributes::COLDSTART, days);
    let table = &data.customers;
    let (first_signup, last_signup) = coldstart_signups(config.now);
    for (row, &id) in table.ids("CUSTOMER_ID").unwrap().iter().enumerate() {
        let mut customer = population.customer(id, first_signup, last_signup);
        let signup = customer.signup.0;
        // A longer window of purchases: the row may not depend on what lies beyond its own.
        population.live(&mut customer, Day(signup + 390), Day(signup + 30));
        assert_eq!(table.days("SIGNUP_DATE").unwrap()[row], signup);
        let spend: i64 = population.purchases.iter().filter(|p| p.day < signup + 365).map(|p| p.amount_cents).sum();
        assert_eq!(table.integers("ACTUAL_12M_LTV").unwrap()[row], spend);
        let first = population.purchases.iter().find(|p| p.day < signup + 30).map_or(0, |p| p.amount_cents);
        assert_eq!(table.integers("FIRST_PURCHASE_AMOUNT").unwrap()[row], first);
        for (column, code) in [
            ("WEBSITE_VISITS_30D", 0),
            ("EMAIL_OPENS_30D", 1),
            ("EMAIL_CLICKS_30D", 2),
            ("ITEMS_VIEWED_30D", 4),
            ("CART_ADDS_30D", 5),
        ] {
            let of_type = |e: &&u32| type_of(**e) == code && day_of(**e, signup) < signup + 30;
            let n = population.events.iter().filter(of_type).count();
            assert_eq!(table.integers(column).unwrap()[row], n as i64, "{column}");
        }
    }
}

#[test]
fn the_step_size_never_changes_a_row_and_the_seed_changes_every_table() {
    let base = digests(&config(10, 230), 1_000);
    assert_eq!(base, digests(&config(10, 230), 1));
    assert_eq!(base, digests(&config(10, 230), 17));
    let other: BTreeSet<String> = digests(&config(11, 230), 1_000).iter().map(Digest::to_string).collect();
    assert!(base.iter().all(|digest| !other.contains(&digest.to_string())));
}

#[test]
fn a_larger_population_begins_with_the_smaller_one() {
    let (small, large) = (continuous(&config(12, 40), 10), continuous(&config(12, 80), 10));
    let n = small.transactions.n_rows();
    assert_eq!(small.transactions.integers("AMOUNT").unwrap(), &large.transactions.integers("AMOUNT").unwrap()[..n]);
    assert_eq!(small.profile.codes("SEGMENT").unwrap(), &large.profile.codes("SEGMENT").unwrap()[..40]);
}

#[test]
fn one_customer_is_enough_and_none_is_refused() {
    let one = config(13, 1);
    check_coldstart(&one, &coldstart(&one, 1));
    check_continuous(&one, &continuous(&one, 1));
    assert!(matches!(ColdstartGenerator::new(&config(1, 0)), Err(SynthError::OutOfRange { name: "n_customers", .. })));
}

#[test]
fn tables_are_refused_before_the_last_step() {
    let mut generator = ContinuousGenerator::new(&config(1, 10)).unwrap();
    assert_eq!(generator.step(4), Progress { done: 4, total: 10 });
    assert_eq!(generator.finish().unwrap_err(), SynthError::Unfinished { done: 4, total: 10 });
}

#[test]
fn no_table_can_hold_a_latent() {
    let data = continuous(&config(1, 1), 1);
    let latents = format!("{:?}", data.latents.of(1).unwrap());
    let names: BTreeSet<String> =
        latents.split([' ', '{', ',']).filter_map(|word| word.strip_suffix(':')).map(str::to_uppercase).collect();
    assert!(names.contains("RATE_PER_DAY"), "{latents}");
    for schema in [
        tables::coldstart_customers(),
        tables::coldstart_customers_staging(),
        tables::continuous_customers_profile(),
        tables::continuous_transactions(),
        tables::continuous_interactions(),
    ] {
        // Latents are real numbers; raw tables hold none at all.
        assert!(schema.columns.iter().all(|c| c.kind != ColumnType::Float && !names.contains(&c.name)));
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_configuration_within_bounds_keeps_the_rules(
            seed in any::<u64>(),
            n_customers in 1_u32..25,
            now in 5_000_i32..40_000,
            shares in prop::collection::vec(0.0_f64..=1.0, PARAMETERS.len()),
        ) {
            let mut config = SynthConfig::default();
            for (parameter, share) in PARAMETERS.iter().zip(shares) {
                (parameter.set)(&mut config, parameter.min + share * (parameter.max - parameter.min));
            }
            config.seed = seed;
            config.n_customers = n_customers;
            config.now = Day(now);
            check_coldstart(&config, &coldstart(&config, 7));
            check_continuous(&config, &continuous(&config, 7));
        }
    }
}
