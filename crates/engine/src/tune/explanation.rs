//! Why a model chose a point: what it expected there, how sure it was, and what each coordinate contributes beside the best trial's.
//! Deliberately plain numbers: words are for the page.

use super::surrogate::{Belief, Surrogate};

/// The reasons for a point, in the loss's units.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The loss that the model expected.
    pub mean: f64,
    /// Its standard deviation.
    pub sd: f64,
    /// What the point promised; it was greatest here.
    pub acquisition: f64,
    /// The least loss so far.
    pub best: f64,
    /// Share of the promise that comes from not knowing, 0 (exploitation) to 1 (exploration).
    pub exploration: f64,
    /// One for each dimension that varies, in their order.
    pub coordinates: Vec<Coordinate>,
}

/// What becomes of a point when one coordinate is put back to that of the best trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coordinate {
    /// Position in the space.
    pub dimension: usize,
    pub chosen: f64,
    pub of_best: f64,
    /// The model's mean, standard deviation and promise there.
    pub mean: f64,
    pub sd: f64,
    pub acquisition: f64,
}

/// The reasons for a point, by the model that chose it.
pub fn explain(surrogate: &Surrogate, point: &[f64]) -> Explanation {
    let Belief { mean, sd, acquisition } = surrogate.of(point);
    let best = surrogate.best();
    let coordinates = surrogate.space().free().iter().map(|&dimension| {
        let of_best = surrogate.best_point()[dimension];
        let mut moved = point.to_vec();
        moved[dimension] = of_best;
        let Belief { mean, sd, acquisition } = surrogate.of(&moved);
        Coordinate { dimension, chosen: point[dimension], of_best, mean, sd, acquisition }
    });
    let coordinates = coordinates.collect();
    let exploration = surrogate.acquisition().exploration(mean, sd, best);
    Explanation { mean, sd, acquisition, best, exploration, coordinates }
}
