//! The pipeline from a command to predictions, as the page sees it: through commands and events only.

use crate::support::{Ticking, rest, run};
use clv_lab::protocol::{
    Command, Event, ObjectId, RefreshEffect, RunConfig, RunScope, TableQuery, TableRequest, TargetKind,
};
use clv_lab::session::Session;

fn finished(events: &[Event]) -> Option<&clv_lab::protocol::RunReport> {
    events.iter().find_map(|event| match event {
        Event::RunFinished { report, .. } => Some(&**report),
        _ => None,
    })
}

fn test_r2(events: &[Event], model: ObjectId) -> f64 {
    let detail = events.iter().find_map(|event| match event {
        Event::ModelReady(detail) if detail.model == model => Some(detail),
        _ => None,
    });
    detail.unwrap().metrics.iter().find(|m| m.split == "test").unwrap().r2
}

#[test]
fn a_run_makes_every_object_and_models_that_beat_the_mean() {
    let (session, events) = run(RunConfig { customers: 3_000, ..RunConfig::default() });
    let report = finished(&events).expect("the run finishes");
    for object in ObjectId::ALL.iter().filter(|object| object.is_table()) {
        assert!(session.store().tables.contains_key(object), "{} is missing", object.name());
        assert!(report.tables.contains_key(object.name()), "{} is not in the report", object.name());
    }
    assert_eq!(report.tables["CONTINUOUS_CLV_PREDICTIONS"].rows, 3_000);
    assert_eq!(report.tables["COLDSTART_CLV_PREDICTIONS"].rows, 300);
    for model in [ObjectId::ColdstartModel, ObjectId::ContinuousModel] {
        assert!(test_r2(&events, model) > 0.1, "{}", model.name());
    }
}

#[test]
fn stages_come_in_the_announced_order_and_each_finishes_once() {
    let (_, events) = run(RunConfig { customers: 500, ..RunConfig::default() });
    let Some(Event::RunStarted { stages, .. }) = events.first() else { panic!("no start") };
    let finished: Vec<&String> = events
        .iter()
        .filter_map(|e| if let Event::StageFinished { stage, .. } = e { Some(stage) } else { None })
        .collect();
    assert_eq!(finished, stages.iter().collect::<Vec<_>>());
}

#[test]
fn a_scope_ends_the_run_early() {
    for (scope, has_features, has_models) in
        [(RunScope::Data, false, false), (RunScope::Features, true, false), (RunScope::Train, true, true)]
    {
        let (session, events) = run(RunConfig { customers: 300, scope, ..RunConfig::default() });
        assert!(finished(&events).is_some());
        assert_eq!(session.store().tables.contains_key(&ObjectId::DerivedFeatures), has_features);
        assert_eq!(!session.store().models.is_empty(), has_models);
    }
}

#[test]
fn too_few_customers_skip_the_models_with_a_reason_and_finish() {
    for customers in [1, 2, 30] {
        let (session, events) = run(RunConfig { customers, ..RunConfig::default() });
        assert!(finished(&events).expect("the run finishes").models.is_empty());
        assert!(session.store().models.is_empty());
        let skipped = events.iter().filter(|e| matches!(e, Event::ModelSkipped { .. })).count();
        assert_eq!(skipped, 2);
    }
}

#[test]
fn cancel_between_two_steps_stops_at_once_and_keeps_what_is_finished() {
    let mut session = Session::default();
    let host = Ticking::default();
    session.handle(Command::Run(RunConfig::default()));
    while !session.store().tables.contains_key(&ObjectId::Profile) {
        session.step(&host);
    }
    assert_eq!(session.handle(Command::Cancel), [Event::RunCancelled]);
    assert!(!session.has_work());
    assert!(session.store().tables.contains_key(&ObjectId::Profile));
    assert!(session.handle(Command::Cancel).is_empty());
    let again = session.handle(Command::Run(RunConfig::default()));
    assert!(matches!(again.as_slice(), [Event::RunStarted { .. }]));
}

#[test]
fn bad_requests_are_refused_with_a_sentence_and_change_nothing() {
    let mut session = Session::default();
    let query = TableQuery::default();
    let page = TableRequest { request: 7, table: ObjectId::Profile, query, offset: 0, limit: 10 };
    assert!(matches!(session.handle(Command::Page(page.clone())).as_slice(), [Event::Refused(_)]));
    let none = RunConfig { customers: 0, ..RunConfig::default() };
    assert!(matches!(session.handle(Command::Run(none)).as_slice(), [Event::Refused(_)]));
    let absent = Command::Document { name: "../etc/passwd".to_owned() };
    assert!(matches!(session.handle(absent).as_slice(), [Event::Refused(_)]));
    let (mut session, _) = run(RunConfig { customers: 50, scope: RunScope::Data, ..RunConfig::default() });
    let beyond = TableRequest { offset: u64::MAX, limit: u32::MAX, ..page };
    let events = session.handle(Command::Page(beyond));
    assert!(matches!(events.as_slice(), [Event::Page(page)] if page.rows.is_empty() && page.n_rows_total == 50));
}

#[test]
fn no_model_beats_the_fair_bound_and_the_bound_stays_below_the_oracle() {
    let (mut session, events) = run(RunConfig { customers: 3_000, ..RunConfig::default() });
    let mut report = finished(&events).expect("the run finishes").clone();
    for event in rest(&mut session) {
        if let Event::FairBoundReady(bound) = event {
            report.add_fair_bound(bound.model.name(), &bound.splits);
        }
    }
    for (name, model) in &report.models {
        let oracle = |split: &str| model.oracle.iter().find(|(s, _)| s == split).unwrap().1;
        assert_eq!(model.fair_bound.len(), 3, "{name}");
        for (split, bound) in &model.fair_bound {
            assert!(bound.r2 < oracle(split).r2, "{name} {split}");
            assert!((0.0..0.2).contains(&bound.r2_standard_error) && bound.rows > 0);
        }
        let bound = model.fair_bound.iter().find(|(s, _)| s == "test").unwrap().1;
        let found = model.metrics.iter().find(|(s, _)| s == "test").unwrap().1.r2;
        assert!(found < bound.r2 + 2.0 * bound.r2_standard_error, "{name}: {found} above {bound:?}");
        assert!(report.to_json().contains("\"fair_bound\""));
    }
}

#[test]
fn every_customer_stands_in_the_document_of_what_was_attainable() {
    let (mut session, _) = run(RunConfig { customers: 1_000, ..RunConfig::default() });
    let absent = session.handle(Command::Document { name: "attainable/COLDSTART_CLV_MODEL.csv".to_owned() });
    assert!(matches!(absent.as_slice(), [Event::Refused(_)]), "not before it is computed");
    let events = rest(&mut session);
    let ready = |event: &'_ Event| if let Event::FairBoundReady(bound) = event { Some(bound.clone()) } else { None };
    let bounds: Vec<_> = events.iter().filter_map(ready).collect();
    assert_eq!(bounds.len(), 2);
    for bound in bounds {
        assert_eq!(bound.customers.len(), 12);
        assert!(bound.customers.is_sorted_by(|a, b| a.fair_bound <= b.fair_bound));
        let events = session.handle(Command::Document { name: bound.document.clone().unwrap() });
        let [Event::Document(document)] = events.as_slice() else { panic!("{events:?}") };
        let rows: Vec<Vec<&str>> = document.text.lines().skip(1).map(|line| line.split(',').collect()).collect();
        let table = match bound.model {
            ObjectId::ColdstartModel => ObjectId::ColdstartTrainingData,
            _ => ObjectId::ContinuousTrainingData,
        };
        assert_eq!(rows.len(), session.store().tables[&table].n_rows());
        for (split, report) in &bound.splits {
            let of_split = rows.iter().filter(|row| row[2] == split && !row[6].is_empty());
            let numbers = |at: usize| of_split.clone().map(move |row| row[at].parse::<f64>().unwrap());
            let (actual, bounds): (Vec<f64>, Vec<f64>) = (numbers(3).collect(), numbers(6).collect());
            let found = clv_lab::engine::evaluate::metrics(&actual, &bounds).unwrap();
            assert_eq!(actual.len() as u64, report.rows);
            assert!((found.r2 - report.r2).abs() < 1e-4, "{} {split}: {} {}", document.name, found.r2, report.r2);
        }
        for customer in &bound.customers {
            let row = rows.iter().find(|row| row[0] == customer.customer).unwrap();
            assert_eq!(
                row[3..7].to_vec(),
                [customer.actual, customer.predicted, customer.oracle, customer.fair_bound]
                    .map(|dollars| format!("{dollars:.2}"))
            );
        }
    }
}

#[test]
fn the_formula_target_has_no_oracle() {
    let config = RunConfig { customers: 500, target: TargetKind::Formula, ..RunConfig::default() };
    let (mut session, events) = run(config);
    let report = finished(&events).expect("the run finishes");
    assert!(report.models["CONTINUOUS_CLV_MODEL"].oracle.is_empty());
    assert_eq!(report.models["COLDSTART_CLV_MODEL"].oracle.len(), 3);
    let bounds = rest(&mut session);
    let of = |event: &&Event| matches!(event, Event::FairBoundReady(_));
    assert_eq!(bounds.iter().filter(of).count(), 1);
}

#[test]
fn the_formula_target_is_a_function_of_the_features_and_easier_to_predict() {
    let realised = RunConfig { customers: 3_000, ..RunConfig::default() };
    let (_, events) = run(realised.clone());
    let (_, formula) = run(RunConfig { target: TargetKind::Formula, ..realised });
    assert!(test_r2(&formula, ObjectId::ContinuousModel) > test_r2(&events, ObjectId::ContinuousModel) + 0.1);
    let cold = |events: &[Event]| finished(events).unwrap().models["COLDSTART_CLV_MODEL"].digest.clone();
    assert_eq!(cold(&events), cold(&formula), "the cold-start target is always real");
}

#[test]
fn the_report_is_json_without_nulls() {
    let (_, events) = run(RunConfig { customers: 300, trials: 2, ..RunConfig::default() });
    let json = finished(&events).unwrap().to_json();
    assert!(!json.contains("null"));
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["config"]["seed"], 42);
    assert_eq!(value["config"]["target"], "realised");
    assert!(value["models"]["CONTINUOUS_CLV_MODEL"]["params"]["max_depth"].is_number());
    assert!(value["models"]["CONTINUOUS_CLV_MODEL"]["metrics"]["test"]["r2"].is_number());
    let trials = value["models"]["CONTINUOUS_CLV_MODEL"]["trials"].as_array().unwrap();
    assert_eq!((trials.len(), &trials[0]["state"]), (2, &serde_json::json!("complete")));
    assert!(trials[0]["rmse_validation"].is_number() && trials[0]["params"]["max_depth"].is_number());
}

#[test]
fn every_feature_of_a_view_comes_with_its_statistics() {
    let (session, events) = run(RunConfig { customers: 600, scope: RunScope::Features, ..RunConfig::default() });
    let mut n_features = 0;
    for event in &events {
        let Event::FeatureViewReady(detail) = event else { continue };
        let table = &session.store().tables[&detail.view];
        for feature in &detail.features {
            n_features += 1;
            let n_present = table.n_rows() as u64 - feature.n_null;
            assert!(feature.n_distinct <= n_present && feature.n_distinct > 0, "{}", feature.name);
            let values: Vec<f64> = feature.quantiles.iter().map(|(_, value)| *value).collect();
            let (least, greatest) = (feature.min, feature.max);
            assert!(values.is_sorted(), "{}", feature.name);
            assert!(values.iter().all(|value| least <= Some(*value) && Some(*value) <= greatest), "{}", feature.name);
            let is_number = feature.levels.is_empty() && feature.sql_type != "DATE";
            assert_eq!(feature.mean.is_some(), is_number, "{}", feature.name);
            assert_eq!(feature.standard_deviation.is_some_and(|deviation| deviation >= 0.0), is_number);
            let counted: u64 = feature.levels.iter().map(|level| level.count).sum();
            let binned = feature.histogram.as_ref().map_or(counted, |h| h.counts.iter().sum::<u64>() + h.n_above);
            assert_eq!(binned, n_present, "{}", feature.name);
        }
    }
    assert_eq!(n_features, 42);
}

#[test]
fn every_view_is_refreshed_in_parts_and_says_which_rules_its_query_meets() {
    let (_, events) = run(RunConfig { customers: 300, scope: RunScope::Train, ..RunConfig::default() });
    let mut found = std::collections::BTreeMap::new();
    for event in &events {
        if let Event::FeatureViewReady(detail) = event {
            assert_eq!(detail.refresh_mode.mode, "INCREMENTAL", "{}", detail.view.name());
            // What is printed beside it says the same.
            assert!(
                detail.view == ObjectId::ColdstartFeatures || detail.sql_serving.contains("REFRESH_MODE = INCREMENTAL")
            );
            let findings = &detail.refresh_mode.findings;
            assert!(findings.iter().all(|of| of.effect != RefreshEffect::RulesOutIncremental && !of.source.is_empty()));
            found.insert(detail.view, findings.iter().map(|of| of.meaning.clone()).collect::<Vec<_>>().join(" "));
        }
    }
    assert!(found[&ObjectId::PurchasePatterns].contains("COUNT(DISTINCT"), "{found:?}");
    assert!(!found[&ObjectId::EngagementFeatures].contains("COUNT(DISTINCT"));
    assert!(found[&ObjectId::RfmFeatures].contains("below a join"));
}
