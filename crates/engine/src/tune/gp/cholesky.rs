//! Factors of symmetric positive definite matrices, and what is solved with them. Deliberately no general linear algebra: triangles are
//! packed row by row, so that a factor grows by a row and every inner loop reads memory in order. No fused operation, one order of summation.

/// L with L Lᵀ = A, n × n, lower: row i holds i + 1 numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Cholesky {
    n: usize,
    rows: Vec<f64>,
}

/// Where row `i` of a packed triangle begins.
fn start(i: usize) -> usize {
    i * (i + 1) / 2
}

/// Four partial sums, which processors add side by side; the order is part of the result.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_blocks, a_rest) = a.as_chunks::<4>();
    let (b_blocks, b_rest) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

impl Cholesky {
    /// Of a packed lower triangle; `None` when it is not positive definite to working precision.
    pub fn of(triangle: &[f64]) -> Option<Self> {
        let mut factor = Self { n: 0, rows: Vec::with_capacity(triangle.len()) };
        while start(factor.n) < triangle.len() {
            let (begin, end) = (start(factor.n), start(factor.n + 1));
            if !factor.grow(triangle.get(begin..end)?) {
                return None;
            }
        }
        Some(factor)
    }

    /// Appends a row of the matrix, its diagonal element last. False, and nothing is appended, when the matrix would not be positive definite.
    pub fn grow(&mut self, row: &[f64]) -> bool {
        let Some((&diagonal, sides)) = row.split_last() else { return false };
        let solved = self.solve_lower(sides);
        let rest = diagonal - dot(&solved, &solved);
        // Written so that NaN is refused too.
        if !(rest > 0.0 && rest.is_finite()) {
            return false;
        }
        self.rows.extend(solved);
        self.rows.push(rest.sqrt());
        self.n += 1;
        true
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.rows[start(i)..start(i + 1)]
    }

    /// z with L z = b.
    pub fn solve_lower(&self, b: &[f64]) -> Vec<f64> {
        let mut z: Vec<f64> = Vec::with_capacity(self.n);
        for (i, b) in b.iter().enumerate().take(self.n) {
            let row = self.row(i);
            z.push((b - dot(&row[..i], &z)) / row[i]);
        }
        z
    }

    /// x with Lᵀ x = z.
    pub fn solve_upper(&self, mut z: Vec<f64>) -> Vec<f64> {
        for i in (0..self.n).rev() {
            let row = self.row(i);
            let x = z[i] / row[i];
            z[i] = x;
            z[..i].iter_mut().zip(row).for_each(|(z, l)| *z -= l * x);
        }
        z
    }

    /// ln det A.
    pub fn log_determinant(&self) -> f64 {
        (0..self.n).map(|i| 2.0 * libm::log(self.rows[start(i + 1) - 1])).sum()
    }

    /// A⁻¹ as a packed lower triangle.
    pub fn inverse(&self) -> Vec<f64> {
        // Column j of L⁻¹ from its diagonal down.
        let mut columns: Vec<Vec<f64>> = Vec::with_capacity(self.n);
        for j in 0..self.n {
            let mut column = Vec::with_capacity(self.n - j);
            column.push(1.0 / self.rows[start(j + 1) - 1]);
            for i in j + 1..self.n {
                let row = self.row(i);
                column.push(-dot(&row[j..i], &column) / row[i]);
            }
            columns.push(column);
        }
        let mut inverse = Vec::with_capacity(self.rows.len());
        for i in 0..self.n {
            inverse.extend((0..=i).map(|j| dot(&columns[i], &columns[j][i - j..])));
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packed lower triangle of B Bᵀ + I for a fixed B.
    fn matrix(n: usize) -> Vec<f64> {
        let b = |i: usize, k: usize| ((i * 7 + k * 13) % 11) as f64 / 11.0 - 0.4;
        let element = |i, j| (0..n).map(|k| b(i, k) * b(j, k)).sum::<f64>() + f64::from(u8::from(i == j));
        (0..n).flat_map(|i| (0..=i).map(move |j| element(i, j))).collect()
    }

    fn element(triangle: &[f64], i: usize, j: usize) -> f64 {
        triangle[start(i.max(j)) + i.min(j)]
    }

    #[test]
    fn the_product_of_the_factors_is_the_matrix() {
        let a = matrix(9);
        let factor = Cholesky::of(&a).unwrap();
        for i in 0..9 {
            for j in 0..=i {
                let product = dot(&factor.row(i)[..=j], factor.row(j));
                assert!((product - element(&a, i, j)).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn what_is_solved_solves_the_equations_and_the_inverse_inverts() {
        let a = matrix(9);
        let factor = Cholesky::of(&a).unwrap();
        let b: Vec<f64> = (0..9).map(|i| f64::from(i) - 3.5).collect();
        let x = factor.solve_upper(factor.solve_lower(&b));
        let inverse = factor.inverse();
        for (i, &expected) in b.iter().enumerate() {
            let back: f64 = (0..9).map(|j| element(&a, i, j) * x[j]).sum();
            assert!((back - expected).abs() < 1e-12);
            for j in 0..9 {
                let one: f64 = (0..9).map(|k| element(&a, i, k) * element(&inverse, k, j)).sum();
                assert!((one - f64::from(u8::from(i == j))).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_determinant_is_that_of_the_closed_form() {
        // det [[4, 2], [2, 3]] = 8
        assert!((Cholesky::of(&[4.0, 2.0, 3.0]).unwrap().log_determinant() - libm::log(8.0)).abs() < 1e-15);
    }

    #[test]
    fn a_matrix_that_is_not_positive_definite_has_no_factor() {
        for bad in [&[1.0, 2.0, 1.0][..], &[0.0], &[f64::NAN], &[f64::INFINITY], &[1.0, 0.0]] {
            assert!(Cholesky::of(bad).is_none(), "{bad:?}");
        }
        assert!(Cholesky::of(&[]).is_some_and(|factor| factor.log_determinant() == 0.0));
    }
}
