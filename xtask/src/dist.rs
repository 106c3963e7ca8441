//! What happens to `dist/` after Trunk: the content security policy goes into the page, the wasm files are weighed.
//! Deliberately works on text and files only; it does not know how they were built.

use crate::cut::{LATER, PART};
use crate::failure::Failure;
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Gzipped, in kilobytes of 1,000 bytes: everything that a first visit transfers without a click, the pages fetched ahead too. What
/// is beyond it fails the tests.
const FIRST_VISIT_KB: f64 = 1_500.0;
/// The same for single files, by the beginning of their names.
const BUDGETS_KB: [(&str, f64); 2] = [("app", 500.0), ("worker", 700.0)];
/// Fetched with the visitor's first own file, and with the first question about a model.
const AFTER_A_CLICK: [&str; 2] = ["io", LATER];

/// What the site costs to transfer.
pub struct Weights {
    /// The wasm files, gzipped, by name.
    wasm: Vec<(String, f64)>,
    /// What the first page waits for.
    first_page_kb: f64,
    /// The parts: pages fetched ahead, once the browser has nothing to do.
    ahead_kb: f64,
}

impl Weights {
    pub fn is_over_budget(&self) -> bool {
        let is_over = |(file, gzip_kb): &(String, f64)| budget(file).is_some_and(|most| *gzip_kb > most);
        self.first_visit_kb() > FIRST_VISIT_KB || self.wasm.iter().any(is_over)
    }

    fn first_visit_kb(&self) -> f64 {
        self.first_page_kb + self.ahead_kb
    }

    /// A line for each wasm file, one for the first page, one for the other pages, and one for the first visit that they make up.
    pub fn lines(&self) -> Vec<String> {
        let line = |(file, gzip_kb): &(String, f64)| {
            let judged = match budget(file) {
                Some(most) if *gzip_kb > most => format!(", OVER its budget of {most:.0} kB"),
                Some(most) => format!(" of {most:.0} kB"),
                None => String::new(),
            };
            format!("{file}: {gzip_kb:.0} kB gzipped{judged}")
        };
        let judged = if self.first_visit_kb() > FIRST_VISIT_KB { ", OVER its budget of" } else { " of" };
        let visit = [
            format!("the first page: {:.0} kB gzipped", self.first_page_kb),
            format!("pages fetched ahead: {:.0} kB gzipped", self.ahead_kb),
            format!("a first visit: {:.0} kB gzipped{judged} {FIRST_VISIT_KB:.0} kB", self.first_visit_kb()),
        ];
        self.wasm.iter().map(line).chain(visit).collect()
    }
}

fn budget(file: &str) -> Option<f64> {
    BUDGETS_KB.iter().find(|(name, _)| file.starts_with(name)).map(|&(_, most)| most)
}

/// Adds the policy to `index.html`: nothing inline but Trunk's own script, nothing from another host.
pub fn add_security_policy(dist: &Path) -> Result<(), Failure> {
    let file = dist.join("index.html");
    let fail = |why: &str| {
        Failure::new("The content security policy could not be added to dist/index.html.", why, "Check index.html.")
    };
    let page = fs::read_to_string(&file).map_err(|error| fail(&error.to_string()))?;
    let page = with_policy(&page).ok_or_else(|| fail("The page has no <head>, or a script without an end."))?;
    fs::write(&file, page).map_err(|error| fail(&error.to_string()))
}

/// The page with the policy as the first thing in its head: a policy governs only what follows it.
fn with_policy(page: &str) -> Option<String> {
    let hashes: String = inline_scripts(page)?
        .iter()
        .map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes()))))
        .collect();
    let meta = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
         worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'\" />"
    );
    let (before, after) = page.split_once("<head>")?;
    Some(format!("{before}<head>\n    {meta}{after}"))
}

/// The texts of the scripts that stand in the page itself; `None` when one does not end.
fn inline_scripts(page: &str) -> Option<Vec<&str>> {
    let mut scripts = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("<script") {
        let (attributes, after) = after.split_once('>')?;
        let (text, after) = after.split_once("</script>")?;
        if !attributes.split_whitespace().any(|attribute| attribute.starts_with("src=")) {
            scripts.push(text);
        }
        rest = after;
    }
    Some(scripts)
}

/// Weighs what a visitor fetches from `dist/`.
pub fn weigh(dist: &Path) -> Result<Weights, Failure> {
    let fail = |why: &str| Failure::new("The site could not be weighed.", why, "Install gzip and run again.");
    let entries = fs::read_dir(dist).map_err(|error| fail(&error.to_string()))?;
    let mut files: Vec<String> = entries
        .filter_map(|entry| entry.ok().filter(|entry| entry.path().is_file())?.file_name().into_string().ok())
        .collect();
    files.sort();
    let gzipped_kb = |file: &str| {
        let mut gzip = Command::new("gzip");
        let output = gzip.args(["-9", "-c"]).arg(dist.join(file)).output().map_err(|error| fail(&error.to_string()))?;
        if !output.status.success() {
            return Err(fail(&String::from_utf8_lossy(&output.stderr)));
        }
        Ok(output.stdout.len() as f64 / 1_000.0)
    };
    let mut weights = Weights { wasm: Vec::new(), first_page_kb: 0.0, ahead_kb: 0.0 };
    for file in files {
        let gzip_kb = gzipped_kb(&file)?;
        if file.starts_with(PART) && file.ends_with(".wasm") {
            weights.ahead_kb += gzip_kb;
        } else if !AFTER_A_CLICK.iter().any(|beginning| file.starts_with(beginning)) {
            weights.first_page_kb += gzip_kb;
        }
        if file.ends_with(".wasm") {
            weights.wasm.push((file, gzip_kb));
        }
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::{Weights, inline_scripts, with_policy};

    #[test]
    fn the_policy_stands_first_in_the_head_and_admits_exactly_the_inline_scripts() {
        let page =
            "<html><head><script type=\"module\">alert(1)</script><script src=\"./a.js\"></script></head></html>";
        let page = with_policy(page).unwrap();
        assert!(page.starts_with("<html><head>\n    <meta http-equiv=\"Content-Security-Policy\""));
        // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
        assert!(page.contains("'wasm-unsafe-eval' 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=';"), "{page}");
        assert_eq!(page.matches("sha256-").count(), 1);
        assert!(!page.contains("unsafe-inline"));
    }

    #[test]
    fn a_first_visit_and_its_wasm_files_have_budgets() {
        let weights = |app: f64, worker: f64, ahead_kb: f64| Weights {
            wasm: [("app-1_bg.wasm", app), ("io_bg.wasm", 9_000.0), ("worker_bg.wasm", worker)]
                .map(|(file, gzip_kb)| (file.to_owned(), gzip_kb))
                .to_vec(),
            first_page_kb: 1_240.0,
            ahead_kb,
        };
        assert!(!weights(500.0, 700.0, 260.0).is_over_budget());
        for (app, worker, ahead_kb) in [(501.0, 1.0, 1.0), (1.0, 701.0, 1.0), (1.0, 1.0, 261.0)] {
            assert!(weights(app, worker, ahead_kb).is_over_budget());
        }
        assert_eq!(
            weights(520.0, 701.0, 360.0).lines(),
            [
                "app-1_bg.wasm: 520 kB gzipped, OVER its budget of 500 kB",
                "io_bg.wasm: 9000 kB gzipped",
                "worker_bg.wasm: 701 kB gzipped, OVER its budget of 700 kB",
                "the first page: 1240 kB gzipped",
                "pages fetched ahead: 360 kB gzipped",
                "a first visit: 1600 kB gzipped, OVER its budget of 1500 kB",
            ]
        );
        assert_eq!(weights(499.0, 650.0, 1.0).lines()[2], "worker_bg.wasm: 650 kB gzipped of 700 kB");
    }

    #[test]
    fn a_script_without_an_end_or_a_page_without_a_head_is_refused() {
        assert!(inline_scripts("<script>let a").is_none());
        assert!(with_policy("<html></html>").is_none());
    }
}
