//! The same seed gives the same digests here and in a browser, for every table and model: `golden/digests.txt` of a small run is
//! checked here and by the browser test, `golden/digests-full-size.txt` here and by the journey at full size.

use crate::support::run;
use clv_lab::protocol::{Event, RunConfig, RunReport, limits};
use expect_test::expect_file;

fn report(config: RunConfig) -> RunReport {
    let (_, events) = run(config);
    let finished = events.into_iter().find_map(|event| match event {
        Event::RunFinished { report, .. } => Some(*report),
        _ => None,
    });
    finished.expect("the run finishes")
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
fn the_same_configuration_twice_gives_the_same_digests_and_another_seed_others() {
    let config = RunConfig { customers: 300, ..RunConfig::default() };
    let (first, second) = (report(config.clone()).digest_lines(), report(config.clone()).digest_lines());
    assert_eq!(first, second);
    let other = report(RunConfig { seed: 43, ..config }).digest_lines();
    for (line, other) in first.lines().zip(other.lines()) {
        assert_ne!(line, other);
    }
}
