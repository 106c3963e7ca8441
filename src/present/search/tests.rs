//! A search folded from what the worker tells, and what the form makes of what is typed.

use super::*;
use crate::protocol::{Command, ObjectId, SearchDimension, SearchMethod, SearchOrder, SearchRequest, TrialReason};

const MODEL: ObjectId = ObjectId::ContinuousModel;

fn space() -> Vec<SearchDimension> {
    let dimension = |name: &str, low, high, is_log, is_whole| SearchDimension {
        name: name.to_owned(),
        low,
        high,
        is_log,
        is_whole,
    };
    vec![
        dimension("n_estimators", 100.0, 300.0, false, true),
        dimension("max_depth", 3.0, 8.0, false, true),
        dimension("learning_rate", 0.01, 0.3, true, false),
        dimension("min_child_weight", 3.0, 7.0, false, false),
        dimension("subsample", 0.7, 0.9, false, false),
    ]
}

fn shown() -> SearchShown {
    let method = SearchMethod::default();
    let request =
        SearchRequest { model: MODEL, n_trials: 6, method, batch: 4, is_pruned: false, seed: 1, space: space() };
    let middle: Vec<f64> = request.space.iter().map(|d| d.low).collect();
    let mut shown = SearchShown::begin(SearchInfo { request, is_of_run: false });
    let trial = |number, state, validation| TrialView {
        number,
        point: middle.clone(),
        state,
        validation,
        ..TrialView::default()
    };
    shown.trial(trial(0, TrialState::Running, Some(9.0)));
    shown.trial(trial(0, TrialState::Complete, Some(7.0)));
    shown.trial(trial(1, TrialState::Complete, Some(5.0)));
    shown.trial(trial(2, TrialState::Pruned, Some(4.0)));
    shown.trial(trial(3, TrialState::Failed, None));
    shown.trial(trial(4, TrialState::Running, None));
    shown.state.elapsed_ms = 2_000.0;
    shown.state.n_workers = 1;
    shown
}

fn form() -> Choice {
    Choice::new(&space())
}

fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

#[test]
fn progress_counts_what_has_ended_and_names_the_best_complete_trial() {
    assert_eq!(
        plain(&progress(&shown())),
        "4 of 6 trials, 2.0 s, about 1.0 s left, best so far $5.00 in trial 2, 1 worker"
    );
    let rows = table(&shown()).rows;
    assert_eq!(
        rows[0][..3],
        ["5", "running", format::ABSENT],
        "the newest first, and nothing that moves while it runs"
    );
    assert_eq!(rows[3][0], "2 ★ best");
}

#[test]
fn the_reason_of_the_newest_point_is_told_with_what_came_of_it() {
    let mut shown = shown();
    assert!(reason(&shown).contains("evenly"));
    let reason_of = TrialReason { mean: 6.0, sd: 0.5, exploration: 0.8 };
    let trial = TrialView { reason: Some(reason_of), ..(*shown.trials[1]).clone() };
    shown.trial(trial);
    let told = plain(&reason(&shown));
    assert!(told.contains("Trial 2 was chosen because an error of $6.00 ± $0.50 was expected there: 80 %"), "{told}");
    assert!(told.contains("It came to $5.00, 2 standard deviations below."), "{told}");
}

#[test]
fn a_form_is_sent_as_it_stands_and_not_with_what_is_no_number() {
    let mut form = form();
    form.act(None, 7, "trials", "8");
    form.act(None, 7, "low:learning_rate", "0.02");
    form.act(None, 7, "scale:learning_rate", "linear");
    form.act(None, 7, "method", "Random");
    form.act(None, 7, "prune", "");
    let Some(Command::Search(request)) = form.act(None, 7, "search", "") else { panic!("nothing is sent") };
    assert_eq!((request.n_trials, request.seed, request.is_pruned, request.method), (8, 7, true, SearchMethod::Random));
    let rate =
        SearchDimension { name: "learning_rate".to_owned(), low: 0.02, high: 0.3, is_log: false, is_whole: false };
    assert_eq!(request.space[2], rate);
    for (field, bad) in [("trials", "0"), ("trials", "201"), ("trials", "2.5"), ("high:max_depth", "deep")] {
        let mut other = form.clone();
        other.act(None, 7, field, bad);
        assert_eq!(other.act(None, 7, "search", ""), None, "{field} {bad}");
        assert!(other.buttons(None, true)[0].is_disabled);
        let fields = [other.settings(1), other.bounds()].concat();
        assert!(fields.iter().any(|field| !field.problem.is_empty()), "{field} {bad}");
    }
    assert_eq!(form.act(None, 7, "workers", "3"), Some(Command::PoolSize(3)));
    assert_eq!(form.act(None, 7, "workers", "0"), None);
}

#[test]
fn pause_resumes_a_paused_search_and_buttons_follow_its_phase() {
    let (mut form, mut shown) = (form(), shown());
    let order = |order| Some(Command::SearchOrder { model: MODEL, order });
    assert_eq!(form.act(Some(&shown), 0, "pause", ""), order(SearchOrder::Pause));
    shown.state.phase = SearchPhase::Paused;
    assert_eq!(form.act(Some(&shown), 0, "pause", ""), order(SearchOrder::Resume));
    assert_eq!(form.buttons(Some(&shown), true)[1].label, "Resume");
    assert_eq!(form.act(Some(&shown), 0, "stop", ""), order(SearchOrder::Stop));
    shown.state.phase = SearchPhase::Done;
    assert!(form.buttons(Some(&shown), true)[1..3].iter().all(|button| button.is_disabled));
}

#[test]
fn a_point_by_hand_begins_with_the_best_and_is_sent_within_the_bounds_only() {
    let (mut form, shown) = (form(), shown());
    let shown = Some(&shown);
    form.act(shown, 0, "point:max_depth", "5");
    let Some(Command::PlaceTrial(place)) = form.act(shown, 0, "place", "") else { panic!("nothing is placed") };
    assert_eq!((place.point[0], place.point[1]), (100.0, 5.0));
    form.act(shown, 0, "point:max_depth", "5.5");
    assert!(form.placing(shown)[0].is_disabled);
    assert_eq!(form.by_hand(shown)[1].problem, "Must be a whole number from 3 to 8.");
    form.act(shown, 0, "copy", "");
    assert!(form.by_hand(shown).iter().all(|field| field.problem.is_empty()));
}

#[test]
fn axes_are_narrowed_and_the_model_of_errors_is_asked_from_two_trials_on() {
    let (mut form, shown) = (form(), shown());
    assert_eq!(form.chosen(Some(&shown)), [true; 5]);
    form.act(Some(&shown), 0, "axis", "RMSE");
    form.act(Some(&shown), 0, "to", "50");
    assert_eq!(form.chosen(Some(&shown)), [false, true, true, false, false]);
    let part = crate::present::charts::Part { axis: "max_depth".to_owned(), from: 0.2, to: 1.0 };
    form.act(Some(&shown), 0, "narrow", &Choice::dragged(&part));
    assert_eq!(form.part(Some(&shown)), Some(part));
    form.act(Some(&shown), 0, "narrow", "nothing:1:2");
    form.act(Some(&shown), 0, "narrow", "max_depth:1:101");
    assert_eq!(form.part(Some(&shown)).map(|part| part.from), Some(0.2), "what cannot be read changes nothing");
    form.act(Some(&shown), 0, "along", "max_depth");
    form.act(Some(&shown), 0, "across", "subsample");
    form.act(Some(&shown), 0, "through", "trial 2");
    let Some(Command::Surrogate(asked)) = form.question(Some(&shown)) else { panic!("nothing is asked") };
    assert_eq!((asked.dimension, asked.other, asked.anchor), (1, Some(4), Some(1)));
    assert_eq!(form.question(None), None);
    assert_eq!(form.question(Some(&SearchShown::begin((*shown.info).clone()))), None);
}
