//! COLDSTART_FEATURES: what the first 30 days of a customer say. Every event behind them is already summed in the customer's
//! row, so there is no observation date and no event source.

use super::{OWNER, REFRESH, VERSION};
use crate::feature::build::{case, column, feat, feature, float, int, ratio};
use crate::feature::ir::{Condition, EntityTable, Expr, FeatureView};
use crate::schema::tables;

/// A channel's quality as the marketing team rates it.
fn channel_quality() -> Expr {
    let rated = [
        ("referral", 5),
        ("direct", 4),
        ("organic_search", 4),
        ("email", 3),
        ("affiliate", 2),
        ("paid_search", 2),
        ("social_media", 1),
    ];
    let arms =
        rated.map(|(channel, rating)| (Condition::Is(column("ACQUISITION_CHANNEL"), channel.to_owned()), int(rating)));
    case(arms.into(), int(0))
}

/// Early signals of a new customer.
pub fn coldstart_features() -> FeatureView {
    let made_first_purchase = case(vec![(Condition::IsNull(column("DAYS_TO_FIRST_PURCHASE")), int(0))], int(1));
    FeatureView {
        name: "COLDSTART_FEATURES",
        version: VERSION.to_owned(),
        meaning: "Early signals of a new customer: first purchase, channel quality, engagement in 30 days.",
        owner: OWNER,
        tags: &[("DOMAIN", "onboarding"), ("CADENCE", "daily")],
        refresh: REFRESH,
        entity: EntityTable {
            training: tables::coldstart_customers(),
            serving: tables::coldstart_customers_staging(),
            key: tables::CUSTOMER_ID,
        },
        events: vec![],
        upstream: vec![],
        fits: vec![],
        features: vec![
            feature("MADE_FIRST_PURCHASE", "", "1 with a purchase in the first 30 days, else 0.", made_first_purchase)
                .between(0.0, 1.0),
            // A channel of the reader's own data that nobody has rated scores 0.
            feature("CHANNEL_QUALITY_SCORE", "score", "Quality of the acquisition channel, 1 to 5.", channel_quality())
                .between(0.0, 5.0)
                .usually_at_least(1.0),
            feature(
                "ENGAGEMENT_SCORE",
                "score",
                "Visits + 2 opens + 5 clicks + 1.5 views + 3 cart adds.",
                column("WEBSITE_VISITS_30D")
                    + int(2) * column("EMAIL_OPENS_30D")
                    + int(5) * column("EMAIL_CLICKS_30D")
                    + float(1.5) * column("ITEMS_VIEWED_30D")
                    + int(3) * column("CART_ADDS_30D"),
            )
            .at_least(0.0),
            feature(
                "EMAIL_ENGAGEMENT_RATE",
                "clicks per open",
                "Email clicks per open, 0 without an open.",
                ratio(column("EMAIL_CLICKS_30D"), column("EMAIL_OPENS_30D")),
            )
            .at_least(0.0)
            .usually_at_most(1.0),
            feature(
                "CART_CONVERSION_RATE",
                "purchases per cart add",
                "First purchase per cart add, 0 without a cart add.",
                ratio(feat("MADE_FIRST_PURCHASE"), column("CART_ADDS_30D")),
            )
            .between(0.0, 1.0),
        ],
    }
}
