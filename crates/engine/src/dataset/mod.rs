//! From feature views to what a model is trained on: spine, targets, temporal split, training tables, preprocessing, matrix.
//! Deliberately no learning and no feature definitions.

pub mod inputs;
mod matrix;
mod preprocessing;
mod spine;
mod split;
mod target;
mod training_table;

pub use inputs::{Fill, InputKind, ModelInput};
pub use matrix::{Matrix, MatrixError};
pub use preprocessing::{FittedInput, FittedKind, Preprocessing};
pub use spine::{Spine, SpineRule, draw_spine};
pub use split::{Part, day_range, rows_in, temporal_split};
pub use target::{HORIZON_DAYS, formula_target, realised_target};
pub use training_table::{
    PREDICTED, SPLIT, coldstart_serving_table, coldstart_training_table, continuous_training_table, customer_features,
    prediction_table, profile_with_target,
};

use crate::table::TableError;

/// Why a training set could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatasetError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Matrix(#[from] MatrixError),
}
