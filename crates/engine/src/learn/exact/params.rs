//! The parameters of the exact engine and their bounds. Deliberately fewer than the other engine's: what the crate cannot do is listed with
//! its reason, not imitated.

use super::super::params::{ABOVE_0, ParamError, Parameter, first_out_of_bounds, parameter};
use std::ops::Deref;

/// What an exact training is asked to do. Where a name is XGBoost's, so is its meaning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExactParams {
    /// Trees to grow.
    pub n_estimators: u32,
    /// Splits on the longest way from a root to a leaf.
    pub max_depth: u32,
    /// Factor on every leaf.
    pub learning_rate: f64,
    /// Share of rows that a tree sees.
    pub subsample: f64,
    /// Share of columns that a tree sees.
    pub colsample_bytree: f64,
    /// A node of no more sampled rows is not split. Its name in the crate; children may still be smaller.
    pub min_leaf_size: u32,
    /// Seed of row and column sampling.
    pub seed: u64,
}

impl Default for ExactParams {
    /// Small, because every split sorts out every value of every column.
    fn default() -> Self {
        Self {
            n_estimators: 20,
            max_depth: 4,
            learning_rate: 0.1,
            subsample: 0.8,
            colsample_bytree: 0.8,
            min_leaf_size: 10,
            seed: 0,
        }
    }
}

/// XGBoost's parameters that the exact engine does not have, and why.
pub const ABSENT_PARAMS: [(&str, &str); 8] = [
    ("reg_lambda", "a leaf is the plain mean of its residuals; the crate has no penalty on its size"),
    ("reg_alpha", "a leaf is the plain mean of its residuals; the crate has no penalty on its size"),
    ("gamma", "every node that can be split is split, however little that gains"),
    ("min_child_weight", "the crate never looks at the size of children; min_leaf_size only keeps small nodes whole"),
    ("max_bin", "there are no bins: every threshold between two values more than 0.00001 apart is tried"),
    (
        "colsample_bynode",
        "the crate draws a node's columns from a generator that cannot be seeded, so no run could be repeated",
    ),
    ("early_stopping_rounds", "the crate grows a given number of trees; stopping would be ours to add around it"),
    ("n_jobs", "the crate uses one thread"),
];

/// Parameters within their bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckedExactParams(ExactParams);

impl Deref for CheckedExactParams {
    type Target = ExactParams;

    fn deref(&self) -> &ExactParams {
        &self.0
    }
}

/// Every number that a training takes, but for the seed. The bounds stand here only.
pub const EXACT_PARAMETERS: [Parameter<ExactParams>; 6] = [
    parameter!(n_estimators, whole, 1.0, 10_000.0, "from 1 to 10000", "trees to grow"),
    parameter!(max_depth, whole, 1.0, 16.0, "from 1 to 16", "most questions on the way to a leaf"),
    parameter!(learning_rate, ABOVE_0, 1.0, "above 0 and at most 1", "factor on every leaf"),
    parameter!(min_leaf_size, whole, 1.0, 1e9, "from 1 to 1e9", "a node of no more rows is not split"),
    parameter!(subsample, ABOVE_0, 1.0, "above 0 and at most 1", "share of rows that a tree sees"),
    parameter!(colsample_bytree, ABOVE_0, 1.0, "above 0 and at most 1", "share of columns that a tree sees"),
];

impl ExactParams {
    /// The parameters to show, in the order to show them.
    pub fn named_values(&self) -> Vec<(&'static str, f64)> {
        EXACT_PARAMETERS.iter().map(|parameter| (parameter.name, (parameter.get)(self))).collect()
    }

    /// Refuses the first parameter that is out of bounds. Bounds are closed, and no NaN passes one.
    pub fn check(self) -> Result<CheckedExactParams, ParamError> {
        let numbers = EXACT_PARAMETERS.iter().map(|p| (p.name, (p.get)(&self), p.least, p.most, p.bound));
        first_out_of_bounds(numbers).map_or(Ok(CheckedExactParams(self)), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::ExactParams;

    #[test]
    fn defaults_can_be_trained_and_what_is_out_of_bounds_is_refused_by_name() {
        let ok = ExactParams::default();
        assert!(ok.check().is_ok());
        let bad = [
            (ExactParams { n_estimators: 0, ..ok }, "n_estimators"),
            (ExactParams { max_depth: 17, ..ok }, "max_depth"),
            (ExactParams { learning_rate: f64::NAN, ..ok }, "learning_rate"),
            (ExactParams { subsample: 0.0, ..ok }, "subsample"),
            (ExactParams { colsample_bytree: 1.01, ..ok }, "colsample_bytree"),
            (ExactParams { min_leaf_size: 0, ..ok }, "min_leaf_size"),
        ];
        for (params, name) in bad {
            let error = params.check().unwrap_err();
            assert_eq!(error.name, name);
            assert!(error.to_string().contains(error.bound));
        }
    }
}
