//! Low-discrepancy points: the Sobol sequence with the direction numbers of Joe & Kuo (2008, new-joe-kuo-6), plain or with Owen's nested
//! uniform scrambling by a hash (Laine & Karras 2011; Burley 2020). Deliberately stateless: any point of the sequence can be asked for.

use super::draws::{Purpose, Stream};
use super::space::MOST_DIMENSIONS;

const BITS: usize = 32;
const TWO_POW_MINUS_32: f64 = 1.0 / 4_294_967_296.0;

/// From the second column on: coefficients of the primitive polynomial, and initial numbers, as many as its degree.
const DIRECTIONS: [(u32, &[u32]); 2 * MOST_DIMENSIONS - 1] = [
    (0, &[1]),
    (1, &[1, 3]),
    (1, &[1, 3, 1]),
    (2, &[1, 1, 1]),
    (1, &[1, 1, 3, 3]),
    (4, &[1, 3, 5, 13]),
    (2, &[1, 1, 5, 5, 17]),
    (4, &[1, 1, 5, 5, 5]),
    (7, &[1, 1, 7, 11, 19]),
    (11, &[1, 1, 5, 1, 1]),
    (13, &[1, 1, 1, 3, 11]),
    (14, &[1, 3, 5, 5, 31]),
    (1, &[1, 3, 3, 9, 7, 49]),
    (13, &[1, 1, 1, 15, 21, 21]),
    (16, &[1, 3, 1, 13, 27, 49]),
    (19, &[1, 1, 1, 15, 7, 5]),
    (22, &[1, 3, 1, 15, 13, 25]),
    (25, &[1, 1, 5, 5, 19, 61]),
    (1, &[1, 3, 7, 11, 23, 15, 103]),
    (4, &[1, 3, 7, 13, 13, 15, 69]),
    (7, &[1, 1, 3, 13, 7, 35, 63]),
    (8, &[1, 3, 5, 9, 1, 25, 53]),
    (14, &[1, 3, 1, 13, 9, 35, 107]),
    (19, &[1, 3, 1, 5, 27, 61, 31]),
    (21, &[1, 1, 5, 11, 19, 41, 61]),
    (28, &[1, 3, 5, 3, 3, 13, 69]),
    (31, &[1, 1, 7, 13, 1, 19, 1]),
    (32, &[1, 3, 7, 5, 13, 19, 59]),
    (37, &[1, 1, 3, 9, 25, 29, 41]),
    (41, &[1, 3, 5, 13, 23, 1, 55]),
    (42, &[1, 3, 7, 3, 13, 59, 17]),
];

/// The sequence in some columns.
pub(super) struct Sobol {
    /// Of each column.
    directions: Vec<[u32; BITS]>,
    /// Of each column, when it is scrambled.
    keys: Option<Vec<u32>>,
}

impl Sobol {
    /// Points i and i + 1 differ in one direction (Antonov & Saleev 1979). At most twice as many columns as a space has dimensions.
    pub fn plain(n_columns: usize) -> Self {
        let directions = (0..n_columns.min(2 * MOST_DIMENSIONS)).map(directions_of).collect();
        Self { directions, keys: None }
    }

    /// Every point is uniform over the cube, and the first 2^k together are as even as the plain ones.
    pub fn scrambled(n_columns: usize, seed: u64, purpose: Purpose, number: u32) -> Self {
        let mut stream = Stream::new(seed, purpose, number);
        let plain = Self::plain(n_columns);
        let keys = plain.directions.iter().map(|_| stream.bits() as u32).collect();
        Self { keys: Some(keys), ..plain }
    }

    /// One point of the sequence; plain ones lie in [0, 1), scrambled ones strictly between 0 and 1.
    pub fn point(&self, index: u32) -> Vec<f64> {
        let gray = index ^ (index >> 1);
        let columns = self.directions.iter().enumerate();
        columns
            .map(|(column, directions)| {
                let mut sum = 0;
                for (bit, direction) in directions.iter().enumerate() {
                    if gray >> bit & 1 == 1 {
                        sum ^= direction;
                    }
                }
                match &self.keys {
                    None => f64::from(sum) * TWO_POW_MINUS_32,
                    Some(keys) => (f64::from(scrambled(sum, keys[column])) + 0.5) * TWO_POW_MINUS_32,
                }
            })
            .collect()
    }
}

/// Direction numbers of a column as fractions of 2^32, by the recurrence over its polynomial.
fn directions_of(column: usize) -> [u32; BITS] {
    let mut directions = [0; BITS];
    let Some(&(coefficients, initial)) = column.checked_sub(1).and_then(|row| DIRECTIONS.get(row)) else {
        // Van der Corput's sequence.
        return std::array::from_fn(|bit| 1 << (BITS - 1 - bit));
    };
    let degree = initial.len();
    for bit in 0..BITS {
        directions[bit] = if bit < degree {
            initial[bit] << (BITS - 1 - bit)
        } else {
            let back = directions[bit - degree];
            (1..degree).fold(back ^ (back >> degree), |sum, step| {
                if coefficients >> (degree - 1 - step) & 1 == 1 { sum ^ directions[bit - step] } else { sum }
            })
        };
    }
    directions
}

/// Owen's scrambling: each binary digit is flipped or not by a hash of the digits before it.
fn scrambled(bits: u32, key: u32) -> u32 {
    let mut x = bits.reverse_bits();
    x = x.wrapping_add(key);
    x ^= x.wrapping_mul(0x6c50_b47c);
    x ^= x.wrapping_mul(0xb82f_1e52);
    x ^= x.wrapping_mul(0xc7af_e638);
    x ^= x.wrapping_mul(0x8d22_f6e6);
    x.reverse_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_sequence_is_that_of_scipy() {
        // scipy.stats.qmc.Sobol(32, scramble=False).random(1024): the first points in six columns, and two others in all.
        let sobol = Sobol::plain(6);
        let expected = [
            [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
            [0.75, 0.25, 0.25, 0.25, 0.75, 0.75],
            [0.25, 0.75, 0.75, 0.75, 0.25, 0.25],
            [0.375, 0.375, 0.625, 0.875, 0.375, 0.125],
            [0.875, 0.875, 0.125, 0.375, 0.875, 0.625],
            [0.625, 0.125, 0.875, 0.625, 0.625, 0.875],
            [0.125, 0.625, 0.375, 0.125, 0.125, 0.375],
        ];
        for (index, point) in expected.iter().enumerate() {
            assert_eq!(sobol.point(index as u32), point, "point {index}");
        }
        let point_77 = [
            856, 856, 8, 792, 856, 520, 232, 664, 184, 440, 136, 808, 504, 344, 1016, 72, 840, 904, 808, 8, 152, 904,
            888, 808, 872, 696, 824, 376, 168, 472, 1000, 760,
        ];
        let point_1000 = [
            225, 99, 531, 693, 287, 929, 47, 921, 513, 71, 87, 261, 165, 393, 147, 379, 737, 353, 1015, 743, 535, 563,
            973, 553, 597, 929, 41, 1003, 61, 349, 151, 149,
        ];
        let sobol = Sobol::plain(32);
        for (index, expected) in [(77, point_77), (1_000, point_1000)] {
            assert_eq!(sobol.point(index), expected.map(|n| f64::from(n) / 1_024.0), "point {index}");
        }
    }

    #[test]
    fn scrambling_keeps_one_point_in_every_interval_of_every_column() {
        for seed in 0..5 {
            let sobol = Sobol::scrambled(32, seed, Purpose::Start, 0);
            let points: Vec<Vec<f64>> = (0..64).map(|index| sobol.point(index)).collect();
            for column in 0..32 {
                let mut seen = [false; 64];
                points.iter().for_each(|point| seen[(point[column] * 64.0) as usize] = true);
                assert_eq!(seen, [true; 64], "column {column}");
            }
        }
    }

    #[test]
    fn another_seed_scrambles_otherwise_and_columns_are_scrambled_apart() {
        let first = |seed| Sobol::scrambled(3, seed, Purpose::Start, 0).point(0);
        assert_ne!(first(1), first(2));
        assert!(first(1)[0] != first(1)[1] && first(1)[1] != first(1)[2]);
    }

    #[test]
    fn the_mean_of_a_smooth_function_is_met_much_closer_than_by_chance() {
        let sobol = Sobol::scrambled(8, 3, Purpose::Start, 0);
        let mean = (0..1_024).map(|index| sobol.point(index).iter().map(|x| x * x).sum::<f64>()).sum::<f64>() / 1_024.0;
        // By chance the standard error were .026.
        assert!((mean - 8.0 / 3.0).abs() < 1e-4, "{mean}");
    }
}
