//! What a session needs from where it runs.

use crate::protocol::{Environment, PoolCommand};

/// The clock and the place; the only impure thing a session sees.
pub trait Host {
    /// Milliseconds since some fixed moment.
    fn now_ms(&self) -> f64;
    /// Milliseconds since 1970-01-01 UTC, for a model's card only; `None` where no clock says so.
    fn wall_ms(&self) -> Option<f64> {
        None
    }
    /// Where the run takes place, asked at its end.
    fn environment(&self) -> Environment;

    /// Makes sure that there are so many workers to try parameters, or as many as the host gives, and says how many; another number ends the
    /// present ones. A host without workers lets the session do their work.
    fn start_pool(&self, _wanted: usize) -> usize {
        0
    }

    /// Says something to a worker of the pool, from 0.
    fn to_pool(&self, _worker: usize, _command: &PoolCommand) {}
}
