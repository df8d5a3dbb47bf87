//! `serene build`

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serene::build::{Which, build};

use super::Manifest;
use super::progress::Terminal;

/// Builds every component of the application, installing the WebAssembly target of Rust when it is missing.
#[derive(Args)]
pub(super) struct Build {
    #[command(flatten)]
    manifest: Manifest,
    /// Print nothing but errors
    #[arg(short, long)]
    quiet: bool,
}

impl Build {
    pub(super) fn run(self) -> Result<ExitCode> {
        let app = self.manifest.read()?;
        build(&app, Which::All, &mut Terminal::new(self.quiet))?;
        Ok(ExitCode::SUCCESS)
    }
}
