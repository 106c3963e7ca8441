//! One customer's life and the features as of any day of it.

use super::ObjectId;
use serde::{Deserialize, Serialize};

/// Whose life to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CustomerChoice {
    /// Somebody with a long history.
    Example,
    /// The id, or the visitor's own name of the customer, as typed.
    Named(String),
    /// A row of the profile table, from 0.
    Row(u32),
}

/// The features of a customer as of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeaturesRequest {
    /// Row of the profile table.
    pub row: u32,
    /// Days since 1970-01-01.
    pub day: i32,
    /// The view and the name of a feature whose rows are wanted.
    pub selected: Option<(ObjectId, String)>,
}

/// Everything that happened to a customer; days since 1970-01-01, events ordered by day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Life {
    pub customer: String,
    /// Row of the profile table.
    pub row: u32,
    pub n_customers: u32,
    pub signup_day: i32,
    /// The last day of the data.
    pub last_day: i32,
    pub purchases: Vec<LifePurchase>,
    pub interactions: Vec<LifeInteraction>,
    /// Names of the kinds of interactions.
    pub kinds: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LifePurchase {
    pub day: i32,
    pub dollars: f64,
    pub category: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifeInteraction {
    pub day: i32,
    /// Position in [`Life::kinds`].
    pub kind: u8,
}

/// Every feature of a customer as of a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeaturesAt {
    pub request: FeaturesRequest,
    pub features: Vec<FeatureAt>,
    /// Rows behind the selected feature, as positions in the life's purchases and interactions.
    pub selected_purchases: Vec<u32>,
    pub selected_interactions: Vec<u32>,
    pub elapsed_ms: f64,
}

/// One feature's value and how many rows it was computed from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureAt {
    pub view: ObjectId,
    pub name: String,
    pub unit: String,
    /// `None` is a null.
    pub value: Option<String>,
    pub n_purchases: u32,
    pub n_interactions: u32,
}
