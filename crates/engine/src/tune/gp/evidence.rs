//! How plausible hyper-parameters are given values: log evidence plus log prior, with the gradient. Deliberately no search for the most plausible ones.

use super::cholesky::dot;
use super::kernel::{Hyper, Kernel, matern};
use super::posterior::log_evidence;

/// Least σ², in variances of the targets: below, rounding decides.
const LEAST_NOISE: f64 = 1e-6;

/// A normal prior on a logarithm.
struct Prior {
    mean: f64,
    sd: f64,
}

impl Prior {
    /// Log density up to a constant, and its slope.
    fn at(&self, theta: f64) -> (f64, f64) {
        let z = (theta - self.mean) / self.sd;
        (-0.5 * z * z, -z / self.sd)
    }
}

/// ln s² and ln σ²: the targets have variance 1, and most of it is the function's.
const AMPLITUDE: Prior = Prior { mean: 0.0, sd: 1.0 };
const NOISE: Prior = Prior { mean: -6.0, sd: 2.0 };

/// ln ℓ in d dimensions: longer in more of them, where places lie further apart. Most plausible is what is so to Hvarfner et al. (2024,
/// arXiv:2402.02229), whose log-normal density of ℓ peaks at e^(√2 − 3) √d.
fn length_prior(d: usize) -> Prior {
    const PEAK: f64 = std::f64::consts::SQRT_2 - 3.0;
    Prior { mean: PEAK + 0.5 * libm::log(d.max(1) as f64), sd: 0.7 }
}

/// Values and the places where they were seen.
pub(super) struct Evidence<'a> {
    /// x: n × d, row after row.
    pub places: &'a [f64],
    /// y: standardised.
    pub targets: &'a [f64],
    pub d: usize,
}

/// θ = (ln ℓ₁ … ln ℓ_d, ln s², ln (σ² − its least)) as hyper-parameters.
pub(super) fn hyper(theta: &[f64]) -> Hyper {
    let (scales, rest) = theta.split_at(theta.len().saturating_sub(2));
    let exp = |idx: usize| libm::exp(rest.get(idx).copied().unwrap_or(0.0));
    Hyper {
        length_scales: scales.iter().map(|&theta| libm::exp(theta)).collect(),
        amplitude: exp(0),
        noise: LEAST_NOISE + exp(1),
    }
}

impl Evidence<'_> {
    /// Minus log evidence and log prior at θ, and the gradient; `None` where rounding leaves no factor (Rasmussen & Williams 2006, eq. 5.9).
    pub fn at(&self, theta: &[f64]) -> Option<(f64, Vec<f64>)> {
        let d = self.d;
        let hyper = hyper(theta);
        let kernel = Kernel::new(&hyper);
        let factor = kernel.factor(self.places)?;
        let z = factor.solve_lower(self.targets);
        let mut value = log_evidence(&z, &factor);
        let alpha = factor.solve_upper(z);
        let inverse = factor.inverse();

        let mut gradient = vec![0.0; d + 2];
        let mut of_pair = vec![0.0; d];
        let mut idx = 0;
        for (i, a) in self.places.chunks_exact(d).enumerate() {
            for (j, b) in self.places.chunks_exact(d).take(i).enumerate() {
                let w = (alpha[i] * alpha[j] - inverse[idx]) * hyper.amplitude;
                idx += 1;
                for k in 0..d {
                    of_pair[k] = (a[k] - b[k]) * (a[k] - b[k]) * kernel.weights[k];
                }
                let (correlation, slope) = matern(of_pair.iter().sum());
                gradient[d] += w * correlation;
                for k in 0..d {
                    gradient[k] -= 2.0 * w * slope * of_pair[k];
                }
            }
            let w = 0.5 * (alpha[i] * alpha[i] - inverse[idx]);
            idx += 1;
            gradient[d] += w * hyper.amplitude;
            gradient[d + 1] += w * (hyper.noise - LEAST_NOISE);
        }
        let length = length_prior(d);
        for (k, &theta) in theta.iter().enumerate() {
            let prior = if k < d {
                &length
            } else if k == d {
                &AMPLITUDE
            } else {
                &NOISE
            };
            let (density, slope) = prior.at(theta);
            value += density;
            gradient[k] += slope;
        }
        gradient.iter_mut().for_each(|slope| *slope = -*slope);
        let is_finite = value.is_finite() && dot(&gradient, &gradient).is_finite();
        is_finite.then_some((-value, gradient))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let places = [0.1, 0.9, 0.4, 0.2, 0.8, 0.5, 0.35, 0.75, 0.6, 0.05];
        let targets = [1.0, -0.5, 0.3, -1.2, 0.4];
        let evidence = Evidence { places: &places, targets: &targets, d: 2 };
        for theta in [[-1.0, 0.3, 0.2, -3.0], [0.5, -0.5, -0.7, -8.0]] {
            let (_, gradient) = evidence.at(&theta).unwrap();
            for k in 0..4 {
                let value = |step: f64| {
                    let mut moved = theta;
                    moved[k] += step;
                    evidence.at(&moved).unwrap().0
                };
                let numeric = (value(1e-5) - value(-1e-5)) / 2e-5;
                assert!((gradient[k] - numeric).abs() < 1e-6 * (1.0 + numeric.abs()), "{k}: {} {numeric}", gradient[k]);
            }
        }
    }

    #[test]
    fn the_value_is_that_of_the_posterior_with_the_prior() {
        let (places, targets) = ([0.2, 0.7], [1.0, -1.0]);
        let theta = [length_prior(1).mean, AMPLITUDE.mean, NOISE.mean];
        let (value, _) = Evidence { places: &places, targets: &targets, d: 1 }.at(&theta).unwrap();
        let posterior = super::super::Posterior::new(&hyper(&theta), places.to_vec(), &targets).unwrap();
        // Every theta is at the mean of its prior.
        assert!((value + posterior.log_evidence()).abs() < 1e-12);
    }
}
