//! Programs that make components of other languages. Each function gives the folders to put in front of `PATH`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::child::run;
use crate::install::{environment, folder, install_by_npm, node, once};

/// The programs of the Python packages that a `requirements.txt` names, one `name==version` a line.
///
/// # Errors
/// When Python 3 with `venv` is not there, or the packages cannot be had.
pub fn python(requirements: &Path) -> Result<Vec<PathBuf>> {
    let text = read(requirements)?;
    let packages: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Ok(vec![environment(&folder(), "toolchain", &packages)?.join("bin")])
}

/// The programs of one npm package, such as `componentize-qjs@0.4.5`, and Node.js where the machine has none.
///
/// # Errors
/// As [`python`].
pub fn npm(package: &str) -> Result<Vec<PathBuf>> {
    let root = folder();
    let place = once(&root, package, |place| install_by_npm(&root, place, package))?;
    let mut bins = vec![place.join("node_modules/.bin")];
    bins.extend(node(&root)?);
    Ok(bins)
}

/// The generator of bindings for C, built from its source: some minutes, the first time.
///
/// # Errors
/// When it cannot be had or built.
pub fn wit_bindgen_c() -> Result<Vec<PathBuf>> {
    let place = once(&folder(), "wit-bindgen-cli-0.63.0", |place| {
        let mut install = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        install.args(["install", "--quiet", "wit-bindgen-cli", "--version", "0.63.0", "--locked"]);
        install.args(["--no-default-features", "--features", "c", "--root"]).arg(place);
        // It runs for milliseconds: how fast it is built counts more.
        install.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0").env("CARGO_PROFILE_RELEASE_LTO", "off");
        // Those of the run of cargo that this is part of are not meant for it.
        install.env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS");
        run("build wit-bindgen", &mut install)
    })?;
    Ok(vec![place.join("bin")])
}

/// `PATH` with these folders in front.
#[must_use]
pub fn path_with(folders: &[PathBuf]) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(std::env::split_paths(&path));
    // A folder with a colon in its name cannot be named there; the machine's own programs are then all there is.
    std::env::join_paths(all).unwrap_or(path)
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}
