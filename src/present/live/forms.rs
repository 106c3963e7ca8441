//! A purchase and a customer by hand, and what a file may hold. Deliberately no rule of what is accepted: the worker reads what was typed and
//! says what does not fit.

use crate::present::fields::{Control, Field};
use crate::protocol::{CustomerForm, LiveState, PurchaseForm};
use std::collections::BTreeMap;

type Typed = BTreeMap<String, String>;

/// Larger files are refused before they are read.
pub const MOST_BYTES: f64 = 20e6;

/// Columns that a file for each staging table is expected to have.
pub const EXPECTED: [(&str, &str); 3] = [
    ("CONTINUOUS_TRANSACTIONS_STAGING", "CUSTOMER_ID, TRANSACTION_DATE, AMOUNT, PRODUCT_CATEGORY, QUANTITY"),
    ("CONTINUOUS_INTERACTIONS_STAGING", "CUSTOMER_ID, EVENT_DATE, EVENT_TYPE"),
    (
        "COLDSTART_CUSTOMERS_STAGING",
        "CUSTOMER_ID, SIGNUP_DATE, ACQUISITION_CHANNEL, ACQUISITION_SOURCE, DEVICE_TYPE, AGE_GROUP, REGION, AREA_TYPE, DAYS_TO_FIRST_PURCHASE, FIRST_PURCHASE_DATE, FIRST_PURCHASE_AMOUNT, FIRST_PURCHASE_CATEGORY, WEBSITE_VISITS_30D, EMAIL_OPENS_30D, EMAIL_CLICKS_30D, ITEMS_VIEWED_30D, CART_ADDS_30D",
    ),
];

/// Columns of a new customer that are typed, with what stands in them first and what an empty one means.
const TYPED: [(&str, &str, &str); 10] = [
    ("CUSTOMER_ID", "", "empty: the next one"),
    ("SIGNUP_DATE", "", "empty: 30 days ago"),
    ("DAYS_TO_FIRST_PURCHASE", "5", "empty: nothing bought"),
    ("FIRST_PURCHASE_AMOUNT", "60", "dollars"),
    ("WEBSITE_VISITS_30D", "12", ""),
    ("EMAIL_OPENS_30D", "5", ""),
    ("EMAIL_CLICKS_30D", "2", ""),
    ("ITEMS_VIEWED_30D", "30", ""),
    ("CART_ADDS_30D", "4", ""),
    ("FIRST_PURCHASE_DATE", "", "empty: reckoned from the days"),
];
/// Columns of a new customer that are chosen.
const CHOSEN: [&str; 7] = [
    "ACQUISITION_CHANNEL",
    "ACQUISITION_SOURCE",
    "DEVICE_TYPE",
    "AGE_GROUP",
    "REGION",
    "AREA_TYPE",
    "FIRST_PURCHASE_CATEGORY",
];

fn levels<'s>(state: &'s LiveState, column: &str) -> &'s [String] {
    state.levels.iter().find(|(name, _)| name == column).map(|(_, levels)| levels.as_slice()).unwrap_or_default()
}

fn first_level(state: &LiveState, column: &str) -> String {
    levels(state, column).first().cloned().unwrap_or_default()
}

fn value(typed: &Typed, id: &str, otherwise: &str) -> String {
    typed.get(id).map_or(otherwise, String::as_str).to_owned()
}

/// The customer who buys first: the one who is explained, else one whose prediction has moved.
fn first_buyer(explained: Option<i32>, state: &LiveState) -> String {
    let moved = || state.sides.iter().find_map(|side| side.moved.first()).map(|of| of.customer_id);
    explained.or_else(moved).map_or("1".to_owned(), |customer| customer.to_string())
}

/// A purchase as typed, what was not touched as it stood there.
pub(super) fn purchase(typed: &Typed, explained: Option<i32>, state: &LiveState) -> PurchaseForm {
    PurchaseForm {
        customer_id: value(typed, "customer", &first_buyer(explained, state)),
        amount: value(typed, "amount", "80"),
        category: value(typed, "category", &first_level(state, "PRODUCT_CATEGORY")),
        quantity: value(typed, "quantity", "1"),
        day: value(typed, "day", ""),
    }
}

pub(super) fn purchase_fields(typed: &Typed, explained: Option<i32>, state: &LiveState, is_away: bool) -> Vec<Field> {
    let form = purchase(typed, explained, state);
    let categories = levels(state, "PRODUCT_CATEGORY").to_vec();
    let noted = |note: &str, field: Field| Field { note: note.to_owned(), ..field };
    vec![
        Field::new("form:customer", "CUSTOMER_ID", Control::Text, form.customer_id),
        noted("dollars", Field::new("form:amount", "AMOUNT", Control::Text, form.amount)),
        Field::new("form:category", "PRODUCT_CATEGORY", Control::Select(categories), form.category),
        Field::new("form:quantity", "QUANTITY", Control::Text, form.quantity),
        noted("YYYY-MM-DD; empty: today", Field::new("form:day", "TRANSACTION_DATE", Control::Text, form.day)),
        Field::button("purchase", "Add purchase", is_away),
    ]
}

/// A new customer as typed; columns that stay empty are left to the worker.
pub(super) fn newcomer(typed: &Typed, state: &LiveState) -> CustomerForm {
    let of_typed = TYPED.iter().map(|(column, otherwise, _)| (*column, value(typed, column, otherwise)));
    let of_chosen = CHOSEN.iter().map(|column| (*column, value(typed, column, &first_level(state, column))));
    let values = of_typed.chain(of_chosen).filter(|(_, text)| !text.trim().is_empty());
    CustomerForm { values: values.map(|(column, text)| (column.to_owned(), text)).collect() }
}

pub(super) fn newcomer_fields(typed: &Typed, state: &LiveState, is_away: bool) -> Vec<Field> {
    let written = |(column, otherwise, note): &(&str, &str, &str)| Field {
        note: (*note).to_owned(),
        ..Field::new(&format!("form:{column}"), column, Control::Text, value(typed, column, otherwise))
    };
    let chosen = |column: &&str| {
        let text = value(typed, column, &first_level(state, column));
        Field::new(&format!("form:{column}"), column, Control::Select(levels(state, column).to_vec()), text)
    };
    let mut fields: Vec<Field> = TYPED.iter().map(written).collect();
    fields.extend(CHOSEN.iter().filter(|column| !levels(state, column).is_empty()).map(chosen));
    fields.push(Field::button("newcomer", "Add customer", is_away));
    fields
}
