//! A reader's own feature, tried on the tables at hand.

use super::{FeatureDetail, OwnFeature};
use serde::{Deserialize, Serialize};

/// A feature to try.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewRequest {
    pub feature: OwnFeature,
    /// Own features of the next run, which it may read.
    pub beside: Vec<OwnFeature>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeaturePreview {
    pub request: PreviewRequest,
    pub result: Result<PreviewedFeature, PreviewFault>,
}

/// Why there is no such feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewFault {
    pub field: PreviewField,
    /// First byte and end of what is wrong, in that field.
    pub begin: u32,
    pub end: u32,
    pub sentence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreviewField {
    Name,
    Formula,
}

/// A feature that works, with its values for every customer as of the last day of the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreviewedFeature {
    /// The view that it becomes part of, with the version.
    pub view: String,
    pub detail: FeatureDetail,
    pub n_rows: u64,
    pub as_of: String,
    pub sql_serving: String,
    pub sql_training: String,
    /// Some customers with their value; `None` is a null.
    pub examples: Vec<(String, Option<String>)>,
    pub elapsed_ms: f64,
}
