//! Tests of the fold: what a reader sees after a given sequence of news.

use super::{AppState, News, Severity};
use crate::present::{Progress, RunState, generator};
use crate::protocol::{
    Event, Hello, ObjectId, ObjectSummary, Problem, RunConfig, RunEstimate, TablePage, TableProfile, TableQuery,
    TrainingProgress, TruthReport,
};

fn summary(object: ObjectId, rows: u64) -> Event {
    Event::ObjectReady(ObjectSummary {
        object,
        rows,
        bytes: rows * 8,
        digest: "00".to_owned(),
        meaning: String::new(),
        columns: Vec::new(),
        elapsed_ms: 3.0,
    })
}

fn folded(events: impl IntoIterator<Item = Event>) -> AppState {
    let mut state = AppState::default();
    for event in events {
        state.apply(News::Worker(event));
    }
    state
}

fn started() -> Event {
    Event::RunStarted { config: RunConfig::default(), stages: vec!["generate".to_owned(), "score".to_owned()] }
}

fn generating() -> Event {
    Event::StageStarted {
        stage: "generate".to_owned(),
        objects: vec![ObjectId::GenerateContinuous, ObjectId::Profile, ObjectId::Transactions],
    }
}

fn progress(done: u64) -> Event {
    Event::StageProgress { stage: "generate".to_owned(), done, total: 100, unit: "customers".to_owned() }
}

const SETTINGS: fn() -> RunConfig = RunConfig::default;

#[test]
fn objects_of_a_stage_run_until_they_are_ready() {
    let mut state = folded([started(), generating(), progress(40), summary(ObjectId::Profile, 1_000), progress(50)]);
    assert_eq!(state.run, RunState::Running);
    assert_eq!(state.progress(ObjectId::Profile, &SETTINGS()), Progress::Ready);
    assert_eq!(state.progress(ObjectId::Transactions, &SETTINGS()).fraction(), 0.5);
    assert_eq!(state.run_fraction(), 0.25);
    assert_eq!(state.current_stage().unwrap().name, "generate");
    state.apply(News::Worker(Event::StageFinished { stage: "generate".to_owned(), elapsed_ms: 12.0 }));
    assert_eq!(state.progress(ObjectId::GenerateContinuous, &SETTINGS()), Progress::Ready);
    assert_eq!(state.progress(ObjectId::Transactions, &SETTINGS()), Progress::Idle, "it was not made");
    assert_eq!(state.elapsed_ms(), Some(12.0));
    assert_eq!(state.run_fraction(), 0.5);
}

#[test]
fn a_changed_setting_marks_results_stale_and_clears_nothing() {
    let state = folded([started(), generating(), summary(ObjectId::Profile, 1_000)]);
    let other = RunConfig { seed: 43, ..RunConfig::default() };
    assert_eq!(state.progress(ObjectId::Profile, &other), Progress::Stale);
    assert_eq!(state.n_rows(ObjectId::Profile), Some(1_000));
    let more_trials = RunConfig { trials: 40, ..RunConfig::default() };
    assert_eq!(state.progress(ObjectId::Profile, &more_trials), Progress::Ready);
    for changed in [
        RunConfig { scenario: "churn-shock".to_owned(), ..RunConfig::default() },
        RunConfig { now: "2024-06-30".to_owned(), ..RunConfig::default() },
        RunConfig { overrides: [("process.lead_days".to_owned(), 2.0)].into(), ..RunConfig::default() },
    ] {
        assert_eq!(state.progress(ObjectId::Profile, &changed), Progress::Stale, "{changed:?}");
    }
}

#[test]
fn a_run_counts_as_running_from_the_moment_it_is_asked_for_until_it_is_refused() {
    let mut state = folded([started(), Event::RunCancelled]);
    state.apply(News::RunAsked);
    assert_eq!(state.run, RunState::Running);
    let refused = || News::Worker(Event::Refused(Problem::new("No.", "Why.", "Do.")));
    state.apply(refused());
    assert_eq!(state.run, RunState::Failed);
    state.apply(News::RunAsked);
    state.apply(News::Worker(started()));
    state.apply(refused());
    assert_eq!(state.run, RunState::Running, "something else was refused");
}

#[test]
fn a_large_run_is_warned_of_once_when_it_is_asked_for() {
    let estimate = || {
        let estimate = RunEstimate {
            n_transactions: 5e6,
            n_interactions: 5e7,
            table_bytes: 1.4e9,
            memory_bytes: 1.7e9,
            elapsed_ms: 2e4,
            reckoned_from: None,
        };
        News::Worker(Event::Estimate { config: RunConfig::default(), estimate })
    };
    let mut state = AppState::default();
    state.apply(estimate());
    assert!(state.notices.is_empty(), "nobody has asked for a run");
    state.apply(News::RunAsked);
    state.apply(estimate());
    state.apply(estimate());
    state.apply(News::Worker(started()));
    state.apply(estimate());
    assert_eq!(state.notices.len(), 1);
    assert!(state.notices[0].text.contains("1.7 GB"));
}

#[test]
fn a_second_run_keeps_the_first_results_as_stale() {
    let state = folded([started(), generating(), summary(ObjectId::Profile, 1_000), started()]);
    assert_eq!(state.progress(ObjectId::Profile, &SETTINGS()), Progress::Stale);
    assert_eq!(state.progress(ObjectId::Transactions, &SETTINGS()), Progress::Idle);
    assert_eq!(state.n_rows(ObjectId::Profile), Some(1_000));
}

#[test]
fn rows_are_asked_for_only_while_the_worker_holds_them() {
    let hello = || Event::Ready(Hello { build_id: String::new(), protocol_version: 1 });
    let mut state = folded([hello(), started(), generating(), summary(ObjectId::Profile, 9)]);
    assert!(state.is_held(ObjectId::Profile) && !state.is_held(ObjectId::Transactions));
    state.apply(News::Worker(started()));
    assert!(!state.is_held(ObjectId::Profile));
}

#[test]
fn a_cancelled_run_leaves_nothing_running() {
    let state = folded([started(), generating(), progress(10), summary(ObjectId::Profile, 9), Event::RunCancelled]);
    assert_eq!(state.run, RunState::Cancelled);
    assert!(ObjectId::ALL.iter().all(|object| !state.progress(*object, &SETTINGS()).is_running()));
    assert!(state.current_stage().is_none());
    assert_eq!(state.progress(ObjectId::Profile, &SETTINGS()), Progress::Ready);
}

#[test]
fn a_failed_run_says_why_and_marks_what_failed() {
    let problem = Problem::new("It failed.", "No reason.", "Try again.");
    let state = folded([started(), generating(), Event::RunFailed(problem)]);
    assert_eq!(state.run, RunState::Failed);
    assert_eq!(state.progress(ObjectId::Profile, &SETTINGS()), Progress::Failed);
    assert_eq!(state.notices[0].text, "It failed. No reason. Try again.");
    assert_eq!(state.notices[0].severity, Severity::Problem);
}

#[test]
fn a_skipped_model_is_failed_and_the_run_goes_on() {
    let state = folded([
        started(),
        Event::ModelSkipped {
            model: ObjectId::ColdstartModel,
            problem: Problem::new("No model.", "Few rows.", "More."),
        },
    ]);
    assert_eq!(state.run, RunState::Running);
    assert_eq!(state.progress(ObjectId::ColdstartModel, &SETTINGS()), Progress::Failed);
    assert!(state.best_test_r2().is_none());
}

#[test]
fn trees_make_a_curve() {
    let tree = |n_trees| {
        Event::TreeGrown(TrainingProgress {
            model: ObjectId::ColdstartModel,
            n_trees,
            n_trees_planned: 4,
            train: 2.0,
            validation: 3.0,
        })
    };
    let state = folded([started(), tree(1), tree(2)]);
    assert_eq!(state.curve(ObjectId::ColdstartModel).points.len(), 2);
    assert_eq!(state.progress(ObjectId::ColdstartModel, &SETTINGS()).label(), "Running 50\u{a0}%");
    assert_eq!(state.curve(ObjectId::ContinuousModel).points.len(), 0);
}

#[test]
fn rows_come_per_table_and_go_when_it_is_made_anew() {
    let page = |request, query: &TableQuery| {
        Event::Page(TablePage {
            request,
            table: ObjectId::Profile,
            query: query.clone(),
            offset: 0,
            n_rows: 1,
            n_rows_total: 9,
            row_numbers: vec![request],
            rows: vec![Vec::new()],
            elapsed_ms: 0.0,
        })
    };
    let sorted = TableQuery::default().sort_toggled("REGION");
    let mut state = folded([summary(ObjectId::Profile, 9), page(2, &sorted), page(1, &TableQuery::default())]);
    let rows = &state.rows[&ObjectId::Profile];
    assert_eq!((&rows.query, rows.row(0).map(|row| row.number())), (&sorted, Some(2)));
    state.apply(News::Worker(summary(ObjectId::Profile, 9)));
    assert!(!state.rows.contains_key(&ObjectId::Profile));
}

#[test]
fn rows_are_not_asked_for_while_a_run_is_about_to_replace_them() {
    let hello = Event::Ready(Hello { build_id: String::new(), protocol_version: 1 });
    let mut state = folded([hello, started(), generating(), summary(ObjectId::Profile, 9)]);
    assert!(state.is_held(ObjectId::Profile));
    state.apply(News::RunAsked);
    assert!(!state.is_held(ObjectId::Profile));
    state.apply(News::Worker(Event::Refused(Problem::new("No.", "Bounds.", "Change."))));
    assert!(state.is_held(ObjectId::Profile));
}

#[test]
fn a_reset_forgets_results_but_not_the_worker() {
    let hello = Event::Ready(Hello { build_id: String::new(), protocol_version: 1 });
    let info = Event::Generator(Box::new(generator::example()));
    let state = folded([hello, info, started(), generating(), summary(ObjectId::Profile, 9), Event::ResetDone]);
    let generator = Some(generator::example().into());
    assert_eq!(state, AppState { worker_ready: true, generator, ..AppState::default() });
}

#[test]
fn a_replaced_worker_is_told_in_one_sentence() {
    let mut state = folded([started(), generating()]);
    state.apply(News::WorkerReplaced { reason: "it stopped".to_owned(), replaying: true });
    assert_eq!(state.notices.len(), 1);
    assert!(!state.worker_ready);
    assert_eq!(state.run, RunState::Running);
    assert!(!state.progress(ObjectId::Profile, &SETTINGS()).is_running());
}

#[test]
fn without_a_worker_nothing_is_held_any_more() {
    let hello = Event::Ready(Hello { build_id: String::new(), protocol_version: 1 });
    let mut state = folded([hello.clone(), started(), generating(), summary(ObjectId::Profile, 9)]);
    state.apply(News::WorkerGone(Problem::new("Gone.", "Lost.", "Reload.")));
    state.apply(News::Worker(hello));
    assert_eq!(state.run, RunState::Failed);
    assert!(!state.is_held(ObjectId::Profile));
    assert_eq!(state.progress(ObjectId::Profile, &SETTINGS()), Progress::Stale);
}

#[test]
fn notices_are_unique_few_and_go_when_dismissed() {
    let mut state = AppState::default();
    for text in ["a", "b", "a", "c", "d", "e", "f", "g", "h", "i"] {
        state.apply(News::Notice(Severity::Note, text.to_owned()));
    }
    let texts: Vec<&str> = state.notices.iter().map(|n| n.text.as_str()).collect();
    assert_eq!(texts, ["a", "c", "d", "e", "f", "g", "h", "i"]);
    let id = state.notices[1].id;
    state.apply(News::Dismissed(id));
    assert!(state.notices.iter().all(|n| n.text != "c"));
}

#[test]
fn questions_are_asked_when_rows_are_held_and_nothing_runs_and_again_after_new_rows() {
    let wants = |state: &AppState| (state.wants_profile(ObjectId::Profile), state.wants_glance(), state.wants_checks());
    assert_eq!(wants(&AppState::default()), (false, false, false));
    let hello = Hello { build_id: String::new(), protocol_version: 0 };
    let mut state = folded([Event::Ready(hello), started(), summary(ObjectId::Profile, 9)]);
    assert_eq!(wants(&state), (false, false, false), "a run is timed");
    let mut after = |event| {
        state.apply(News::Worker(event));
        wants(&state)
    };
    assert_eq!(after(Event::RunCancelled), (true, true, true));
    let profile = TableProfile { table: ObjectId::Profile, rows: 9, columns: Vec::new(), elapsed_ms: 0.0 };
    assert_eq!(after(Event::Profile(profile)), (false, true, true));
    assert_eq!(after(Event::Glance(Box::default())), (false, false, true));
    assert_eq!(after(Event::Checks(TruthReport::default())), (false, false, false));
    assert_eq!(after(summary(ObjectId::Profile, 10)), (true, true, true));
    assert_eq!(after(Event::ResetDone), (false, false, false));
}

#[test]
fn the_health_of_features_is_asked_for_once_a_view_is_held_and_again_after_new_values() {
    let hello = Hello { build_id: String::new(), protocol_version: 0 };
    let mut state = folded([Event::Ready(hello), started(), summary(ObjectId::Profile, 9), Event::RunCancelled]);
    assert!(!state.wants_health(), "there is no feature yet");
    let mut after = |event| {
        state.apply(News::Worker(event));
        state.wants_health()
    };
    assert!(after(summary(ObjectId::RfmFeatures, 9)));
    assert!(!after(Event::FeatureHealth(Box::default())));
    assert!(!after(summary(ObjectId::ContinuousModel, 9)), "a model changes no feature");
    assert!(after(summary(ObjectId::ContinuousTrainingData, 9)));
    assert!(!after(Event::FeatureHealth(Box::default())));
    assert!(!after(started()), "a run is timed");
}
