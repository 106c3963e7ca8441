//! A model card: everything that is needed to say where a version comes from and to make it again. Deliberately plain values, the digests
//! included; what two cards differ in is found in `compare`.

use crate::evaluate::Metrics;
use serde::{Deserialize, Serialize};

/// What is known of a version besides its trees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// "hist", "gbdt"; "imported" for a model trained elsewhere.
    pub engine: String,
    /// By name, in the order to show.
    pub params: Vec<(String, f64)>,
    /// Of row and column sampling; `None` where it is not known.
    pub seed: Option<u64>,
    pub source: Source,
    /// Binning and fitting, milliseconds; `None` for a model trained elsewhere.
    pub elapsed_ms: Option<f64>,
    /// The loss after each tree, on training and validation rows.
    pub loss_train: Vec<f64>,
    pub loss_validation: Vec<f64>,
    /// Of the configuration of the run that made the training set.
    pub config_key: String,
    /// The training set and its digest.
    pub table: String,
    pub data_digest: String,
    /// Every view whose features the model reads.
    pub views: Vec<ViewMark>,
    /// Train, validation, test; of the raw predictions.
    pub metrics: Vec<Metrics>,
    /// Share of test rows whose actual value is at most the prediction.
    pub share_below: f64,
    pub signature: Signature,
    pub sample: Sample,
    /// Package version and revision.
    pub build: String,
    /// Milliseconds since 1970-01-01 UTC; `None` where no clock says so. In no digest.
    pub created_ms: Option<f64>,
}

/// Where a version comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// The run's own stage; with the number of the search's trial whose parameters it has.
    Run { trial: Option<u32> },
    /// The form of the page.
    Form,
    /// A file with a model trained elsewhere.
    File { name: String },
    /// The run's own model of a build whose run made another one.
    EarlierRun,
    /// A search that the page asked for; the number of its trial.
    Search { trial: u32 },
}

/// A view in the version that the training set was computed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewMark {
    pub name: String,
    pub version: String,
    /// Of the definitions and of what was fitted.
    pub digest: String,
}

/// What goes in and what comes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The arguments of PREDICT, in order.
    pub inputs: Vec<Input>,
    pub output: Input,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    pub name: String,
    /// As Snowflake calls it: "DOUBLE", "INT64", "STRING".
    pub kind: String,
    /// Of a category: those seen in training.
    pub levels: Vec<String>,
}

/// Some raw input rows with their predictions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// One text for each input; empty for a null.
    pub rows: Vec<Vec<String>>,
    /// Dollars.
    pub predictions: Vec<f32>,
}

impl Source {
    /// "the run, trial 7 of its search".
    pub fn in_words(&self) -> String {
        match self {
            Self::Run { trial: None } => "the run".to_owned(),
            Self::Run { trial: Some(trial) } => format!("the run, trial {trial} of its search"),
            Self::Form => "trained by form".to_owned(),
            Self::File { name } => format!("imported from {name}"),
            Self::EarlierRun => "the run of an earlier build".to_owned(),
            Self::Search { trial } => format!("trial {trial} of a search"),
        }
    }
}

impl Card {
    /// True when both were trained on the same rows with the same features.
    pub fn is_of_the_same_data(&self, other: &Self) -> bool {
        self.data_digest == other.data_digest && self.views == other.views
    }
}
