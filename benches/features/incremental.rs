//! The incremental state: building it, merging 1,000 events, moving the date, and the rows that follow.

use crate::{Times, World, full};
use clv_lab::engine::dataset::{SpineRule, draw_spine};
use clv_lab::engine::feature::incremental::State;
use clv_lab::engine::feature::{CheckedView, Fitted, catalog};
use clv_lab::engine::schema::Day;
use clv_lab::engine::table::{Table, Values};

const N_PURCHASES: i32 = 100;
const N_INTERACTIONS: i32 = 900;

/// Customers scattered over the table, a few of the rows late.
fn batch(world: &World, state: &State, round: i32) -> [Table; 2] {
    let ids = world.profile.ids("CUSTOMER_ID").unwrap();
    let customer =
        |i: i32| ids[(i + 1_000 * round).wrapping_mul(0x9E37_79B1_u32 as i32).unsigned_abs() as usize % ids.len()];
    let customers = |n: i32| Values::Ids((0..n).map(customer).collect()).into();
    let days = |n: i32| Values::Days((0..n).map(|i| state.as_of() - if i % 20 == 0 { i } else { 0 }).collect()).into();
    let codes = |n: i32| Values::Codes((0..n).map(|i| (i % 6) as u8).collect()).into();
    let row_ids = |n: i32| Values::Ids((0..n).collect()).into();
    let n = N_PURCHASES;
    let (amounts, quantities) = (vec![1_999; n as usize], vec![2; n as usize]);
    let purchases = vec![
        row_ids(n),
        customers(n),
        days(n),
        Values::Cents(amounts).into(),
        codes(n),
        Values::Integers(quantities).into(),
    ];
    let n = N_INTERACTIONS;
    let interactions = vec![row_ids(n), customers(n), days(n), codes(n)];
    let [(_, of_purchases, _), (_, of_interactions, _)] = world.sources.as_slice() else { unreachable!() };
    [
        Table::new(of_purchases.schema().clone(), purchases).unwrap(),
        Table::new(of_interactions.schema().clone(), interactions).unwrap(),
    ]
}

pub fn run(world: &World, n_rounds: usize) -> Times {
    let spine = draw_spine(&world.profile, Day(world.now), SpineRule::default(), 42).unwrap();
    let fitted = full::fitted(world, &spine, &mut Times::default());
    let views = catalog::continuous_views();
    let views: Vec<(&CheckedView, &Fitted)> =
        views.iter().map(|view| (world.registry.view(view.name).unwrap(), &fitted)).collect();
    let mut times = Times::default();
    let events = world.events();
    let build = || State::new(&views, &world.profile, &events, world.now).unwrap();
    let mut state = build();
    println!("the state keeps {:.1} MB", state.bytes() as f64 / 1e6);
    for round in 0..n_rounds as i32 {
        times.measure("building the state", build);
        let rows = batch(world, &state, round);
        times.measure("merging 1,000 events", || rows.iter().for_each(|rows| state.merge(rows).unwrap()));
        let refresh = times.measure("the rows that they changed, all views", || state.refresh().unwrap());
        assert!(!refresh.rows.is_empty());
        times.measure("advancing one day", || state.advance(state.as_of() + 1).unwrap());
        times.measure("all rows of all views after it", || state.refresh().unwrap());
    }
    times
}
