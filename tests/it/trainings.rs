//! Trainings beside the run: other versions of a model, and what can be asked of any of them, through commands only.

use crate::support::{Ticking, rest, run};
use clv_lab::engine::dataset::Matrix;
use clv_lab::protocol::{
    Command, Dependence, DependenceRequest, Event, ObjectId, RoundRequest, RoundView, RunConfig, TrainRequest,
    Training, TrainingId, WhatIf, WhatIfRequest,
};
use clv_lab::session::Session;

const MODEL: ObjectId = ObjectId::ContinuousModel;

fn request(engine: &str, objective: &str, values: &[(&str, f64)]) -> Command {
    Command::Train(TrainRequest {
        model: MODEL,
        engine: engine.to_owned(),
        objective: objective.to_owned(),
        values: values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
    })
}

fn trained_session() -> Session {
    let (mut session, _) = run(RunConfig { customers: 600, ..RunConfig::default() });
    rest(&mut session);
    session
}

/// Trains to the end.
fn train(session: &mut Session, command: Command) -> Training {
    let begun = session.handle(command);
    assert!(matches!(begun.last(), Some(Event::TrainingGrown(_))), "{begun:?}");
    let events = rest(session);
    let ready = events.iter().find_map(|event| match event {
        Event::TrainingReady(training) => Some((**training).clone()),
        _ => None,
    });
    ready.unwrap_or_else(|| panic!("{events:?}"))
}

fn id(version: &str) -> TrainingId {
    TrainingId { model: MODEL, version: version.to_owned() }
}

fn round(session: &mut Session, version: &str, n_trees: u32, row: u32) -> RoundView {
    session.handle(Command::Round(RoundRequest { training: id(version), n_trees, row }));
    match rest(session).pop() {
        Some(Event::Round(round)) => *round,
        other => panic!("{other:?}"),
    }
}

fn what_if(session: &mut Session, version: &str, row: u32, changes: &[(&str, &str)]) -> WhatIf {
    let changes = changes.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    session.handle(Command::WhatIf(WhatIfRequest { training: id(version), row, changes }));
    match rest(session).pop() {
        Some(Event::WhatIf(found)) => *found,
        other => panic!("{other:?}"),
    }
}

fn test_matrix(session: &Session) -> Matrix {
    let dataset = &session.store().datasets[&MODEL.scenario()];
    dataset.matrix(&dataset.parts[2]).unwrap()
}

#[test]
fn the_same_parameters_give_the_run_s_model_again_and_others_another() {
    let mut session = trained_session();
    let digest = session.store().models[&MODEL].ensemble.digest().to_string();
    let same = train(&mut session, request("hist", "reg:squarederror", &[]));
    assert_eq!((same.version.as_str(), &same.digest), ("V2", &digest));
    assert_eq!(same.curve.train.len(), same.n_trees as usize);
    let other = train(&mut session, request("hist", "reg:squarederror", &[("max_depth", 2.0), ("n_estimators", 7.0)]));
    assert_eq!((other.version.as_str(), other.n_trees), ("V3", 7));
    assert_ne!(other.digest, digest);
    assert!(session.store().models[&MODEL].ensemble.digest().to_string() == digest, "V1 stays");
    let Event::Document(document) =
        &session.handle(Command::Document { name: format!("models/{}.V3.json", MODEL.name()) })[0]
    else {
        panic!("no document")
    };
    session.handle(Command::ImportModel { model: MODEL, file: "again.json".to_owned(), text: document.text.clone() });
    let imported = rest(&mut session);
    let [Event::TrainingReady(imported), Event::RegistryChanged(_)] = imported.as_slice() else {
        panic!("{imported:?}")
    };
    assert_eq!((imported.version.as_str(), imported.file.as_deref()), ("V4", Some("again.json")));
    assert_eq!(imported.splits, other.splits, "an imported model predicts as it did");
}

#[test]
fn both_engines_and_every_objective_train_and_are_told_apart() {
    let mut session = trained_session();
    let exact = train(&mut session, request("gbdt", "reg:squarederror", &[("n_estimators", 5.0)]));
    assert_eq!((exact.engine.as_str(), exact.n_trees), ("gbdt", 5));
    assert!(exact.splits[0].r2 > 0.1 && exact.splits.iter().all(|split| split.rmse.is_finite()));
    let quantile = train(&mut session, request("hist", "reg:quantileerror", &[("quantile_alpha", 0.8)]));
    assert!((quantile.share_below - 0.8).abs() < 0.15, "{}", quantile.share_below);
    assert_eq!(quantile.loss, "pinball loss");
    let tweedie = train(&mut session, request("hist", "reg:tweedie", &[("tweedie_variance_power", 1.3)]));
    assert!(tweedie.splits[0].r2 > 0.1, "{tweedie:?}");
    let found = what_if(&mut session, &tweedie.version, 3, &[]);
    assert!(found.is_log && found.residual.abs() < 1e-4 && found.prediction > 0.0);
}

#[test]
fn what_cannot_be_trained_is_refused_with_the_bound_and_a_stopped_training_leaves_the_rest() {
    let mut session = trained_session();
    for (command, words) in [
        (request("hist", "reg:squarederror", &[("max_depth", 99.0)]), "from 1 to 16"),
        (request("gbdt", "reg:tweedie", &[]), "squared error only"),
        (request("gbdt", "reg:squarederror", &[("reg_lambda", 1.0)]), "no parameter called"),
        (request("other", "reg:squarederror", &[]), "no engine called"),
    ] {
        match session.handle(command).as_slice() {
            [Event::Refused(problem)] => assert!(problem.why.contains(words), "{problem}"),
            other => panic!("{other:?}"),
        }
    }
    let broken = Command::ImportModel { model: MODEL, file: "a.json".to_owned(), text: "{\"learner\":".to_owned() };
    assert!(session.handle(broken).is_empty());
    assert!(matches!(rest(&mut session).as_slice(), [Event::Refused(_)]));
    session.handle(request("hist", "reg:squarederror", &[("n_estimators", 5_000.0)]));
    let host = Ticking::default();
    for _ in 0..4 {
        session.step(&host);
    }
    assert_eq!(session.handle(Command::Cancel), [Event::TrainingStopped(None)]);
    assert!(!session.has_work() && session.handle(Command::Cancel).is_empty());
    assert_eq!(train(&mut session, request("hist", "reg:squarederror", &[])).version, "V2");
    let empty = Session::default().handle(request("hist", "reg:squarederror", &[]));
    assert!(matches!(empty.as_slice(), [Event::Refused(_)]));
}

#[test]
fn slow_motion_ends_where_the_model_is_and_begins_at_the_base_score() {
    let mut session = trained_session();
    let matrix = test_matrix(&session);
    let ensemble = session.store().models[&MODEL].ensemble.clone();
    let predicted = ensemble.predict(&matrix).unwrap();
    let n_trees = ensemble.trees.len() as u32;
    let (first, last) = (round(&mut session, "V1", 0, 5), round(&mut session, "V1", n_trees, 5));
    assert_eq!((first.tree, first.n_rows as usize), (None, predicted.len()));
    assert!(first.deciles.iter().all(|d| (d.predicted - f64::from(ensemble.base_score)).abs() < 1e-6));
    assert_eq!(last.path.len(), n_trees as usize + 1);
    assert_eq!(last.path.last().copied(), Some(f64::from(predicted[5])));
    assert_eq!((last.path[0], first.path[0]), (f64::from(ensemble.base_score), last.path[0]));
    assert!(last.rmse < first.rmse);
    assert!(last.deciles.windows(2).all(|pair| pair[0].predicted <= pair[1].predicted));
    let n = last.residuals.counts.iter().sum::<u64>() + last.residuals.n_above;
    assert_eq!((n, &last.residuals.edges), (predicted.len() as u64, &first.residuals.edges));
    // The leaf on the customer's path is what the last tree added.
    let tree = last.tree.unwrap();
    let leaf = tree.nodes.iter().find(|node| node.on_path && node.children.is_none()).unwrap();
    let added = last.path[n_trees as usize] - last.path[n_trees as usize - 1];
    assert!((leaf.value - added).abs() < 1e-3, "{} {added}", leaf.value);
    assert!(tree.nodes.iter().filter(|node| node.on_path).count() >= 2);
    assert_eq!(round(&mut session, "V1", 9_999, 5).request.n_trees, n_trees);
}

#[test]
fn a_prediction_with_other_inputs_is_that_of_the_row_so_changed() {
    let mut session = trained_session();
    let matrix = test_matrix(&session);
    let ensemble = session.store().models[&MODEL].ensemble.clone();
    let plain = what_if(&mut session, "V1", 7, &[]);
    assert_eq!((plain.prediction, plain.before), (plain.before, f64::from(ensemble.predict(&matrix).unwrap()[7])));
    let sum = plain.base_value + plain.inputs.iter().map(|input| input.contribution).sum::<f64>();
    assert!((sum + plain.residual - plain.prediction).abs() < 1e-9);
    assert!(plain.residual.abs() <= 1e-6 * plain.prediction.abs().max(1.0) * 100.0);
    let changed = what_if(
        &mut session,
        "V1",
        7,
        &[("FREQUENCY", "40"), ("REGION", "West"), ("MONETARY_TOTAL", ""), ("RECENCY_DAYS", "x")],
    );
    let mut row: Vec<f32> = (0..matrix.n_columns()).map(|column| matrix.column(column)[7]).collect();
    for (column, name) in matrix.names().iter().enumerate() {
        match name.as_str() {
            "FREQUENCY" => row[column] = 40.0,
            "MONETARY_TOTAL" => row[column] = f32::NAN,
            "REGION=West" => row[column] = 1.0,
            other if other.starts_with("REGION=") => row[column] = 0.0,
            _ => {}
        }
    }
    assert_eq!(changed.prediction, f64::from(ensemble.predict_row(&row)));
    let input = |name: &str| changed.inputs.iter().find(|input| input.name == name).unwrap();
    assert!(input("RECENCY_DAYS").problem.as_ref().unwrap().contains("not a number"));
    assert_eq!(input("RECENCY_DAYS").value, input("RECENCY_DAYS").before);
    assert_eq!((input("REGION").value.as_str(), input("MONETARY_TOTAL").value.as_str()), ("West", ""));
    session.handle(Command::WhatIf(WhatIfRequest { training: id("V1"), row: 1_000_000, changes: Vec::new() }));
    assert!(matches!(rest(&mut session).as_slice(), [Event::Refused(_)]));
    session.handle(Command::WhatIf(WhatIfRequest { training: id("V8"), row: 0, changes: Vec::new() }));
    assert!(matches!(rest(&mut session).as_slice(), [Event::Refused(_)]));
}

fn dependence(session: &mut Session, input: &str) -> Dependence {
    session.handle(Command::Dependence(DependenceRequest { training: id("V1"), input: input.to_owned() }));
    match rest(session).pop() {
        Some(Event::Dependence(found)) => *found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn partial_dependence_is_the_mean_of_predictions_with_the_input_set() {
    let mut session = trained_session();
    let matrix = test_matrix(&session);
    let ensemble = session.store().models[&MODEL].ensemble.clone();
    let category = dependence(&mut session, "REGION");
    assert!(category.is_category && category.labels.contains(&"West".to_owned()));
    let found = dependence(&mut session, "");
    assert_eq!(found.input, found.inputs[0]);
    let column = matrix.names().iter().position(|name| *name == found.input).unwrap();
    assert_eq!(found.n_rows as usize, matrix.n_rows(), "so few rows are all taken");
    for (at, mean) in found.at.iter().zip(&found.mean) {
        let mut set = matrix.clone();
        set.set_column(column, *at as f32);
        let predicted = ensemble.predict(&set).unwrap();
        let expected = predicted.iter().map(|&p| f64::from(p)).sum::<f64>() / predicted.len() as f64;
        assert!((mean - expected).abs() < 1e-9 * expected.abs().max(1.0));
    }
    assert!(found.curves.iter().all(|curve| curve.len() == found.at.len()));
}

#[test]
fn standardised_columns_give_the_same_predictions() {
    let mut session = trained_session();
    for model in [ObjectId::ColdstartModel, MODEL] {
        session.handle(Command::CheckScaling(model));
        let events = rest(&mut session);
        let [Event::ScalingChecked(check)] = events.as_slice() else { panic!("{events:?}") };
        assert!(check.n_rows > 0);
        assert_eq!(check.n_different, 0, "{check:?}");
        assert!(check.n_on_threshold * 10 < check.n_rows, "{check:?}");
    }
}
