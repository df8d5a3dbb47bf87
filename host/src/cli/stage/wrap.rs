//! `serene stage wrap`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serene::stage::{Artifact, Contract, wrap};

use super::{contract, interface, write_component};

/// Composes a stage that calls another of the same interface with that other one, into one file.
///
/// The outer stage imports and exports the interface: redaction before translation, a cache before an embedder. What comes of it swaps in like any
/// stage, and can be wrapped again.
#[derive(Args)]
pub(in super::super) struct Wrap {
    /// The stage that answers, and calls the inner one
    outer: PathBuf,
    /// The stage that it calls
    inner: PathBuf,
    /// Where to write the composed stage
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The interface, where the outer stage exports more than one
    #[arg(long, value_parser = contract)]
    interface: Option<&'static Contract>,
}

impl Wrap {
    pub(super) fn run(self) -> Result<ExitCode> {
        let outer = Artifact::read(&self.outer)?;
        let inner = Artifact::read(&self.inner)?;
        let contract = interface(self.interface, &outer)?;
        write_component(&self.output, &wrap(contract, &outer, &inner)?, contract)?;
        Ok(ExitCode::SUCCESS)
    }
}
