//! One customer's features as of a day: equal to the views' values, explained by exactly the rows behind them.

use crate::support::{FIRST_DAY, LAST_DAY, World, registry, rest, run, worlds};
use clv_lab::engine::feature::evidence::{Customer, Evidence, evidence};
use clv_lab::engine::feature::{CheckedView, EventIndex, EventSource, Fitted, Observation};
use clv_lab::engine::table::Table;
use clv_lab::protocol::{
    Command, CustomerChoice, Event, FeaturesAt, FeaturesRequest, Life, ObjectId, RunConfig, RunScope,
};
use clv_lab::session::Session;
use proptest::prelude::*;

fn life(session: &mut Session, choice: CustomerChoice) -> Life {
    match session.handle(Command::Life(choice)).as_slice() {
        [Event::Life(life)] => (**life).clone(),
        other => panic!("{other:?}"),
    }
}

fn features_at(session: &mut Session, row: u32, day: i32, selected: Option<(ObjectId, String)>) -> FeaturesAt {
    session.handle(Command::FeaturesAt(FeaturesRequest { row, day, selected }));
    let events = rest(session);
    let answer = events.iter().find_map(|event| match event {
        Event::FeaturesAt(features) => Some((**features).clone()),
        _ => None,
    });
    answer.unwrap_or_else(|| panic!("{events:?}"))
}

/// A column's value where a feature's is shown with cents or four decimals.
fn shown(table: &Table, column: &str, row: usize) -> Option<String> {
    let idx = table.schema().index_of(column)?;
    let unit = table.schema().columns[idx].unit.clone();
    match table.cell(row, idx) {
        clv_lab::engine::table::Cell::Null => None,
        clv_lab::engine::table::Cell::Float(value) if unit == "USD" => Some(format!("{value:.2}")),
        clv_lab::engine::table::Cell::Float(value) => Some(format!("{value:.4}")),
        other => Some(other.to_string()),
    }
}

#[test]
fn features_of_a_day_equal_the_training_table_and_of_now_the_serving_table() {
    let (mut session, _) = run(RunConfig { customers: 400, ..RunConfig::default() });
    rest(&mut session);
    let (training, serving, profile) = {
        let store = session.store();
        let table = |object: ObjectId| store.tables[&object].clone();
        (table(ObjectId::ContinuousTrainingData), table(ObjectId::CustomerFeatures), table(ObjectId::Profile))
    };
    let ids = profile.ids("CUSTOMER_ID").unwrap();
    let mut n_compared = 0;
    for row in (0..training.n_rows()).step_by(7) {
        let id = training.ids("CUSTOMER_ID").unwrap()[row];
        let profile_row = ids.binary_search(&id).unwrap();
        let observed = training.days("OBSERVATION_DATE").unwrap()[row];
        let now = serving.days("AS_OF").unwrap()[profile_row];
        for (table, table_row, day) in [(&training, row, observed), (&serving, profile_row, now)] {
            let answer = features_at(&mut session, profile_row as u32, day, None);
            for feature in answer.features.iter().filter(|f| table.schema().column(&f.name).is_some()) {
                assert_eq!(feature.value, shown(table, &feature.name, table_row), "{} of {id} on {day}", feature.name);
                n_compared += 1;
            }
        }
    }
    assert!(n_compared > 1_000);
}

#[test]
fn a_customer_is_found_by_id_and_a_wrong_one_is_told_the_range() {
    let (mut session, _) = run(RunConfig { customers: 50, scope: RunScope::Features, ..RunConfig::default() });
    let first = life(&mut session, CustomerChoice::Row(0));
    assert_eq!((first.row, first.n_customers), (0, 50));
    assert_eq!(life(&mut session, CustomerChoice::Named(format!(" {} ", first.customer))), first);
    let example = life(&mut session, CustomerChoice::Example);
    assert!(example.purchases.len() >= 12);
    for wrong in [CustomerChoice::Named("nobody".to_owned()), CustomerChoice::Row(50)] {
        let events = session.handle(Command::Life(wrong));
        assert!(matches!(events.as_slice(), [Event::Refused(problem)] if problem.why.contains("50 customers")));
    }
    let at = features_at(&mut session, 0, first.last_day, Some((ObjectId::RfmFeatures, "FREQUENCY".to_owned())));
    assert_eq!(at.selected_purchases.len(), first.purchases.len());
    assert!(at.features.iter().any(|feature| feature.view == ObjectId::DerivedFeatures));
    session.handle(Command::FeaturesAt(FeaturesRequest { row: 50, day: 0, selected: None }));
    assert!(matches!(rest(&mut session).as_slice(), [Event::Refused(_)]));
    let empty = Session::default().handle(Command::Life(CustomerChoice::Row(0)));
    assert!(matches!(empty.as_slice(), [Event::Refused(_)]));
}

/// The rows behind a feature of a customer.
fn behind(world: &World, view: &CheckedView, feature: &str, customer: Customer) -> Evidence {
    let tables = world.tables();
    let of = |name: &str| if name == "CONTINUOUS_TRANSACTIONS" { &tables.transactions } else { &tables.interactions };
    let indexed: Vec<_> = view
        .definition()
        .events
        .iter()
        .map(|events| {
            (
                events,
                of(&events.schema.name),
                EventIndex::new(events, of(&events.schema.name), &tables.profile).unwrap(),
            )
        })
        .collect();
    let sources: Vec<EventSource> =
        indexed.iter().map(|(events, table, index)| EventSource::new(events, table, index).unwrap()).collect();
    evidence(view, feature, &sources, customer).unwrap()
}

proptest! {
    #[test]
    fn a_feature_needs_the_rows_behind_it_and_no_others(world in worlds(), day in FIRST_DAY..LAST_DAY) {
        let mut world = world;
        // As the tables will hold them.
        world.purchases.sort();
        world.interactions.sort();
        let customer = Customer { entity_row: 0, as_of: day };
        for name in ["RFM_FEATURES", "PURCHASE_PATTERNS", "ENGAGEMENT_FEATURES"] {
            let registry = registry();
            let view = registry.view(name).unwrap();
            let value = |world: &World, feature: usize| {
                let table = world.tables().view(view, &[0], Observation::On(day), &[], &Fitted::default());
                table.cell(0, feature + 1).to_string()
            };
            for (position, feature) in view.features().iter().enumerate() {
                let found = behind(&world, view, &feature.name, customer);
                let kept = |table: &str, row: usize| found.get(table).is_some_and(|rows| rows.contains(&row));
                let mut alone = world.clone();
                let mut row = 0;
                alone.purchases.retain(|_| { row += 1; kept("CONTINUOUS_TRANSACTIONS", row - 1) });
                let mut row = 0;
                alone.interactions.retain(|_| { row += 1; kept("CONTINUOUS_INTERACTIONS", row - 1) });
                prop_assert_eq!(value(&alone, position), value(&world, position), "{}", feature.name);
                prop_assert!(alone.purchases.iter().all(|p| p.0 == 0 && p.1 <= day));
                prop_assert!(alone.interactions.iter().all(|e| e.0 == 0 && e.1 <= day));
                if feature.name == "FREQUENCY" || feature.name == "TOTAL_INTERACTIONS" {
                    prop_assert_eq!(value(&alone, position), (alone.purchases.len() + alone.interactions.len()).to_string());
                }
            }
        }
    }
}
