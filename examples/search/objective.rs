//! What is minimised: the validation RMSE of our boosting on a headless run's matrices, over the default search space.

use crate::files::{self, Fallible, Rows};
use clv_lab::engine::dataset::Part;
use clv_lab::engine::learn::{Booster, Params};
use clv_lab::engine::tune::{CheckedSpace, Dimension, Kind, Scale, Space};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Name, bounds, scale and kind. With squared error a hessian sum is a number of rows: min_child_weight is whole.
const DIMENSIONS: [(&str, f64, f64, Scale, Kind); 8] = [
    ("n_estimators", 100.0, 300.0, Scale::Linear, Kind::Whole),
    ("max_depth", 3.0, 8.0, Scale::Linear, Kind::Whole),
    ("learning_rate", 0.01, 0.3, Scale::Log, Kind::Real),
    ("min_child_weight", 3.0, 7.0, Scale::Linear, Kind::Whole),
    ("subsample", 0.7, 0.9, Scale::Linear, Kind::Real),
    ("colsample_bytree", 0.7, 0.9, Scale::Linear, Kind::Real),
    ("reg_alpha", 0.0, 0.5, Scale::Linear, Kind::Real),
    ("reg_lambda", 1.0, 2.0, Scale::Linear, Kind::Real),
];

pub fn space() -> Fallible<CheckedSpace> {
    let dimension = |(name, low, high, scale, kind): (&str, _, _, _, _)| Dimension {
        name: name.to_owned(),
        low,
        high,
        scale,
        kind,
    };
    Ok(Space { dimensions: DIMENSIONS.map(dimension).into() }.check()?)
}

/// The training and the validation rows.
pub struct Objective {
    train: Rows,
    validation: Rows,
}

impl Objective {
    pub fn read(folder: &Path, scenario: &str) -> Fallible<Self> {
        let rows = |part| files::read(folder, scenario, part, false);
        Ok(Self { train: rows(Part::Train)?, validation: rows(Part::Validation)? })
    }

    /// The validation RMSE of the whole model.
    pub fn loss(&self, point: &[f64]) -> Fallible<f64> {
        let mut params = Params::default();
        for ((name, ..), &value) in DIMENSIONS.iter().zip(point) {
            let parameter = clv_lab::engine::learn::PARAMETERS.iter().find(|parameter| parameter.name == *name);
            let parameter = parameter.ok_or("the space has a parameter that boosting has not")?;
            (parameter.set)(&mut params, value);
        }
        let validation = Some((&self.validation.matrix, &self.validation.target[..]));
        let mut booster = Booster::start(&self.train.matrix, &self.train.target, validation, params.check()?)?;
        let mut loss = None;
        while let Some(round) = booster.grow_tree() {
            loss = round.loss_validation;
        }
        Ok(loss.ok_or("no tree was grown")?)
    }
}

/// `work` of every position below `n` on as many threads as there are cores; in the order of the positions.
pub fn side_by_side<T: Send>(n: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let n_threads = thread::available_parallelism().map_or(1, usize::from).min(n.max(1));
    let next = AtomicUsize::new(0);
    let share = || {
        let mut done = Vec::new();
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            if position >= n {
                return done;
            }
            done.push((position, work(position)));
        }
    };
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(share)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    done.sort_by_key(|(position, _)| *position);
    done.into_iter().map(|(_, made)| made).collect()
}
