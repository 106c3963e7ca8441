//! What happens to `dist/` after Trunk: the content security policy goes into the page, the wasm files are weighed.
//! Deliberately works on text and files only; it does not know how they were built.

use crate::failure::Failure;
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Gzipped, in kilobytes of 1,000 bytes, by the beginning of the file's name.
const BUDGETS_KB: [(&str, f64); 2] = [("app", 500.0), ("worker", 700.0)];

/// A wasm file with what it costs to transfer.
pub struct WasmSize {
    file: String,
    gzip_kb: f64,
    budget_kb: Option<f64>,
}

impl WasmSize {
    pub fn is_over_budget(&self) -> bool {
        self.budget_kb.is_some_and(|budget_kb| self.gzip_kb > budget_kb)
    }
}

impl fmt::Display for WasmSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, gzip_kb, budget_kb } = self;
        write!(f, "{file}: {gzip_kb:.0} kB gzipped")?;
        match budget_kb {
            Some(budget_kb) if self.is_over_budget() => write!(f, ", OVER its budget of {budget_kb:.0} kB"),
            Some(budget_kb) => write!(f, " of {budget_kb:.0} kB"),
            None => Ok(()),
        }
    }
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

/// The wasm files of `dist/` by name.
pub fn wasm_sizes(dist: &Path) -> Result<Vec<WasmSize>, Failure> {
    let fail = |why: &str| Failure::new("The wasm files could not be weighed.", why, "Install gzip and run again.");
    let entries = fs::read_dir(dist).map_err(|error| fail(&error.to_string()))?;
    let mut files: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".wasm"))
        .collect();
    files.sort();
    let weigh = |file: String| {
        let mut gzip = Command::new("gzip");
        let output =
            gzip.args(["-9", "-c"]).arg(dist.join(&file)).output().map_err(|error| fail(&error.to_string()))?;
        if !output.status.success() {
            return Err(fail(&String::from_utf8_lossy(&output.stderr)));
        }
        let budget_kb = BUDGETS_KB.iter().find(|(name, _)| file.starts_with(name)).map(|&(_, budget_kb)| budget_kb);
        Ok(WasmSize { file, gzip_kb: output.stdout.len() as f64 / 1_000.0, budget_kb })
    };
    files.into_iter().map(weigh).collect()
}

#[cfg(test)]
mod tests {
    use super::{inline_scripts, with_policy};

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
    fn a_script_without_an_end_or_a_page_without_a_head_is_refused() {
        assert!(inline_scripts("<script>let a").is_none());
        assert!(with_policy("<html></html>").is_none());
    }
}
