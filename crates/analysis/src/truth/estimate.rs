//! Sampling errors of measured values: a jackknife over groups of customers for anything computed from sums, the binomial and the
//! chi-square distribution where the law is known. Deliberately no random numbers: the same data give the same range.

/// Half-width of a range in standard errors: with some fifty checks a false alarm once in hundreds of runs.
pub const SIGMAS: f64 = 4.5;

/// Groups of customers that the jackknife leaves out in turn.
const N_GROUPS: usize = 50;

/// A value with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub error: f64,
}

/// Sums of K terms over customers, by group.
pub struct Sums<const K: usize> {
    groups: Vec<[f64; K]>,
}

impl<const K: usize> Sums<K> {
    pub fn new() -> Self {
        Self { groups: vec![[0.0; K]; N_GROUPS] }
    }

    pub fn add(&mut self, customer: usize, terms: [f64; K]) {
        for (sum, term) in self.groups[customer % N_GROUPS].iter_mut().zip(terms) {
            *sum += term;
        }
    }

    pub fn total(&self) -> [f64; K] {
        let mut total = [0.0; K];
        for group in &self.groups {
            total.iter_mut().zip(group).for_each(|(sum, term)| *sum += term);
        }
        total
    }

    /// A function of the sums with its jackknife error (Tukey 1958).
    pub fn estimate(&self, of: impl Fn(&[f64; K]) -> f64) -> Estimate {
        let total = self.total();
        let without: Vec<f64> = self
            .groups
            .iter()
            .map(|group| {
                let mut rest = total;
                rest.iter_mut().zip(group).for_each(|(sum, term)| *sum -= term);
                of(&rest)
            })
            .collect();
        let n = N_GROUPS as f64;
        let mean = without.iter().sum::<f64>() / n;
        let squares: f64 = without.iter().map(|x| (x - mean) * (x - mean)).sum();
        Estimate { value: of(&total), error: (squares * (n - 1.0) / n).sqrt() }
    }
}

/// The standard error of a share of n independent trials.
pub fn binomial_error(probability: f64, n: f64) -> f64 {
    (probability * (1.0 - probability) / n.max(1.0)).max(0.0).sqrt()
}

/// The value that a chi-square of so many degrees of freedom exceeds as often as a normal exceeds `sigmas` (Wilson & Hilferty 1931).
pub fn chi_square_quantile(degrees: f64, sigmas: f64) -> f64 {
    let part = 2.0 / (9.0 * degrees.max(1.0));
    let root = (1.0 - part + sigmas * part.sqrt()).max(0.0);
    degrees * root * root * root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_jackknife_error_of_a_mean_is_the_textbook_one() {
        let mut sums = Sums::<2>::new();
        // A multiplicative generator: no pattern that the groups could share.
        let mut state = 1_u64;
        let values: Vec<f64> = (0..5_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 57) as f64
            })
            .collect();
        values.iter().enumerate().for_each(|(i, x)| sums.add(i, [*x, 1.0]));
        let found = sums.estimate(|s| s[0] / s[1]);
        let mean = values.iter().sum::<f64>() / 5_000.0;
        let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 4_999.0;
        assert!((found.value - mean).abs() < 1e-9);
        assert!((found.error / (variance / 5_000.0).sqrt() - 1.0).abs() < 0.35, "{found:?}");
    }

    #[test]
    fn chi_square_quantiles_are_the_tabulated_ones() {
        // 1.959964 sigmas = 97.5 %.
        for (degrees, tabulated) in [(4.0, 11.143), (20.0, 34.170), (60.0, 83.298)] {
            assert!((chi_square_quantile(degrees, 1.959_964) / tabulated - 1.0).abs() < 0.005);
        }
    }
}
