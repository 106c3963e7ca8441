//! What a session needs from where it runs.

use crate::protocol::Environment;

/// The clock and the place; the only impure thing a session sees.
pub trait Host {
    /// Milliseconds since some fixed moment.
    fn now_ms(&self) -> f64;
    /// Where the run takes place, asked at its end.
    fn environment(&self) -> Environment;
}
