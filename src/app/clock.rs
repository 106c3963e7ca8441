//! Milliseconds since the page was opened. Deliberately no wall clock: nothing shown depends on the date.

/// Now, monotonic.
pub fn now_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}
