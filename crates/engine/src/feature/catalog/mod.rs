//! The definitions themselves, one file per view. Adding a feature is one line here.

mod coldstart;
mod derived;
mod engagement;
mod purchase_patterns;
mod rfm;

pub use coldstart::coldstart_features;
pub use derived::derived_features;
pub use engagement::engagement_features;
pub use purchase_patterns::purchase_patterns;
pub use rfm::rfm_features;

use super::check::{CheckError, Registry};
use super::ir::{EntityTable, EventTable, FeatureView};
use crate::schema::tables;

/// Every view is a dynamic table refreshed daily.
const REFRESH: &str = "1 day";
const VERSION: &str = "V1";
const OWNER: &str = "CLV_FEATURE_ENGINEER";

fn customer() -> EntityTable {
    EntityTable {
        training: tables::continuous_customers_profile(),
        serving: tables::continuous_customers_profile(),
        key: tables::CUSTOMER_ID,
    }
}

pub(super) fn transactions() -> EventTable {
    EventTable { schema: tables::continuous_transactions(), key: tables::CUSTOMER_ID, date: "TRANSACTION_DATE" }
}

pub(super) fn interactions() -> EventTable {
    EventTable { schema: tables::continuous_interactions(), key: tables::CUSTOMER_ID, date: "EVENT_DATE" }
}

/// The views of the continuous scenario, upstream before downstream.
pub fn continuous_views() -> Vec<FeatureView> {
    vec![rfm_features(), purchase_patterns(), engagement_features(), derived_features()]
}

/// All views of both scenarios, checked.
pub fn checked() -> Result<Registry, CheckError> {
    let mut registry = Registry::default();
    registry.add(coldstart_features())?;
    for view in continuous_views() {
        registry.add(view)?;
    }
    Ok(registry)
}
