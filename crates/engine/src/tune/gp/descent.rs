//! The way to a minimum of a smooth function of few variables, one step at a time. BFGS (Nocedal & Wright 2006, algorithm 6.1) with a
//! backtracking line search. Deliberately without bounds: priors keep hyper-parameters where they belong.

/// Longest step in any variable.
const LONGEST: f64 = 1.5;
/// Share of the promised decrease that a step must bring (Armijo).
const SUFFICIENT: f64 = 1e-4;
const MOST_HALVINGS: u32 = 12;
/// A minimum is reached when no slope is steeper.
const FLAT: f64 = 1e-3;
/// Nor is it worth going on for less.
const LEAST_DECREASE: f64 = 1e-6;

/// Where a descent has come to.
#[derive(Clone, Debug)]
pub(super) struct Descent {
    pub x: Vec<f64>,
    pub value: f64,
    gradient: Vec<f64>,
    /// H: approximation of the inverse Hessian, symmetric, row after row.
    inverse: Vec<f64>,
    pub is_done: bool,
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|idx| f64::from(u8::from(idx % (n + 1) == 0))).collect()
}

impl Descent {
    /// `None` where the function has no value.
    pub fn start(x: Vec<f64>, f: impl Fn(&[f64]) -> Option<(f64, Vec<f64>)>) -> Option<Self> {
        let (value, gradient) = f(&x)?;
        let inverse = identity(x.len());
        Some(Self { x, value, gradient, inverse, is_done: false })
    }

    /// One step down, or the finding that there is none.
    pub fn step(&mut self, f: impl Fn(&[f64]) -> Option<(f64, Vec<f64>)>) {
        let n = self.x.len();
        let rows = self.inverse.chunks_exact(n.max(1));
        let mut direction: Vec<f64> = rows.map(|row| -product(row, &self.gradient)).collect();
        let longest = direction.iter().fold(0.0, |most: f64, part| most.max(part.abs()));
        if longest > LONGEST {
            direction.iter_mut().for_each(|part| *part *= LONGEST / longest);
        }
        let promised = product(&direction, &self.gradient);
        let steepest = self.gradient.iter().fold(0.0, |most: f64, slope| most.max(slope.abs()));
        if steepest < FLAT || promised >= 0.0 {
            self.is_done = true;
            return;
        }
        let mut share = 1.0;
        for _ in 0..MOST_HALVINGS {
            let x: Vec<f64> = self.x.iter().zip(&direction).map(|(x, part)| x + share * part).collect();
            match f(&x) {
                Some((value, gradient)) if value <= self.value + SUFFICIENT * share * promised => {
                    self.is_done = self.value - value < LEAST_DECREASE;
                    self.learn(&x, &gradient);
                    (self.x, self.value, self.gradient) = (x, value, gradient);
                    return;
                }
                _ => share *= 0.5,
            }
        }
        self.is_done = true;
    }

    /// H from the change of the gradient along the step (eq. 6.17).
    fn learn(&mut self, x: &[f64], gradient: &[f64]) {
        let n = x.len();
        let s: Vec<f64> = x.iter().zip(&self.x).map(|(new, old)| new - old).collect();
        let y: Vec<f64> = gradient.iter().zip(&self.gradient).map(|(new, old)| new - old).collect();
        let curvature = product(&s, &y);
        // A step without curvature says nothing about it.
        if curvature <= 1e-10 * product(&y, &y) {
            return;
        }
        let hy: Vec<f64> = self.inverse.chunks_exact(n).map(|row| product(row, &y)).collect();
        let factor = (1.0 + product(&y, &hy) / curvature) / curvature;
        for i in 0..n {
            for j in 0..n {
                self.inverse[i * n + j] += factor * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / curvature;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descended(f: impl Fn(&[f64]) -> Option<(f64, Vec<f64>)>, x: &[f64], most: usize) -> (Descent, usize) {
        let mut descent = Descent::start(x.to_vec(), &f).unwrap();
        let mut n_steps = 0;
        while !descent.is_done && n_steps < most {
            descent.step(&f);
            n_steps += 1;
        }
        (descent, n_steps)
    }

    #[test]
    fn the_bottom_of_a_long_valley_is_found() {
        // Rosenbrock's function.
        let f = |x: &[f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            Some((a * a + 100.0 * b * b, vec![-2.0 * a - 400.0 * x[0] * b, 200.0 * b]))
        };
        let (descent, n_steps) = descended(f, &[-1.2, 1.0], 100);
        assert!(descent.is_done && (descent.x[0] - 1.0).abs() < 1e-2, "{descent:?}");
        assert!(n_steps < 60, "{n_steps}");
    }

    #[test]
    fn a_step_does_not_leave_where_the_function_has_a_value() {
        // x − ln x, which has none at 0 and below.
        let f = |x: &[f64]| (x[0] > 0.0).then(|| (x[0] - libm::log(x[0]), vec![1.0 - 1.0 / x[0]]));
        let (descent, _) = descended(f, &[5.0], 100);
        assert!(descent.is_done && (descent.x[0] - 1.0).abs() < 1e-2, "{descent:?}");
        assert!(Descent::start(vec![-1.0], f).is_none());
    }

    #[test]
    fn on_a_plain_there_is_nowhere_to_go() {
        let (descent, n_steps) = descended(|_| Some((3.0, vec![0.0, 0.0])), &[1.0, 2.0], 9);
        assert_eq!((descent.x, n_steps), (vec![1.0, 2.0], 1));
    }
}
