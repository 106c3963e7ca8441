//! Times at full size, in the browser and of independent engines on the same machine, written to `docs/benchmarks.md`. Deliberately
//! no verdict that fails: machines are shared, people judge.

use crate::failure::Failure;
use crate::{build, journeys, parity};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const LINE: &str = "bench: ";
const FILE: &str = "docs/benchmarks.md";

/// What a row of the table shows: words, stage, budget in milliseconds, and the peer's series and name.
struct Row {
    what: &'static str,
    stage: &'static str,
    budget_ms: Option<f64>,
    peer: Option<(&'static str, &'static str, &'static str)>,
}

const ROWS: [Row; 8] = [
    Row { what: "raw tables of both scenarios", stage: "generate", budget_ms: Some(800.0), peer: None },
    Row {
        what: "views of all customers as of now, without the derived one",
        stage: "features",
        budget_ms: Some(25.0),
        peer: Some(("duckdb", "views", "DuckDB, the exported SQL of all four")),
    },
    Row {
        what: "training sets, fitted cut points, derived view, serving table",
        stage: "dataset",
        budget_ms: Some(60.0),
        peer: None,
    },
    Row {
        what: "fit of the cold-start model",
        stage: "train:COLDSTART_CLV_MODEL",
        budget_ms: None,
        peer: Some(("xgboost", "train:COLDSTART_CLV_MODEL", "xgboost hist, same parameters and rows")),
    },
    Row {
        what: "fit of the continuous model",
        stage: "train:CONTINUOUS_CLV_MODEL",
        budget_ms: None,
        peer: Some(("xgboost", "train:CONTINUOUS_CLV_MODEL", "xgboost hist, same parameters and rows")),
    },
    Row {
        what: "predictions of 55,000 customers, their tables included",
        stage: "score",
        budget_ms: Some(50.0),
        peer: Some(("xgboost", "score", "xgboost, 50,000 rows")),
    },
    Row { what: "the whole run", stage: "everything", budget_ms: Some(15_000.0), peer: None },
    Row { what: "longest task of the page", stage: "longest-task", budget_ms: Some(50.0), peer: None },
];

/// Works of boosting: words and name.
const BOOSTING: [(&str, &str); 8] = [
    ("fit A: 200 trees, depth 6, rate 0.1", "fit:A:raw"),
    ("fit B: 300 trees, depth 8, rate 0.05", "fit:B:raw"),
    ("fit C: 100 trees, depth 3, rate 0.1", "fit:C:raw"),
    ("fit A, log1p of the target", "fit:A:log1p"),
    ("fit B, log1p of the target", "fit:B:log1p"),
    ("fit C, log1p of the target", "fit:C:log1p"),
    ("50,000 rows scored, model A", "score"),
    ("Shapley values of 1,000 rows, model A", "shap"),
];

/// Engines of boosting: words and series. Those without times are not shown.
const ENGINES: [(&str, &str); 5] = [
    ("xgboost hist", XGBOOST),
    ("LightGBM", LIGHTGBM),
    ("ours, native", "boosting:own"),
    ("ours, wasm in Chromium", WASM),
    ("gbdt, native", "boosting:gbdt"),
];
const XGBOOST: &str = "boosting:xgboost";
const LIGHTGBM: &str = "boosting:lightgbm";
/// Measured in the browser, apart from the others.
const WASM: &str = "boosting:wasm";

/// Builds, measures, writes.
pub fn run(root: &Path) -> Result<(), Failure> {
    build::run(root)?;
    let mut lines = Vec::new();
    println!("Running the pipeline in the browser…");
    journeys::bench(root, is_line, &mut lines)?;
    println!("Letting independent engines do the same…");
    parity::peers(root, is_line, &mut lines)?;
    let text = document(&Times::read(&lines));
    fs::write(root.join(FILE), &text).map_err(|error| {
        Failure::new("The benchmarks were not written.", &error.to_string(), "Make the folder docs writable.")
    })?;
    println!("\n{text}\nWritten to {FILE}.");
    Ok(())
}

fn is_line(line: &str) -> bool {
    line.starts_with(LINE)
}

/// Milliseconds by series and name, and the versions of what was measured.
#[derive(Default)]
struct Times {
    of: BTreeMap<(String, String), Vec<f64>>,
    versions: Vec<String>,
}

impl Times {
    fn read(lines: &[String]) -> Self {
        let mut times = Self::default();
        for line in lines.iter().filter_map(|line| line.strip_prefix(LINE)) {
            if let Some(version) = line.strip_prefix("version ") {
                times.versions.push(version.trim().to_owned());
                continue;
            }
            let mut words = line.split_whitespace().map(str::to_owned);
            if let (Some(series), Some(name)) = (words.next(), words.next()) {
                let values = words.filter_map(|word| word.parse::<f64>().ok());
                times.of.entry((series, name)).or_default().extend(values);
            }
        }
        times
    }

    /// What part of the other series' time one takes: of engines that took turns the median of the rounds' ratios, because a
    /// machine's speed drifts, else the ratio of the medians.
    fn ratio(&self, series: &str, to: &str, name: &str) -> Option<f64> {
        let of = |series: &str| self.of.get(&(series.to_owned(), name.to_owned()));
        let (ours, theirs) = (of(series)?, of(to)?);
        if series == WASM || ours.len() != theirs.len() {
            return Some(self.median(series, name)?.0 / self.median(to, name)?.0);
        }
        let mut ratios: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied()
    }

    /// Median, least and most.
    fn median(&self, series: &str, name: &str) -> Option<(f64, f64, f64)> {
        let mut values = self.of.get(&(series.to_owned(), name.to_owned()))?.clone();
        values.sort_by(f64::total_cmp);
        Some((*values.get(values.len() / 2)?, *values.first()?, *values.last()?))
    }
}

fn document(times: &Times) -> String {
    let mut text = format!(
        "# Benchmarks\n\nWritten by `cargo xtask bench`: 50,000 customers in each scenario, seed 42, stages of a run in the browser's worker, against other\n\
         engines with one thread on the same machine, right after. Medians in milliseconds, with the least and the most; several rounds of one\n\
         browser each. The first run of a page meets code that the browser has not compiled well yet. Times drift from machine to machine: read\n\
         the ratios.\n\nMachine: {}. {}.\n\n\
         | what | first run | further runs | budget | peer | peer's time | further runs ÷ peer |\n|---|---|---|---|---|---|---|\n",
        machine(),
        times.versions.join("; "),
    );
    for Row { what, stage, budget_ms, peer } in ROWS {
        let further = times.median("again", stage);
        let (name, peers) = match peer {
            Some((series, name, words)) => (words, times.median(series, name)),
            None => ("–", None),
        };
        let ratio = further.zip(peers).map_or("–".to_owned(), |(ours, peers)| format!("{:.2}", ours.0 / peers.0));
        let budget = budget_ms.map_or("–".to_owned(), |ms| format!("{ms:.0}"));
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {what} | {} | {} | {budget} | {name} | {} | {ratio} |",
            shown(times.median("first", stage)),
            shown(further),
            shown(peers),
        );
    }
    text.push_str(&boosting(times));
    text.push_str(
        "\n`cargo bench --bench features` times the evaluation of features natively, in full and incrementally.\n",
    );
    text
}

/// The table of boosting engines; nothing where none was measured.
fn boosting(times: &Times) -> String {
    let rows = times.of.get(&("boosting-rows".to_owned(), "train".to_owned()));
    let size = rows.map_or(String::new(), |size| {
        format!(" ({})", size.iter().map(|n| format!("{n:.0}")).collect::<Vec<_>>().join(" × "))
    });
    let mut lines = String::new();
    for (what, name) in BOOSTING {
        for (engine, series) in ENGINES {
            let Some(found) = times.median(series, name) else { continue };
            let ratio = |to| times.ratio(series, to, name).map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
            // Writing to a String cannot fail.
            let _ = writeln!(
                lines,
                "| {what} | {engine} | {} | {} | {} |",
                shown(Some(found)),
                ratio(XGBOOST),
                ratio(LIGHTGBM)
            );
        }
    }
    if lines.is_empty() {
        return lines;
    }
    format!(
        "\n## Boosting\n\nThe same settings on the training rows of the continuous model{size}: binning and all trees, one thread; row and \
         column sampling 0.8,\nlambda 1, 255 bins, the rest as xgboost's defaults. The native engines take turns, round by round after one that \
         does not count, and\ntheir ratios are medians of the rounds'; times in the browser are measured apart. Shapley values are exact and path-dependent in all of them.\n\n\
         | what | engine | ms | ÷ xgboost | ÷ LightGBM |\n|---|---|---|---|---|\n{lines}"
    )
}

fn shown(found: Option<(f64, f64, f64)>) -> String {
    match found {
        Some((median, least, most)) => format!("{median:.0} ({least:.0}–{most:.0})"),
        None => "–".to_owned(),
    }
}

/// Cores and, where the system tells it, the processor.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map(|rest| rest.trim_start_matches([' ', '\t', ':']));
    format!("{cores} cores, {}", model.unwrap_or("an unnamed processor"))
}

#[cfg(test)]
mod tests {
    use super::{Times, document};

    #[test]
    fn medians_and_ratios_stand_in_the_table() {
        let lines = [
            "bench: first generate 900.0 1000.0 800.0",
            "bench: again features 30.0 50.0 40.0",
            "bench: duckdb views 200.0 180.0 220.0",
            "bench: version Chromium 1",
            "something else",
        ];
        let text = document(&Times::read(&lines.map(str::to_owned)));
        assert!(text.contains("| 900 (800–1000) | – | 800 |"), "{text}");
        assert!(text.contains("| – | 40 (30–50) | 25 | DuckDB, the exported SQL of all four | 200 (180–220) | 0.20 |"));
        assert!(text.contains("Chromium 1."));
    }

    #[test]
    fn engines_without_times_are_not_shown() {
        let lines = [
            "bench: boosting:xgboost fit:A:raw 500.0 400.0 600.0",
            "bench: boosting:own fit:A:raw 100.0",
            "bench: boosting-rows train 23000 55",
        ];
        let text = document(&Times::read(&lines.map(str::to_owned)));
        assert!(text.contains("(23000 × 55)"), "{text}");
        assert!(text.contains("| xgboost hist | 500 (400–600) | 1.00 | – |"), "{text}");
        assert!(text.contains("| ours, native | 100 (100–100) | 0.20 | – |"), "{text}");
        assert!(text.matches("| fit A").count() == 2 && !text.contains("wasm in Chromium") && !text.contains("fit B"));
        assert!(!document(&Times::default()).contains("Boosting"));
    }
}
