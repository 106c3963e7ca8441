//! From feature views to what a model is trained on: spine, targets, temporal split, preprocessing, matrix.

mod matrix;

pub use matrix::{Matrix, MatrixError};
