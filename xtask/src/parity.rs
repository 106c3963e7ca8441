//! Exports a run and lets independent engines in Python judge it: DuckDB, xgboost and lifetimes. What is compared stands in
//! `tests/parity/`; a check that fails does not keep the others from running.

use crate::failure::Failure;
use crate::program::{run as run_program, run_keeping};
use crate::python;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const SEED: &str = "42";
const FULL_SIZE: u32 = 50_000;
const SMALL_SIZE: u32 = 2_000;
/// Fewer leave a part of the split too small to train and judge a model.
const CUSTOMERS: std::ops::RangeInclusive<u32> = 500..=500_000;
const CHECKS: [&str; 4] = [SQL_CHECK, "point_in_time", "predictions", "lifetimes_fit"];
const SQL_CHECK: &str = "sql_views";
/// Days as of which the views are compared beside the last day of the data.
const AS_OF: [&str; 2] = ["2024-02-29", "2024-12-31"];
/// Own features of a further export: new ones that read both kinds of events, an earlier one and fitted values, and two of the
/// catalogue redefined, one of them upstream of others.
const OWN_FEATURES: [&str; 5] = [
    "HALF_YEAR_SPEND:SUM(CONTINUOUS_TRANSACTIONS.AMOUNT, last 180 days)",
    "EVENTS_PER_PURCHASE:COUNT(CONTINUOUS_INTERACTIONS) / COUNT(CONTINUOUS_TRANSACTIONS)",
    "SPENT_LATELY:IF(HALF_YEAR_SPEND > 100, 'yes', 'no')",
    "RECENT_30D_COUNT:COUNT(CONTINUOUS_TRANSACTIONS, last 45 days)",
    "MONETARY_SCORE:SCORE(RECENT_90D_AMOUNT, MONETARY_EDGES)",
];
const SUMMARY_PREFIX: &str = "parity: ";
const REQUIREMENTS: [&str; 2] = ["requirements-judge.txt", "requirements-parity.txt"];

/// The number of customers asked for.
pub fn customers(arguments: &[String]) -> Result<u32, Failure> {
    let fail = |why: &str| Failure::new("Nothing was compared.", why, "Use `cargo xtask parity [--customers N]`.");
    match arguments {
        [] => Ok(FULL_SIZE),
        [name, value] if name == "--customers" => {
            value.parse().ok().filter(|n| CUSTOMERS.contains(n)).ok_or_else(|| {
                let (low, high) = CUSTOMERS.into_inner();
                fail(&format!("The number of customers is \"{value}\", and must be {low} … {high}."))
            })
        }
        [name] if name == "--customers" => Err(fail("--customers needs a value.")),
        [unknown, ..] => Err(fail(&format!("\"{unknown}\" is not an option."))),
    }
}

/// The task: an export by the program that users run, and a summary.
pub fn run(root: &Path, customers: u32) -> Result<(), Failure> {
    let mut summary = Vec::new();
    let result = compare(root, customers, &["--release"], &mut summary);
    println!("\n== Summary");
    summary.iter().for_each(|line| println!("{line}"));
    result
}

/// The part of the tests: a small export by the build that the native tests made.
pub fn small(root: &Path, summary: &mut Vec<String>) -> Result<(), Failure> {
    compare(root, SMALL_SIZE, &[], summary)
}

fn compare(root: &Path, customers: u32, profile: &[&str], summary: &mut Vec<String>) -> Result<(), Failure> {
    let folder = root.join("tests/parity");
    let start = Instant::now();
    let python = python::environment("parity", &REQUIREMENTS.map(|file| folder.join(file)))?;
    summary.push(format!("Python environment: {:.1} s", start.elapsed().as_secs_f64()));
    let start = Instant::now();
    let out = export(root, customers, profile, &[])?;
    let with_own = export(root, SMALL_SIZE, profile, &OWN_FEATURES)?;
    summary.push(format!(
        "Exports of {customers} customers, and of {SMALL_SIZE} with own features: {:.1} s",
        start.elapsed().as_secs_f64()
    ));
    let mut failed = Vec::new();
    let of_export = CHECKS.map(|check| (check, &out));
    for (check, out) in of_export.into_iter().chain([(SQL_CHECK, &with_own)]) {
        println!("\n-- {check}");
        let start = Instant::now();
        let mut script = python::script(&python, &folder.join(format!("{check}.py")));
        let mut said = Vec::new();
        let result = run_keeping(check, script.arg(out), is_summary, "See the differences above.", &mut said);
        let ending = if result.is_ok() { "passed" } else { "FAILED" };
        let said = said.first().map_or("no summary", |line| line.trim_start_matches(SUMMARY_PREFIX));
        summary.push(format!("{check}: {ending}, {:.1} s; {said}", start.elapsed().as_secs_f64()));
        failed.extend(result.err().map(|_| check));
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        &format!("Checks from outside failed: {}.", failed.join(", ")),
        "The lines marked DIFFERENT above say where; a check without such a line did not come to its end.",
        &format!("Run a check again with the export in {}.", out.display()),
    ))
}

/// Times of independent engines on an export at full size, as lines.
pub fn peers(root: &Path, keep: fn(&str) -> bool, lines: &mut Vec<String>) -> Result<(), Failure> {
    let folder = root.join("tests/parity");
    let python = python::environment("parity", &REQUIREMENTS.map(|file| folder.join(file)))?;
    let out = export(root, FULL_SIZE, &["--release"], &[])?;
    let mut script = python::script(&python, &folder.join("peers.py"));
    run_keeping("Measuring the peers", script.arg(&out), keep, "See the message above.", lines)
}

/// The line with which a script ends.
fn is_summary(line: &str) -> bool {
    line.starts_with(SUMMARY_PREFIX)
}

/// The whole pipeline in the terminal; its results replace those of the last time.
fn export(root: &Path, customers: u32, profile: &[&str], own: &[&str]) -> Result<PathBuf, Failure> {
    let suffix = if own.is_empty() { "" } else { "-own-features" };
    let out = root.join("target/parity").join(format!("{customers}{suffix}"));
    if out.exists() {
        fs::remove_dir_all(&out).map_err(|error| {
            let what = format!("The folder {} could not be emptied.", out.display());
            Failure::new(&what, &error.to_string(), "Make it writable, or delete it.")
        })?;
    }
    let mut cargo = Command::new("cargo");
    cargo.arg("run").args(profile).args(["--package", "clv-lab", "--example", "headless", "--"]).current_dir(root);
    cargo.args(AS_OF.iter().flat_map(|day| ["--as-of", day]));
    cargo.args(own.iter().flat_map(|feature| ["--feature", feature]));
    cargo.args(["--seed", SEED, "--customers", &customers.to_string(), "--trials", "1", "--out"]).arg(&out);
    run_program("The export", &mut cargo, "See the message above.")?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{CUSTOMERS, FULL_SIZE, customers};

    #[test]
    fn the_number_of_customers_is_checked() {
        let parse = |arguments: &[&str]| customers(&arguments.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(parse(&[]).ok(), Some(FULL_SIZE));
        assert_eq!(parse(&["--customers", "2000"]).ok(), Some(2_000));
        for bad in [&["--customers"][..], &["--customers", "10"], &["--customers", "x"], &["2000"], &["--seed", "1"]] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert!(CUSTOMERS.contains(&super::SMALL_SIZE));
    }
}
