//! The boosting parameters under XGBoost's names, and their bounds. Deliberately not the search space: which values are
//! worth trying is another module's business, this one only refuses what cannot be trained.

use super::objective::Objective;
use std::ops::Deref;

/// What a training is asked to do. Names and meanings are those of XGBoost's scikit-learn interface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Params {
    pub objective: Objective,
    /// Trees to grow, fewer when early stopping ends the training.
    pub n_estimators: u32,
    /// Splits on the longest way from a root to a leaf.
    pub max_depth: u32,
    /// Factor on every leaf.
    pub learning_rate: f64,
    /// Least hessian sum of a child; with squared error and quantiles that is its number of sampled rows.
    pub min_child_weight: f64,
    /// Share of rows that a tree sees.
    pub subsample: f64,
    /// Share of columns that a tree sees.
    pub colsample_bytree: f64,
    /// L1 penalty on leaf weights.
    pub reg_alpha: f64,
    /// L2 penalty on leaf weights.
    pub reg_lambda: f64,
    /// Least loss reduction of a split.
    pub gamma: f64,
    /// Most bins of a column.
    pub max_bin: u32,
    /// Trees without a lower validation loss after which training ends; 0 grows all.
    pub early_stopping_rounds: u32,
    /// Seed of row and column sampling.
    pub seed: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            objective: Objective::SquaredError,
            n_estimators: 200,
            max_depth: 6,
            learning_rate: 0.1,
            min_child_weight: 5.0,
            subsample: 0.8,
            colsample_bytree: 0.8,
            reg_alpha: 0.0,
            reg_lambda: 1.0,
            gamma: 0.0,
            max_bin: 255,
            early_stopping_rounds: 0,
            seed: 0,
        }
    }
}

/// A parameter outside its bounds.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("parameter {name} is {value}, which cannot be trained; choose a value {bound}")]
pub struct ParamError {
    pub name: &'static str,
    pub value: f64,
    pub bound: &'static str,
}

/// Parameters within their bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckedParams(Params);

impl Deref for CheckedParams {
    type Target = Params;

    fn deref(&self) -> &Params {
        &self.0
    }
}

/// A number among the parameters, with what a form says of it.
pub struct Parameter<P: 'static> {
    /// XGBoost's name.
    pub name: &'static str,
    pub meaning: &'static str,
    pub is_whole: bool,
    /// Closed bounds.
    pub least: f64,
    pub most: f64,
    /// The bounds in words.
    pub bound: &'static str,
    pub get: fn(&P) -> f64,
    pub set: fn(&mut P, f64),
}

const MOST: f64 = 1e9;
/// The least positive double stands for "above 0".
pub(super) const ABOVE_0: f64 = f64::MIN_POSITIVE;

macro_rules! parameter {
    ($field:ident, whole, $least:expr, $most:expr, $bound:literal, $meaning:literal) => {
        Parameter {
            name: stringify!($field),
            meaning: $meaning,
            is_whole: true,
            least: $least,
            most: $most,
            bound: $bound,
            get: |params| f64::from(params.$field),
            set: |params, value| params.$field = value as u32,
        }
    };
    ($field:ident, $least:expr, $most:expr, $bound:literal, $meaning:literal) => {
        Parameter {
            name: stringify!($field),
            meaning: $meaning,
            is_whole: false,
            least: $least,
            most: $most,
            bound: $bound,
            get: |params| params.$field,
            set: |params, value| params.$field = value,
        }
    };
}

pub(super) use parameter;

/// Every number that a training takes, but for the objective's own and the seed. The bounds stand here only.
pub const PARAMETERS: [Parameter<Params>; 11] = [
    parameter!(n_estimators, whole, 1.0, 100_000.0, "from 1 to 100000", "trees to grow"),
    parameter!(max_depth, whole, 1.0, 16.0, "from 1 to 16", "most questions on the way to a leaf"),
    parameter!(learning_rate, ABOVE_0, 1.0, "above 0 and at most 1", "factor on every leaf"),
    parameter!(
        min_child_weight,
        0.0,
        MOST,
        "from 0 to 1e9",
        "least hessian sum of a child: its rows, with squared error"
    ),
    parameter!(subsample, ABOVE_0, 1.0, "above 0 and at most 1", "share of rows that a tree sees"),
    parameter!(colsample_bytree, ABOVE_0, 1.0, "above 0 and at most 1", "share of columns that a tree sees"),
    parameter!(reg_alpha, 0.0, MOST, "from 0 to 1e9", "L1 penalty on leaf weights"),
    parameter!(reg_lambda, 0.0, MOST, "from 0 to 1e9", "L2 penalty on leaf weights"),
    parameter!(gamma, 0.0, f64::MAX, "of 0 or more", "least loss reduction of a split"),
    parameter!(max_bin, whole, 2.0, 255.0, "from 2 to 255", "most bins of a column"),
    parameter!(
        early_stopping_rounds,
        whole,
        0.0,
        100_000.0,
        "from 0 (never) to 100000",
        "trees without a lower validation loss after which training ends"
    ),
];

/// Of (name, value, least, most, bound in words).
pub(super) fn first_out_of_bounds(
    numbers: impl Iterator<Item = (&'static str, f64, f64, f64, &'static str)>,
) -> Option<ParamError> {
    let mut out = numbers.filter(|(_, value, least, most, _)| !(least..=most).contains(&value));
    out.next().map(|(name, value, _, _, bound)| ParamError { name, value, bound })
}

impl Params {
    /// The parameters that every model card shows, by their scikit-learn names, in the order to show them.
    pub fn named_values(&self) -> Vec<(&'static str, f64)> {
        const N_SHOWN: usize = 8;
        let shown = PARAMETERS.iter().take(N_SHOWN).map(|parameter| (parameter.name, (parameter.get)(self)));
        shown.chain(self.objective.parameter()).collect()
    }

    /// Refuses the first parameter that is out of bounds. Bounds are closed, and no NaN passes one.
    pub fn check(self) -> Result<CheckedParams, ParamError> {
        let numbers = PARAMETERS.iter().map(|p| (p.name, (p.get)(&self), p.least, p.most, p.bound));
        let own = self.objective.parameter().zip(self.objective.bounds());
        let own = own.map(|((name, value), (least, most, bound))| (name, value, least, most, bound));
        first_out_of_bounds(numbers.chain(own)).map_or(Ok(CheckedParams(self)), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::{Objective, Params};

    #[test]
    fn defaults_can_be_trained() {
        assert!(Params::default().check().is_ok());
    }

    #[test]
    fn each_parameter_out_of_bounds_is_refused_by_name() {
        let ok = Params::default();
        let bad = [
            (Params { n_estimators: 0, ..ok }, "n_estimators"),
            (Params { max_depth: 0, ..ok }, "max_depth"),
            (Params { max_depth: 17, ..ok }, "max_depth"),
            (Params { learning_rate: 0.0, ..ok }, "learning_rate"),
            (Params { learning_rate: f64::NAN, ..ok }, "learning_rate"),
            (Params { min_child_weight: -1.0, ..ok }, "min_child_weight"),
            (Params { subsample: 1.5, ..ok }, "subsample"),
            (Params { colsample_bytree: 0.0, ..ok }, "colsample_bytree"),
            (Params { reg_alpha: f64::INFINITY, ..ok }, "reg_alpha"),
            (Params { reg_lambda: -0.5, ..ok }, "reg_lambda"),
            (Params { gamma: f64::NAN, ..ok }, "gamma"),
            (Params { max_bin: 256, ..ok }, "max_bin"),
            (Params { early_stopping_rounds: 100_001, ..ok }, "early_stopping_rounds"),
            (Params { objective: Objective::Tweedie { variance_power: 2.0 }, ..ok }, "tweedie_variance_power"),
            (Params { objective: Objective::Quantile { level: f64::NAN }, ..ok }, "quantile_alpha"),
        ];
        for (params, name) in bad {
            let error = params.check().unwrap_err();
            assert_eq!(error.name, name);
            assert!(error.to_string().contains(error.bound));
        }
    }
}
