//! A search on a made-up loss, written down to the last digit: the browser's tests include this file, too.

use clv_lab::engine::tune::{
    Acquisition, Dimension, Kind, Method, Next, Outcome, Scale, Settings, Space, SpaceError, Study,
};
use std::fmt::Write;

/// A bowl that is narrower in the first dimensions, in the units of a root mean squared error.
fn loss(place: &[f64]) -> f64 {
    let parts =
        place.iter().enumerate().map(|(idx, x)| (x - 0.4) * (x - 0.4) * (3.0 + idx as f64) + 0.1 * libm::sin(20.0 * x));
    350.0 + 40.0 * parts.sum::<f64>()
}

/// A line for each trial: what was tried and what it was worth; the numbers as short as they can be read back.
pub fn trace() -> Result<String, SpaceError> {
    let dimension = |name: &str, low, high, scale, kind| Dimension { name: name.to_owned(), low, high, scale, kind };
    let dimensions = vec![
        dimension("n_estimators", 100.0, 300.0, Scale::Linear, Kind::Whole),
        dimension("learning_rate", 0.01, 0.3, Scale::Log, Kind::Real),
        dimension("max_depth", 3.0, 8.0, Scale::Linear, Kind::Whole),
        dimension("subsample", 0.7, 0.9, Scale::Linear, Kind::Real),
    ];
    let space = Space { dimensions }.check()?;
    let mut lines = String::new();
    for acquisition in [Acquisition::default(), Acquisition::ExpectedImprovement] {
        let settings = Settings { method: Method::GaussianProcess(acquisition), seed: 42, ..Settings::default() };
        let Ok(mut study) = Study::new(space.clone(), settings) else { continue };
        while study.trials().len() < 24 {
            if let Next::Trial { number, point } = study.ask() {
                let value = loss(&space.to_unit(&point));
                // It is running, so that this is no error.
                let _ = study.tell(number, Outcome::Complete(value));
                let point: Vec<String> = point.iter().map(f64::to_string).collect();
                let _ = writeln!(lines, "{number} {} {value}", point.join(" "));
            }
        }
    }
    Ok(lines)
}
