//! Whether a trial is hopeless at a milestone. Deliberately a function of finished batches only, so that it does not depend on which
//! worker was faster.

use super::trial::Trial;

/// The shares of its own work at which a trial reports its loss. Shares and not steps: a slow learner with many trees
/// is behind a fast one with few at the same tree without being worse in the end.
pub const MILESTONES: [f64; 3] = [0.25, 0.5, 0.75];

/// The median rule (Golovin et al. 2017, Google Vizier, 2.5): a trial whose least loss so far is above the median of what finished trials
/// had reached at the same milestone is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pruning {
    /// Complete trials of earlier batches without which nobody is judged.
    pub least_trials: u32,
}

impl Default for Pruning {
    fn default() -> Self {
        Self { least_trials: 8 }
    }
}

impl Pruning {
    /// Whether the trial with these reports should be given up.
    pub fn is_hopeless(&self, reports: &[f64], finished: &[Trial]) -> bool {
        let n_reports = reports.len();
        let complete = finished.iter().filter(|trial| trial.value().is_some() && trial.reports.len() >= n_reports);
        let reached: Vec<f64> = complete.map(|trial| least(&trial.reports[..n_reports])).collect();
        n_reports > 0 && reached.len() >= self.least_trials.max(1) as usize && least(reports) > median(reached)
    }
}

fn least(losses: &[f64]) -> f64 {
    losses.iter().copied().fold(f64::INFINITY, f64::min)
}

/// Of at least one value; the lower of two middle ones.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[(values.len() - 1) / 2]
}
