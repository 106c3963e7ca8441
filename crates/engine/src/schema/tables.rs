//! The raw and staging tables of both scenarios, with the warehouse's names. Feature views and training sets are not
//! listed here: their schemas follow from their definitions.

use super::levels;
use super::{Column, ColumnType, TableSchema};

pub const COLDSTART_CUSTOMERS: &str = "COLDSTART_CUSTOMERS";
pub const COLDSTART_CUSTOMERS_STAGING: &str = "COLDSTART_CUSTOMERS_STAGING";
pub const CONTINUOUS_CUSTOMERS_PROFILE: &str = "CONTINUOUS_CUSTOMERS_PROFILE";
pub const CONTINUOUS_TRANSACTIONS: &str = "CONTINUOUS_TRANSACTIONS";
pub const CONTINUOUS_INTERACTIONS: &str = "CONTINUOUS_INTERACTIONS";

pub const CUSTOMER_ID: &str = "CUSTOMER_ID";
pub const SIGNUP_DATE: &str = "SIGNUP_DATE";
pub const ACTUAL_12M_LTV: &str = "ACTUAL_12M_LTV";
pub const FUTURE_12M_LTV: &str = "FUTURE_12M_LTV";

fn customer_id() -> Column {
    Column::new(CUSTOMER_ID, ColumnType::Id, "", "The customer.")
}

fn category(name: &str, of: &[&str], meaning: &str) -> Column {
    Column::new(name, ColumnType::category(of), "", meaning)
}

fn coldstart_columns() -> Vec<Column> {
    let count = |name: &str, meaning: &str| Column::new(name, ColumnType::Integer, "events", meaning);
    vec![
        customer_id(),
        Column::new(SIGNUP_DATE, ColumnType::Day, "", "The day the customer signed up."),
        category(
            "ACQUISITION_CHANNEL",
            levels::ACQUISITION_CHANNEL,
            "The marketing channel that brought the customer.",
        ),
        category("ACQUISITION_SOURCE", levels::ACQUISITION_SOURCE, "Where within the channel the customer came from."),
        category("DEVICE_TYPE", levels::DEVICE_TYPE, "The device used to sign up."),
        category("AGE_GROUP", levels::AGE_GROUP, "The customer's age group."),
        category("REGION", levels::REGION, "The customer's region."),
        category("AREA_TYPE", levels::AREA_TYPE, "The kind of area the customer lives in."),
        Column::new(
            "DAYS_TO_FIRST_PURCHASE",
            ColumnType::Integer,
            "days",
            "Days from sign-up to the first purchase, 0 to 29; null without a purchase in the first 30 days.",
        )
        .or_null(),
        Column::new("FIRST_PURCHASE_DATE", ColumnType::Day, "", "The day of the first purchase in the first 30 days.")
            .or_null(),
        Column::new(
            "FIRST_PURCHASE_AMOUNT",
            ColumnType::Cents,
            "USD",
            "The amount of the first purchase; 0 without one.",
        ),
        category(
            "FIRST_PURCHASE_CATEGORY",
            levels::FIRST_PURCHASE_CATEGORY,
            "The product category of the first purchase.",
        )
        .or_null(),
        count("WEBSITE_VISITS_30D", "Website visits in the first 30 days."),
        count("EMAIL_OPENS_30D", "Marketing emails opened in the first 30 days."),
        count("EMAIL_CLICKS_30D", "Marketing emails clicked in the first 30 days."),
        count("ITEMS_VIEWED_30D", "Product views in the first 30 days."),
        count("CART_ADDS_30D", "Items put into the cart in the first 30 days."),
    ]
}

/// 50,000 customers with what was seen of them in 30 days and what they spent in 365.
pub fn coldstart_customers() -> TableSchema {
    let mut columns = coldstart_columns();
    columns.push(Column::new(
        ACTUAL_12M_LTV,
        ColumnType::Cents,
        "USD",
        "What the customer spent in the 365 days from sign-up: the target.",
    ));
    TableSchema::new(
        COLDSTART_CUSTOMERS,
        "New customers with their first 30 days and the 12-month spend that followed.",
        columns,
    )
}

/// New customers that the cold-start model scores: the same columns without the target.
pub fn coldstart_customers_staging() -> TableSchema {
    TableSchema::new(
        COLDSTART_CUSTOMERS_STAGING,
        "Customers who completed their first 30 days lately and wait for a prediction.",
        coldstart_columns(),
    )
}

/// One row per established customer.
pub fn continuous_customers_profile() -> TableSchema {
    TableSchema::new(
        CONTINUOUS_CUSTOMERS_PROFILE,
        "Established customers, one row each.",
        vec![
            customer_id(),
            Column::new(SIGNUP_DATE, ColumnType::Day, "", "The day the customer signed up."),
            category("AGE_GROUP", levels::AGE_GROUP, "The customer's age group."),
            category("REGION", levels::REGION, "The customer's region."),
            category("SEGMENT", levels::SEGMENT, "A noisy label given by the CRM at sign-up; never a model input."),
            Column::new("HISTORY_DAYS", ColumnType::Integer, "days", "Days from sign-up to now."),
        ],
    )
}

/// Every purchase, ordered by customer and day.
pub fn continuous_transactions() -> TableSchema {
    TableSchema::new(
        CONTINUOUS_TRANSACTIONS,
        "Every purchase from sign-up to now.",
        vec![
            Column::new("TRANSACTION_ID", ColumnType::Id, "", "The purchase."),
            customer_id(),
            Column::new("TRANSACTION_DATE", ColumnType::Day, "", "The day of the purchase."),
            Column::new("AMOUNT", ColumnType::Cents, "USD", "What was paid, at least 5.00."),
            category("PRODUCT_CATEGORY", levels::PRODUCT_CATEGORY, "The category of what was bought."),
            Column::new("QUANTITY", ColumnType::Integer, "items", "How many items were bought."),
        ],
    )
}

/// Every interaction, ordered by customer and day.
pub fn continuous_interactions() -> TableSchema {
    TableSchema::new(
        CONTINUOUS_INTERACTIONS,
        "Every visit, email reaction, product view, cart add and support ticket from sign-up to now.",
        vec![
            Column::new("INTERACTION_ID", ColumnType::Id, "", "The interaction."),
            customer_id(),
            Column::new("EVENT_DATE", ColumnType::Day, "", "The day of the interaction."),
            category("EVENT_TYPE", levels::EVENT_TYPE, "What the customer did."),
        ],
    )
}
