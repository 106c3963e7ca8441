//! Functions whose minimum is known: learning must beat chance.

use super::*;
use std::f64::consts::PI;

const N_SEEDS: u64 = 20;
const N_TRIALS: usize = 20;

/// Least value .397 887 at three points (Branin 1972, as in Dixon & Szegö 1978).
fn branin(x: &[f64]) -> f64 {
    let t = x[1] - 5.1 / (4.0 * PI * PI) * x[0] * x[0] + 5.0 / PI * x[0] - 6.0;
    t * t + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * libm::cos(x[0]) + 10.0
}

/// Least value −3.322 37 (Dixon & Szegö 1978).
fn hartmann_6(x: &[f64]) -> f64 {
    const WEIGHTS: [f64; 4] = [1.0, 1.2, 3.0, 3.2];
    const STEEPNESS: [[f64; 6]; 4] = [
        [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
        [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
        [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
        [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
    ];
    const CENTRES: [[f64; 6]; 4] = [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ];
    let hill = |i: usize| {
        let exponent: f64 = (0..6).map(|j| STEEPNESS[i][j] * (x[j] - CENTRES[i][j]) * (x[j] - CENTRES[i][j])).sum();
        WEIGHTS[i] * libm::exp(-exponent)
    };
    -(0..4).map(hill).sum::<f64>()
}

fn space(bounds: &[(f64, f64)]) -> CheckedSpace {
    let side =
        |(idx, &(low, high)): (usize, &(f64, f64))| dimension(&idx.to_string(), low, high, Scale::Linear, Kind::Real);
    Space { dimensions: bounds.iter().enumerate().map(side).collect() }.check().unwrap()
}

/// The median over the seeds of the least value found.
fn median_found(space: &CheckedSpace, f: fn(&[f64]) -> f64, method: Method) -> f64 {
    let found = (0..N_SEEDS).map(|seed| {
        let mut study = study(space.clone(), method, seed);
        search(&mut study, N_TRIALS, |_, point| Outcome::Complete(f(point)));
        study.best().unwrap().value().unwrap()
    });
    let mut found: Vec<f64> = found.collect();
    found.sort_by(f64::total_cmp);
    0.5 * (found[9] + found[10])
}

fn learning_beats_chance(space: &CheckedSpace, f: fn(&[f64]) -> f64, least_gain: f64) {
    let by_chance = median_found(space, f, Method::Random);
    for method in &METHODS[2..] {
        let found = median_found(space, f, *method);
        eprintln!("{method:?}: {found:.3}, by chance {by_chance:.3}");
        assert!(found < by_chance - least_gain, "{method:?}: {found}, by chance {by_chance}");
    }
}

#[test]
fn the_known_minima_are_those_of_the_functions() {
    assert!((branin(&[PI, 2.275]) - 0.397_887).abs() < 1e-6);
    let bottom = [0.201_69, 0.150_011, 0.476_874, 0.275_332, 0.311_652, 0.657_3];
    assert!((hartmann_6(&bottom) + 3.322_37).abs() < 1e-5);
}

#[test]
fn learning_beats_chance_on_branin() {
    learning_beats_chance(&space(&[(-5.0, 10.0), (0.0, 15.0)]), branin, 0.5);
}

#[test]
fn learning_beats_chance_on_hartmann_6() {
    learning_beats_chance(&space(&[(0.0, 1.0); 6]), hartmann_6, 0.3);
}
