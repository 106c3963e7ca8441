//! Cuts the wasm files of the page and of the worker: what is needed at first stays in them, each part named in `src/bin` becomes files
//! that are fetched later. Works behind Trunk, which knows no parts: its files are written anew, under their names.
//! Deliberately no choice of what is cut off.

use crate::failure::Failure;
use crate::program::{output, run};
use crate::tools::WASM_TARGET;
use sha2::{Digest, Sha256};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the names of the page's parts begin with: they are fetched ahead.
pub const PART: &str = "part_";
/// The same of the worker's, which are fetched when they are needed.
pub const LATER: &str = "later_";
/// The loader of the parts, as the splitter calls it.
const LOADER: &str = "./__wasm_split.js";
/// What the names of its other files begin with: parts, and what several parts share.
const PIECES: [&str; 2] = ["split_", "chunk_"];
const REMEDY: &str = "Correct the first error above; `cargo xtask check` shows Rust errors faster.";

/// A file that is cut.
struct Whole {
    /// What its name begins with in `dist`.
    name: &'static str,
    /// Where its profile has Cargo put it.
    linked: &'static str,
    /// What the names of its parts begin with.
    part: &'static str,
    /// How far wasm-opt goes.
    level: &'static str,
    /// Its loader is fetched with the page, not when the script that imports it has come.
    is_preloaded: bool,
}

const WHOLES: [Whole; 2] = [
    Whole { name: "app-", linked: "page/app.wasm", part: PART, level: "-O2", is_preloaded: true },
    Whole { name: "worker", linked: "release/worker.wasm", part: LATER, level: "-O3", is_preloaded: false },
];

/// Cuts the files in `dist`, with the tools on `path`.
pub fn cut(root: &Path, dist: &Path, path: &OsStr) -> Result<(), Failure> {
    let target = target_folder(root)?;
    WHOLES.iter().try_for_each(|whole| whole.cut(&target, dist, path))
}

impl Whole {
    fn cut(&self, target: &Path, dist: &Path, path: &OsStr) -> Result<(), Failure> {
        let fail = |error: io::Error| {
            let what = format!("The file {}… could not be cut.", self.name);
            Failure::new(&what, &error.to_string(), "Delete dist/ and build again.")
        };
        let stem = stem(dist, self.name).map_err(fail)?;
        let (cut, bound) = (target.join("cut"), target.join("cut").join("bound"));
        if cut.exists() {
            fs::remove_dir_all(&cut).map_err(fail)?;
        }
        let tool = |name: &str| {
            let mut command = Command::new(name);
            command.env("PATH", path);
            command
        };
        let linked = target.join(WASM_TARGET).join(self.linked);
        run("Cutting", tool("wasm-split-cli").args(["--out-name", &stem]).arg(&linked).arg(&cut), REMEDY)?;
        let mut bindgen = tool("wasm-bindgen");
        bindgen.args([
            "--target",
            "web",
            "--no-typescript",
            "--keep-lld-exports",
            "--no-demangle",
            "--out-name",
            &stem,
        ]);
        run("Binding", bindgen.arg("--out-dir").arg(&bound).arg(cut.join(format!("{stem}.wasm"))), REMEDY)?;
        let optimise = |from: PathBuf, to: &str| {
            let mut optimiser = tool("wasm-opt");
            optimiser.args([self.level, "--reorder-functions-by-name", "--quiet"]);
            optimiser.arg(from).arg("-o").arg(dist.join(to));
            // Its warnings of debug sections that it does not know are nobody's concern.
            let done = optimiser.output().map_err(fail)?;
            let fail = || Failure::new("Optimising failed.", &String::from_utf8_lossy(&done.stderr), "Build again.");
            if done.status.success() { Ok(()) } else { Err(fail()) }
        };
        let main = format!("{stem}_bg.wasm");
        optimise(bound.join(&main), &main)?;
        let names = Names { part: self.part, hash: hash(&fs::read(&linked).map_err(fail)?) };
        for entry in fs::read_dir(&cut).map_err(fail)? {
            let file = entry.map_err(fail)?.path();
            if let Some(piece) = file.file_name().and_then(OsStr::to_str).and_then(|name| names.of_piece(name)) {
                optimise(file, &piece)?;
            }
        }
        let write = |name: &str, text: &str| fs::write(dist.join(name), text).map_err(fail);
        let read = |file: PathBuf| fs::read_to_string(file).map_err(fail);
        write(&format!("{stem}.js"), &names.in_script(&read(bound.join(format!("{stem}.js")))?))?;
        write(&names.loader(), &names.in_loader(&read(cut.join(LOADER))?))?;
        if self.is_preloaded {
            write("index.html", &names.in_html(&read(dist.join("index.html"))?))?;
        }
        Ok(())
    }
}

/// The name of a file without its ending, with the hash that Trunk may have put into it.
fn stem(dist: &Path, beginning: &str) -> io::Result<String> {
    let entries = fs::read_dir(dist)?;
    let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names
        .find_map(|name| Some(name.strip_suffix("_bg.wasm").filter(|stem| stem.starts_with(beginning))?.to_owned()))
        .ok_or_else(|| io::Error::other(format!("Trunk wrote no wasm file {beginning}…")))
}

/// Of what is cut, for the names of its parts.
fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
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

/// The names that files get: with a hash of the whole, so that no browser puts parts of two builds together.
struct Names {
    part: &'static str,
    hash: String,
}

impl Names {
    fn loader(&self) -> String {
        format!("{}loader-{}.js", self.part, self.hash)
    }

    /// A piece's name; `None` where the file is none.
    fn of_piece(&self, file: &str) -> Option<String> {
        let rest = PIECES.iter().find_map(|beginning| file.strip_prefix(beginning))?;
        Some(format!("{}{}-{}.wasm", self.part, rest.strip_suffix(".wasm")?, self.hash))
    }

    /// The whole's script, with the loader's new name where it is imported; where the wasm file asks for it, the old one stays.
    fn in_script(&self, script: &str) -> String {
        script.replace(&format!("from \"{LOADER}\""), &format!("from \"./{}\"", self.loader()))
    }

    fn in_loader(&self, script: &str) -> String {
        let hashed = script.replace(".wasm\"", &format!("-{}.wasm\"", self.hash));
        PIECES
            .iter()
            .fold(hashed, |script, piece| script.replace(&format!("\"./{piece}"), &format!("\"./{}", self.part)))
    }

    /// The page with the loader fetched at once.
    fn in_html(&self, page: &str) -> String {
        let link =
            format!("<link rel=\"modulepreload\" href=\"./{}\" crossorigin=\"anonymous\"></head>", self.loader());
        page.replacen("</head>", &link, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::{LATER, Names, PART, hash};

    fn names(part: &'static str) -> Names {
        Names { part, hash: "1f".to_owned() }
    }

    #[test]
    fn every_file_is_named_by_the_hash_of_the_whole() {
        assert_eq!(names(PART).of_piece("split_data.wasm").as_deref(), Some("part_data-1f.wasm"));
        assert_eq!(names(LATER).of_piece("chunk_6.wasm").as_deref(), Some("later_6-1f.wasm"));
        assert_eq!(names(PART).of_piece("app-1f.wasm"), None);
        assert_eq!(names(LATER).in_loader("new URL(\"./chunk_6.wasm\", b)"), "new URL(\"./later_6-1f.wasm\", b)");
        assert_eq!((hash(b"a").len(), hash(b"a") == hash(b"b")), (16, false));
    }

    #[test]
    fn a_script_imports_the_loader_under_its_new_name_and_binds_it_under_the_old_one() {
        let script = "import * as import1 from \"./__wasm_split.js\"\n\"./__wasm_split.js\": import1,";
        let expected = "import * as import1 from \"./part_loader-1f.js\"\n\"./__wasm_split.js\": import1,";
        assert_eq!(names(PART).in_script(script), expected);
        assert_eq!(
            names(PART).in_html("<head></head>"),
            "<head><link rel=\"modulepreload\" href=\"./part_loader-1f.js\" crossorigin=\"anonymous\"></head>"
        );
    }
}
