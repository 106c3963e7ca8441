//! A version in detail and a campaign by its predictions, asked for through commands, against the run's own report.

use crate::support::{rest, run};
use clv_lab::protocol::{
    Command, EvaluationRequest, EvaluationView, Event, ObjectId, RunConfig, RunReport, RunScope, TargetingRequest,
    TargetingView, TrainingId,
};
use clv_lab::session::Session;

const MODELS: [ObjectId; 2] = [ObjectId::ColdstartModel, ObjectId::ContinuousModel];

fn trained() -> (Session, RunReport) {
    let (mut session, events) = run(RunConfig { customers: 1_500, scope: RunScope::Train, ..RunConfig::default() });
    rest(&mut session);
    let report = events.into_iter().find_map(|event| match event {
        Event::RunFinished { report, .. } => Some(*report),
        _ => None,
    });
    (session, report.unwrap())
}

fn id(model: ObjectId) -> TrainingId {
    TrainingId { model, version: "V1".to_owned() }
}

fn evaluated(session: &mut Session, model: ObjectId, column: &str) -> EvaluationView {
    session.handle(Command::Evaluate(EvaluationRequest { training: id(model), column: column.to_owned() }));
    match rest(session).pop() {
        Some(Event::Evaluated(view)) => *view,
        other => panic!("{other:?}"),
    }
}

fn campaign(model: ObjectId, margin: f64, contact_cost: f64) -> TargetingRequest {
    TargetingRequest { training: id(model), margin, uplift: 0.1, contact_cost, budget: None }
}

fn targeted(session: &mut Session, request: TargetingRequest) -> TargetingView {
    session.handle(Command::Target(request));
    match rest(session).pop() {
        Some(Event::Targeted(view)) => *view,
        other => panic!("{other:?}"),
    }
}

#[test]
fn slices_add_up_to_the_metrics_of_the_report_whatever_divides_the_rows() {
    let (mut session, report) = trained();
    for model in MODELS {
        let metrics = &report.models[model.name()].metrics;
        let test = &metrics.iter().find(|(part, _)| part == "test").unwrap().1;
        let columns = evaluated(&mut session, model, "").columns;
        assert!(columns.len() > 5, "{columns:?}");
        for column in [columns.first(), columns.get(5), columns.last()].into_iter().flatten() {
            let view = evaluated(&mut session, model, column);
            assert_eq!((&view.column, view.n_rows), (column, test.rows));
            let squares = |of: &clv_lab::protocol::SliceView| {
                of.found.as_ref().map_or(0.0, |found| of.n_rows as f64 * found.rmse * found.rmse)
            };
            let rmse = (view.slices.iter().map(squares).sum::<f64>() / view.n_rows as f64).sqrt();
            assert!((rmse / test.rmse - 1.0).abs() < 1e-9, "{column}: {rmse}");
        }
    }
}

#[test]
fn the_order_of_customers_is_measured_from_nothing_to_all() {
    let (mut session, _) = trained();
    for model in MODELS {
        let view = evaluated(&mut session, model, "");
        assert_eq!((view.gains.len(), view.gains[0]), (101, 0.0));
        assert!((view.gains[100] - 1.0).abs() < 1e-9 && (view.best_gains[100] - 1.0).abs() < 1e-9);
        assert!(view.gains.iter().zip(&view.best_gains).all(|(ours, best)| *ours <= best + 1e-9));
        let gini = view.gini.unwrap();
        assert!(gini > 0.1 && gini < 1.0, "a trained model orders better than chance: {gini}");
        assert_eq!(view.tenths.iter().map(|tenth| tenth.n_rows).sum::<u64>(), view.n_rows);
        assert!((view.tenths.iter().filter_map(|tenth| tenth.share).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(view.tenths.is_sorted_by(|a, b| a.mean_predicted >= b.mean_predicted));
        let in_bars = view.errors.counts.iter().sum::<u64>() + view.errors.n_above + view.n_errors_below;
        assert_eq!(in_bars, view.n_rows);
        assert_eq!(view.worst.len(), 12);
        for interval in &view.intervals {
            assert!((0.7..=1.0).contains(&interval.coverage), "{interval:?}");
            assert!(interval.coverage_interval.0 <= interval.coverage && interval.mean_width > 0.0);
        }
    }
}

#[test]
fn rivals_stand_between_the_mean_and_the_oracle() {
    let (mut session, report) = trained();
    for model in MODELS {
        session.handle(Command::Rivals(id(model)));
        let Some(Event::Rivals(view)) = rest(&mut session).pop() else { panic!("no rivals") };
        let of = |name: &str| view.rivals.iter().find(|rival| rival.name.starts_with(name)).unwrap();
        let test = &report.models[model.name()].metrics.iter().find(|(part, _)| part == "test").unwrap().1;
        assert!((of("this model").r2 - test.r2).abs() < 1e-12 && view.n_rows == test.rows);
        assert!(of("oracle").r2 > of("this model").r2 && of("mean for everybody").r2 < 0.05);
        // Nobody who saw only what happened does better, on average; the oracle saw more.
        assert!(of("fair bound").r2 < of("oracle").r2 && of("fair bound").r2 > of("mean for everybody").r2);
        let is_continuous = model == ObjectId::ContinuousModel;
        assert_eq!(view.purchases.is_some(), is_continuous);
        if is_continuous {
            let classic = of("BG/NBD");
            assert!(classic.gini.unwrap() > 0.3 && classic.r2 > of("mean for everybody").r2, "{classic:?}");
            assert!(view.purchases.as_ref().unwrap().parameters.iter().all(|(_, value)| *value > 0.0));
            assert!(of("mean of the RFM score").r2 > of("mean for everybody").r2);
        }
    }
}

#[test]
fn a_campaign_earns_nothing_for_nobody_and_the_same_for_everybody_by_every_choice() {
    let (mut session, _) = trained();
    for model in MODELS {
        let view = targeted(&mut session, campaign(model, 0.3, 2.0));
        let names: Vec<&str> = view.curves.iter().map(|curve| curve.name.as_str()).collect();
        assert!(names[0].ends_with(" V1") && names[1..3] == ["oracle", "fair bound"], "{names:?}");
        assert!(names.ends_with(&["at random"]));
        let everybody = view.curves[0].profits[100];
        for curve in &view.curves {
            assert_eq!((curve.profits.len(), curve.profits[0]), (101, 0.0), "{}", curve.name);
            assert!((curve.profits[100] - everybody).abs() < 1e-6 * everybody.abs().max(1.0), "{}", curve.name);
            assert_eq!(curve.profits.iter().copied().fold(f64::MIN, f64::max), curve.best_profit);
        }
        let best = |name: &str| view.curves.iter().find(|curve| curve.name.starts_with(name)).unwrap().best_profit;
        assert!(best("oracle") >= best("at random"), "who knows the truth does not earn less than chance");
        // Without costs everybody is contacted; where every contact costs more than it can bring, nobody.
        let free = targeted(&mut session, campaign(model, 0.3, 0.0));
        assert!((free.curves[0].best_profit - free.curves[0].profits[100]).abs() < 1e-9);
        let dear = targeted(&mut session, campaign(model, 0.3, 1e6));
        assert_eq!((dear.curves[0].best_percent, dear.curves[0].best_profit), (0, 0.0));
        let limited = TargetingRequest { budget: Some(20.0), ..campaign(model, 0.3, 2.0) };
        assert_eq!(targeted(&mut session, limited).n_affordable, 10);
    }
    session.handle(Command::Target(campaign(MODELS[0], 1.5, 2.0)));
    let refused = rest(&mut session);
    assert!(matches!(&refused[..], [Event::Refused(problem)] if problem.to_string().contains("margin")), "{refused:?}");
}

#[test]
fn where_nobody_buys_again_there_is_no_bg_nbd_and_everything_else() {
    let overrides = std::collections::BTreeMap::from([("continuous.purchases_per_year".to_owned(), 0.0)]);
    let config = RunConfig { customers: 500, scope: RunScope::Train, overrides, ..RunConfig::default() };
    let (mut session, _) = run(config);
    rest(&mut session);
    let model = ObjectId::ContinuousModel;
    session.handle(Command::Rivals(id(model)));
    let Some(Event::Rivals(view)) = rest(&mut session).pop() else { panic!("no rivals") };
    assert!(view.purchases.is_none() && view.rivals.iter().all(|rival| !rival.name.starts_with("BG/NBD")));
    assert!(view.rivals.iter().any(|rival| rival.name.starts_with("mean for everybody")));
    assert!(!targeted(&mut session, campaign(model, 0.3, 1.0)).curves.is_empty());
    session.handle(Command::Repeat);
    match rest(&mut session).pop() {
        Some(Event::Refused(problem)) => assert!(problem.to_string().contains("bought"), "{problem}"),
        other => panic!("{other:?}"),
    }
}
