//! The leakage lab: a training set that lets a model see what it will not see when it is used, and what becomes of the model then.

use super::TargetKind;
use serde::{Deserialize, Serialize};

/// How training rows are told from test rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SplitKind {
    /// The latest observation dates are the test rows.
    #[default]
    ByDate,
    Random,
    /// Those who bought last are the test rows.
    ByRecency,
}

/// What is done wrong; the default is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeakageRequest {
    /// Features as of the last day instead of the observation date: the label window is part of them.
    pub late_features: bool,
    pub split: SplitKind,
    pub target: TargetKind,
    /// An input that only the generator knows.
    pub hidden_state: bool,
}

/// A model of the continuous scenario trained so, offline and in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeakageView {
    pub request: LeakageRequest,
    pub n_train: u64,
    /// On the test rows, as the training set has them.
    pub offline: LeakageFigures,
    /// On everybody as of the last day, against what they spend in the simulated year after it.
    pub in_use: LeakageFigures,
    /// The inputs with most gain, and their shares of it.
    pub inputs: Vec<(String, f64)>,
    pub elapsed_ms: f64,
}

/// Dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LeakageFigures {
    pub n_rows: u64,
    pub r2: f64,
    pub rmse: f64,
    /// Normalised; `None` where nobody spends anything.
    pub gini: Option<f64>,
    pub mean_predicted: f64,
    pub mean_actual: f64,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeakageProgress {
    pub request: LeakageRequest,
    pub stage: LeakageStage,
    /// Customers or trees, and how many there will be.
    pub done: u64,
    pub total: u64,
}

/// What is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeakageStage {
    /// The year after the last day is simulated.
    Future,
    TrainingSet,
    Trees,
    Use,
}
