//! What only a browser can show of the library: it runs inside a worker, as in the page, and keeps projects in the browser's database.
//! Deliberately few tests; whatever does not depend on the browser is tested natively.
#![cfg(target_arch = "wasm32")]

use clv_lab::protocol::{Command, Environment, Event, RunConfig, decode, encode};
use clv_lab::session::{Host, KeeperAnswer, KeeperRequest, Kept, Listed, Record, Session};
use clv_lab::worker::keeper::carry_out;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

#[path = "it/scoring.rs"]
mod scoring;
#[path = "it/trace.rs"]
mod trace;

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

#[wasm_bindgen_test]
async fn a_project_is_kept_with_its_revision_until_it_is_forgotten() {
    let key = || "a key of the tests".to_owned();
    let keep =
        |replaces, byte| KeeperRequest::Keep { key: key(), title: "test".to_owned(), replaces, bytes: vec![byte; 3] };
    carry_out(KeeperRequest::Remove { key: key() }).await;
    let kept = |outcome| KeeperAnswer::Kept { key: key(), outcome: Ok(outcome) };
    let fetched = |found| KeeperAnswer::Fetched { key: key(), found: Ok(found) };
    assert_eq!(carry_out(KeeperRequest::Fetch { key: key() }).await, fetched(None));
    assert_eq!(carry_out(keep(0, 1)).await, kept(Kept::Written { revision: 1 }));
    assert_eq!(carry_out(keep(1, 2)).await, kept(Kept::Written { revision: 2 }));
    let record = || Record { revision: 2, bytes: vec![2; 3] };
    assert_eq!(carry_out(keep(1, 9)).await, kept(Kept::Overtaken(record())), "another tab has written");
    assert_eq!(carry_out(KeeperRequest::Fetch { key: key() }).await, fetched(Some(record())));
    let answer = carry_out(KeeperRequest::List).await;
    let listed = if let KeeperAnswer::Listed(Ok(listed)) = &answer { listed.as_slice() } else { &[] };
    let listed: Vec<_> = listed.iter().filter(|project| project.key == key()).collect();
    assert!(matches!(listed[..], [Listed { title, bytes: 3, saved_ms, .. }] if title == "test" && *saved_ms > 1e12));
    assert_eq!(carry_out(KeeperRequest::Remove { key: key() }).await, KeeperAnswer::Removed(Ok(())));
    assert_eq!(carry_out(KeeperRequest::Fetch { key: key() }).await, fetched(None));
}

#[wasm_bindgen_test]
fn many_rows_are_scored_like_each_alone() {
    assert_eq!(scoring::many_rows_like_each_alone(), Ok(()));
}

#[wasm_bindgen_test]
fn a_search_tries_the_points_of_the_native_golden_file() {
    assert_eq!(trace::trace().as_deref(), Ok(include_str!("golden/search.txt")));
}
