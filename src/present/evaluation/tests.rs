//! A version in detail as the page shows it.

use super::*;
use crate::present::charts::{Chart, Style};
use crate::present::fields::Control;
use crate::present::lab::Lab;
use crate::present::lab::tests::training;
use crate::present::route::Section;
use crate::protocol::{
    Command, Density, EvaluationRequest, HoldoutGroup, LeakageFigures, LeakageRequest, LeakageStage, ObjectId,
    PurchaseModel, SliceFigures, SliceView, SplitKind, TargetKind, TargetingRequest, Tenth, TopTenth, TrackingView,
    TrainingId, WorstCaseView,
};

const MODEL: ObjectId = ObjectId::ContinuousModel;

fn id(version: &str) -> TrainingId {
    TrainingId { model: MODEL, version: version.to_owned() }
}

/// Of ten customers 6 stand where both are low, 1 above and 3 to the right.
fn density(is_log: bool) -> Density {
    let edges = vec![0.0, 10.0, 20.0];
    let (x_dollars, y_dollars) = (edges.clone(), edges.clone());
    Density {
        x_edges: edges.clone(),
        y_edges: edges,
        is_log,
        x_dollars,
        y_dollars,
        counts: vec![6, 3, 1, 0],
        n_outside: 2,
    }
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
        scatter: [density(true), density(false)],
        residuals: density(false),
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
        Chart::Lines(gains(Some(&view))),
        Chart::Lines(profits(Some(&money))),
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
    for chart in [Chart::Lines(gains(None)), Chart::Lines(profits(None)), Chart::Deciles(tenths(None))] {
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
    choice.act(&Evaluation::default(), "version", "V2");
    choice.act(&Evaluation::default(), "column", "REGION");
    assert_eq!(
        asked(&choice),
        Some(Command::Evaluate(EvaluationRequest { training: id("V2"), column: "REGION".to_owned() }))
    );
    assert!(choice.is_of(&lab, &id("V2")) && !choice.is_of(&lab, &id("V1")));
    choice.act(&Evaluation::default(), "budget", "250");
    choice.act(&Evaluation::default(), "margin", "50");
    let request =
        TargetingRequest { training: id("V2"), margin: 0.5, uplift: 0.1, contact_cost: 5.0, budget: Some(250.0) };
    assert_eq!(choice.question(&lab, Some(Section::Money)), Some(Command::Target(request)));
    choice.act(&Evaluation::default(), "uplift", "-1");
    assert_eq!(choice.question(&lab, Some(Section::Money)), None);
    assert_eq!(choice.campaign()[1].problem, "Must be a number from 0 to 1000.");
    choice.act(&Evaluation::default(), ObjectId::ColdstartModel.name(), "");
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
    let said = purchase_model(&model);
    assert!(said.contains("r 0.5") && said.contains("did not come to rest"));
}

#[test]
fn predictions_stand_against_spend_on_either_scale_and_errors_against_predictions() {
    let view = view();
    let mut choice = Choice::default();
    assert_eq!(choice.scales().iter().map(|field| field.is_pressed).collect::<Vec<_>>(), [Some(true), Some(false)]);
    choice.act(&Evaluation::default(), "linear", "");
    assert!(
        choice.is_linear && !scatter(Some(&view), true).density.is_log && scatter(Some(&view), false).density.is_log
    );
    let said = words(&scatter(Some(&view), true).summary());
    assert!(said.contains("10 test customers; 60 % of them") && said.contains("2 customers lie outside"), "{said}");
    let off = residuals(Some(&view));
    assert!(off.title().contains("V1") && words(&off.summary()).contains("100 % of them are predicted too much"));
    let style = Style { width_px: 500.0, height_px: 350.0, scale: 1.0, ..Style::default() };
    for chart in [Chart::Density(off), Chart::Density(scatter(Some(&view), true))] {
        assert!(chart.svg(&style, &|_| 50.0).is_ok() && chart.marks(&style).len() == 3);
    }
    assert!(residuals(None).summary().contains("appear"));
}

fn leak(request: LeakageRequest, offline: f64, in_use: f64) -> LeakageView {
    let figures = |r2| LeakageFigures { n_rows: 100, r2, rmse: 9.0, gini: None, mean_predicted: 5.0, mean_actual: 4.0 };
    LeakageView {
        request,
        n_train: 500,
        offline: figures(offline),
        in_use: figures(in_use),
        inputs: vec![("RECENCY_DAYS".to_owned(), 0.5)],
        elapsed_ms: 1.0,
    }
}

#[test]
fn a_leak_is_told_by_what_it_promised_what_it_kept_and_why() {
    let honest = LeakageRequest::default();
    let late = LeakageRequest { late_features: true, split: SplitKind::Random, ..honest };
    let mut found = Evaluation::default();
    assert!(leakage::rows(&found.leaks).is_empty() && leakage::rows(&found.leaks).summary.contains("appears here"));
    found.leaked(leak(honest, 0.6, 0.58));
    assert!(leakage::rows(&found.leaks).summary.starts_with("No promise is broken"));
    found.leaked(leak(late, 0.95, 0.3));
    found.leaked(leak(late, 0.9, -4.0));
    let chart = leakage::rows(&found.leaks);
    assert_eq!(
        chart.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(),
        ["Nothing wrong", "features as of today, random split"]
    );
    assert!(
        chart.summary.contains("broken worst by “features as of today, random split”: R² 0.900"),
        "{}",
        chart.summary
    );
    let chart = Chart::MetricRows(chart);
    let style = Style { width_px: 360.0, height_px: chart.height_px(360.0), scale: 1.0, ..Style::default() };
    assert!(chart.svg(&style, &|text| 7.0 * text.len() as f64).is_ok());
    assert_eq!(
        (chart.marks(&style).len(), chart.table().headers.join(" ")),
        (2, "Training set offline in use".to_owned())
    );
    let stories = leakage::stories(&found.leaks);
    assert!(stories[0].1.starts_with("The promise was kept.") && stories[1].1.starts_with("The promise was not kept."));
    assert!(stories[1].1.contains("already over") && stories[1].1.contains("divided at random"));
    assert!(
        leakage::table(&found.leaks).rows.iter().all(|row| row.len() == leakage::table(&found.leaks).headers.len())
    );
}

#[test]
fn the_switches_of_the_leakage_lab_ask_for_what_they_say_beside_nothing_wrong() {
    let (mut choice, mut found, lab) = (Choice::default(), Evaluation::default(), lab());
    let honest = LeakageRequest::default();
    for field in choice.leaks() {
        let Control::Select(options) = field.control else { panic!() };
        assert_eq!(options[0], field.value, "nothing is wrong at first");
        assert_eq!(choice.act(&found, &field.id, options.last().unwrap()), None);
    }
    let wrong = LeakageRequest {
        late_features: true,
        split: SplitKind::ByRecency,
        target: TargetKind::Formula,
        hidden_state: true,
    };
    assert_eq!(choice.act(&found, "leak-train", ""), Some(Command::Leak(vec![honest, wrong])));
    found.leaked(leak(honest, 0.6, 0.6));
    assert_eq!(choice.act(&found, "leak-train", ""), Some(Command::Leak(vec![wrong])));
    let Some(Command::Leak(all)) = choice.act(&found, "leak-all", "") else { panic!() };
    assert!(all.len() == 6 && all[0] == honest);
    assert_eq!(choice.leak_buttons(&lab, &found).len(), 2);
    assert!(choice.leak_buttons(&Lab::default(), &found).iter().all(|field| field.is_disabled));
    found.leak_progress = Some(LeakageProgress { request: wrong, stage: LeakageStage::Trees, done: 3, total: 10 });
    assert_eq!(choice.leak_buttons(&lab, &found).len(), 3, "a stop while there is something to stop");
    assert!(leakage::progress(found.leak_progress.as_ref().unwrap()).ends_with("3 of 10 trees."));
    assert_eq!(choice.act(&found, "leak-stop", ""), Some(Command::Cancel));
}

#[test]
fn the_classical_pictures_say_what_they_show_and_what_will_appear() {
    let group = |from, expected, actual| HoldoutGroup { from, is_last: from == 2, n_customers: 5, expected, actual };
    let view = RepeatView {
        purchases: PurchaseModel { parameters: Vec::new(), n_customers: 9, n_repeating: 4, is_converged: true },
        n_rows: 15,
        horizon_days: 365,
        age_days: 100.0,
        frequencies: vec![0, 1],
        recencies: vec![0.0, 50.0, 100.0],
        alive: vec![Some(1.0), None, None, None, Some(0.4), Some(0.9)],
        expected: vec![Some(0.5), None, None, None, Some(0.8), Some(2.0)],
        p_alive: Histogram { edges: vec![0.0, 0.5, 1.0], counts: vec![5, 10], n_above: 0 },
        mean_alive: 0.7,
        came_again: 0.5,
        holdout: vec![group(0, 0.5, 0.4), group(1, 1.0, 1.1), group(2, 4.0, 3.0)],
        tracking: TrackingView {
            n_customers: 9,
            days: vec![20_000, 20_100, 20_200],
            expected: vec![0.0, 4.0, 9.0],
            actual: vec![0, 5, 10],
            first_observation: 20_050,
            last_observation: 20_150,
        },
        elapsed_ms: 1.0,
    };
    let charts = |view: Option<&RepeatView>| {
        [
            Chart::Heat(repeat::matrix(view, true)),
            Chart::Heat(repeat::matrix(view, false)),
            Chart::Lines(repeat::holdout(view)),
            Chart::Histogram(repeat::alive(view)),
            Chart::Lines(repeat::tracking(view)),
        ]
    };
    for chart in charts(Some(&view)) {
        for width_px in [300.0, 700.0] {
            let style = Style { width_px, height_px: chart.height_px(width_px), scale: 1.0, ..Style::default() };
            assert!(!chart.is_empty() && chart.svg(&style, &|_| 40.0).is_ok(), "{}", chart.title());
            assert!(!chart.marks(&style).is_empty() && !chart.table().rows.is_empty());
        }
    }
    assert!(charts(None).iter().all(|chart| chart.is_empty() && !chart.summary().is_empty()));
    let said = charts(Some(&view)).map(|chart| words(&chart.summary()));
    assert!(
        said[0].contains("P(alive) is 40 % if the last was on day 50, and 90 % if it was on day 100"),
        "{}",
        said[0]
    );
    assert!(said[2].contains("2+ repeat purchases: 4 expected on average, 3 came"), "{}", said[2]);
    assert!(said[4].contains("10 repeat purchases came by the last day, 9 were expected (90 %)"), "{}", said[4]);
    assert_eq!(charts(Some(&view))[4].table().rows[1][0], "2025-01-12");
}
