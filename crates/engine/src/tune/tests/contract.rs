//! What every sampler promises, in one suite.

use super::*;

/// Runs a check with every sampler; a failure says with which.
fn with_each(check: impl Fn(Method)) {
    for method in METHODS {
        eprintln!("{method:?}");
        check(method);
    }
}

#[test]
fn points_lie_in_the_space() {
    with_each(|method| {
        for seed in 0..3 {
            let mut study = study(mixed_space(), method, seed);
            search(&mut study, 24, |_, point| Outcome::Complete(bowl(point)));
            assert!(study.trials().iter().all(|trial| mixed_space().check_point(&trial.point) == Ok(())));
        }
    });
}

#[test]
fn the_same_seed_and_outcomes_give_the_same_points_and_another_seed_others() {
    with_each(|method| {
        let run = |seed| {
            let mut study = study(mixed_space(), method, seed);
            search(&mut study, 16, |_, point| Outcome::Complete(bowl(point)));
            points(&study)
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    });
}

#[test]
fn neither_the_number_of_workers_nor_who_is_ready_first_changes_a_point() {
    with_each(|method| {
        // Each worker takes what is handed out; those of a round end in the order given by the hash of their numbers.
        let run = |n_workers: usize, shuffle: u32| {
            let mut study = study(mixed_space(), method, 4);
            let mut busy: Vec<(u32, Vec<f64>)> = Vec::new();
            while study.trials().len() < 20 || !busy.is_empty() {
                while busy.len() < n_workers
                    && study.trials().len() < 20
                    && let Next::Trial { number, point } = ask(&mut study)
                {
                    busy.push((number, point));
                }
                busy.sort_by_key(|(number, _)| number.wrapping_mul(shuffle) % 31);
                let (number, point) = busy.remove(0);
                study.tell(number, Outcome::Complete(bowl(&point))).unwrap();
            }
            points(&study)
        };
        let expected = run(1, 1);
        for (n_workers, shuffle) in [(2, 1), (3, 17), (4, 1), (4, 23), (16, 29)] {
            assert_eq!(run(n_workers, shuffle), expected, "{n_workers} workers");
        }
    });
}

#[test]
fn no_point_is_tried_twice_until_all_are_and_then_the_search_says_so() {
    let small = || {
        let dimensions = vec![
            dimension("a", 1.0, 5.0, Scale::Linear, Kind::Whole),
            dimension("b", 1.0, 4.0, Scale::Log, Kind::Whole),
        ];
        Space { dimensions }.check().unwrap()
    };
    with_each(|method| {
        let mut study = study(small(), method, 2);
        search(&mut study, 20, |_, point| Outcome::Complete(point[0] * point[1]));
        let mut tried = points(&study);
        tried.sort_by(|a, b| a.partial_cmp(b).unwrap());
        tried.dedup();
        assert_eq!(tried.len(), 20);
        assert_eq!(ask(&mut study), Next::Exhausted);
        assert_eq!(study.best().unwrap().point, [1.0, 1.0]);
    });
}

#[test]
fn every_dimension_is_explored() {
    with_each(|method| {
        let mut study = study(mixed_space(), method, 5);
        search(&mut study, 20, |_, point| Outcome::Complete(bowl(point)));
        for &idx in mixed_space().free() {
            let side: Vec<f64> =
                study.trials().iter().map(|trial| mixed_space().dimensions[idx].to_unit(trial.point[idx])).collect();
            let (low, high) = (side.iter().copied().fold(1.0, f64::min), side.iter().copied().fold(0.0, f64::max));
            assert!(low < 0.3 && high > 0.7, "dimension {idx}: {side:?}");
        }
    });
}

#[test]
fn a_search_goes_on_whatever_becomes_of_its_trials() {
    type Fate = fn(u32, &[f64]) -> Outcome;
    let fates: [(&str, Fate); 8] = [
        ("all failed", |_, _| Outcome::Failed),
        ("all cancelled", |_, _| Outcome::Cancelled),
        ("all pruned", |number, _| Outcome::Pruned(f64::from(number))),
        ("one complete", |number, _| if number == 2 { Outcome::Complete(1.0) } else { Outcome::Failed }),
        ("all equal", |_, _| Outcome::Complete(3.0)),
        ("all kinds", |number, point| match number % 4 {
            0 => Outcome::Failed,
            1 => Outcome::Cancelled,
            2 => Outcome::Pruned(9.0),
            _ => Outcome::Complete(bowl(point)),
        }),
        ("no numbers", |number, _| Outcome::Complete([f64::NAN, f64::INFINITY, 1.0][number as usize % 3])),
        ("extreme", |number, point| Outcome::Complete([1e308, -1e308, 5e-324, bowl(point)][number as usize % 4])),
    ];
    with_each(|method| {
        for (fate, outcome) in fates {
            eprintln!("{fate}");
            let mut study = study(mixed_space(), method, 6);
            search(&mut study, 16, outcome);
            let mut tried = points(&study);
            assert!(tried.iter().all(|point| mixed_space().check_point(point) == Ok(())));
            tried.sort_by(|a, b| a.partial_cmp(b).unwrap());
            tried.dedup();
            assert_eq!(tried.len(), 16);
        }
    });
}

#[test]
fn a_point_placed_by_hand_takes_the_next_turn_and_the_search_goes_on_around_it() {
    with_each(|method| {
        let mut study = study(mixed_space(), method, 7);
        search(&mut study, 8, |_, point| Outcome::Complete(bowl(point)));
        let by_hand = mixed_space().from_unit(&[0.3, 0.6, 0.4, 0.5, 0.7]);
        study.enqueue(by_hand.clone()).unwrap();
        let batch = ask_batch(&mut study);
        assert_eq!((batch.len(), &batch[0].1), (4, &by_hand));
        assert!(batch[1..].iter().all(|(_, point)| *point != by_hand));
    });
}
