//! What must hold of the fair bound: it equals brute force where that is possible, it is calibrated, it uses what it is given,
//! and no configuration breaks it.

use super::rates::{Conversion, RatePrior, hidden_channels};
use super::spend::{Amount, SpendPrior};
use super::*;
use crate::schema::Day;
use crate::synth::attributes::{AttributeEffects, CONTINUOUS};
use crate::synth::tests::{coldstart, config, continuous};
use crate::synth::{PARAMETERS, SynthConfig};

/// One row: actual spend, oracle, fair bound, all in dollars.
type Row = [f64; 3];

fn coldstart_rows(config: &SynthConfig) -> Vec<Row> {
    let data = coldstart(config, 1_000);
    let posterior = ColdstartPosterior::new(config).unwrap();
    let table = &data.customers;
    (0..table.n_rows())
        .map(|row| {
            let seen = Onboarding::of(table, row).unwrap();
            let id = table.ids("CUSTOMER_ID").unwrap()[row];
            let oracle = data.latents.expected_spend_cents(id, seen.signup, seen.signup.plus(365)).unwrap();
            let actual = table.integers("ACTUAL_12M_LTV").unwrap()[row] as f64;
            [actual, oracle, posterior.expected_spend_cents(&seen)].map(|cents| cents / 100.0)
        })
        .collect()
}

/// Every customer who can be observed in the middle of the admissible days; `shows_interactions` to a posterior that believes
/// in `believed`.
fn continuous_rows(config: &SynthConfig, believed: &SynthConfig, shows_interactions: bool) -> Vec<Row> {
    let data = continuous(config, 1_000);
    let posterior = ContinuousPosterior::new(believed).unwrap();
    let signups = data.profile.days("SIGNUP_DATE").unwrap();
    let ages = data.profile.codes("AGE_GROUP").unwrap();
    let (buyers, dates) =
        (data.transactions.ids("CUSTOMER_ID").unwrap(), data.transactions.days("TRANSACTION_DATE").unwrap());
    let amounts = data.transactions.integers("AMOUNT").unwrap();
    let (visitors, event_dates) =
        (data.interactions.ids("CUSTOMER_ID").unwrap(), data.interactions.days("EVENT_DATE").unwrap());
    let types = data.interactions.codes("EVENT_TYPE").unwrap();
    let (mut begin, mut event_begin) = (0, 0);
    let mut rows = Vec::new();
    for (idx, (&signup, &age_group)) in signups.iter().zip(ages).enumerate() {
        let id = idx as i32 + 1;
        let own = begin..begin + buyers[begin..].partition_point(|&buyer| buyer == id);
        let own_events = event_begin..event_begin + visitors[event_begin..].partition_point(|&visitor| visitor == id);
        (begin, event_begin) = (own.end, own_events.end);
        let (first, last) = ((signup + 90).max(config.now.0 - 730), config.now.0 - 365);
        if first > last {
            continue;
        }
        let as_of = (first + last) / 2;
        let seen = own.start..own.start + dates[own.clone()].partition_point(|&day| day <= as_of);
        let shown: Vec<(i32, u8)> = own_events
            .filter(|&row| event_dates[row] <= as_of && shows_interactions)
            .map(|row| (event_dates[row], types[row]))
            .collect();
        let (event_days, event_types): (Vec<i32>, Vec<u8>) = shown.into_iter().unzip();
        let history = History {
            signup: Day(signup),
            age_group,
            as_of: Day(as_of),
            purchase_days: &dates[seen.clone()],
            amounts_cents: &amounts[seen.clone()],
            event_days: &event_days,
            event_types: &event_types,
        };
        let actual: i64 = (seen.end..own.end).filter(|&row| dates[row] <= as_of + 365).map(|row| amounts[row]).sum();
        let oracle = data.latents.expected_spend_cents(id, Day(as_of + 1), Day(as_of + 366)).unwrap();
        rows.push([actual as f64, oracle, posterior.expected_spend_cents(&history, 365)].map(|cents| cents / 100.0));
    }
    rows
}

fn r2(rows: &[Row], of: usize) -> f64 {
    let mean = rows.iter().map(|row| row[0]).sum::<f64>() / rows.len() as f64;
    let sum = |error: &dyn Fn(&Row) -> f64| rows.iter().map(|row| error(row) * error(row)).sum::<f64>();
    1.0 - sum(&|row| row[0] - row[of]) / sum(&|row| row[0] - mean)
}

/// Checks that actual spend averages to the bound, over all rows and in each fifth of them by bound, to `n` standard errors.
fn assert_calibrated(name: &str, rows: &[Row], n: f64) {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| a[2].total_cmp(&b[2]));
    let fifth = sorted.len().div_ceil(5);
    for part in sorted.chunks(fifth).chain([sorted.as_slice()]) {
        let count = part.len() as f64;
        let bias = part.iter().map(|row| row[0] - row[2]).sum::<f64>() / count;
        let mean = part.iter().map(|row| row[2]).sum::<f64>() / count;
        let error = (part.iter().map(|row| (row[0] - row[2]) * (row[0] - row[2])).sum::<f64>() / count / count).sqrt();
        // Among the lost, one purchase more or less decides.
        assert!(bias.abs() < n * error + 1.0, "{name}: {bias} beside {mean}, standard error {error}");
    }
}

#[test]
fn the_bound_is_calibrated_and_lies_between_nothing_and_the_oracle() {
    let config = config(31, 3_000);
    for (name, rows) in [("cold", coldstart_rows(&config)), ("cont", continuous_rows(&config, &config, true))] {
        assert_calibrated(name, &rows, 4.0);
        let (oracle, bound) = (r2(&rows, 1), r2(&rows, 2));
        assert!(0.4 < bound && bound < oracle, "{name}: {bound} {oracle}");
    }
}

#[test]
fn the_bound_stays_calibrated_when_the_market_changes() {
    let mut config = config(32, 3_000);
    config.change.price_rise = 0.3;
    config.change.leaving_share = 0.3;
    config.change.paid_social_share = 0.6;
    for (name, rows) in [("cold", coldstart_rows(&config)), ("cont", continuous_rows(&config, &config, true))] {
        assert_calibrated(name, &rows, 4.0);
    }
}

/// A shop whose customers do nothing but buy.
fn silent(mut config: SynthConfig) -> SynthConfig {
    config.process.ticket_dropout_probability = 0.0;
    let of_interactions = ["visits", "views", "cart", "tickets", "open_probability"];
    for parameter in PARAMETERS.iter().filter(|p| p.name.starts_with("continuous.")) {
        if of_interactions.iter().any(|word| parameter.name.contains(word)) {
            (parameter.set)(&mut config, 0.0);
        }
    }
    config
}

#[test]
fn interactions_tell_more_than_purchases_alone() {
    let config = config(33, 3_000);
    let with = r2(&continuous_rows(&config, &config, true), 2);
    let without = r2(&continuous_rows(&config, &silent(config.clone()), false), 2);
    assert!(with > without + 0.01, "{with} {without}");
}

/// Pareto/NBD by brute force: a fine grid over λ and μ, the textbook likelihood, no bins of τ.
#[test]
fn without_interactions_and_season_the_bound_is_the_pareto_nbd_expectation() {
    let mut config = config(1, 1);
    config.process.weekday_strength = 0.0;
    config.process.holiday_strength = 0.0;
    let config = silent(config);
    let posterior = ContinuousPosterior::new(&config).unwrap();
    let rates = RatePrior::new(&config, &config.continuous);
    let effects = AttributeEffects::new(&CONTINUOUS);
    let signup = config.now.plus(-900);
    let as_of = signup.plus(400);
    for purchases in [vec![2], vec![5, 30, 60, 85], vec![1, 9, 40, 200, 210, 390], vec![60, 70]] {
        let days: Vec<i32> = purchases.iter().map(|day| signup.0 + day).collect();
        let amounts = vec![5_000; days.len()];
        let history = History {
            signup,
            age_group: 1,
            as_of,
            purchase_days: &days,
            amounts_cents: &amounts,
            event_days: &[],
            event_types: &[],
        };
        let paid: Vec<Amount> = amounts
            .iter()
            .enumerate()
            .map(|(idx, _)| Amount { cents: 5_000.0, price: 1.0, is_first: idx == 0 && purchases[0] < 30 })
            .collect();
        let multipliers = effects.spend_of_age(1, &CONTINUOUS.area_type);
        let mean_amount = SpendPrior::new(&config).mean_amounts_cents(&multipliers, &paid, [1.0, 1.0])[0];
        let found = posterior.expected_spend_cents(&history, 365) / mean_amount;

        let is_converter = purchases[0] < 30;
        let start = if is_converter { f64::from(purchases[0]) + 0.5 } else { 30.0 };
        let last = f64::from(*purchases.last().unwrap()) + 0.5 - start;
        let seen = 401.0 - start;
        let n_repeats = (purchases.len() - usize::from(is_converter)) as f64;
        let conversion = if is_converter { Conversion::After(purchases[0]) } else { Conversion::None };
        let shares = config.channels.shares();
        let channels = hidden_channels(&rates, &effects, &CONTINUOUS, &shares, conversion);
        let share = if is_converter { 1.0 } else { config.process.nonconverter_rate_share };
        let mean_rate = config.continuous.purchases_per_year / 365.0 * share;
        let mean_hazard = config.process.dropouts_per_year / 365.0;
        let (mut total, mut expected) = (0.0, 0.0);
        for rate in log_grid::<300>(1e-5 * mean_rate, 40.0 * mean_rate) {
            let of_rate: f64 = channels
                .iter()
                .map(|(factor, weight)| {
                    weight * libm::exp(ln_gamma_density(rate, config.process.rate_shape, mean_rate * factor))
                })
                .sum();
            for hazard in log_grid::<300>(1e-5 * mean_hazard, 40.0 * mean_hazard) {
                let of_hazard = libm::exp(ln_gamma_density(hazard, config.process.dropout_shape, mean_hazard));
                let both = rate + hazard;
                let alive = libm::exp(-both * seen);
                let dead = hazard / both * (libm::exp(-both * last) - alive);
                let likelihood = of_rate * of_hazard * libm::pow(rate, n_repeats);
                total += likelihood * (alive + dead);
                expected += likelihood * alive * rate * -libm::expm1(-hazard * 365.0) / hazard;
            }
        }
        let brute = expected / total;
        assert!((found / brute - 1.0).abs() < 0.005, "{purchases:?}: {found} instead of {brute}");
    }
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_configuration_has_a_finite_bound(
            seed in any::<u64>(),
            shares in prop::collection::vec(0.0_f64..=1.0, PARAMETERS.len()),
        ) {
            let mut config = SynthConfig::default();
            for (parameter, share) in PARAMETERS.iter().zip(shares) {
                (parameter.set)(&mut config, parameter.min + share * (parameter.max - parameter.min));
            }
            (config.seed, config.n_customers) = (seed, 6);
            for row in coldstart_rows(&config).into_iter().chain(continuous_rows(&config, &config, true)) {
                prop_assert!(row.iter().all(|value| value.is_finite() && *value >= 0.0), "{row:?}");
            }
        }
    }
}
