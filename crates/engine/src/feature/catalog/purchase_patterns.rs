//! PURCHASE_PATTERNS: breadth of the basket and the last 30 and 90 days.

use super::{OWNER, REFRESH, VERSION, customer, transactions};
use crate::feature::build::{events, feature};
use crate::feature::ir::FeatureView;
use crate::schema::tables::CONTINUOUS_TRANSACTIONS as TRANSACTIONS;

/// What a customer buys, and how much of it lately.
pub fn purchase_patterns() -> FeatureView {
    let purchases = || events(TRANSACTIONS);
    FeatureView {
        name: "PURCHASE_PATTERNS",
        version: VERSION.to_owned(),
        meaning: "What a customer buys, and how much of it lately.",
        owner: OWNER,
        tags: &[("DOMAIN", "purchases"), ("CADENCE", "daily")],
        refresh: REFRESH,
        entity: customer(),
        events: vec![transactions()],
        upstream: vec![],
        fits: vec![],
        features: vec![
            feature(
                "UNIQUE_CATEGORIES_PURCHASED",
                "categories",
                "Number of different product categories bought.",
                purchases().count_distinct("PRODUCT_CATEGORY"),
            )
            .at_least(0.0),
            feature("TOTAL_ITEMS_PURCHASED", "items", "Number of items bought.", purchases().sum("QUANTITY"))
                .at_least(0.0),
            feature(
                "RECENT_30D_AMOUNT",
                "USD",
                "Spend of the last 30 days.",
                purchases().within_days(30).sum("AMOUNT"),
            )
            .at_least(0.0),
            feature(
                "RECENT_30D_COUNT",
                "purchases",
                "Purchases of the last 30 days.",
                purchases().within_days(30).count(),
            )
            .at_least(0.0),
            feature(
                "RECENT_90D_AMOUNT",
                "USD",
                "Spend of the last 90 days.",
                purchases().within_days(90).sum("AMOUNT"),
            )
            .at_least(0.0),
            feature(
                "RECENT_90D_COUNT",
                "purchases",
                "Purchases of the last 90 days.",
                purchases().within_days(90).count(),
            )
            .at_least(0.0),
        ],
    }
}
