//! The Rust standard library for WebAssembly components.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::{Progress, command};

/// The Rust target of components.
pub const TARGET: &str = "wasm32-wasip2";

/// Installs the target's standard library when it is not there.
///
/// # Errors
/// When there is no Rust, or when the library is missing and rustup cannot install it.
pub fn ensure(dir: &Path, progress: &mut dyn Progress) -> Result<()> {
    if is_installed(dir)? {
        return Ok(());
    }
    let rustup = Command::new("rustup").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if rustup.is_err() {
        bail!(
            "the Rust standard library for {TARGET} is not installed, and rustup, which installs it, was not found. \
             Install Rust from https://rustup.rs, or the library from where your Rust comes from"
        );
    }
    command::run("rustup", &format!("rustup target add {TARGET}"), dir, progress)?;
    if !is_installed(dir)? {
        bail!(
            "rustup installed {TARGET}, but the `rustc` on the PATH does not see it; put rustup's Rust first on the PATH"
        );
    }
    Ok(())
}

fn is_installed(dir: &Path) -> Result<bool> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(dir)
        .output()
        .context("cannot run `rustc`; install Rust from https://rustup.rs")?;
    let libdir = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let Ok(entries) = std::fs::read_dir(libdir) else { return Ok(false) };
    Ok(output.status.success()
        && entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-")))
}
