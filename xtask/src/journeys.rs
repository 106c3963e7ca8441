//! Serves `dist/` under a sub-path and lets Node drive a browser over it: the journeys, or the tour that takes pictures. What
//! is looked at stands in `tests/e2e/`.

use crate::failure::Failure;
use crate::program::{run, run_keeping};
use crate::{browser, build, serve, tools};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// As a project site would have it: nothing in `dist/` may rely on the root of the host.
const PREFIX: &str = "/clv/lab";

/// Runs the journeys over the `dist/` that is there; the runner's summary lines go to `summary`.
pub fn run_all(root: &Path, summary: &mut Vec<String>) -> Result<(), Failure> {
    let folder = root.join("tests/e2e");
    let mut node = node_over_dist(root)?;
    node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).args(journey_files(&folder)?);
    let is_summary =
        |line: &str| ["ℹ tests ", "ℹ pass ", "ℹ fail ", "ℹ skipped "].iter().any(|word| line.contains(word));
    run_keeping("The journeys", &mut node, is_summary, "See the failed journey above.", summary)
}

/// Builds, then takes pictures of every page.
pub fn screenshots(root: &Path) -> Result<(), Failure> {
    build::run(root)?;
    run("Taking pictures", node_over_dist(root)?.arg("tour.mjs"), "See the message above.")
}

/// Runs the pipeline at full size some times over the `dist/` that is there, and keeps the lines with times.
pub fn bench(root: &Path, keep: fn(&str) -> bool, lines: &mut Vec<String>) -> Result<(), Failure> {
    run_keeping(
        "Measuring in the browser",
        node_over_dist(root)?.arg("bench.mjs"),
        keep,
        "See the message above.",
        lines,
    )
}

/// Node in the journeys' folder, told where the page and the browser are. The server lives as long as this process.
fn node_over_dist(root: &Path) -> Result<Command, Failure> {
    let folder = root.join("tests/e2e");
    let chromium = browser::chromium()?;
    install_packages(&folder)?;
    let address = serve::start(serve::Site::new(root, PREFIX)?, 0)?;
    let mut node = Command::new("node");
    node.current_dir(folder).env("CLV_LAB_URL", format!("http://{address}{PREFIX}/")).env("CHROMIUM", chromium);
    Ok(node)
}

fn journey_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| {
        Failure::new("The journeys were not found.", &error.to_string(), "Restore the folder tests/e2e.")
    })?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    Ok(files)
}

/// Installs the journeys' packages when the lock file is not the one they were last installed from.
fn install_packages(folder: &Path) -> Result<(), Failure> {
    tools::node()?;
    let lock = fs::read(folder.join("package-lock.json")).unwrap_or_default();
    let stamp = folder.join("node_modules").join("installed-from-package-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("Installing the journeys' packages (a few seconds, once)…");
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder);
    run("Installing the journeys' packages", &mut npm, "Check the network connection, then run again.")?;
    fs::write(&stamp, lock).map_err(|error| {
        Failure::new("The journeys' packages were not noted.", &error.to_string(), "Make tests/e2e writable.")
    })
}
