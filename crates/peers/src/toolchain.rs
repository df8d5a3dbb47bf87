//! Programs that make components of other languages, and programs of the machine that are asked to install them again.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::child::run;
use crate::install::{environment, folder, install_by_npm, node, once};

/// The virtual environment with the Python packages that a `requirements.txt` names, one `name==version` a line. Programs are in its `bin`.
///
/// # Errors
/// When Python 3 with `venv` is not there, or the packages cannot be had.
pub fn python(requirements: &Path) -> Result<PathBuf> {
    let packages = packages(requirements)?;
    environment(&folder(), "toolchain", &packages.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A folder that holds the same packages as they are published: pip installs from it where `PIP_FIND_LINKS` names it, without the network.
///
/// # Errors
/// As [`python`].
pub fn wheels(requirements: &Path) -> Result<PathBuf> {
    let environment = python(requirements)?;
    let name = environment.file_name().context("an environment has a name")?.to_string_lossy();
    once(&folder(), &format!("wheels-of-{name}"), |place| {
        let mut download = Command::new(environment.join("bin/python"));
        download.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--dest"]);
        run("download Python packages", download.arg(place).arg("--requirement").arg(requirements))
    })
}

/// The folder `node_modules` with one npm package, such as `componentize-qjs@0.4.5`, and what that needs. Programs are in its `.bin`.
///
/// # Errors
/// When Node.js is not there and cannot be had, or the package cannot.
pub fn npm(package: &str) -> Result<PathBuf> {
    let root = folder();
    let place = once(&root, package, |place| install_by_npm(&root, place, package))?;
    Ok(place.join("node_modules"))
}

/// The folder of `node` and `npm`, where the machine has none of its own.
///
/// # Errors
/// When they are not there and cannot be had.
pub fn node_js() -> Result<Option<PathBuf>> {
    node(&folder())
}

/// `PATH` with these folders in front.
#[must_use]
pub fn path_with(folders: &[PathBuf]) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(std::env::split_paths(&path));
    // A folder with a colon in its name cannot be named there; the machine's own programs are then all there is.
    std::env::join_paths(all).unwrap_or(path)
}

fn packages(requirements: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
