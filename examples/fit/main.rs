//! Fits models natively on the matrices of a headless run, at fixed settings that other engines can be given too, and says how long
//! binning and growing, scoring and exact Shapley values take. `tests/parity` reads the predictions, the bench the times.
//!
//! `cargo run --release --example fit -- --matrix out --out out/fit --settings A,B,C --repeat 5`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod engines;
mod files;

use clv_lab::engine::dataset::{Matrix, Part};
use clv_lab::engine::learn::{Ensemble, Objective, Params, xgboost_json};
use engines::Engine;
use files::{Fallible, Rows};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

const USAGE: &str = "usage: fit --matrix DIR --out DIR [--settings A,B,C] [--scenarios COLDSTART,CONTINUOUS] \
    [--targets raw,log1p,tweedie,quantile] [--engine own|gbdt] [--repeat N] [--missing]";
const SCENARIOS: [&str; 2] = ["COLDSTART", "CONTINUOUS"];
const SCORED_ROWS: usize = 50_000;
const EXPLAINED_ROWS: usize = 1_000;

/// Trees, depth and learning rate; the rest is the same in all.
struct Setting {
    name: &'static str,
    n_estimators: u32,
    max_depth: u32,
    learning_rate: f64,
}

const SETTINGS: [Setting; 3] = [
    Setting { name: "A", n_estimators: 200, max_depth: 6, learning_rate: 0.1 },
    Setting { name: "B", n_estimators: 300, max_depth: 8, learning_rate: 0.05 },
    Setting { name: "C", n_estimators: 100, max_depth: 3, learning_rate: 0.1 },
];

impl Setting {
    /// What is not named has XGBoost's own default, which ours are not in all places.
    fn params(&self, objective: Objective) -> Params {
        Params {
            objective,
            n_estimators: self.n_estimators,
            max_depth: self.max_depth,
            learning_rate: self.learning_rate,
            min_child_weight: 1.0,
            subsample: 0.8,
            colsample_bytree: 0.8,
            reg_alpha: 0.0,
            reg_lambda: 1.0,
            gamma: 0.0,
            max_bin: 255,
            ..Params::default()
        }
    }
}

/// What is learnt: the spend, its logarithm, on which a few large spenders do not decide everything, or the spend with another loss.
struct Target {
    name: &'static str,
    of: fn(f32) -> f32,
    objective: Objective,
    /// The settings at which it is learnt.
    settings: &'static [&'static str],
}

const TARGETS: [Target; 4] = [
    Target { name: "raw", of: |spend| spend, objective: Objective::SquaredError, settings: &["A", "B", "C"] },
    Target {
        name: "log1p",
        of: |spend| libm::log1p(f64::from(spend)) as f32,
        objective: Objective::SquaredError,
        settings: &["A", "B", "C"],
    },
    Target {
        name: "tweedie",
        of: |spend| spend,
        objective: Objective::Tweedie { variance_power: 1.5 },
        settings: &["A"],
    },
    Target { name: "quantile", of: |spend| spend, objective: Objective::Quantile { level: 0.9 }, settings: &["A"] },
];

/// What the command line asks for.
struct Arguments {
    matrix: PathBuf,
    out: PathBuf,
    settings: Vec<&'static Setting>,
    scenarios: Vec<&'static str>,
    targets: Vec<&'static Target>,
    engine: Engine,
    repeat: usize,
    is_blanked: bool,
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let (mut matrix, mut out, mut engine, mut repeat, mut is_blanked) = (None, None, Engine::Own, 1, false);
    let (mut settings, mut scenarios, mut targets) =
        (SETTINGS.iter().collect(), SCENARIOS.to_vec(), TARGETS.iter().collect());
    while let Some(option) = given.next() {
        if option == "--missing" {
            is_blanked = true;
            continue;
        }
        let value = given.next().ok_or(format!("{option} needs a value; {USAGE}"))?;
        let refused = || format!("{option} cannot be {value:?}; {USAGE}");
        match option.as_str() {
            "--matrix" => matrix = Some(PathBuf::from(value)),
            "--out" => out = Some(PathBuf::from(value)),
            "--settings" => settings = chosen(SETTINGS.iter(), |setting| setting.name, &value).ok_or_else(refused)?,
            "--scenarios" => scenarios = chosen(SCENARIOS, |scenario| scenario, &value).ok_or_else(refused)?,
            "--targets" => targets = chosen(TARGETS.iter(), |target| target.name, &value).ok_or_else(refused)?,
            "--engine" => engine = Engine::named(&value).ok_or_else(refused)?,
            "--repeat" => repeat = value.parse().ok().filter(|&n| n > 0).ok_or_else(refused)?,
            _ => return Err(format!("{option} is not known; {USAGE}")),
        }
    }
    let (Some(matrix), Some(out)) = (matrix, out) else {
        return Err(format!("--matrix and --out are needed; {USAGE}"));
    };
    Ok(Arguments { matrix, out, settings, scenarios, targets, engine, repeat, is_blanked })
}

/// The members of a comma-separated list; `None` when one does not exist.
fn chosen<T>(all: impl IntoIterator<Item = T> + Clone, name: fn(&T) -> &str, list: &str) -> Option<Vec<T>> {
    list.split(',').map(|wanted| all.clone().into_iter().find(|one| name(one) == wanted)).collect()
}

/// Milliseconds that some work took, and what it made.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let begin = Instant::now();
    let made = work();
    (begin.elapsed().as_secs_f64() * 1_000.0, made)
}

fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(parsed) => parsed,
        Err(sentence) => {
            eprintln!("{sentence}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Nothing more was fitted: {error}. Check --matrix, which a headless run writes, and --out.");
            ExitCode::FAILURE
        }
    }
}

fn run(asked: &Arguments) -> Fallible<()> {
    let mut fits = Vec::new();
    for scenario in &asked.scenarios {
        let rows = |part| files::read(&asked.matrix, scenario, part, asked.is_blanked);
        let (train, test) = (rows(Part::Train)?, rows(Part::Test)?);
        let mut predictions = Vec::new();
        for setting in &asked.settings {
            for target in asked.targets.iter().filter(|target| target.settings.contains(&setting.name)) {
                let (fit, trained) = measured(asked, (&train, &test), setting, target)?;
                println!("{scenario} {} {}: {:.1} ms", setting.name, target.name, least(&fit["fit_ms"]));
                let name = format!("{}_{}", setting.name, target.name);
                let json = xgboost_json(&trained, &setting.params(target.objective).named_values());
                files::text(&asked.out.join("models").join(format!("{scenario}_{name}.json")), &json)?;
                predictions.push((name, trained.predict(&test.matrix)?));
                fits.push(described(fit, scenario, &train, &test));
            }
        }
        files::write(&asked.out.join("predictions").join(format!("{scenario}.parquet")), &predictions)?;
    }
    files::text(&asked.out.join("fits.json"), &format!("{:#}", json!({ "fits": fits })))?;
    Ok(())
}

/// One model's times, each as often as asked for, and the model. Every repetition grows the same trees.
fn measured(
    asked: &Arguments,
    (train, test): (&Rows, &Rows),
    setting: &Setting,
    target: &Target,
) -> Fallible<(Value, Ensemble)> {
    let wanted: Vec<f32> = train.target.iter().map(|&spend| (target.of)(spend)).collect();
    let scored = cycled(test, SCORED_ROWS);
    let explained = cycled(test, EXPLAINED_ROWS);
    let (mut fit_ms, mut score_ms, mut shap_ms) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..asked.repeat {
        let (ms, trained) = timed(|| asked.engine.fit(&train.matrix, &wanted, setting.params(target.objective)));
        let trained = trained?;
        fit_ms.push(ms);
        let (ms, scores) = timed(|| trained.predict(&scored));
        scores?;
        score_ms.push(ms);
        let (ms, contributions) = timed(|| trained.contributions(&explained, 0..EXPLAINED_ROWS));
        contributions?;
        shap_ms.push(ms);
        last = Some(trained);
    }
    let trained = last.ok_or("nothing was repeated")?;
    let times = json!({
        "engine": asked.engine.name(), "setting": setting.name, "target": target.name,
        "fit_ms": fit_ms, "score_ms": score_ms, "shap_ms": shap_ms,
    });
    Ok((times, trained))
}

/// The times and what they were measured on.
fn described(mut fit: Value, scenario: &str, train: &Rows, test: &Rows) -> Value {
    let about = json!({
        "scenario": scenario, "train_rows": train.matrix.n_rows(), "columns": train.matrix.n_columns(),
        "scored_rows": SCORED_ROWS, "explained_rows": EXPLAINED_ROWS, "blanked_cells": train.n_blanked + test.n_blanked,
    });
    if let (Value::Object(fit), Value::Object(about)) = (&mut fit, about) {
        fit.extend(about);
    }
    fit
}

/// As many rows as wanted, beginning again where they end.
fn cycled(rows: &Rows, n_rows: usize) -> Matrix {
    let n = rows.matrix.n_rows().max(1);
    let positions: Vec<u32> = (0..n_rows).map(|row| (row % n) as u32).collect();
    rows.matrix.select_rows(&positions)
}

fn least(times: &Value) -> f64 {
    times.as_array().into_iter().flatten().filter_map(Value::as_f64).fold(f64::INFINITY, f64::min)
}
