//! Live predictions through commands only: from a purchase to its prediction, failures and what recovers, promotions, earlier moments, a year and what
//! came of it.

use crate::support::{rest, run};
use clv_lab::protocol::{
    Breakage, Command, CustomerForm, DeclaredMode, Event, LiveCustomer, LiveLook, LiveOutcome, LivePlace, LiveRequest,
    LiveRows, LiveState, ObjectId, Problem, PurchaseForm, RefreshAction, RefreshState, RegistryRequest, RunConfig,
    RunScope, TableOrder, TrainRequest, TrainingId,
};
use clv_lab::session::Session;

const FEATURES: &str = "CONTINUOUS_CUSTOMER_FEATURES";
const PREDICTIONS: &str = "CONTINUOUS_CLV_PREDICTIONS";
const COLDSTART: &str = "COLDSTART_CLV_PREDICTIONS";
const DAY: i64 = 1_440;

struct Live {
    session: Session,
    state: LiveState,
    refused: Vec<Problem>,
    others: Vec<Event>,
}

impl Live {
    fn open(customers: u32) -> Self {
        let config = RunConfig { customers, scope: RunScope::Train, ..RunConfig::default() };
        let (mut session, events) = run(config);
        assert!(events.iter().any(|event| matches!(event, Event::RunFinished { .. })));
        rest(&mut session);
        let mut events = session.handle(Command::Live(LiveRequest::Open));
        events.extend(rest(&mut session));
        let state = events.into_iter().rev().find_map(|event| match event {
            Event::Live(state) => Some(*state),
            _ => None,
        });
        Self { session, state: state.unwrap(), refused: Vec::new(), others: Vec::new() }
    }

    fn command(&mut self, command: Command) {
        let mut events = self.session.handle(command);
        events.extend(rest(&mut self.session));
        for event in events {
            match event {
                Event::Live(state) => self.state = *state,
                Event::Refused(problem) => self.refused.push(problem),
                other => self.others.push(other),
            }
        }
    }

    fn ask(&mut self, request: LiveRequest) {
        self.command(Command::Live(request));
    }

    fn advance(&mut self, minutes: i64) {
        let until = self.state.now + minutes;
        self.ask(LiveRequest::Advance { minutes: minutes as u32 });
        assert_eq!((self.state.now, self.state.going_to), (until, None));
    }

    fn refusal(&mut self) -> String {
        let refused: Vec<String> = self.refused.drain(..).map(|problem| problem.to_string()).collect();
        assert_eq!(refused.len(), 1, "{refused:?}");
        refused.concat()
    }

    fn look(&mut self, table: &str, at: Option<i64>) -> LiveRows {
        self.others.clear();
        let look = LiveLook { table: table.to_owned(), at, offset: 0, limit: 1_000 };
        self.ask(LiveRequest::Look(look));
        let rows = self.others.drain(..).find_map(|event| match event {
            Event::LiveRows(rows) => Some(*rows),
            _ => None,
        });
        rows.unwrap()
    }

    fn customer(&mut self, customer_id: i32, at: Option<i64>) -> LiveCustomer {
        self.others.clear();
        self.ask(LiveRequest::Explain { customer_id, at });
        let found = self.others.drain(..).find_map(|event| match event {
            Event::LiveCustomer(customer) => Some(*customer),
            _ => None,
        });
        found.unwrap()
    }

    fn outcome(&mut self) -> LiveOutcome {
        self.others.clear();
        self.ask(LiveRequest::Outcome);
        let found = self.others.drain(..).find_map(|event| match event {
            Event::LiveOutcome(outcome) => Some(*outcome),
            _ => None,
        });
        found.unwrap()
    }

    fn last(&self, table: &str) -> &clv_lab::protocol::LiveEntry {
        self.state.tables.iter().find(|known| known.name == table).unwrap().last.as_ref().unwrap()
    }
}

fn purchase(customer_id: i32, amount: &str) -> PurchaseForm {
    PurchaseForm {
        customer_id: customer_id.to_string(),
        amount: amount.to_owned(),
        category: "toys".to_owned(),
        quantity: "2".to_owned(),
        day: String::new(),
    }
}

#[test]
fn it_begins_with_the_predictions_of_the_run() {
    let mut live = Live::open(400);
    assert!(live.state.tables.iter().all(|table| table.n_rows > 0 && table.lag == Some(0)));
    assert!(live.state.has_arrivals && live.state.batches.is_empty() && live.state.alerts.is_empty());
    let rows = live.look(PREDICTIONS, None);
    assert_eq!(rows.n_rows, 400);
    let table = live.session.store().tables[&ObjectId::ContinuousPredictions].clone();
    let column = table.schema().index_of("PREDICTED_12M_LTV").unwrap();
    for (row, cells) in rows.rows.iter().enumerate() {
        let expected = table.floats("PREDICTED_12M_LTV").unwrap()[row];
        assert_eq!(cells[column], Some(format!("{expected:.2}")));
    }
    let side = &live.state.sides[0];
    let total: f64 = table.floats("PREDICTED_12M_LTV").unwrap().iter().sum();
    assert!((side.total - total).abs() < 1e-6 * total && side.n_customers == 400);
    assert_eq!(live.look(COLDSTART, None).n_rows, 40);
}

#[test]
fn events_arrive_with_the_hours_and_reach_predictions_and_raw_tables() {
    let mut live = Live::open(500);
    let rows = |live: &Live, name: &str| live.state.sources.iter().find(|source| source.name == name).unwrap().n_rows;
    let raw_before = rows(&live, "CONTINUOUS_INTERACTIONS");
    live.advance(12 * 60);
    let staged = rows(&live, "CONTINUOUS_INTERACTIONS_STAGING");
    assert!(staged > 0 && live.state.n_arrived > 0, "{staged}");
    assert_eq!(rows(&live, "CONTINUOUS_INTERACTIONS"), raw_before);
    assert_eq!(live.look("CONTINUOUS_INTERACTIONS_STAGING", None).n_rows, staged);
    live.advance(DAY);
    assert!(rows(&live, "CONTINUOUS_INTERACTIONS") > raw_before);
    assert_eq!(live.last(FEATURES).state, RefreshState::Succeeded);
    assert!(live.state.lags.len() > 1 && live.state.history.iter().any(|line| line.n_refreshes > 1));
    assert!(live.state.bytes > 0);
    // Everybody has a lag within the target.
    assert!(live.state.tables.iter().all(|table| table.lag.unwrap() <= table.target_lag));
}

#[test]
fn a_purchase_by_hand_moves_one_prediction_and_tells_why() {
    let mut live = Live::open(400);
    live.advance(30);
    let before = live.customer(17, None);
    live.ask(LiveRequest::Purchase(purchase(17, "1234.50")));
    let table = FEATURES.to_owned();
    live.ask(LiveRequest::Table { table: PREDICTIONS.to_owned(), order: TableOrder::Refresh });
    assert_eq!(live.refused, []);
    assert_eq!(live.last(&table).why, format!("{PREDICTIONS} reads it"));
    let after = live.customer(17, None);
    assert_eq!(after.place, LivePlace::Profile);
    assert_ne!(after.prediction, before.prediction);
    assert_eq!(after.before, before.prediction);
    assert!(!after.reasons.is_empty() && after.reasons.len() <= 3);
    assert_eq!(after.events[0].text, "$1234.50, toys, 2 items");
    assert_eq!(after.events[0].batch_label, "a purchase by hand");
    assert_eq!(after.refresh, Some(live.last(PREDICTIONS).refresh));
    let moved = &live.state.sides[0].moved;
    assert!(moved.iter().any(|change| change.customer_id == 17 && change.before == before.prediction));
    // Contributions of all inputs would add up to the prediction; those shown are the largest changes of it.
    let change: f64 = after.reasons.iter().map(|reason| reason.contribution - reason.contribution_before).sum();
    assert!(change.is_finite() && change != 0.0);
    // As of then, it is what it was.
    let then = live.customer(17, before.written_at);
    assert_eq!((then.prediction, then.refresh), (before.prediction, before.refresh));
}

#[test]
fn what_does_not_fit_is_refused_with_a_sentence_and_nothing_is_loaded() {
    let mut live = Live::open(300);
    let now = live.state.now;
    let forms: [(PurchaseForm, &str); 6] = [
        (purchase(9_999, "3"), "customer 9999 is not in CONTINUOUS_CUSTOMERS_PROFILE"),
        (purchase(1_000_301, "3"), "in COLDSTART_CUSTOMERS_STAGING until day 90"),
        (purchase(1, "3.123"), "AMOUNT is \"3.123\", and must be dollars such as 34.50"),
        (PurchaseForm { category: "tools".to_owned(), ..purchase(1, "3") }, "must be one of electronics, clothing"),
        (PurchaseForm { quantity: "0".to_owned(), ..purchase(1, "3") }, "a whole number from 1 to 10000"),
        (PurchaseForm { day: "2025-07-09".to_owned(), ..purchase(1, "3") }, "a day up to 2025-06-30"),
    ];
    for (form, expected) in forms {
        live.ask(LiveRequest::Purchase(form));
        let refusal = live.refusal();
        assert!(refusal.contains(expected), "{refusal}");
    }
    let file = |text: &str| LiveRequest::File { file: "orders.csv".to_owned(), text: text.to_owned() };
    let files = [
        ("", "orders.csv was not loaded. It is empty."),
        ("A,B\n1,2\n", "none says what the rows are"),
        ("CUSTOMER_ID,AMOUNT,PRODUCT_CATEGORY,QUANTITY\n", "no rows below its column names"),
        ("CUSTOMER_ID,AMOUNT,PRODUCT_CATEGORY,QUANTITY\n1,5.00,toys,1\n2,x,toys,1\n", "In row 2, AMOUNT is \"x\""),
    ];
    for (text, expected) in files {
        live.ask(file(text));
        let refusal = live.refusal();
        assert!(refusal.contains(expected), "{refusal}");
    }
    assert_eq!((live.state.now, live.state.batches.len()), (now, 0));
    live.ask(file("customer_id;amount;product_category;quantity\n1;5.00;\"toys\";1\n2;7;books;3\n"));
    assert_eq!((live.refused.len(), live.state.batches[0].n_rows), (0, 2));
    live.ask(file("CUSTOMER_ID,EVENT_TYPE,EVENT_DATE\n3,cart_add,2025-06-01\n"));
    assert_eq!((live.state.batches[0].n_late, live.state.batches[0].most_days_late), (1, 30));
    live.ask(LiveRequest::Table { table: "NOTHING".to_owned(), order: TableOrder::Suspend });
    assert!(live.refusal().contains("No dynamic table is called NOTHING"));
    live.ask(LiveRequest::DeleteBatch(99));
    assert!(live.refusal().contains("cannot be deleted"));
}

#[test]
fn a_customer_by_hand_is_predicted_within_five_minutes() {
    let mut live = Live::open(300);
    live.advance(2);
    let value = |column: &str, text: &str| (column.to_owned(), text.to_owned());
    let form = CustomerForm {
        values: vec![
            value("ACQUISITION_CHANNEL", "email"),
            value("ACQUISITION_SOURCE", "email_campaign"),
            value("DEVICE_TYPE", "mobile"),
            value("AGE_GROUP", "25-34"),
            value("REGION", "West"),
            value("AREA_TYPE", "urban"),
            value("DAYS_TO_FIRST_PURCHASE", "3"),
            value("FIRST_PURCHASE_AMOUNT", "80"),
            value("FIRST_PURCHASE_CATEGORY", "books"),
            value("WEBSITE_VISITS_30D", "12"),
        ],
    };
    let n_before = live.state.sides[1].n_customers;
    live.ask(LiveRequest::Customer(form));
    assert_eq!(live.refused, []);
    live.advance(5);
    assert_eq!(live.last(COLDSTART).action, Some(RefreshAction::Incremental));
    assert!(live.state.sides[1].n_customers > n_before);
    let rows = live.look("COLDSTART_CUSTOMERS_STAGING", None);
    let last = rows.rows.last().unwrap();
    let id: i32 = last[0].as_deref().unwrap().parse().unwrap();
    let customer = live.customer(id, None);
    assert_eq!(customer.place, LivePlace::Staging);
    assert!(customer.prediction.is_some());
    assert_eq!(live.customer(123_456_789, None).place, LivePlace::Nowhere);
}

#[test]
fn a_failing_table_alarms_and_recovers_without_loss() {
    let mut live = Live::open(300);
    live.advance(1);
    live.ask(LiveRequest::Break(Breakage::FailingRefresh));
    live.advance(6 * 60);
    let failing = live.state.tables.iter().find(|table| table.name == FEATURES).unwrap();
    assert!(failing.is_suspended && failing.is_broken && failing.n_failures == 5);
    assert_eq!(live.last(PREDICTIONS).state, RefreshState::UpstreamFailed);
    let alarms: Vec<&str> = live.state.alerts.iter().map(|alert| alert.what.as_str()).collect();
    assert!(alarms.iter().any(|what| what.starts_with("Refreshes of CONTINUOUS_CUSTOMER_FEATURES fail")), "{alarms:?}");
    assert!(alarms.iter().any(|what| what.contains("behind")), "{alarms:?}");
    let failing = live.state.alerts.iter().find(|alert| alert.what.contains("fail")).unwrap();
    assert_eq!(failing.lineage, [FEATURES, PREDICTIONS]);
    live.ask(LiveRequest::Table { table: FEATURES.to_owned(), order: TableOrder::Refresh });
    assert!(live.refusal().contains("It is suspended"));
    live.ask(LiveRequest::Repair { table: FEATURES.to_owned() });
    live.ask(LiveRequest::Table { table: FEATURES.to_owned(), order: TableOrder::Resume });
    live.advance(60);
    assert_eq!(live.last(PREDICTIONS).state, RefreshState::Succeeded);
    assert!(live.state.alerts.iter().all(|alert| !alert.what.contains("fail")), "{:?}", live.state.alerts);
}

#[test]
fn every_breakage_alarms_and_deleting_its_batch_takes_it_back() {
    for (breakage, alarm) in [
        (Breakage::LateRows, "came late"),
        (Breakage::DuplicatedBatch, "were loaded before"),
        (Breakage::UnknownCategory, "a category that the run’s data do not have"),
        (Breakage::HundredfoldAmounts, "Amounts have changed"),
        (Breakage::ChannelDrift, "come by other channels"),
    ] {
        let mut live = Live::open(600);
        live.advance(60);
        let table = if breakage == Breakage::ChannelDrift { COLDSTART } else { PREDICTIONS };
        let before = live.look(table, None).rows;
        let n_alerts = live.state.alerts.len();
        live.ask(LiveRequest::Break(breakage));
        assert_eq!(live.refused, []);
        live.ask(LiveRequest::Table { table: table.to_owned(), order: TableOrder::Refresh });
        let alert = live.state.alerts.iter().find(|alert| alert.what.contains(alarm));
        let alert = alert.unwrap_or_else(|| panic!("{breakage:?}: {:?}", live.state.alerts));
        assert!(alert.lineage.last().is_some_and(|name| name == table), "{:?}", alert.lineage);
        assert!(alert.lineage[0].starts_with("batch "), "{:?}", alert.lineage);
        let spoilt = live.look(table, None).rows;
        assert_eq!(spoilt == before, breakage == Breakage::DuplicatedBatch, "{breakage:?}");
        let batch = live.state.batches[0].batch;
        live.ask(LiveRequest::DeleteBatch(batch));
        live.ask(LiveRequest::Table { table: table.to_owned(), order: TableOrder::Refresh });
        let later = live.look(table, None).rows;
        // Some of the stream may have come in these minutes; whoever it did not concern is predicted as before.
        let same = later.iter().zip(&before).filter(|(a, b)| a == b).count();
        assert!(same + 12 >= before.len(), "{breakage:?}: {same} of {}", before.len());
        assert_eq!(live.state.alerts.len(), n_alerts, "{breakage:?}: {:?}", live.state.alerts);
    }
}

#[test]
fn promoting_a_version_reinitialises_the_predictions_once() {
    let mut live = Live::open(400);
    live.advance(10);
    let model = ObjectId::ContinuousModel;
    let values = vec![("n_estimators".to_owned(), 20.0), ("max_depth".to_owned(), 3.0)];
    let (engine, objective) = ("hist".to_owned(), "reg:squarederror".to_owned());
    live.command(Command::Train(TrainRequest { model, engine, objective, values }));
    assert_eq!(live.refused, []);
    let id = TrainingId { model, version: "V2".to_owned() };
    let before = live.look(PREDICTIONS, None);
    live.command(Command::Registry(RegistryRequest::Promote(id)));
    assert_eq!(live.last(PREDICTIONS).action, Some(RefreshAction::Reinitialize));
    assert_eq!(live.last(PREDICTIONS).why, "Version V2 serves.");
    let side = &live.state.sides[0];
    assert_eq!((live.last(PREDICTIONS).updated, side.version.as_str()), (side.n_customers, "V2"));
    let after = live.look(PREDICTIONS, None);
    assert_ne!(after.rows, before.rows);
    live.advance(120);
    assert_ne!(live.last(PREDICTIONS).action, Some(RefreshAction::Reinitialize));
    // Before the promotion, V1 stood in every row.
    let then = live.look(PREDICTIONS, Some(live.state.began));
    let version = then.columns.iter().position(|column| column.name == "MODEL_VERSION").unwrap();
    assert!(then.rows.iter().all(|row| row[version].as_deref() == Some("V1")));
}

#[test]
fn earlier_moments_can_be_read_again() {
    let mut live = Live::open(300);
    let mut seen = Vec::new();
    for minutes in [61, 300, 2 * DAY, 45, 7 * DAY] {
        live.advance(minutes);
        let tables = [PREDICTIONS, COLDSTART, FEATURES, "RFM_FEATURES", "CONTINUOUS_TRANSACTIONS_STAGING"];
        seen.push((live.state.now, tables.map(|table| (table, live.look(table, None).rows))));
    }
    for (at, tables) in seen {
        for (table, rows) in tables {
            assert_eq!(live.look(table, Some(at)).rows, rows, "{table} as of {at}");
        }
    }
    let before = live.look(PREDICTIONS, Some(live.state.began - 1));
    assert_eq!((before.n_rows, before.data_time), (0, None));
}

#[test]
fn both_modes_give_the_same_rows_and_one_touches_fewer() {
    let mut live = Live::open(400);
    live.advance(90);
    live.others.clear();
    live.ask(LiveRequest::Measure);
    let measured = live.others.drain(..).find_map(|event| match event {
        Event::LiveMeasured(measured) => Some(measured),
        _ => None,
    });
    let measured = measured.unwrap();
    assert!(measured.is_equal && measured.tables.len() == 6, "{measured:?}");
    let features = measured.tables.iter().find(|table| table.table == FEATURES).unwrap();
    let n_customers = live.state.sides[0].n_customers;
    assert!(features.incremental_rows < features.full_rows && features.full_rows == n_customers);
    live.ask(LiveRequest::Table { table: FEATURES.to_owned(), order: TableOrder::Declare(DeclaredMode::Full) });
    assert!(live.refusal().contains("is declared INCREMENTAL and cannot be"));
    for (table, mode) in [(PREDICTIONS, DeclaredMode::Auto), (FEATURES, DeclaredMode::Full)] {
        live.ask(LiveRequest::Table { table: table.to_owned(), order: TableOrder::Declare(mode) });
    }
    assert_eq!(live.last(FEATURES).action, Some(RefreshAction::Reinitialize));
    live.advance(12 * 60);
    let is_full =
        |line: &&clv_lab::protocol::LiveEntry| line.table == FEATURES && line.action == Some(RefreshAction::Full);
    let full = live.state.history.iter().find(is_full).unwrap();
    assert!(full.touched == n_customers && full.updated < n_customers, "{full:?}");
}

#[test]
fn after_a_year_the_predictions_are_held_against_what_came() {
    let mut live = Live::open(800);
    let early = live.outcome();
    assert!(early.cohorts.is_empty() && early.tenths.is_empty() && early.retrain.is_none());
    live.ask(LiveRequest::Jump);
    assert_eq!(live.state.now, live.state.began + 365 * DAY + 11);
    let outcome = live.outcome();
    assert_eq!((outcome.cohorts.len(), outcome.tenths.len()), (2, 10));
    assert_eq!(outcome.pace.len(), 12, "{:?}", outcome.pace);
    assert_eq!(outcome.drift.len(), 13);
    let cohort = &outcome.cohorts[0];
    assert_eq!(cohort.n_customers, 800);
    // The pace ends where the cohort does: it is the same spend.
    let last = outcome.pace.last().unwrap();
    assert!((last.actual - cohort.actual).abs() < 1e-6 * cohort.actual, "{last:?} {cohort:?}");
    assert!((last.expected - cohort.predicted).abs() < 1e-6 * cohort.predicted, "{last:?} {cohort:?}");
    assert!(outcome.tenths.windows(2).all(|pair| pair[0].predicted <= pair[1].predicted));
    assert!(outcome.tenths[9].actual > outcome.tenths[0].actual);
    let retrain = outcome.retrain.unwrap();
    assert_eq!(retrain.n_train + retrain.n_test, 800);
    assert!(retrain.served.r2.is_finite() && retrain.retrained.r2.is_finite());
    // Customers who were new have grown up.
    let profile = live.state.sources.iter().find(|source| source.name == "CONTINUOUS_CUSTOMERS_PROFILE").unwrap();
    assert!(profile.n_rows > 1_000, "{}", profile.n_rows);
    live.ask(LiveRequest::Jump);
    live.advance(0);
    assert_eq!(live.state.now, live.state.last);
    assert_eq!(live.outcome().cohorts.len(), 14);
    live.ask(LiveRequest::Restart);
    assert_eq!(live.state.now, live.state.began);
}

#[test]
fn without_a_model_there_is_nothing_to_simulate() {
    let mut session = Session::default();
    let events = session.handle(Command::Live(LiveRequest::Open));
    let [Event::Refused(problem)] = events.as_slice() else { panic!("{events:?}") };
    assert!(problem.why.contains("Nothing has been run yet"), "{problem}");
    let (mut session, _) = run(RunConfig { customers: 5, scope: RunScope::Train, ..RunConfig::default() });
    let events = session.handle(Command::Live(LiveRequest::Open));
    let [Event::Refused(problem)] = events.as_slice() else { panic!("{events:?}") };
    assert!(problem.why.contains("No model has been trained"), "{problem}");
}
