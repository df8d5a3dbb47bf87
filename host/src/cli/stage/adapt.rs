//! `serene stage adapt`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serene::stage::{Artifact, Contract, adapt};

use super::{contract, interface, write_component};

/// Makes a stage that was built against an earlier version of the contract one of this version.
///
/// The component is the same; its interface is exported under the version that this Serene composes. That is enough wherever the versions do not
/// differ in what the stage has. Where they do, a component that imports the earlier and exports the new version goes around it with `stage wrap`.
#[derive(Args)]
pub(in super::super) struct Adapt {
    /// The component
    file: PathBuf,
    /// Where to write the adapted one
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The interface, where the component exports more than one
    #[arg(long, value_parser = contract)]
    interface: Option<&'static Contract>,
}

impl Adapt {
    pub(super) fn run(self) -> Result<ExitCode> {
        let artifact = Artifact::read(&self.file)?;
        let contract = interface(self.interface, &artifact)?;
        write_component(&self.output, &adapt(contract, &artifact)?, contract)?;
        Ok(ExitCode::SUCCESS)
    }
}
