//! Tests of the search as a whole, and what they share: spaces, objectives, a loop that evaluates.

mod contract;
mod known;
mod study;
mod surrogate;

use super::space::dimension;
use super::{Acquisition, CheckedSpace, Kind, Method, Next, Outcome, Scale, Settings, Space, Study};

/// Every sampler; each must pass the contract.
const METHODS: [Method; 4] = [
    Method::Random,
    Method::Sobol,
    Method::GaussianProcess(Acquisition::UpperConfidence { kappa: 2.5 }),
    Method::GaussianProcess(Acquisition::ExpectedImprovement),
];

/// Real and whole, linear and log, one dimension fixed.
fn mixed_space() -> CheckedSpace {
    let dimensions = vec![
        dimension("trees", 100.0, 300.0, Scale::Linear, Kind::Whole),
        dimension("rate", 0.01, 0.3, Scale::Log, Kind::Real),
        dimension("seed", 3.0, 3.0, Scale::Linear, Kind::Whole),
        dimension("depth", 3.0, 8.0, Scale::Linear, Kind::Whole),
        dimension("share", 0.7, 0.9, Scale::Linear, Kind::Real),
        dimension("leaf", 1.0, 50.0, Scale::Log, Kind::Whole),
    ];
    Space { dimensions }.check().unwrap()
}

/// A bowl over the mixed space, with its bottom inside.
fn bowl(point: &[f64]) -> f64 {
    let place = mixed_space().to_unit(point);
    place.iter().zip([0.3, 0.6, 0.4, 0.5, 0.7]).map(|(x, bottom)| (x - bottom) * (x - bottom)).sum()
}

fn study(space: CheckedSpace, method: Method, seed: u64) -> Study {
    Study::new(space, Settings { method, seed, ..Settings::default() }).unwrap()
}

/// The next thing to do after thinking.
fn ask(study: &mut Study) -> Next {
    loop {
        match study.ask() {
            Next::Thinking => {}
            next => return next,
        }
    }
}

/// The rest of the batch.
fn ask_batch(study: &mut Study) -> Vec<(u32, Vec<f64>)> {
    let mut batch = Vec::new();
    while let Next::Trial { number, point } = ask(study) {
        batch.push((number, point));
    }
    batch
}

/// Evaluates whole batches until there are `n_trials`.
fn search(study: &mut Study, n_trials: usize, outcome: impl Fn(u32, &[f64]) -> Outcome) {
    while study.trials().len() < n_trials {
        let batch = ask_batch(study);
        assert!(!batch.is_empty(), "nothing was handed out after {} trials", study.trials().len());
        for (number, point) in batch {
            study.tell(number, outcome(number, &point)).unwrap();
        }
    }
}

fn points(study: &Study) -> Vec<Vec<f64>> {
    study.trials().iter().map(|trial| trial.point.clone()).collect()
}
