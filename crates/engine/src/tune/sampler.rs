//! Who chooses the next point. Each sampler is a function of what is known; what it remembers between two calls only saves time.
//! Deliberately not the bookkeeping of trials.

use super::draws::{Purpose, Stream};
use super::sobol::Sobol;
use super::space::CheckedSpace;
use super::trial::{Origin, Trial};

/// Draws after which a random point that was not tried is sought by counting.
const MOST_DRAWS: u32 = 64;

/// All that may decide the next point. Outcomes of the batch in work are not among it: they come in the order in which workers happen to be ready.
pub struct Known<'a> {
    pub space: &'a CheckedSpace,
    pub seed: u64,
    /// Of the trial to place.
    pub number: u32,
    /// The trials of earlier batches; all have ended.
    pub finished: &'a [Trial],
    /// The points of the batch in work.
    pub pending: &'a [&'a [f64]],
}

pub struct Proposal {
    pub point: Vec<f64>,
    pub origin: Origin,
}

pub trait Sampler {
    /// Works for some milliseconds; `None` when there is more to do, and the call must be repeated. A point is repeated only when
    /// all points have been tried.
    fn propose(&mut self, known: &Known) -> Option<Proposal>;
}

impl Known<'_> {
    pub fn is_tried(&self, point: &[f64]) -> bool {
        self.finished.iter().any(|trial| trial.point == point) || self.pending.contains(&point)
    }

    /// A random point that was not tried.
    pub fn at_random(&self) -> Vec<f64> {
        let mut stream = Stream::new(self.seed, Purpose::Point, self.number);
        for _ in 0..MOST_DRAWS {
            let place: Vec<f64> = self.space.free().iter().map(|_| stream.uniform()).collect();
            let point = self.space.from_unit(&place);
            if !self.is_tried(&point) {
                return point;
            }
        }
        // Only a space whose points can be counted repeats them; the next one that is free is soon found.
        let n_points = self.space.n_points().unwrap_or(1);
        let first = stream.below(n_points);
        let n_tried = (self.finished.len() + self.pending.len()) as u64;
        let points = (0..=n_tried).map(|step| self.space.point((first + step) % n_points));
        points.clone().find(|point| !self.is_tried(point)).unwrap_or_else(|| self.space.point(first))
    }

    /// The point of the scrambled Sobol sequence that the trial's number names, a random one when it was tried.
    pub fn evenly(&self) -> Proposal {
        let sobol = Sobol::scrambled(self.space.free().len(), self.seed, Purpose::Start, 0);
        let point = self.space.from_unit(&sobol.point(self.number));
        if self.is_tried(&point) {
            return Proposal { point: self.at_random(), origin: Origin::Random };
        }
        Proposal { point, origin: Origin::Sobol }
    }
}

/// Every point independently and uniformly over the cube.
pub struct RandomSampler;

impl Sampler for RandomSampler {
    fn propose(&mut self, known: &Known) -> Option<Proposal> {
        Some(Proposal { point: known.at_random(), origin: Origin::Random })
    }
}

/// The points evenly spread.
pub struct SobolSampler;

impl Sampler for SobolSampler {
    fn propose(&mut self, known: &Known) -> Option<Proposal> {
        Some(known.evenly())
    }
}
