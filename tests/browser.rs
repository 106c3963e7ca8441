//! What only a browser can show of the library: it runs inside a worker, as in the page. Deliberately few tests; whatever does
//! not depend on the browser is tested natively.
#![cfg(target_arch = "wasm32")]

use clv_lab::protocol::{Command, Environment, Event, RunConfig, decode, encode};
use clv_lab::session::{Host, Session};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
fn a_command_crosses_as_the_same_bytes_as_natively() {
    let config = RunConfig { seed: (1 << 53) - 1, customers: 50_000, trials: 20, ..RunConfig::default() };
    // Variant 0; 2⁵³ − 1, 50,000 and 20 as varints; target and scope as their variants' numbers; NOW and the scenario as lengths
    // and letters; no override and no own feature.
    let numbers = [0, 255, 255, 255, 255, 255, 255, 255, 15, 208, 134, 3, 20, 0, 3];
    let bytes = [&numbers[..], &[10], b"2025-06-30", &[8], b"baseline", &[0], &[0]].concat();
    assert_eq!(encode(&Command::Run(config.clone())), Ok(bytes.clone()));
    assert_eq!(decode(&bytes), Ok(Command::Run(config)));
}

#[wasm_bindgen_test]
fn noise_is_an_error_and_not_a_panic() {
    assert!(decode::<Command>(&[250, 1, 2]).is_err());
    assert!(decode::<Command>(&[]).is_err());
}

/// A worker's clock would do; the digests do not depend on it.
struct Still;

impl Host for Still {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn environment(&self) -> Environment {
        Environment::default()
    }
}

#[wasm_bindgen_test]
fn a_small_run_gives_the_digests_of_the_native_golden_file() {
    let mut session = Session::default();
    session.handle(Command::Run(RunConfig::default()));
    let mut digests = String::new();
    while session.has_work() {
        for event in session.step(&Still) {
            if let Event::RunFinished { report, .. } = event {
                digests = report.digest_lines();
            }
        }
    }
    assert_eq!(digests, include_str!("golden/digests.txt"));
}
