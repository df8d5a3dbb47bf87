//! `serene stage wrap`

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serene::stage::{Artifact, Contract, wrap};

use super::{contract, size};

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
        let contract = match (self.interface, &outer.contracts()[..]) {
            (Some(contract), _) | (None, &[contract]) => contract,
            (None, []) => bail!("{} exports no interface of a stage", self.outer.display()),
            (None, _) => {
                bail!("{} exports several interfaces; name one with --interface", self.outer.display())
            }
        };
        let bytes = wrap(contract, &outer, &inner)?;
        ensure!(!self.output.is_dir(), "{} is a folder; name a file with --output", self.output.display());
        std::fs::write(&self.output, &bytes)
            .with_context(|| format!("cannot write {}", self.output.display()))?;
        let output = Artifact::read(&self.output)?;
        let mut out = std::io::stdout().lock();
        writeln!(
            out,
            "{} exports {} ({}) and imports {}",
            self.output.display(),
            output.export_for(contract)?,
            size(bytes.len() as u64),
            if output.imports.is_empty() { "nothing".to_owned() } else { output.imports.join(", ") }
        )
        .context("cannot write to standard output")?;
        Ok(ExitCode::SUCCESS)
    }
}
