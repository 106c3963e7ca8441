//! DERIVED_FEATURES: scores, stages, velocities and comparisons over the base views. Cut points and cohort means are fitted on
//! training rows once and are constants afterwards, so that serving values equal training values.

use super::{OWNER, REFRESH, VERSION, customer, transactions};
use crate::feature::build::{
    case, coalesce, compare, events, feat, feature, fit_edges, fit_means, float, group_mean, int, ratio, score, text,
};
use crate::feature::ir::{Comparison, Condition, Expr, FeatureView, Order};
use crate::schema::tables::CONTINUOUS_TRANSACTIONS as TRANSACTIONS;

const NO_PURCHASE: &str = "Null without a purchase up to the observation date.";
const QUINTILES: &[f64] = &[0.2, 0.4, 0.6, 0.8];

fn tenure_below(n_days: i64) -> Condition {
    compare(feat("CUSTOMER_TENURE_DAYS"), Comparison::Less, int(n_days))
}

fn lifecycle_stage() -> Expr {
    case(
        vec![
            (Condition::IsNull(feat("CUSTOMER_TENURE_DAYS")), Expr::Null),
            (tenure_below(180), text("new")),
            (compare(feat("RECENCY_DAYS"), Comparison::Greater, int(90)), text("at_risk")),
            (compare(feat("FREQUENCY"), Comparison::GreaterOrEqual, int(20)), text("champion")),
            (
                compare(feat("MONETARY_TOTAL"), Comparison::Greater, Expr::FittedEdge("MONETARY_TOP_QUARTER")),
                text("high_value"),
            ),
        ],
        text("regular"),
    )
}

fn tenure_cohort() -> Expr {
    case(
        vec![
            (Condition::IsNull(feat("CUSTOMER_TENURE_DAYS")), Expr::Null),
            (tenure_below(180), text("0_6m")),
            (tenure_below(365), text("6_12m")),
            (tenure_below(540), text("12_18m")),
        ],
        text("18m_plus"),
    )
}

/// `value` relative to the fitted mean of the customer's tenure cohort.
fn against_cohort(value: &str, means: &'static str) -> Expr {
    ratio(feat(value), coalesce(group_mean(feat("TENURE_COHORT"), means), int(0)))
}

/// Scores, lifecycle, velocities and cohort comparisons.
pub fn derived_features() -> FeatureView {
    let buyers = || compare(feat("FREQUENCY"), Comparison::GreaterOrEqual, int(1));
    FeatureView {
        name: "DERIVED_FEATURES",
        version: VERSION.to_owned(),
        meaning: "Scores, lifecycle stage, velocities and comparisons with the customer's cohort.",
        owner: OWNER,
        tags: &[("DOMAIN", "derived"), ("CADENCE", "daily")],
        refresh: REFRESH,
        entity: customer(),
        events: vec![transactions()],
        upstream: vec!["RFM_FEATURES", "PURCHASE_PATTERNS", "ENGAGEMENT_FEATURES"],
        fits: vec![
            fit_edges("RECENCY_EDGES", feat("RECENCY_DAYS"), buyers(), QUINTILES),
            fit_edges("FREQUENCY_EDGES", feat("FREQUENCY"), buyers(), QUINTILES),
            fit_edges("MONETARY_EDGES", feat("MONETARY_TOTAL"), buyers(), QUINTILES),
            fit_edges("MONETARY_TOP_QUARTER", feat("MONETARY_TOTAL"), buyers(), &[0.75]),
            fit_means("MONETARY_COHORT_MEANS", feat("MONETARY_TOTAL"), tenure_cohort()),
            fit_means("FREQUENCY_COHORT_MEANS", feat("FREQUENCY"), tenure_cohort()),
        ],
        features: vec![
            feature(
                "RECENCY_SCORE",
                "score",
                "Quintile of recency, 5 = most recent, 1 without a purchase.",
                coalesce(score(feat("RECENCY_DAYS"), "RECENCY_EDGES", Order::Descending), int(1)),
            )
            .between(1.0, 5.0),
            feature(
                "FREQUENCY_SCORE",
                "score",
                "Quintile of frequency, 5 = most frequent.",
                score(feat("FREQUENCY"), "FREQUENCY_EDGES", Order::Ascending),
            )
            .between(1.0, 5.0),
            feature(
                "MONETARY_SCORE",
                "score",
                "Quintile of monetary total, 5 = highest.",
                score(feat("MONETARY_TOTAL"), "MONETARY_EDGES", Order::Ascending),
            )
            .between(1.0, 5.0),
            feature(
                "RFM_SCORE",
                "score",
                ".4 recency + .3 frequency + .3 monetary score.",
                float(0.4) * feat("RECENCY_SCORE")
                    + float(0.3) * feat("FREQUENCY_SCORE")
                    + float(0.3) * feat("MONETARY_SCORE"),
            )
            .between(1.0, 5.0),
            feature(
                "LIFECYCLE_STAGE",
                "",
                "new, at_risk, champion, high_value or regular; the first that applies.",
                lifecycle_stage(),
            )
            .null_when(NO_PURCHASE)
            .expect_levels(&["new", "at_risk", "champion", "high_value", "regular"]),
            feature(
                "PURCHASE_CONSISTENCY",
                "",
                "1 / (1 + standard deviation of the days between purchase days).",
                ratio(int(1), int(1) + events(TRANSACTIONS).gap_standard_deviation()),
            )
            .null_when("Null with fewer than three purchase days.")
            .between(0.0, 1.0),
            feature(
                "PURCHASE_VELOCITY_30D",
                "purchases per day",
                "Purchases per day over the last 30 days.",
                ratio(feat("RECENT_30D_COUNT"), int(30)),
            )
            .at_least(0.0),
            feature(
                "PURCHASE_VELOCITY_90D",
                "purchases per day",
                "Purchases per day over the last 90 days.",
                ratio(feat("RECENT_90D_COUNT"), int(90)),
            )
            .at_least(0.0),
            feature(
                "SPENDING_VELOCITY_30D",
                "USD per day",
                "Spend per day over the last 30 days.",
                ratio(feat("RECENT_30D_AMOUNT"), int(30)),
            )
            .at_least(0.0),
            feature(
                "SPENDING_VELOCITY_90D",
                "USD per day",
                "Spend per day over the last 90 days.",
                ratio(feat("RECENT_90D_AMOUNT"), int(90)),
            )
            .at_least(0.0),
            feature(
                "VELOCITY_ACCELERATION",
                "purchases per day",
                "30-day minus 90-day purchase velocity.",
                feat("PURCHASE_VELOCITY_30D") - feat("PURCHASE_VELOCITY_90D"),
            ),
            feature(
                "ENGAGEMENT_PER_PURCHASE",
                "events per purchase",
                "Interactions per purchase, 0 without a purchase.",
                ratio(feat("TOTAL_INTERACTIONS"), feat("FREQUENCY")),
            )
            .at_least(0.0),
            feature(
                "SUPPORT_INTENSITY",
                "tickets per purchase",
                "Support tickets per purchase, 0 without a purchase.",
                ratio(feat("SUPPORT_TICKETS"), feat("FREQUENCY")),
            )
            .at_least(0.0),
            feature(
                "TENURE_COHORT",
                "",
                "Time since the first purchase: 0_6m, 6_12m, 12_18m or 18m_plus.",
                tenure_cohort(),
            )
            .null_when(NO_PURCHASE)
            .expect_levels(&["0_6m", "6_12m", "12_18m", "18m_plus"]),
            feature(
                "MONETARY_VS_COHORT",
                "",
                "Monetary total relative to the mean of the tenure cohort, 0 where there is none.",
                against_cohort("MONETARY_TOTAL", "MONETARY_COHORT_MEANS"),
            )
            .at_least(0.0),
            feature(
                "FREQUENCY_VS_COHORT",
                "",
                "Frequency relative to the mean of the tenure cohort, 0 where there is none.",
                against_cohort("FREQUENCY", "FREQUENCY_COHORT_MEANS"),
            )
            .at_least(0.0),
        ],
    }
}
