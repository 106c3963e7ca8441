//! How much of the loss's variation over the space each dimension is responsible for, to the model: the shares of variance of its mean
//! (functional ANOVA: Sobol' 1993; Hutter et al. 2014 do the same with a forest). Deliberately about the whole space and not about the neighbourhood of the best trial.

use super::draws::Purpose;
use super::sobol::Sobol;
use super::surrogate::Surrogate;

/// Trials below which shares would be those of the prior.
const LEAST_TRIALS: usize = 4;
const N_POINTS: u32 = 512;

/// The shares of all dimensions that vary.
#[derive(Clone, Debug, PartialEq)]
pub struct Importance {
    /// In the order of the space.
    pub dimensions: Vec<Share>,
    /// What no dimension does alone: 1 less the sum of `alone`.
    pub together: f64,
}

/// Shares of the variance, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Position in the space.
    pub dimension: usize,
    /// Of the dimension's own effect. These add up to at most 1.
    pub alone: f64,
    /// Of every effect that it takes part in: what would be left if all others were known. These add up to 1 or more.
    pub with_others: f64,
}

impl Surrogate {
    /// `None` with fewer than four trials, and when the mean is the same everywhere. First-order and total indices by Jansen's
    /// estimators (Saltelli et al. 2010, table 2) over 512 points of a scrambled Sobol sequence.
    pub fn importance(&self) -> Option<Importance> {
        if self.n_trials() < LEAST_TRIALS {
            return None;
        }
        let d = self.space().free().len();
        // A fixed scramble: the same model has the same importance.
        let sobol = Sobol::scrambled(2 * d, 0, Purpose::Importance, 0);
        let mean = |place: &[f64]| {
            let mut place = place.to_vec();
            self.space().snap(&mut place);
            self.mean(&place)
        };
        let (mut values, mut alone, mut with_others) = (Vec::new(), vec![0.0; d], vec![0.0; d]);
        for index in 0..N_POINTS {
            let row = sobol.point(index);
            let (a, b) = row.split_at(d);
            let (of_a, of_b) = (mean(a), mean(b));
            for (side, &other) in b.iter().enumerate() {
                let mut mixed = a.to_vec();
                mixed[side] = other;
                let of_mixed = mean(&mixed);
                alone[side] += (of_b - of_mixed) * (of_b - of_mixed);
                with_others[side] += (of_a - of_mixed) * (of_a - of_mixed);
            }
            values.extend([of_a, of_b]);
        }
        let variance = variance(&values)?;
        let per_point = 0.5 / f64::from(N_POINTS) / variance;
        let share = |side: usize| Share {
            dimension: self.space().free()[side],
            alone: (1.0 - alone[side] * per_point).clamp(0.0, 1.0),
            with_others: (with_others[side] * per_point).clamp(0.0, 1.0),
        };
        let mut dimensions: Vec<Share> = (0..d).map(share).collect();
        // Estimates of a sum of at most 1 can exceed it.
        let sum: f64 = dimensions.iter().map(|share| share.alone).sum();
        dimensions.iter_mut().for_each(|share| share.alone /= sum.max(1.0));
        Some(Importance { dimensions, together: (1.0 - sum).max(0.0) })
    }
}

/// `None` when it is nothing beside the values' size.
fn variance(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n;
    (variance > 1e-20 * mean * mean && variance.is_finite()).then_some(variance)
}
