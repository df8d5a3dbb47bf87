//! `serene build`

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serene::build::{Which, build};
use serene::manifest::App;

use super::Manifest;
use super::progress::Terminal;

/// Builds every component of the application, for every profile unless one is named.
///
/// Installs the WebAssembly target of Rust when it is missing.
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
        let profiles = if self.manifest.profile.is_some() { vec![app] } else { App::read_all(&app.path)? };
        build(&profiles, Which::All, &mut Terminal::new(self.quiet))?;
        Ok(ExitCode::SUCCESS)
    }
}
