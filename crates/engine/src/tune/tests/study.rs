//! Asking and telling, whatever the sampler.

use super::super::{Origin, PointError, Pruning, TellError};
use super::*;

fn numbers(batch: &[(u32, Vec<f64>)]) -> Vec<u32> {
    batch.iter().map(|(number, _)| *number).collect()
}

#[test]
fn a_batch_is_handed_out_when_all_earlier_trials_have_ended() {
    let mut study = study(mixed_space(), Method::Sobol, 1);
    assert!(study.best().is_none());
    assert_eq!(numbers(&ask_batch(&mut study)), [0, 1, 2, 3]);
    for number in [3, 1, 0] {
        study.tell(number, Outcome::Complete(f64::from(number))).unwrap();
        assert_eq!(study.ask(), Next::Waiting);
    }
    study.tell(2, Outcome::Cancelled).unwrap();
    assert_eq!(numbers(&ask_batch(&mut study)), [4, 5, 6, 7]);
}

#[test]
fn an_outcome_is_told_once_and_of_what_was_asked_for() {
    let mut study = study(mixed_space(), Method::Random, 1);
    assert_eq!(study.tell(0, Outcome::Failed), Err(TellError::Unknown { number: 0 }));
    ask_batch(&mut study);
    assert_eq!(study.tell(0, Outcome::Failed), Ok(()));
    assert_eq!(study.tell(0, Outcome::Complete(1.0)), Err(TellError::Ended { number: 0 }));
    assert_eq!(study.report(0, 1.0), Err(TellError::Ended { number: 0 }));
}

#[test]
fn the_best_trial_is_complete_has_the_least_loss_and_came_first() {
    let mut study = study(mixed_space(), Method::Random, 1);
    let outcomes = [
        Outcome::Complete(5.0),
        Outcome::Pruned(1.0),
        Outcome::Complete(f64::NAN),
        Outcome::Complete(2.0),
        Outcome::Complete(2.0),
        Outcome::Failed,
        Outcome::Complete(f64::NEG_INFINITY),
        Outcome::Complete(3.0),
    ];
    search(&mut study, 8, |number, _| outcomes[number as usize]);
    assert_eq!(study.best().map(|trial| trial.number), Some(3));
    assert_eq!(study.trials()[2].outcome, Some(Outcome::Failed));
    assert_eq!(study.trials()[6].outcome, Some(Outcome::Failed));
}

#[test]
fn points_placed_by_hand_are_checked_and_come_in_their_order() {
    let mut study = study(mixed_space(), Method::Sobol, 1);
    let point = |trees| vec![trees, 0.1, 3.0, 5.0, 0.8, 7.0];
    assert!(matches!(study.enqueue(point(99.0)), Err(PointError::Outside { .. })));
    study.enqueue(point(150.0)).unwrap();
    study.enqueue(point(120.0)).unwrap();
    assert_eq!(study.enqueue(point(150.0)), Err(PointError::Waits));
    assert_eq!(study.waiting().count(), 2);
    let batch = ask_batch(&mut study);
    assert_eq!((&batch[0].1, &batch[1].1), (&point(150.0), &point(120.0)));
    assert_eq!(study.enqueue(point(120.0)), Err(PointError::Tried { number: 1 }));
    let origins: Vec<bool> = study.trials().iter().map(|trial| trial.origin == Origin::ByHand).collect();
    assert_eq!(origins, [true, true, false, false]);
}

#[test]
fn settings_out_of_bounds_are_refused_by_name() {
    let refused = |settings| Study::new(mixed_space(), settings).err().map(|error| error.name);
    let ok = Settings::default();
    let confidence = |kappa| Method::GaussianProcess(Acquisition::UpperConfidence { kappa });
    assert_eq!(refused(ok), None);
    assert_eq!(refused(Settings { batch: 0, ..ok }), Some("batch"));
    assert_eq!(refused(Settings { n_start: 1, ..ok }), Some("n_start"));
    assert_eq!(refused(Settings { method: confidence(f64::NAN), ..ok }), Some("kappa"));
}

/// A study that prunes, after two batches whose trials reported 10 + number, 5 + number and 5 + number.
fn pruning_study() -> Study {
    let pruning = Some(Pruning::default());
    let settings = Settings { method: Method::Sobol, pruning, ..Settings::default() };
    let mut study = Study::new(mixed_space(), settings).unwrap();
    for _ in 0..2 {
        for (number, _) in ask_batch(&mut study) {
            for base in [10.0, 5.0, 5.0] {
                assert_eq!(study.report(number, base + f64::from(number)), Ok(false), "nobody to compare with");
            }
            study.tell(number, Outcome::Complete(4.0 + f64::from(number))).unwrap();
        }
    }
    study
}

#[test]
fn a_trial_above_the_median_of_finished_ones_at_its_milestone_is_hopeless() {
    let mut study = pruning_study();
    ask_batch(&mut study);
    // The medians are 13 and 8.
    assert_eq!((study.report(8, 13.5), study.report(9, 13.0)), (Ok(true), Ok(false)));
    assert_eq!((study.report(9, 8.5), study.report(10, 12.0)), (Ok(true), Ok(false)));
    assert_eq!(study.report(10, 8.0), Ok(false));
}

#[test]
fn a_batch_is_not_judged_by_its_own_trials_and_pruned_ones_judge_nobody() {
    let mut study = pruning_study();
    ask_batch(&mut study);
    for number in 8..11 {
        study.report(number, 99.0).unwrap();
        study.tell(number, Outcome::Pruned(99.0)).unwrap();
    }
    assert_eq!((study.report(11, 13.0), study.tell(11, Outcome::Complete(3.0))), (Ok(false), Ok(())));
    ask_batch(&mut study);
    assert_eq!(study.report(12, 13.5), Ok(true), "the median is still 13");
}
