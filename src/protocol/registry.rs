//! The registry of models: what the page asks for, and what it is shown of versions, aliases, cards, comparisons and kept projects. Plain
//! data; the rules stand in `engine::registry`.

use super::{Density, Histogram, ObjectId, SplitMetrics, TrainingId};
use serde::{Deserialize, Serialize};

/// A request about versions, or about the project that holds them. A change is answered with the whole view, or refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RegistryRequest {
    /// Puts an alias on a version, taking it from wherever it was.
    SetAlias {
        version: TrainingId,
        alias: String,
    },
    RemoveAlias {
        model: ObjectId,
        alias: String,
    },
    /// Lets a version serve; the champion stays where it is.
    SetDefault(TrainingId),
    /// Champion and default in one.
    Promote(TrainingId),
    /// Promotes the version that served before.
    RollBack(ObjectId),
    SetTag {
        version: TrainingId,
        key: String,
        value: String,
    },
    RemoveTag {
        version: TrainingId,
        key: String,
    },
    SetNote {
        version: TrainingId,
        note: String,
    },
    Delete(TrainingId),
    Undo,
    Redo,
    /// Everything known of a version.
    Card(TrainingId),
    /// The project as a file.
    SaveSession,
    /// A file saved so. `replaces` = also where a project of the same configuration is kept and differs.
    LoadSession {
        file: String,
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
        replaces: bool,
    },
    /// The projects that this browser keeps.
    ListProjects,
    ForgetProject {
        key: String,
    },
    /// What is kept and cannot be used as it is, as a file.
    ExportKept,
    /// Ends a disagreement with what is kept.
    Settle(KeptChoice),
}

/// Which of two states of a project goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeptChoice {
    /// The one on the screen; what is kept is overwritten.
    Present,
    /// The kept one; the one on the screen is dropped.
    Kept,
}

/// Everything about versions that can change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RegistryView {
    pub models: Vec<RegisteredModel>,
    /// What undoing would take back: "promote V3".
    pub undo: Option<String>,
    pub redo: Option<String>,
    pub keeping: Keeping,
    /// What came of opening the kept project.
    pub remarks: Vec<String>,
}

/// Where changes go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keeping {
    /// There is no project yet.
    #[default]
    Nothing,
    /// What is kept is being read.
    Opening,
    /// Into this browser.
    Browser,
    /// Nowhere: they last as long as the page.
    Memory { why: String },
    /// Nowhere until the reader has decided about what is kept.
    Suspended {
        why: String,
        /// The kept project can be used.
        is_readable: bool,
    },
}

/// A model with its versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegisteredModel {
    pub model: ObjectId,
    /// By number.
    pub versions: Vec<RegisteredVersion>,
    /// The version that served before the default.
    pub served_before: Option<String>,
}

/// A version as it stands in lists; what never changes of it comes as a [`Training`](super::Training).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RegisteredVersion {
    pub version: String,
    pub aliases: Vec<String>,
    pub is_default: bool,
    pub tags: Vec<(String, String)>,
    pub note: String,
    /// Where it comes from, in words.
    pub source: String,
    /// Milliseconds since 1970-01-01 UTC.
    pub created_ms: Option<f64>,
    /// Why it cannot be deleted.
    pub stays: Option<String>,
    /// It was trained on other rows or features than the present training set holds: its scores are those of other rows.
    pub is_of_other_data: bool,
    /// Why it cannot predict the present rows.
    pub unfit: Option<String>,
}

/// Everything known of a version in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    pub version: TrainingId,
    /// Name and value.
    pub facts: Vec<(String, String)>,
    /// Name, type and levels of each argument of PREDICT.
    pub inputs: Vec<(String, String, Vec<String>)>,
    /// Name and type.
    pub output: (String, String),
    /// Raw input rows, one text for each input.
    pub sample: Vec<Vec<String>>,
    /// Their predictions, dollars.
    pub predictions: Vec<f64>,
    /// The document that holds all this as JSON.
    pub document: String,
}

/// Two versions of a model to hold against each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareRequest {
    pub model: ObjectId,
    pub before: String,
    pub after: String,
}

/// Two versions of a model: what differs, and both on the same test rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelComparison {
    pub request: CompareRequest,
    /// What their cards do not share.
    pub facts: Vec<FactChange>,
    /// What their signatures do not share.
    pub inputs: Vec<FactChange>,
    /// Both on the present test rows, or why not.
    pub rows: Result<ComparedRows, String>,
    pub elapsed_ms: f64,
}

/// Something in two versions; `None` where one does not have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactChange {
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// The predictions of two versions for the same rows; differences are the second less the first, dollars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparedRows {
    pub scores: [SplitMetrics; 2],
    pub n_rows: u64,
    /// Rows with the same prediction, to the bit.
    pub n_equal: u64,
    /// Pearson's; `None` where one of both does not vary.
    pub correlation: Option<f64>,
    pub mean_difference: f64,
    /// Of the sizes of the differences.
    pub mean_size: f64,
    pub median_size: f64,
    pub largest_size: f64,
    pub differences: Histogram,
    /// Second (y) against first (x), in log10(1 + dollars).
    pub density: Density,
    /// Those whose prediction changes most, most first.
    pub customers: Vec<ChangedCustomer>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangedCustomer {
    pub customer: String,
    pub actual: f64,
    pub before: f64,
    pub after: f64,
}

/// Bytes to save as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileBytes {
    pub name: String,
    pub media_type: String,
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// A project that this browser keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptProject {
    pub key: String,
    /// In a few words.
    pub title: String,
    pub bytes: u64,
    /// Milliseconds since 1970-01-01 UTC.
    pub saved_ms: f64,
    /// The one on the screen.
    pub is_open: bool,
}

/// A session file was read and its project is kept; a run of its configuration brings it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLoaded {
    pub title: String,
    /// The settings as in a link.
    pub recipe: String,
    /// Own files that have to be opened again before the run.
    pub own_files: Vec<String>,
    /// It is the project on the screen, which shows it now.
    pub is_open: bool,
}
