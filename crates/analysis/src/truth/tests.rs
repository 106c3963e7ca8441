//! Checks on generated data, and on data that were damaged in one way each, or that another process made.

use super::{Check, Examination, RawTables};
use clv_engine::synth::{ColdstartGenerator, ContinuousGenerator, SCENARIOS, Settings, SynthConfig};
use clv_engine::table::{ColumnData, Table, Values};
use std::sync::LazyLock;

mod damage;
mod leaks;

/// What both scenarios generate.
pub fn raw(config: &SynthConfig) -> RawTables {
    let mut cold = ColdstartGenerator::new(config).unwrap();
    while cold.step(1_000).done < cold.n_customers_total() {}
    let cold = cold.finish().unwrap();
    let mut cont = ContinuousGenerator::new(config).unwrap();
    while cont.step(1_000).done < cont.n_customers_total() {}
    let cont = cont.finish().unwrap();
    RawTables {
        coldstart: Some(cold.customers),
        staging: Some(cold.staging),
        profile: Some(cont.profile),
        transactions: Some(cont.transactions),
        interactions: Some(cont.interactions),
    }
}

fn config(seed: u64, n_customers: u32) -> SynthConfig {
    SynthConfig { seed, n_customers, ..SynthConfig::default() }
}

fn examine(tables: RawTables, config: Option<&SynthConfig>) -> Vec<Check> {
    let now = SynthConfig::default().now;
    let mut exam = Examination::new(tables, now, config.cloned()).unwrap();
    loop {
        if let Some(checks) = exam.step().unwrap() {
            return checks;
        }
    }
}

fn failing(checks: &[Check]) -> Vec<&str> {
    checks.iter().filter(|check| !check.passes()).map(|check| check.id.as_str()).collect()
}

/// 5,000 customers of each scenario.
static SOUND: LazyLock<(SynthConfig, RawTables)> = LazyLock::new(|| {
    let config = config(11, 5_000);
    let tables = raw(&config);
    (config, tables)
});

/// Asserts that exactly the named checks fail on damaged tables.
fn assert_fails(what: &str, tables: RawTables, expected: &[&str]) {
    let checks = examine(tables, Some(&SOUND.0));
    let mut found = failing(&checks);
    let mut expected = expected.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    let about = |id: &str| {
        let check = checks.iter().find(|check| check.id == id);
        check
            .map(|c| format!("{id}: {} in [{:?}, {:?}]", c.measured, c.low, c.high))
            .unwrap_or(format!("{id} is absent"))
    };
    let shown: Vec<String> = found.iter().chain(&expected).map(|id| about(id)).collect();
    assert_eq!(found, expected, "{what}: {shown:#?}");
}

/// A table with one column changed.
fn edited(table: &Option<Table>, column: &str, change: impl FnOnce(&mut ColumnData)) -> Option<Table> {
    let table = table.as_ref().unwrap();
    let mut columns = columns_of(table);
    change(&mut columns[table.schema().index_of(column).unwrap()]);
    Some(Table::new(table.schema().clone(), columns).unwrap())
}

fn columns_of(table: &Table) -> Vec<ColumnData> {
    let rows: Vec<u32> = (0..table.n_rows() as u32).collect();
    picked_columns(table, &rows)
}

fn picked_columns(table: &Table, rows: &[u32]) -> Vec<ColumnData> {
    table.schema().columns.iter().map(|column| table.gather(&column.name, rows).unwrap()).collect()
}

/// A table of some of another one's rows.
fn picked(table: &Option<Table>, rows: &[u32]) -> Option<Table> {
    let table = table.as_ref().unwrap();
    Some(Table::new(table.schema().clone(), picked_columns(table, rows)).unwrap())
}

fn ints(data: &mut ColumnData) -> &mut Vec<i64> {
    match &mut data.values {
        Values::Cents(v) | Values::Integers(v) => v,
        other => panic!("{other:?}"),
    }
}

fn small_ints(data: &mut ColumnData) -> &mut Vec<i32> {
    match &mut data.values {
        Values::Ids(v) | Values::Days(v) => v,
        other => panic!("{other:?}"),
    }
}

fn codes(data: &mut ColumnData) -> &mut Vec<u8> {
    match &mut data.values {
        Values::Codes(v) => v,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_check_holds_on_generated_data_of_several_sizes_and_seeds() {
    for (seed, n_customers) in
        [(1, 1_000), (2, 2_000), (3, 2_000), (42, 2_000), (5, 5_000), (6, 5_000), (42, 5_000), (42, 20_000)]
    {
        let config = config(seed, n_customers);
        let checks = examine(raw(&config), Some(&config));
        assert_eq!(failing(&checks), Vec::<&str>::new(), "seed {seed}, {n_customers} customers");
        assert!(checks.len() >= 70, "only {} checks", checks.len());
        let mut ids: Vec<&str> = checks.iter().map(|check| check.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), checks.len());
    }
}

#[test]
fn ranges_follow_the_configuration() {
    let change = |change: fn(&mut SynthConfig)| {
        let mut config = config(7, 3_000);
        change(&mut config);
        config
    };
    for config in [
        change(|c| c.process.rate_shape = 5.0),
        change(|c| c.process.dropouts_per_year = 1.5),
        change(|c| c.process.mean_spend_usd = 15.0),
        change(|c| c.process.weekday_strength = 0.0),
        change(|c| c.process.holiday_strength = 2.5),
        change(|c| c.process.label_correlation = 0.0),
        change(|c| c.process.label_correlation = 0.8),
        change(|c| c.process.ticket_dropout_probability = 0.2),
        change(|c| c.continuous.purchases_per_year = 30.0),
        change(|c| c.continuous.conversion_probability = 0.95),
        change(|c| c.channels.referral = 1.0),
        change(|c| {
            c.change.leaving_share = 0.4;
            c.change.price_rise = 0.3;
            c.change.paid_social_share = 0.5;
        }),
    ] {
        let checks = examine(raw(&config), Some(&config));
        assert_eq!(failing(&checks), Vec::<&str>::new(), "{config:?}");
        assert!(checks.len() > 45, "only {} checks", checks.len());
    }
}

#[test]
fn every_check_holds_in_every_scenario_of_the_market() {
    for scenario in SCENARIOS {
        for (seed, n_customers) in [(1, 1_000), (2, 2_000), (3, 5_000), (4, 12_000)] {
            let settings = Settings { scenario: scenario.name, now: "2025-06-30", overrides: &mut std::iter::empty() };
            let config = SynthConfig::of_settings(seed, n_customers, settings).unwrap();
            let checks = examine(raw(&config), Some(&config));
            assert_eq!(failing(&checks), Vec::<&str>::new(), "{}, {n_customers} customers", scenario.name);
            assert!(checks.len() > 45, "{}: only {} checks", scenario.name, checks.len());
        }
    }
}

#[test]
fn another_process_is_noticed_where_it_differs() {
    let change = |change: fn(&mut SynthConfig)| {
        let mut config = SOUND.0.clone();
        change(&mut config);
        config
    };
    for (what, other, expected) in [
        ("no week", change(|c| c.process.weekday_strength = 0.0), &["calendar.weekdays"][..]),
        ("no December", change(|c| c.process.holiday_strength = 0.0), &["calendar.season"]),
        ("dearer", change(|c| c.process.mean_spend_usd = 80.0), &["amounts.mean"]),
        ("slow carts", change(|c| c.process.cart_lead_days = 4.0), &["browsing.days_before.cart_adds"]),
        (
            "early views",
            change(|c| c.process.lead_days = 8.0),
            &["browsing.days_before.product_views", "browsing.lead.product_views", "browsing.lead.website_visits"],
        ),
        ("clicks", change(|c| c.coldstart.click_probability = 0.5), &["browsing.click_rate.coldstart"]),
        (
            "a telling label",
            change(|c| c.process.label_correlation = 0.9),
            &["information.CONTINUOUS_CUSTOMERS_PROFILE.SEGMENT"],
        ),
        ("few convert", change(|c| c.coldstart.conversion_probability = 0.35), &["purchases.conversion.coldstart"]),
        ("all alike", change(|c| c.process.rate_shape = 20.0), &["purchases.inequality", "purchases.pareto"]),
        (
            "twice as often",
            change(|c| c.continuous.purchases_per_year = 22.0),
            &[
                "purchases.rate",
                "volumes.CONTINUOUS_TRANSACTIONS",
                "volumes.CONTINUOUS_INTERACTIONS",
                "marginals.CONTINUOUS_INTERACTIONS.EVENT_TYPE",
            ],
        ),
        (
            "nobody leaves",
            change(|c| {
                c.process.dropouts_per_year = 0.01;
                c.process.ticket_dropout_probability = 0.0;
            }),
            &["retention.falls", "volumes.CONTINUOUS_TRANSACTIONS", "volumes.CONTINUOUS_INTERACTIONS"],
        ),
    ] {
        assert_fails(what, raw(&other), expected);
    }
}

#[test]
fn of_own_data_only_rules_are_checked() {
    let checks = examine(SOUND.1.clone(), None);
    assert_eq!(failing(&checks), Vec::<&str>::new());
    let groups: Vec<_> = checks.iter().map(|check| check.group).collect();
    use super::Group::{Amounts, ColdStart, Dates, Keys};
    assert!(groups.iter().all(|group| [Keys, Dates, Amounts, ColdStart].contains(group)), "{groups:?}");
    assert!(checks.len() >= 15, "{}", checks.len());
    let cheap = edited(&SOUND.1.transactions, "AMOUNT", |data| ints(data)[3] = 120);
    assert_eq!(failing(&examine(RawTables { transactions: cheap, ..SOUND.1.clone() }, None)), Vec::<&str>::new());
    let alone = RawTables { coldstart: SOUND.1.coldstart.clone(), ..RawTables::default() };
    assert!(examine(alone, None).len() >= 4);
    assert!(examine(RawTables::default(), Some(&SOUND.0)).is_empty());
}

#[test]
fn few_customers_give_few_checks_and_no_alarm() {
    for n_customers in (1..=10).chain((15..150).step_by(9)) {
        let config = config(u64::from(n_customers), n_customers);
        let checks = examine(raw(&config), Some(&config));
        assert_eq!(failing(&checks), Vec::<&str>::new(), "{n_customers} customers");
        assert!(checks.len() >= 18, "{}", checks.len());
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]
    #[test]
    fn no_configuration_makes_a_check_panic(position in 0..clv_engine::synth::PARAMETERS.len(), share in 0.0..=1.0) {
        let parameter = &clv_engine::synth::PARAMETERS[position];
        let mut config = config(3, 120);
        let (min, max) = (parameter.min, if parameter.name == "n_customers" { 300.0 } else { parameter.max });
        (parameter.set)(&mut config, min + share * (max - min));
        for check in examine(raw(&config), Some(&config)) {
            proptest::prop_assert!(check.measured.is_finite(), "{check:?}");
            proptest::prop_assert!(check.low.is_none_or(f64::is_finite) && check.high.is_none_or(f64::is_finite), "{check:?}");
        }
    }
}
