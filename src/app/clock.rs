//! Milliseconds since the page was opened, and the next task. Deliberately no wall clock: nothing shown depends on the date.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;

/// Now, monotonic.
pub fn now_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// True from the next task on: what waits for it does not lengthen the present one.
pub fn next_task() -> ReadSignal<bool> {
    nth_task(1)
}

/// True from the n-th task on, so that several parts of a page follow one another.
pub fn nth_task(n: u32) -> ReadSignal<bool> {
    let (begun, begin) = signal(false);
    after_tasks(n, begin);
    begun
}

/// Later, once.
pub fn after(ms: u32, then: impl FnOnce() + 'static) {
    Timeout::new(ms, then).forget();
}

fn after_tasks(n: u32, begin: WriteSignal<bool>) {
    Timeout::new(0, move || {
        if n > 1 {
            after_tasks(n - 1, begin);
        } else {
            let _ = begin.try_set(true);
        }
    })
    .forget();
}
