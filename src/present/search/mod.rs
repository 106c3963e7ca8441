//! A search for the eye: its trials as they stand, folded from what the worker tells, and the words and rows made of them. Deliberately nothing
//! that is only typed.

use crate::protocol::{SearchInfo, SearchPhase, SearchState, Surrogate, TrialState, TrialView};
use std::sync::Arc;

/// What is known of the search of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchShown {
    pub info: Arc<SearchInfo>,
    pub trials: Vec<Arc<TrialView>>,
    pub state: SearchState,
    pub surrogate: Option<Arc<Surrogate>>,
}

impl SearchShown {
    pub fn begin(info: SearchInfo) -> Self {
        let state = SearchState {
            model: info.request.model,
            phase: SearchPhase::Running,
            n_trials: info.request.n_trials,
            elapsed_ms: 0.0,
            n_workers: 0,
        };
        Self { info: Arc::new(info), trials: Vec::new(), state, surrogate: None }
    }

    /// A trial as it stands now.
    pub fn trial(&mut self, trial: TrialView) {
        match self.trials.get_mut(trial.number as usize) {
            Some(known) => *known = Arc::new(trial),
            None => self.trials.push(Arc::new(trial)),
        }
    }

    /// The complete trial with the least validation loss, the earliest of several.
    pub fn best(&self) -> Option<&Arc<TrialView>> {
        let complete = self.trials.iter().filter(|trial| trial.state == TrialState::Complete);
        let loss = |trial: &TrialView| trial.validation.unwrap_or(f64::INFINITY);
        complete.min_by(|a, b| loss(a).total_cmp(&loss(b)))
    }

    pub fn n_ended(&self) -> u32 {
        let is_open = |state| matches!(state, TrialState::Waiting | TrialState::Running);
        self.trials.iter().filter(|trial| !is_open(trial.state)).count() as u32
    }

    pub fn is_under_way(&self) -> bool {
        matches!(self.state.phase, SearchPhase::Running | SearchPhase::Paused)
    }

    /// What the trials to come will take if they take what those so far took.
    pub fn left_ms(&self) -> Option<f64> {
        let (ended, planned) = (f64::from(self.n_ended()), f64::from(self.state.n_trials));
        (self.is_under_way() && ended > 0.0).then(|| self.state.elapsed_ms / ended * (planned - ended))
    }
}
