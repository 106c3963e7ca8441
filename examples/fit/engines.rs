//! The engines that can be asked to fit; both end as the same trees.

use crate::files::Fallible;
use clv_lab::engine::dataset::Matrix;
use clv_lab::engine::learn::{Booster, Ensemble, ExactBooster, ExactParams, Learner, Objective, Params};

/// Which engine fits.
#[derive(Clone, Copy)]
pub enum Engine {
    /// This project's.
    Own,
    /// The crate gbdt.
    Gbdt,
}

impl Engine {
    const ALL: [Self; 2] = [Self::Own, Self::Gbdt];

    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Gbdt => "gbdt",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|engine| engine.name() == name)
    }

    /// Binning or sorting, and all trees, without validation rows.
    pub fn fit(self, train: &Matrix, target: &[f32], params: Params) -> Fallible<Ensemble> {
        let mut learner: Box<dyn Learner> = match self {
            Self::Own => Box::new(Booster::start(train, target, None, params.check()?)?),
            Self::Gbdt if params.objective != Objective::SquaredError => {
                return Err("the crate gbdt is asked for squared errors only".into());
            }
            Self::Gbdt => {
                let Params { n_estimators, max_depth, learning_rate, subsample, colsample_bytree, seed, .. } = params;
                let min_leaf_size = ExactParams::default().min_leaf_size;
                let exact = ExactParams {
                    n_estimators,
                    max_depth,
                    learning_rate,
                    subsample,
                    colsample_bytree,
                    min_leaf_size,
                    seed,
                };
                Box::new(ExactBooster::start(train, target, None, exact.check()?)?)
            }
        };
        while learner.grow_tree().is_some() {}
        Ok(learner.finish())
    }
}
