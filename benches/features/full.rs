//! Full evaluation, as of one date and point in time.

use crate::{Times, World};
use clv_lab::engine::dataset::{Spine, SpineRule, draw_spine};
use clv_lab::engine::feature::{Fitted, Inputs, Observation, evaluate, fit, rows_of};
use clv_lab::engine::schema::Day;
use clv_lab::engine::table::Table;

const VIEWS: [(&str, &str, &str); 4] = [
    ("RFM_FEATURES", "RFM_FEATURES as of now", "RFM_FEATURES over the spine"),
    ("PURCHASE_PATTERNS", "PURCHASE_PATTERNS as of now", "PURCHASE_PATTERNS over the spine"),
    ("ENGAGEMENT_FEATURES", "ENGAGEMENT_FEATURES as of now", "ENGAGEMENT_FEATURES over the spine"),
    ("DERIVED_FEATURES", "DERIVED_FEATURES as of now", "DERIVED_FEATURES over the spine"),
];

/// All views, one after another.
fn views(world: &World, rows: &[u32], as_of: Observation, fitted: &Fitted, times: &mut Times) -> Vec<Table> {
    let events = world.events();
    let mut tables: Vec<Table> = Vec::new();
    for (view, now, spine) in VIEWS {
        let name = if matches!(as_of, Observation::On(_)) { now } else { spine };
        let upstream: Vec<&Table> = tables.iter().collect();
        let inputs = Inputs { entity: &world.profile, rows, as_of, events: &events, upstream: &upstream };
        let view = world.registry.view(view).unwrap();
        let table = times.measure(name, || evaluate(view, &inputs, fitted).unwrap());
        tables.push(table);
    }
    tables
}

/// Cut points fitted on the whole spine.
pub fn fitted(world: &World, spine: &Spine, times: &mut Times) -> Fitted {
    let derived = world.registry.view("DERIVED_FEATURES").unwrap();
    let events = world.events();
    let as_of = Observation::Each(&spine.observation_days);
    let rows = &spine.profile_rows;
    let mut base: Vec<Table> = Vec::new();
    for (view, _, _) in &VIEWS[..3] {
        let inputs = Inputs { entity: &world.profile, rows, as_of, events: &events, upstream: &[] };
        base.push(evaluate(world.registry.view(view).unwrap(), &inputs, &Fitted::default()).unwrap());
    }
    let upstream: Vec<&Table> = base.iter().collect();
    let inputs = Inputs { entity: &world.profile, rows, as_of, events: &events, upstream: &upstream };
    let all: Vec<u32> = (0..rows.len() as u32).collect();
    times.measure("fitting the cut points", || fit(derived, &inputs, &all).unwrap())
}

pub fn run(world: &World, n_rounds: usize) -> Times {
    let spine = draw_spine(&world.profile, Day(world.now), SpineRule::default(), 42).unwrap();
    let mut times = Times::default();
    for _ in 0..n_rounds {
        let fitted = fitted(world, &spine, &mut times);
        let mut parts = Times::default();
        let rows = rows_of(&world.profile);
        let now = Observation::On(world.now);
        times.measure("all four views as of now", || views(world, &rows, now, &fitted, &mut parts));
        let each = Observation::Each(&spine.observation_days);
        times.measure("all four views over the spine", || views(world, &spine.profile_rows, each, &fitted, &mut parts));
        for (name, part) in parts.0 {
            match times.0.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => known.extend(part),
                None => times.0.push((name, part)),
            }
        }
    }
    times
}
