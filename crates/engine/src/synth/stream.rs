//! Random streams and the samplers on top of them. A stream is addressed by (seed, purpose, customer), and after NOW by
//! a day as well, so the order in which customers are made never changes one of them: xoshiro256++ (Blackman & Vigna
//! 2021), seeded by a hash of the address. Deliberately no `rand_distr` and no platform mathematics: only `libm`,
//! square roots and the four operations, which give the same bits natively and in wasm.
//!
//! | sampler | method | source |
//! |---|---|---|
//! | exponential | inversion | |
//! | normal | polar method | Marsaglia & Bray 1964 |
//! | gamma | squeeze on a cubed normal; shape < 1 by a power of a uniform | Marsaglia & Tsang 2000 |
//! | Poisson | products of uniforms, the mean cut into pieces of at most 16 | Knuth, TAOCP 2, 3.4.1 |
//! | binomial | counted trials | |

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What a stream is for: two purposes of one customer never share numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Attributes, then latents.
    Profile = 1,
    Purchases = 2,
    Engagement = 3,
    /// Support tickets that are about no purchase.
    Tickets = 4,
    /// Purchases after NOW and the tickets about them.
    Future = 5,
    /// Support tickets after NOW that are about no purchase.
    FutureTickets = 6,
    /// Interactions from a day on.
    FutureEngagement = 7,
    /// When in a day purchases happen.
    PurchaseClock = 8,
    /// When in their days the interactions from a day on happen.
    EngagementClock = 9,
    /// When in a day a newcomer's row arrives.
    NewcomerClock = 10,
}

/// A stream of random numbers.
pub struct Stream(Xoshiro256PlusPlus);

const TWO_POW_MINUS_32: f64 = 1.0 / 4_294_967_296.0;
const TWO_POW_MINUS_53: f64 = 1.0 / 9_007_199_254_740_992.0;

/// Largest mean whose Poisson count is drawn in one piece: e⁻¹⁶ is still far above the smallest product of uniforms.
const POISSON_PIECE: f64 = 16.0;

impl Stream {
    /// The stream of one customer for one purpose.
    pub fn new(seed: u64, purpose: Purpose, customer_id: i32) -> Self {
        let address = (purpose as u64) << 32 | u64::from(customer_id.unsigned_abs());
        Self(Xoshiro256PlusPlus::seed_from_u64(xxh3_64_with_seed(&address.to_le_bytes(), seed)))
    }

    /// The stream of one customer for one purpose from a day on: as independent of other days' as of other customers'.
    pub fn on_day(seed: u64, purpose: Purpose, customer_id: i32, day: i32) -> Self {
        let mut address = [0; 12];
        address[..4].copy_from_slice(&customer_id.to_le_bytes());
        address[4..8].copy_from_slice(&(purpose as u32).to_le_bytes());
        address[8..].copy_from_slice(&day.to_le_bytes());
        Self(Xoshiro256PlusPlus::seed_from_u64(xxh3_64_with_seed(&address, seed)))
    }

    /// 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// 32 random bits.
    #[inline]
    pub fn bits32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// A number strictly between 0 and 1.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) * TWO_POW_MINUS_53
    }

    /// A number strictly between 0 and 1 from 32 bits: for decisions and counts, where half the random bytes do.
    #[inline]
    fn uniform32(&mut self) -> f64 {
        (f64::from(self.bits32()) + 0.5) * TWO_POW_MINUS_32
    }

    /// A whole number from 0 to `n - 1`; 0 when `n` is 0.
    #[inline]
    pub fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.bits32()) * u64::from(n)) >> 32) as u32
    }

    /// True with the given probability.
    #[inline]
    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform32() < probability
    }

    /// Exponential with mean 1.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.uniform())
    }

    /// Exponential with mean 1, conditioned on being below `limit`.
    pub fn exponential_below(&mut self, limit: f64) -> f64 {
        let mass = -libm::expm1(-limit);
        let draw = -libm::log1p(-self.uniform() * mass);
        if draw < limit { draw } else { 0.0 }
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        loop {
            let x = 2.0 * self.uniform() - 1.0;
            let y = 2.0 * self.uniform() - 1.0;
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                return x * (-2.0 * libm::log(square) / square).sqrt();
            }
        }
    }

    /// Gamma with the given shape (> 0) and scale 1.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = libm::pow(self.uniform(), 1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            let u = self.uniform();
            let x2 = x * x;
            if u < 1.0 - 0.0331 * x2 * x2 || libm::log(u) < 0.5 * x2 + d * (1.0 - v + libm::log(v)) {
                return d * v;
            }
        }
    }

    /// Gamma with shape 2 and scale 1: the sum of two exponentials, for one logarithm.
    #[inline]
    pub fn gamma2(&mut self) -> f64 {
        -libm::log(self.uniform() * self.uniform())
    }

    /// Poisson with the given mean; takes time in proportion to it.
    pub fn poisson(&mut self, mean: f64) -> u32 {
        let mut count = 0;
        let mut rest = mean;
        while rest > POISSON_PIECE {
            count += self.poisson_from(libm::exp(-POISSON_PIECE));
            rest -= POISSON_PIECE;
        }
        count + self.poisson_from(libm::exp(-rest))
    }

    /// Poisson whose probability of 0 is given: for a mean that is used again and again.
    #[inline]
    pub fn poisson_from(&mut self, probability_of_zero: f64) -> u32 {
        let mut count = 0;
        let mut product = self.uniform32();
        while product > probability_of_zero {
            product *= self.uniform32();
            count += 1;
        }
        count
    }

    /// Number of successes among `n` trials.
    pub fn binomial(&mut self, n: u32, probability: f64) -> u32 {
        (0..n).map(|_| u32::from(self.chance(probability))).sum()
    }

    /// A position in `weights`, which add up to 1.
    pub fn category(&mut self, weights: &[f64]) -> u8 {
        let mut rest = self.uniform32();
        for (idx, weight) in weights.iter().enumerate() {
            rest -= weight;
            if rest < 0.0 {
                return idx as u8;
            }
        }
        weights.len().saturating_sub(1) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of `n` draws.
    fn moments(n: usize, mut draw: impl FnMut(&mut Stream) -> f64) -> (f64, f64) {
        let mut stream = Stream::new(7, Purpose::Profile, 1);
        let draws: Vec<f64> = (0..n).map(|_| draw(&mut stream)).collect();
        let mean = draws.iter().sum::<f64>() / n as f64;
        let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1) as f64;
        (mean, variance)
    }

    /// Checks the mean to 4.5 standard errors and the variance to 6 %.
    fn check(name: &str, expected: (f64, f64), draw: impl FnMut(&mut Stream) -> f64) {
        let n = 100_000;
        let (mean, variance) = moments(n, draw);
        let standard_error = (expected.1 / n as f64).sqrt();
        assert!((mean - expected.0).abs() < 4.5 * standard_error, "{name}: mean {mean}, expected {}", expected.0);
        assert!((variance / expected.1 - 1.0).abs() < 0.06, "{name}: variance {variance}, expected {}", expected.1);
    }

    #[test]
    fn samplers_have_the_moments_of_their_distributions() {
        check("uniform", (0.5, 1.0 / 12.0), Stream::uniform);
        check("exponential", (1.0, 1.0), Stream::exponential);
        check("normal", (0.0, 1.0), Stream::normal);
        check("gamma2", (2.0, 2.0), Stream::gamma2);
        for shape in [0.4, 1.0, 2.5, 30.0] {
            check("gamma", (shape, shape), |s| s.gamma(shape));
        }
        for mean in [0.1, 2.0, 15.9, 16.1, 70.0] {
            check("poisson", (mean, mean), |s| f64::from(s.poisson(mean)));
        }
        for (n, p) in [(1, 0.3), (20, 0.05), (9, 0.8)] {
            let n_trials = f64::from(n);
            check("binomial", (n_trials * p, n_trials * p * (1.0 - p)), |s| f64::from(s.binomial(n, p)));
        }
    }

    #[test]
    fn a_cut_exponential_stays_below_its_limit_and_has_the_conditional_mean() {
        let limit = 1.5;
        let mut stream = Stream::new(1, Purpose::Purchases, 2);
        let draws: Vec<f64> = (0..50_000).map(|_| stream.exponential_below(limit)).collect();
        assert!(draws.iter().all(|d| (0.0..limit).contains(d)));
        let expected = 1.0 - limit * libm::exp(-limit) / -libm::expm1(-limit);
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        assert!((mean - expected).abs() < 0.01, "{mean} {expected}");
    }

    #[test]
    fn categories_follow_their_weights_and_the_last_one_takes_rounding() {
        let mut stream = Stream::new(1, Purpose::Profile, 3);
        let mut counts = [0.0; 3];
        for _ in 0..50_000 {
            counts[usize::from(stream.category(&[0.2, 0.0, 0.8]))] += 1.0;
        }
        assert!((counts[0] / 50_000.0_f64 - 0.2).abs() < 0.01);
        assert_eq!(counts[1], 0.0);
        assert!((0..1_000).all(|_| stream.category(&[1e-12, 1e-12]) < 2));
    }

    #[test]
    fn streams_differ_by_seed_purpose_and_customer_and_repeat_otherwise() {
        let first = |seed, purpose, id| Stream::new(seed, purpose, id).bits();
        let base = first(1, Purpose::Profile, 1);
        assert_eq!(base, first(1, Purpose::Profile, 1));
        for other in [first(2, Purpose::Profile, 1), first(1, Purpose::Purchases, 1), first(1, Purpose::Profile, 2)] {
            assert_ne!(base, other);
        }
        let on_day = |purpose, id, day| Stream::on_day(1, purpose, id, day).bits();
        let of_day = on_day(Purpose::Profile, 1, 0);
        assert_eq!(of_day, on_day(Purpose::Profile, 1, 0));
        let others = [(Purpose::Purchases, 1, 0), (Purpose::Profile, 2, 0), (Purpose::Profile, 1, -1)];
        assert!(others.iter().all(|&(purpose, id, day)| on_day(purpose, id, day) != of_day) && of_day != base);
    }

    #[test]
    fn the_first_numbers_of_a_stream_are_fixed_for_ever() {
        // Worked out by another implementation of XXH3, SplitMix64 and xoshiro256++.
        let mut stream = Stream::new(42, Purpose::Profile, 1);
        assert_eq!([stream.bits(), stream.bits()], [0xe4b9_7cf9_709a_c68b, 0x9fa6_ba38_c70b_7a41]);
    }
}
