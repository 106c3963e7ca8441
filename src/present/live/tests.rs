//! Live predictions as a reader sees them: clock, choices and what they ask for, words of the tables, charts with none, one and many points.

use super::clock::{moment, progress, rate_in_words, short, span, status, step_in_words};
use super::*;
use crate::present::charts::Chart;
use crate::present::state::{AppState, News};
use crate::protocol::{
    AlertSeverity, Breakage, ColumnKind, DeclaredMode, LagPoint, LiveAlert, LiveBatch, LiveLook, LiveMove, LivePlace,
    LivePlan, LivePlanStep, LiveReason, LiveRequest, LiveSide, LiveSource, Problem, RefreshState, RunConfig,
    TableColumn, TableOrder,
};

/// 2025-07-01 00:00, a Tuesday.
pub(super) const BEGAN: i64 = 20_270 * 1_440;
const STAGING: &str = "CONTINUOUS_TRANSACTIONS_STAGING";
const FEATURES: &str = "CONTINUOUS_CUSTOMER_FEATURES";
const PREDICTIONS: &str = "CONTINUOUS_CLV_PREDICTIONS";

pub(super) fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

fn entry(refresh: u64, table: &str, action: RefreshAction, changed: u64) -> LiveEntry {
    LiveEntry {
        refresh,
        n_refreshes: 1,
        table: table.to_owned(),
        state: RefreshState::Succeeded,
        action: Some(action),
        why: "its lag reaches the target".to_owned(),
        at: BEGAN + 60,
        lag_before: Some(60),
        touched: changed,
        inserted: changed,
        updated: 0,
        deleted: 0,
        elapsed_ms: 1.0,
        error: None,
    }
}

fn table(name: &str, reads: &[&str], target_lag: i64) -> LiveTable {
    LiveTable {
        name: name.to_owned(),
        reads: reads.iter().map(|read| (*read).to_owned()).collect(),
        target_lag,
        lag: Some(20),
        data_time: Some(BEGAN),
        n_rows: 1_200,
        declared: DeclaredMode::Auto,
        is_full: false,
        mode_reason: "nothing rules it out".to_owned(),
        findings: Vec::new(),
        is_suspended: false,
        is_held: false,
        n_failures: 0,
        is_broken: false,
        next_due: Some(BEGAN + 120),
        last: Some(entry(1, name, RefreshAction::Incremental, 12)),
    }
}

fn side() -> LiveSide {
    let reason = |input: &str, before: Option<&str>, value: &str, change: f64| LiveReason {
        input: input.to_owned(),
        value_before: before.map(str::to_owned),
        value: value.to_owned(),
        contribution_before: 10.0,
        contribution: 10.0 + change,
    };
    LiveSide {
        table: PREDICTIONS.to_owned(),
        model: "CONTINUOUS_CLV_MODEL".to_owned(),
        version: "V1".to_owned(),
        is_log: false,
        n_customers: 1_200,
        total: 5_000.0,
        total_at_first: Some(4_900.0),
        n_moved: 3,
        moved: vec![LiveMove {
            customer_id: 17,
            name: None,
            before: Some(100.0),
            after: 140.0,
            reasons: vec![reason("FREQUENCY", Some("4"), "5", 31.0), reason("REGION", None, "north", -2.0)],
        }],
    }
}

pub(super) fn example() -> LiveState {
    let source = |name: &str, as_of: Option<&str>| LiveSource {
        name: name.to_owned(),
        n_rows: 5_000,
        n_new: 7,
        is_staging: as_of.is_none(),
        as_of: as_of.map(str::to_owned),
    };
    LiveState {
        now: BEGAN + 125,
        began: BEGAN,
        going_to: None,
        last: BEGAN + 1_000_000,
        simulating: None,
        has_arrivals: true,
        sources: vec![source(STAGING, None), source("OBSERVATION", Some("2025-07-01"))],
        tables: vec![
            table(FEATURES, &[STAGING, "OBSERVATION"], 60),
            table(PREDICTIONS, &[FEATURES, "OBSERVATION"], 60),
        ],
        plan: Some(LivePlan {
            at: BEGAN + 145,
            steps: vec![LivePlanStep {
                table: FEATURES.to_owned(),
                is_full: false,
                why: "due".to_owned(),
                n_open: 1_234,
            }],
        }),
        history: vec![entry(1, FEATURES, RefreshAction::Incremental, 12)],
        lags: vec![
            LagPoint { at: BEGAN, lags: vec![None, None] },
            LagPoint { at: BEGAN + 60, lags: vec![Some(0), Some(30)] },
            LagPoint { at: BEGAN + 120, lags: vec![Some(60), Some(90)] },
        ],
        sides: vec![side()],
        batches: Vec::new(),
        alerts: Vec::new(),
        levels: vec![("PRODUCT_CATEGORY".to_owned(), vec!["Books".to_owned(), "Toys".to_owned()])],
        bytes: 61_000_000,
        n_arrived: 1_000,
        step_ms: 12.0,
    }
}

pub(super) fn live(state: LiveState) -> Live {
    let mut live = Live::default();
    live.apply(Event::Live(Box::new(state)));
    live
}

#[test]
fn moments_and_spans_read_as_people_write_them() {
    assert_eq!(moment(BEGAN + 14 * 60 + 5), "Tue 1 Jul 2025, 14:05");
    assert_eq!(moment(0), "Thu 1 Jan 1970, 00:00");
    assert_eq!(moment(-1), "Wed 31 Dec 1969, 23:59");
    assert_eq!(moment(BEGAN + 9 * 1_440), "Thu 10 Jul 2025, 00:00");
    assert_eq!(short(BEGAN + 65), "2025-07-01 01:05");
    for (minutes, text) in [
        (0, "0 min"),
        (4, "4 min"),
        (60, "1 h"),
        (80, "1 h 20 min"),
        (1_440, "1 day"),
        (1_500, "1 day 1 h"),
        (3 * 1_440, "3 days"),
        (3 * 1_440 + 59, "3 days"),
        (20 * 1_440 + 700, "20 days"),
        (-61, "−1 h 1 min"),
    ] {
        assert_eq!(plain(&span(minutes)), text);
    }
    assert_eq!(rate_in_words(4_608.0), "3.2 days per second");
    assert_eq!(rate_in_words(90.0), "1.5 hours per second");
    assert_eq!(rate_in_words(12.0), "12 minutes per second");
}

#[test]
fn the_clock_is_asked_for_the_time_that_has_passed_and_never_while_it_is_on_its_way() {
    let state = example();
    let mut pace = Pace::default();
    assert_eq!(pace.tick(Speed::Hour, 0.0, &state, true), None, "no time has passed");
    assert_eq!(pace.tick(Speed::Hour, 100.0, &state, true), Some(6));
    assert_eq!(pace.tick(Speed::Hour, 200.0, &state, false), None);
    assert_eq!(pace.tick(Speed::Hour, 300.0, &state, true), Some(12), "what was missed meanwhile comes at once");
    assert_eq!(pace.tick(Speed::Hour, 60_000.0, &state, true), Some(60), "but no more than a second of it");
    // Less than a minute waits.
    let mut pace = Pace::default();
    let asked: Vec<Option<u32>> =
        (0..=25).map(|tick| pace.tick(Speed::Minute, f64::from(tick) * 100.0, &state, true)).collect();
    assert_eq!(asked.iter().flatten().sum::<u32>(), 2);
    // The last moment is not passed.
    let near = LiveState { last: state.now + 3, ..example() };
    let mut pace = Pace::default();
    pace.tick(Speed::Week, 0.0, &near, true);
    assert_eq!(pace.tick(Speed::Week, 100.0, &near, true), Some(3));
}

#[test]
fn the_reached_speed_is_measured_and_said_only_when_it_is_less() {
    let at = |now| LiveState { now, ..example() };
    let mut slow = Pace::default();
    let mut fast = Pace::default();
    for tick in 0..60 {
        slow.tick(Speed::Day, f64::from(tick) * 100.0, &at(BEGAN + i64::from(tick) * 50), true);
        fast.tick(Speed::Day, f64::from(tick) * 100.0, &at(BEGAN + i64::from(tick) * 144), true);
        assert!(tick > 39 || slow.held_up(Speed::Day).is_none(), "too early to tell");
    }
    assert_eq!(slow.held_up(Speed::Day).map(f64::round), Some(500.0));
    assert_eq!(fast.held_up(Speed::Day), None);
    let mut held = Choice::default();
    (held.speed, held.reached) = (Speed::Day, Some(500.0));
    assert_eq!(
        status(&example(), &held),
        "1 day per second is more than this device can: as fast as it can, 8.33 hours per second."
    );
}

#[test]
fn the_status_changes_when_something_begins_or_ends() {
    let mut choice = Choice::default();
    assert_eq!(status(&example(), &choice), "Paused.");
    choice.act(&live(example()), "speed:day", "");
    assert_eq!(status(&example(), &choice), "1 day per second.");
    // A step of the playing clock is no journey.
    let stepping = LiveState { going_to: Some(BEGAN + 150), ..example() };
    assert_eq!(status(&stepping, &choice), "1 day per second.");
    assert_eq!(progress(&stepping, &choice), None);
    assert!(status(&LiveState { last: BEGAN + 125, ..example() }, &choice).starts_with("The clock goes no further"));
    assert_eq!(choice.act(&live(example()), "jump", ""), Some(LiveRequest::Jump));
    assert_eq!(choice.speed, Speed::Paused);
    let going = LiveState {
        now: BEGAN + 125 + 5_000,
        going_to: Some(BEGAN + 125 + 20_000),
        simulating: Some((1_200, 5_000)),
        ..example()
    };
    let (share, words) = progress(&going, &choice).unwrap();
    assert_eq!(share, 0.25);
    assert_eq!(
        words,
        "On the way to Mon 14 Jul 2025, 23:25, now Fri 4 Jul 2025, 13:25; simulating customers 1,200 of 5,000"
    );
    assert_eq!(status(&going, &choice), "On the way to Mon 14 Jul 2025, 23:25.");
    let ids = |state: &LiveState| choice.clock_buttons(state).iter().map(|f| (f.id.clone(), f.is_disabled)).collect();
    let on_the_way: Vec<(String, bool)> = ids(&going);
    assert_eq!(
        on_the_way.iter().map(|(id, off)| (id.as_str(), *off)).collect::<Vec<_>>(),
        [("next", true), ("jump", true), ("halt", false), ("restart", true)]
    );
    assert!(step_in_words(&example()).starts_with("1,000 events by the last step, 12 ms in the worker"));
}

#[test]
fn looking_back_asks_for_rows_and_customer_of_then_and_moves_no_clock() {
    let live = live(example());
    let state = example();
    let mut choice = Choice::default();
    let look = choice.look(&state).unwrap();
    assert_eq!(look, LiveLook { table: PREDICTIONS.to_owned(), at: None, offset: 0, limit: 20 });
    assert_eq!((choice.scrubbed(&state), choice.as_of().as_str()), (SCRUB_STEPS, ""));
    assert_eq!(choice.act(&live, "later", ""), None);
    assert_eq!(choice.look(&state).unwrap().offset, 20);
    assert_eq!(choice.act(&live, "scrub", "480"), None);
    assert_eq!(choice.look(&state).unwrap(), LiveLook { at: Some(BEGAN + 60), offset: 0, ..look.clone() });
    assert_eq!(choice.scrubbed(&state), 480);
    assert!(choice.as_of().starts_with("As of Tue 1 Jul 2025, 01:00."));
    choice.act(&live, "explain:17", "");
    assert_eq!(choice.explain(), Some(LiveRequest::Explain { customer_id: 17, at: Some(BEGAN + 60) }));
    choice.act(&live, "on-hour", "");
    assert_eq!(choice.at, Some(BEGAN + 120));
    choice.act(&live, "on-day", "");
    assert_eq!(choice.at, None, "there is nothing after now");
    choice.act(&live, "back-day", "");
    assert_eq!(choice.at, Some(BEGAN), "and nothing before the beginning");
    choice.act(&live, "now", "");
    choice.act(&live, &format!("table:{STAGING}"), "");
    assert_eq!(choice.look(&state).unwrap(), LiveLook { table: STAGING.to_owned(), ..look });
    assert!(choice.orders(&state).is_empty(), "a source cannot be refreshed");
    assert_eq!(choice.page_in_words(5_000, 20), "Rows 1 to 20 of 5,000.");
    assert!(choice.pages(20).is_empty());
}

#[test]
fn a_customer_is_looked_for_by_number() {
    let live = live(example());
    let mut choice = Choice::default();
    choice.act(&live, "customer", "abc");
    let fields = choice.search(&example());
    assert!(!fields[0].problem.is_empty() && fields[1].is_disabled);
    choice.act(&live, "explain", "");
    assert_eq!(choice.explain(), None);
    choice.act(&live, "customer", " 42 ");
    choice.act(&live, "explain", "");
    assert_eq!(choice.explain(), Some(LiveRequest::Explain { customer_id: 42, at: None }));
}

#[test]
fn orders_go_to_the_table_looked_at_or_to_the_one_that_is_named() {
    let live = live(example());
    let mut choice = Choice::default();
    let order = |table: &str, order| Some(LiveRequest::Table { table: table.to_owned(), order });
    assert_eq!(choice.act(&live, "refresh", ""), order(PREDICTIONS, TableOrder::Refresh));
    assert_eq!(choice.act(&live, "suspend", ""), order(PREDICTIONS, TableOrder::Suspend));
    assert_eq!(choice.act(&live, &format!("resume:{FEATURES}"), ""), order(FEATURES, TableOrder::Resume));
    assert_eq!(choice.act(&live, "declare", "FULL"), order(PREDICTIONS, TableOrder::Declare(DeclaredMode::Full)));
    assert_eq!(
        choice.act(&live, &format!("repair:{FEATURES}"), ""),
        Some(LiveRequest::Repair { table: FEATURES.to_owned() })
    );
    assert_eq!(choice.act(&live, "delete:3", ""), Some(LiveRequest::DeleteBatch(3)));
    assert_eq!(choice.act(&Live::default(), "refresh", ""), None, "nothing has begun");
    for fault in FAULTS {
        assert_eq!(choice.act(&live, &fault.id(), ""), Some(LiveRequest::Break(fault.breakage)));
    }
    assert_eq!(FAULTS.iter().filter(|fault| fault.breakage == Breakage::FailingRefresh).count(), 1);
    let mut broken = example();
    broken.tables[1].is_broken = true;
    broken.tables[1].is_suspended = true;
    let labels = |state: &LiveState| choice.orders(state).into_iter().map(|f| f.label).collect::<Vec<_>>();
    assert_eq!(labels(&example()), ["Refresh now", "Suspend", "REFRESH_MODE"]);
    assert_eq!(labels(&broken), ["Refresh now", "Resume", "Repair", "REFRESH_MODE"]);
    let (rows, buttons) = states(&broken);
    assert_eq!(rows.rows[1][1], "suspended");
    assert_eq!(buttons[1].as_ref().unwrap().id, format!("repair:{PREDICTIONS}"));
    assert_eq!(buttons[0], None);
}

#[test]
fn forms_are_filled_in_sensibly_and_take_what_is_typed() {
    let live = live(example());
    let mut choice = Choice::default();
    let Some(LiveRequest::Purchase(form)) = choice.act(&live, "purchase", "") else { panic!("no purchase") };
    assert_eq!((form.customer_id.as_str(), form.category.as_str(), form.day.as_str()), ("17", "Books", ""));
    choice.act(&live, "form:category", "Toys");
    choice.act(&live, "form:amount", "1.5");
    let Some(LiveRequest::Purchase(form)) = choice.act(&live, "purchase", "") else { panic!("no purchase") };
    assert_eq!((form.category.as_str(), form.amount.as_str()), ("Toys", "1.5"));
    choice.act(&live, "form:REGION", "north");
    let Some(LiveRequest::Customer(form)) = choice.act(&live, "newcomer", "") else { panic!("no customer") };
    let value = |name: &str| form.values.iter().find(|(column, _)| column == name).map(|(_, value)| value.as_str());
    assert_eq!((value("REGION"), value("CUSTOMER_ID"), value("CART_ADDS_30D")), (Some("north"), None, Some("4")));
    let ids: Vec<String> = choice.purchase(&example()).into_iter().map(|field| field.id).collect();
    assert_eq!(ids.last().map(String::as_str), Some("purchase"));
    let shown = EXPECTED.iter().find(|(table, _)| *table == "COLDSTART_CUSTOMERS_STAGING").unwrap().1;
    assert!(choice.newcomer(&example()).iter().all(|f| f.id == "newcomer" || shown.contains(&f.label)));
}

#[test]
fn tables_stand_right_of_what_they_read_and_in_a_list_where_there_is_no_room() {
    let shape = shape(Some(&example()));
    assert_eq!(layout(&shape, 389.0), None);
    assert_eq!(layout(&shape, 0.0), None);
    assert_eq!(layout(&super::shape(None), 1_200.0), None);
    for width in [WIDE_FROM_PX, 1_100.0, 2_000.0] {
        let layout = layout(&shape, width).unwrap();
        assert_eq!((layout.nodes.len(), layout.edges.len()), (4, 4));
        let place = |name: &str| layout.nodes.iter().find(|node| node.name == name).unwrap();
        for edge in &layout.edges {
            assert!(place(&edge.from).x + place(&edge.from).width < place(&edge.to).x);
            assert!(edge.path.starts_with('M'));
        }
        for (nth, a) in layout.nodes.iter().enumerate() {
            assert!(
                a.x >= 0.0 && a.x + a.width <= width + 0.01 && a.y >= 0.0 && a.y + a.height <= layout.height + 0.01
            );
            for b in &layout.nodes[nth + 1..] {
                assert!(a.x != b.x || a.y + a.height <= b.y || b.y + b.height <= a.y);
            }
        }
    }
}

#[test]
fn a_node_says_how_its_table_stands() {
    let mut state = example();
    let words = node(&state, PREDICTIONS);
    assert_eq!(
        (plain(&words.lag).as_str(), words.action.as_str(), words.mode.as_str()),
        ("lag 20 min of 1 h", "+12 ~0 −0", "INCREMENTAL")
    );
    assert!(!words.is_late && (words.lag_share - 1.0 / 3.0).abs() < 1e-9);
    state.tables[1].lag = Some(90);
    assert!(node(&state, PREDICTIONS).is_late);
    assert_eq!(node(&state, PREDICTIONS).lag_share, 1.0);
    state.tables[1].last = None;
    state.tables[1].lag = None;
    assert_eq!(node(&state, PREDICTIONS).state, NodeState::Empty);
    state.tables[0].last = Some(LiveEntry {
        state: RefreshState::Failed,
        action: None,
        error: Some("A column is missing.".to_owned()),
        ..entry(2, FEATURES, RefreshAction::NoData, 0)
    });
    assert_eq!(node(&state, FEATURES).state, NodeState::Failed);
    assert!(node(&state, FEATURES).action_in_words.ends_with("A column is missing."));
    state.tables[0].is_held = true;
    assert_eq!(node(&state, FEATURES).state, NodeState::Held);
    state.tables[0] =
        LiveTable { last: Some(entry(3, FEATURES, RefreshAction::NoData, 0)), ..example().tables[0].clone() };
    assert_eq!((node(&state, FEATURES).state, node(&state, FEATURES).action.as_str()), (NodeState::NoData, "no data"));
    assert_eq!((node(&state, STAGING).rows.as_str(), node(&state, STAGING).action.as_str()), ("5,000 rows", "+7"));
    assert_eq!(node(&state, "OBSERVATION").rows, "as of 2025-07-01");
    assert_eq!(node(&state, "NOWHERE"), NodeWords::default());
}

#[test]
fn rows_flow_where_a_refresh_has_changed_some_since_the_state_before() {
    let mut live = live(example());
    assert_eq!(live.n_flows(FEATURES), 0, "what was there at first has not flowed");
    live.apply(Event::Live(Box::new(example())));
    assert_eq!((live.n_flows(FEATURES), live.n_answers), (0, 2));
    let mut next = example();
    next.now += 60;
    next.history.insert(0, entry(2, FEATURES, RefreshAction::Incremental, 3));
    next.history.insert(0, entry(3, PREDICTIONS, RefreshAction::NoData, 0));
    live.apply(Event::Live(Box::new(next)));
    assert_eq!((live.n_flows(FEATURES), live.n_flows(PREDICTIONS)), (1, 0));
    live.apply(Event::Live(Box::new(example())));
    assert_eq!(live.n_flows(FEATURES), 0, "begun anew");
    live.refused();
    assert_eq!(live.n_answers, 5);
}

#[test]
fn a_run_that_begins_and_a_worker_that_is_lost_end_the_simulation() {
    let mut state = AppState::default();
    assert!(!wants_live(&state));
    let began = || News::Worker(Event::Live(Box::new(example())));
    state.apply(began());
    assert!(state.live.state.is_some());
    state.apply(News::Worker(Event::Refused(Problem::new("No.", "Because.", "Wait."))));
    assert_eq!(state.live.n_answers, 2);
    state.apply(News::Worker(Event::RunStarted { config: RunConfig::default(), stages: Vec::new() }));
    assert_eq!(state.live, Live::default());
    state.apply(began());
    state.apply(News::WorkerReplaced { reason: "it stopped".to_owned(), replaying: false });
    assert_eq!(state.live, Live::default());
}

#[test]
fn plan_history_rows_and_facts_are_written_out() {
    let mut state = example();
    assert_eq!(plain(&plan_in_words(&state)), "in 20 min, at Tue 1 Jul 2025, 02:25: 1 table.");
    assert_eq!(plan(&state).rows, [[FEATURES, "INCREMENTAL", "1,234", "due"].map(str::to_owned)]);
    state.plan = None;
    assert!(plan_in_words(&state).starts_with("No table is due"));
    state.history[0].n_refreshes = 12;
    let history = history(&state, 40);
    assert_eq!(history.rows[0][0], "1 × 12");
    assert_eq!(history.rows[0].len(), history.headers.len());
    let facts = facts(&state, PREDICTIONS);
    assert!(facts.iter().any(|(name, value)| name == "REFRESH_MODE" && value == "AUTO, resolved to INCREMENTAL"));
    assert_eq!(super::facts(&state, "OBSERVATION").len(), 3);
    let column = |name: &str, unit: &str| TableColumn {
        name: name.to_owned(),
        sql_type: "FLOAT".to_owned(),
        unit: unit.to_owned(),
        meaning: String::new(),
        nullable: true,
        numeric: true,
        kind: ColumnKind::Float,
    };
    let mut found = LiveRows {
        look: LiveLook { table: PREDICTIONS.to_owned(), at: None, offset: 0, limit: 20 },
        columns: vec![column("CUSTOMER_ID", ""), column("PREDICTED_12M_LTV", "USD")],
        rows: vec![vec![Some("17".to_owned()), Some("12.5".to_owned())], vec![Some("18".to_owned()), None]],
        n_rows: 2,
        data_time: Some(BEGAN),
        refresh: Some(4),
        writers: vec![4, 3],
        elapsed_ms: 2.0,
    };
    assert_eq!(rows(&found).rows, [["17", "$12.50", "4"], ["18", "null", "3"]].map(|row| row.map(str::to_owned)));
    assert_eq!(rows_in_words(&found), "Brought by refresh 4; the sources as of Tue 1 Jul 2025, 00:00.");
    found.look.at = Some(BEGAN);
    assert!(rows_in_words(&found).ends_with("Computed again in 2 ms."));
    found.data_time = None;
    found.refresh = None;
    assert_eq!(rows_in_words(&found), "The table had not been refreshed by then.");
}

#[test]
fn changes_of_predictions_say_their_reasons() {
    let (table, buttons) = moves(&side());
    assert_eq!(
        table.rows,
        [["17", "$100", "$140", "+$40", "FREQUENCY 4 → 5: +$31; REGION north: −$2.00"].map(str::to_owned)]
    );
    assert_eq!(buttons[0].as_ref().unwrap().id, "explain:17");
    let figures = side_figures(&side());
    assert_eq!((figures[2].value.as_str(), figures[2].note.as_str()), ("+$100", "from $4,900"));
}

pub(super) fn customer(n_points: usize) -> LiveCustomer {
    LiveCustomer {
        customer_id: 17,
        name: None,
        at: BEGAN,
        place: LivePlace::Profile,
        prediction: Some(140.0),
        version: "V1".to_owned(),
        refresh: Some(4),
        written_at: Some(BEGAN),
        before: Some(100.0),
        reasons: side().moved[0].reasons.clone(),
        is_log: true,
        path: (0..n_points).map(|nth| (BEGAN + 60 * nth as i64, 100.0 + 20.0 * nth as f64)).collect(),
        events: Vec::new(),
    }
}

#[test]
fn a_customer_is_told_with_what_there_was_at_that_moment() {
    assert_eq!(customer_in_words(&customer(3)), "Customer 17 is an established customer as of Tue 1 Jul 2025, 00:00.");
    let absent = LiveCustomer { prediction: None, place: LivePlace::Staging, ..customer(0) };
    assert!(customer_in_words(&absent).ends_with("there is no prediction yet."));
    assert_eq!(customer_figures(&absent)[2].value, "–");
    assert_eq!(customer_figures(&customer(3))[2].value, "+$40");
    assert_eq!(reasons(&customer(3))[0], "FREQUENCY 4 → 5: +31 of the log");
}

#[test]
fn batches_can_be_deleted_once_and_alerts_are_graded_in_words() {
    let batch = |deleted_at| LiveBatch {
        batch: 3,
        label: "late rows".to_owned(),
        table: STAGING.to_owned(),
        loaded_at: BEGAN,
        n_rows: 1_000,
        n_duplicates: 0,
        n_late: 1_000,
        most_days_late: 60,
        n_unknown: 0,
        deleted_at,
    };
    let (table, buttons) = batches(&[batch(None), batch(Some(BEGAN + 60))]);
    assert_eq!(buttons[0].as_ref().map(|field| field.id.as_str()), Some("delete:3"));
    assert_eq!(buttons[1], None);
    assert_eq!(table.rows[1][1], "late rows; deleted at 2025-07-01 01:00");
    assert_eq!(severity(AlertSeverity::Problem), "Problem");
    assert_ne!(severity_progress(AlertSeverity::Note), severity_progress(AlertSeverity::Warning));
    let alert = |severity| LiveAlert {
        severity,
        what: "Late.".to_owned(),
        why: String::new(),
        remedy: String::new(),
        lineage: Vec::new(),
    };
    let alerts = [AlertSeverity::Warning, AlertSeverity::Note, AlertSeverity::Warning].map(alert).to_vec();
    let alarmed = LiveState { alerts, ..example() };
    assert_eq!(status(&alarmed, &Choice::default()), "Paused. 2 warnings among the alerts.");
    let failing = FAULTS.iter().find(|fault| fault.breakage == Breakage::FailingRefresh).unwrap();
    let off = |state: &LiveState| -> Vec<bool> {
        Choice::default().fault_buttons(state, failing).iter().map(|field| field.is_disabled).collect()
    };
    let mut state = example();
    assert_eq!(off(&state), [false, true, true]);
    state.tables[0].is_broken = true;
    assert_eq!(off(&state), [false, false, true]);
}

#[test]
fn lags_are_shares_of_their_targets_with_gaps_while_nothing_is_held() {
    let chart = lag_chart(Some(&example()), &Choice::default());
    assert_eq!(chart.lines[0].name, PREDICTIONS, "the table looked at comes first");
    let table = Chart::Lines(chart).table();
    assert_eq!(plain(&table.rows[0].join("|")), "2025-07-01 00:00|–|–|100 %");
    assert_eq!(plain(&table.rows[2].join("|")), "2025-07-01 02:00|150 %|100 %|100 %");
}
