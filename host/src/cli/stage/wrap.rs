//! `serene stage wrap`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serene::stage::{Artifact, Contract, Inner, wrap};

use super::{contract, interface, write_component};

/// Composes a stage that calls another of the same interface with that other one, into one file.
///
/// The outer stage imports and exports the interface: redaction before translation, a cache before an embedder. What comes of it swaps in like any
/// stage, and can be wrapped again. A stage that calls several, as a mirror of two stores does, has an import of its own for each further one, with
/// the same functions; --and names it and the stage that fills it.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(in super::super) struct Wrap {
    /// The stage that answers, and calls the inner one
    outer: PathBuf,
    /// The stage that it calls
    inner: PathBuf,
    /// A further stage that it calls, and the import it fills; may be given more than once
    #[arg(long = "and", value_name = "IMPORT=FILE", value_parser = other)]
    others: Vec<(String, PathBuf)>,
    /// Where to write the composed stage
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The interface, where the outer stage exports more than one
    #[arg(long, value_parser = contract)]
    interface: Option<&'static Contract>,
}

const EXAMPLES: &str = "\
Examples:
  serene stage wrap cache.wasm embedder.wasm -o cached.wasm
  serene stage wrap mirror.wasm sqlite.wasm --and replica=s3.wasm -o mirrored.wasm";

/// An import and the file of the stage that fills it.
fn other(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((import, file)) if !import.is_empty() && !file.is_empty() => {
            Ok((import.to_owned(), file.into()))
        }
        _ => Err("it names an import and a file: replica=store.wasm".to_owned()),
    }
}

impl Wrap {
    pub(super) fn run(self) -> Result<ExitCode> {
        let outer = Artifact::read(&self.outer)?;
        let inner = Artifact::read(&self.inner)?;
        let contract = interface(self.interface, &outer)?;
        let others = self.others.iter().map(|(import, file)| Ok((import, Artifact::read(file)?)));
        let others = others.collect::<Result<Vec<_>>>()?;
        let others: Vec<_> = others.iter().map(|(import, artifact)| Inner { import, artifact }).collect();
        write_component(&self.output, &wrap(contract, &outer, &inner, &others)?, contract)?;
        Ok(ExitCode::SUCCESS)
    }
}
