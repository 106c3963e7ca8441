//! Views of a run that are not the catalogue's, beside those.

use super::{FeatureDrift, ObjectId};
use serde::{Deserialize, Serialize};

/// Every view of the run that own features have changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ViewVersions {
    pub comparisons: Vec<VersionComparison>,
    pub elapsed_ms: f64,
}

/// A view in two versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionComparison {
    pub view: ObjectId,
    pub before: String,
    pub after: String,
    pub n_rows: u64,
    /// Whose definition or values differ, in the view's order.
    pub features: Vec<FeatureRevision>,
    pub n_unchanged: u32,
    /// The statement that makes the view, line by line.
    pub sql: Vec<DiffLine>,
}

/// A feature in two versions of its view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureRevision {
    pub name: String,
    /// `None` for a feature that is new.
    pub formula_before: Option<String>,
    pub formula_after: String,
    /// Customers with another value than before.
    pub n_different: u64,
    /// Values before (as the training side) against values after (as the served side), as of the same day; `None` for a feature that is new.
    pub drift: Option<FeatureDrift>,
}

/// A line of a text in two versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    pub change: LineChange,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineChange {
    Same,
    Removed,
    Added,
}
