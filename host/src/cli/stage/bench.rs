//! `serene stage bench`

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serene::bench::{Plan, bench};
use serene::stage::{Artifact, Contract, shipped};

use super::super::progress::Bar;
use super::granted::Granted;
use super::{contract, engine, interface};

/// Times a component beside another of its interface, in one run.
///
/// Both do the same work, round by round, each in a fresh instance, one after the other and the first of them in turns: what slows the machine slows both,
/// and what is left is their ratio. It is told with the interval in which the true one lies with a confidence of 95 %; an interval that holds 1 tells
/// no difference. Beside it are the times of each: of the first call in an instance, of those after it and what nine in ten of them stay below, and how
/// long an instance takes to be made.
///
/// Each call brings texts that no call before it had, so a stage that remembers is timed at what it does not know yet. `describe` shows what any call
/// costs. What a stage answers is not looked at here: see `serene stage check`. A stage that calls a provider calls it here, too, and may be billed;
/// point its variables at `serene emulate` to try it without.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(in super::super) struct Bench {
    /// The component
    file: PathBuf,
    /// The component beside it, or `shipped`: the one that the manifest names, or named before `serene stage swap`
    #[arg(long, value_name = "FILE", default_value = SHIPPED)]
    against: PathBuf,
    /// The interface, where the component exports more than one
    #[arg(long, value_parser = contract)]
    interface: Option<&'static Contract>,
    /// Run this workload only; may be given more than once
    #[arg(long = "workload", value_name = "NAME")]
    workloads: Vec<String>,
    /// How many rounds each workload has, or fewer, but not fewer than 6, where they take long; with fewer than 6 there is no interval
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
    /// About how long all rounds take together, in seconds; a stage that needs longer for two calls a round takes longer
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    time: u64,
    #[command(flatten)]
    granted: Granted,
    /// How to say what was measured
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// The name of the stage that needs no file.
const SHIPPED: &str = "shipped";

const EXAMPLES: &str = "\
Examples:
  serene stage bench my.wasm                        beside the stage of its interface in spin.toml
  serene stage bench my.wasm --against before.wasm  beside another build of it
  serene stage bench my.wasm --time 60 --rounds 50  longer, for a narrower interval
  serene stage bench my.wasm --workload one-text --format json";

/// How a report is written.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// An object
    Json,
}

impl Bench {
    pub(super) fn run(self) -> Result<ExitCode> {
        let artifact = Artifact::read(&self.file)?;
        let contract = interface(self.interface, &artifact)?;
        let app = self.granted.app()?;
        let stage = self.granted.subject(app.as_ref(), contract, &artifact)?;
        let against = if self.against.as_path() == Path::new(SHIPPED) {
            let app = app.as_ref().context(
                "there is no spin.toml here or above that names a shipped stage; name it with --from, or a component with \
                 --against",
            )?;
            let (app, file) = shipped(app, contract)?;
            self.granted.own_stage(&app, contract, &Artifact::read(&file)?)?
        } else {
            self.granted.subject(app.as_ref(), contract, &Artifact::read(&self.against)?)?
        };
        let engine = engine(app.as_ref())?;
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        let plan = Plan { rounds: self.rounds, time: Duration::from_secs(self.time), only: self.workloads };
        let bar = Bar::new("bench", false);
        let report =
            runtime.block_on(bench(contract, &stage, &against, &engine, &plan, &mut |done, next| {
                bar.set(done, next);
            }))?;
        drop(bar);
        runtime.shutdown_background();
        let shown = match self.format {
            Format::Table => report.table(),
            Format::Json => serde_json::to_string_pretty(&report).context("the report cannot be written")?,
        };
        writeln!(std::io::stdout(), "{}", shown.trim_end()).context("cannot write to standard output")?;
        Ok(ExitCode::SUCCESS)
    }
}
