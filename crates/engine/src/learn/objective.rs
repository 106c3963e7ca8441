//! What a training minimises: gradients, hessians, the first prediction, the value of a leaf where Newton's step does not give it, and
//! the loss. Deliberately row by row; nothing here knows of trees.
//!
//! | objective | loss of one row (y actual, f margin) | prediction | source |
//! |---|---|---|---|
//! | squared error | (f − y)² / 2 | f | Friedman 2001 |
//! | Tweedie, variance power ρ | −y e^((1−ρ)f) / (1−ρ) + e^((2−ρ)f) / (2−ρ) | e^f | Yang, Qian & Zou 2018 (arXiv:1508.06378), eq. 3 |
//! | quantile, level q | max(q (y − f), (q − 1)(y − f)) | f | Koenker & Bassett 1978; leaves by Friedman 2001, section 4.3 |

use super::error::LearnError;
use super::histogram::sum_by;
use serde::{Deserialize, Serialize};

/// The objective under XGBoost's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Objective {
    /// The mean.
    #[default]
    SquaredError,
    /// The mean of something that is often zero and otherwise positive; the variance grows with this power of the mean, above 1 and
    /// below 2.
    Tweedie { variance_power: f64 },
    /// The value below which this share of the rows lies, above 0 and below 1.
    Quantile { level: f64 },
}

/// e^80 keeps every product with a target within float32.
const MOST_MARGIN: f32 = 80.0;

impl Objective {
    /// XGBoost's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::SquaredError => "reg:squarederror",
            Self::Tweedie { .. } => "reg:tweedie",
            Self::Quantile { .. } => "reg:quantileerror",
        }
    }

    /// XGBoost's name of the objective's own parameter, with its value.
    pub fn parameter(self) -> Option<(&'static str, f64)> {
        match self {
            Self::SquaredError => None,
            Self::Tweedie { variance_power } => Some(("tweedie_variance_power", variance_power)),
            Self::Quantile { level } => Some(("quantile_alpha", level)),
        }
    }

    /// Closed bounds of that parameter, also in words.
    pub fn bounds(self) -> Option<(f64, f64, &'static str)> {
        match self {
            Self::SquaredError => None,
            Self::Tweedie { .. } => Some((1.01, 1.99, "from 1.01 to 1.99")),
            Self::Quantile { .. } => Some((0.01, 0.99, "from 0.01 to 0.99")),
        }
    }

    /// The name of the loss.
    pub fn loss_name(self) -> &'static str {
        match self {
            Self::SquaredError => "RMSE",
            Self::Tweedie { .. } => "Tweedie loss",
            Self::Quantile { .. } => "pinball loss",
        }
    }

    /// Refuses targets that the loss is not defined for.
    pub(super) fn check_target(self, split: &'static str, target: &[f32]) -> Result<(), LearnError> {
        let Self::Tweedie { .. } = self else { return Ok(()) };
        match target.iter().position(|&value| value < 0.0) {
            Some(row) => Err(LearnError::NegativeTarget { split, row }),
            None if split == "training" && target.iter().all(|&value| value == 0.0) => Err(LearnError::AllZero),
            None => Ok(()),
        }
    }

    /// The best constant prediction.
    pub(super) fn base_score(self, target: &[f32]) -> f32 {
        match self {
            Self::SquaredError | Self::Tweedie { .. } => {
                let sum: f64 = target.iter().map(|&target| f64::from(target)).sum();
                (sum / target.len() as f64) as f32
            }
            Self::Quantile { level } => quantile(&mut target.to_vec(), level),
        }
    }

    /// The prediction as the sum of trees has it.
    pub(super) fn margin(self, prediction: f32) -> f32 {
        match self {
            // Rounded once: the logarithm in single precision is now and then a place off, and then xgboost's margins are others.
            Self::Tweedie { .. } => libm::log(f64::from(prediction)) as f32,
            Self::SquaredError | Self::Quantile { .. } => prediction,
        }
    }

    /// The prediction that a sum of trees stands for.
    pub fn prediction(self, margin: f32) -> f32 {
        match self {
            Self::Tweedie { .. } => libm::expf(margin),
            Self::SquaredError | Self::Quantile { .. } => margin,
        }
    }

    /// True where contributions add up to the logarithm of a prediction.
    pub fn is_log(self) -> bool {
        matches!(self, Self::Tweedie { .. })
    }

    /// First derivatives of the loss by the margin; second ones only where they differ from 1.
    pub(super) fn derive(self, target: &[f32], margins: &[f32], gradients: &mut [f32], hessians: &mut Vec<f32>) {
        let rows = gradients.iter_mut().zip(margins).zip(target);
        match self {
            Self::SquaredError => rows.for_each(|((gradient, &margin), &target)| *gradient = margin - target),
            Self::Quantile { level } => {
                let (above, below) = ((1.0 - level) as f32, -level as f32);
                rows.for_each(|((gradient, &margin), &target)| {
                    *gradient = if margin >= target { above } else { below };
                });
            }
            Self::Tweedie { variance_power } => {
                let (a, b) = ((1.0 - variance_power) as f32, (2.0 - variance_power) as f32);
                hessians.resize(target.len(), 0.0);
                for (((gradient, &margin), &target), hessian) in rows.zip(hessians) {
                    let margin = margin.clamp(-MOST_MARGIN, MOST_MARGIN);
                    let (pull, push) = (target * libm::expf(a * margin), libm::expf(b * margin));
                    *gradient = push - pull;
                    *hessian = b * push - a * pull;
                }
            }
        }
    }

    /// Mean loss over rows; of squared error its root, and without the half, so that it is in the target's unit.
    pub(super) fn loss(self, target: &[f32], margins: &[f32], gradients: &[f32]) -> f64 {
        let n_rows = target.len() as f64;
        let mean = |of_row: &dyn Fn(f64, f64) -> f64| {
            let rows = target.iter().zip(margins);
            rows.map(|(&target, &margin)| of_row(f64::from(target), f64::from(margin))).sum::<f64>() / n_rows
        };
        match self {
            // The gradient is the error itself.
            Self::SquaredError => {
                (sum_by(gradients, |gradient| f64::from(gradient) * f64::from(gradient)) / n_rows).sqrt()
            }
            Self::Tweedie { variance_power } => {
                let (a, b) = (1.0 - variance_power, 2.0 - variance_power);
                mean(&|target, margin| libm::exp(b * margin) / b - target * libm::exp(a * margin) / a)
            }
            Self::Quantile { level } => mean(&|target, margin| {
                let error = target - margin;
                (level * error).max((level - 1.0) * error)
            }),
        }
    }

    /// The level whose quantile of the residuals is a leaf's value; `None` where Newton's step is.
    pub(super) fn leaf_level(self) -> Option<f64> {
        match self {
            Self::Quantile { level } => Some(level),
            Self::SquaredError | Self::Tweedie { .. } => None,
        }
    }
}

/// The quantile by interpolation at level · (n + 1) (Hyndman & Fan 1996, definition 6), as XGBoost takes it; 0 of nothing.
pub(super) fn quantile(values: &mut [f32], level: f64) -> f32 {
    values.sort_unstable_by(f32::total_cmp);
    let (Some(&first), Some(&last)) = (values.first(), values.last()) else { return 0.0 };
    let at = level * (values.len() + 1) as f64;
    if at <= 1.0 {
        return first;
    }
    let below = at as usize;
    match values.get(below) {
        Some(&above) => {
            let low = f64::from(values[below - 1]);
            (low + (at - below as f64) * (f64::from(above) - low)) as f32
        }
        None => last,
    }
}

#[cfg(test)]
mod tests {
    use super::{Objective, quantile};

    const TWEEDIE: Objective = Objective::Tweedie { variance_power: 1.3 };

    #[test]
    fn quantiles_interpolate_between_order_statistics() {
        let of = |level| quantile(&mut [4.0, 1.0, 3.0, 2.0], level);
        assert_eq!([0.1, 0.2, 0.5, 0.7, 0.8, 0.99].map(of), [1.0, 1.0, 2.5, 3.5, 4.0, 4.0]);
        assert_eq!((quantile(&mut [], 0.5), quantile(&mut [7.0], 0.9)), (0.0, 7.0));
    }

    #[test]
    fn gradients_and_hessians_are_the_derivatives_of_the_loss() {
        for (target, margin) in [(0.0, -1.0), (3.0, 0.5), (250.0, 4.0)] {
            let loss = |margin: f64| TWEEDIE.loss(&[target], &[margin as f32], &[0.0]);
            let (mut gradient, mut hessian) = ([0.0], vec![]);
            TWEEDIE.derive(&[target], &[margin], &mut gradient, &mut hessian);
            let (m, step) = (f64::from(margin), 1.0 / 64.0);
            let first = (loss(m + step) - loss(m - step)) / (2.0 * step);
            let second = (loss(m + step) - 2.0 * loss(m) + loss(m - step)) / (step * step);
            assert!((first - f64::from(gradient[0])).abs() < 2e-3 * (1.0 + first.abs()), "{first} {gradient:?}");
            assert!((second - f64::from(hessian[0])).abs() < 2e-3 * (1.0 + second.abs()), "{second} {hessian:?}");
        }
    }

    #[test]
    fn the_base_score_has_no_gradient() {
        let target = [0.0, 0.0, 5.0, 11.0];
        let base = TWEEDIE.margin(TWEEDIE.base_score(&target));
        let (mut gradients, mut hessians) = ([0.0; 4], vec![]);
        TWEEDIE.derive(&target, &[base; 4], &mut gradients, &mut hessians);
        assert!(gradients.iter().sum::<f32>().abs() < 1e-5, "{gradients:?}");
        let median = Objective::Quantile { level: 0.5 }.base_score(&target);
        assert_eq!((median, TWEEDIE.prediction(base).round()), (2.5, 4.0));
    }

    #[test]
    fn a_pinball_pulls_by_its_level() {
        let quantile = Objective::Quantile { level: 0.9 };
        let mut gradients = [0.0; 2];
        quantile.derive(&[1.0, 3.0], &[2.0, 2.0], &mut gradients, &mut vec![]);
        assert!((gradients[0] - 0.1).abs() < 1e-6 && (gradients[1] + 0.9).abs() < 1e-6);
        assert!((quantile.loss(&[1.0, 3.0], &[2.0, 2.0], &[]) - 0.5).abs() < 1e-12);
    }
}
