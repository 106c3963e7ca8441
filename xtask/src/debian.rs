//! Installs Debian's packages where that is possible: as root, with apt. Deliberately silent elsewhere; the caller then says
//! what to install.

use crate::failure::Failure;
use crate::program::{on_path, output, run};
use std::process::Command;

/// False when this machine does not let us.
pub fn install(packages: &[&str], remedy: &str) -> Result<bool, Failure> {
    let is_root = output(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    if !is_root || on_path("apt-get").is_none() {
        return Ok(false);
    }
    let names = packages.join(" and ");
    println!("Installing {names} (about 1 minute, once)…");
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(["-qq", "-y"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        run(&format!("Installing {names}"), &mut command, remedy)
    };
    apt(&["update"])?;
    apt(&[&["install"], packages].concat())?;
    Ok(true)
}
