//! What a session needs from where it runs.

use crate::protocol::Environment;

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
}
