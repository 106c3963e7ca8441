//! Questions about finished tables, as the page asks them: profiles, the data at a glance, the truth checks.

use crate::support::{Ticking, run};
use clv_lab::protocol::{Command, Event, ObjectId, RunConfig, RunScope, decode, encode};
use clv_lab::session::Session;

/// Asks and steps until nothing is left to do; what is not an answer is left out.
fn ask(session: &mut Session, command: Command) -> Vec<Event> {
    let host = Ticking::default();
    let mut events = session.handle(command);
    while session.has_work() {
        events.extend(session.step(&host));
    }
    events.retain(|event| matches!(event, Event::Profile(_) | Event::Glance(_) | Event::Checks(_) | Event::Refused(_)));
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

#[test]
fn questions_without_tables_are_refused() {
    let mut session = Session::default();
    for question in [Command::Profile(ObjectId::Profile), Command::Glance, Command::Checks] {
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
