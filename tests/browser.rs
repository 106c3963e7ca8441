//! What only a browser can show of the library: it runs inside a worker, as in the page. Deliberately few tests; whatever does
//! not depend on the browser is tested natively.
#![cfg(target_arch = "wasm32")]

use clv_lab::protocol::{Command, RunConfig, decode, encode};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
fn a_command_crosses_as_the_same_bytes_as_natively() {
    let config = RunConfig { seed: (1 << 53) - 1, customers: 50_000, trials: 20, ..RunConfig::default() };
    // Variant 0; 2⁵³ − 1, 50,000 and 20 as varints; target and scope as their variants' numbers.
    let bytes = [0, 255, 255, 255, 255, 255, 255, 255, 15, 208, 134, 3, 20, 0, 3];
    assert_eq!(encode(&Command::Run(config)), Ok(bytes.to_vec()));
    assert_eq!(decode(&bytes), Ok(Command::Run(config)));
}

#[wasm_bindgen_test]
fn noise_is_an_error_and_not_a_panic() {
    assert!(decode::<Command>(&[250, 1, 2]).is_err());
    assert!(decode::<Command>(&[]).is_err());
}
