//! What a point promises, from the model's mean and standard deviation there. Deliberately not the search for the point that promises
//! most.

/// The rule by which a model chooses the next point. Losses are minimised: the upper confidence bound is that of their negatives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Acquisition {
    /// How far mean − kappa × sd lies below the best loss (Cox & John 1992; Srinivas et al. 2010).
    UpperConfidence { kappa: f64 },
    /// How far the loss is expected to fall below the best one, not falling counting as 0 (Mockus 1978; Jones et al. 1998).
    ExpectedImprovement,
}

impl Default for Acquisition {
    fn default() -> Self {
        Self::UpperConfidence { kappa: 2.5 }
    }
}

const SQRT_2_PI: f64 = 2.506_628_274_631_000_7;

/// φ(z), the standard normal density.
fn density(z: f64) -> f64 {
    libm::exp(-0.5 * z * z) / SQRT_2_PI
}

/// Φ(z), the standard normal distribution.
fn distribution(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// ln(φ(z) + z Φ(z)), the logarithm of the expected improvement for sd 1, without underflow (Ament et al. 2023, arXiv:2310.20708).
fn log_improvement(z: f64) -> f64 {
    if z > -20.0 {
        return libm::log(density(z) + z * distribution(z));
    }
    // φ(z) / z² (1 − 3/z² + 15/z⁴ − 105/z⁶ + …), whose next term is below 1e-7 here.
    let inverse = 1.0 / (z * z);
    let series = 1.0 + inverse * (-3.0 + inverse * (15.0 + inverse * (-105.0 + inverse * 945.0)));
    -0.5 * z * z - libm::log(SQRT_2_PI) + libm::log(inverse * series)
}

impl Acquisition {
    /// What a point promises, in the loss's units: more is better.
    pub fn promise(self, mean: f64, sd: f64, best: f64) -> f64 {
        let gain = best - mean;
        match self {
            Self::UpperConfidence { kappa } => gain + kappa * sd,
            Self::ExpectedImprovement if sd > 0.0 => {
                let z = gain / sd;
                (sd * (density(z) + z * distribution(z))).max(0.0)
            }
            Self::ExpectedImprovement => gain.max(0.0),
        }
    }

    /// A number that orders points as their promises do, also where those underflow.
    pub(super) fn rank(self, mean: f64, sd: f64, best: f64) -> f64 {
        match self {
            Self::UpperConfidence { .. } => self.promise(mean, sd, best),
            Self::ExpectedImprovement if sd > 0.0 => libm::log(sd) + log_improvement((best - mean) / sd),
            Self::ExpectedImprovement => libm::log((best - mean).max(0.0)),
        }
    }

    /// The share of the promise that comes from not knowing the loss: 0 to 1.
    pub fn exploration(self, mean: f64, sd: f64, best: f64) -> f64 {
        let (of_mean, of_sd) = match self {
            Self::UpperConfidence { kappa } => (best - mean, kappa * sd),
            Self::ExpectedImprovement if sd > 0.0 => {
                let z = (best - mean) / sd;
                ((best - mean) * distribution(z), sd * density(z))
            }
            Self::ExpectedImprovement => (best - mean, 0.0),
        };
        // A mean above the best loss promises nothing by itself.
        let all = of_mean.max(0.0) + of_sd;
        if all > 0.0 { of_sd / all } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIDENCE: Acquisition = Acquisition::UpperConfidence { kappa: 2.5 };
    const EXPECTED: Acquisition = Acquisition::ExpectedImprovement;

    #[test]
    fn the_bound_and_the_expectation_have_the_values_of_their_definitions() {
        assert_eq!(CONFIDENCE.promise(3.0, 2.0, 4.0), 6.0);
        // By scipy: norm.pdf(.5) + .5 * norm.cdf(.5), times 2.
        assert!((EXPECTED.promise(3.0, 2.0, 4.0) - 1.395_593_114_802_612_3).abs() < 1e-14);
        assert_eq!((EXPECTED.promise(3.0, 0.0, 4.0), EXPECTED.promise(5.0, 0.0, 4.0)), (1.0, 0.0));
    }

    #[test]
    fn the_logarithm_is_right_where_the_expectation_underflows() {
        // By mpmath with 50 digits: log(npdf(z) + z * ncdf(z)).
        let expected = [
            (1.0, 0.080_026_218_849_306_94),
            (-1.0, -2.485_121_025_712_641_3),
            (-10.0, -55.553_122_036_122_36),
            (-19.9, -204.912_887_694_921_7),
            (-20.1, -208.932_740_416_624_6),
            (-50.0, -1_258.744_182_868_461),
            (-1e6, -500_000_000_028.55),
        ];
        for (z, log) in expected {
            let found = log_improvement(z);
            assert!((found / log - 1.0).abs() < 1e-9, "{z}: {found} {log}");
        }
    }

    #[test]
    fn ranks_order_points_as_promises_do() {
        let points =
            [(1.0, 0.080_026_218_849_306_94), (1.0, 0.080_026_218_849_306_94), (0.2, 0.1), (3.0, 1.0), (0.9, 0.0)];
        for acquisition in [CONFIDENCE, EXPECTED] {
            for (a, b) in points.iter().flat_map(|a| points.iter().map(move |b| (a, b))) {
                let promises = acquisition.promise(a.0, a.1, 1.0).total_cmp(&acquisition.promise(b.0, b.1, 1.0));
                let ranks = acquisition.rank(a.0, a.1, 1.0).total_cmp(&acquisition.rank(b.0, b.1, 1.0));
                assert_eq!(promises, ranks, "{acquisition:?} {a:?} {b:?}");
            }
        }
    }

    #[test]
    fn a_point_is_explored_for_what_is_not_known_and_exploited_for_what_is() {
        for acquisition in [CONFIDENCE, EXPECTED] {
            assert_eq!(acquisition.exploration(5.0, 1.0, 4.0), 1.0, "the mean promises nothing");
            assert_eq!(acquisition.exploration(3.0, 0.0, 4.0), 0.0);
            assert_eq!(acquisition.exploration(5.0, 0.0, 4.0), 0.0, "nothing is promised at all");
            assert!((0.01..0.99).contains(&acquisition.exploration(3.5, 0.5, 4.0)));
        }
    }
}
