//! The build tools: their pinned versions, where they are kept, how they are installed. A tool that is already on PATH in
//! exactly the pinned version is used as it is. Deliberately nothing about what the tools are then asked to do.

use crate::failure::Failure;
use crate::program::{on_path, output, run};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TRUNK: &str = "0.21.14";
const BINARYEN: &str = "132.0.0";
const WASM_SPLIT: &str = "0.2.4";
/// Of Node itself: the first with `node --test --test-concurrency`.
const NODE_MINIMUM: (u32, u32) = (20, 10);
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// A set of programs that comes as one package.
struct Tool {
    package: &'static str,
    version: String,
    /// The first one is asked for its version.
    programs: &'static [&'static str],
    /// The word of `--version` that must be there; a program that does not tell is used from where it was installed alone.
    says: Option<String>,
    source: Source,
}

enum Source {
    Crate { locked: bool, features: &'static str, minutes: u32 },
    Npm,
}

/// Folders to put on PATH for a build: Trunk, wasm-bindgen, the splitter, wasm-opt. Installs what is missing, the wasm target too.
pub fn for_build(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    wasm_target()?;
    Ok(vec![folder_of(&trunk())?, folder_of(&wasm_bindgen(root)?)?, folder_of(&wasm_split())?, folder_of(&binaryen())?])
}

/// The program that runs wasm tests in a browser.
pub fn wasm_test_runner(root: &Path) -> Result<PathBuf, Failure> {
    wasm_target()?;
    Ok(folder_of(&wasm_bindgen(root)?)?.join("wasm-bindgen-test-runner"))
}

fn trunk() -> Tool {
    Tool {
        package: "trunk",
        version: TRUNK.to_owned(),
        programs: &["trunk"],
        says: Some(TRUNK.to_owned()),
        source: Source::Crate { locked: true, features: "", minutes: 6 },
    }
}

/// wasm-bindgen's program must be of the very version of the library in `Cargo.lock`.
fn wasm_bindgen(root: &Path) -> Result<Tool, Failure> {
    let version = fs::read_to_string(root.join("Cargo.lock"))
        .ok()
        .and_then(|lock| locked_version(&lock, "wasm-bindgen"))
        .ok_or_else(|| {
            Failure::new(
                "wasm-bindgen could not be chosen.",
                "Its version was not found in Cargo.lock.",
                "Run `cargo generate-lockfile`, or restore Cargo.lock.",
            )
        })?;
    Ok(Tool {
        package: "wasm-bindgen-cli",
        says: Some(version.clone()),
        version,
        programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        // Its own lock file asks for crates that need a newer Rust.
        source: Source::Crate { locked: false, features: "", minutes: 2 },
    })
}

/// Its library for the page, wasm_split_helpers, must understand it: both are of version 0.2.
fn wasm_split() -> Tool {
    Tool {
        package: "wasm_split_cli_support",
        version: WASM_SPLIT.to_owned(),
        programs: &["wasm-split-cli"],
        says: None,
        source: Source::Crate { locked: true, features: "build-binary", minutes: 2 },
    }
}

fn binaryen() -> Tool {
    let says = BINARYEN.split('.').next().map(str::to_owned);
    Tool { package: "binaryen", version: BINARYEN.to_owned(), programs: &["wasm-opt"], says, source: Source::Npm }
}

/// The folder with the tool's programs, after installing it where necessary.
fn folder_of(tool: &Tool) -> Result<PathBuf, Failure> {
    let name = tool.programs[0];
    if tool.says.is_some()
        && let Some(folder) = on_path(name).and_then(|file| file.parent().map(PathBuf::from))
        && is_complete(tool, &folder)
    {
        return Ok(folder);
    }
    let home = tools_home()?.join(format!("{}-{}", tool.package.trim_end_matches("-cli"), tool.version));
    let folder = match tool.source {
        Source::Crate { .. } => home.join("bin"),
        Source::Npm => home.join("node_modules").join(".bin"),
    };
    if !is_complete(tool, &folder) {
        install(tool, &home)?;
    }
    if is_complete(tool, &folder) {
        return Ok(folder);
    }
    Err(Failure::new(
        &format!("{} {} does not work.", tool.package, tool.version),
        &format!("`{name}` in {} is absent, does not start or is of another version.", folder.display()),
        &format!("Delete {} and run again.", home.display()),
    ))
}

/// True when the folder holds all the tool's programs, in the version asked for.
fn is_complete(tool: &Tool, folder: &Path) -> bool {
    tool.programs.iter().all(|program| folder.join(program).is_file())
        && match &tool.says {
            Some(says) => output(Command::new(folder.join(tool.programs[0])).arg("--version"))
                .is_some_and(|text| text.split_whitespace().any(|word| word == says)),
            None => output(Command::new(folder.join(tool.programs[0])).arg("--help")).is_some(),
        }
}

fn install(tool: &Tool, home: &Path) -> Result<(), Failure> {
    let Tool { package, version, .. } = tool;
    let what = format!("Installing {package} {version}");
    match tool.source {
        Source::Crate { locked, features, minutes } => {
            // What is prebuilt has the features that its maker chose.
            if features.is_empty() && on_path("cargo-binstall").is_some() {
                println!("{what} (prebuilt, once)…");
                let mut command = Command::new("cargo");
                command.args(["binstall", "--no-confirm", "--root"]).arg(home).arg(format!("{package}@{version}"));
                if run(&what, &mut command, "").is_ok() {
                    return Ok(());
                }
            }
            println!("{what} (about {minutes} minutes, once)…");
            let mut command = Command::new("cargo");
            command.args(["install", "--quiet", package, "--version", &format!("={version}"), "--root"]).arg(home);
            if !features.is_empty() {
                command.args(["--features", features]);
            }
            if locked {
                command.arg("--locked");
            }
            run(&what, &mut command, "Check the network connection and that a C compiler is present, then run again.")
        }
        Source::Npm => {
            node()?;
            println!("{what} (a few seconds, once)…");
            fs::create_dir_all(home).map_err(|error| cannot_create(home, &error))?;
            let mut command = Command::new("npm");
            command.args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix"]).arg(home);
            command.arg(format!("{package}@{version}"));
            run(&what, &mut command, "Check the network connection, then run again.")
        }
    }
}

/// Fails unless a recent Node and npm are there.
pub fn node() -> Result<(), Failure> {
    let (major, minor) = NODE_MINIMUM;
    let failure = |why: &str| {
        let remedy = format!("Install Node {major}.{minor} or newer (it brings npm) and run again.");
        Failure::new("Node cannot be used.", why, &remedy)
    };
    let version = output(Command::new("node").arg("--version")).ok_or_else(|| failure("`node` was not found."))?;
    if on_path("npm").is_none() {
        return Err(failure("`npm` was not found."));
    }
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(a), Some(b)) if (a, b) >= NODE_MINIMUM => Ok(()),
        _ => Err(failure(&format!("The version found is {version}."))),
    }
}

/// The standard library for wasm.
fn wasm_target() -> Result<(), Failure> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"])).ok_or_else(|| {
        Failure::new("Rust was not found.", "`rustc` could not be started.", "Install Rust with rustup and run again.")
    })?;
    if Path::new(&sysroot).join("lib/rustlib").join(WASM_TARGET).join("lib").is_dir() {
        return Ok(());
    }
    println!("Adding Rust's target {WASM_TARGET} (a few seconds, once)…");
    run(
        "Adding the wasm target",
        Command::new("rustup").args(["target", "add", WASM_TARGET]),
        "Install rustup, or the target with your system's packages.",
    )
}

/// One folder for all clones of the project on this machine.
pub fn tools_home() -> Result<PathBuf, Failure> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let in_home = |folder: &str| variable("HOME").map(|home| home.join(folder).join("clv-lab"));
    let home = variable("CLV_LAB_TOOLS").or_else(|| {
        if cfg!(target_os = "macos") {
            in_home("Library/Caches")
        } else {
            variable("XDG_CACHE_HOME").map(|cache| cache.join("clv-lab")).or_else(|| in_home(".cache"))
        }
    });
    home.ok_or_else(|| {
        Failure::new(
            "There is no folder to keep the build tools in.",
            "Neither HOME nor CLV_LAB_TOOLS is set.",
            "Set CLV_LAB_TOOLS to a folder that can be written to.",
        )
    })
}

pub fn cannot_create(folder: &Path, error: &std::io::Error) -> Failure {
    let what = format!("The folder {} could not be created.", folder.display());
    Failure::new(&what, &error.to_string(), "Set CLV_LAB_TOOLS to a folder that can be written to.")
}

/// The version of a package in a lock file.
fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    Some(lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    #[test]
    fn the_locked_version_is_that_of_the_very_package() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm-bindgen-shared"), None);
    }
}
