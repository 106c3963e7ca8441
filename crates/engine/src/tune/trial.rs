//! What is kept of a point that was tried: where it came from and how it ended. Deliberately not how it is evaluated.

use super::explanation::Explanation;

/// How a trial ended. Only a finite value counts as complete.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// The loss: less is better.
    Complete(f64),
    /// It could not be evaluated; the search keeps away from it.
    Failed,
    /// It was stopped before anything was known of it.
    Cancelled,
    /// It was stopped because it was hopeless, with its last loss.
    Pruned(f64),
}

/// Who placed a point.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    ByHand,
    Random,
    /// Evenly spread by the Sobol sequence, as are the first trials of a search by a model.
    Sobol,
    /// Chosen by a model, for these reasons.
    Model(Box<Explanation>),
}

/// A point that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Its position among the trials.
    pub number: u32,
    /// A value per dimension of the space.
    pub point: Vec<f64>,
    pub origin: Origin,
    /// The losses at the milestones that it has passed.
    pub reports: Vec<f64>,
    /// None while it runs.
    pub outcome: Option<Outcome>,
}

impl Trial {
    /// The loss of a complete trial.
    pub fn value(&self) -> Option<f64> {
        match self.outcome {
            Some(Outcome::Complete(value)) => Some(value),
            Some(Outcome::Failed | Outcome::Cancelled | Outcome::Pruned(_)) | None => None,
        }
    }
}

/// The complete trial with the least loss, the earliest of several.
pub fn best(trials: &[Trial]) -> Option<&Trial> {
    let complete = trials.iter().filter_map(|trial| Some((trial, trial.value()?)));
    complete.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(trial, _)| trial)
}
