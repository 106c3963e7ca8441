//! Pages of rows as the page asks for them: filtered, sorted, kept for the next page, forgotten with the run.

use crate::support::{Ticking, run};
use clv_lab::protocol::{
    ColumnFilter, ColumnSort, Command, Condition, Event, ObjectId, RunConfig, RunScope, TablePage, TableQuery,
    TableRequest,
};
use clv_lab::session::Session;

fn data() -> Session {
    run(RunConfig { customers: 200, scope: RunScope::Data, ..RunConfig::default() }).0
}

fn request(request: u32, table: ObjectId, query: TableQuery, offset: u64) -> Command {
    Command::Page(TableRequest { request, table, query, offset, limit: 50 })
}

fn only(column: &str, condition: Condition) -> TableQuery {
    TableQuery { filters: vec![ColumnFilter { column: column.to_owned(), condition }], sort: None }
}

fn sorted(column: &str, descending: bool) -> TableQuery {
    TableQuery { filters: vec![], sort: Some(ColumnSort { column: column.to_owned(), descending }) }
}

/// The answers to a command once there is nothing left to do.
fn answers(session: &mut Session, command: Command) -> Vec<Event> {
    let host = Ticking::default();
    let mut events = session.handle(command);
    while session.has_work() {
        events.extend(session.step(&host));
    }
    events
}

fn page(session: &mut Session, command: Command) -> TablePage {
    match answers(session, command).as_slice() {
        [Event::Page(page)] => page.clone(),
        other => panic!("{other:?} is no page"),
    }
}

fn column(page: &TablePage, column: usize) -> Vec<&str> {
    page.rows.iter().map(|row| row[column].as_deref().unwrap_or("")).collect()
}

#[test]
fn the_levels_of_a_column_share_its_rows() {
    let mut session = data();
    let levels = ["website_visit", "email_open", "email_click", "support_ticket", "product_view", "cart_add"];
    let mut n = 0;
    for level in levels {
        let query = only("EVENT_TYPE", Condition::Levels(vec![level.to_owned()]));
        let page = page(&mut session, request(1, ObjectId::Interactions, query, 0));
        assert!(column(&page, 3).iter().all(|shown| *shown == level));
        assert!(page.row_numbers.is_sorted());
        assert!(page.elapsed_ms > 0.0);
        n += page.n_rows;
    }
    let all = page(&mut session, request(2, ObjectId::Interactions, TableQuery::default(), 0));
    assert_eq!((n, all.n_rows), (all.n_rows_total, all.n_rows_total));
    assert_eq!(all.row_numbers, (0..50).collect::<Vec<u32>>());
}

#[test]
fn every_further_page_of_a_sort_comes_at_once_and_continues_it() {
    let mut session = data();
    let query = sorted("AMOUNT", true);
    let first = page(&mut session, request(1, ObjectId::Transactions, query.clone(), 0));
    let second = session.handle(request(2, ObjectId::Transactions, query.clone(), 50));
    let [Event::Page(second)] = second.as_slice() else { panic!("no page at once") };
    assert_eq!((second.request, second.offset, &second.query), (2, 50, &query));
    let amounts: Vec<f64> =
        column(&first, 3).into_iter().chain(column(second, 3)).map(|amount| amount.parse().unwrap()).collect();
    assert_eq!(amounts.len(), 100);
    assert!(amounts.is_sorted_by(|a, b| a >= b), "{amounts:?}");
    // The rows are those of the numbers.
    let all =
        page(&mut session, request(3, ObjectId::Transactions, TableQuery::default(), first.row_numbers[0].into()));
    assert_eq!(all.rows[0], first.rows[0]);
}

#[test]
fn requests_that_wait_for_one_query_are_all_answered_and_another_query_overtakes_them() {
    let mut session = data();
    let host = Ticking::default();
    let amounts = sorted("AMOUNT", false);
    assert!(session.handle(request(1, ObjectId::Transactions, amounts.clone(), 0)).is_empty());
    assert!(session.handle(request(2, ObjectId::Transactions, amounts.clone(), 50)).is_empty());
    let mut answered = Vec::new();
    while session.has_work() {
        answered.extend(session.step(&host));
    }
    let requests = |events: &[Event]| -> Vec<u32> {
        events.iter().filter_map(|e| if let Event::Page(page) = e { Some(page.request) } else { None }).collect()
    };
    assert_eq!(requests(&answered), [1, 2]);
    let quantities = sorted("QUANTITY", false);
    session.handle(request(3, ObjectId::Transactions, quantities, 0));
    let last = answers(&mut session, request(4, ObjectId::Transactions, sorted("QUANTITY", true), 0));
    assert_eq!(requests(&last), [4]);
}

#[test]
fn a_query_in_mid_run_is_answered_before_the_run_goes_on() {
    let mut session = Session::default();
    let host = Ticking::default();
    session.handle(Command::Run(RunConfig::default()));
    while !session.store().tables.contains_key(&ObjectId::Transactions) {
        session.step(&host);
    }
    assert!(session.handle(request(9, ObjectId::Transactions, sorted("AMOUNT", true), 0)).is_empty());
    assert!(matches!(session.step(&host).as_slice(), [Event::Page(page)] if page.request == 9));
    assert!(session.has_work(), "the run is still there");
}

#[test]
fn a_new_run_forgets_selections() {
    let mut session = data();
    let query = sorted("HISTORY_DAYS", true);
    let before = page(&mut session, request(1, ObjectId::Profile, query.clone(), 0));
    let host = Ticking::default();
    session.handle(Command::Run(RunConfig { seed: 7, customers: 100, scope: RunScope::Data, ..RunConfig::default() }));
    let early = session.handle(request(2, ObjectId::Profile, query.clone(), 0));
    assert!(matches!(early.as_slice(), [Event::Refused(_)]));
    while session.has_work() {
        session.step(&host);
    }
    let after = page(&mut session, request(3, ObjectId::Profile, query, 0));
    assert_eq!((before.n_rows, after.n_rows), (200, 100));
    assert_ne!(before.rows, after.rows);
}

#[test]
fn queries_that_do_not_fit_are_refused_with_a_sentence() {
    let mut session = data();
    let range = Condition::Integers { low: Some(1), high: None };
    for query in [sorted("NOPE", true), only("NOPE", Condition::Null), only("REGION", range)] {
        let events = answers(&mut session, request(1, ObjectId::Profile, query, 0));
        assert!(matches!(events.as_slice(), [Event::Refused(problem)] if problem.why.contains("column")));
    }
    let nothing = only("HISTORY_DAYS", Condition::Integers { low: Some(9), high: Some(1) });
    let empty = page(&mut session, request(2, ObjectId::Profile, nothing, u64::MAX));
    assert_eq!((empty.n_rows, empty.rows.len(), empty.n_rows_total), (0, 0, 200));
}
