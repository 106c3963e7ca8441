//! The estimate of a run in words: what it was reckoned from, and warnings of runs that are too large. Deliberately no estimating: the
//! worker does that.

use super::format;
use crate::protocol::{MeasuredRun, RunEstimate};

/// Memory above which a run is called large.
const LARGE_BYTES: f64 = 1.5e9;
/// 32-bit WebAssembly addresses no more.
const LIMIT_BYTES: f64 = 4_294_967_296.0;

/// A sentence, when the run is too large to be started without a thought.
pub fn warning(memory_bytes: f64, customers: u32) -> Option<String> {
    let size = format::bytes(memory_bytes as u64);
    if memory_bytes > LIMIT_BYTES {
        let fitting = roughly(f64::from(customers) * 0.9 * LIMIT_BYTES / memory_bytes);
        return Some(format!(
            "This run would need about {size}, and WebAssembly cannot hold more than 4 GB: it would fail on the way. Choose about {} customers or fewer, or lower the rates.",
            format::count(fitting)
        ));
    }
    (memory_bytes > LARGE_BYTES).then(|| {
        format!(
            "This run needs about {size} in this tab. A computer with 8 GB and more can do it; close other tabs first, or choose fewer customers or lower rates."
        )
    })
}

/// A sentence, when the device says that it has little memory for what is wanted.
pub fn device_warning(memory_bytes: f64, device_gigabytes: Option<f64>) -> Option<String> {
    let device = device_gigabytes.filter(|gigabytes| memory_bytes > 0.5e9 * gigabytes)?;
    let size = format::bytes(memory_bytes as u64);
    Some(format!(
        "This device reports {device} GB of memory, and the run needs about {size} of it. If the tab is closed by the browser, choose fewer customers."
    ))
}

/// Two significant digits: an estimate pretends no more.
pub fn roughly(value: f64) -> u64 {
    let mut scale = 1.0;
    while value / scale >= 100.0 {
        scale *= 10.0;
    }
    ((value / scale + 0.5).floor() * scale) as u64
}

/// What the estimate was reckoned from.
pub fn basis(estimate: &RunEstimate) -> String {
    match &estimate.reckoned_from {
        None => {
            "Reckoned from a reference run of 50,000 customers in Chromium on 2 cores; after a run here, from that."
                .to_owned()
        }
        Some(MeasuredRun { customers, table_bytes, elapsed_ms }) => format!(
            "Reckoned from the last run here: {} customers, {} of tables, {}.",
            format::count((*customers).into()),
            format::bytes(*table_bytes),
            format::duration(*elapsed_ms)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{device_warning, roughly, warning};

    #[test]
    fn an_estimate_has_two_digits() {
        for (value, rough) in
            [(0.0, 0), (7.4, 7), (99.0, 99), (104.0, 100), (505_108.0, 510_000), (5_004_656.0, 5_000_000)]
        {
            assert_eq!(roughly(value), rough);
        }
    }

    #[test]
    fn large_runs_are_warned_of_and_impossible_ones_told_what_fits() {
        assert_eq!(warning(1.4e9, 500_000), None);
        assert!(warning(1.7e9, 500_000).unwrap().contains("1.7 GB"));
        let sentence = warning(8.6e9, 500_000).unwrap();
        assert!(sentence.contains("4 GB") && sentence.contains("220,000"), "{sentence}");
        assert_eq!(device_warning(1.0e9, None), None);
        assert_eq!(device_warning(1.0e9, Some(4.0)), None);
        assert!(device_warning(1.0e9, Some(1.0)).unwrap().contains("1 GB"));
    }
}
