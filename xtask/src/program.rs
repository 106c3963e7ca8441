//! Running other programs: found on PATH, started, waited for, their failure turned into a sentence. Deliberately ignorant of
//! what the programs are for.

use crate::failure::Failure;
use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

/// Where the shell would find a program.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The PATH of this process with some folders in front.
pub fn path_with(folders: &[PathBuf]) -> Result<OsString, Failure> {
    let inherited = env::var_os("PATH").unwrap_or_default();
    env::join_paths(folders.iter().cloned().chain(env::split_paths(&inherited))).map_err(|error| {
        Failure::new(
            "The tools could not be put on PATH.",
            &error.to_string(),
            "Set CLV_LAB_TOOLS to a folder whose path has no colon.",
        )
    })
}

/// What a program prints, without the surrounding white space; `None` when it is absent or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a program to its end, with its output shown as it comes.
pub fn run(what: &str, command: &mut Command, remedy: &str) -> Result<(), Failure> {
    let status = command.status().map_err(|error| not_started(what, command, &error))?;
    if status.success() { Ok(()) } else { Err(ended_badly(what, command, &status.to_string(), remedy)) }
}

/// Like [`run`], and keeps the lines of the output that `keep` accepts: those of a program that failed, too.
pub fn run_keeping(
    what: &str,
    command: &mut Command,
    keep: fn(&str) -> bool,
    remedy: &str,
    kept: &mut Vec<String>,
) -> Result<(), Failure> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| not_started(what, command, &error))?;
    let lines = Mutex::new(Vec::new());
    thread::scope(|scope| {
        if let Some(stdout) = child.stdout.take() {
            scope.spawn(|| forward(stdout, std::io::stdout(), keep, &lines));
        }
        if let Some(stderr) = child.stderr.take() {
            scope.spawn(|| forward(stderr, std::io::stderr(), keep, &lines));
        }
    });
    kept.extend(lines.into_inner().unwrap_or_default());
    let status = child.wait().map_err(|error| not_started(what, command, &error))?;
    if status.success() { Ok(()) } else { Err(ended_badly(what, command, &status.to_string(), remedy)) }
}

/// Copies a stream line by line. A terminal that has gone away is no reason to stop reading: the program would block.
fn forward(from: impl Read, mut to: impl Write, keep: fn(&str) -> bool, lines: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(from);
    let mut bytes = Vec::new();
    while matches!(reader.read_until(b'\n', &mut bytes), Ok(count) if count > 0) {
        let _ = to.write_all(&bytes).and_then(|()| to.flush());
        let line = String::from_utf8_lossy(&bytes);
        if keep(&line)
            && let Ok(mut lines) = lines.lock()
        {
            lines.push(line.trim_end().to_owned());
        }
        bytes.clear();
    }
}

fn not_started(what: &str, command: &Command, error: &std::io::Error) -> Failure {
    let program = Path::new(command.get_program()).display();
    Failure::new(
        &format!("{what} failed."),
        &format!("`{program}` could not be started: {error}."),
        &format!("Install {program}, or put it on PATH."),
    )
}

fn ended_badly(what: &str, command: &Command, status: &str, remedy: &str) -> Failure {
    let program = Path::new(command.get_program()).display();
    Failure::new(&format!("{what} failed."), &format!("`{program}` ended with {status}; its output is above."), remedy)
}

#[cfg(test)]
mod tests {
    use super::{output, run, run_keeping};
    use std::process::Command;

    #[test]
    fn a_failing_program_is_a_failure_and_its_lines_are_kept() {
        let mut kept = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; exit 3"]);
        let result = run_keeping("The test", &mut command, |line| line.contains("two"), "Nothing.", &mut kept);
        assert!(result.unwrap_err().to_string().contains("exit status: 3"));
        assert_eq!(kept, ["two"]);
    }

    #[test]
    fn an_absent_program_is_a_failure_that_names_it() {
        let mut command = Command::new("no-such-program-here");
        assert!(output(&mut command).is_none());
        assert!(run("The test", &mut command, "").unwrap_err().to_string().contains("no-such-program-here"));
    }
}
