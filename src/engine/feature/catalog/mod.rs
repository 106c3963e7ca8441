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
use super::ir::{EntityTable, EventTable, Feature, FeatureView};
use crate::engine::schema::tables;

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

fn transactions() -> EventTable {
    EventTable { schema: tables::continuous_transactions(), key: tables::CUSTOMER_ID, date: "TRANSACTION_DATE" }
}

fn interactions() -> EventTable {
    EventTable { schema: tables::continuous_interactions(), key: tables::CUSTOMER_ID, date: "EVENT_DATE" }
}

/// The views of the continuous scenario, upstream before downstream.
pub fn continuous_views() -> Vec<FeatureView> {
    vec![rfm_features(), purchase_patterns(), engagement_features(), derived_features()]
}

/// A reader's own features beside the catalogue's: they may read every raw event, the profile and every view.
pub fn own_view(features: Vec<Feature>) -> FeatureView {
    FeatureView {
        name: "CUSTOM_FEATURES",
        version: VERSION.to_owned(),
        meaning: "Features added by a reader.",
        owner: OWNER,
        tags: &[("DOMAIN", "custom"), ("CADENCE", "daily")],
        refresh: REFRESH,
        entity: customer(),
        events: vec![transactions(), interactions()],
        upstream: vec!["RFM_FEATURES", "PURCHASE_PATTERNS", "ENGAGEMENT_FEATURES", "DERIVED_FEATURES"],
        fits: vec![],
        features,
    }
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
