//! What explains predictions beyond one of them, asked for through commands: contributions of many, the nearest change, the classical pictures.

use crate::support::{rest, run};
use clv_lab::protocol::{
    AttributionRequest, AttributionView, Command, CounterfactualRequest, CounterfactualView, Event, ObjectId,
    RepeatView, RunConfig, RunScope, TrainingId, WhatIf, WhatIfRequest,
};
use clv_lab::session::Session;

const MODELS: [ObjectId; 2] = [ObjectId::ColdstartModel, ObjectId::ContinuousModel];

fn trained() -> Session {
    let (mut session, _) = run(RunConfig { customers: 2_000, scope: RunScope::Train, ..RunConfig::default() });
    rest(&mut session);
    session
}

fn id(model: ObjectId) -> TrainingId {
    TrainingId { model, version: "V1".to_owned() }
}

fn attribution(session: &mut Session, model: ObjectId, input: &str) -> AttributionView {
    session.handle(Command::Attribution(AttributionRequest { training: id(model), input: input.to_owned() }));
    match rest(session).pop() {
        Some(Event::Attribution(view)) => *view,
        other => panic!("{other:?}"),
    }
}

fn what_if(session: &mut Session, model: ObjectId, row: u32, changes: Vec<(String, String)>) -> WhatIf {
    session.handle(Command::WhatIf(WhatIfRequest { training: id(model), row, changes }));
    match rest(session).pop() {
        Some(Event::WhatIf(found)) => *found,
        other => panic!("{other:?}"),
    }
}

fn nearest(session: &mut Session, model: ObjectId, row: u32, target: f64) -> CounterfactualView {
    session.handle(Command::Counterfactual(CounterfactualRequest { training: id(model), row, target }));
    match rest(session).pop() {
        Some(Event::Counterfactual(found)) => *found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_customer_stands_once_in_each_row_of_the_swarm() {
    let mut session = trained();
    for model in MODELS {
        let view = attribution(&mut session, model, "");
        assert!(view.n_rows > 100 && view.low < 0.0 && view.high > 0.0);
        for input in &view.inputs {
            assert_eq!(input.bins.iter().map(|(count, _)| count).sum::<u32>(), view.n_rows, "{}", input.name);
            assert!(input.range.0 <= input.range.1 && input.mean_size <= input.range.1.max(-input.range.0));
        }
        assert!(view.inputs.is_sorted_by(|a, b| a.mean_size >= b.mean_size));
        assert_eq!(view.close.input, view.inputs[0].name);
        assert_eq!(view.close.points.len(), view.n_rows as usize);
    }
}

#[test]
fn the_close_look_holds_the_contributions_of_single_predictions() {
    let mut session = trained();
    for (model, input) in [(MODELS[0], "ACQUISITION_CHANNEL"), (MODELS[1], "FREQUENCY"), (MODELS[1], "REGION")] {
        let view = attribution(&mut session, model, input);
        assert_eq!(view.close.input, input);
        // The rows are chosen evenly, the first one first.
        let n_test = what_if(&mut session, model, 0, Vec::new()).n_rows as usize;
        let n_rows = view.close.points.len();
        for nth in [0, 7, 31] {
            let found = what_if(&mut session, model, (nth * n_test / n_rows) as u32, Vec::new());
            let of_one = found.inputs.iter().find(|of| of.name == input).unwrap();
            let point = view.close.points[nth];
            assert!((point.contribution - of_one.contribution).abs() < 1e-9, "{input}: {point:?} {of_one:?}");
            let value = match of_one.levels.iter().position(|level| *level == of_one.before) {
                Some(level) => level as f64,
                None => of_one.before.parse().unwrap(),
            };
            assert_eq!(point.at, value);
        }
        assert_eq!(view.close.levels.is_empty(), input == "FREQUENCY");
        assert!(view.close.partner.as_ref().is_some_and(|(partner, strength)| partner != input && *strength <= 1.0));
    }
}

#[test]
fn the_nearest_change_typed_in_gives_the_prediction_it_promised() {
    let mut session = trained();
    for model in MODELS {
        let mut n_reached = 0;
        for row in [0, 5, 60] {
            let before = what_if(&mut session, model, row, Vec::new()).prediction;
            for target in [before * 1.5 + 20.0, before * 0.6] {
                let found = nearest(&mut session, model, row, target);
                assert_eq!(found.before, before);
                let changes: Vec<(String, String)> =
                    found.changes.iter().map(|(input, _, after)| (input.clone(), after.clone())).collect();
                let after = what_if(&mut session, model, row, changes);
                assert_eq!(after.prediction, found.prediction, "what was found is what the model says");
                assert!(after.inputs.iter().all(|input| input.problem.is_none()));
                let is_there = if target > before { found.prediction >= target } else { found.prediction <= target };
                assert_eq!(is_there, found.is_reached, "{found:?}");
                n_reached += u32::from(found.is_reached);
            }
        }
        assert!(n_reached >= 3, "{model:?}: {n_reached} of 6");
    }
}

#[test]
fn a_customer_who_is_there_needs_no_change() {
    let mut session = trained();
    let before = what_if(&mut session, MODELS[1], 3, Vec::new()).prediction;
    let found = nearest(&mut session, MODELS[1], 3, before);
    assert!(found.is_reached && found.changes.is_empty(), "{found:?}");
    session.handle(Command::Counterfactual(CounterfactualRequest {
        training: id(MODELS[1]),
        row: u32::MAX,
        target: 1.0,
    }));
    assert!(matches!(rest(&mut session).pop(), Some(Event::Refused(_))), "there is no such customer");
}

fn repeat(session: &mut Session) -> RepeatView {
    session.handle(Command::Repeat);
    match rest(session).pop() {
        Some(Event::Repeat(view)) => *view,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_classical_pictures_agree_with_what_is_known_of_the_model() {
    let mut session = trained();
    let view = repeat(&mut session);
    let n = view.recencies.len();
    assert_eq!((view.alive.len(), view.expected.len()), (n * view.frequencies.len(), n * view.frequencies.len()));
    // A purchase lately is better news than one long ago; nothing is known against those who bought once.
    for row in view.alive.chunks(n).skip(1) {
        let known: Vec<f64> = row.iter().flatten().copied().collect();
        assert!(known.is_sorted_by(|a, b| a <= b) && known.iter().all(|p| (0.0..=1.0).contains(p)));
    }
    assert_eq!(view.alive[0], Some(1.0));
    assert!(view.alive[1..n].iter().all(Option::is_none), "one purchase has no time between first and last");
    assert_eq!(view.p_alive.counts.iter().sum::<u64>(), view.n_rows);
    assert_eq!(view.holdout.iter().map(|group| group.n_customers).sum::<u64>(), view.n_rows);
    // Who bought more before buys more after.
    let (first, last) = (view.holdout.first().unwrap(), view.holdout.last().unwrap());
    assert!(last.actual > first.actual && last.expected > first.expected && last.is_last);
    let tracking = &view.tracking;
    assert_eq!((tracking.days.len(), tracking.expected.len(), tracking.actual.len()), (41, 41, 41));
    assert!(tracking.actual.is_sorted() && tracking.expected.is_sorted_by(|a, b| a <= b));
    assert_eq!((tracking.actual[0], tracking.expected[0]), (0, 0.0));
    let ratio = tracking.expected[40] / tracking.actual[40] as f64;
    assert!((0.6..1.6).contains(&ratio), "{ratio}");
    assert_eq!(repeat(&mut session), RepeatView { elapsed_ms: repeat(&mut session).elapsed_ms, ..view });
}
