//! A version in detail as the page shows it.

use super::*;
use crate::present::charts::{Chart, Style};
use crate::present::lab::Lab;
use crate::present::lab::tests::training;
use crate::present::route::Section;
use crate::protocol::{
    Command, EvaluationRequest, ObjectId, PurchaseModel, SliceFigures, SliceView, TargetingRequest, Tenth, TopTenth,
    TrainingId, WorstCaseView,
};

const MODEL: ObjectId = ObjectId::ContinuousModel;

fn id(version: &str) -> TrainingId {
    TrainingId { model: MODEL, version: version.to_owned() }
}

fn view() -> EvaluationView {
    let tenth = |nth: u32| Tenth {
        n_rows: 10,
        mean_predicted: 100.0 - f64::from(nth),
        mean_actual: 90.0,
        lift: Some(1.2),
        share: Some(0.1),
        cumulative_gain: None,
    };
    let slice = |label: &str, bias: Option<(f64, f64)>| SliceView {
        label: label.to_owned(),
        n_rows: 50,
        found: Some(SliceFigures { rmse: 40.0, rmse_interval: None, bias: -3.0, bias_interval: bias, r2: 0.4 }),
    };
    EvaluationView {
        request: EvaluationRequest { training: id("V1"), column: String::new() },
        n_rows: 100,
        gini: Some(0.8),
        spearman: None,
        top: TopTenth { n_rows: 10, hit_rate: 0.5, share: Some(0.4), capture: Some(0.75) },
        tenths: (0..10).map(tenth).collect(),
        gains: (0..=100).map(|i| (f64::from(i) / 100.0).sqrt()).collect(),
        best_gains: (0..=100).map(|i| (f64::from(i) / 50.0).min(1.0)).collect(),
        errors: Histogram { edges: vec![-50.0, 0.0, 50.0], counts: vec![40, 50], n_above: 7 },
        n_errors_below: 3,
        columns: vec!["REGION".to_owned(), "AGE_GROUP".to_owned()],
        column: "REGION".to_owned(),
        slices: vec![
            slice("urban", Some((-6.0, -1.0))),
            slice("rural", Some((-6.0, 2.0))),
            SliceView { label: "suburban".to_owned(), n_rows: 0, found: None },
        ],
        worst: vec![WorstCaseView { customer: "17".to_owned(), actual: 900.0, predicted: 100.0 }],
        intervals: vec![IntervalView {
            kind: "even".to_owned(),
            level: 0.9,
            margin: 100.0,
            coverage: 0.88,
            coverage_interval: (0.8, 0.93),
            mean_width: 180.0,
            by_tenth: vec![0.6, 0.9],
        }],
        elapsed_ms: 3.0,
    }
}

fn targeting(best_percent: u32) -> TargetingView {
    let curve = |name: &str, best_percent| TargetingCurve {
        name: name.to_owned(),
        profits: (0..=100).map(|i| f64::from(i) * (80.0 - f64::from(i))).collect(),
        best_percent,
        n_best: 40,
        best_profit: 1_600.0,
        percent_interval: (30.0, 50.0),
        profit_interval: (1_200.0, 2_000.0),
    };
    let Some(Command::Target(request)) = Choice::default().question(&lab(), Some(Section::Money)) else { panic!() };
    TargetingView {
        request,
        n_rows: 100,
        n_affordable: 100,
        curves: vec![curve("V1", best_percent), curve("at random", 0)],
        elapsed_ms: 2.0,
    }
}

fn lab() -> Lab {
    let mut lab = Lab::default();
    for version in ["V1", "V2"] {
        lab.add(training(version, "hist", None, 4.0));
    }
    lab
}

fn words(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

#[test]
fn charts_say_what_they_show_and_what_will_appear() {
    let (view, money) = (view(), targeting(40));
    let charts = [
        Chart::ByShare(gains(Some(&view))),
        Chart::ByShare(profits(Some(&money))),
        Chart::Deciles(tenths(Some(&view))),
        Chart::Histogram(errors(Some(&view))),
    ];
    for width_px in [320.0, 700.0] {
        for chart in &charts {
            let style = Style { width_px, height_px: chart.height_px(width_px), scale: 1.0, ..Style::default() };
            assert!(!chart.is_empty() && chart.svg(&style, &|_| 50.0).is_ok(), "{}", chart.title());
            let rows = chart.table().rows;
            assert!(!rows.is_empty() && rows.iter().all(|row| row.len() == rows[0].len()));
            assert!(!chart.marks(&style).is_empty());
        }
    }
    let gained = words(&charts[0].summary());
    assert!(gained.contains("20 % of customers") && gained.contains("45 %") && gained.contains("40 %"), "{gained}");
    let earned = words(&charts[1].summary());
    assert!(earned.contains("40 % with the highest predictions (40 test customers) earns $1,600"), "{earned}");
    assert!(earned.contains("contacting everybody would earn −$2,000"), "{earned}");
    for chart in [Chart::ByShare(gains(None)), Chart::ByShare(profits(None)), Chart::Deciles(tenths(None))] {
        assert!(chart.is_empty() && chart.summary().contains("appear"), "{}", chart.title());
    }
}

#[test]
fn a_campaign_that_never_pays_is_called_so_and_a_budget_is_named() {
    assert!(profits(Some(&targeting(0))).summary.contains("nobody is worth a contact"));
    let limited = TargetingView { n_affordable: 60, ..targeting(40) };
    assert!(profits(Some(&limited)).summary.contains("as many as the budget reaches (60)"));
    assert_eq!(best_shares(&limited).rows[0][..3], ["V1", "40 %", "30 – 50 %"]);
}

#[test]
fn slices_name_where_an_error_is_more_than_chance() {
    let mut view = view();
    assert!(slices_in_words(&view).ends_with("more than chance for urban."));
    let rows = slices(&view).rows;
    assert_eq!((rows.len(), rows[2][2].as_str()), (3, ""));
    view.slices.remove(0);
    assert!(slices_in_words(&view).contains("no mean error"));
    assert_eq!(worst(&view).rows[0][3], "−$800");
    assert!(errors_below(&view).contains("3 customers"));
    assert_eq!(words(&intervals(&view).rows[0][2]), "88 %");
    assert_eq!(figures(&view)[1].value, "–");
    assert_eq!(lifts(&view).rows.len(), 10);
}

#[test]
fn the_page_asks_for_what_is_chosen_and_not_for_what_cannot_be_read() {
    let (mut choice, lab) = (Choice::default(), lab());
    let asked = |choice: &Choice| choice.question(&lab, Some(Section::Detail));
    assert_eq!(
        asked(&choice),
        Some(Command::Evaluate(EvaluationRequest { training: id("V1"), column: String::new() }))
    );
    choice.act("version", "V2");
    choice.act("column", "REGION");
    assert_eq!(
        asked(&choice),
        Some(Command::Evaluate(EvaluationRequest { training: id("V2"), column: "REGION".to_owned() }))
    );
    assert!(choice.is_of(&lab, &id("V2")) && !choice.is_of(&lab, &id("V1")));
    choice.act("budget", "250");
    choice.act("margin", "50");
    let request =
        TargetingRequest { training: id("V2"), margin: 0.5, uplift: 0.1, contact_cost: 5.0, budget: Some(250.0) };
    assert_eq!(choice.question(&lab, Some(Section::Money)), Some(Command::Target(request)));
    choice.act("uplift", "-1");
    assert_eq!(choice.question(&lab, Some(Section::Money)), None);
    assert_eq!(choice.campaign()[1].problem, "Must be a number from 0 to 1000.");
    choice.act(ObjectId::ColdstartModel.name(), "");
    assert!(!choice.has_version(&lab) && asked(&choice).is_none() && choice.versions(&lab).is_empty());
}

#[test]
fn rivals_are_told_in_shares_of_the_oracle_where_there_is_one() {
    let rival = |name: &str, r2| RivalView { name: name.to_owned(), r2, rmse: 1.0, mae: 1.0, gini: None };
    let view = |names: &[(&str, f64)]| RivalsView {
        training: id("V1"),
        n_rows: 9,
        rivals: names.iter().map(|(name, r2)| rival(name, *r2)).collect(),
        purchases: None,
        elapsed_ms: 1.0,
    };
    let all = [("this model, V1", 0.4), ("oracle", 0.8), ("BG/NBD and gamma-gamma", 0.2)];
    let found = words(&rivals_in_words(&view(&all)));
    assert_eq!(found, "The model explains 50 % of what the oracle explains, BG/NBD with gamma-gamma 25 %.");
    assert!(rivals_in_words(&view(&[all[0], all[2]])).contains("R² of 0.400"));
    assert!(words(&rivals_in_words(&view(&all[..2]))).ends_with("50 % of what the oracle explains."));
    assert_eq!(rivals_in_words(&view(&all[..1])), "");
    assert_eq!(rivals(&view(&all)).rows.len(), 3);
    let model =
        PurchaseModel { parameters: vec![("r".to_owned(), 0.5)], n_customers: 8, n_repeating: 3, is_converged: false };
    let with = RivalsView { purchases: Some(model), ..view(&all) };
    assert!(purchase_model(&with).contains("r 0.5") && purchase_model(&with).contains("did not come to rest"));
}
