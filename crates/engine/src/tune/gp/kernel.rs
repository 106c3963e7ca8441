//! The covariance of the function's values at two places: Matérn 5/2 with a length scale per dimension. Deliberately the only kernel.

use super::cholesky::Cholesky;

/// Largest factor on the diagonal that is tried when rounding leaves a matrix without a factor.
const MOST_JITTER: f64 = 1e-4;
const SQRT_5: f64 = 2.236_067_977_499_79;

/// What is fitted, all above 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Hyper {
    /// ℓ: per dimension, in sides of the cube.
    pub length_scales: Vec<f64>,
    /// s²: variance of the function.
    pub amplitude: f64,
    /// σ²: variance of a value around the function.
    pub noise: f64,
}

/// A kernel with its squared inverse length scales at hand.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    pub amplitude: f64,
    pub noise: f64,
    pub weights: Vec<f64>,
}

/// k and its slope by r², both for s² = 1: k = (1 + √5 r + 5 r² / 3) exp(−√5 r) (Rasmussen & Williams 2006, eq. 4.17), and
/// dk / dr² = −5 / 6 (1 + √5 r) exp(−√5 r), which exists at r = 0.
pub(super) fn matern(r2: f64) -> (f64, f64) {
    let root = SQRT_5 * r2.sqrt();
    let decay = libm::exp(-root);
    ((1.0 + root + r2 * (5.0 / 3.0)) * decay, -5.0 / 6.0 * (1.0 + root) * decay)
}

impl Kernel {
    pub fn new(hyper: &Hyper) -> Self {
        let weights = hyper.length_scales.iter().map(|length| 1.0 / (length * length)).collect();
        Self { amplitude: hyper.amplitude, noise: hyper.noise, weights }
    }

    /// r²: the squared distance in length scales.
    pub fn distance(&self, a: &[f64], b: &[f64]) -> f64 {
        let parts = a.iter().zip(b).zip(&self.weights);
        parts.map(|((a, b), weight)| (a - b) * (a - b) * weight).sum()
    }

    pub fn covariance(&self, a: &[f64], b: &[f64]) -> f64 {
        self.amplitude * matern(self.distance(a, b)).0
    }

    /// The covariances of one place with each of the others.
    pub fn row(&self, places: &[f64], place: &[f64]) -> Vec<f64> {
        places.chunks_exact(place.len().max(1)).map(|other| self.covariance(other, place)).collect()
    }

    /// The factor of K + σ² I over places, row after row.
    pub fn factor(&self, places: &[f64]) -> Option<Cholesky> {
        let d = self.weights.len().max(1);
        let mut triangle = Vec::new();
        for (i, place) in places.chunks_exact(d).enumerate() {
            triangle.extend(self.row(&places[..i * d], place));
            triangle.push(self.amplitude + self.noise);
        }
        let mut jitter = 0.0;
        while jitter <= MOST_JITTER {
            if let Some(factor) = Cholesky::of(&triangle) {
                return Some(factor);
            }
            // Only ever needed where noise is far below rounding.
            let wider = if jitter == 0.0 { 1e-10 } else { jitter * 100.0 };
            let mut diagonal = 0;
            for i in 0..places.len() / d {
                diagonal += i;
                triangle[diagonal + i] += (wider - jitter) * self.amplitude;
            }
            jitter = wider;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_has_the_values_of_its_closed_form() {
        // (1 + √5 + 5/3) exp(−√5) and (1 + 2√5 + 20/3) exp(−2√5), by Python.
        assert_eq!(matern(0.0).0, 1.0);
        assert!((matern(1.0).0 - 0.523_994_108_831_820_3).abs() < 1e-15);
        assert!((matern(4.0).0 - 0.138_660_219_138_504_26).abs() < 1e-15);
    }

    #[test]
    fn the_slope_is_that_of_finite_differences() {
        for r2 in [0.01, 0.5, 3.0] {
            let numeric = (matern(r2 + 1e-6).0 - matern(r2 - 1e-6).0) / 2e-6;
            assert!((matern(r2).1 - numeric).abs() < 1e-8, "{r2}");
        }
    }

    #[test]
    fn equal_places_without_noise_still_have_a_factor() {
        let kernel = Kernel::new(&Hyper { length_scales: vec![0.5], amplitude: 2.0, noise: 0.0 });
        assert!(kernel.factor(&[0.5, 0.5, 0.1, 0.5]).is_some());
    }
}
