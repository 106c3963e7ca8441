//! The one quantile of Student's t that 95 % intervals need. Deliberately not a library of distributions: whole degrees of freedom, one level.

/// The standard normal's quantile at .975.
const NORMAL: f64 = 1.959_963_984_540_054;

/// From here on the expansion is right to 1e-11.
const LARGE: usize = 400;

/// The value that a t with `degrees` degrees of freedom exceeds with probability .025; `None` for 0 degrees.
pub(super) fn t_975(degrees: usize) -> Option<f64> {
    match degrees {
        0 => None,
        LARGE.. => Some(expansion(degrees as f64)),
        _ => Some(searched(degrees)),
    }
}

/// Powers of 1/ν around the normal quantile (Abramowitz & Stegun 26.7.5).
fn expansion(degrees: f64) -> f64 {
    let z = NORMAL;
    let (z2, z4) = (z * z, z * z * z * z);
    let z6 = z4 * z2;
    let terms = [
        z * (z2 + 1.0) / 4.0,
        z * (5.0 * z4 + 16.0 * z2 + 3.0) / 96.0,
        z * (3.0 * z6 + 19.0 * z4 + 17.0 * z2 - 15.0) / 384.0,
        z * (79.0 * z6 * z2 + 776.0 * z6 + 1_482.0 * z4 - 1_920.0 * z2 - 945.0) / 92_160.0,
    ];
    // From the smallest term, as Horner does.
    z + terms.iter().rev().fold(0.0, |sum, term| (sum + term) / degrees)
}

/// By halving an interval until it holds no further number: the probability rises with t.
fn searched(degrees: usize) -> f64 {
    // One degree has the longest tail, and 12.7 there.
    let (mut low, mut high) = (NORMAL, 13.0);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if within(middle, degrees) < 0.95 {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// The probability of −t … t: finite sums in the angle θ = atan(t / √ν) (Abramowitz & Stegun 26.7.3 and 26.7.4).
fn within(t: f64, degrees: usize) -> f64 {
    let nu = degrees as f64;
    let cos2 = nu / (nu + t * t);
    let sin = t / (nu + t * t).sqrt();
    let is_odd = degrees % 2 == 1;
    // 1 + ½ cos² + ½·¾ cos⁴ … for even ν, cos (1 + ⅔ cos² + …) for odd ν, up to cos^(ν − 2).
    let (mut term, mut next) = if is_odd { (cos2.sqrt(), 3.0) } else { (1.0, 2.0) };
    let mut sum = 0.0;
    let last = nu - 2.0;
    let mut power = if is_odd { 1.0 } else { 0.0 };
    while power <= last {
        sum += term;
        term *= cos2 * (next - 1.0) / next;
        next += 2.0;
        power += 2.0;
    }
    if is_odd { 2.0 / std::f64::consts::PI * (libm::atan(t / nu.sqrt()) + sin * sum) } else { sin * sum }
}

#[cfg(test)]
mod tests {
    use super::{expansion, searched, t_975};

    #[test]
    fn quantiles_are_right_to_eleven_digits() {
        // From the incomplete beta function with 30 digits; scipy 1.16 is off by 2e-11 at few degrees.
        let expected = [
            (1, 12.706204736174705),
            (2, 4.302652729749464),
            (3, 3.1824463052837096),
            (10, 2.228138851986275),
            (57, 2.0024654592910073),
            (399, 1.965927295920882),
            (400, 1.9659123432294632),
            (33_000, 1.96003587413893),
        ];
        for (degrees, expected) in expected {
            let found = t_975(degrees).unwrap();
            assert!((found / expected - 1.0).abs() < 1e-11, "{degrees}: {found} {expected}");
        }
        assert_eq!(t_975(0), None);
    }

    #[test]
    fn sums_and_expansion_meet() {
        for degrees in [400, 401, 1_000] {
            assert!((searched(degrees) - expansion(degrees as f64)).abs() < 1e-11);
        }
    }
}
