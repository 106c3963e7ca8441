//! Finds Chromium and its driver, and installs Debian's packages where that is possible. Deliberately does not start them:
//! the test runners do.

use crate::debian;
use crate::failure::Failure;
use crate::program::on_path;
use std::env;
use std::path::PathBuf;

const CHROMIUM_NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const CHROME_ON_MACOS: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// The browser.
pub fn chromium() -> Result<PathBuf, Failure> {
    find_or_install("Chromium", "CHROMIUM", find_chromium)
}

/// The program that drives the browser for wasm tests.
pub fn chromedriver() -> Result<PathBuf, Failure> {
    find_or_install("ChromeDriver", "CHROMEDRIVER", find_chromedriver)
}

fn find_chromium() -> Option<PathBuf> {
    file_in_variable("CHROMIUM")
        .or_else(|| CHROMIUM_NAMES.iter().find_map(|name| on_path(name)))
        .or_else(|| Some(PathBuf::from(CHROME_ON_MACOS)).filter(|file| file.is_file()))
}

fn find_chromedriver() -> Option<PathBuf> {
    let on_runner = || Some(PathBuf::from(env::var_os("CHROMEWEBDRIVER")?).join("chromedriver"));
    file_in_variable("CHROMEDRIVER")
        .or_else(|| on_path("chromedriver"))
        .or_else(|| on_runner().filter(|file| file.is_file()))
}

fn file_in_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from).filter(|file| file.is_file())
}

fn find_or_install(name: &str, variable: &str, find: fn() -> Option<PathBuf>) -> Result<PathBuf, Failure> {
    if let Some(file) = find() {
        return Ok(file);
    }
    let remedy = "Install Chromium or Google Chrome and its driver yourself, then run again.";
    if debian::install(&["chromium", "chromium-driver"], remedy)?
        && let Some(file) = find()
    {
        return Ok(file);
    }
    let how = if cfg!(target_os = "macos") {
        "`brew install --cask google-chrome chromedriver`"
    } else {
        "as root `apt-get install chromium chromium-driver`, or Google Chrome with its driver"
    };
    Err(Failure::new(
        &format!("{name} was not found."),
        &format!("The tests run in it; it is neither on PATH nor named by ${variable}."),
        &format!("Install it ({how}), or set {variable} to the program."),
    ))
}
