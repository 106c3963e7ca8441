//! When to ask a worker for a sign of life, when to replace it and when to give up. Pure decisions over given times; the
//! page carries them out.

use crate::protocol::RunConfig;

/// A worker that answers nothing for so long is replaced.
pub const SILENCE_LIMIT_MS: f64 = 6_000.0;
/// A worker that does not start for so long is replaced.
pub const START_LIMIT_MS: f64 = 30_000.0;
/// Between two questions.
pub const TICK_MS: u32 = 1_000;
/// A gap between ticks above this means that the page itself was asleep.
const ASLEEP_MS: f64 = 3_000.0;
/// Replacements in one run before giving up.
pub const MAX_REPLACEMENTS: u32 = 2;

/// What a tick asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    Nothing,
    Ping(u32),
    /// The worker is lost, for this reason.
    Replace(String),
}

/// What follows from a lost worker.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Start another one, and the run again if one was in progress.
    Replace { replay: Option<RunConfig> },
    /// Too many were lost: start another one, but leave the run alone.
    GiveUp,
}

/// Watches one worker after another.
#[derive(Clone, Debug, Default)]
pub struct Supervisor {
    ready: bool,
    stopped: bool,
    waiting_since_ms: Option<f64>,
    last_tick_ms: Option<f64>,
    nonce: u32,
    running: Option<RunConfig>,
    n_replaced: u32,
}

impl Supervisor {
    /// A worker said that it is ready.
    pub fn ready(&mut self) {
        self.ready = true;
        self.waiting_since_ms = None;
    }

    /// A worker said anything at all.
    pub fn heard(&mut self) {
        if self.ready {
            self.waiting_since_ms = None;
        }
    }

    /// No more watching: the worker belongs to another build.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// The reader started a run, or a lost one starts again.
    pub fn run_begins(&mut self, config: RunConfig, again: bool) {
        self.running = Some(config);
        if !again {
            self.n_replaced = 0;
        }
    }

    /// The run ended in whatever way.
    pub fn run_ended(&mut self) {
        self.running = None;
        self.n_replaced = 0;
    }

    /// Called every [`TICK_MS`].
    pub fn tick(&mut self, now_ms: f64) -> Order {
        let asleep = self.last_tick_ms.is_some_and(|last| now_ms - last > ASLEEP_MS);
        self.last_tick_ms = Some(now_ms);
        if self.stopped {
            return Order::Nothing;
        }
        if asleep && self.waiting_since_ms.is_some() {
            self.waiting_since_ms = Some(now_ms);
        }
        match (self.waiting_since_ms, self.ready) {
            (None, false) => {
                self.waiting_since_ms = Some(now_ms);
                Order::Nothing
            }
            (None, true) => {
                self.waiting_since_ms = Some(now_ms);
                self.nonce = self.nonce.wrapping_add(1);
                Order::Ping(self.nonce)
            }
            (Some(since), true) if now_ms - since >= SILENCE_LIMIT_MS => {
                Order::Replace("it did not answer for 6 seconds".to_owned())
            }
            (Some(since), false) if now_ms - since >= START_LIMIT_MS => {
                Order::Replace("it did not start within 30 seconds".to_owned())
            }
            (Some(_), _) => Order::Nothing,
        }
    }

    /// The worker is lost. After this another one is awaited.
    pub fn lost(&mut self) -> Verdict {
        self.ready = false;
        self.waiting_since_ms = None;
        self.n_replaced += 1;
        if self.n_replaced > MAX_REPLACEMENTS {
            self.running = None;
            return Verdict::GiveUp;
        }
        Verdict::Replace { replay: self.running.clone() }
    }

    /// True when so many workers were lost that another one would be lost as well.
    pub fn is_hopeless(&self) -> bool {
        self.n_replaced > MAX_REPLACEMENTS + 1
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, Supervisor, Verdict};
    use crate::protocol::RunConfig;

    fn ready() -> Supervisor {
        let mut supervisor = Supervisor::default();
        supervisor.ready();
        supervisor
    }

    #[test]
    fn a_worker_that_answers_is_asked_again_and_kept() {
        let mut supervisor = ready();
        for second in 0..60 {
            assert_eq!(supervisor.tick(f64::from(second) * 1000.0), Order::Ping(second + 1));
            supervisor.heard();
        }
    }

    #[test]
    fn a_silent_worker_is_replaced_after_six_seconds() {
        let mut supervisor = ready();
        assert_eq!(supervisor.tick(0.0), Order::Ping(1));
        for second in 1..6 {
            assert_eq!(supervisor.tick(f64::from(second) * 1000.0), Order::Nothing);
        }
        assert!(matches!(supervisor.tick(6000.0), Order::Replace(_)));
    }

    #[test]
    fn a_page_that_slept_waits_anew() {
        let mut supervisor = ready();
        supervisor.tick(0.0);
        assert_eq!(supervisor.tick(3_600_000.0), Order::Nothing);
        assert_eq!(supervisor.tick(3_601_000.0), Order::Nothing);
    }

    #[test]
    fn a_run_is_replayed_twice_and_then_given_up() {
        let mut supervisor = ready();
        let config = RunConfig::default();
        supervisor.run_begins(config.clone(), false);
        for _ in 0..2 {
            assert_eq!(supervisor.lost(), Verdict::Replace { replay: Some(config.clone()) });
            supervisor.ready();
            supervisor.run_begins(config.clone(), true);
        }
        assert_eq!(supervisor.lost(), Verdict::GiveUp);
        assert!(!supervisor.is_hopeless());
        supervisor.ready();
        supervisor.run_begins(config.clone(), false);
        assert_eq!(supervisor.lost(), Verdict::Replace { replay: Some(config) });
    }

    #[test]
    fn an_idle_worker_is_replaced_without_a_replay() {
        let mut supervisor = ready();
        supervisor.run_begins(RunConfig::default(), false);
        supervisor.run_ended();
        assert_eq!(supervisor.lost(), Verdict::Replace { replay: None });
    }

    #[test]
    fn a_worker_that_never_starts_is_replaced_and_then_hopeless() {
        let mut supervisor = Supervisor::default();
        assert_eq!(supervisor.tick(0.0), Order::Nothing);
        for second in 1..30 {
            assert_eq!(supervisor.tick(f64::from(second) * 1000.0), Order::Nothing);
        }
        assert!(matches!(supervisor.tick(30_000.0), Order::Replace(_)));
        for _ in 0..4 {
            supervisor.lost();
        }
        assert!(supervisor.is_hopeless());
    }
}
