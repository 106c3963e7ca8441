//! The same seed gives the same digests here and in a browser, for every table and model: `golden/digests.txt` of a small run and
//! the trials in `golden/search.txt` are checked here and by the browser test, `golden/digests-full-size.txt` here and by the journey at full size.

use crate::support::{run, run_on};
use crate::trace::trace;
use clv_lab::protocol::{Environment, Event, RunConfig, RunReport, limits};
use clv_lab::session::Host;
use expect_test::expect_file;

fn report(config: RunConfig) -> RunReport {
    finished(run(config).1)
}

fn finished(events: Vec<Event>) -> RunReport {
    let report = events.into_iter().find_map(|event| match event {
        Event::RunFinished { report, .. } => Some(*report),
        _ => None,
    });
    report.expect("the run finishes")
}

#[test]
fn digests_of_a_small_run_equal_the_golden_file() {
    expect_file!["../golden/digests.txt"].assert_eq(&report(RunConfig::default()).digest_lines());
}

#[test]
fn digests_of_a_full_size_run_equal_the_golden_file() {
    let config = RunConfig { customers: limits::FULL_SIZE_CUSTOMERS, ..RunConfig::default() };
    expect_file!["../golden/digests-full-size.txt"].assert_eq(&report(config).digest_lines());
}

#[test]
fn a_search_tries_the_points_of_the_golden_file() {
    expect_file!["../golden/search.txt"].assert_eq(&trace().unwrap());
}

/// A host of another speed, which cuts the work into other steps, and with another number of workers.
struct Machine {
    now_ms: std::cell::Cell<f64>,
    look_ms: f64,
    workers: u32,
}

impl Host for Machine {
    fn now_ms(&self) -> f64 {
        self.now_ms.set(self.now_ms.get() + self.look_ms);
        self.now_ms.get()
    }

    fn environment(&self) -> Environment {
        Environment { workers: self.workers, ..Environment::default() }
    }
}

#[test]
fn neither_the_size_of_a_step_nor_the_number_of_workers_changes_a_table_or_a_model() {
    let base = RunConfig { customers: 400, ..RunConfig::default() };
    let other = RunConfig { seed: 7, scenario: "churn-shock".to_owned(), ..base.clone() };
    for config in [base, other] {
        let on = |look_ms: f64, workers: u32| {
            let host = Machine { now_ms: std::cell::Cell::new(0.0), look_ms, workers };
            let (_, events) = run_on(&host, config.clone());
            finished(events).digest_lines()
        };
        let slow = on(1_000.0, 1);
        assert!(slow.lines().count() >= 18, "{slow}");
        assert_eq!(slow, on(0.0, 8));
        assert_eq!(slow, on(3.0, 2));
    }
}

#[test]
fn the_same_configuration_twice_gives_the_same_digests_and_another_seed_others() {
    let config = RunConfig { customers: 300, ..RunConfig::default() };
    let (first, second) = (report(config.clone()).digest_lines(), report(config.clone()).digest_lines());
    assert_eq!(first, second);
    let other = report(RunConfig { seed: 43, ..config }).digest_lines();
    for (line, other) in first.lines().zip(other.lines()) {
        assert_ne!(line, other);
    }
}
