//! The engines that can be asked to fit. Another one is a variant here and an arm in each function.

use crate::files::Fallible;
use clv_lab::engine::dataset::Matrix;
use clv_lab::engine::learn::{Booster, Contributions, Ensemble, Params, xgboost_json};

/// Which engine fits.
#[derive(Clone, Copy)]
pub enum Engine {
    /// This project's.
    Own,
}

/// What an engine learnt.
pub enum Trained {
    Own(Ensemble),
}

impl Engine {
    const ALL: [Self; 1] = [Self::Own];

    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|engine| engine.name() == name)
    }

    /// Binning and all trees, without validation rows.
    pub fn fit(self, train: &Matrix, target: &[f32], params: Params) -> Fallible<Trained> {
        match self {
            Self::Own => {
                let mut booster = Booster::start(train, target, None, params.check()?)?;
                while booster.grow_tree().is_some() {}
                Ok(Trained::Own(booster.finish()))
            }
        }
    }
}

impl Trained {
    pub fn predict(&self, rows: &Matrix) -> Fallible<Vec<f32>> {
        match self {
            Self::Own(ensemble) => Ok(ensemble.predict(rows)?),
        }
    }
    /// Shapley values, where the engine has them.
    pub fn contributions(&self, rows: &Matrix) -> Fallible<Option<Contributions>> {
        match self {
            Self::Own(ensemble) => Ok(Some(ensemble.contributions(rows, 0..rows.n_rows())?)),
        }
    }

    /// The model in XGBoost's format, where the engine can write it.
    pub fn xgboost_json(&self, params: &Params) -> Option<String> {
        match self {
            Self::Own(ensemble) => Some(xgboost_json(ensemble, params)),
        }
    }
}
