//! Estimates before a run against what runs really make, and the words of the generator against its parameters.

use crate::support::run;
use clv_lab::engine::synth::{PARAMETERS, SynthConfig};
use clv_lab::present::estimate::{basis, warning};
use clv_lab::present::generator;
use clv_lab::protocol::{Event, RunConfig, RunEstimate, RunReport, limits};
use clv_lab::session::{self, generator_config, generator_description};
use std::collections::BTreeMap;

fn report(config: RunConfig) -> RunReport {
    let (_, events) = run(config);
    let finished = events.into_iter().find_map(|event| match event {
        Event::RunFinished { report, .. } => Some(*report),
        _ => None,
    });
    finished.expect("the run finishes")
}

fn table_bytes(report: &RunReport) -> f64 {
    report.tables.values().map(|table| table.bytes).sum::<u64>() as f64
}

/// Estimated over actual: transactions, interactions, bytes of tables.
fn ratios(estimate: &RunEstimate, report: &RunReport) -> [f64; 3] {
    let rows = |name: &str| report.tables[name].rows as f64;
    [
        estimate.n_transactions / rows("CONTINUOUS_TRANSACTIONS"),
        estimate.n_interactions / rows("CONTINUOUS_INTERACTIONS"),
        estimate.table_bytes / table_bytes(report),
    ]
}

fn assert_close(ratios: [f64; 3], what: &str) {
    assert!((ratios[0] - 1.0).abs() < 0.15, "{what}: transactions {ratios:?}");
    assert!((ratios[1] - 1.0).abs() < 0.15, "{what}: interactions {ratios:?}");
    assert!((ratios[2] - 1.0).abs() < 0.25, "{what}: bytes {ratios:?}");
}

fn estimate(config: &RunConfig, last: Option<&RunReport>) -> RunEstimate {
    session::estimate(config, last).expect("the generator takes the settings")
}

/// Every parameter moved within half and double its default, by a hash of its name.
fn random_configuration(number: u64) -> RunConfig {
    let info = generator_description();
    let mut config = RunConfig { customers: 2_000, seed: number, ..RunConfig::default() };
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for parameter in generator::parameters(&info) {
        bits ^= bits >> 29;
        bits = bits.wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits ^= bits >> 32;
        let share = (bits >> 11) as f64 / (1_u64 << 53) as f64;
        let (low, high) = if parameter.default == 0.0 {
            (0.0, 0.3 * parameter.max)
        } else {
            ((0.5 * parameter.default).max(parameter.min), (2.0 * parameter.default).min(parameter.max))
        };
        let value = generator::stepped(parameter, low + share * (high - low));
        generator::set(&info, &mut config, parameter, value);
    }
    config
}

#[test]
fn rows_and_bytes_of_three_random_configurations_are_estimated_from_the_reference() {
    for number in [1, 2, 3] {
        let config = random_configuration(number);
        assert!(config.overrides.len() > 40, "few parameters are moved");
        let estimate = estimate(&config, None);
        assert_close(ratios(&estimate, &report(config)), &format!("random configuration {number}"));
    }
}

#[test]
fn every_scenario_and_the_default_are_estimated_from_the_reference() {
    let info = generator_description();
    for scenario in &info.scenarios {
        let config = RunConfig { customers: 2_000, scenario: scenario.name.clone(), ..RunConfig::default() };
        let estimate = estimate(&config, None);
        assert_close(ratios(&estimate, &report(config)), &scenario.name);
    }
}

#[test]
fn after_a_run_the_estimate_of_the_same_run_is_what_it_made() {
    let config = random_configuration(4);
    let mut last = report(config.clone());
    let again = estimate(&config, Some(&last));
    for ratio in ratios(&again, &last) {
        assert!((ratio - 1.0).abs() < 1e-9, "{ratio}");
    }
    let elapsed_ms: f64 = last.stages.iter().map(|stage| stage.ms).sum();
    assert!((again.elapsed_ms - elapsed_ms).abs() < 1e-6);
    assert!(basis(&again).contains("2,000 customers"), "{}", basis(&again));
    let tenfold = estimate(&RunConfig { customers: 20_000, ..config.clone() }, Some(&last));
    assert!((tenfold.n_interactions / again.n_interactions - 10.0).abs() < 1e-9);
    let search_ms: f64 = last.stages.iter().filter(|stage| stage.name.starts_with("search:")).map(|s| s.ms).sum();
    assert!(search_ms > 0.0);
    let more_trials = estimate(&RunConfig { trials: 2 * config.trials, ..config.clone() }, Some(&last));
    assert!(
        (more_trials.elapsed_ms - again.elapsed_ms - search_ms).abs() < 1e-6,
        "twice the trials take twice the search"
    );
    // A worker that holds more than the next run needs does not give it back.
    last.environment.wasm_memory_bytes = Some(3_000_000_000);
    assert_eq!(estimate(&config, Some(&last)).memory_bytes, 3e9);
    let other_scope = RunConfig { scope: clv_lab::protocol::RunScope::Data, ..config };
    assert_eq!(estimate(&other_scope, Some(&last)).reckoned_from, None);
}

#[test]
fn the_largest_run_is_warned_of_and_full_size_is_not() {
    let of = |customers| {
        let config = RunConfig { customers, ..RunConfig::default() };
        warning(estimate(&config, None).memory_bytes, customers)
    };
    assert_eq!(of(limits::FULL_SIZE_CUSTOMERS), None);
    assert!(of(*limits::CUSTOMERS.end()).is_some());
}

#[test]
fn the_page_is_told_every_parameter_with_its_default_and_bounds() {
    let info = generator_description();
    let base = SynthConfig::default();
    let told: Vec<&str> = generator::parameters(&info).map(|parameter| parameter.name.as_str()).collect();
    let known: Vec<&str> =
        PARAMETERS.iter().map(|parameter| parameter.name).filter(|name| *name != "n_customers").collect();
    assert_eq!(told, known);
    for (told, known) in generator::parameters(&info).zip(PARAMETERS.iter().filter(|p| p.name != "n_customers")) {
        assert_eq!((told.min, told.max, told.default), (known.min, known.max, (known.get)(&base)));
        assert!(!told.label.is_empty() && !told.explanation.is_empty());
        assert_eq!(generator::typed(told, &told.default.to_string()), Ok(told.default));
    }
    for scenario in &info.scenarios {
        assert_eq!(generator::differences(&info, scenario).len(), scenario.differences.len(), "{}", scenario.name);
    }
}

#[test]
fn the_default_settings_of_a_run_are_the_generators() {
    let run = RunConfig::default();
    let generated = generator_config(&run).unwrap();
    assert_eq!(generated, SynthConfig { seed: run.seed, n_customers: run.customers, ..SynthConfig::default() });
    let info = generator_description();
    assert_eq!(info.scenarios[0].name, run.scenario);
}

#[test]
fn both_ends_of_what_a_link_may_say_as_now_are_generated() {
    for now in [*limits::NOW.start(), *limits::NOW.end()] {
        let run = RunConfig { now: now.to_owned(), ..RunConfig::default() };
        assert_eq!(generator_config(&run.check().unwrap()).unwrap().now.to_string(), now);
    }
}

#[test]
fn settings_that_the_generator_does_not_know_are_refused_in_words() {
    for (config, said) in [
        (RunConfig { scenario: "doom".to_owned(), ..RunConfig::default() }, "doom"),
        (RunConfig { now: "2025-02-30".to_owned(), ..RunConfig::default() }, "2025-02-30"),
        (
            RunConfig { overrides: BTreeMap::from([("process.lead_days".to_owned(), 1e9)]), ..RunConfig::default() },
            "process.lead_days",
        ),
        (
            RunConfig { overrides: BTreeMap::from([("n_customers".to_owned(), 5.0)]), ..RunConfig::default() },
            "n_customers",
        ),
    ] {
        let (session, events) = run(config);
        assert!(!session.has_work());
        let [Event::Refused(problem)] = events.as_slice() else { panic!("{events:?}") };
        assert!(problem.to_string().contains(said), "{problem}");
    }
}

#[test]
fn a_scenario_changes_the_tables_and_the_report_says_so() {
    let base = report(RunConfig { customers: 500, ..RunConfig::default() });
    let shock = report(RunConfig { customers: 500, scenario: "churn-shock".to_owned(), ..RunConfig::default() });
    let by_hand = report(RunConfig {
        customers: 500,
        overrides: [("change.leaving_share", 0.25), ("process.ticket_dropout_probability", 0.08)]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        ..RunConfig::default()
    });
    let later = report(RunConfig { customers: 500, now: "2024-06-30".to_owned(), ..RunConfig::default() });
    assert!(shock.tables["CONTINUOUS_TRANSACTIONS"].rows < base.tables["CONTINUOUS_TRANSACTIONS"].rows);
    assert_eq!(shock.digest_lines(), by_hand.digest_lines(), "a scenario is nothing but its differences");
    assert_ne!(later.digest_lines(), base.digest_lines());
    let config =
        |report: &RunReport| serde_json::from_str::<serde_json::Value>(&report.to_json()).unwrap()["config"].take();
    assert_eq!(config(&shock)["scenario"], "churn-shock");
    assert_eq!(config(&by_hand)["overrides"]["change.leaving_share"], 0.25);
    assert_eq!(config(&later)["now"], "2024-06-30");
    for absent in ["scenario", "overrides", "now"] {
        assert!(config(&base).get(absent).is_none(), "{absent}");
    }
}
