//! Python for the outside checks: the interpreter, and environments made once for each list of pinned packages and kept beside
//! the build tools. Deliberately `venv` and `pip` alone, which every Python brings.

use crate::debian;
use crate::failure::Failure;
use crate::program::{on_path, output, run};
use crate::tools::{cannot_create, tools_home};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The versions for which every pinned package exists ready-made.
const VERSIONS: ((u32, u32), (u32, u32)) = ((3, 10), (3, 14));
/// Fails without the two modules that Debian packs separately.
const PROBE: &str = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])";

/// The interpreter of an environment that holds what the requirements files list.
pub fn environment(name: &str, requirements: &[PathBuf]) -> Result<PathBuf, Failure> {
    let (python, version) = interpreter()?;
    let mut texts = vec![version];
    for file in requirements {
        texts.push(fs::read_to_string(file).map_err(|error| {
            let what = format!("{} could not be read.", file.display());
            Failure::new(&what, &error.to_string(), "Restore the folder tests/parity.")
        })?);
    }
    let home = tools_home()?.join(format!("python-{name}-{}", key(&texts)));
    // Written last: an interrupted installation starts again.
    let complete = home.join("complete");
    let own_python = home.join("bin").join("python");
    if complete.is_file() && own_python.is_file() {
        return Ok(own_python);
    }
    println!("Installing the Python packages of the environment {name} (about 1 minute, once)…");
    let remedy = "Check the network connection, then run again.";
    let mut venv = Command::new(python);
    venv.args(["-m", "venv", "--clear"]).arg(&home);
    run("Making a Python environment", &mut venv, "Set CLV_LAB_TOOLS to a folder that can be written to.")?;
    let mut pip = Command::new(&own_python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]);
    pip.args(["--no-deps", "--only-binary", ":all:"]);
    for file in requirements {
        pip.arg("--requirement").arg(file);
    }
    run("Installing the Python packages", &mut pip, remedy)?;
    fs::write(&complete, "").map_err(|error| cannot_create(&complete, &error))?;
    Ok(own_python)
}

/// What distinguishes one environment from another: the Python and every line of the requirements.
fn key(texts: &[String]) -> String {
    let digest = Sha256::digest(texts.join("\0"));
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// A Python that can make environments, with its version.
fn interpreter() -> Result<(PathBuf, String), Failure> {
    let ((_, low), (_, high)) = VERSIONS;
    let remedy = format!(
        "Install Python 3.{low} to 3.{high} with venv (Debian: as root `apt-get install python3 python3-venv`; macOS: \
         `brew install python@3.{high}`) so that `python3` is on PATH, and run again."
    );
    let find = || {
        let python = on_path("python3")?;
        let version = output(Command::new(&python).args(["-c", PROBE]))?;
        Some((python, version))
    };
    let found = match find() {
        Some(found) => Some(found),
        None => debian::install(&["python3", "python3-venv"], &remedy)?.then(find).flatten(),
    };
    let failure = |why: &str| Failure::new("Python cannot be used.", why, &remedy);
    match found {
        None => Err(failure("`python3` was not found, or lacks the modules venv and ensurepip.")),
        Some((_, version)) if !is_supported(&version) => Err(failure(&format!("The version found is {version}."))),
        Some(found) => Ok(found),
    }
}

fn is_supported(version: &str) -> bool {
    let parsed = version.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    parsed.is_some_and(|version| (VERSIONS.0..=VERSIONS.1).contains(&version))
}

/// A script of the project in an environment; it leaves nothing behind in its folder.
pub fn script(python: &Path, file: &Path) -> Command {
    let mut command = Command::new(python);
    command.arg(file).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

#[cfg(test)]
mod tests {
    use super::{is_supported, key};

    #[test]
    fn versions_compare_as_numbers() {
        assert!(is_supported("3.10") && is_supported("3.14"));
        assert!(!is_supported("3.9") && !is_supported("3.15") && !is_supported("2.7") && !is_supported(""));
    }

    #[test]
    fn another_python_or_another_pin_is_another_environment() {
        let of = |texts: &[&str]| key(&texts.iter().map(ToString::to_string).collect::<Vec<_>>());
        let keys = [
            of(&["3.11", "numpy==2"]),
            of(&["3.12", "numpy==2"]),
            of(&["3.11", "numpy==3"]),
            of(&["3.11", "", "numpy==2"]),
        ];
        assert_eq!(keys[0], of(&["3.11", "numpy==2"]));
        assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), keys.len());
        assert_eq!(keys[0].len(), 12);
    }
}
