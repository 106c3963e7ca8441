//! A stream of random numbers addressed by (seed, purpose, number), so that neither pauses nor the order of work change it. SplitMix64
//! (Steele, Lea & Flood 2014). Deliberately not a general random generator.

/// What a stream is for: two purposes never share numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// A point drawn at random.
    Point = 1,
    /// The scrambling of a Sobol sequence whose points are tried.
    Start = 2,
    /// The scrambling of the candidates among which the next point is sought.
    Candidates = 3,
    /// The scrambling of the points over which importance is averaged.
    Importance = 4,
}

pub(super) struct Stream(u64);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
const TWO_POW_MINUS_53: f64 = 1.0 / 9_007_199_254_740_992.0;

impl Stream {
    pub fn new(seed: u64, purpose: Purpose, number: u32) -> Self {
        let address = (purpose as u64) << 32 | u64::from(number);
        Self(mixed(mixed(seed.wrapping_add(STEP)) ^ address))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// A number strictly between 0 and 1.
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) * TWO_POW_MINUS_53
    }

    /// A whole number from 0 to `n - 1`; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }
}

/// The finalizer of SplitMix64.
fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Purpose, Stream};

    #[test]
    fn streams_differ_by_seed_purpose_and_number_and_repeat_otherwise() {
        let first = |seed, purpose, number| Stream::new(seed, purpose, number).bits();
        let base = first(1, Purpose::Point, 1);
        assert_eq!(base, first(1, Purpose::Point, 1));
        for other in [first(2, Purpose::Point, 1), first(1, Purpose::Start, 1), first(1, Purpose::Point, 2)] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn uniforms_fill_the_interval_evenly() {
        let mut stream = Stream::new(5, Purpose::Point, 0);
        let mut counts = [0; 10];
        for _ in 0..10_000 {
            counts[(stream.uniform() * 10.0) as usize] += 1;
            assert!(stream.below(3) < 3);
        }
        assert!(counts.iter().all(|n| (850..1_150).contains(n)), "{counts:?}");
        assert_eq!(stream.below(0), 0);
    }
}
