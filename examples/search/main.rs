//! The search for parameters natively, for `tests/parity`: our samplers on the matrices of a headless run, the same objective for somebody else's
//! sampler, and posteriors of the Gaussian process.
//!
//! `cargo run --release --example search -- run --matrix out --scenario CONTINUOUS --seeds 10 --out out/search.json`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

#[allow(dead_code, reason = "it writes what another example makes")]
#[path = "../fit/files.rs"]
mod files;
mod objective;
mod posterior;

use clv_lab::engine::tune::{Acquisition, CheckedSpace, Kind, Method, Next, Outcome, Scale, Settings, Study};
use files::Fallible;
use objective::{Objective, side_by_side};
use serde_json::{Value, json};
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: search run --matrix DIR --scenario NAME --out FILE [--seeds N] [--trials N], or search serve --matrix DIR \
    --scenario NAME (a line of points in, a line of losses out), or search posterior --out FILE";
const METHODS: [(&str, Method); 4] = [
    ("random", Method::Random),
    ("sobol", Method::Sobol),
    ("confidence", Method::GaussianProcess(Acquisition::UpperConfidence { kappa: 2.5 })),
    ("improvement", Method::GaussianProcess(Acquisition::ExpectedImprovement)),
];

/// What the command line asks for.
enum Task {
    Run { matrix: PathBuf, scenario: String, out: PathBuf, n_seeds: usize, n_trials: usize },
    Serve { matrix: PathBuf, scenario: String },
    Posterior { out: PathBuf },
}

fn task(mut given: impl Iterator<Item = String>) -> Result<Task, String> {
    let name = given.next().unwrap_or_default();
    let (mut matrix, mut scenario, mut out, mut n_seeds, mut n_trials) = (None, None, None, 10, 20);
    while let Some(option) = given.next() {
        let value = given.next().ok_or(format!("{option} needs a value; {USAGE}"))?;
        let number = || value.parse().ok().filter(|&n| n > 0).ok_or(format!("{option} cannot be {value:?}; {USAGE}"));
        match option.as_str() {
            "--matrix" => matrix = Some(PathBuf::from(value)),
            "--scenario" => scenario = Some(value),
            "--out" => out = Some(PathBuf::from(value)),
            "--seeds" => n_seeds = number()?,
            "--trials" => n_trials = number()?,
            _ => return Err(format!("{option} is not known; {USAGE}")),
        }
    }
    match (name.as_str(), matrix, scenario, out) {
        ("run", Some(matrix), Some(scenario), Some(out)) => Ok(Task::Run { matrix, scenario, out, n_seeds, n_trials }),
        ("serve", Some(matrix), Some(scenario), None) => Ok(Task::Serve { matrix, scenario }),
        ("posterior", None, None, Some(out)) => Ok(Task::Posterior { out }),
        _ => Err(USAGE.to_owned()),
    }
}

fn main() -> ExitCode {
    let task = match task(std::env::args().skip(1)) {
        Ok(task) => task,
        Err(sentence) => {
            eprintln!("{sentence}");
            return ExitCode::from(2);
        }
    };
    let done = match &task {
        Task::Run { matrix, scenario, out, n_seeds, n_trials } => run(matrix, scenario, out, *n_seeds, *n_trials),
        Task::Serve { matrix, scenario } => serve(matrix, scenario),
        Task::Posterior { out } => posterior::cases().and_then(|cases| files::text(out, &format!("{cases:#}"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Nothing more was searched: {error}. Check --matrix, which a headless run writes, and --out.");
            ExitCode::FAILURE
        }
    }
}

/// Every sampler with every seed; the losses of all trials in their order.
fn run(matrix: &Path, scenario: &str, out: &Path, n_seeds: usize, n_trials: usize) -> Fallible<()> {
    let (space, objective) = (objective::space()?, Objective::read(matrix, scenario)?);
    let searches: Vec<(Method, u64)> =
        METHODS.iter().flat_map(|(_, method)| (0..n_seeds as u64).map(|seed| (*method, seed))).collect();
    let losses = side_by_side(searches.len(), |position| {
        let (method, seed) = searches[position];
        let settings = Settings { method, seed, ..Settings::default() };
        // Errors of another thread travel as sentences.
        search(space.clone(), settings, n_trials, &objective).map_err(|error| error.to_string())
    });
    let losses = losses.into_iter().collect::<Result<Vec<_>, _>>()?;
    let by_method: serde_json::Map<String, Value> = METHODS
        .iter()
        .zip(losses.chunks(n_seeds))
        .map(|((name, _), losses)| ((*name).to_owned(), json!(losses)))
        .collect();
    files::text(out, &json!({ "space": described(&space), "scenario": scenario, "losses": by_method }).to_string())
}

fn search(space: CheckedSpace, settings: Settings, n_trials: usize, objective: &Objective) -> Fallible<Vec<f64>> {
    let mut study = Study::new(space, settings)?;
    let mut losses = Vec::new();
    while losses.len() < n_trials {
        match study.ask() {
            Next::Thinking => {}
            Next::Trial { number, point } => {
                let loss = objective.loss(&point)?;
                study.tell(number, Outcome::Complete(loss))?;
                losses.push(loss);
            }
            Next::Waiting | Next::Exhausted => break,
        }
    }
    Ok(losses)
}

/// Says what the space is, then answers each line of points with a line of losses.
fn serve(matrix: &Path, scenario: &str) -> Fallible<()> {
    let objective = Objective::read(matrix, scenario)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", described(&objective::space()?))?;
    for line in std::io::stdin().lock().lines() {
        out.flush()?;
        let points: Vec<Vec<f64>> = serde_json::from_str(&line?)?;
        let loss = |position: usize| objective.loss(&points[position]).map_err(|error| error.to_string());
        let losses = side_by_side(points.len(), loss).into_iter().collect::<Result<Vec<f64>, _>>()?;
        writeln!(out, "{}", json!(losses))?;
    }
    Ok(())
}

fn described(space: &CheckedSpace) -> Value {
    let dimensions = space.dimensions.iter();
    dimensions
        .map(|dimension| {
            json!({
                "name": dimension.name, "low": dimension.low, "high": dimension.high,
                "is_log": dimension.scale == Scale::Log, "is_whole": dimension.kind == Kind::Whole,
            })
        })
        .collect()
}
