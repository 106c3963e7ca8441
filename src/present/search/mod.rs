//! A search for the eye: its trials as they stand, folded from what the worker tells, and the words and rows made of them. Deliberately nothing
//! that is only typed.

mod choice;

pub use choice::Choice;

use super::charts::ChartTable;
use super::format;
use crate::protocol::{SearchInfo, SearchPhase, SearchState, Surrogate, TrialOrigin, TrialState, TrialView};
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

/// How a trial stands, in a word.
pub fn state_word(state: TrialState) -> &'static str {
    match state {
        TrialState::Waiting => "waiting",
        TrialState::Running => "running",
        TrialState::Complete => "complete",
        TrialState::Pruned => "given up",
        TrialState::Failed => "failed",
        TrialState::Cancelled => "cancelled",
    }
}

/// "12 of 20 trials, 3.1 s, about 2.1 s left; best so far $1,012 in trial 7; 2 workers".
pub fn progress(search: &SearchShown) -> String {
    let state = &search.state;
    let mut parts = vec![format!(
        "{} of {}, {}",
        format::count(search.n_ended().into()),
        format::counted(state.n_trials.into(), "trial", "trials"),
        format::duration(state.elapsed_ms)
    )];
    match state.phase {
        SearchPhase::Running => {
            parts.extend(search.left_ms().map(|ms| format!("about {} left", format::duration(ms))));
        }
        SearchPhase::Paused => parts.push("paused".to_owned()),
        SearchPhase::Stopped => parts.push("stopped".to_owned()),
        SearchPhase::Done => parts.push("done".to_owned()),
    }
    if let Some((best, loss)) = search.best().and_then(|best| Some((best, best.validation?))) {
        parts.push(format!("best so far {} in trial {}", format::money(loss), best.number + 1));
    }
    if search.is_under_way() {
        parts.push(match state.n_workers {
            0 => "no worker of its own".to_owned(),
            n => format::counted(n.into(), "worker", "workers"),
        });
    }
    parts.join(", ")
}

/// Every trial, the newest first.
pub fn table(search: &SearchShown) -> ChartTable {
    let mut headers: Vec<String> =
        ["Trial", "State", "RMSE validation", "RMSE train"].into_iter().map(str::to_owned).collect();
    headers.extend(search.info.request.space.iter().map(|dimension| dimension.name.clone()));
    headers.extend(["Trees", "Time", "Chosen by"].into_iter().map(str::to_owned));
    let best = search.best().map(|best| best.number);
    let money = |loss: Option<f64>| loss.map_or(format::ABSENT.to_owned(), format::money);
    let row = |trial: &Arc<TrialView>| {
        let number = format::count(u64::from(trial.number) + 1);
        let number = if best == Some(trial.number) { format!("{number} ★ best") } else { number };
        let state = match &trial.problem {
            Some(problem) => format!("{}: {problem}", state_word(trial.state)),
            None => state_word(trial.state).to_owned(),
        };
        // What moves while a trial runs stands above the table: a table that moved with it could not be read.
        let has_ended = !trial.state.name().is_empty();
        let when_ended = |text: String| if has_ended { text } else { format::ABSENT.to_owned() };
        let mut cells = vec![number, state, when_ended(money(trial.validation)), when_ended(money(trial.train))];
        cells.extend(trial.point.iter().map(|value| format::statistic(*value)));
        cells.push(when_ended(format::count(trial.n_trees.into())));
        cells.push(when_ended(format::duration(trial.elapsed_ms)));
        cells.push(origin(trial));
        cells
    };
    ChartTable { headers, rows: search.trials.iter().rev().map(row).collect() }
}

fn origin(trial: &TrialView) -> String {
    match trial.origin {
        TrialOrigin::ByHand => "you".to_owned(),
        TrialOrigin::Random => "chance".to_owned(),
        TrialOrigin::Sobol => "even spread".to_owned(),
        TrialOrigin::Model => "model".to_owned(),
    }
}

/// Why the newest point was chosen that a model has chosen.
pub fn reason(search: &SearchShown) -> String {
    let chosen = search.trials.iter().rev().find_map(|trial| Some((trial, trial.reason.as_ref()?)));
    let Some((trial, reason)) = chosen else {
        return "The first trials are spread evenly over the space; from then on a model of the errors chooses."
            .to_owned();
    };
    let mut words = format!(
        "Trial {} was chosen because an error of {} ± {} was expected there",
        trial.number + 1,
        format::money(reason.mean),
        format::money(reason.sd)
    );
    let share = format::percent(reason.exploration);
    words.push_str(&if reason.exploration > 0.5 {
        format!(": {share} of its promise was that little was known about that place, so it explores.")
    } else {
        format!(": {share} of its promise was that little was known about that place, so it mostly uses what is known.")
    });
    if let (TrialState::Complete, Some(found)) = (trial.state, trial.validation) {
        let off = (found - reason.mean) / reason.sd.max(f64::MIN_POSITIVE);
        let sign = if off < 0.0 { "below" } else { "above" };
        words.push_str(&format!(
            " It came to {}, {} standard deviations {sign}.",
            format::money(found),
            format::statistic(off.abs())
        ));
    }
    words
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
