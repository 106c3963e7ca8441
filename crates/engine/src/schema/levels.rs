//! The levels of every category column, in the order in which they are coded. The values are data and are never rewritten.

pub const ACQUISITION_CHANNEL: &[&str] =
    &["organic_search", "paid_search", "social_media", "email", "direct", "referral", "affiliate"];
pub const ACQUISITION_SOURCE: &[&str] =
    &["google", "facebook", "instagram", "email_campaign", "partner_site", "direct_url", "friend_referral"];
pub const DEVICE_TYPE: &[&str] = &["desktop", "mobile", "tablet"];
pub const AGE_GROUP: &[&str] = &["18-24", "25-34", "35-44", "45-54", "55-64", "65+"];
pub const REGION: &[&str] = &["Northeast", "Southeast", "Midwest", "Southwest", "West"];
pub const AREA_TYPE: &[&str] = &["urban", "suburban", "rural"];
/// Categories a first purchase can fall into: the first six of [`PRODUCT_CATEGORY`].
pub const FIRST_PURCHASE_CATEGORY: &[&str] = &["electronics", "clothing", "home_goods", "beauty", "sports", "books"];
pub const PRODUCT_CATEGORY: &[&str] =
    &["electronics", "clothing", "home_goods", "beauty", "sports", "books", "toys", "grocery"];
pub const SEGMENT: &[&str] = &["high_value", "medium_value", "low_value", "at_risk", "churned"];
pub const EVENT_TYPE: &[&str] =
    &["website_visit", "email_open", "email_click", "support_ticket", "product_view", "cart_add"];
