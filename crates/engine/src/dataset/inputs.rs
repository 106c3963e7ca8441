//! What each model sees, by name and in order, and what stands in for a null at the model's door. The same list serves
//! training, scoring and SQL.

use crate::feature::{Registry, catalog, own};
use crate::schema::ColumnType;
use std::borrow::Cow;

/// A model input: a column of the training table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInput {
    pub name: Cow<'static, str>,
    pub kind: InputKind,
}

/// How an input enters the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// One column; nulls filled.
    Numeric(Fill),
    /// One column per level seen in training; a null is the level 'unknown'.
    Category,
}

/// What stands in for a missing number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    Zero,
    /// Days from SIGNUP_DATE to the observation date: nothing happened since sign-up.
    DaysSinceSignup,
}

const fn numeric(name: &'static str) -> ModelInput {
    ModelInput { name: Cow::Borrowed(name), kind: InputKind::Numeric(Fill::Zero) }
}

const fn category(name: &'static str) -> ModelInput {
    ModelInput { name: Cow::Borrowed(name), kind: InputKind::Category }
}

/// COLDSTART_CLV_MODEL: 7 categorical and 12 numeric inputs.
pub const COLDSTART: &[ModelInput] = &[
    category("ACQUISITION_CHANNEL"),
    category("ACQUISITION_SOURCE"),
    category("DEVICE_TYPE"),
    category("AGE_GROUP"),
    category("REGION"),
    category("AREA_TYPE"),
    category("FIRST_PURCHASE_CATEGORY"),
    numeric("MADE_FIRST_PURCHASE"),
    numeric("CHANNEL_QUALITY_SCORE"),
    numeric("ENGAGEMENT_SCORE"),
    numeric("EMAIL_ENGAGEMENT_RATE"),
    numeric("CART_CONVERSION_RATE"),
    numeric("DAYS_TO_FIRST_PURCHASE"),
    numeric("FIRST_PURCHASE_AMOUNT"),
    numeric("WEBSITE_VISITS_30D"),
    numeric("EMAIL_OPENS_30D"),
    numeric("EMAIL_CLICKS_30D"),
    numeric("ITEMS_VIEWED_30D"),
    numeric("CART_ADDS_30D"),
];

/// CONTINUOUS_CLV_MODEL: 4 categorical and 33 numeric inputs.
pub const CONTINUOUS: &[ModelInput] = &[
    category("AGE_GROUP"),
    category("REGION"),
    category("LIFECYCLE_STAGE"),
    category("TENURE_COHORT"),
    ModelInput { name: Cow::Borrowed("RECENCY_DAYS"), kind: InputKind::Numeric(Fill::DaysSinceSignup) },
    numeric("FREQUENCY"),
    numeric("MONETARY_TOTAL"),
    numeric("MONETARY_AVG"),
    numeric("CUSTOMER_TENURE_DAYS"),
    numeric("UNIQUE_CATEGORIES_PURCHASED"),
    numeric("TOTAL_ITEMS_PURCHASED"),
    numeric("RECENT_30D_AMOUNT"),
    numeric("RECENT_30D_COUNT"),
    numeric("RECENT_90D_AMOUNT"),
    numeric("RECENT_90D_COUNT"),
    numeric("TOTAL_INTERACTIONS"),
    numeric("WEBSITE_VISITS"),
    numeric("EMAIL_OPENS"),
    numeric("EMAIL_CLICKS"),
    numeric("SUPPORT_TICKETS"),
    numeric("PRODUCT_VIEWS"),
    numeric("CART_ADDS"),
    numeric("EMAIL_ENGAGEMENT_RATE"),
    numeric("RECENCY_SCORE"),
    numeric("FREQUENCY_SCORE"),
    numeric("MONETARY_SCORE"),
    numeric("RFM_SCORE"),
    numeric("PURCHASE_CONSISTENCY"),
    numeric("PURCHASE_VELOCITY_30D"),
    numeric("PURCHASE_VELOCITY_90D"),
    numeric("SPENDING_VELOCITY_30D"),
    numeric("SPENDING_VELOCITY_90D"),
    numeric("VELOCITY_ACCELERATION"),
    numeric("ENGAGEMENT_PER_PURCHASE"),
    numeric("SUPPORT_INTENSITY"),
    numeric("MONETARY_VS_COHORT"),
    numeric("FREQUENCY_VS_COHORT"),
];

/// The continuous model's inputs with the views of a run: [`CONTINUOUS`], then what a reader added.
pub fn continuous(views: &Registry) -> Vec<ModelInput> {
    let mut inputs = CONTINUOUS.to_vec();
    let catalogue: Vec<String> = catalog::derived_features().features.into_iter().map(|feature| feature.name).collect();
    let Some(view) = views.view(own::HOST) else { return inputs };
    for (idx, feature) in view.features().iter().enumerate() {
        if !catalogue.contains(&feature.name) {
            let kind = match view.type_of_feature(idx) {
                ColumnType::Category(_) => InputKind::Category,
                _ => InputKind::Numeric(Fill::Zero),
            };
            inputs.push(ModelInput { name: Cow::Owned(feature.name.clone()), kind });
        }
    }
    inputs
}
