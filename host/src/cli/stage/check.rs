//! `serene stage check`

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serene::conformance::{PATIENCE, Report, check, junit};
use serene::stage::{Artifact, Contract};

use super::granted::Granted;
use super::{contract, engine, exports};

/// Checks that a component keeps what its interface promises.
///
/// Runs the cases of the contract against it: round trips, limits, errors, unicode, repeated, concurrent and abandoned calls, memory and time. It runs as
/// it would within the application: with the grants of its line in spin.toml, or with those of --inherit. A stage that calls a provider calls it
/// here, too, and may be billed; point its variables at `serene emulate` to try it without. Stores keep their data in a folder that is removed afterwards;
/// what is kept elsewhere is under names of this run and is removed by the cases.
///
/// Exits with 1 when a promise is broken.
#[derive(Args)]
pub(in super::super) struct Check {
    /// The component
    file: PathBuf,
    /// The interface, where the component exports more than one
    #[arg(long, value_parser = contract)]
    interface: Option<&'static Contract>,
    #[command(flatten)]
    granted: Granted,
    /// Run this case only; may be given more than once
    #[arg(long = "case", value_name = "NAME")]
    cases: Vec<String>,
    /// The longest that the calls of one case may take together
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE.as_secs())]
    timeout: u64,
    /// How to say what was found
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// How a report is written.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// An array with an object an interface
    Json,
    /// XML for CI systems
    Junit,
}

impl Check {
    pub(super) fn run(self) -> Result<ExitCode> {
        let artifact = Artifact::read(&self.file)?;
        let contracts = match self.interface {
            Some(contract) => vec![contract],
            None => artifact.contracts(),
        };
        if contracts.is_empty() {
            bail!("{} exports no interface of a stage{}", self.file.display(), exports(&artifact));
        }
        let app = self.granted.app()?;
        let engine = engine(app.as_ref())?;
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        let mut reports = Vec::new();
        for contract in contracts {
            let scratch = tempfile::tempdir().context("cannot make a folder for its databases")?;
            let subject = self.granted.subject(app.as_ref(), contract, &artifact)?;
            let patience = Duration::from_secs(self.timeout);
            let report = check(contract, &subject, &engine, &self.cases, patience, scratch.path());
            reports.push(runtime.block_on(report)?);
        }
        runtime.shutdown_background();
        let shown = match self.format {
            Format::Table => reports.iter().map(Report::table).collect::<Vec<_>>().join("\n"),
            Format::Json => serde_json::to_string_pretty(&reports).context("the report cannot be written")?,
            Format::Junit => junit(&reports),
        };
        writeln!(std::io::stdout(), "{}", shown.trim_end()).context("cannot write to standard output")?;
        let passed = reports.iter().all(Report::passed);
        Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
