//! A minimiser of smooth functions of a few variables: BFGS with a line search that meets the weak Wolfe conditions. Deliberately no bounds and
//! no restarts: positive parameters are searched on the logarithm, and the callers know where to begin.
//!
//! Sources: Nocedal & Wright, Numerical Optimization (2006), algorithm 6.1; Lewis & Overton 2013, algorithm 2.6, for the line search.

/// A function's value and gradient.
pub(super) type Valued<const N: usize> = (f64, [f64; N]);

/// Where a search ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Minimum<const N: usize> {
    pub at: [f64; N],
    pub value: f64,
    pub n_evaluations: usize,
    /// Whether the gradient vanishes.
    pub is_converged: bool,
}

/// The largest part of the gradient at which the search ends.
const GRADIENT: f64 = 1e-8;
/// The largest one that still counts as none, where rounding ends the search before.
const FLAT: f64 = 1e-5;
const MAX_STEPS: usize = 200;
const MAX_TRIES: usize = 40;
/// The longest first try along a line, in the variables' unit.
const REACH: f64 = 2.0;
const DECREASE: f64 = 1e-4;
const CURVATURE: f64 = 0.9;

pub(super) fn minimise<const N: usize>(start: [f64; N], f: impl Fn(&[f64; N]) -> Valued<N>) -> Minimum<N> {
    let mut at = start;
    let (mut value, mut gradient) = f(&at);
    let mut n_evaluations = 1;
    let mut inverse: Option<[[f64; N]; N]> = None;
    for _ in 0..MAX_STEPS {
        if largest(&gradient) <= GRADIENT {
            break;
        }
        let direction = match &inverse {
            Some(inverse) => inverse.map(|row| -dot(&row, &gradient)),
            None => gradient.map(|part| -part),
        };
        let slope = dot(&direction, &gradient);
        let found = (slope < 0.0)
            .then(|| line_search(&f, &at, &Line { value, slope, direction }, &mut n_evaluations))
            .flatten();
        let Some((next, (next_value, next_gradient))) = found else {
            // The approximation may have gone bad: once more along the gradient, then no further.
            if inverse.take().is_none() {
                break;
            }
            continue;
        };
        let moved = difference(&next, &at);
        let turned = difference(&next_gradient, &gradient);
        update(&mut inverse, &moved, &turned);
        (at, value, gradient) = (next, next_value, next_gradient);
    }
    Minimum { at, value, n_evaluations, is_converged: largest(&gradient) <= FLAT }
}

/// From where a line goes which way.
struct Line<const N: usize> {
    value: f64,
    slope: f64,
    direction: [f64; N],
}

/// A point along the line that is lower by enough and less steep: by doubling and halving.
fn line_search<const N: usize>(
    f: &impl Fn(&[f64; N]) -> Valued<N>,
    from: &[f64; N],
    line: &Line<N>,
    n_evaluations: &mut usize,
) -> Option<([f64; N], Valued<N>)> {
    // What rounding makes of the value: near the minimum no decrease can be seen any more, but the gradient still shows the way.
    let rounding = 1e-14 * (1.0 + line.value.abs());
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut step = (REACH / largest(&line.direction)).min(1.0);
    for _ in 0..MAX_TRIES {
        let mut next = *from;
        next.iter_mut().zip(&line.direction).for_each(|(x, d)| *x += step * d);
        let (value, gradient) = f(&next);
        *n_evaluations += 1;
        // A NaN is not lower.
        let is_lower = value <= line.value + DECREASE * step * line.slope + rounding;
        if !is_lower {
            high = step;
        } else if dot(&gradient, &line.direction) < CURVATURE * line.slope {
            low = step;
        } else {
            return Some((next, (value, gradient)));
        }
        step = if high.is_finite() { low + (high - low) / 2.0 } else { 2.0 * low };
    }
    None
}

/// The BFGS update of the inverse Hessian; the first one begins with the unit matrix at the scale of the step (Nocedal & Wright 6.20).
fn update<const N: usize>(inverse: &mut Option<[[f64; N]; N]>, moved: &[f64; N], turned: &[f64; N]) {
    let curvature = dot(moved, turned);
    if curvature <= 0.0 {
        return;
    }
    let scale = curvature / dot(turned, turned);
    let before = inverse.take().unwrap_or_else(|| {
        let mut unit = [[0.0; N]; N];
        unit.iter_mut().enumerate().for_each(|(i, row)| row[i] = scale);
        unit
    });
    let through = before.map(|row| dot(&row, turned));
    let along = (1.0 + dot(turned, &through) / curvature) / curvature;
    let mut after = before;
    for (i, row) in after.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            *cell += along * moved[i] * moved[j] - (through[i] * moved[j] + moved[i] * through[j]) / curvature;
        }
    }
    *inverse = Some(after);
}

fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn difference<const N: usize>(a: &[f64; N], b: &[f64; N]) -> [f64; N] {
    std::array::from_fn(|i| a[i] - b[i])
}

fn largest<const N: usize>(values: &[f64; N]) -> f64 {
    values.iter().fold(0.0, |most, value| value.abs().max(most))
}

#[cfg(test)]
mod tests {
    use super::minimise;

    #[test]
    fn a_bent_valley_is_followed_to_its_lowest_point() {
        // Rosenbrock's function.
        let found = minimise([-1.2, 1.0], |&[x, y]| {
            let (bend, away) = (y - x * x, 1.0 - x);
            (100.0 * bend * bend + away * away, [-400.0 * x * bend - 2.0 * away, 200.0 * bend])
        });
        assert!(found.is_converged && found.n_evaluations < 80, "{found:?}");
        assert!(found.at.iter().all(|x| (x - 1.0).abs() < 1e-8) && found.value < 1e-15, "{found:?}");
    }

    #[test]
    fn what_cannot_be_lowered_ends_the_search() {
        let found = minimise([3.0], |_| (f64::NAN, [1.0]));
        assert!(!found.is_converged && found.at == [3.0]);
        // Without a minimum it runs off to where nothing changes.
        let found = minimise([0.0], |&[x]| (libm::exp(-x), [-libm::exp(-x)]));
        assert!(found.is_converged && found.at[0] > 10.0, "{found:?}");
    }
}
