//! The whole pipeline natively, in the terminal: the same session that the browser's worker runs, then its results as files.
//!
//! `cargo run --release --example headless -- --seed 42 --customers 50000 --trials 20 --out out`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod evaluation;
mod files;

use clv_lab::engine::schema::Day;
use clv_lab::present::day::from_iso;
use clv_lab::protocol::{Command, Environment, Event, FairBound, OwnFeature, RunConfig};
use clv_lab::session::{Host, Session};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// The terminal as a host.
struct Terminal {
    begin: Instant,
}

impl Host for Terminal {
    fn now_ms(&self) -> f64 {
        self.begin.elapsed().as_secs_f64() * 1_000.0
    }

    fn wall_ms(&self) -> Option<f64> {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(since.as_millis() as f64)
    }

    fn environment(&self) -> Environment {
        let cores = std::thread::available_parallelism().ok().map(|n| n.get() as u32);
        Environment { user_agent: None, cores, workers: 1, wasm_memory_bytes: None }
    }
}

const USAGE: &str = "usage: headless [--seed S] [--customers N] [--trials T] [--target realised|formula] \
    [--now YYYY-MM-DD] [--as-of YYYY-MM-DD]... [--scenario NAME] [--set PARAMETER:VALUE]... [--feature NAME:FORMULA]... \
    [--out DIR]";

/// What the command line asks for.
struct Arguments {
    config: RunConfig,
    out: Option<PathBuf>,
    /// Days as of which the views are written too.
    as_of: Vec<Day>,
}

/// A calendar day written YYYY-MM-DD.
fn day(text: &str) -> Option<Day> {
    from_iso(text).and_then(|days| i32::try_from(days).ok()).map(Day)
}

/// Settings and where to write, from the command line.
fn arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let (mut config, mut out, mut as_of) = (RunConfig::default(), None, Vec::new());
    while let Some(name) = given.next() {
        let value = given.next().ok_or(format!("{name} needs a value; {USAGE}"))?;
        let refused = || format!("{name} cannot be {value:?}; {USAGE}");
        match name.as_str() {
            "--seed" => config.seed = value.parse().map_err(|_| refused())?,
            "--customers" => config.customers = value.parse().map_err(|_| refused())?,
            "--trials" => config.trials = value.parse().map_err(|_| refused())?,
            "--target" => {
                config.target = match value.as_str() {
                    "realised" => clv_lab::protocol::TargetKind::Realised,
                    "formula" => clv_lab::protocol::TargetKind::Formula,
                    _ => return Err(refused()),
                }
            }
            "--now" => config.now = value,
            "--as-of" => as_of.push(day(&value).ok_or_else(refused)?),
            "--scenario" => config.scenario = value,
            "--set" => {
                let (name, value) = value.split_once(':').ok_or_else(refused)?;
                config.overrides.insert(name.to_owned(), value.parse().map_err(|_| refused())?);
            }
            "--feature" => {
                let (name, formula) = value.split_once(':').ok_or_else(refused)?;
                config.features.push(OwnFeature { name: name.to_owned(), formula: formula.to_owned() });
            }
            "--out" => out = Some(PathBuf::from(value)),
            _ => return Err(format!("{name} is not known; {USAGE}")),
        }
    }
    Ok(Arguments { config: config.check().map_err(|problem| problem.to_string())?, out, as_of })
}

/// Prints what a reader in a terminal wants to see of an event.
fn print(event: &Event) {
    match event {
        Event::ObjectReady(object) => {
            println!("  {:<42} {:>9} rows  {}", object.object.name(), object.rows, object.digest);
        }
        Event::StageFinished { stage, elapsed_ms } => println!("{stage}: {elapsed_ms:.0} ms"),
        Event::ModelReady(model) => {
            for metrics in &model.metrics {
                println!(
                    "  {:<42} {:<10} R² {:.3}  RMSE {:.2}  MAE {:.2}",
                    model.model.name(),
                    metrics.split,
                    metrics.r2,
                    metrics.rmse,
                    metrics.mae
                );
            }
        }
        Event::FairBoundReady(FairBound { model, splits, .. }) => {
            for (split, bound) in splits {
                println!(
                    "  {:<42} {:<10} fair bound R² {:.3} ± {:.3} on {} rows",
                    model.name(),
                    split,
                    bound.r2,
                    bound.r2_standard_error,
                    bound.rows
                );
            }
        }
        Event::ModelSkipped { problem, .. } | Event::RunFailed(problem) | Event::Refused(problem) => {
            println!("{problem}");
        }
        _ => {}
    }
}

fn main() -> ExitCode {
    let Arguments { config, out, as_of } = match arguments(std::env::args().skip(1)) {
        Ok(parsed) => parsed,
        Err(sentence) => {
            eprintln!("{sentence}");
            return ExitCode::from(2);
        }
    };
    let host = Terminal { begin: Instant::now() };
    let mut session = Session::default();
    let mut report = None;
    session.handle(Command::Run(config)).iter().for_each(print);
    while session.has_work() {
        for event in session.step(&host) {
            print(&event);
            match event {
                Event::RunFinished { report: finished, elapsed_ms, .. } => {
                    println!("everything: {:.2} s", elapsed_ms / 1_000.0);
                    report = Some(finished);
                }
                Event::FairBoundReady(FairBound { model, splits, .. }) => {
                    if let Some(report) = &mut report {
                        report.add_fair_bound(model.name(), &splits);
                    }
                }
                _ => {}
            }
        }
    }
    let Some(report) = report else { return ExitCode::FAILURE };
    let Some(out) = out else { return ExitCode::SUCCESS };
    match files::write(&out, session.store(), &report, &as_of) {
        Ok(n_files) => {
            println!("{n_files} files in {}", out.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!(
                "The results could not be written to {}: {error}. Check that the folder is writable.",
                out.display()
            );
            ExitCode::FAILURE
        }
    }
}
