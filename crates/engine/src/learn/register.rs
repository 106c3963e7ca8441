//! Sixteen bytes that are compared and chosen at once. In wasm a vector register, because compilers do not find these there by themselves;
//! elsewhere an array, of which they make one. Deliberately no more than scoring needs.

/// Rows in a register.
pub(super) const BLOCK_ROWS: usize = 16;

#[cfg(target_arch = "wasm32")]
mod vector {
    use super::BLOCK_ROWS;
    use core::arch::wasm32::{
        i8x16, i8x16_add, i8x16_gt, i8x16_splat, i8x16_sub, u64x2_extract_lane, v128, v128_bitselect,
    };

    /// A byte a row.
    #[derive(Clone, Copy, Debug)]
    pub struct Register(v128);

    impl Register {
        pub fn of(rows: [i8; BLOCK_ROWS]) -> Self {
            let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = rows;
            Self(i8x16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p))
        }

        /// All bits where a row is greater.
        pub fn greater(self, code: i8) -> Self {
            Self(i8x16_gt(self.0, i8x16_splat(code)))
        }

        /// One where this has all bits, the other where it has none.
        pub fn pick(self, one: Self, other: Self) -> Self {
            Self(v128_bitselect(one.0, other.0, self.0))
        }

        /// Twice as much, and one more where the answer has all bits.
        pub fn child(self, answer: Self) -> Self {
            // All bits are minus one.
            Self(i8x16_sub(i8x16_add(self.0, self.0), answer.0))
        }

        pub fn bytes(self) -> [u8; BLOCK_ROWS] {
            let halves = [u64x2_extract_lane::<0>(self.0), u64x2_extract_lane::<1>(self.0)].map(u64::to_le_bytes);
            std::array::from_fn(|row| halves[row / 8][row % 8])
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod vector {
    use super::BLOCK_ROWS;

    /// A byte a row.
    #[derive(Clone, Copy, Debug)]
    pub struct Register([i8; BLOCK_ROWS]);

    impl Register {
        pub fn of(rows: [i8; BLOCK_ROWS]) -> Self {
            Self(rows)
        }

        /// All bits where a row is greater.
        pub fn greater(self, code: i8) -> Self {
            Self(self.0.map(|row| -i8::from(row > code)))
        }

        /// One where this has all bits, the other where it has none.
        pub fn pick(self, one: Self, other: Self) -> Self {
            Self(std::array::from_fn(|row| (self.0[row] & one.0[row]) | (!self.0[row] & other.0[row])))
        }

        /// Twice as much, and one more where the answer has all bits.
        pub fn child(self, answer: Self) -> Self {
            Self(std::array::from_fn(|row| (2 * self.0[row]).wrapping_sub(answer.0[row])))
        }

        pub fn bytes(self) -> [u8; BLOCK_ROWS] {
            self.0.map(|row| row as u8)
        }
    }
}

pub(super) use vector::Register;

#[cfg(test)]
mod tests {
    use super::{BLOCK_ROWS, Register};

    #[test]
    fn rows_are_compared_chosen_and_numbered_each_for_itself() {
        let rows: [i8; BLOCK_ROWS] = std::array::from_fn(|row| (row as i16 * 16 - 128) as i8);
        let answer = Register::of(rows).greater(0);
        assert_eq!(answer.bytes(), std::array::from_fn(|row| if row > 8 { 255 } else { 0 }));
        let (one, other) = (Register::of([7; BLOCK_ROWS]), Register::of([-7; BLOCK_ROWS]));
        assert_eq!(answer.pick(one, other).bytes(), std::array::from_fn(|row| if row > 8 { 7 } else { 249 }));
        let places = Register::of([3; BLOCK_ROWS]).child(answer);
        assert_eq!(places.bytes(), std::array::from_fn(|row| if row > 8 { 7 } else { 6 }));
    }
}
