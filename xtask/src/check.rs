//! Everything that can be judged without running the program: formatting, lints natively and for wasm, docs, and that no
//! browser crate reaches a native build. The same steps as in continuous integration.

use crate::failure::Failure;
use crate::program::{output, run};
use crate::tools::WASM_TARGET;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Crates that only make sense in a browser.
const BROWSER_CRATES: [&str; 7] =
    ["gloo", "js-sys", "leptos", "plotters-canvas", "wasm-bindgen", "wasm-bindgen-futures", "web-sys"];

struct Step {
    name: &'static str,
    arguments: &'static [&'static str],
    remedy: &'static str,
}

const STEPS: [Step; 5] = [
    Step { name: "Formatting", arguments: &["fmt", "--all", "--check"], remedy: "Run `cargo fmt --all`." },
    Step {
        name: "Lints, native",
        arguments: &["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"],
        remedy: "Correct what clippy reports above.",
    },
    Step {
        name: "Lints, wasm",
        arguments: &[
            "clippy",
            "--package",
            "clv-analysis",
            "--package",
            "clv-engine",
            "--package",
            "clv-lab",
            "--lib",
            "--bins",
            "--test",
            "browser",
            "--target",
            WASM_TARGET,
            "--",
            "-Dwarnings",
        ],
        remedy: "Correct what clippy reports above.",
    },
    Step {
        name: "Docs, native",
        arguments: &["doc", "--workspace", "--no-deps", "--document-private-items"],
        remedy: "Correct the comments reported above.",
    },
    Step {
        name: "Docs, wasm",
        arguments: &[
            "doc",
            "--package",
            "clv-lab",
            "--lib",
            "--no-deps",
            "--document-private-items",
            "--target",
            WASM_TARGET,
        ],
        remedy: "Correct the comments reported above.",
    },
];

pub fn run_all(root: &Path) -> Result<(), Failure> {
    for step in &STEPS {
        println!("{}…", step.name);
        let start = Instant::now();
        let mut cargo = Command::new("cargo");
        cargo.args(step.arguments).current_dir(root).env("RUSTDOCFLAGS", "-Dwarnings");
        run(step.name, &mut cargo, step.remedy)?;
        println!("{}: fine, {:.1} s.", step.name, start.elapsed().as_secs_f64());
    }
    no_browser_crate_natively(root)?;
    println!("Everything is fine.");
    Ok(())
}

/// The pure folders must stay testable without a browser: not even a dependency's dependency may bring one in.
fn no_browser_crate_natively(root: &Path) -> Result<(), Failure> {
    let what = "The guard on native dependencies";
    let mut cargo = Command::new("cargo");
    cargo.args(["tree", "--package", "clv-lab", "--edges", "normal", "--prefix", "none"]).current_dir(root);
    let tree = output(&mut cargo).ok_or_else(|| {
        Failure::new(
            &format!("{what} failed."),
            "`cargo tree` failed.",
            "Run `cargo tree --package clv-lab` to see why.",
        )
    })?;
    let found = browser_crates(&tree);
    if found.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        &format!("{what} failed."),
        &format!("The native build contains {}.", found.join(", ")),
        "Move the dependency under [target.'cfg(target_arch = \"wasm32\")'.dependencies] in Cargo.toml.",
    ))
}

/// The browser crates among the lines of `cargo tree --prefix none`.
fn browser_crates(tree: &str) -> Vec<&str> {
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let mut found: Vec<&str> = names.filter(|name| BROWSER_CRATES.contains(name)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::browser_crates;

    #[test]
    fn browser_crates_are_found_by_their_whole_name() {
        assert_eq!(browser_crates("clv-lab v0.1.0 (/x)\nleptos v0.8.23\nserde v1.0.0\nleptos v0.8.23 (*)"), ["leptos"]);
        assert!(browser_crates("gloomy v1.0.0\nlibm v0.2.16").is_empty());
    }
}
