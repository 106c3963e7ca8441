//! RFM_FEATURES: recency, frequency and monetary value.

use super::{OWNER, REFRESH, VERSION, customer, transactions};
use crate::feature::build::{days_between, events, feat, feature, ratio};
use crate::feature::ir::{Expr, FeatureView};
use crate::schema::tables::CONTINUOUS_TRANSACTIONS as TRANSACTIONS;

const NO_PURCHASE: &str = "Null without a purchase up to the observation date.";

/// How recently, how often and for how much a customer bought.
pub fn rfm_features() -> FeatureView {
    let purchases = || events(TRANSACTIONS);
    FeatureView {
        name: "RFM_FEATURES",
        version: VERSION.to_owned(),
        meaning: "How recently, how often and for how much a customer bought.",
        owner: OWNER,
        tags: &[("DOMAIN", "purchases"), ("CADENCE", "daily")],
        refresh: REFRESH,
        entity: customer(),
        events: vec![transactions()],
        upstream: vec![],
        fits: vec![],
        features: vec![
            feature(
                "RECENCY_DAYS",
                "days",
                "Days since the last purchase.",
                days_between(purchases().last("TRANSACTION_DATE"), Expr::AsOf),
            )
            .null_when(NO_PURCHASE)
            .at_least(0.0),
            feature("FREQUENCY", "purchases", "Number of purchases.", purchases().count()).at_least(0.0),
            feature("MONETARY_TOTAL", "USD", "Sum of all purchases.", purchases().sum("AMOUNT")).at_least(0.0),
            feature(
                "MONETARY_AVG",
                "USD",
                "Mean amount of a purchase, 0 without one.",
                ratio(feat("MONETARY_TOTAL"), feat("FREQUENCY")),
            )
            .at_least(0.0),
            feature("FIRST_PURCHASE_DATE", "", "Day of the first purchase.", purchases().first("TRANSACTION_DATE"))
                .null_when(NO_PURCHASE),
            feature("LAST_PURCHASE_DATE", "", "Day of the last purchase.", purchases().last("TRANSACTION_DATE"))
                .null_when(NO_PURCHASE),
            feature(
                "CUSTOMER_TENURE_DAYS",
                "days",
                "Days since the first purchase.",
                days_between(feat("FIRST_PURCHASE_DATE"), Expr::AsOf),
            )
            .null_when(NO_PURCHASE)
            .at_least(0.0),
        ],
    }
}
