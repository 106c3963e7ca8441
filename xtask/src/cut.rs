//! Cuts the page's wasm file: what the first page needs stays in it, each part named in `src/bin/app.rs` becomes files that are
//! fetched later. Works behind Trunk, which knows no parts: its two files of the page are written anew, under their names.
//! Deliberately no choice of what is cut off.

use crate::failure::Failure;
use crate::program::{output, run};
use crate::tools::WASM_TARGET;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the names of the parts' files begin with.
pub const PART: &str = "part_";
/// The page's file and its profile, as `index.html` has Trunk build it.
const PAGE: &str = "app-";
const LINKED: &str = "page/app.wasm";
/// The loader of the parts, as the splitter calls it.
const LOADER: &str = "./__wasm_split.js";
/// What the names of its other files begin with: parts, and what several parts share.
const PIECES: [&str; 2] = ["split_", "chunk_"];
const REMEDY: &str = "Correct the first error above; `cargo xtask check` shows Rust errors faster.";

/// Cuts the page in `dist`, with the tools on `path`.
pub fn cut(root: &Path, dist: &Path, path: &OsStr) -> Result<(), Failure> {
    let fail = |error: io::Error| {
        Failure::new("The page's file could not be cut.", &error.to_string(), "Delete dist/ and build again.")
    };
    let page = page_name(dist).map_err(fail)?;
    let target = target_folder(root)?;
    let (cut, bound) = (target.join("cut"), target.join("cut").join("bound"));
    if cut.exists() {
        fs::remove_dir_all(&cut).map_err(fail)?;
    }
    let tool = |name: &str| {
        let mut command = Command::new(name);
        command.env("PATH", path);
        command
    };
    let linked = target.join(WASM_TARGET).join(LINKED);
    run("Cutting", tool("wasm-split-cli").args(["--out-name", &page]).arg(linked).arg(&cut), REMEDY)?;
    let mut bindgen = tool("wasm-bindgen");
    bindgen.args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--no-demangle", "--out-name", &page]);
    run("Binding", bindgen.arg("--out-dir").arg(&bound).arg(cut.join(format!("{page}.wasm"))), REMEDY)?;
    let optimise = |from: PathBuf, to: &str| {
        let mut optimiser = tool("wasm-opt");
        optimiser.args(["-O2", "--reorder-functions-by-name", "--quiet"]).arg(from).arg("-o").arg(dist.join(to));
        // Its warnings of debug sections that it does not know are nobody's concern.
        let done = optimiser.output().map_err(fail)?;
        let fail = || Failure::new("Optimising failed.", &String::from_utf8_lossy(&done.stderr), "Build again.");
        if done.status.success() { Ok(()) } else { Err(fail()) }
    };
    let main = format!("{page}_bg.wasm");
    optimise(bound.join(&main), &main)?;
    let names = Names::of(&page);
    for entry in fs::read_dir(&cut).map_err(fail)? {
        let file = entry.map_err(fail)?.path();
        if let Some(piece) = file.file_name().and_then(OsStr::to_str).and_then(|name| names.of_piece(name)) {
            optimise(file, &piece)?;
        }
    }
    let write = |name: &str, text: &str| fs::write(dist.join(name), text).map_err(fail);
    let read = |file: PathBuf| fs::read_to_string(file).map_err(fail);
    write(&format!("{page}.js"), &names.in_page(&read(bound.join(format!("{page}.js")))?))?;
    write(&names.loader, &names.in_loader(&read(cut.join(LOADER))?))?;
    write("index.html", &names.in_html(&read(dist.join("index.html"))?))
}

/// The page's name with its hash.
fn page_name(dist: &Path) -> io::Result<String> {
    let entries = fs::read_dir(dist)?;
    let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names
        .find_map(|name| Some(name.strip_suffix("_bg.wasm").filter(|page| page.starts_with(PAGE))?.to_owned()))
        .ok_or_else(|| io::Error::other("Trunk wrote no wasm file of the page."))
}

/// Where Cargo puts what it builds.
fn target_folder(root: &Path) -> Result<PathBuf, Failure> {
    let metadata =
        output(Command::new("cargo").args(["metadata", "--format-version=1", "--no-deps"]).current_dir(root));
    metadata
        .and_then(|text| Some(PathBuf::from(text.split_once("\"target_directory\":\"")?.1.split_once('"')?.0)))
        .ok_or_else(|| {
            Failure::new("Cargo's target folder was not found.", "`cargo metadata` failed.", "Run it to see why.")
        })
}

/// The names that files get: with the hash of the page's, so that no browser puts parts of two builds together.
struct Names {
    hash: String,
    loader: String,
}

impl Names {
    fn of(page: &str) -> Self {
        let hash = page.trim_start_matches(PAGE);
        Self { hash: hash.to_owned(), loader: format!("parts-{hash}.js") }
    }

    /// A piece's name; `None` where the file is none.
    fn of_piece(&self, file: &str) -> Option<String> {
        let rest = PIECES.iter().find_map(|beginning| file.strip_prefix(beginning))?;
        Some(format!("{PART}{}-{}.wasm", rest.strip_suffix(".wasm")?, self.hash))
    }

    /// The page's script, with the loader's new name where it is imported; where the wasm file asks for it, the old one stays.
    fn in_page(&self, script: &str) -> String {
        script.replace(&format!("from \"{LOADER}\""), &format!("from \"./{}\"", self.loader))
    }

    fn in_loader(&self, script: &str) -> String {
        let hashed = script.replace(".wasm\"", &format!("-{}.wasm\"", self.hash));
        PIECES.iter().fold(hashed, |script, piece| script.replace(&format!("\"./{piece}"), &format!("\"./{PART}")))
    }

    /// The page with the loader fetched at once, not when the script that imports it has come.
    fn in_html(&self, page: &str) -> String {
        let link = format!("<link rel=\"modulepreload\" href=\"./{}\" crossorigin=\"anonymous\"></head>", self.loader);
        page.replacen("</head>", &link, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn every_file_is_named_by_the_page_s_hash() {
        let names = Names::of("app-1f");
        assert_eq!(names.of_piece("split_data.wasm").as_deref(), Some("part_data-1f.wasm"));
        assert_eq!(names.of_piece("chunk_6.wasm").as_deref(), Some("part_6-1f.wasm"));
        assert_eq!(names.of_piece("app-1f.wasm"), None);
        assert_eq!(names.in_loader("new URL(\"./chunk_6.wasm\", b)"), "new URL(\"./part_6-1f.wasm\", b)");
    }

    #[test]
    fn the_page_imports_the_loader_under_its_new_name_and_binds_it_under_the_old_one() {
        let script = "import * as import1 from \"./__wasm_split.js\"\n\"./__wasm_split.js\": import1,";
        let expected = "import * as import1 from \"./parts-1f.js\"\n\"./__wasm_split.js\": import1,";
        assert_eq!(Names::of("app-1f").in_page(script), expected);
        assert_eq!(
            Names::of("app-1f").in_html("<head></head>"),
            "<head><link rel=\"modulepreload\" href=\"./parts-1f.js\" crossorigin=\"anonymous\"></head>"
        );
    }
}
