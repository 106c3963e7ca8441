//! The architecture as a program: which folder may name which, how long a file may be, how it must open.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders of `src` and the top-level modules they may name.
const ARROWS: [(&str, &[&str]); 8] = [
    ("protocol", &["protocol"]),
    ("session", &["engine", "protocol", "session", "order"]),
    ("present", &["protocol", "present", "order"]),
    ("worker", &["protocol", "session", "worker"]),
    // What reads files is linked by `io` alone: neither the worker nor the app may name it.
    ("import", &["engine", "protocol", "import"]),
    ("io", &["protocol", "import", "io"]),
    ("app", &["protocol", "present", "app", "order"]),
    ("bin", &[]),
];

/// Modules of the crates `clv-engine` and `clv-analysis`, in the order of the data's flow: an arrow only goes to what stands above.
const ENGINE: [&str; 14] = [
    "order", "schema", "table", "synth", "feature", "dataset", "learn", "tune", "evaluate", "refresh", "registry",
    "profile", "live", "truth",
];

/// Interpreters of feature definitions that never use each other.
const INTERPRETERS: [&str; 3] = ["eval", "sql", "lineage"];

const MAX_LINES: usize = 600;

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_under(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The engine is two crates: that they name nothing of the page and its workers is the compiler's to see.
const CRATES: [&str; 2] = ["crates/engine/src", "crates/analysis/src"];

fn crates() -> [PathBuf; 2] {
    CRATES.map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
}

/// The files of a module of the engine, in whichever crate it is.
fn engine(module: &str) -> Vec<PathBuf> {
    for folder in crates() {
        let (single, many) = (folder.join(format!("{module}.rs")), folder.join(module));
        if single.exists() {
            return vec![single];
        }
        if many.exists() {
            return files_under(&many);
        }
    }
    panic!("there is no module {module}")
}

fn everything() -> Vec<PathBuf> {
    [source()].iter().chain(&crates()).flat_map(|folder| files_under(folder)).collect()
}

/// A file's path inside `src`, or `engine/` and its path inside its crate.
fn relative(path: &Path) -> String {
    let of_crate = crates()
        .iter()
        .find_map(|folder| path.strip_prefix(folder).ok().map(|inside| Path::new("engine").join(inside)));
    let inside = of_crate.unwrap_or_else(|| path.strip_prefix(source()).unwrap().to_owned());
    inside.to_string_lossy().replace('\\', "/")
}

/// Every path `prefix::name` in a text gives `name`.
fn names_after<'t>(text: &'t str, prefix: &'t str) -> impl Iterator<Item = &'t str> {
    text.match_indices(prefix).flat_map(move |(at, _)| {
        let rest = &text[at + prefix.len()..];
        let end = |s: &str| s.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(s.len());
        if let Some(group) = rest.strip_prefix('{') {
            let close = group.find("};").unwrap_or(group.len());
            // Only the first segment of each top-level member of the group.
            let mut depth = 0;
            let members = group[..close].split(move |c: char| {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                c == ',' && depth == 0
            });
            members.map(str::trim).filter(|m| !m.is_empty()).map(move |m| &m[..end(m)]).collect::<Vec<_>>()
        } else {
            vec![&rest[..end(rest)]]
        }
    })
}

#[test]
fn arrows_between_folders_only_point_the_allowed_way() {
    let mut wrong = Vec::new();
    for path in files_under(&source()) {
        let name = relative(&path);
        let Some((_, allowed)) = ARROWS.iter().find(|(folder, _)| name.starts_with(&format!("{folder}/"))) else {
            assert_eq!(name, "lib.rs", "a file outside the known folders");
            continue;
        };
        let text = fs::read_to_string(&path).unwrap();
        for target in names_after(&text, "crate::") {
            if !allowed.contains(&target) && target.chars().next().is_some_and(char::is_lowercase) {
                wrong.push(format!("{name} names crate::{target}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn inside_the_engine_arrows_only_point_upstream() {
    let mut wrong = Vec::new();
    for (position, module) in ENGINE.iter().enumerate() {
        for path in engine(module) {
            let text = fs::read_to_string(&path).unwrap();
            for target in names_after(&text, "crate::").chain(names_after(&text, "clv_engine::")) {
                let upstream = ENGINE.iter().position(|m| *m == target);
                if upstream.is_none_or(|upstream| upstream > position) {
                    wrong.push(format!("{} names engine::{target}", relative(&path)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nothing_that_a_model_sees_can_name_the_latents() {
    for module in ["feature", "dataset", "learn"] {
        for path in engine(module) {
            let text = fs::read_to_string(&path).unwrap();
            assert!(!text.contains("Latents") && !text.contains("synth"), "{} names the generator", relative(&path));
        }
    }
}

#[test]
fn the_search_knows_nothing_else_of_the_engine() {
    for path in engine("tune") {
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("crate::") && !text.contains("Tree"), "{} knows more than its own", relative(&path));
    }
}

#[test]
fn interpreters_of_features_do_not_use_each_other() {
    for one in INTERPRETERS {
        for path in engine(&format!("feature/{one}")) {
            let text = fs::read_to_string(&path).unwrap();
            for other in INTERPRETERS.iter().filter(|other| **other != one) {
                assert!(!text.contains(&format!("feature::{other}")), "{} uses {other}", relative(&path));
            }
        }
    }
}

#[test]
fn only_the_browser_folders_name_browser_crates() {
    for path in everything() {
        let name = relative(&path);
        if ["app/", "worker/", "io/", "bin/"].iter().any(|folder| name.starts_with(folder)) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for browser in ["web_sys", "wasm_bindgen", "js_sys", "leptos", "gloo", "plotters_canvas"] {
            assert!(!text.contains(&format!("{browser}::")), "{name} names {browser}");
        }
    }
}

#[test]
fn only_the_importer_names_crates_that_read_files() {
    for path in everything() {
        let name = relative(&path);
        let text = fs::read_to_string(&path).unwrap();
        // Cutting text into cells is small enough for the worker, which takes batches for live predictions itself.
        for (reader, also) in [("parquet::", ""), ("csv_core::", "session/live/forms.rs")] {
            let used = text.contains(&format!("use {reader}")) || text.contains(&format!(" ::{reader}"));
            assert!(!used || name.starts_with("import/") || name == also, "{name} names {reader}");
        }
    }
}

#[test]
fn every_file_says_what_it_is_and_fits_in_the_head() {
    for path in everything() {
        let name = relative(&path);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{name} does not open with a sentence that says what it is");
        let n_lines = text.lines().count();
        assert!(n_lines <= MAX_LINES, "{name} has {n_lines} lines");
        for vague in ["utils", "helpers", "common", "misc"] {
            assert!(!name.split(['/', '.']).any(|part| part == vague), "{name} is named for nothing");
        }
    }
}

#[test]
fn the_scanner_sees_single_and_grouped_names() {
    let text = "use crate::engine::table::Table;\nuse crate::{protocol::Event, session};\n";
    assert_eq!(names_after(text, "crate::").collect::<Vec<_>>(), ["engine", "protocol", "session"]);
}
