//! All tests, part by part: native, a small export against independent engines, wasm in a headless browser, the built site's
//! size and its journeys. Every part runs even
//! when an earlier one failed; the runners' own summaries are repeated at the end. What is tested stands in the tests.

use crate::failure::Failure;
use crate::program::{on_path, run_keeping};
use crate::tools::{self, WASM_TARGET};
use crate::{browser, build, journeys, parity};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const PARTS: [(&str, Part); 4] =
    [("native", native), ("parity", parity::small), ("wasm", wasm), ("journeys", site_and_journeys)];

/// Runs a part of the tests; the runner's summary lines go to the list.
type Part = fn(&Path, &mut Vec<String>) -> Result<(), Failure>;

struct Outcome {
    name: &'static str,
    wall: Duration,
    summary: Vec<String>,
    result: Result<(), Failure>,
}

/// Runs the named parts, or all.
pub fn run(root: &Path, names: &[String]) -> Result<(), Failure> {
    if let Some(unknown) = names.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        return Err(Failure::new(
            "No test was started.",
            &format!("There is no part \"{unknown}\"."),
            "The parts are native, parity, wasm and journeys; without a name all of them run.",
        ));
    }
    let outcomes: Vec<Outcome> = PARTS
        .iter()
        .filter(|(part, _)| names.is_empty() || names.iter().any(|name| name == part))
        .map(|&(name, part)| {
            println!("\n== Tests: {name}");
            let (start, mut summary) = (Instant::now(), Vec::new());
            let result = part(root, &mut summary);
            Outcome { name, wall: start.elapsed(), summary, result }
        })
        .collect();
    report(&outcomes)
}

fn report(outcomes: &[Outcome]) -> Result<(), Failure> {
    println!("\n== Summary");
    for Outcome { name, wall, summary, result } in outcomes {
        let ending = if result.is_ok() { "passed" } else { "FAILED" };
        println!("{name}: {ending}, {:.1} s", wall.as_secs_f64());
        for line in summary {
            println!("    {}", line.trim());
        }
        if let Err(failure) = result {
            println!("{failure}");
        }
    }
    let failed: Vec<&str> =
        outcomes.iter().filter(|outcome| outcome.result.is_err()).map(|outcome| outcome.name).collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        &format!("Tests failed: {}.", failed.join(", ")),
        "The summary above says which.",
        &format!("`cargo xtask test {}` runs only these again.", failed.join(" ")),
    ))
}

fn is_cargo_summary(line: &str) -> bool {
    line.contains("test result:") || line.contains("tests run:")
}

fn native(root: &Path, summary: &mut Vec<String>) -> Result<(), Failure> {
    let remedy = "See the failed test above.";
    let mut cargo = |arguments: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(arguments).current_dir(root);
        run_keeping("The native tests", &mut command, is_cargo_summary, remedy, summary)
    };
    if on_path("cargo-nextest").is_some() {
        cargo(&["nextest", "run", "--workspace", "--no-fail-fast"])?;
        cargo(&["test", "--doc", "--workspace"])
    } else {
        cargo(&["test", "--workspace", "--no-fail-fast"])
    }
}

/// In the release profile, which shares its dependencies with the site and is what visitors run.
fn wasm(root: &Path, summary: &mut Vec<String>) -> Result<(), Failure> {
    let runner = tools::wasm_test_runner(root)?;
    browser::chromium()?;
    let mut cargo = Command::new("cargo");
    cargo
        .args(["test", "--release", "--package", "clv-lab", "--target", WASM_TARGET, "--test", "browser"])
        .current_dir(root)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("CHROMEDRIVER", browser::chromedriver()?)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "600");
    build::set_build_id(&mut cargo, root);
    run_keeping("The wasm tests", &mut cargo, is_cargo_summary, "See the failed test above.", summary)
}

fn site_and_journeys(root: &Path, summary: &mut Vec<String>) -> Result<(), Failure> {
    let weights = build::run(root)?;
    summary.extend(weights.lines());
    journeys::run_all(root, summary)?;
    if weights.is_over_budget() {
        return Err(Failure::new(
            "A first visit transfers too much.",
            "It is over its budget; the sizes stand above.",
            "See what is linked into it, for example with `twiggy top`.",
        ));
    }
    Ok(())
}
