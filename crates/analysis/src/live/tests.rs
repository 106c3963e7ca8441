//! Whatever arrives, fails, is promoted or deleted: what incremental refreshes have made is what a computation from all rows makes, now and as
//! of every earlier moment.

use super::contents::hash_rows;
use super::continuous::PREDICTIONS;
use super::world::Slot;
use super::*;
use crate::refresh::{Action, Declared, Entry, State, Why};
use clv_engine::dataset::{ModelInput, Preprocessing, coldstart_serving_table, customer_features, inputs};
use clv_engine::feature::{
    CheckedView, EventIndex, EventSource, Fitted, Inputs, Observation, catalog, evaluate, fit, rows_of,
};
use clv_engine::learn::{Booster, Ensemble, Params};
use clv_engine::schema::{Day, tables};
use clv_engine::synth::{ColdstartGenerator, ContinuousGenerator, SynthConfig};
use clv_engine::table::{ColumnData, Table, Values};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

const N_CUSTOMERS: u32 = 40;

/// What a run would have made.
struct Made {
    now: Day,
    views: Vec<(CheckedView, Fitted)>,
    coldstart_view: CheckedView,
    profile: Table,
    transactions: Table,
    interactions: Table,
    staging: Table,
    continuous: [Served; 2],
    coldstart: [Served; 2],
}

fn trained(table: &Table, model_inputs: &[ModelInput], target: &[f32]) -> [Served; 2] {
    let rows = rows_of(table);
    let preprocessing = Arc::new(Preprocessing::fit(table, &rows, model_inputs).unwrap());
    let matrix = preprocessing.transform(table, &rows).unwrap();
    [("V1", 3), ("V2", 4)].map(|(version, max_depth)| {
        let params = Params { n_estimators: 12, max_depth, min_child_weight: 1.0, ..Params::default() };
        let mut booster = Booster::start(&matrix, target, None, params.check().unwrap()).unwrap();
        while booster.grow_tree().is_some() {}
        let ensemble: Ensemble = booster.finish();
        Served { version: version.to_owned(), ensemble: Arc::new(ensemble), preprocessing: preprocessing.clone() }
    })
}

fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let config = SynthConfig { seed: 5, n_customers: N_CUSTOMERS, ..SynthConfig::default() };
        let mut generator = ContinuousGenerator::new(&config).unwrap();
        while generator.step(100).done < generator.n_customers_total() {}
        let continuous = generator.finish().unwrap();
        let mut generator = ColdstartGenerator::new(&config).unwrap();
        while generator.step(100).done < generator.n_customers_total() {}
        let coldstart = generator.finish().unwrap();
        let registry = catalog::checked().unwrap();
        let rows = rows_of(&continuous.profile);
        let (mut views, mut made): (Vec<(CheckedView, Fitted)>, Vec<Table>) = (Vec::new(), Vec::new());
        for view in
            registry.views().iter().filter(|view| !view.definition().events.is_empty() || !view.upstream().is_empty())
        {
            let events: Vec<_> = view
                .definition()
                .events
                .iter()
                .map(|events| {
                    let is_purchases = events.schema.name == tables::CONTINUOUS_TRANSACTIONS;
                    let table = if is_purchases { &continuous.transactions } else { &continuous.interactions };
                    (events, table, EventIndex::new(events, table, &continuous.profile).unwrap())
                })
                .collect();
            let sources: Vec<EventSource> =
                events.iter().map(|(events, table, index)| EventSource::new(events, table, index).unwrap()).collect();
            let upstream: Vec<&Table> = made.iter().collect();
            let inputs = Inputs {
                entity: &continuous.profile,
                rows: &rows,
                as_of: Observation::On(config.now.0),
                events: &sources,
                upstream: &upstream,
            };
            let fitted = fit(view, &inputs, &rows).unwrap();
            let table = evaluate(view, &inputs, &fitted).unwrap();
            views.push((view.clone(), fitted));
            made.push(table);
        }
        assert_eq!(views.len(), 4);
        let tables: Vec<&Table> = made.iter().collect();
        let features = customer_features(&continuous.profile, &tables, inputs::CONTINUOUS, config.now.0).unwrap();
        let target: Vec<f32> = (0..rows.len()).map(|row| (row * row % 97) as f32).collect();
        let coldstart_view = registry.view("COLDSTART_FEATURES").unwrap().clone();
        let cold_rows = rows_of(&coldstart.customers);
        let cold_inputs = Inputs {
            entity: &coldstart.customers,
            rows: &cold_rows,
            as_of: Observation::Undated,
            events: &[],
            upstream: &[],
        };
        let cold_features = evaluate(&coldstart_view, &cold_inputs, &Fitted::default()).unwrap();
        let serving = coldstart_serving_table(&coldstart.customers, &cold_features).unwrap();
        Made {
            now: config.now,
            continuous: trained(&features, inputs::CONTINUOUS, &target),
            coldstart: trained(&serving, inputs::COLDSTART, &target),
            views,
            coldstart_view,
            profile: continuous.profile,
            transactions: continuous.transactions,
            interactions: continuous.interactions,
            staging: coldstart.staging,
        }
    })
}

fn world() -> World {
    let made = made();
    let continuous = ContinuousStart {
        views: made.views.clone(),
        inputs: inputs::CONTINUOUS.to_vec(),
        profile: made.profile.clone(),
        transactions: made.transactions.clone(),
        interactions: made.interactions.clone(),
        served: made.continuous[0].clone(),
    };
    let coldstart = ColdstartStart {
        view: made.coldstart_view.clone(),
        staging: made.staging.clone(),
        served: made.coldstart[0].clone(),
    };
    World::new(made.now, Some(continuous), Some(coldstart), Queue::default()).unwrap()
}

fn go(world: &mut World, minutes: Minute) {
    let until = world.now() + minutes;
    let still = || 0.0;
    while world.advance(until, Pace::Due, (&still, 1.0)).unwrap() != Going::Arrived {}
    assert_eq!(world.now(), until);
}

fn at(world: &World, name: &str) -> usize {
    world.scheduler().graph().position(name).unwrap()
}

fn purchase(customer_id: i32, day: i32, amount_cents: i64) -> NewPurchase {
    NewPurchase { id: None, customer_id, day, amount_cents, category: 2, quantity: 1 }
}

/// Every table's rows against a computation from everything that was loaded by its data time.
fn check(world: &World) {
    for (nth, table) in world.scheduler().graph().tables().iter().enumerate() {
        match world.slot(nth) {
            Slot::Continuous(of) => {
                let side = world.continuous.as_ref().unwrap();
                let contents = &side.tables[of];
                let Some(written) = contents.written.last() else { continue };
                let rows: Vec<u32> = (0..side.n_rows_by(written.at) as u32).collect();
                let deleted = world.deleted_by(written.at);
                let moment = Moment { at: written.at, deleted: &deleted };
                let full = side.recompute(of, &rows, moment, written.version).unwrap();
                let seed = if of == PREDICTIONS { u64::from(written.version) + 1 } else { 0 };
                assert_eq!(contents.hashes(), hash_rows(&full, seed).unwrap(), "{} as of {}", table.name, written.at);
                assert_eq!(contents.n_rows(), rows.len());
                if of == PREDICTIONS {
                    let values = full.floats("PREDICTED_12M_LTV").unwrap();
                    let kept: Vec<f64> = side.predicted().iter().map(|&value| f64::from(value)).collect();
                    assert_eq!(kept, values);
                }
            }
            Slot::Coldstart => {
                let side = world.coldstart.as_ref().unwrap();
                let Some(written) = side.contents.written.last() else { continue };
                let rows = side.rows_at(written.at);
                let deleted = world.deleted_by(written.at);
                let full =
                    side.recompute(&rows, Moment { at: written.at, deleted: &deleted }, written.version).unwrap();
                let hashes = hash_rows(&full, u64::from(written.version) + 1).unwrap();
                let kept: Vec<u64> = rows.iter().map(|&row| side.contents.hashes()[row as usize]).collect();
                assert_eq!(kept, hashes, "{}", table.name);
                assert_eq!(side.contents.n_rows(), rows.len());
            }
        }
    }
}

/// Digests of all dynamic tables, as somebody reads them at a moment.
fn digests(world: &World, moment: Minute) -> Vec<Option<clv_engine::table::Digest>> {
    let n = world.scheduler().graph().tables().len();
    let read = |nth| world.read(TableRef::Dynamic(nth), moment, 0..usize::MAX).unwrap();
    (0..n).map(|nth| read(nth).map(|reading| reading.table.digest())).collect()
}

fn last<'w>(world: &'w World, name: &str) -> &'w Entry {
    world.scheduler().history().iter().rev().find(|entry| entry.name == name).unwrap()
}

#[test]
fn at_first_the_world_holds_what_the_run_made() {
    let mut world = world();
    go(&mut world, 0);
    check(&world);
    assert!(
        world.scheduler().history().iter().all(|entry| entry.why == Why::Initial && entry.state == State::Succeeded)
    );
    let features = at(&world, "CONTINUOUS_CUSTOMER_FEATURES");
    let reading = world.read(TableRef::Dynamic(features), world.now(), 0..1_000).unwrap().unwrap();
    assert_eq!(reading.n_rows, N_CUSTOMERS as usize);
    // With empty staging tables, the views over raw rows and the table over both agree.
    let rfm = world.read(TableRef::Dynamic(at(&world, "RFM_FEATURES")), world.now(), 0..1_000).unwrap().unwrap();
    for column in ["RECENCY_DAYS", "FREQUENCY"] {
        let all: Vec<u32> = (0..N_CUSTOMERS).collect();
        assert_eq!(reading.table.gather(column, &all).unwrap(), rfm.table.gather(column, &all).unwrap());
    }
}

#[test]
fn a_purchase_reaches_its_customer_s_prediction_with_the_next_refresh_and_nobody_else_s() {
    let mut world = world();
    go(&mut world, 1);
    let today = day_of(world.now());
    world.load_purchases("form", &[purchase(7, today, 123_456)]).unwrap();
    go(&mut world, 58);
    assert_eq!(last(&world, "CONTINUOUS_CUSTOMER_FEATURES").touched, u64::from(N_CUSTOMERS), "the day's first refresh");
    go(&mut world, 1);
    let entry = last(&world, "CONTINUOUS_CUSTOMER_FEATURES");
    assert_eq!((entry.action, entry.touched, entry.change.updated), (Some(Action::Incremental), 1, 1));
    let entry = last(&world, "CONTINUOUS_CLV_PREDICTIONS");
    assert_eq!((entry.action, entry.touched, entry.change.updated), (Some(Action::Incremental), 1, 1));
    let refresh = entry.refresh;
    let table = TableRef::Dynamic(at(&world, "CONTINUOUS_CLV_PREDICTIONS"));
    let reading = world.read(table, world.now(), 0..N_CUSTOMERS as usize).unwrap().unwrap();
    let of_seven = reading.table.ids("CUSTOMER_ID").unwrap().iter().position(|&id| id == 7).unwrap();
    assert!(reading.writers.iter().enumerate().all(|(row, &writer)| (writer == refresh) == (row == of_seven)));
    // The views read raw rows only: there it arrives with the task of the next day.
    assert_eq!(last(&world, "RFM_FEATURES").action, Some(Action::Incremental));
    let frequency = |world: &World, name: &str| {
        let reading = world.read(TableRef::Dynamic(at(world, name)), world.now(), 0..1_000).unwrap().unwrap();
        reading.table.integers("FREQUENCY").unwrap()[of_seven]
    };
    let before = frequency(&world, "RFM_FEATURES");
    assert_eq!(frequency(&world, "CONTINUOUS_CUSTOMER_FEATURES"), before + 1);
    go(&mut world, MINUTES_PER_DAY);
    assert_eq!(frequency(&world, "RFM_FEATURES"), before + 1);
    check(&world);
}

#[test]
fn without_news_nothing_is_computed_and_midnight_rewrites_every_row() {
    let mut world = world();
    go(&mut world, 61);
    let entry = last(&world, "CONTINUOUS_CUSTOMER_FEATURES");
    assert_eq!((entry.action, entry.touched), (Some(Action::NoData), 0));
    go(&mut world, MINUTES_PER_DAY - 60);
    let entry = last(&world, "CONTINUOUS_CLV_PREDICTIONS");
    assert_eq!((entry.action, entry.change.updated), (Some(Action::Incremental), u64::from(N_CUSTOMERS)));
    check(&world);
}

#[test]
fn duplicates_and_lateness_never_change_a_prediction() {
    let (mut world, mut on_time) = (world(), world());
    let day = day_of(world.now());
    go(&mut world, 1);
    go(&mut on_time, 1);
    let rows: Vec<NewPurchase> =
        (1..20).map(|id| NewPurchase { id: Some(900_000 + id), ..purchase(id, day, 4_000) }).collect();
    on_time.load_purchases("in time", &rows).unwrap();
    go(&mut on_time, 3 * MINUTES_PER_DAY);
    go(&mut world, 3 * MINUTES_PER_DAY - 300);
    let late = world.load_purchases("late", &rows).unwrap();
    let noted = &world.batches()[usize::from(late)];
    assert_eq!((noted.n_late, noted.most_days_late, noted.n_duplicates), (19, 3, 0));
    go(&mut world, 100);
    let again = world.load_purchases("again", &rows).unwrap();
    assert_eq!(world.batches()[usize::from(again)].n_duplicates, 19);
    let moment = on_time.now();
    let minutes = moment - world.now();
    go(&mut world, minutes);
    assert_eq!(digests(&world, moment), digests(&on_time, moment));
    check(&world);
}

#[test]
fn a_deleted_batch_leaves_no_trace_and_its_ids_can_come_again() {
    let (mut world, mut clean) = (world(), world());
    go(&mut world, 1);
    go(&mut clean, 1);
    let today = day_of(world.now());
    let rows: Vec<NewPurchase> =
        (1..9).map(|id| NewPurchase { id: Some(800_000 + id), ..purchase(id, today, 990_000) }).collect();
    let batch = world.load_purchases("amounts in cents", &rows).unwrap();
    go(&mut world, 2 * MINUTES_PER_DAY);
    let spoilt = world.now();
    let before = digests(&world, spoilt);
    world.delete_batch(batch).unwrap();
    assert!(world.delete_batch(batch).is_err(), "once");
    go(&mut world, 1);
    assert_eq!(last(&world, "RFM_FEATURES").action, Some(Action::Reinitialize));
    go(&mut world, 60);
    let minutes = world.now() - clean.now();
    go(&mut clean, minutes);
    assert_eq!(digests(&world, world.now()), digests(&clean, clean.now()));
    assert_ne!(digests(&world, world.now()), before);
    assert_eq!(digests(&world, spoilt), before, "what was seen then can still be seen");
    let again = world.load_purchases("corrected", &rows).unwrap();
    assert_eq!(world.batches()[usize::from(again)].n_duplicates, 0);
    go(&mut world, 60);
    check(&world);
}

#[test]
fn a_failing_table_stops_what_reads_it_until_it_is_repaired() {
    let mut world = world();
    go(&mut world, 1);
    let features = at(&world, "CONTINUOUS_CUSTOMER_FEATURES");
    world.load_purchases("form", &[purchase(3, day_of(world.now()), 5_000)]).unwrap();
    world.set_fault(features, Some("the warehouse is out of credits"));
    go(&mut world, 5 * 60 - 1);
    assert_eq!(last(&world, "CONTINUOUS_CUSTOMER_FEATURES").state, State::Failed);
    assert_eq!(last(&world, "CONTINUOUS_CLV_PREDICTIONS").state, State::UpstreamFailed);
    assert!(world.scheduler().status(features).is_suspended, "after five failures");
    assert_eq!(last(&world, "COLDSTART_CLV_PREDICTIONS").state, State::Succeeded);
    world.set_fault(features, None);
    world.resume(features);
    go(&mut world, 60);
    let entry = last(&world, "CONTINUOUS_CLV_PREDICTIONS");
    assert_eq!((entry.state, entry.change.updated), (State::Succeeded, 1), "nothing was lost");
    check(&world);
}

#[test]
fn a_promotion_rewrites_all_predictions_once() {
    let mut world = world();
    go(&mut world, 1);
    world.serve(false, made().continuous[1].clone());
    go(&mut world, 0);
    let entry = last(&world, "CONTINUOUS_CLV_PREDICTIONS");
    assert_eq!((entry.action, entry.change.updated), (Some(Action::Reinitialize), u64::from(N_CUSTOMERS)));
    assert_eq!(last(&world, "CONTINUOUS_CUSTOMER_FEATURES").action, Some(Action::NoData));
    go(&mut world, 120);
    assert_eq!(last(&world, "CONTINUOUS_CLV_PREDICTIONS").action, Some(Action::NoData));
    check(&world);
}

#[test]
fn customers_by_hand_are_predicted_and_enter_the_profile_on_day_90() {
    let mut world = world();
    go(&mut world, 1);
    let n_before = world.coldstart.as_ref().unwrap().present().len();
    world.load_customers("form", &newcomers(&world, &[5_000_001, 5_000_002], 60)).unwrap();
    go(&mut world, 4);
    let entry = last(&world, "COLDSTART_CLV_PREDICTIONS");
    assert_eq!((entry.action, entry.touched, entry.change.inserted), (Some(Action::Incremental), 2, 2));
    let refused = world.load_purchases("form", &[purchase(5_000_001, day_of(world.now()), 100)]).unwrap_err();
    assert!(refused.to_string().contains("enters the profile then"), "{refused}");
    go(&mut world, 31 * MINUTES_PER_DAY);
    let side = world.coldstart.as_ref().unwrap();
    assert!(side.row_of(5_000_001).is_none() && side.present().len() < n_before + 2);
    assert!(world.continuous.as_ref().unwrap().row_of(5_000_001).is_some());
    world.load_purchases("form", &[purchase(5_000_001, day_of(world.now()), 100)]).unwrap();
    go(&mut world, 60);
    check(&world);
    assert!(matches!(
        world.load_customers("form", &newcomers(&world, &[5_000_001], 40)),
        Err(LiveError::KnownCustomer(_))
    ));
}

#[test]
fn coming_by_months_leads_to_the_same_tables() {
    let (mut world, mut slow) = (world(), world());
    for world in [&mut world, &mut slow] {
        go(world, 1);
        let today = day_of(world.now());
        world.load_purchases("form", &[purchase(2, today, 7_700), purchase(9, today + 20, 8_800)]).unwrap();
    }
    let until = world.now() + 50 * MINUTES_PER_DAY;
    while world.advance(until, Pace::Monthly, (&|| 0.0, 1.0)).unwrap() != Going::Arrived {}
    let minutes = until - slow.now();
    go(&mut slow, minutes);
    assert_eq!(digests(&world, until), digests(&slow, until));
    assert!(world.scheduler().n_refreshes() < 50 && slow.scheduler().n_refreshes() > 10_000);
    check(&world);
}

#[test]
fn full_mode_computes_every_row_and_changes_the_same_ones() {
    let mut world = world();
    go(&mut world, 1);
    for table in ["CONTINUOUS_CLV_PREDICTIONS", "CONTINUOUS_CUSTOMER_FEATURES"] {
        let declared = if table == "CONTINUOUS_CLV_PREDICTIONS" { Declared::Auto } else { Declared::Full };
        world.declare(at(&world, table), declared).unwrap();
    }
    go(&mut world, 1);
    world.load_purchases("form", &[purchase(7, day_of(world.now()), 100)]).unwrap();
    go(&mut world, 60);
    for table in ["CONTINUOUS_CUSTOMER_FEATURES", "CONTINUOUS_CLV_PREDICTIONS"] {
        let entry = last(&world, table);
        assert_eq!(
            (entry.action, entry.touched, entry.change.updated),
            (Some(Action::Full), u64::from(N_CUSTOMERS), 1)
        );
    }
    check(&world);
}

/// Rows for COLDSTART_CUSTOMERS_STAGING: those that are there, with other ids and an earlier sign-up.
fn newcomers(world: &World, ids: &[i32], days_ago: i32) -> Table {
    let staging = &made().staging;
    let rows: Vec<u32> = (0..ids.len() as u32).map(|nth| nth % staging.n_rows() as u32).collect();
    let signup = day_of(world.now()) - days_ago;
    let columns = staging.schema().columns.iter().map(|column| -> ColumnData {
        match column.name.as_str() {
            tables::CUSTOMER_ID => Values::Ids(ids.to_vec()).into(),
            tables::SIGNUP_DATE => Values::Days(vec![signup; ids.len()]).into(),
            name => staging.gather(name, &rows).unwrap(),
        }
    });
    Table::new(staging.schema().clone(), columns.collect()).unwrap()
}

#[derive(Clone, Debug)]
enum Step {
    Purchases(Vec<(i32, i32, i64, u8, Option<i32>)>),
    Interactions(Vec<(i32, i32, u8)>),
    Newcomers(i32, i32),
    Wait(Minute),
    Fault(usize, bool),
    Suspend(usize, bool),
    Promote(bool, usize),
    Delete(u16),
    Ask(usize),
    Mode(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let customer = 1..=N_CUSTOMERS as i32;
    let purchase = (customer.clone(), -100..40_i32, 1..90_000_i64, 0..9_u8, prop::option::of(700_000..700_020_i32));
    let step = prop_oneof![
        4 => prop::collection::vec(purchase, 1..12).prop_map(Step::Purchases),
        3 => prop::collection::vec((customer, -100..40_i32, 0..6_u8), 1..12).prop_map(Step::Interactions),
        1 => (0..30_i32, 30..90_i32).prop_map(|(id, days)| Step::Newcomers(6_000_000 + id, days)),
        6 => prop_oneof![1..90_i64, 1..4_000_i64, Just(0)].prop_map(Step::Wait),
        1 => (0..7_usize, any::<bool>()).prop_map(|(table, on)| Step::Fault(table, on)),
        1 => (0..7_usize, any::<bool>()).prop_map(|(table, on)| Step::Suspend(table, on)),
        1 => (any::<bool>(), 0..2_usize).prop_map(|(cold, version)| Step::Promote(cold, version)),
        1 => (2..6_u16).prop_map(Step::Delete),
        1 => (0..7_usize).prop_map(Step::Ask),
        1 => any::<bool>().prop_map(Step::Mode),
    ];
    prop::collection::vec(step, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn refreshes_equal_full_recomputation_whatever_happens(steps in steps()) {
        let mut world = world();
        go(&mut world, 1);
        let mut seen: BTreeMap<Minute, Vec<_>> = BTreeMap::new();
        for step in steps {
            let today = day_of(world.now());
            match step {
                Step::Purchases(rows) => {
                    let row = |(customer_id, day, amount_cents, category, id)| NewPurchase {
                        id, customer_id, day: today + day, amount_cents, category, quantity: 2,
                    };
                    world.load_purchases("some", &rows.into_iter().map(row).collect::<Vec<_>>()).unwrap();
                }
                Step::Interactions(rows) => {
                    let row = |(customer_id, day, event_type)| NewInteraction { id: None, customer_id, day: today + day, event_type };
                    world.load_interactions("some", &rows.into_iter().map(row).collect::<Vec<_>>()).unwrap();
                }
                Step::Newcomers(id, days_ago) => {
                    // One who has entered the profile is refused.
                    let _ = world.load_customers("some", &newcomers(&world, &[id], days_ago));
                }
                Step::Wait(minutes) => go(&mut world, minutes),
                Step::Fault(table, on) => world.set_fault(table, on.then_some("broken")),
                Step::Suspend(table, on) => if on { world.suspend(table) } else { world.resume(table) },
                Step::Promote(true, version) => world.serve(true, made().coldstart[version].clone()),
                Step::Promote(false, version) => world.serve(false, made().continuous[version].clone()),
                Step::Delete(batch) => { let _ = world.delete_batch(batch); }
                Step::Ask(table) => { world.refresh_now(table, &|| 0.0); }
                Step::Mode(is_full) => {
                    let (features, predictions) = (at(&world, "CONTINUOUS_CUSTOMER_FEATURES"), at(&world, "CONTINUOUS_CLV_PREDICTIONS"));
                    world.declare(predictions, Declared::Auto).unwrap();
                    world.declare(features, if is_full { Declared::Full } else { Declared::Incremental }).unwrap();
                }
            }
            // What is due in this minute.
            go(&mut world, 0);
            check(&world);
            // Something else may be done in it: the last state counts.
            seen.remove(&world.now());
            seen.insert(world.now(), digests(&world, world.now()));
        }
        for (moment, then) in seen {
            prop_assert_eq!(digests(&world, moment), then, "as of {}", moment);
        }
    }
}
