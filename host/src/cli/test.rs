//! `serene test`

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::Args;
use serene::build::{Which, build, checkout};
use serene::manifest::App;

use super::Manifest;
use super::progress::Terminal;

/// Builds every component, then runs the tests of the checkout the application is part of.
#[derive(Args)]
pub(super) struct Test {
    #[command(flatten)]
    manifest: Manifest,
    /// Arguments for `cargo test`, such as `-p serene-layout` or `--release`
    #[arg(last = true, value_name = "ARGS")]
    args: Vec<String>,
}

impl Test {
    pub(super) fn run(self) -> Result<ExitCode> {
        let app = self.manifest.read()?;
        let root = checkout(&app)?;
        build(&app, Which::All, &mut Terminal::new(false))?;
        for profile in app.profiles() {
            let app = App::read(&app.path, Some(&profile))?;
            build(&app, Which::All, &mut Terminal::new(false))?;
        }
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.arg("test").args(&self.args).current_dir(&root);
        if let Ok(serene) = std::env::current_exe() {
            // For tests that run this very program.
            cargo.env("SERENE_BIN", serene);
        }
        let status =
            cargo.status().context("cannot run `cargo test`; install Rust from https://rustup.rs")?;
        Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
