//! Tests of what readers are told about drift and expectations.

use super::*;
use crate::present::state::News;
use crate::protocol::{BrokenRow, Event, Hello, ObjectSummary};

fn finding_of(severity: ExpectationSeverity, n_broken: u64) -> ExpectationFinding {
    let example = BrokenRow { customer: "17".to_owned(), value: Some("-0.5000".to_owned()) };
    ExpectationFinding {
        view: ObjectId::RfmFeatures,
        feature: "FREQUENCY".to_owned(),
        rule: "at least 0".to_owned(),
        severity,
        n_rows: 1_000,
        n_broken,
        example: (n_broken > 0).then_some(example),
    }
}

fn drift_of(psi: f64, verdict: DriftVerdict) -> FeatureDrift {
    FeatureDrift { psi, verdict, by_chance: 0.01, ..example() }
}

fn health_of(drifts: Vec<FeatureDrift>, expectations: Vec<ExpectationFinding>) -> FeatureHealth {
    FeatureHealth { drifts, expectations, moderate_from: 0.1, large_above: 0.25, ..FeatureHealth::default() }
}

#[test]
fn the_head_line_counts_what_drifts_and_what_breaks() {
    use DriftVerdict::{Large, Moderate, Stable};
    use ExpectationSeverity::{Fail, Warn};
    let drifts = vec![drift_of(0.02, Stable), drift_of(0.2, Moderate), drift_of(0.9, Large)];
    let found = health_of(drifts.clone(), vec![finding_of(Warn, 2), finding_of(Fail, 0)]);
    assert_eq!(headline(&found), "2 of 3 model inputs drift, 1 of them far; 1 of 2 expectations breaks.");
    assert_eq!(judgement(&found), Judgement::Caution);
    let found = health_of(drifts, vec![finding_of(Fail, 1), finding_of(Fail, 3)]);
    assert_eq!(headline(&found), "2 of 3 model inputs drift, 1 of them far; 2 of 2 expectations break.");
    assert_eq!(judgement(&found), Judgement::Warning);
    let lucky = FeatureDrift { by_chance: 1.0, ..drift_of(0.2, Moderate) };
    let found = health_of(vec![lucky], vec![finding_of(Fail, 0), finding_of(Fail, 0)]);
    let expected = "1 of 1 model input drifts, 0 of them far, 1 no more than chance makes of so few rows; all 2 expectations hold.";
    assert_eq!(headline(&found), expected);
    let calm = health_of(vec![drift_of(0.02, Stable)], vec![finding_of(Fail, 0)]);
    assert_eq!(headline(&calm), "None of 1 model input drifts; all 1 expectation hold.");
    assert_eq!(judgement(&calm), Judgement::Good);
    assert!(headline(&health_of(Vec::new(), Vec::new())).starts_with("There are no rows to train on"));
}

#[test]
fn the_largest_drift_and_the_worst_breach_come_first() {
    let found = health_of(
        [0.1, f64::NAN, 0.7].map(|psi| drift_of(psi, DriftVerdict::Moderate)).into(),
        vec![
            finding_of(ExpectationSeverity::Fail, 0),
            finding_of(ExpectationSeverity::Warn, 1),
            finding_of(ExpectationSeverity::Fail, 1),
        ],
    );
    let psis: Vec<f64> = by_size(&found).iter().map(|drift| drift.psi).collect();
    assert!(psis[0].is_nan() && psis[1..] == [0.7, 0.1]);
    let signs: Vec<&str> = by_gravity(&found).iter().map(|finding| finding_sign(finding).0).collect();
    assert_eq!(signs, ["broken", "unusual", "held"]);
}

#[test]
fn a_breach_is_told_with_its_number_of_rows_and_an_example() {
    assert_eq!(finding(&finding_of(ExpectationSeverity::Fail, 0)), "in all 1,000 rows");
    let told = finding(&finding_of(ExpectationSeverity::Warn, 12));
    assert_eq!(told, "12 of 1,000 rows break it, such as -0.5000 of customer 17");
    let mut null = finding_of(ExpectationSeverity::Fail, 1);
    null.example = Some(BrokenRow { customer: "K-1".to_owned(), value: None });
    assert_eq!(finding(&null), "1 of 1,000 rows breaks it, such as null of customer K-1");
}

#[test]
fn what_is_held_against_what_reads_as_a_sentence() {
    let dates = |first: &str, last: &str| DateRange { first: first.to_owned(), last: last.to_owned() };
    let continuous = Comparison {
        scenario: Scenario::Continuous,
        training: ObjectId::ContinuousTrainingData,
        n_training: 35_000,
        training_dates: dates("2023-06-30", "2024-03-01"),
        served: ObjectId::CustomerFeatures,
        n_served: 50_000,
        served_dates: dates("2025-06-30", "2025-06-30"),
    };
    assert_eq!(
        comparison(&continuous),
        "Continuous: 35,000 training rows of CONTINUOUS_TRAINING_DATA_WITH_TARGET, observed 2023-06-30 to 2024-03-01, against 50,000 customers of CONTINUOUS_CUSTOMER_FEATURES, as of 2025-06-30."
    );
}

#[test]
fn few_rows_are_warned_of_and_a_drift_that_they_explain_is_called_so() {
    let of = |by_chance| health_of(vec![FeatureDrift { by_chance, ..example() }], Vec::new());
    assert_eq!(chance(&of(0.02), Scenario::Continuous), None);
    assert_eq!(chance(&of(0.3), Scenario::ColdStart), None);
    assert!(chance(&of(0.3), Scenario::Continuous).unwrap().contains("up to 0.300"));
    assert!(is_chance(&FeatureDrift { by_chance: 0.5, ..example() }) && !is_chance(&example()));
    assert!(!is_chance(&FeatureDrift { by_chance: 0.5, verdict: DriftVerdict::Stable, ..example() }));
    assert!(verdict_words(&FeatureDrift { by_chance: 0.5, ..example() }).contains("chance"));
    assert_eq!(verdict_words(&example()), "a large drift");
}

#[test]
fn figures_of_a_row_are_in_the_unit_of_the_feature_and_bars_end_at_their_full_length() {
    let drift = example();
    assert_eq!((mean(&drift, &drift.training).as_str(), nulls(&drift.training).as_str()), ("12", "20\u{a0}%"));
    let money = FeatureDrift { unit: "USD".to_owned(), ..example() };
    assert_eq!(mean(&money, &money.served), "$30.00");
    assert_eq!((bar(&drift_of(0.25, DriftVerdict::Moderate)), bar(&drift_of(9.0, DriftVerdict::Large))), (0.5, 1.0));
    assert_eq!(shape(&drift), [vec![0.6, 0.2], vec![0.3, 0.7]]);
    let mut level = example();
    (level.training.histogram, level.served.histogram) = (None, None);
    assert_eq!(shape(&level)[0], [0.4, 0.3, 0.1, 0.2]);
}

#[test]
fn bins_are_named_by_where_they_begin_and_end() {
    let drift = example();
    let names: Vec<String> = drift.bins.iter().map(|bin| range(&drift, &bin.range)).collect();
    assert_eq!(names, ["up to 7 days", "above 7 and up to 30 days", "above 30 days", "null"]);
    let short: Vec<String> = drift.bins.iter().map(|bin| short_range(&drift, &bin.range)).collect();
    assert_eq!(short, ["≤\u{a0}7", "≤\u{a0}30", ">\u{a0}30", "null"]);
}

#[test]
fn what_is_awaited_depends_on_what_the_last_run_made() {
    let mut running = AppState::default();
    running.apply(News::RunAsked);
    let mut with_data = AppState::default();
    let hello = Hello { build_id: String::new(), protocol_version: 0 };
    let profile = ObjectSummary {
        object: ObjectId::Profile,
        rows: 9,
        bytes: 9,
        digest: String::new(),
        meaning: String::new(),
        columns: Vec::new(),
        elapsed_ms: 1.0,
    };
    for event in [Event::Ready(hello), Event::ObjectReady(profile)] {
        with_data.apply(News::Worker(event));
    }
    assert!(awaiting(&AppState::default()).contains("appears here after a run. Press Run pipeline"));
    assert!(awaiting(&running).contains("as soon as the run is over"));
    assert!(awaiting(&with_data).contains("raw tables and no features"));
}
