//! Exports a run and lets independent engines in Python judge it: DuckDB, xgboost, scikit-learn, lifetimes and Optuna. What is compared stands
//! in `tests/parity/`; a check that fails does not keep the others from running.

use crate::failure::Failure;
use crate::program::{run as run_program, run_keeping};
use crate::python;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const SEED: u32 = 42;
/// Seeds of further data for what one seed cannot tell.
const FURTHER_SEEDS: [u32; 4] = [43, 44, 45, 46];
const FULL_SIZE: u32 = 50_000;
const SMALL_SIZE: u32 = 2_000;
/// Fewer leave a part of the split too small to train and judge a model.
const CUSTOMERS: std::ops::RangeInclusive<u32> = 500..=500_000;
const CHECKS: [&str; 7] =
    [SQL_CHECK, "point_in_time", "preprocessing", "predictions", "lifetimes_fit", "evaluation", "btyd"];
const ACCURACY_CHECK: &str = "accuracy";
/// The same fits with a tenth of the numbers blanked: to `examples/fit` and to the check.
const MISSING: &str = "--missing";
const FIT_WITH_MISSING: &str = "fit-missing";
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
const SEARCH_CHECK: &str = "search";
const SCENARIOS: [&str; 2] = ["COLDSTART", "CONTINUOUS"];
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
    let result =
        compare(root, &Size { customers, profile: &["--release"], is_small: customers < FULL_SIZE }, &mut summary);
    println!("\n== Summary");
    summary.iter().for_each(|line| println!("{line}"));
    result
}

/// The part of the tests: a small export by the build that the native tests made.
pub fn small(root: &Path, summary: &mut Vec<String>) -> Result<(), Failure> {
    compare(root, &Size { customers: SMALL_SIZE, profile: &[], is_small: true }, summary)
}

/// How much is compared, and by which build.
struct Size {
    customers: u32,
    profile: &'static [&'static str],
    /// Too few customers for what is promised of models at full size.
    is_small: bool,
}

fn compare(root: &Path, size: &Size, summary: &mut Vec<String>) -> Result<(), Failure> {
    let folder = root.join("tests/parity");
    let start = Instant::now();
    let python = python::environment("parity", &REQUIREMENTS.map(|file| folder.join(file)))?;
    summary.push(format!("Python environment: {:.1} s", start.elapsed().as_secs_f64()));
    let start = Instant::now();
    let out = export(root, size.profile, &Export { customers: size.customers, seed: SEED, own: &[] })?;
    let with_own = export(root, size.profile, &Export { customers: SMALL_SIZE, seed: SEED, own: &OWN_FEATURES })?;
    summary.push(format!(
        "Exports of {} customers, and of {SMALL_SIZE} with own features: {:.1} s",
        size.customers,
        start.elapsed().as_secs_f64()
    ));
    let start = Instant::now();
    let search = searches(root, size, &out)?;
    summary.push(format!("Searches by our samplers: {:.1} s", start.elapsed().as_secs_f64()));
    let mut failed = Vec::new();
    let mut check = |check: &'static str, arguments: &[&OsStr]| {
        println!("\n-- {check}");
        let start = Instant::now();
        let mut script = python::script(&python, &folder.join(format!("{check}.py")));
        let mut said = Vec::new();
        let script = script.args(arguments).current_dir(root);
        let result = run_keeping(check, script, is_summary, "See the differences above.", &mut said);
        let ending = if result.is_ok() { "passed" } else { "FAILED" };
        let said = said.first().map_or("no summary", |line| line.trim_start_matches(SUMMARY_PREFIX));
        summary.push(format!("{check}: {ending}, {:.1} s; {said}", start.elapsed().as_secs_f64()));
        failed.extend(result.err().map(|_| check));
    };
    for name in CHECKS {
        check(name, &[out.as_os_str()]);
    }
    check(SQL_CHECK, &[with_own.as_os_str()]);
    let command = [search.get_program()].into_iter().chain(search.get_args());
    check(SEARCH_CHECK, &[out.as_os_str()].into_iter().chain(command).collect::<Vec<_>>());
    let start = Instant::now();
    let of_seeds = fits_of_seeds(root, size, &out)?;
    let took = start.elapsed().as_secs_f64();
    let flag = size.is_small.then_some(OsStr::new("--small"));
    for missing in [None, Some(OsStr::new(MISSING))] {
        let flags = flag.into_iter().chain(missing);
        check(ACCURACY_CHECK, &flags.chain(of_seeds.iter().map(|f| f.as_os_str())).collect::<Vec<_>>());
    }
    summary.push(format!("Exports and fits of {} seeds: {took:.1} s", of_seeds.len()));
    if failed.is_empty() {
        // The run's own export stays.
        return of_seeds.iter().skip(1).try_for_each(|folder| empty(folder));
    }
    Err(Failure::new(
        &format!("Checks from outside failed: {}.", failed.join(", ")),
        "The lines marked DIFFERENT above say where; a check without such a line did not come to its end.",
        &format!("Run a check again with the export in {}.", out.display()),
    ))
}

/// Models at fixed settings on the run's matrices and on those of further seeds; the folders, the run's first.
fn fits_of_seeds(root: &Path, size: &Size, out: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut folders = vec![out.to_owned()];
    for seed in FURTHER_SEEDS {
        let folder = export(root, size.profile, &Export { customers: size.customers, seed, own: &[] })?;
        // Five whole exports would take half a gigabyte.
        keep_only(&folder, "matrix")?;
        folders.push(folder);
    }
    let passes = [("fit", None), (FIT_WITH_MISSING, Some(MISSING))];
    for (folder, (pass, flag)) in folders.iter().flat_map(|folder| passes.map(|pass| (folder, pass))) {
        let mut cargo = example(root, size.profile, "fit");
        cargo.arg("--matrix").arg(folder).arg("--out").arg(folder.join(pass)).args(flag);
        if size.is_small {
            // The deep trees of the other setting take most of the time, and tell nothing about so few rows.
            cargo.args(["--settings", "A,C"]);
        }
        run_program("Fitting", &mut cargo, "See the message above.")?;
    }
    Ok(folders)
}

/// Posteriors of our Gaussian process and searches by all our samplers, beside the export; the command that tells what a point is worth.
fn searches(root: &Path, size: &Size, out: &Path) -> Result<Command, Failure> {
    let folder = out.join(SEARCH_CHECK);
    let search = || example(root, size.profile, SEARCH_CHECK);
    let mut posterior = search();
    posterior.arg("posterior").arg("--out").arg(folder.join("posterior.json"));
    run_program("The posteriors", &mut posterior, "See the message above.")?;
    for scenario in SCENARIOS {
        let mut run = search();
        run.args(["run", "--scenario", scenario, "--matrix"]).arg(out);
        run.arg("--out").arg(folder.join(format!("losses-{scenario}.json")));
        if size.is_small {
            run.args(["--seeds", "5", "--trials", "12"]);
        }
        run_program("The searches", &mut run, "See the message above.")?;
    }
    Ok(search())
}

/// Times of independent engines on an export at full size, as lines.
pub fn peers(root: &Path, keep: fn(&str) -> bool, lines: &mut Vec<String>) -> Result<(), Failure> {
    let folder = root.join("tests/parity");
    let python = python::environment("parity", &REQUIREMENTS.map(|file| folder.join(file)))?;
    let profile = &["--release"];
    let out = export(root, profile, &Export { customers: FULL_SIZE, seed: SEED, own: &[] })?;
    let mut script = python::script(&python, &folder.join("peers.py"));
    // The script runs it again and again, turn by turn with the peers.
    let fit = example(root, profile, "fit");
    script.current_dir(root).arg(&out).arg(fit.get_program()).args(fit.get_args());
    run_keeping("Measuring the peers", &mut script, keep, "See the message above.", lines)
}

/// The line with which a script ends.
fn is_summary(line: &str) -> bool {
    line.starts_with(SUMMARY_PREFIX)
}

/// A run of the pipeline to export.
struct Export {
    customers: u32,
    seed: u32,
    own: &'static [&'static str],
}

/// The whole pipeline in the terminal; its results replace those of the last time.
fn export(root: &Path, profile: &[&str], wanted: &Export) -> Result<PathBuf, Failure> {
    let Export { customers, seed, own } = wanted;
    let mut name = customers.to_string();
    if !own.is_empty() {
        name += "-own-features";
    }
    if *seed != SEED {
        name += &format!("-seed-{seed}");
    }
    let out = root.join("target/parity").join(name);
    empty(&out)?;
    let mut cargo = example(root, profile, "headless");
    cargo.args(AS_OF.iter().flat_map(|day| ["--as-of", day]));
    cargo.args(own.iter().flat_map(|feature| ["--feature", feature]));
    cargo
        .args(["--seed", &seed.to_string(), "--customers", &customers.to_string(), "--trials", "1", "--out"])
        .arg(&out);
    run_program("The export", &mut cargo, "See the message above.")?;
    Ok(out)
}

/// Cargo running an example; its arguments follow.
fn example(root: &Path, profile: &[&str], name: &str) -> Command {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["run", "--quiet"])
        .args(profile)
        .args(["--package", "clv-lab", "--example", name, "--"])
        .current_dir(root);
    cargo
}

fn empty(folder: &Path) -> Result<(), Failure> {
    if !folder.exists() {
        return Ok(());
    }
    fs::remove_dir_all(folder).map_err(|error| not_emptied(folder, &error))
}

/// Removes what a folder holds beside one entry.
fn keep_only(folder: &Path, kept: &str) -> Result<(), Failure> {
    let entries = fs::read_dir(folder).map_err(|error| not_emptied(folder, &error))?;
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| !path.ends_with(kept)) {
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(|error| not_emptied(&path, &error))?;
    }
    Ok(())
}

fn not_emptied(folder: &Path, error: &std::io::Error) -> Failure {
    let what = format!("The folder {} could not be emptied.", folder.display());
    Failure::new(&what, &error.to_string(), "Make it writable, or delete it.")
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
