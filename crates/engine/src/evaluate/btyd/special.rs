//! The logarithmic derivative of the gamma function. Deliberately for positive arguments only; the gamma function itself is `libm`'s.

/// ψ(x) for x > 0: the recurrence ψ(x) = ψ(x + 1) − 1/x up to 10, then Stirling's series (Abramowitz & Stegun 6.3.5 and 6.3.18), whose first
/// neglected term is below 1e-14 there.
pub(super) fn digamma(x: f64) -> f64 {
    let mut x = x;
    let mut below = 0.0;
    while x < 10.0 {
        below += 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0];
    let sum = series.iter().rev().fold(0.0, |sum, term| (sum + term) * square);
    libm::log(x) - 0.5 / x - sum - below
}

#[cfg(test)]
mod tests {
    use super::digamma;

    #[test]
    fn values_are_those_of_scipy() {
        let of_scipy = [
            (0.001, -1000.5755719318103),
            (0.243, -4.351093864423211),
            (1.0, -0.5772156649015329),
            (2.5, 0.7031566406452432),
            (9.99, 2.250700372831201),
            (10.0, 2.251752589066721),
            (123.4, 4.8113737751162775),
            (1000000.0, 13.81551005796419),
        ];
        for (x, expected) in of_scipy {
            let found = digamma(x);
            assert!((found - expected).abs() <= 2e-14 * f64::max(1.0, expected.abs()), "{x}: {found} {expected}");
        }
    }
}
