//! A search as asking and telling: which point comes next, and what is known of those that were tried. Deliberately ignorant of who
//! evaluates the points, when, and how many at a time.
//!
//! Trials are numbered in the order in which they are asked for, and `batch` of them in a row are a batch. The first of a batch is handed out
//! when all earlier trials have ended, and the outcomes of a batch tell nothing to the others in it: which points are tried depends on
//! space, settings, outcomes and points placed by hand, and neither on the number of workers nor on who is ready first.

use super::acquisition::Acquisition;
use super::gaussian::GaussianSampler;
use super::prune::Pruning;
use super::sampler::{Known, RandomSampler, Sampler, SobolSampler};
use super::space::{CheckedSpace, PointError};
use super::trial::{Origin, Outcome, Trial, best};
use std::collections::VecDeque;

/// How the next point is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    Random,
    Sobol,
    GaussianProcess(Acquisition),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    pub method: Method,
    pub seed: u64,
    /// Trials that are evaluated side by side.
    pub batch: u32,
    /// Complete trials before which a model chooses nothing.
    pub n_start: u32,
    pub pruning: Option<Pruning>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { method: Method::GaussianProcess(Acquisition::default()), seed: 0, batch: 4, n_start: 4, pruning: None }
    }
}

/// A setting outside its bounds.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{name} is {value}; choose a value {bound}")]
pub struct SettingsError {
    pub name: &'static str,
    pub value: f64,
    pub bound: &'static str,
}

/// Why an outcome was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TellError {
    #[error("there is no trial {number}; tell of those that were asked for")]
    Unknown { number: u32 },
    #[error("trial {number} has ended already; an outcome is told once")]
    Ended { number: u32 },
}

/// What there is to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Some work was done and there is more: ask again.
    Thinking,
    /// Evaluate this point, and tell.
    Trial { number: u32, point: Vec<f64> },
    /// The batch is handed out; tell how its trials ended.
    Waiting,
    /// Every point of the space has been tried.
    Exhausted,
}

/// A search.
pub struct Study {
    space: CheckedSpace,
    settings: Settings,
    sampler: Box<dyn Sampler>,
    trials: Vec<Trial>,
    by_hand: VecDeque<Vec<f64>>,
}

impl Settings {
    fn check(&self) -> Result<(), SettingsError> {
        let mut numbers = vec![
            ("batch", f64::from(self.batch), 1.0, 64.0, "from 1 to 64"),
            ("n_start", f64::from(self.n_start), 2.0, 1_000.0, "from 2 to 1000"),
        ];
        if let Method::GaussianProcess(Acquisition::UpperConfidence { kappa }) = self.method {
            numbers.push(("kappa", kappa, 0.0, 100.0, "from 0 to 100"));
        }
        let mut out = numbers.into_iter().filter(|(_, value, least, most, _)| !(least..=most).contains(&value));
        out.next().map_or(Ok(()), |(name, value, _, _, bound)| Err(SettingsError { name, value, bound }))
    }
}

impl Method {
    fn sampler(self, n_start: u32) -> Box<dyn Sampler> {
        match self {
            Self::Random => Box::new(RandomSampler),
            Self::Sobol => Box::new(SobolSampler),
            Self::GaussianProcess(acquisition) => Box::new(GaussianSampler::new(acquisition, n_start as usize)),
        }
    }
}

impl Study {
    pub fn new(space: CheckedSpace, settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let sampler = settings.method.sampler(settings.n_start);
        Ok(Self { space, settings, sampler, trials: Vec::new(), by_hand: VecDeque::new() })
    }

    pub fn space(&self) -> &CheckedSpace {
        &self.space
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// By number.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// The complete trial with the least loss.
    pub fn best(&self) -> Option<&Trial> {
        best(&self.trials)
    }

    /// Number of the first trial of the batch that the next trial belongs to.
    fn batch_start(&self) -> usize {
        let n_trials = self.trials.len();
        n_trials - n_trials % self.settings.batch as usize
    }

    /// Works for some milliseconds at the most.
    pub fn ask(&mut self) -> Next {
        let (finished, in_work) = self.trials.split_at(self.batch_start());
        if finished.iter().any(|trial| trial.outcome.is_none()) {
            return Next::Waiting;
        }
        if let Some(point) = self.by_hand.pop_front() {
            return self.hand_out(point, Origin::ByHand);
        }
        if self.space.n_points().is_some_and(|n_points| n_points <= self.trials.len() as u64) {
            return Next::Exhausted;
        }
        let pending: Vec<&[f64]> = in_work.iter().map(|trial| &trial.point[..]).collect();
        let number = self.trials.len() as u32;
        let known = Known { space: &self.space, seed: self.settings.seed, number, finished, pending: &pending };
        match self.sampler.propose(&known) {
            Some(proposal) => self.hand_out(proposal.point, proposal.origin),
            None => Next::Thinking,
        }
    }

    fn hand_out(&mut self, point: Vec<f64>, origin: Origin) -> Next {
        let number = self.trials.len() as u32;
        self.trials.push(Trial { number, point: point.clone(), origin, reports: Vec::new(), outcome: None });
        Next::Trial { number, point }
    }

    /// Places a point by hand: it is tried before the sampler is asked again.
    pub fn enqueue(&mut self, point: Vec<f64>) -> Result<(), PointError> {
        self.space.check_point(&point)?;
        if let Some(trial) = self.trials.iter().find(|trial| trial.point == point) {
            return Err(PointError::Tried { number: trial.number });
        }
        if self.by_hand.contains(&point) {
            return Err(PointError::Waits);
        }
        self.by_hand.push_back(point);
        Ok(())
    }

    /// Points placed by hand that wait.
    pub fn waiting(&self) -> impl Iterator<Item = &[f64]> {
        self.by_hand.iter().map(Vec::as_slice)
    }

    fn running(&mut self, number: u32) -> Result<&mut Trial, TellError> {
        let trial = self.trials.get_mut(number as usize).ok_or(TellError::Unknown { number })?;
        if trial.outcome.is_some() { Err(TellError::Ended { number }) } else { Ok(trial) }
    }

    /// How a trial ended. A loss that is not finite is a failure.
    pub fn tell(&mut self, number: u32, outcome: Outcome) -> Result<(), TellError> {
        let trial = self.running(number)?;
        trial.outcome = Some(match outcome {
            Outcome::Complete(value) | Outcome::Pruned(value) if !value.is_finite() => Outcome::Failed,
            told => told,
        });
        Ok(())
    }

    /// The loss of a running trial at its next milestone, and whether it should be given up for it. `MILESTONES` are to be reported one
    /// after the other. Always false when nothing is to be pruned.
    pub fn report(&mut self, number: u32, loss: f64) -> Result<bool, TellError> {
        self.running(number)?.reports.push(loss);
        let batch = self.settings.batch as usize;
        let (finished, later) = self.trials.split_at(number as usize / batch * batch);
        let reports = later.get(number as usize % batch).map_or(&[][..], |trial| &trial.reports);
        Ok(self.settings.pruning.is_some_and(|pruning| pruning.is_hopeless(reports, finished)))
    }
}
