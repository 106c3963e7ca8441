//! What is believed of the function once values are known: mean and standard deviation anywhere. Deliberately in the units of the targets that it
//! was given.

use super::cholesky::{Cholesky, dot};
use super::kernel::{Hyper, Kernel};

/// A function conditioned on values (Rasmussen & Williams 2006, algorithm 2.1).
#[derive(Clone, Debug)]
pub struct Posterior {
    kernel: Kernel,
    /// x: n × d, row after row.
    places: Vec<f64>,
    /// L.
    factor: Cholesky,
    /// α = (K + σ² I)⁻¹ y.
    alpha: Vec<f64>,
    log_evidence: f64,
}

impl Posterior {
    /// `places` is n × d, row after row; `None` when rounding leaves the matrix without a factor.
    pub fn new(hyper: &Hyper, places: Vec<f64>, targets: &[f64]) -> Option<Self> {
        let kernel = Kernel::new(hyper);
        let factor = kernel.factor(&places)?;
        let z = factor.solve_lower(targets);
        let log_evidence = log_evidence(&z, &factor);
        let alpha = factor.solve_upper(z);
        Some(Self { kernel, places, factor, alpha, log_evidence })
    }

    /// ln p(y | x): how well the kernel explains the targets (eq. 2.30).
    pub fn log_evidence(&self) -> f64 {
        self.log_evidence
    }

    /// The function's mean at a place.
    pub fn mean(&self, place: &[f64]) -> f64 {
        let d = place.len().max(1);
        let known = self.places.chunks_exact(d).zip(&self.alpha);
        known.map(|(other, alpha)| self.kernel.covariance(other, place) * alpha).sum()
    }

    /// The function's mean and standard deviation at a place; the scatter of values around it comes on top.
    pub fn predict(&self, place: &[f64]) -> (f64, f64) {
        let row = self.kernel.row(&self.places, place);
        let solved = self.factor.solve_lower(&row);
        let variance = self.kernel.amplitude - dot(&solved, &solved);
        (dot(&row, &self.alpha), variance.max(0.0).sqrt())
    }

    /// Believes its own mean at a place, as if it had been seen there: the mean stays what it is everywhere, only the standard deviation
    /// falls (Ginsbourger et al. 2010, kriging believer; Desautels et al. 2014, hallucinated observations).
    pub fn believe(&mut self, place: &[f64]) {
        let mut row = self.kernel.row(&self.places, place);
        row.push(self.kernel.amplitude + self.kernel.noise);
        // Where nothing is left to be learnt there is no factor, and nothing changes.
        if self.factor.grow(&row) {
            self.places.extend_from_slice(place);
            self.alpha.push(0.0);
        }
    }
}

/// −½ zᵀz − ½ ln det − n/2 ln 2π, with L z = y.
pub(super) fn log_evidence(z: &[f64], factor: &Cholesky) -> f64 {
    const LN_2_PI: f64 = 1.837_877_066_409_345_3;
    -0.5 * (dot(z, z) + factor.log_determinant() + z.len() as f64 * LN_2_PI)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn k(r: f64) -> f64 {
        super::super::kernel::matern(r * r).0
    }

    fn hyper() -> Hyper {
        Hyper { length_scales: vec![0.5], amplitude: 2.0, noise: 0.1 }
    }

    #[test]
    fn without_values_the_prior_is_believed() {
        let posterior = Posterior::new(&hyper(), vec![], &[]).unwrap();
        assert_eq!((posterior.predict(&[0.3]), posterior.mean(&[0.3])), ((0.0, 2.0_f64.sqrt()), 0.0));
        assert_eq!(posterior.log_evidence(), 0.0);
    }

    #[test]
    fn one_value_gives_the_closed_form() {
        let posterior = Posterior::new(&hyper(), vec![0.2], &[3.0]).unwrap();
        let covariance = 2.0 * k((0.6 - 0.2) / 0.5);
        let (mean, sd) = posterior.predict(&[0.6]);
        assert!((mean - covariance / 2.1 * 3.0).abs() < 1e-15);
        assert!((sd * sd - (2.0 - covariance * covariance / 2.1)).abs() < 1e-15);
        assert!((posterior.mean(&[0.6]) - mean).abs() < 1e-15);
        let evidence = -0.5 * (9.0 / 2.1 + libm::log(2.1 * std::f64::consts::TAU));
        assert!((posterior.log_evidence() - evidence).abs() < 1e-14);
    }

    #[test]
    fn two_values_give_the_closed_form() {
        let posterior = Posterior::new(&hyper(), vec![0.2, 0.9], &[3.0, -1.0]).unwrap();
        let (diagonal, side) = (2.1, 2.0 * k(0.7 / 0.5));
        let determinant = diagonal * diagonal - side * side;
        let (a, b) = (2.0 * k(0.2 / 0.5), 2.0 * k(0.5 / 0.5));
        let mean = ((a * diagonal - b * side) * 3.0 - (b * diagonal - a * side)) / determinant;
        let variance = 2.0 - (a * a * diagonal - 2.0 * a * b * side + b * b * diagonal) / determinant;
        let (found, sd) = posterior.predict(&[0.4]);
        assert!((found - mean).abs() < 1e-14 && (sd * sd - variance).abs() < 1e-14);
    }

    #[test]
    fn believing_changes_no_mean_and_is_the_same_as_having_seen_it() {
        let mut believed = Posterior::new(&hyper(), vec![0.2, 0.9], &[3.0, -1.0]).unwrap();
        let mean_there = believed.mean(&[0.5]);
        let before = believed.clone();
        believed.believe(&[0.5]);
        let seen = Posterior::new(&hyper(), vec![0.2, 0.9, 0.5], &[3.0, -1.0, mean_there]).unwrap();
        for place in [0.0, 0.45, 0.5, 1.0] {
            let ((mean, sd), (expected, expected_sd)) = (believed.predict(&[place]), seen.predict(&[place]));
            assert!((mean - expected).abs() < 1e-13 && (sd - expected_sd).abs() < 1e-13);
            assert!((mean - before.mean(&[place])).abs() < 1e-13 && sd < before.predict(&[place]).1);
        }
    }
}
