//! Spine, targets, split and preprocessing over generated data, against what the documents say.

use crate::support::{FIRST_DAY, LAST_DAY, run, worlds};
use clv_lab::engine::dataset::{FittedKind, Preprocessing, Spine, SpineRule, draw_spine, inputs, realised_target};
use clv_lab::engine::feature::{EventIndex, EventSource, catalog};
use clv_lab::engine::schema::{Column, ColumnType, Day, TableSchema};
use clv_lab::engine::table::{ColumnData, Table, Values};
use clv_lab::protocol::{ObjectId, RunConfig, RunScope, Scenario};
use proptest::prelude::*;

#[test]
fn every_spine_row_has_history_before_it_and_its_label_window_by_now() {
    let config = RunConfig { customers: 4_000, scope: RunScope::Data, ..RunConfig::default() };
    let (session, _) = run(config);
    let store = session.store();
    let (profile, now) = (&store.tables[&ObjectId::Profile], store.now.unwrap());
    let spine = draw_spine(profile, now, SpineRule::default(), 42).unwrap();
    let signups = profile.days("SIGNUP_DATE").unwrap();
    for (&row, &day) in spine.profile_rows.iter().zip(&spine.observation_days) {
        assert!(day >= signups[row as usize] + 90);
        assert!((now.0 - 730..=now.0 - 365).contains(&day));
    }
    // Sign-ups are uniform over [now − 1170, now − 90]; those up to now − 455 qualify.
    let share = spine.profile_rows.len() as f64 / profile.n_rows() as f64;
    assert!((share - 716.0 / 1081.0).abs() < 4.0 * (0.66 * 0.34 / 4_000.0_f64).sqrt(), "{share}");
    assert_eq!(spine, draw_spine(profile, now, SpineRule::default(), 42).unwrap());
    assert_ne!(spine, draw_spine(profile, now, SpineRule::default(), 43).unwrap());
}

#[test]
fn nobody_with_too_little_history_is_in_the_spine() {
    let profile = |signup: i32| {
        let schema = TableSchema::new(
            "P",
            "",
            vec![
                Column::new("CUSTOMER_ID", ColumnType::Id, "", ""),
                Column::new("SIGNUP_DATE", ColumnType::Day, "", ""),
            ],
        );
        Table::new(schema, vec![Values::Ids(vec![1]).into(), Values::Days(vec![signup]).into()]).unwrap()
    };
    let now = Day(20_000);
    assert!(draw_spine(&profile(now.0 - 454), now, SpineRule::default(), 1).unwrap().profile_rows.is_empty());
    assert_eq!(
        draw_spine(&profile(now.0 - 455), now, SpineRule::default(), 1).unwrap().observation_days,
        [now.0 - 365]
    );
}

proptest! {
    #[test]
    fn the_realised_target_is_the_spend_of_the_following_year(world in worlds(), day in FIRST_DAY - 400..LAST_DAY) {
        let tables = world.tables();
        let events = catalog::rfm_features().events.remove(0);
        let index = EventIndex::new(&events, &tables.transactions, &tables.profile).unwrap();
        let source = EventSource::new(&events, &tables.transactions, &index).unwrap();
        let n = world.signups.len();
        let spine = Spine { profile_rows: (0..n as u32).collect(), observation_days: vec![day; n], rule: SpineRule::default() };
        let target = realised_target(&spine, &source).unwrap();
        for (customer, &cents) in target.iter().enumerate() {
            let expected: i64 = world
                .purchases
                .iter()
                .filter(|p| p.0 == customer && p.1 > day && p.1 <= day + 365)
                .map(|p| p.2)
                .sum();
            prop_assert_eq!(cents, expected);
        }
    }
}

/// Three customers: one without a purchase, one with a level that training never saw.
fn training_table() -> Table {
    let schema = TableSchema::new(
        "T",
        "",
        vec![
            Column::new("AGE_GROUP", ColumnType::category(&["18-24", "25-34", "65+"]), "", ""),
            Column::new("LIFECYCLE_STAGE", ColumnType::category(&["new", "regular"]), "", "").or_null(),
            Column::new("RECENCY_DAYS", ColumnType::Integer, "days", "").or_null(),
            Column::new("SIGNUP_DATE", ColumnType::Day, "", ""),
            Column::new("OBSERVATION_DATE", ColumnType::Day, "", ""),
        ],
    );
    let columns = vec![
        Values::Codes(vec![0, 2, 1]).into(),
        ColumnData::optional_codes(vec![None, Some(1), Some(0)]),
        ColumnData::optional_integers(vec![None, Some(10), Some(30)]),
        Values::Days(vec![100, 100, 100]).into(),
        Values::Days(vec![250, 250, 250]).into(),
    ];
    Table::new(schema, columns).unwrap()
}

#[test]
fn preprocessing_fills_encodes_and_fits_on_training_rows_only() {
    let wanted = ["AGE_GROUP", "LIFECYCLE_STAGE", "RECENCY_DAYS"];
    let inputs: Vec<_> =
        inputs::CONTINUOUS.iter().filter(|input| wanted.contains(&input.name.as_ref())).cloned().collect();
    let table = training_table();
    let fitted = Preprocessing::fit(&table, &[0, 1], &inputs).unwrap();
    let FittedKind::Numeric { mean, scale, .. } = &fitted.inputs[2].kind else { panic!() };
    // The missing recency is 250 − 100 days; the population deviation of (150, 10) is 70.
    assert_eq!((*mean, *scale), (80.0, 70.0));
    let matrix = fitted.transform(&table, &[0, 1, 2]).unwrap();
    let names =
        ["AGE_GROUP=18-24", "AGE_GROUP=65+", "LIFECYCLE_STAGE=regular", "LIFECYCLE_STAGE=unknown", "RECENCY_DAYS"];
    assert_eq!(matrix.names(), names);
    let expected: [[f32; 3]; 5] =
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [150.0, 10.0, 30.0]];
    for (column_idx, expected) in expected.iter().enumerate() {
        assert_eq!(matrix.column(column_idx), expected, "{}", names[column_idx]);
    }
}

#[test]
fn the_inputs_of_both_models_are_those_of_the_domain() {
    let counts = |list: &[inputs::ModelInput]| {
        let categories = list.iter().filter(|input| input.kind == inputs::InputKind::Category).count();
        (categories, list.len() - categories)
    };
    assert_eq!(counts(inputs::COLDSTART), (7, 12));
    assert_eq!(counts(inputs::CONTINUOUS), (4, 33));
    assert!(inputs::CONTINUOUS.iter().all(|input| input.name != "SEGMENT"));
}

#[test]
fn a_serving_row_enters_the_model_as_the_same_training_row_would() {
    let (session, _) = run(RunConfig { customers: 2_000, ..RunConfig::default() });
    let store = session.store();
    let dataset = &store.datasets[&Scenario::Continuous];
    let trained_on = dataset.matrix(&dataset.parts[0]).unwrap();
    let names: Vec<&str> = trained_on.names().iter().map(String::as_str).collect();
    let serving = &store.tables[&ObjectId::CustomerFeatures];
    let rows: Vec<u32> = (0..serving.n_rows() as u32).collect();
    let matrix = dataset.preprocessing.transform(serving, &rows).unwrap();
    assert_eq!(matrix.names().iter().map(String::as_str).collect::<Vec<_>>(), names);
    let predicted = store.models[&ObjectId::ContinuousModel].ensemble.predict(&matrix).unwrap();
    let table = &store.tables[&ObjectId::ContinuousPredictions];
    let stored = table.floats("PREDICTED_12M_LTV").unwrap();
    assert!(predicted.iter().zip(stored).all(|(&p, &s)| f64::from(p) == s));
}
