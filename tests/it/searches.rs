//! Searches through commands only: of a run, asked for by hand, in pools of any size; stopped, paused, placed trials, lost workers.

use crate::support::{Ticking, rest, run};
use clv_lab::protocol::{
    Command, Environment, Event, ObjectId, PlaceTrial, PoolCommand, RunConfig, RunScope, SearchMethod, SearchOrder,
    SearchPhase, SearchRequest, SearchState, SurrogateRequest, TrialOrigin, TrialState, TrialView,
};
use clv_lab::session::{Host, Session, TrialWorker, search_defaults};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

const MODEL: ObjectId = ObjectId::ContinuousModel;

/// A host with workers that answer in an order of their own.
#[derive(Default)]
struct Pooled {
    clock: Ticking,
    n_most: usize,
    workers: RefCell<Vec<(TrialWorker, VecDeque<PoolCommand>)>>,
    /// Of new workers: they have not greeted.
    greetings: RefCell<Vec<usize>>,
}

impl Host for Pooled {
    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }

    fn environment(&self) -> Environment {
        Environment { cores: Some(self.n_most as u32 + 1), ..Environment::default() }
    }

    fn start_pool(&self, wanted: usize) -> usize {
        let n = wanted.min(self.n_most);
        let mut workers = self.workers.borrow_mut();
        if workers.len() != n {
            *workers = (0..n).map(|_| Default::default()).collect();
            *self.greetings.borrow_mut() = (0..n).collect();
        }
        n
    }

    fn to_pool(&self, worker: usize, command: &PoolCommand) {
        self.workers.borrow_mut()[worker].1.push_back(command.clone());
    }
}

impl Pooled {
    fn of(n_most: usize) -> Self {
        Self { n_most, ..Self::default() }
    }

    /// Lets the last worker go first, and each only after the session has nothing to do.
    fn work(&self, session: &mut Session) -> bool {
        let greetings = self.greetings.take();
        greetings.iter().for_each(|&worker| session.hear(worker, TrialWorker::greeting()));
        let mut did = !greetings.is_empty();
        for (idx, (worker, inbox)) in self.workers.borrow_mut().iter_mut().enumerate().rev() {
            let said = inbox.pop_front().map(|command| worker.handle(command));
            did |= said.is_some() || worker.has_work();
            let said = said.flatten().or_else(|| worker.step(&self.clock));
            said.into_iter().for_each(|event| session.hear(idx, event));
        }
        did
    }

    /// Until nothing is left to do, or `until` says so.
    fn drive(&self, session: &mut Session, mut until: impl FnMut(&Event) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let seen = events.len();
            if session.has_work() {
                events.extend(session.step(self));
            } else if !self.work(session) {
                return events;
            }
            if events[seen..].iter().any(&mut until) {
                return events;
            }
        }
    }
}

fn config() -> RunConfig {
    RunConfig { customers: 600, trials: 6, scope: RunScope::All, ..RunConfig::default() }
}

fn trained() -> Session {
    let (mut session, _) = run(RunConfig { scope: RunScope::Train, ..config() });
    rest(&mut session);
    session
}

/// Few small trees, so that a search takes no time.
fn request(n_trials: u32) -> SearchRequest {
    let mut request = SearchRequest { n_trials, ..search_defaults(MODEL, 1, 7) };
    (request.space[0].low, request.space[0].high) = (5.0, 40.0);
    request
}

fn search(request: SearchRequest) -> Command {
    Command::Search(Box::new(request))
}

fn order(order: SearchOrder) -> Command {
    Command::SearchOrder { model: MODEL, order }
}

/// Every trial as it stood last.
fn trials(events: &[Event]) -> Vec<TrialView> {
    let mut last = BTreeMap::new();
    for event in events {
        if let Event::TrialChanged(MODEL, trial) = event {
            last.insert(trial.number, (**trial).clone());
        }
    }
    last.into_values().collect()
}

fn state(events: &[Event]) -> SearchState {
    let mut states = events.iter().filter_map(|event| match event {
        Event::SearchState(state) => Some(*state),
        _ => None,
    });
    states.next_back().unwrap()
}

/// What does not depend on the clock.
fn results(events: &[Event]) -> Vec<(Vec<f64>, TrialState, Option<f64>)> {
    trials(events).into_iter().map(|trial| (trial.point, trial.state, trial.validation)).collect()
}

#[test]
fn neither_the_trials_nor_the_best_depend_on_the_size_of_the_pool() {
    let mut found = Vec::new();
    for n_workers in [0, 1, 3, 4] {
        let (host, mut session) = (Pooled::of(n_workers), trained());
        let begun = session.handle(search(request(10)));
        assert!(matches!(begun[..], [Event::SearchStarted(_)]), "{begun:?}");
        let events = host.drive(&mut session, |_| false);
        assert_eq!((state(&events).phase, state(&events).n_workers), (SearchPhase::Done, n_workers as u32));
        let trained = events.iter().find_map(|event| match event {
            Event::TrainingReady(training) => Some((training.version.clone(), training.digest.clone())),
            _ => None,
        });
        found.push((results(&events), trained.unwrap()));
    }
    assert_eq!(found[0].0.len(), 10);
    assert!(found[0].0.iter().all(|(_, state, loss)| *state == TrialState::Complete && loss.unwrap() > 0.0));
    found.iter().for_each(|other| assert_eq!(*other, found[0]));
}

#[test]
fn a_run_trains_with_the_best_of_its_trials() {
    let (_, events) = run(config());
    let report = events.iter().find_map(|event| match event {
        Event::RunFinished { report, .. } => Some(report),
        _ => None,
    });
    let report = report.unwrap();
    for (name, model) in &report.models {
        assert_eq!(model.trials.len(), 6, "{name}");
        let best =
            model.trials.iter().min_by(|a, b| a.rmse_validation.partial_cmp(&b.rmse_validation).unwrap()).unwrap();
        for (param, value) in &best.params {
            let of_model = model.params.iter().find(|(known, _)| known == param).unwrap();
            assert_eq!(of_model.1, *value, "{name} {param}");
        }
        // The same rows and parameters: the same model.
        let validation = &model.metrics.iter().find(|(split, _)| split == "validation").unwrap().1;
        assert!((validation.rmse / best.rmse_validation.unwrap() - 1.0).abs() < 1e-5, "{name}");
        assert!(report.stages.iter().any(|stage| stage.name == format!("search:{name}") && stage.ms > 0.0));
    }
}

#[test]
fn a_stopped_search_keeps_what_is_finished_and_trains_the_best_of_it() {
    let (host, mut session) = (Pooled::of(2), trained());
    session.handle(search(request(30)));
    let is_complete =
        |event: &Event| matches!(event, Event::TrialChanged(_, trial) if trial.state == TrialState::Complete);
    let mut events = host.drive(&mut session, is_complete);
    events.extend(session.handle(order(SearchOrder::Stop)));
    // One step is enough.
    events.extend(session.step(&host));
    assert_eq!(state(&events).phase, SearchPhase::Stopped);
    let ended = trials(&events);
    assert!(ended.iter().all(|trial| matches!(trial.state, TrialState::Complete | TrialState::Cancelled)), "{ended:?}");
    assert!(ended.iter().filter(|trial| trial.state == TrialState::Complete).count() < 4);
    let after = host.drive(&mut session, |_| false);
    assert!(trials(&after).is_empty(), "a given-up trial says nothing more");
    assert!(after.iter().any(|event| matches!(event, Event::TrainingReady(_))));
}

#[test]
fn a_cancelled_run_ends_its_search_and_trains_nothing() {
    let (host, mut session) = (Pooled::of(1), Session::default());
    session.handle(Command::Run(config()));
    host.drive(&mut session, |event| matches!(event, Event::TrialChanged(_, t) if t.state == TrialState::Complete));
    assert_eq!(session.handle(Command::Cancel), [Event::RunCancelled]);
    let after = host.drive(&mut session, |_| false);
    assert_eq!(state(&after).phase, SearchPhase::Stopped);
    assert!(!after.iter().any(|event| matches!(event, Event::TrainingReady(_) | Event::TrainingGrown(_))));
}

#[test]
fn a_paused_search_finishes_what_runs_begins_nothing_and_goes_on() {
    let (host, mut session) = (Pooled::of(2), trained());
    session.handle(search(request(9)));
    let mut events = host.drive(&mut session, |event| matches!(event, Event::TrialChanged(..)));
    session.handle(order(SearchOrder::Pause));
    events.extend(host.drive(&mut session, |_| false));
    assert_eq!(state(&events).phase, SearchPhase::Paused);
    assert!(trials(&events).iter().all(|trial| trial.state != TrialState::Running));
    assert!(trials(&events).len() < 9);
    session.handle(order(SearchOrder::Resume));
    events.extend(host.drive(&mut session, |_| false));
    assert_eq!(state(&events).phase, SearchPhase::Done);
    let (undisturbed, mut other) = (Pooled::of(2), trained());
    other.handle(search(request(9)));
    assert_eq!(results(&events), results(&undisturbed.drive(&mut other, |_| false)));
}

#[test]
fn a_trial_placed_by_hand_comes_next_and_a_finished_search_goes_on_with_it() {
    let (host, mut session) = (Pooled::of(1), trained());
    session.handle(search(request(4)));
    host.drive(&mut session, |_| false);
    let point = vec![11.0, 3.0, 0.3, 5.0, 0.8, 0.8, 0.0, 1.0];
    let place = |point: &[f64]| Command::PlaceTrial(PlaceTrial { model: MODEL, point: point.to_vec() });
    assert_eq!(session.handle(place(&point)), []);
    let events = host.drive(&mut session, |_| false);
    let placed = &trials(&events)[0];
    assert_eq!((placed.number, &placed.point, placed.origin), (4, &point, TrialOrigin::ByHand));
    assert_eq!((placed.state, placed.n_trees), (TrialState::Complete, 11));
    assert_eq!((state(&events).phase, state(&events).n_trials), (SearchPhase::Done, 5));
    for (wrong, why) in [(&point[..], "tried"), (&point[1..], "coordinates"), (&[400.0; 8][..], "outside")] {
        match &session.handle(place(wrong))[..] {
            [Event::Refused(problem)] => assert!(problem.why.contains(why), "{problem}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_dead_worker_s_trial_is_tried_again_and_without_any_worker_the_session_does_it() {
    let (host, mut session) = (Pooled::of(2), trained());
    session.handle(search(request(6)));
    let mut events = host.drive(&mut session, |event| matches!(event, Event::TrialChanged(_, t) if t.n_trees > 0));
    session.lose(0);
    session.lose(1);
    host.workers.borrow_mut().clear();
    events.extend(rest(&mut session));
    let (undisturbed, mut other) = (Pooled::of(0), trained());
    other.handle(search(request(6)));
    assert_eq!(results(&events), results(&undisturbed.drive(&mut other, |_| false)));
}

#[test]
fn hopeless_trials_are_given_up_where_that_is_asked_for() {
    let mut found = Vec::new();
    for n_workers in [0, 3] {
        let (host, mut session) = (Pooled::of(n_workers), trained());
        session.handle(search(SearchRequest { is_pruned: true, method: SearchMethod::Random, ..request(40) }));
        let events = host.drive(&mut session, |_| false);
        let pruned = trials(&events).into_iter().filter(|trial| trial.state == TrialState::Pruned).count();
        assert!((1..32).contains(&pruned), "{pruned}");
        assert_eq!(trials(&events).len(), 40);
        found.push(trials(&events).into_iter().map(|t| (t.point, t.state)).collect::<Vec<_>>());
    }
    assert_eq!(found[0], found[1]);
}

#[test]
fn what_cannot_be_searched_is_refused_with_the_reason() {
    let mut session = trained();
    let mut why = |change: fn(&mut SearchRequest)| {
        let mut asked = request(3);
        change(&mut asked);
        match session.handle(search(asked)).pop() {
            Some(Event::Refused(problem)) => problem.why,
            other => panic!("{other:?}"),
        }
    };
    assert!(why(|r| r.n_trials = 0).contains("between 1 and 200"));
    assert!(why(|r| r.space[1].high = 40.0).contains("from 1 to 16"));
    assert!(why(|r| r.space[1].low = 9.0).contains("goes from 9 down to 8"));
    assert!(why(|r| r.space[2].low = 0.0).contains("logarithm"));
    assert!(why(|r| r.space[2].name = "eta".to_owned()).contains("no parameter called eta"));
    assert!(why(|r| r.space.clear()).contains("nothing to search"));
    assert!(why(|r| r.batch = 0).contains("from 1 to 64"));
    let (mut empty, first) = (Session::default(), search(request(3)));
    assert!(matches!(&empty.handle(first)[..], [Event::Refused(p)] if p.remedy.contains("Run the pipeline")));
}

#[test]
fn the_model_of_the_losses_is_shown_along_a_line_and_over_a_surface() {
    let (host, mut session) = (Pooled::of(0), trained());
    session.handle(search(request(8)));
    let events = host.drive(&mut session, |_| false);
    let best = trials(&events).into_iter().min_by(|a, b| a.validation.partial_cmp(&b.validation).unwrap()).unwrap();
    let mut ask = |dimension, other| {
        session.handle(Command::Surrogate(SurrogateRequest { model: MODEL, dimension, other, anchor: None }));
        match host.drive(&mut session, |event| matches!(event, Event::Surrogate(_))).pop() {
            Some(Event::Surrogate(surrogate)) => *surrogate,
            other => panic!("{other:?}"),
        }
    };
    let line = ask(1, None);
    assert_eq!((line.anchor, line.n_trials, line.at), (best.point, 8, vec![3.0, 4.0, 5.0, 6.0, 7.0, 8.0]));
    assert!(line.sd.iter().all(|sd| *sd >= 0.0) && line.mean.len() == 6 && line.acquisition.len() == 6);
    let surface = ask(1, Some(2));
    assert_eq!((surface.at.len(), surface.other_at.len(), surface.mean.len()), (6, 25, 150));
    assert!(ask(99, None).at.is_empty());
}
