//! The command line.

mod api_key;
mod build;
mod credential;
mod doctor;
mod emulate;
mod fix;
mod migrate;
mod pages;
mod progress;
mod reconcile;
mod service;
mod signals;
mod stage;
mod test;
mod up;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use serene::manifest::{App, find};

const EXAMPLES: &str = "\
Examples:
  serene up                          build what is not built, then serve on http://127.0.0.1:3000
  serene up --profile cloud          the same with the cloud stages; variables come from the environment or .env
  serene up --listen 127.0.0.1:0     on any free port; the first line printed says which
  serene emulate                     stand in for the cloud services on this machine
  serene doctor --profile cloud      try every stage, and say what is wrong and how to mend it
  serene api-key new                 make an API key
  serene reconcile --dry-run         say where the stores disagree; without --dry-run, heal it
  serene migrate --profile cloud     say which files would come over from Supabase Storage; with --apply, do it
  serene stage list                  what is composed, and what each stage may use
  serene stage new transformer --lang python
                                     make the project of a stage of your own
  serene stage check my.wasm         check that a stage keeps what its interface promises
  serene stage bench my.wasm         how fast it is beside the shipped one
  serene stage swap transformer my.wasm
                                     put it in the place of another; --undo puts that one back
  serene build                       build every component
  serene test                        build every component, then run the tests of this checkout";

/// Runs Serene's components on this machine as Spin runs them, from the same spin.toml.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Up(up::Up),
    Build(build::Build),
    Doctor(doctor::Doctor),
    Emulate(emulate::Emulate),
    #[command(subcommand)]
    ApiKey(api_key::ApiKey),
    Reconcile(reconcile::Reconcile),
    Migrate(migrate::Migrate),
    #[command(subcommand)]
    Stage(stage::Stage),
    Test(test::Test),
}

impl Cli {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode> {
        match self.command {
            Command::Up(up) => up.run(),
            Command::Build(build) => build.run(),
            Command::Doctor(doctor) => doctor.run(),
            Command::Emulate(emulate) => emulate.run(),
            Command::ApiKey(command) => command.run(),
            Command::Reconcile(reconcile) => reconcile.run(),
            Command::Migrate(migrate) => migrate.run(),
            Command::Stage(command) => command.run(),
            Command::Test(test) => test.run(),
        }
    }
}

/// Which application.
#[derive(Args)]
struct Manifest {
    /// The manifest, or the folder that holds it [default: spin.toml here or in a folder above]
    #[arg(short = 'f', long = "from", value_name = "PATH")]
    from: Option<PathBuf>,
    /// The build profile, as defined by [component.NAME.profile.PROFILE] in the manifest
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
}

impl Manifest {
    fn read(&self) -> Result<App> {
        let here = std::env::current_dir().context("cannot tell the current folder")?;
        App::read(&find(self.from.as_deref(), &here)?, self.profile.as_deref())
    }
}
