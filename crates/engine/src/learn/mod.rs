//! Gradient-boosted regression trees with XGBoost's meaning, by histograms. This file is the map;
//! deliberately no search for parameters and no metrics of a model's quality live here.
//!
//! | symbol | shape | is | source |
//! |---|---|---|---|
//! | x | rows × columns, f32 | the matrix; a row goes left where x < threshold | Chen & Guestrin 2016 (arXiv:1603.02754) |
//! | y, ŷ | rows, f32 | target and prediction so far | Friedman 2001, algorithm 2 |
//! | g, h | rows, f32 | first and second derivative of the loss; for squared error g = ŷ − y and h = 1 | Chen & Guestrin, eq. 2 |
//! | bins | rows × lanes, u8 | positions between thresholds; one-hot groups share a lane | Ke et al. 2017 (LightGBM), 3.2 and 4 |
//! | histogram | lanes × bins, i64 | sums of quantised g and h | Ke et al., algorithm 1; Shi et al. 2022 (arXiv:2207.09682) |
//! | weight | leaves, f32 | −T(G) / (H + lambda) × learning rate, from exact gradients | Chen & Guestrin, eq. 5 |
//!
//! Reading order: [`Params`] → [`Objective`] → `binning` → `sampling` → `histogram` → `split` → `grow` → [`Tree`] → [`Booster`] →
//! [`Ensemble`] → `predict` → `importance` → `shap` → `dependence` → [`xgboost_json()`] → [`from_xgboost_json`].
//! [`ExactBooster`] is a second engine, the crate `gbdt`, behind the same [`Learner`]; its trees become the same [`Tree`].
//!
//! Same input, same bytes everywhere: draws are hashes of (seed, tree, counter), histograms are integers, all floating sums
//! run in a fixed order, and no platform function is called.

mod binning;
mod booster;
mod coded;
mod dependence;
mod ensemble;
mod error;
mod exact;
mod grow;
mod histogram;
mod import;
mod importance;
mod learner;
mod objective;
mod params;
mod predict;
mod register;
mod sampling;
mod shap;
mod split;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
mod tree;
mod xgboost_json;

pub use booster::{Booster, Prepared, Round};
pub use ensemble::Ensemble;
pub use error::LearnError;
pub use exact::{ABSENT_PARAMS, CheckedExactParams, EXACT_PARAMETERS, ExactBooster, ExactParams};
pub use import::{ImportError, from_xgboost_json};
pub use importance::ColumnImportance;
pub use learner::Learner;
pub use objective::Objective;
pub use params::{CheckedParams, PARAMETERS, ParamError, Parameter, Params};
pub use shap::Contributions;
pub use tree::{Node, NodeKind, Tree};
pub use xgboost_json::{escaped, xgboost_json};
