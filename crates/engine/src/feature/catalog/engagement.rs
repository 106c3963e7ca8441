//! ENGAGEMENT_FEATURES: what a customer does besides buying.

use super::{OWNER, REFRESH, VERSION, customer, interactions};
use crate::feature::build::{events, feat, feature, ratio};
use crate::feature::ir::FeatureView;
use crate::schema::tables::CONTINUOUS_INTERACTIONS as INTERACTIONS;

/// Visits, email reactions, product views, cart adds and support tickets.
pub fn engagement_features() -> FeatureView {
    let count_of = |level| events(INTERACTIONS).of("EVENT_TYPE", level).count();
    FeatureView {
        name: "ENGAGEMENT_FEATURES",
        version: VERSION.to_owned(),
        meaning: "Visits, email reactions, product views, cart adds and support tickets.",
        owner: OWNER,
        tags: &[("DOMAIN", "engagement"), ("CADENCE", "daily")],
        refresh: REFRESH,
        entity: customer(),
        events: vec![interactions()],
        upstream: vec![],
        fits: vec![],
        features: vec![
            feature("TOTAL_INTERACTIONS", "events", "Number of interactions.", events(INTERACTIONS).count())
                .at_least(0.0),
            feature("WEBSITE_VISITS", "events", "Number of website visits.", count_of("website_visit")).at_least(0.0),
            feature("EMAIL_OPENS", "events", "Number of emails opened.", count_of("email_open")).at_least(0.0),
            feature("EMAIL_CLICKS", "events", "Number of email clicks.", count_of("email_click")).at_least(0.0),
            feature("SUPPORT_TICKETS", "events", "Number of support tickets.", count_of("support_ticket"))
                .at_least(0.0),
            feature("PRODUCT_VIEWS", "events", "Number of product views.", count_of("product_view")).at_least(0.0),
            feature("CART_ADDS", "events", "Number of items put into the cart.", count_of("cart_add")).at_least(0.0),
            feature(
                "EMAIL_ENGAGEMENT_RATE",
                "clicks per open",
                "Email clicks per open, 0 without an open.",
                ratio(feat("EMAIL_CLICKS"), feat("EMAIL_OPENS")),
            )
            .at_least(0.0)
            .usually_at_most(1.0),
        ],
    }
}
