//! The most plausible hyper-parameters for values, sought from several starts in steps of some milliseconds. Deliberately a function of the values
//! alone: no start is random, none remembers an earlier fit.

use super::descent::Descent;
use super::evidence::{Evidence, hyper};
use super::kernel::Hyper;
use super::posterior::Posterior;

/// ln ℓ and ln σ² of each start: smooth, rough, and mostly noise.
const STARTS: [(f64, f64); 3] = [(0.0, -6.0), (-1.5, -6.0), (0.0, -1.0)];
/// Steps of one descent.
const MOST_STEPS: u32 = 40;

/// A fit in work.
#[derive(Clone, Debug)]
pub struct Fit {
    /// x: n × d, row after row.
    places: Vec<f64>,
    targets: Vec<f64>,
    d: usize,
    /// Starts that were tried.
    n_started: usize,
    n_steps: u32,
    current: Option<Descent>,
    best: Option<(f64, Vec<f64>)>,
}

impl Fit {
    /// `places` is n × d, row after row, within the cube; targets have mean 0 and variance 1, or are all 0.
    pub fn start(places: Vec<f64>, targets: Vec<f64>, d: usize) -> Self {
        Self { places, targets, d, n_started: 0, n_steps: 0, current: None, best: None }
    }

    /// Takes one step; true when there is none left.
    pub fn step(&mut self) -> bool {
        let evidence = Evidence { places: &self.places, targets: &self.targets, d: self.d };
        match &mut self.current {
            Some(descent) if !descent.is_done && self.n_steps < MOST_STEPS => {
                descent.step(|theta| evidence.at(theta));
                self.n_steps += 1;
            }
            ended => {
                if let Some(descent) = ended.take()
                    && self.best.as_ref().is_none_or(|(value, _)| descent.value < *value)
                {
                    self.best = Some((descent.value, descent.x));
                }
                let Some(&(length, noise)) = STARTS.get(self.n_started) else { return true };
                let mut theta = vec![length; self.d];
                theta.extend([0.0, noise]);
                self.current = Descent::start(theta, |theta| evidence.at(theta));
                (self.n_started, self.n_steps) = (self.n_started + 1, 0);
            }
        }
        false
    }

    /// The most plausible hyper-parameters so far.
    pub fn hyper(&self) -> Hyper {
        let unfitted = || [vec![0.0; self.d], vec![0.0, -2.0]].concat();
        hyper(&self.best.as_ref().map_or_else(unfitted, |(_, theta)| theta.clone()))
    }

    /// The function under them.
    pub fn finish(self) -> Option<Posterior> {
        Posterior::new(&self.hyper(), self.places, &self.targets)
    }
}
