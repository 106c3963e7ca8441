//! Plans and what comes of them, by hand and over random sequences of moments, failures, suspensions and promotions.

use super::*;
use clv_engine::feature::catalog;
use clv_engine::feature::sql::ast::{BinaryOperator, Join, JoinKind, ObjectName, Query, Select, SqlExpr};
use clv_engine::feature::sql::{Mode as Serving, Names, query};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn table(name: &str, reads: &[&str], lag: Lag) -> DynamicTable {
    DynamicTable {
        name: name.to_owned(),
        reads: reads.iter().map(|name| (*name).to_owned()).collect(),
        lag,
        declared: Declared::Incremental,
        constructs: Vec::new(),
    }
}

/// The tables of the continuous scenario, and one that only serves.
fn definitions() -> Vec<DynamicTable> {
    vec![
        table("PREDICTIONS", &["FEATURES"], Lag::Minutes(60)),
        table("FEATURES", &["EVENTS", "LOOKUP"], Lag::Minutes(60)),
        table("LOOKUP", &["EVENTS"], Lag::Downstream),
        table("VIEW", &["EVENTS"], Lag::Minutes(1_440)),
        table("IDLE", &["EVENTS"], Lag::Downstream),
    ]
}

fn scheduler() -> Scheduler {
    Scheduler::new(Graph::new(definitions(), &["EVENTS"]).unwrap())
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.name.as_str()).collect()
}

fn done(action: Action) -> Outcome {
    Outcome::Done { action, touched: 1, change: Change { updated: 1, ..Change::default() }, elapsed_ms: 1.0 }
}

/// Carries out everything that is due; the tables that are named fail.
fn refresh(scheduler: &mut Scheduler, now: Minute, failing: &[&str]) -> usize {
    let mut running = scheduler.begin(scheduler.plan(now));
    let mut n_steps = 0;
    while let Some(step) = running.step() {
        let outcome = if failing.contains(&step.name.as_str()) {
            Outcome::Failed { error: "broken on purpose".to_owned(), elapsed_ms: 1.0 }
        } else if matches!(step.why, Why::Reinitialize(_) | Why::Initial) {
            done(Action::Reinitialize)
        } else {
            done(Action::Incremental)
        };
        scheduler.finish(&mut running, outcome);
        n_steps += 1;
    }
    n_steps
}

fn at(scheduler: &Scheduler, name: &str) -> usize {
    scheduler.graph().position(name).unwrap()
}

#[test]
fn definitions_are_checked_as_snowflake_checks_them() {
    let graph = |definitions: Vec<DynamicTable>| Graph::new(definitions, &["EVENTS"]);
    let lag = Lag::Minutes;
    let error = |definitions| graph(definitions).unwrap_err().to_string();
    assert!(error(vec![table("A", &["GONE"], lag(5))]).contains("A reads GONE, which does not exist"));
    assert!(error(vec![table("A", &["B"], lag(5)), table("B", &["A"], lag(5))]).contains("reads itself"));
    assert!(error(vec![table("A", &["EVENTS"], lag(0))]).contains("must be 1 at least"));
    let twice = vec![table("A", &["EVENTS"], lag(5)), table("A", &["EVENTS"], lag(5))];
    assert!(error(twice).contains("two dynamic tables are called A"));
    // The reference's own fault: an hour over a day.
    let shorter = vec![table("VIEW", &["EVENTS"], lag(1_440)), table("PREDICTIONS", &["VIEW"], lag(60))];
    assert!(error(shorter).contains("PREDICTIONS (60 min) is shorter than that of VIEW (1440 min)"));
    let clock = DynamicTable { constructs: vec![Construct::Clock], ..table("A", &["EVENTS"], lag(5)) };
    assert!(error(vec![clock.clone()]).contains("declared INCREMENTAL and cannot be: CURRENT_DATE"));
    let auto = DynamicTable { declared: Declared::Auto, ..clock };
    let below = DynamicTable { declared: Declared::Auto, ..table("B", &["A"], lag(5)) };
    let graph = graph(vec![auto, below, table("C", &["EVENTS"], lag(5))]).unwrap();
    assert_eq!((0..3).map(|nth| graph.mode(nth).mode).collect::<Vec<_>>(), [Mode::Full, Mode::Full, Mode::Incremental]);
    assert_eq!(graph.mode(0).rule.map(|rule| rule.construct), Some(Construct::Clock));
    assert_eq!(graph.mode(1).reason, "A is refreshed in full.");
}

#[test]
fn a_table_is_refreshed_when_its_lag_is_reached_and_takes_its_upstream_along() {
    let mut scheduler = scheduler();
    let plan = scheduler.plan(0);
    assert_eq!(names(&plan), ["LOOKUP", "FEATURES", "PREDICTIONS", "VIEW"], "nobody needs IDLE");
    assert!(plan.steps.iter().all(|step| step.why == Why::Initial));
    refresh(&mut scheduler, 0, &[]);
    assert!(scheduler.plan(59).steps.is_empty());
    assert_eq!(scheduler.next_due(10), Some(60));
    let plan = scheduler.plan(60);
    assert_eq!(names(&plan), ["LOOKUP", "FEATURES", "PREDICTIONS"]);
    assert_eq!(plan.steps[1].why, Why::TargetLag);
    let asked = scheduler.plan_of_one(at(&scheduler, "PREDICTIONS"), 10);
    assert_eq!(names(&asked), ["LOOKUP", "FEATURES", "PREDICTIONS"]);
    assert_eq!(asked.steps[0].why, Why::NeededBy("PREDICTIONS".to_owned()));
    assert_eq!(asked.steps[2].why, Why::Manual);
    assert_eq!(scheduler.lag(at(&scheduler, "VIEW"), 75), Some(75));
    assert_eq!(scheduler.lag(at(&scheduler, "IDLE"), 75), None);
}

#[test]
fn a_failure_stops_what_reads_it_and_nothing_else_and_is_made_good_by_the_next_refresh() {
    let mut scheduler = scheduler();
    refresh(&mut scheduler, 0, &[]);
    refresh(&mut scheduler, 1_440, &["FEATURES"]);
    let states: Vec<(&str, State)> =
        scheduler.history()[4..].iter().map(|entry| (entry.name.as_str(), entry.state)).collect();
    let expected = [
        ("LOOKUP", State::Succeeded),
        ("FEATURES", State::Failed),
        ("PREDICTIONS", State::UpstreamFailed),
        ("VIEW", State::Succeeded),
    ];
    assert_eq!(states, expected);
    assert_eq!(scheduler.history()[6].error.as_deref(), Some("FEATURES failed."));
    assert_eq!(scheduler.status(at(&scheduler, "PREDICTIONS")).data_time, Some(0));
    assert!(scheduler.plan(1_441).steps.is_empty());
    assert_eq!(scheduler.next_due(1_440), Some(1_500), "it is tried again on the next beat");
    refresh(&mut scheduler, 1_500, &[]);
    assert_eq!(scheduler.status(at(&scheduler, "PREDICTIONS")).data_time, Some(1_500));
    assert_eq!(scheduler.status(at(&scheduler, "FEATURES")).n_failures, 0);
}

#[test]
fn five_failures_in_a_row_suspend_a_table_and_hold_what_reads_it() {
    let mut scheduler = scheduler();
    let (features, predictions) = (at(&scheduler, "FEATURES"), at(&scheduler, "PREDICTIONS"));
    for nth in 0..5 {
        assert!(!scheduler.status(features).is_suspended);
        refresh(&mut scheduler, 60 * nth, &["FEATURES"]);
    }
    assert!(scheduler.status(features).is_suspended && scheduler.is_held(predictions));
    assert!(!scheduler.status(predictions).is_suspended, "it is held, not suspended");
    assert_eq!(names(&scheduler.plan(5_000)), ["VIEW"]);
    assert!(scheduler.plan_of_one(predictions, 245).steps.is_empty());
    scheduler.resume(features);
    assert_eq!(
        names(&scheduler.plan(245)),
        ["LOOKUP", "FEATURES"],
        "what only its upstream held back waits for its beat"
    );
    assert_eq!(names(&scheduler.plan(300)), ["LOOKUP", "FEATURES", "PREDICTIONS"]);
}

#[test]
fn a_promotion_causes_one_reinitialisation_and_no_second_one() {
    let mut scheduler = scheduler();
    refresh(&mut scheduler, 0, &[]);
    let predictions = at(&scheduler, "PREDICTIONS");
    scheduler.reinitialize(predictions, "V2 was promoted");
    let plan = scheduler.plan(7);
    assert_eq!(names(&plan), ["LOOKUP", "FEATURES", "PREDICTIONS"]);
    assert_eq!(plan.steps[2].why, Why::Reinitialize("V2 was promoted".to_owned()));
    // A failure does not use it up.
    refresh(&mut scheduler, 7, &["PREDICTIONS"]);
    refresh(&mut scheduler, 60, &[]);
    refresh(&mut scheduler, 120, &[]);
    let actions: Vec<Option<Action>> =
        scheduler.history().iter().filter(|entry| entry.name == "PREDICTIONS").map(|entry| entry.action).collect();
    let expected = [Some(Action::Reinitialize), None, Some(Action::Reinitialize), Some(Action::Incremental)];
    assert_eq!(actions, expected);
}

#[test]
fn tables_keep_one_beat_and_meet_in_their_data_times() {
    let mut scheduler = scheduler();
    refresh(&mut scheduler, 1_439, &[]);
    assert_eq!(names(&scheduler.plan(1_440)), ["LOOKUP", "FEATURES", "PREDICTIONS", "VIEW"], "a day began");
    refresh(&mut scheduler, 1_440, &[]);
    assert_eq!((scheduler.next_due(1_440), scheduler.next_due(1_520)), (Some(1_500), Some(1_520)));
}

#[test]
fn what_is_forgotten_keeps_its_numbers() {
    let mut scheduler = scheduler();
    refresh(&mut scheduler, 0, &[]);
    refresh(&mut scheduler, 60, &[]);
    scheduler.forget_before(60);
    assert_eq!(scheduler.history().iter().map(|entry| entry.refresh).collect::<Vec<_>>(), [5, 6, 7]);
    refresh(&mut scheduler, 120, &["FEATURES"]);
    let last: Vec<(u64, State)> = scheduler.history()[3..].iter().map(|entry| (entry.refresh, entry.state)).collect();
    assert_eq!(last, [(8, State::Succeeded), (9, State::Failed), (10, State::UpstreamFailed)]);
}

#[test]
fn another_mode_is_another_table() {
    let mut scheduler = scheduler();
    refresh(&mut scheduler, 0, &[]);
    let (lookup, features) = (at(&scheduler, "LOOKUP"), at(&scheduler, "FEATURES"));
    let refused = scheduler.declare(lookup, Declared::Full).unwrap_err().to_string();
    assert!(
        refused.contains("FEATURES is declared INCREMENTAL and cannot be: LOOKUP is refreshed in full"),
        "{refused}"
    );
    assert_eq!(scheduler.graph().mode(lookup).mode, Mode::Incremental, "nothing has changed");
    scheduler.declare(at(&scheduler, "PREDICTIONS"), Declared::Auto).unwrap();
    scheduler.declare(features, Declared::Full).unwrap();
    assert_eq!(scheduler.graph().mode(at(&scheduler, "PREDICTIONS")).mode, Mode::Full, "decided again");
    let plan = scheduler.plan(1);
    assert!(matches!(plan.steps[1].why, Why::Reinitialize(_)) && plan.steps[1].mode == Mode::Full);
}

#[test]
fn what_is_left_of_a_cancelled_plan_is_cancelled() {
    let mut scheduler = scheduler();
    let mut running = scheduler.begin(scheduler.plan(0));
    assert_eq!(scheduler.history()[0].state, State::Executing);
    assert_eq!(scheduler.refresh_of(&running), Some(1));
    scheduler.finish(&mut running, done(Action::Reinitialize));
    scheduler.cancel(running);
    let states: Vec<State> = scheduler.history().iter().map(|entry| entry.state).collect();
    assert_eq!(states, [State::Succeeded, State::Cancelled, State::Cancelled, State::Cancelled]);
    assert_eq!(names(&scheduler.plan(1)), ["LOOKUP", "FEATURES", "PREDICTIONS", "VIEW"]);
}

#[test]
fn the_project_s_own_views_are_refreshed_in_parts() {
    for view in catalog::checked().unwrap().views() {
        let found = constructs(&query(view, Serving::Serving, &Names::default(), &BTreeMap::new()));
        let ruled_out = found.iter().filter_map(|found| found.rule()).find(|r| r.effect == Effect::RulesOutIncremental);
        assert_eq!(ruled_out, None, "{}: {found:?}", view.name());
    }
}

/// A query of one table with a column, and perhaps a join.
fn query_of(column: SqlExpr, join: Option<JoinKind>) -> Query {
    let table = |name: &str, kind| Join { kind, table: ObjectName::local(name), alias: name.to_owned() };
    let from = [table("A", JoinKind::From)].into_iter().chain(join.map(|kind| table("B", kind))).collect();
    let body =
        Select { distinct: false, columns: vec![(column, "C".to_owned())], from, filter: None, group_by: Vec::new() };
    Query { ctes: Vec::new(), body }
}

#[test]
fn what_rules_are_about_is_found_wherever_it_stands_in_a_query() {
    let call = |function, arguments| SqlExpr::call(function, arguments);
    let x = || SqlExpr::column("X");
    let over = |function, partition_by| SqlExpr::Over {
        call: Box::new(call(function, Vec::new())),
        partition_by,
        order_by: vec![x()],
    };
    let found = |column, join| constructs(&query_of(column, join)).into_iter().collect::<Vec<_>>();
    // Deep inside an expression, as the reference's recency and its quintiles are.
    let recency = call("DATEDIFF", vec![x(), call("CURRENT_DATE", Vec::new())]);
    assert_eq!(found(recency.cast("FLOAT"), None), [Construct::Clock]);
    assert_eq!(found(over("NTILE", Vec::new()), None), [Construct::WindowOverAll, Construct::Ntile]);
    assert_eq!(found(over("SUM", vec![x()]), None), []);
    let distinct = SqlExpr::Call { function: "COUNT", distinct: true, arguments: vec![x()] };
    let case =
        SqlExpr::Case { arms: vec![(SqlExpr::IsNull(Box::new(x())), distinct)], otherwise: Box::new(SqlExpr::Null) };
    assert_eq!(found(case, None), [Construct::CountDistinct]);
    assert_eq!(
        found(call("MEDIAN", vec![call("RANDOM", Vec::new())]), None),
        [Construct::Random, Construct::ExactPercentile]
    );
    let by = |operator| x().binary(operator, SqlExpr::Integer(1));
    assert_eq!(found(x(), Some(JoinKind::Left(by(BinaryOperator::Less)))), [Construct::OuterJoinInequality]);
    let both = by(BinaryOperator::Equal).binary(BinaryOperator::And, by(BinaryOperator::Equal));
    assert_eq!(found(x(), Some(JoinKind::Left(both))), []);
    assert_eq!(found(x(), Some(JoinKind::Inner(by(BinaryOperator::Less)))), []);
    let mut nested = query_of(x(), Some(JoinKind::Cross));
    let inner = Select { group_by: vec![x()], ..query_of(call("UUID_STRING", Vec::new()), None).body };
    nested.ctes.push(("B".to_owned(), inner));
    assert_eq!(constructs(&nested).into_iter().collect::<Vec<_>>(), [Construct::Random, Construct::AggregateBelowJoin]);
    assert!(RULES.iter().all(|rule| rule.construct.rule() == Some(rule)), "one rule each");
}

#[derive(Clone, Debug)]
enum Step {
    Wait(Minute),
    Refresh(Vec<usize>),
    Suspend(usize),
    Resume(usize),
    Promote(usize),
    Ask(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1_i64..200).prop_map(Step::Wait),
        4 => prop::collection::vec(0_usize..5, 0..2).prop_map(Step::Refresh),
        1 => (0_usize..5).prop_map(Step::Suspend),
        1 => (0_usize..5).prop_map(Step::Resume),
        1 => (0_usize..5).prop_map(Step::Promote),
        1 => (0_usize..5).prop_map(Step::Ask),
    ];
    prop::collection::vec(step, 0..40)
}

fn check_plan(scheduler: &Scheduler, plan: &Plan) {
    let graph = scheduler.graph();
    for (nth, step) in plan.steps.iter().enumerate() {
        assert!(!scheduler.is_held(step.table));
        for &up in graph.upstream(step.table) {
            assert!(plan.steps[..nth].iter().any(|earlier| earlier.table == up), "upstream comes first");
        }
        assert!(plan.steps[..nth].iter().all(|earlier| earlier.table != step.table), "once");
    }
}

proptest! {
    #[test]
    fn whatever_happens_tables_never_run_ahead_of_what_they_read(steps in steps()) {
        let mut scheduler = scheduler();
        let mut now = 0;
        for step in steps {
            let before: Vec<Option<Minute>> = (0..5).map(|table| scheduler.status(table).data_time).collect();
            match step {
                Step::Wait(minutes) => now += minutes,
                Step::Refresh(failing) => {
                    check_plan(&scheduler, &scheduler.plan(now));
                    let tables: Vec<String> = scheduler.graph().tables().iter().map(|table| table.name.clone()).collect();
                    let failing: Vec<&str> = failing.iter().map(|&nth| tables[nth].as_str()).collect();
                    refresh(&mut scheduler, now, &failing);
                    if failing.is_empty() {
                        for table in 0..5 {
                            let Lag::Minutes(target) = scheduler.graph().tables()[table].lag else { continue };
                            let lag = scheduler.lag(table, now);
                            let waits = scheduler.is_held(table) || scheduler.status(table).failed_at.is_some();
                            prop_assert!(waits || lag.is_some_and(|lag| lag < target));
                        }
                    }
                }
                Step::Suspend(table) => scheduler.suspend(table),
                Step::Resume(table) => scheduler.resume(table),
                Step::Promote(table) => scheduler.reinitialize(table, "promoted"),
                Step::Ask(table) => {
                    let plan = scheduler.plan_of_one(table, now);
                    check_plan(&scheduler, &plan);
                    let mut running = scheduler.begin(plan);
                    while running.step().is_some() {
                        scheduler.finish(&mut running, done(Action::Full));
                    }
                }
            }
            for (table, before) in before.into_iter().enumerate() {
                let status = scheduler.status(table);
                prop_assert!(status.data_time >= before, "data never gets older");
                for &up in scheduler.graph().upstream(table) {
                    prop_assert!(status.data_time <= scheduler.status(up).data_time);
                }
            }
            prop_assert!(scheduler.history().iter().all(|entry| entry.state != State::Scheduled && entry.state != State::Executing));
            prop_assert!(scheduler.history().iter().enumerate().all(|(nth, entry)| entry.refresh == nth as u64 + 1));
        }
    }
}
