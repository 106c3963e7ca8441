//! The incremental state against full evaluation over all rows: whatever arrives in whatever order, and however the date moves, both
//! give the same bytes.

use crate::features::fitted;
use crate::support::{FIRST_DAY, Interaction, LAST_DAY, Purchase, World, interactions, registry, transactions, worlds};
use clv_lab::engine::feature::build::{Events, events, feature};
use clv_lab::engine::feature::incremental::{State, StateError};
use clv_lab::engine::feature::ir::{AggregateFunction, Expr, Feature, FeatureView};
use clv_lab::engine::feature::{CheckedView, EventSource, Fitted, Observation, Registry, catalog, check, rows_of};
use clv_lab::engine::schema::{Column, ColumnType, TableSchema, tables};
use clv_lab::engine::table::{Cell, Table, Values};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Merge(Vec<Purchase>, Vec<Interaction>),
    Advance(i32),
    SignUp(i32),
    Refresh,
}

/// Any day, before, within and after those of the first rows; and a few days that many rows share.
fn days() -> impl Strategy<Value = i32> {
    prop_oneof![FIRST_DAY - 20..LAST_DAY + 200, FIRST_DAY + 190..FIRST_DAY + 215]
}

/// Customers are positions, taken modulo their number at the time.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let purchases = prop::collection::vec((0..100_usize, days(), 500..50_000_i64, 0..8_u8, 1..6_i64), 0..15);
    let interactions = prop::collection::vec((0..100_usize, days(), 0..6_u8), 0..15);
    let step = prop_oneof![
        3 => (purchases, interactions).prop_map(|(purchases, interactions)| Step::Merge(purchases, interactions)),
        3 => prop_oneof![Just(0), Just(1), 1..10, 1..200].prop_map(Step::Advance),
        1 => (FIRST_DAY..LAST_DAY).prop_map(Step::SignUp),
        2 => Just(Step::Refresh),
    ];
    prop::collection::vec(step, 0..12)
}

/// A state, the rows behind it, and what a page would show after the refreshes so far.
struct Trial {
    world: World,
    views: Vec<(CheckedView, Fitted)>,
    state: State,
    shown: Vec<Vec<Vec<Cell>>>,
}

fn state_of(world: &World, views: &[(CheckedView, Fitted)], day: i32) -> State {
    let tables = world.tables();
    let mut indexed = Vec::new();
    for (events, table, index) in views.iter().flat_map(|(view, _)| tables.indexed(view)) {
        if indexed.iter().all(|(_, known, _): &(_, &Table, _)| known.name() != table.name()) {
            indexed.push((events, table, index));
        }
    }
    let sources: Vec<EventSource> =
        indexed.iter().map(|(events, table, index)| EventSource::new(events, table, index).unwrap()).collect();
    let views: Vec<(&CheckedView, &Fitted)> = views.iter().map(|(view, fitted)| (view, fitted)).collect();
    State::new(&views, &tables.profile, &sources, day).unwrap()
}

fn row(table: &Table, row: usize) -> Vec<Cell> {
    (0..table.schema().columns.len()).map(|column| table.cell(row, column)).collect()
}

impl Trial {
    fn new(world: World, views: Vec<(CheckedView, Fitted)>, day: i32) -> Self {
        let state = state_of(&world, &views, day);
        let of_table = |table: &Table| (0..table.n_rows()).map(|at| row(table, at)).collect();
        let shown = state.tables().unwrap().iter().map(of_table).collect();
        Self { world, views, state, shown }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Merge(mut purchases, mut events) => {
                let n = self.world.signups.len();
                purchases.iter_mut().for_each(|purchase| purchase.0 %= n);
                events.iter_mut().for_each(|event| event.0 %= n);
                self.state.merge(&transactions(&purchases)).unwrap();
                self.state.merge(&interactions(&events)).unwrap();
                self.world.purchases.extend(purchases);
                self.world.interactions.extend(events);
            }
            Step::Advance(n_days) => self.state.advance(self.state.as_of() + n_days).unwrap(),
            Step::SignUp(day) => {
                self.world.signups.push(day);
                self.state.append_entities(&self.world.tables().profile).unwrap();
            }
            Step::Refresh => self.compare(),
        }
    }

    /// The state's tables, and what the refreshes have made of the first ones, against a computation from all rows.
    fn compare(&mut self) {
        let refresh = self.state.refresh().unwrap();
        let tables = self.world.tables();
        let rows = rows_of(&tables.profile);
        let as_of = Observation::On(self.state.as_of());
        let mut full: Vec<Table> = Vec::new();
        for (view, fitted) in &self.views {
            let upstream: Vec<&Table> = full.iter().collect();
            let table = tables.view(view, &rows, as_of, &upstream, fitted);
            full.push(table);
        }
        for (kept, full) in self.state.tables().unwrap().iter().zip(&full) {
            assert_eq!(kept.digest(), full.digest(), "{} as of {}", full.name(), self.state.as_of());
        }
        for ((shown, changed), full) in self.shown.iter_mut().zip(&refresh.tables).zip(&full) {
            shown.resize(rows.len(), Vec::new());
            for (at, &of_entity) in refresh.rows.iter().enumerate() {
                shown[of_entity as usize] = row(changed, at);
            }
            for (at, shown) in shown.iter().enumerate() {
                assert_eq!(*shown, row(full, at), "a row of {} that was not refreshed", full.name());
            }
        }
    }
}

fn catalogue() -> Vec<(CheckedView, Fitted)> {
    let registry = registry();
    let checked = |view: FeatureView| (registry.view(view.name).unwrap().clone(), fitted());
    catalog::continuous_views().into_iter().map(checked).collect()
}

/// The columns that a function can be taken of, which fails to compile when a function is missing.
fn aggregates(of: &Events, table: &TableSchema, date: &str) -> Vec<Expr> {
    let columns = |fits: fn(&ColumnType) -> bool| {
        table.columns.iter().filter(move |c| fits(&c.kind)).map(|c| c.name.clone()).collect::<Vec<_>>()
    };
    let sums = columns(|kind| matches!(kind, ColumnType::Cents | ColumnType::Integer));
    let levels = columns(|kind| matches!(kind, ColumnType::Category(_)));
    let mut functions = vec![AggregateFunction::Count, AggregateFunction::GapStandardDeviation];
    functions.extend([AggregateFunction::First(date.to_owned()), AggregateFunction::Last(date.to_owned())]);
    functions.extend(sums.into_iter().map(AggregateFunction::Sum));
    functions.extend(levels.into_iter().map(AggregateFunction::CountDistinct));
    let expr = |function| match function {
        AggregateFunction::Count => of.clone().count(),
        AggregateFunction::Sum(column) => of.clone().sum(&column),
        AggregateFunction::First(date) => of.clone().first(&date),
        AggregateFunction::Last(date) => of.clone().last(&date),
        AggregateFunction::CountDistinct(column) => of.clone().count_distinct(&column),
        AggregateFunction::GapStandardDeviation => of.clone().gap_standard_deviation(),
    };
    functions.into_iter().map(expr).collect()
}

/// A view with every function of every column, with and without filters, over no window and over these.
fn everything(windows_days: &[i32]) -> Vec<(CheckedView, Fitted)> {
    let mut exprs = Vec::new();
    for (table, date, column, level_filters) in [
        (tables::continuous_transactions(), "TRANSACTION_DATE", "PRODUCT_CATEGORY", 2..4),
        (tables::continuous_interactions(), "EVENT_DATE", "EVENT_TYPE", 0..2),
    ] {
        let Some(Column { kind: ColumnType::Category(levels), .. }) = table.column(column).cloned() else { panic!() };
        let all = events(&table.name);
        let mut filtered = vec![all.clone()];
        filtered.extend(levels[level_filters].iter().map(|level| all.clone().of(column, level)));
        for of in filtered {
            exprs.extend(aggregates(&of, &table, date));
            for &n_days in windows_days {
                exprs.extend(aggregates(&of.clone().within_days(n_days), &table, date));
            }
        }
    }
    let named = |(idx, expr)| feature(&format!("F{idx}"), "", "", expr).null_when("Null without events.");
    let features: Vec<Feature> = exprs.into_iter().enumerate().map(named).collect();
    let both = catalog::engagement_features().events.into_iter().chain(catalog::rfm_features().events);
    let view = FeatureView { name: "EVERYTHING", events: both.collect(), features, ..catalog::rfm_features() };
    vec![(check::check(view, &[]).unwrap(), Fitted::default())]
}

proptest! {
    #[test]
    fn the_views_of_the_catalogue_equal_full_evaluation(world in worlds(), day in days(), steps in steps()) {
        let mut trial = Trial::new(world, catalogue(), day);
        steps.into_iter().for_each(|step| trial.take(step));
        trial.compare();
    }

    #[test]
    fn every_function_filter_and_window_equals_full_evaluation(
        world in worlds(),
        day in days(),
        windows_days in [1..5_i32, 5..60_i32, 60..500_i32],
        steps in steps(),
    ) {
        let mut trial = Trial::new(world, everything(&windows_days), day);
        steps.into_iter().for_each(|step| trial.take(step));
        trial.compare();
    }
}

const DAY: i32 = FIRST_DAY + 200;

fn three_customers() -> World {
    let purchases = vec![(0, DAY - 40, 1_000, 0, 1), (1, DAY - 29, 2_000, 1, 2), (2, DAY - 300, 500, 2, 1)];
    World { signups: vec![FIRST_DAY; 3], purchases, interactions: vec![(0, DAY, 0)] }
}

fn only(name: &str, registry: &Registry) -> Vec<(CheckedView, Fitted)> {
    vec![(registry.view(name).unwrap().clone(), Fitted::default())]
}

#[test]
fn a_row_changes_its_customer_and_a_date_those_whose_windows_it_moves() {
    let mut state = state_of(&three_customers(), &only("PURCHASE_PATTERNS", &registry()), DAY);
    assert!(state.changed().is_empty());
    state.merge(&transactions(&[(2, DAY - 500, 700, 0, 1), (2, DAY + 9, 700, 0, 1)])).unwrap();
    assert_eq!(state.refresh().unwrap().rows, [2]);
    assert!(state.refresh().unwrap().rows.is_empty());
    // The purchase 29 days ago leaves the 30 days.
    state.advance(DAY + 1).unwrap();
    assert_eq!(state.refresh().unwrap().rows, [1]);
    state.advance(DAY + 8).unwrap();
    assert!(state.changed().is_empty());
    // The row of the future has become visible.
    state.advance(DAY + 9).unwrap();
    assert_eq!(state.refresh().unwrap().rows, [2]);
    // Recency is another every day, for everybody.
    let mut state = state_of(&three_customers(), &only("RFM_FEATURES", &registry()), DAY);
    state.advance(DAY + 1).unwrap();
    assert_eq!(state.refresh().unwrap().rows, [0, 1, 2]);
}

#[test]
fn what_cannot_be_right_is_refused_and_changes_nothing() {
    let mut state = state_of(&three_customers(), &catalogue(), DAY);
    let before: Vec<_> = state.tables().unwrap().iter().map(Table::digest).collect();
    assert!(matches!(state.advance(DAY - 1), Err(StateError::Backwards { .. })));
    let unknown = transactions(&[(0, DAY, 700, 0, 1), (7, DAY, 700, 0, 1)]);
    assert!(matches!(state.merge(&unknown), Err(StateError::UnknownCustomer { key: 8, .. })));
    let mut schema = tables::continuous_interactions();
    schema.columns.iter_mut().filter(|c| c.name == "EVENT_TYPE").for_each(|c| c.kind = ColumnType::category(&["x"]));
    let columns = vec![
        Values::Ids(vec![1]).into(),
        Values::Ids(vec![1]).into(),
        Values::Days(vec![DAY]).into(),
        Values::Codes(vec![0]).into(),
    ];
    let other_levels = Table::new(schema, columns).unwrap();
    assert!(matches!(state.merge(&other_levels), Err(StateError::OtherColumn { .. })));
    let fewer = World { signups: vec![FIRST_DAY; 2], purchases: vec![], interactions: vec![] };
    assert!(matches!(state.append_entities(&fewer.tables().profile), Err(StateError::NotAppended { row: 2, .. })));
    assert!(matches!(State::new(&[], &fewer.tables().profile, &[], DAY), Err(StateError::NoView)));
    let after: Vec<_> = state.tables().unwrap().iter().map(Table::digest).collect();
    assert_eq!(before, after);
    assert!(state.changed().is_empty());
}
