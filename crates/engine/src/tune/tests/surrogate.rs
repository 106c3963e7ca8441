//! The glass box: beliefs, slices, contours, importance and reasons.

use super::super::{Fitting, Origin, Surrogate, Trial, explain};
use super::*;

const CONFIDENCE: Acquisition = Acquisition::UpperConfidence { kappa: 2.5 };

fn fitted(trials: &[Trial], space: &CheckedSpace, acquisition: Acquisition) -> Option<Surrogate> {
    let mut fitting = Fitting::start(space, trials, acquisition)?;
    while !fitting.step() {}
    fitting.finish()
}

/// A surrogate of a function after some evenly spread trials.
fn surrogate(space: CheckedSpace, n_trials: usize, loss: impl Fn(&[f64]) -> f64) -> Surrogate {
    let mut study = study(space.clone(), Method::Sobol, 3);
    search(&mut study, n_trials, |_, point| Outcome::Complete(loss(point)));
    fitted(study.trials(), &space, CONFIDENCE).unwrap()
}

fn cube(d: usize) -> CheckedSpace {
    let side = |idx: usize| dimension(&idx.to_string(), 0.0, 1.0, Scale::Linear, Kind::Real);
    Space { dimensions: (0..d).map(side).collect() }.check().unwrap()
}

fn trial(number: u32, x: f64, outcome: Outcome) -> Trial {
    Trial { number, point: vec![x], origin: Origin::ByHand, reports: vec![], outcome: Some(outcome) }
}

#[test]
fn a_model_needs_two_complete_trials() {
    let complete = [trial(0, 0.1, Outcome::Complete(1.0)), trial(1, 0.9, Outcome::Complete(2.0))];
    let others =
        [trial(1, 0.2, Outcome::Failed), trial(2, 0.3, Outcome::Pruned(1.0)), trial(3, 0.4, Outcome::Cancelled)];
    assert!(fitted(&[], &cube(1), CONFIDENCE).is_none());
    assert!(fitted(&[vec![complete[0].clone()], others.to_vec()].concat(), &cube(1), CONFIDENCE).is_none());
    assert!(fitted(&complete, &cube(1), CONFIDENCE).is_some());
}

#[test]
fn beliefs_are_in_the_units_of_the_loss_and_pass_close_to_the_trials() {
    let loss = |point: &[f64]| 1_000.0 + 50.0 * libm::sin(5.0 * point[0]);
    let surrogate = surrogate(cube(1), 12, loss);
    for x in [0.1, 0.35, 0.6, 0.85] {
        let belief = surrogate.of(&[x]);
        assert!((belief.mean - loss(&[x])).abs() < 3.0 && belief.sd < 5.0, "{x}: {belief:?} {}", loss(&[x]));
        let promise = surrogate.best() - belief.mean + 2.5 * belief.sd;
        assert!((belief.acquisition - promise).abs() < 1e-9);
    }
}

#[test]
fn the_model_is_the_same_for_a_loss_in_other_units() {
    let one = surrogate(mixed_space(), 12, bowl);
    let other = surrogate(mixed_space(), 12, |point| 4_096.0 * bowl(point));
    let place = [0.2, 0.4, 0.6, 0.8, 0.5];
    assert_eq!(one.at(&place).mean * 4_096.0, other.at(&place).mean);
    assert_eq!(one.at(&place).sd * 4_096.0, other.at(&place).sd);
}

#[test]
fn a_failed_trial_counts_as_the_worst_and_a_cancelled_one_not_at_all() {
    let complete: Vec<Trial> = (0..6)
        .map(|number| trial(number, 0.05 + 0.1 * f64::from(number), Outcome::Complete(f64::from(number % 3))))
        .collect();
    let with =
        |outcome| fitted(&[complete.clone(), vec![trial(6, 0.9, outcome)]].concat(), &cube(1), CONFIDENCE).unwrap();
    let at = |surrogate: Surrogate| surrogate.of(&[0.9]);
    let without = at(fitted(&complete, &cube(1), CONFIDENCE).unwrap());
    assert_eq!(at(with(Outcome::Cancelled)), without);
    assert_eq!(at(with(Outcome::Failed)), at(with(Outcome::Complete(2.0))));
    assert_eq!(at(with(Outcome::Pruned(50.0))), at(with(Outcome::Failed)));
    assert_eq!(at(with(Outcome::Pruned(0.5))), at(with(Outcome::Complete(0.5))));
    assert!(at(with(Outcome::Failed)).sd < without.sd);
}

#[test]
fn one_terrible_loss_does_not_hide_the_differences_among_the_others() {
    let loss = |point: &[f64]| if point[0] > 0.95 { 1e9 } else { (point[0] - 0.4) * (point[0] - 0.4) };
    let surrogate = surrogate(cube(1), 20, loss);
    assert!(surrogate.of(&[0.4]).mean < surrogate.of(&[0.1]).mean - 0.04);
}

#[test]
fn a_slice_visits_every_whole_number_or_as_many_values_as_wanted_between_the_bounds() {
    let surrogate = surrogate(mixed_space(), 8, bowl);
    let anchor = surrogate.best_point().to_vec();
    let depth = surrogate.slice(3, &anchor, 50).unwrap();
    assert_eq!(depth.values, [3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    let rate = surrogate.slice(1, &anchor, 51).unwrap();
    assert_eq!((rate.values.len(), rate.values[0], rate.values[50]), (51, 0.01, 0.3));
    assert!((rate.values[25] - 0.003_f64.sqrt()).abs() < 1e-12, "the scale is logarithmic");
    let trees = surrogate.slice(0, &anchor, 50).unwrap();
    assert!(trees.values.is_sorted() && trees.values.iter().all(|value| value.fract() == 0.0));
    for (value, belief) in rate.values.iter().zip(&rate.beliefs) {
        let mut point = anchor.clone();
        point[1] = *value;
        assert_eq!(*belief, surrogate.of(&point));
    }
    assert_eq!(surrogate.slice(2, &anchor, 9).unwrap().values, [3.0], "a fixed dimension");
    assert!(surrogate.slice(6, &anchor, 9).is_none() && surrogate.slice(0, &[1.0], 9).is_none());
}

#[test]
fn a_contour_is_made_of_slices() {
    let surrogate = surrogate(mixed_space(), 8, bowl);
    let mut anchor = surrogate.best_point().to_vec();
    let contour = surrogate.contour([1, 3], &anchor, 7).unwrap();
    assert_eq!([contour.values[0].len(), contour.values[1].len(), contour.beliefs.len()], [7, 6, 42]);
    anchor[3] = 5.0;
    assert_eq!(contour.beliefs[14..21], surrogate.slice(1, &anchor, 7).unwrap().beliefs);
    assert!(surrogate.contour([1, 1], &anchor, 7).is_none() && surrogate.contour([1, 9], &anchor, 7).is_none());
}

#[test]
fn importance_finds_the_shares_of_a_sum_and_that_nothing_happens_together() {
    // Variances of 4 x, 2 x and nothing over [0, 1]: 16/12, 4/12 and 0.
    let importance = surrogate(cube(3), 60, |point| 4.0 * point[0] - 2.0 * point[1]).importance().unwrap();
    let alone: Vec<f64> = importance.dimensions.iter().map(|share| share.alone).collect();
    for (found, expected) in alone.iter().zip([0.8, 0.2, 0.0]) {
        assert!((found - expected).abs() < 0.03, "{alone:?}");
    }
    assert!(importance.together < 0.03);
}

#[test]
fn importance_of_a_product_around_its_middle_lies_in_what_dimensions_do_together() {
    let importance = surrogate(cube(2), 60, |point| (point[0] - 0.5) * (point[1] - 0.5)).importance().unwrap();
    assert!(importance.together > 0.9, "{importance:?}");
    assert!(importance.dimensions.iter().all(|share| share.with_others > 0.9 && share.alone < 0.1), "{importance:?}");
}

#[test]
fn there_is_no_importance_without_enough_trials_or_without_differences() {
    let loss = |point: &[f64]| point[0];
    assert!(surrogate(cube(2), 4, loss).importance().is_some());
    let three: Vec<Trial> =
        (0..3).map(|number| trial(number, 0.3 * f64::from(number), Outcome::Complete(f64::from(number)))).collect();
    assert!(fitted(&three, &cube(1), CONFIDENCE).unwrap().importance().is_none());
    assert!(surrogate(cube(2), 8, |_| 3.0).importance().is_none());
}

#[test]
fn shares_are_shares_whatever_the_function() {
    for n_trials in [4, 8, 20] {
        let importance =
            surrogate(mixed_space(), n_trials, |point| libm::sin(50.0 * bowl(point))).importance().unwrap();
        let alone: f64 = importance.dimensions.iter().map(|share| share.alone).sum();
        assert!((alone + importance.together - 1.0).abs() < 1e-9, "{importance:?}");
        assert!(importance.dimensions.iter().all(|share| (0.0..=1.0).contains(&share.with_others)));
        assert_eq!(importance.dimensions.iter().map(|share| share.dimension).collect::<Vec<_>>(), mixed_space().free());
    }
}

#[test]
fn a_point_chosen_by_the_model_carries_its_reasons() {
    for acquisition in [CONFIDENCE, Acquisition::ExpectedImprovement] {
        let mut study = study(mixed_space(), Method::GaussianProcess(acquisition), 3);
        search(&mut study, 12, |_, point| Outcome::Complete(bowl(point)));
        let finished = &study.trials()[..8];
        let Origin::Model(reasons) = &study.trials()[8].origin else { panic!("{:?}", study.trials()[8].origin) };
        // The first of a batch: nothing is pending.
        let surrogate = fitted(finished, &mixed_space(), acquisition).unwrap();
        let point = &study.trials()[8].point;
        assert_eq!(**reasons, explain(&surrogate, point));
        assert_eq!(reasons.best, super::super::best(finished).unwrap().value().unwrap());
        assert!((0.0..=1.0).contains(&reasons.exploration));
        for coordinate in &reasons.coordinates {
            assert!(coordinate.acquisition <= reasons.acquisition + 1e-3 * reasons.best, "{coordinate:?} {reasons:?}");
            assert_eq!(coordinate.chosen, point[coordinate.dimension]);
        }
        let Origin::Model(second) = &study.trials()[9].origin else { panic!() };
        let mut believing = surrogate.clone();
        believing.believe(point);
        assert_eq!(**second, explain(&believing, &study.trials()[9].point));
    }
}
