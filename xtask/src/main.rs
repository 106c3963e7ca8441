//! `cargo xtask`: the project's tasks on the command line. Only chooses the task and prints how it ended; each task is a
//! module. Deliberately almost without dependencies, so that it compiles in seconds.

mod bench;
mod browser;
mod build;
mod check;
mod cut;
mod debian;
mod dist;
mod failure;
mod journeys;
mod parity;
mod program;
mod python;
mod serve;
mod suite;
mod tools;

use failure::Failure;
use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask <task>

  serve [--port N] [--prefix /PATH] [--no-build]   build, then serve dist/ on http://127.0.0.1:8080
  build                                            the static site in dist/
  check                                            formatting, lints natively and for wasm, docs, dependency guard
  test [native|parity|wasm|journeys ...]           all tests, or the parts named
  parity [--customers N]                           an export of N customers (50,000) against independent engines in Python
  bench                                            times at full size beside other engines', in docs/benchmarks.md
  screenshots                                      pictures of every page in target/screenshots/, and docs/overview.png";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<(), Failure> {
    let Some((task, rest)) = arguments.split_first() else {
        println!("{USAGE}");
        return Ok(());
    };
    if matches!(task.as_str(), "help" | "--help" | "-h") {
        println!("{USAGE}");
        return Ok(());
    }
    if !cfg!(any(target_os = "linux", target_os = "macos")) {
        return Err(Failure::new(
            "The tasks were not started.",
            &format!("They run on Linux and macOS; this is {}.", env::consts::OS),
            "On Windows, work inside the Windows Subsystem for Linux.",
        ));
    }
    let root = project_root()?;
    match task.as_str() {
        "serve" => serve::run(&root, &serve::Options::parse(rest)?),
        "build" => no_arguments(task, rest).and_then(|()| build::run(&root)).map(drop),
        "check" => no_arguments(task, rest).and_then(|()| check::run_all(&root)),
        "test" => suite::run(&root, rest),
        "parity" => parity::run(&root, parity::customers(rest)?),
        "bench" => no_arguments(task, rest).and_then(|()| bench::run(&root)),
        "screenshots" => no_arguments(task, rest).and_then(|()| journeys::screenshots(&root)),
        unknown => Err(Failure::new(
            &format!("There is no task \"{unknown}\"."),
            "The tasks are serve, build, check, test, parity, bench and screenshots.",
            "Run `cargo xtask help` for what each does.",
        )),
    }
}

fn no_arguments(task: &str, rest: &[String]) -> Result<(), Failure> {
    match rest.first() {
        None => Ok(()),
        Some(argument) => Err(Failure::new(
            &format!("`cargo xtask {task}` was not started."),
            &format!("It takes no arguments, and got \"{argument}\"."),
            "Run it without.",
        )),
    }
}

/// The folder that holds the workspace; Cargo tells where this package lies when it runs it.
fn project_root() -> Result<PathBuf, Failure> {
    env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .and_then(|package| package.parent().map(PathBuf::from))
        .ok_or_else(|| {
            Failure::new(
                "The project's folder was not found.",
                "Cargo did not say where it is.",
                "Start with `cargo xtask`.",
            )
        })
}
