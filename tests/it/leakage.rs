//! The leakage lab, asked for through commands: without anything wrong it is the run's model, and every leak promises more than it keeps.

use crate::support::{Ticking, rest, run};
use clv_lab::protocol::{
    Command, Event, LeakageFigures, LeakageRequest, LeakageView, RunConfig, RunScope, SplitKind, TargetKind,
};
use clv_lab::session::Session;

const HONEST: LeakageRequest = LeakageRequest {
    late_features: false,
    split: SplitKind::ByDate,
    target: TargetKind::Realised,
    hidden_state: false,
};

fn config() -> RunConfig {
    RunConfig { customers: 3_000, scope: RunScope::Train, ..RunConfig::default() }
}

fn leaked(session: &mut Session, requests: &[LeakageRequest]) -> Vec<LeakageView> {
    assert_eq!(session.handle(Command::Leak(requests.to_vec())), []);
    let found = rest(session).into_iter().filter_map(|event| match event {
        Event::Leaked(view) => Some(*view),
        Event::LeakageStopped(problem) => panic!("{problem:?}"),
        _ => None,
    });
    found.collect()
}

#[test]
fn without_a_leak_it_is_the_run_s_model_and_its_promise_is_kept() {
    let (mut session, events) = run(config());
    rest(&mut session);
    let report = events.iter().find_map(|event| match event {
        Event::RunFinished { report, .. } => Some(report),
        _ => None,
    });
    let test = report.unwrap().models["CONTINUOUS_CLV_MODEL"].metrics.iter().find(|(part, _)| part == "test").unwrap();
    let view = leaked(&mut session, &[HONEST]).pop().unwrap();
    assert_eq!((view.offline.r2, view.offline.rmse, view.offline.n_rows), (test.1.r2, test.1.rmse, test.1.rows));
    assert_eq!(view.in_use.n_rows, 3_000);
    // Both are estimates of the same thing, from 300 and 3,000 customers.
    assert!((view.offline.r2 - view.in_use.r2).abs() < 0.2, "{view:?}");
    let off = view.in_use.mean_predicted / view.in_use.mean_actual;
    assert!((0.8..1.25).contains(&off), "{off}");
    let share: f64 = view.inputs.iter().map(|(_, share)| share).sum();
    assert!(view.inputs.len() == 3 && share > 0.2 && share <= 1.0);
}

#[test]
fn every_leak_promises_more_than_it_keeps() {
    let (mut session, _) = run(config());
    rest(&mut session);
    let leaks = [
        LeakageRequest { late_features: true, ..HONEST },
        LeakageRequest { target: TargetKind::Formula, ..HONEST },
        LeakageRequest { hidden_state: true, ..HONEST },
    ];
    let honest = leaked(&mut session, &[HONEST]).pop().unwrap();
    let found = leaked(&mut session, &leaks);
    assert_eq!(found.iter().map(|view| view.request).collect::<Vec<_>>(), leaks);
    for view in &found {
        let LeakageFigures { r2, .. } = view.offline;
        assert!(r2 > honest.offline.r2 + 0.05, "{:?} promises {r2}, {} honestly", view.request, honest.offline.r2);
        let kept = view.in_use.r2;
        assert!(kept < r2 - 0.1 && kept < honest.in_use.r2, "{:?} keeps {kept} of {r2}", view.request);
    }
    assert_eq!(found[2].inputs[0].0, "HIDDEN_SEGMENT");
    // Other rows, the same number of them within a day's customers.
    for split in [SplitKind::Random, SplitKind::ByRecency] {
        let view = leaked(&mut session, &[LeakageRequest { split, ..HONEST }]).pop().unwrap();
        assert!(view.n_train.abs_diff(honest.n_train) < 60 && view.offline != honest.offline, "{view:?}");
    }
}

#[test]
fn the_lab_can_be_stopped_and_says_when_it_has_nothing_to_work_on() {
    let mut session = Session::default();
    let refused = session.handle(Command::Leak(vec![HONEST]));
    assert!(matches!(&refused[..], [Event::Refused(problem)] if problem.why.contains("has not been trained")));
    let (mut session, _) = run(config());
    rest(&mut session);
    session.handle(Command::Leak(vec![HONEST, HONEST]));
    let host = Ticking::default();
    (0..3).for_each(|_| drop(session.step(&host)));
    assert_eq!(session.handle(Command::Cancel), [Event::LeakageStopped(None)]);
    assert!(rest(&mut session).iter().all(|event| !matches!(event, Event::Leaked(_))));
    assert_eq!(leaked(&mut session, &[HONEST]).len(), 1, "it works again afterwards");
}
