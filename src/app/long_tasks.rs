//! The longest task of the main thread since the page was opened, as the browser reports it (tasks of 50 ms and more).

use std::cell::Cell;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{PerformanceEntry, PerformanceObserver, PerformanceObserverEntryList, PerformanceObserverInit};

thread_local! {
    static LONGEST_MS: Cell<f64> = const { Cell::new(0.0) };
}

/// Begins to listen. A browser that does not report tasks leaves the figure at 0.
pub fn observe() {
    let report = Closure::<dyn FnMut(PerformanceObserverEntryList)>::new(|entries: PerformanceObserverEntryList| {
        for entry in entries.get_entries().iter() {
            let duration_ms = entry.unchecked_ref::<PerformanceEntry>().duration();
            LONGEST_MS.with(|longest| longest.set(longest.get().max(duration_ms)));
        }
    });
    if let Ok(observer) = PerformanceObserver::new(report.as_ref().unchecked_ref()) {
        let types = js_sys::Array::of1(&JsValue::from_str("longtask"));
        observer.observe(&PerformanceObserverInit::new(&types));
        report.forget();
    }
}

/// The longest so far; 0 when none was reported.
pub fn longest_ms() -> f64 {
    LONGEST_MS.with(Cell::get)
}
