//! What a component gets that is run outside of `serene up`.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use serene::conformance::Subject;
use serene::manifest::{App, Capability, find};
use serene::stage::{Artifact, Contract};

#[derive(Args)]
pub(super) struct Granted {
    /// The manifest whose variables, hosts and grants it gets [default: spin.toml here or in a folder above, and none if there is none]
    #[arg(short = 'f', long = "from", value_name = "PATH")]
    from: Option<PathBuf>,
    /// What a component named here may use, in the place of what its line in the manifest grants it: variables, allowed_outbound_hosts, sqlite_databases, …
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    inherit: Option<Vec<Capability>>,
    /// A file of variables, one SPIN_VARIABLE_NAME=value a line [default: .env beside the manifest, when there is one]
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
}

impl Granted {
    /// The application named, or the one around here, if there is one.
    pub(super) fn app(&self) -> Result<Option<App>> {
        let here = std::env::current_dir().context("cannot tell the current folder")?;
        match find(self.from.as_deref(), &here) {
            Ok(manifest) => App::read(&manifest, None).map(Some),
            Err(_) if self.from.is_none() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A component named on the command line, as a stage of the application.
    pub(super) fn subject(
        &self,
        app: Option<&App>,
        contract: &Contract,
        artifact: &Artifact,
    ) -> Result<Subject> {
        Subject::new(app, contract, artifact, self.inherit.as_deref(), self.env_file.as_deref())
    }

    /// The stage that the application's own line names, with what that line grants it.
    pub(super) fn own_stage(&self, app: &App, contract: &Contract, artifact: &Artifact) -> Result<Subject> {
        Subject::new(Some(app), contract, artifact, None, self.env_file.as_deref())
    }
}
