//! The gamma function as likelihoods need it: how its logarithm and the derivative of that grow over a step. Deliberately for positive arguments
//! only; the function itself is `libm`'s.

/// From here on Stirling's series are right to 1e-15.
const LARGE: f64 = 10.0;

/// ln Γ(z) − Stirling's (z − ½) ln z − z + ½ ln 2π, by odd powers of 1/z (Abramowitz & Stegun 6.1.41).
const LOG_GAMMA: [f64; 6] =
    [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1_260.0, -1.0 / 1_680.0, 1.0 / 1_188.0, -691.0 / 360_360.0];

/// ln z − 1/2z − ψ(z), by even powers of 1/z (Abramowitz & Stegun 6.3.18).
const DIGAMMA: [f64; 6] = [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0];

/// ψ(z) for z > 0: by ψ(z) = ψ(z + 1) − 1/z up to where the series holds.
pub(super) fn digamma(z: f64) -> f64 {
    let mut z = z;
    let mut below = 0.0;
    while z < LARGE {
        below += 1.0 / z;
        z += 1.0;
    }
    libm::log(z) - 0.5 / z - series(&DIGAMMA, z) / z - below
}

/// ln Γ(z + step) − ln Γ(z) and ψ(z + step) − ψ(z), for z > 0 and step ≥ 0. For large z the difference of the two values would be rounding: where
/// a likelihood is highest at infinity, a search for its maximum would end in noise.
pub(super) fn rise(z: f64, step: f64) -> (f64, f64) {
    let end = z + step;
    if z < LARGE {
        return (libm::lgamma(end) - libm::lgamma(z), digamma(end) - digamma(z));
    }
    let growth = libm::log1p(step / z);
    let of_log_gamma = series(&LOG_GAMMA, end) - series(&LOG_GAMMA, z);
    let of_digamma = series(&DIGAMMA, end) / end - series(&DIGAMMA, z) / z;
    ((z - 0.5) * growth + step * (libm::log(end) - 1.0) + of_log_gamma, growth + 0.5 * step / z / end - of_digamma)
}

/// Σ cₖ z^(−1 − 2k).
fn series(coefficients: &[f64; 6], z: f64) -> f64 {
    let square = 1.0 / (z * z);
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * square + coefficient) / z
}

#[cfg(test)]
mod tests {
    use super::{digamma, rise};

    #[test]
    fn digamma_is_right() {
        // 30 digits, rounded.
        for (z, expected) in [
            (0.001, -1000.5755719318103),
            (0.243, -4.351093864423211),
            (1.0, -0.5772156649015329),
            (2.5, 0.7031566406452432),
            (9.99, 2.250700372831201),
            (10.0, 2.251752589066721),
            (123.4, 4.8113737751162775),
            (1000000.0, 13.815510057964191),
        ] {
            let found = digamma(z);
            assert!((found - expected).abs() <= 2e-15 * f64::max(1.0, expected.abs()), "{z}: {found} {expected}");
        }
    }

    #[test]
    fn rises_are_right_also_where_values_are_large() {
        for (z, step, of_log_gamma, of_digamma) in [
            (0.243, 1.0, -1.4146938356415886, 4.11522633744856),
            (0.243, 26.0, 57.473730085162266, 7.599319467232854),
            (2.4, 300.0, 1422.6798742996411, 5.057195124165326),
            (9.9, 0.7, 1.5942433491126722, 0.071762866797193),
            (10.0, 3.0, 7.1853870155804165, 0.27424242424242423),
            (57.3, 900.0, 5437.642132547862, 2.8240451887529283),
            (400000.0, 12.0, 154.7908029115002, 2.999958750790608e-05),
            (7.9e8, 7.0, 143.41280455055966, 8.860759460022432e-09),
        ] {
            let found = rise(z, step);
            for (found, expected) in [(found.0, of_log_gamma), (found.1, of_digamma)] {
                assert!((found - expected).abs() <= 1e-13 * f64::abs(expected), "{z} {step}: {found} {expected}");
            }
        }
        assert_eq!((rise(0.3, 0.0), rise(30.0, 0.0)), ((0.0, 0.0), (0.0, 0.0)));
    }
}
