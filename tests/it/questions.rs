//! Questions about finished tables, as the page asks them: profiles, the data at a glance, the truth checks.

use crate::support::{Ticking, run};
use clv_lab::protocol::{
    Command, DriftVerdict, Event, FeatureHealth, ObjectId, RunConfig, RunScope, Scenario, decode, encode,
};
use clv_lab::session::Session;

/// Asks and steps until nothing is left to do; what is not an answer is left out.
fn ask(session: &mut Session, command: Command) -> Vec<Event> {
    let host = Ticking::default();
    let mut events = session.handle(command);
    while session.has_work() {
        events.extend(session.step(&host));
    }
    events.retain(|event| {
        matches!(
            event,
            Event::Profile(_) | Event::Glance(_) | Event::Checks(_) | Event::FeatureHealth(_) | Event::Refused(_)
        )
    });
    events
}

#[test]
fn every_table_has_a_profile_of_every_column() {
    let (mut session, _) = run(RunConfig { customers: 400, ..RunConfig::default() });
    for &object in ObjectId::ALL.iter().filter(|object| object.is_table()) {
        let events = ask(&mut session, Command::Profile(object));
        let [Event::Profile(profile)] = events.as_slice() else {
            panic!("{} answers for {}", events.len(), object.name())
        };
        let table = &session.store().tables[&object];
        assert_eq!((profile.table, profile.rows), (object, table.n_rows() as u64));
        for (column, found) in table.schema().columns.iter().zip(&profile.columns) {
            assert_eq!(column.name, found.column);
            let n_present = profile.rows - found.n_null;
            let counted = found.levels.iter().map(|level| level.count).sum::<u64>();
            let binned = found.histogram.as_ref().map(|h| h.counts.iter().sum::<u64>() + h.n_above);
            assert!(found.levels.is_empty() || counted == n_present, "{} {}", object.name(), column.name);
            assert!(binned.is_none_or(|binned| binned == n_present), "{} {}", object.name(), column.name);
            assert!(found.n_distinct <= n_present && (found.n_distinct > 0) == (n_present > 0));
            assert!(found.quantiles.is_sorted_by(|a, b| a.1 <= b.1));
        }
        assert_eq!(profile.columns.len(), table.schema().columns.len());
    }
}

#[test]
fn the_glance_holds_what_the_scope_has_made() {
    for (scope, n_associations) in [(RunScope::Data, 1), (RunScope::Features, 2)] {
        let (mut session, _) = run(RunConfig { customers: 600, scope, ..RunConfig::default() });
        let events = ask(&mut session, Command::Glance);
        let [Event::Glance(glance)] = events.as_slice() else { panic!("{} answers", events.len()) };
        assert_eq!(glance.associations.len(), n_associations);
        assert_eq!(glance.concentration.len(), 2);
        let retention = glance.retention.as_ref().unwrap();
        assert!(retention.cohorts.len() > 30);
        let customers: u64 = retention.cohorts.iter().map(|cohort| cohort.n_customers).sum();
        assert!(customers > 550 && customers <= 600, "{customers}");
        for cohort in &retention.cohorts {
            assert!(cohort.n_active.iter().all(|n| *n <= cohort.n_customers));
        }
        for found in &glance.associations {
            let n = found.columns.len();
            assert_eq!(found.cells.len(), n * n);
            assert_eq!(
                found.columns[0],
                if found.table == ObjectId::ColdstartCustomers { "ACTUAL_12M_LTV" } else { "FUTURE_12M_LTV" }
            );
            let with_target: Vec<f64> =
                found.cells[1..n].iter().map(|cell| cell.value.map_or(-1.0, f64::abs)).collect();
            assert!(with_target.is_sorted_by(|a, b| a >= b));
        }
        assert_eq!(decode::<Event>(&encode(&events[0]).unwrap()).unwrap(), events[0]);
    }
}

#[test]
fn checks_hold_after_a_run_and_know_that_the_data_are_generated() {
    let (mut session, _) = run(RunConfig { scope: RunScope::Data, ..RunConfig::default() });
    let events = ask(&mut session, Command::Checks);
    let [Event::Checks(report)] = events.as_slice() else { panic!("{} answers", events.len()) };
    assert!(report.generated && report.checks.len() >= 70);
    let failing: Vec<&str> = report.checks.iter().filter(|c| !c.passes).map(|c| c.id.as_str()).collect();
    assert!(failing.is_empty(), "{failing:?}");
    assert!(report.checks.iter().all(|c| !c.statement.is_empty() && !c.why.is_empty() && !c.detail.is_empty()));
}

fn health(session: &mut Session) -> FeatureHealth {
    let mut events = ask(session, Command::FeatureHealth);
    match (events.pop(), events.is_empty()) {
        (Some(Event::FeatureHealth(health)), true) => *health,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_model_input_of_both_scenarios_is_held_against_what_is_served() {
    let (mut session, _) = run(RunConfig { customers: 2_000, scope: RunScope::Features, ..RunConfig::default() });
    let found = health(&mut session);
    assert_eq!(found.comparisons.len(), 2);
    for comparison in &found.comparisons {
        let training = &session.store().tables[&comparison.training];
        assert!(comparison.n_training * 10 > training.n_rows() as u64 * 6, "{comparison:?}");
        assert!(comparison.n_training * 10 < training.n_rows() as u64 * 8, "{comparison:?}");
        assert_eq!(comparison.n_served, session.store().tables[&comparison.served].n_rows() as u64);
        assert!(comparison.training_dates.first < comparison.training_dates.last);
        assert!(comparison.training_dates.last < comparison.served_dates.first);
    }
    let of = |scenario: Scenario| found.drifts.iter().filter(move |drift| drift.scenario == scenario);
    assert_eq!((of(Scenario::Continuous).count(), of(Scenario::ColdStart).count()), (37, 19));
    for drift in &found.drifts {
        let bins = |rows: fn(&clv_lab::protocol::DriftBin) -> u64| drift.bins.iter().map(rows).sum::<u64>();
        assert_eq!(bins(|bin| bin.n_training), drift.training.n_rows, "{}", drift.feature);
        assert_eq!(bins(|bin| bin.n_served), drift.served.n_rows, "{}", drift.feature);
        assert!((drift.bins.iter().map(|bin| bin.contribution).sum::<f64>() - drift.psi).abs() < 1e-12);
        assert!(drift.ks.is_none_or(|ks| (0.0..=1.0).contains(&ks)));
        assert_eq!(drift.ks.is_some(), drift.training.histogram.is_some(), "{}", drift.feature);
        assert!(drift.with_target.is_some_and(|pair| u64::from(pair.n_rows) <= drift.training.n_rows));
        let is_expected = match drift.psi {
            psi if psi < found.moderate_from => drift.verdict == DriftVerdict::Stable,
            psi if psi <= found.large_above => drift.verdict == DriftVerdict::Moderate,
            _ => drift.verdict == DriftVerdict::Large,
        };
        assert!(is_expected, "{}: {} is {:?}", drift.feature, drift.psi, drift.verdict);
    }
    // Training rows are observed up to two years before NOW, so customers have had more time since.
    let tenure = of(Scenario::Continuous).find(|drift| drift.feature == "CUSTOMER_TENURE_DAYS").unwrap();
    assert_eq!((tenure.object, tenure.verdict), (ObjectId::RfmFeatures, DriftVerdict::Large));
    assert!(tenure.served.mean > tenure.training.mean);
    let region = of(Scenario::Continuous).find(|drift| drift.feature == "REGION").unwrap();
    assert_eq!((region.object, region.verdict), (ObjectId::Profile, DriftVerdict::Stable));
    let event = Event::FeatureHealth(Box::new(found));
    assert_eq!(decode::<Event>(&encode(&event).unwrap()).unwrap(), event);
}

#[test]
fn generated_features_break_no_expectation_that_must_hold() {
    let (mut session, _) = run(RunConfig { scope: RunScope::Features, ..RunConfig::default() });
    let found = health(&mut session);
    let broken = found.expectations.iter().filter(|e| e.n_broken > 0);
    let broken: Vec<String> =
        broken.map(|e| format!("{} {} {}: {:?}", e.feature, e.rule, e.n_broken, e.example)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    for view in [ObjectId::ColdstartFeatures, ObjectId::RfmFeatures, ObjectId::DerivedFeatures] {
        assert!(found.expectations.iter().any(|e| e.view == view && e.n_rows == 1_000), "{}", view.name());
    }
}

#[test]
fn without_rows_to_train_on_there_are_expectations_and_no_drift() {
    let (mut session, _) = run(RunConfig { customers: 1, scope: RunScope::Features, ..RunConfig::default() });
    let found = health(&mut session);
    assert!(found.drifts.len() < 57 && !found.expectations.is_empty());
    let (mut session, _) = run(RunConfig { customers: 50, scope: RunScope::Data, ..RunConfig::default() });
    assert!(matches!(ask(&mut session, Command::FeatureHealth).as_slice(), [Event::Refused(_)]));
}

#[test]
fn questions_without_tables_are_refused() {
    let mut session = Session::default();
    for question in [Command::Profile(ObjectId::Profile), Command::Glance, Command::Checks, Command::FeatureHealth] {
        assert!(matches!(session.handle(question).as_slice(), [Event::Refused(_)]));
        assert!(!session.has_work());
    }
}

#[test]
fn a_question_asked_twice_is_answered_once_and_a_new_run_drops_it() {
    let (mut session, _) = run(RunConfig { customers: 100, scope: RunScope::Data, ..RunConfig::default() });
    for _ in 0..2 {
        for question in [Command::Checks, Command::Glance, Command::Profile(ObjectId::Transactions)] {
            assert!(session.handle(question).is_empty());
        }
    }
    let answers = ask(&mut session, Command::Profile(ObjectId::Profile));
    assert_eq!(answers.len(), 4);
    session.handle(Command::Checks);
    assert!(session.has_work());
    session.handle(Command::Run(RunConfig { customers: 50, scope: RunScope::Data, ..RunConfig::default() }));
    session.handle(Command::Cancel);
    assert!(!session.has_work());
}

#[test]
fn a_question_during_a_run_waits_until_it_is_over_and_a_ping_does_not() {
    let mut session = Session::default();
    let host = Ticking::default();
    session.handle(Command::Run(RunConfig { customers: 800, scope: RunScope::Data, ..RunConfig::default() }));
    while !session.store().tables.contains_key(&ObjectId::ColdstartCustomers) {
        session.step(&host);
    }
    assert!(session.handle(Command::Profile(ObjectId::ColdstartCustomers)).is_empty());
    assert_eq!(session.handle(Command::Ping { nonce: 5 }), [Event::Pong { nonce: 5 }]);
    let mut events = Vec::new();
    while session.has_work() {
        events.extend(session.step(&host));
    }
    let finished = events.iter().position(|event| matches!(event, Event::RunFinished { .. })).unwrap();
    let answered = events.iter().position(|event| matches!(event, Event::Profile(_))).unwrap();
    assert!(finished < answered);
}
