//! `serene stage bindings`

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use serene::stage::{Contract, write_c_bindings};

use super::contract;

/// Writes the bindings of a stage in C: what it includes and what it links.
///
/// A project of `serene stage new` has them already; written again, they are those of this Serene's version of the contract.
#[derive(Args)]
pub(in super::super) struct Bindings {
    /// The interface, such as reranker
    #[arg(value_parser = contract)]
    interface: &'static Contract,
    /// The folder to write them into
    folder: PathBuf,
}

impl Bindings {
    pub(super) fn run(self) -> Result<ExitCode> {
        write_c_bindings(self.interface, &self.folder)?;
        writeln!(
            std::io::stdout(),
            "{} holds the bindings of {}",
            self.folder.display(),
            self.interface.versioned()
        )
        .context("cannot write to standard output")?;
        Ok(ExitCode::SUCCESS)
    }
}
