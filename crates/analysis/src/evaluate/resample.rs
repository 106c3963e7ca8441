//! Random numbers and order statistics for the bootstrap. Deliberately no statistic of its own: what is resampled, and for what, its callers
//! say. A stream is addressed by seed and resample, so that no resample depends on another.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The random numbers of one resample: xoshiro256++ (Blackman & Vigna 2021).
pub(super) struct Draws(Xoshiro256PlusPlus);

impl Draws {
    pub fn new(seed: u64, resample: u32) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(xxh3_64_with_seed(&resample.to_le_bytes(), seed)))
    }

    /// A number strictly between 0 and 1.
    #[cfg(test)]
    pub fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
    }

    /// How often each of `n_rows` rows is among as many that are drawn with replacement.
    pub fn counts(&mut self, n_rows: usize) -> Vec<u32> {
        let mut counts = vec![0; n_rows];
        for _ in 0..n_rows {
            // By multiplication of 32 bits, which are few instructions in wasm as well; its bias is rows / 2³².
            let row = (u64::from(self.0.next_u32()) * n_rows as u64) >> 32;
            counts[row as usize] += 1;
        }
        counts
    }
}

/// The value at a share `p` of the sorted ones, one of themselves: the ⌈p n⌉-th. `None` without values.
pub(super) fn order_statistic(sorted: &[f64], p: f64) -> Option<f64> {
    let place = (p.clamp(0.0, 1.0) * sorted.len() as f64).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::{Draws, order_statistic};

    #[test]
    fn every_draw_is_counted_and_streams_repeat() {
        let counts = Draws::new(1, 0).counts(1_000);
        assert_eq!(counts.iter().sum::<u32>(), 1_000);
        // A share of 1/e is never drawn.
        let n_absent = counts.iter().filter(|&&count| count == 0).count();
        assert!((330..405).contains(&n_absent), "{n_absent}");
        assert_eq!(counts, Draws::new(1, 0).counts(1_000));
        assert_ne!(counts, Draws::new(1, 1).counts(1_000));
        assert_ne!(counts, Draws::new(2, 0).counts(1_000));
        assert!(Draws::new(0, 0).counts(0).is_empty());
    }

    #[test]
    fn order_statistics_are_values_themselves() {
        let sorted: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!((order_statistic(&sorted, 0.025), order_statistic(&sorted, 0.975)), (Some(5.0), Some(195.0)));
        assert_eq!((order_statistic(&sorted, 0.0), order_statistic(&sorted, 1.0)), (Some(1.0), Some(200.0)));
        assert_eq!(order_statistic(&[], 0.5), None);
    }
}
