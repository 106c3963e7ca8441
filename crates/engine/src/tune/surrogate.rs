//! What a model believes of the loss over the search space, fitted to trials: the Gaussian process in the loss's own units. Deliberately ignorant of
//! which sampler placed the trials.

use super::acquisition::Acquisition;
use super::gp::{Fit, Posterior};
use super::space::CheckedSpace;
use super::trial::{Outcome, Trial, best};

/// Complete trials without which there is nothing to fit.
const LEAST_TRIALS: usize = 2;

/// A fit in work.
#[derive(Clone, Debug)]
pub struct Fitting {
    fit: Fit,
    frame: Frame,
}

/// All of the surrogate but the process itself.
#[derive(Clone, Debug)]
struct Frame {
    space: CheckedSpace,
    acquisition: Acquisition,
    /// The loss that is 0 to the process, and the difference that is 1.
    centre: f64,
    spread: f64,
    best: f64,
    best_point: Vec<f64>,
    n_trials: usize,
}

/// A model of the loss.
#[derive(Clone, Debug)]
pub struct Surrogate {
    posterior: Posterior,
    frame: Frame,
}

/// What is believed of one point, in the loss's units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Belief {
    pub mean: f64,
    pub sd: f64,
    /// What the point promises: more is better.
    pub acquisition: f64,
}

impl Fitting {
    /// `None` with fewer than two complete trials. A failed trial counts as the worst complete one, so that the search keeps away from it, and
    /// a pruned one as its last loss, but not as worse than that. Cancelled and running trials tell nothing.
    pub fn start(space: &CheckedSpace, trials: &[Trial], acquisition: Acquisition) -> Option<Self> {
        let values = trials.iter().filter_map(Trial::value);
        let worst = values.clone().fold(f64::NEG_INFINITY, f64::max);
        let best = best(trials).filter(|_| values.count() >= LEAST_TRIALS)?;
        let (mut places, mut losses) = (Vec::new(), Vec::new());
        for trial in trials {
            let loss = match trial.outcome {
                Some(Outcome::Complete(value)) => value,
                Some(Outcome::Pruned(value)) => value.min(worst),
                Some(Outcome::Failed) => worst,
                Some(Outcome::Cancelled) | None => continue,
            };
            losses.push(loss);
            places.extend(space.to_unit(&trial.point));
        }
        cap(&mut losses, best.value()?);
        let (centre, spread) = centre_and_spread(&losses);
        let targets = losses.iter().map(|loss| loss / spread - centre / spread).collect();
        let frame = Frame {
            space: space.clone(),
            acquisition,
            centre,
            spread,
            best: best.value()?,
            best_point: best.point.clone(),
            n_trials: losses.len(),
        };
        Some(Self { fit: Fit::start(places, targets, space.free().len()), frame })
    }

    /// Works for some milliseconds; true when there is nothing left to do.
    pub fn step(&mut self) -> bool {
        self.fit.step()
    }

    /// The model with the hyper-parameters found so far; `None` only where rounding leaves none.
    pub fn finish(self) -> Option<Surrogate> {
        Some(Surrogate { posterior: self.fit.finish()?, frame: self.frame })
    }
}

/// Losses that lie more than twice as far above the median as the best lies below it are moved there: how bad the bad ones are is not worth
/// the process's attention, and one of them would make all others look alike.
fn cap(losses: &mut [f64], best: f64) {
    let mut sorted = losses.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let median = sorted[(sorted.len() - 1) / 2];
    let most = median + 2.0 * (median - best);
    // With most of them equal to the best there is no scale to judge by.
    if median > best {
        losses.iter_mut().for_each(|loss| *loss = loss.min(most));
    }
}

/// Mean and standard deviation; 1 when all losses are equal. Scaled first: squares of large losses overflow.
fn centre_and_spread(losses: &[f64]) -> (f64, f64) {
    let largest = losses.iter().fold(0.0, |most: f64, loss| most.max(loss.abs()));
    if largest == 0.0 {
        return (0.0, 1.0);
    }
    let n = losses.len() as f64;
    let mean = losses.iter().map(|loss| loss / largest).sum::<f64>() / n;
    let variance = losses.iter().map(|loss| loss / largest - mean).map(|part| part * part).sum::<f64>() / n;
    // Below that, differences are rounding.
    let spread = if variance.sqrt() > 1e-12 { variance.sqrt() * largest } else { largest };
    (mean * largest, spread.max(f64::MIN_POSITIVE))
}

impl Surrogate {
    pub fn space(&self) -> &CheckedSpace {
        &self.frame.space
    }

    pub fn acquisition(&self) -> Acquisition {
        self.frame.acquisition
    }

    /// Trials that it was fitted to.
    pub fn n_trials(&self) -> usize {
        self.frame.n_trials
    }

    /// The least loss of a complete trial.
    pub fn best(&self) -> f64 {
        self.frame.best
    }

    /// The point of that trial.
    pub fn best_point(&self) -> &[f64] {
        &self.frame.best_point
    }

    /// The process, in standardised losses over the cube.
    pub fn posterior(&self) -> &Posterior {
        &self.posterior
    }

    /// The mean at a place of the cube.
    pub fn mean(&self, place: &[f64]) -> f64 {
        self.frame.centre + self.frame.spread * self.posterior.mean(place)
    }

    /// What is believed at a place of the cube where a model sees a point.
    pub fn at(&self, place: &[f64]) -> Belief {
        let (mean, sd) = self.posterior.predict(place);
        let (mean, sd) = (self.frame.centre + self.frame.spread * mean, self.frame.spread * sd);
        Belief { mean, sd, acquisition: self.frame.acquisition.promise(mean, sd, self.frame.best) }
    }

    /// What is believed of a point.
    pub fn of(&self, point: &[f64]) -> Belief {
        self.at(&self.frame.space.to_unit(point))
    }

    /// Orders places by what they promise.
    pub(super) fn rank(&self, place: &[f64]) -> f64 {
        let (mean, sd) = self.posterior.predict(place);
        let best = self.frame.best / self.frame.spread - self.frame.centre / self.frame.spread;
        self.frame.acquisition.rank(mean, sd, best)
    }

    /// Goes on as if a point that is being tried had turned out as expected, so that the next one is sought elsewhere.
    pub fn believe(&mut self, point: &[f64]) {
        self.posterior.believe(&self.frame.space.to_unit(point));
    }
}
