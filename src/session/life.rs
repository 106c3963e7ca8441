//! One customer's life and the features as of any day of it: the very definitions, evaluated for a single row. Deliberately no
//! other way to compute a feature.

use super::host::Host;
use super::stages::StageError;
use super::store::Store;
use super::summaries::cell_text;
use crate::engine::feature::EventSource;
use crate::engine::feature::evidence::{Customer, Evidence, evidence};
use crate::engine::schema::{ColumnType, tables};
use crate::engine::table::Table;
use crate::protocol::{
    CustomerChoice, Event, FeatureAt, FeaturesAt, FeaturesRequest, Life, LifeInteraction, LifePurchase, ObjectId,
    Problem, Scenario,
};

/// More events than a screen has points; a customer of own data may have millions.
const MAX_EVENTS: usize = 20_000;

/// Everything that happened to a customer.
pub(super) fn life(choice: &CustomerChoice, store: &Store) -> Event {
    let row = match find(choice, store) {
        Ok(row) => row,
        Err(problem) => return Event::Refused(problem),
    };
    match life_of(row, store) {
        Ok(Some(life)) => Event::Life(Box::new(life)),
        Ok(None) => Event::Refused(Problem::new(
            "This customer cannot be drawn.",
            &format!("More than {MAX_EVENTS} events belong to it."),
            "Choose another customer.",
        )),
        Err(error) => Event::Refused(not_made(&error)),
    }
}

fn not_made(error: &StageError) -> Problem {
    Problem::new(
        "The customer's features cannot be shown.",
        &format!("{error}."),
        "Run the pipeline at least as far as the features, then try again.",
    )
}

/// The row of the profile table that is meant.
fn find(choice: &CustomerChoice, store: &Store) -> Result<u32, Problem> {
    let profile = store.table(ObjectId::Profile).map_err(|error| not_made(&error))?;
    let ids = profile.ids(tables::CUSTOMER_ID).map_err(|error| not_made(&error.into()))?;
    let found = match choice {
        CustomerChoice::Example => Some(example(store)).filter(|&row| row < ids.len()),
        CustomerChoice::Row(row) => Some(*row as usize).filter(|&row| row < ids.len()),
        CustomerChoice::Named(text) => {
            let id = match store.names.get(&Scenario::Continuous) {
                // Names ascend, and number n is n places after the first.
                Some(names) => {
                    names.binary_search_by(|name| name.as_str().cmp(text.trim())).ok().map(|at| at as i32 + 1)
                }
                None => text.trim().parse().ok(),
            };
            id.and_then(|id| ids.binary_search(&id).ok())
        }
    };
    let name = |row: usize| {
        let own = store.name_of(Scenario::Continuous, profile, row);
        own.unwrap_or_else(|| ids[row].to_string())
    };
    found.map(|row| row as u32).ok_or_else(|| match ids.len().checked_sub(1) {
        Some(last) => Problem::new(
            "There is no such customer.",
            &format!("The {} customers are called {} to {}.", ids.len(), name(0), name(last)),
            "Write one of these.",
        ),
        None => {
            Problem::new("There is no such customer.", "The table of customers is empty.", "Run with more customers.")
        }
    })
}

/// The first customer with some purchases over some time; the first one of all where nobody has.
fn example(store: &Store) -> usize {
    const N_PURCHASES: usize = 12;
    const N_DAYS: i32 = 540;
    let Ok(purchases) = store.event_source(ObjectId::Transactions) else { return 0 };
    let n_customers = store.table(ObjectId::Profile).map_or(0, Table::n_rows);
    let is_long = |row: &usize| {
        let days = &purchases.days()[purchases.rows_until(*row as u32, i32::MAX)];
        let span = days.first().zip(days.last()).map_or(0, |(first, last)| last - first);
        days.len() >= N_PURCHASES && span >= N_DAYS
    };
    (0..n_customers).find(is_long).unwrap_or(0)
}

fn life_of(row: u32, store: &Store) -> Result<Option<Life>, StageError> {
    let profile = store.table(ObjectId::Profile)?;
    let now = store.now.ok_or(StageError::Missing("the observation date"))?;
    let (purchases, interactions) =
        (store.event_source(ObjectId::Transactions)?, store.event_source(ObjectId::Interactions)?);
    let (bought, seen) = (purchases.rows_until(row, now.0), interactions.rows_until(row, now.0));
    if bought.len() + seen.len() > MAX_EVENTS {
        return Ok(None);
    }
    let amounts = purchases.table().integers("AMOUNT")?;
    let (categories, category_levels) =
        (purchases.table().codes("PRODUCT_CATEGORY")?, levels(purchases.table(), "PRODUCT_CATEGORY"));
    let types = interactions.table().codes("EVENT_TYPE")?;
    let purchase = |row: usize| LifePurchase {
        day: purchases.days()[row],
        dollars: amounts[row] as f64 / 100.0,
        category: category_levels.get(usize::from(categories[row])).cloned().unwrap_or_default(),
    };
    let position = row as usize;
    let id = profile.ids(tables::CUSTOMER_ID)?[position];
    Ok(Some(Life {
        customer: store.name_of(Scenario::Continuous, profile, position).unwrap_or_else(|| id.to_string()),
        row,
        n_customers: profile.n_rows() as u32,
        signup_day: profile.days(tables::SIGNUP_DATE)?[position],
        last_day: now.0,
        purchases: bought.map(purchase).collect(),
        interactions: seen.map(|row| LifeInteraction { day: interactions.days()[row], kind: types[row] }).collect(),
        kinds: levels(interactions.table(), "EVENT_TYPE"),
    }))
}

fn levels(table: &Table, column: &str) -> Vec<String> {
    match table.schema().column(column).map(|column| &column.kind) {
        Some(ColumnType::Category(levels)) => levels.clone(),
        _ => Vec::new(),
    }
}

/// Every feature of a customer as of a day.
pub(super) fn features_at(request: FeaturesRequest, store: &Store, host: &dyn Host) -> Event {
    let begin_ms = host.now_ms();
    match Moment::new(request, store).and_then(|moment| moment.features()) {
        Ok(features) => Event::FeaturesAt(Box::new(FeaturesAt { elapsed_ms: host.now_ms() - begin_ms, ..features })),
        Err(error) => Event::Refused(not_made(&error)),
    }
}

/// A customer, a day, and the events that were there to be seen.
struct Moment<'a> {
    request: FeaturesRequest,
    store: &'a Store,
    customer: Customer,
    sources: [EventSource<'a>; 2],
}

impl<'a> Moment<'a> {
    fn new(request: FeaturesRequest, store: &'a Store) -> Result<Self, StageError> {
        if request.row as usize >= store.table(ObjectId::Profile)?.n_rows() {
            return Err(StageError::Missing("a customer of that row"));
        }
        let customer = Customer { entity_row: request.row, as_of: request.day };
        let sources = [store.event_source(ObjectId::Transactions)?, store.event_source(ObjectId::Interactions)?];
        Ok(Self { request, store, customer, sources })
    }

    fn features(self) -> Result<FeaturesAt, StageError> {
        let mut features = Vec::new();
        let mut selected = Evidence::new();
        for (object, row) in self.store.views_as_of(&[self.customer.entity_row], self.customer.as_of)? {
            let view = self.store.views.view(object.name()).ok_or(StageError::Missing(object.name()))?;
            for (idx, feature) in view.features().iter().enumerate() {
                let found = evidence(view, &feature.name, &self.sources, self.customer)?;
                let n_rows = |table: &str| found.get(table).map_or(0, |rows| rows.len() as u32);
                features.push(FeatureAt {
                    view: object,
                    name: feature.name.clone(),
                    unit: feature.unit.clone(),
                    value: cell_text(row.cell(0, idx + 1), &feature.unit),
                    n_purchases: n_rows(tables::CONTINUOUS_TRANSACTIONS),
                    n_interactions: n_rows(tables::CONTINUOUS_INTERACTIONS),
                });
                let is_selected = |(view, name): &(ObjectId, String)| *view == object && *name == feature.name;
                if self.request.selected.as_ref().is_some_and(is_selected) {
                    selected = found;
                }
            }
        }
        let [selected_purchases, selected_interactions] = self.sources.map(|source| {
            let first = source.rows_until(self.customer.entity_row, i32::MAX).start;
            let rows = selected.get(source.table().name());
            rows.map_or_else(Vec::new, |rows| rows.iter().map(|row| (row - first) as u32).collect())
        });
        Ok(FeaturesAt { request: self.request, features, selected_purchases, selected_interactions, elapsed_ms: 0.0 })
    }
}
