//! The release build: tools, crates, Trunk, the parts of the page, then the finishing touches of [`dist`]. Deliberately no bundling of its own: Trunk
//! does that.

use crate::cut;
use crate::dist::{self, Weights};
use crate::failure::Failure;
use crate::program::{self, output, path_with};
use crate::tools::{self, WASM_TARGET};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Builds `dist/` and prints what it costs to transfer.
pub fn run(root: &Path) -> Result<Weights, Failure> {
    let path = path_with(&tools::for_build(root)?)?;
    fetch_crates(root)?;
    let start = Instant::now();
    println!("Building dist/ (about ten minutes the first time)…");
    let mut trunk = Command::new("trunk");
    trunk.args(["build", "--release", "--offline"]).current_dir(root).env("PATH", &path);
    // Trunk reads the first as its option --no-color, and refuses the value 1 that it commonly has.
    trunk.env_remove("NO_COLOR");
    set_build_id(&mut trunk, root);
    let remedy = "Correct the first error above; `cargo xtask check` shows Rust errors faster.";
    program::run("Building the site", &mut trunk, remedy)?;
    let folder = root.join("dist");
    cut::cut(root, &folder, &path)?;
    dist::add_security_policy(&folder)?;
    let weights = dist::weigh(&folder)?;
    println!("Built dist/ in {:.0} s.", start.elapsed().as_secs_f64());
    for line in weights.lines() {
        println!("  {line}");
    }
    Ok(weights)
}

/// Trunk works offline, so the crates must be there before.
fn fetch_crates(root: &Path) -> Result<(), Failure> {
    let mut fetch = Command::new("cargo");
    fetch.args(["fetch", "--quiet", "--target", WASM_TARGET]).current_dir(root);
    let version = output(Command::new("rustc").arg("-vV")).unwrap_or_default();
    if let Some(host) = version.lines().find_map(|line| line.strip_prefix("host: ")) {
        fetch.args(["--target", host]);
    }
    program::run("Fetching crates", &mut fetch, "Check the network connection, then run again.")
}

/// Tells a compilation which build it is; the same for every part of a build, or the library would be compiled twice.
pub fn set_build_id(command: &mut Command, root: &Path) {
    match build_id(root) {
        Some(id) => command.env("CLV_LAB_BUILD_ID", id),
        None => command.env_remove("CLV_LAB_BUILD_ID"),
    };
}

/// The package's version and the revision it was built from: page and worker compare it, to notice a stale cached file.
fn build_id(root: &Path) -> Option<String> {
    let git = |arguments: &[&str]| output(Command::new("git").args(arguments).current_dir(root));
    let revision = git(&["rev-parse", "--short=10", "HEAD"])?;
    let dirty = if git(&["status", "--porcelain"])?.is_empty() { "" } else { "-dirty" };
    Some(format!("{}+{revision}{dirty}", env!("CARGO_PKG_VERSION")))
}
