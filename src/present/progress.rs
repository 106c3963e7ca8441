//! How far something is: one type for objects and stages, one for the run. Deliberately no history of how it got there.

/// How far an object or a stage is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Nothing was made yet.
    #[default]
    Idle,
    /// `done` of `total` `unit`s; a total of 0 means that the amount is not known yet.
    Running { done: u64, total: u64, unit: String },
    /// Made with the settings shown.
    Ready,
    /// Made with other settings, or by a worker that is gone.
    Stale,
    /// Could not be made.
    Failed,
}

impl Progress {
    /// The work began, its amount is not known yet.
    pub fn begun() -> Self {
        Self::Running { done: 0, total: 0, unit: String::new() }
    }

    /// The word for attributes and styles.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running { .. } => "running",
            Self::Ready => "ready",
            Self::Stale => "stale",
            Self::Failed => "failed",
        }
    }

    /// The label that a reader sees.
    pub fn label(&self) -> String {
        match self {
            Self::Idle => "Not made yet".to_owned(),
            Self::Running { total: 0, .. } => "Running".to_owned(),
            Self::Running { done, total, .. } => format!("Running {}", super::format::percent(share(*done, *total))),
            Self::Ready => "Ready".to_owned(),
            Self::Stale => "Stale".to_owned(),
            Self::Failed => "Failed".to_owned(),
        }
    }

    /// Finished share of the work, 0–1.
    pub fn fraction(&self) -> f64 {
        match self {
            Self::Idle | Self::Failed => 0.0,
            Self::Running { done, total, .. } => share(*done, *total),
            Self::Ready | Self::Stale => 1.0,
        }
    }

    /// True while work goes on.
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Running { .. })
    }
}

fn share(done: u64, total: u64) -> f64 {
    if total == 0 { 0.0 } else { (done as f64 / total as f64).min(1.0) }
}

/// What the run as a whole is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunState {
    #[default]
    Idle,
    Running,
    Done,
    Failed,
    Cancelled,
}

impl RunState {
    /// The value of `data-run`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;

    #[test]
    fn a_share_is_never_above_one_nor_undefined() {
        let running = |done, total| Progress::Running { done, total, unit: "rows".to_owned() };
        assert_eq!(running(5, 0).fraction(), 0.0);
        assert_eq!(running(5, 4).fraction(), 1.0);
        assert_eq!(running(1, 4).label(), "Running 25\u{a0}%");
        assert_eq!(running(1, 0).label(), "Running");
    }
}
