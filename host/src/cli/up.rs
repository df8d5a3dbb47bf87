//! `serene up`

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use serene::build::{Progress as _, Which, build};
use serene::runtime::{Limits, Report, Timing};
use serene::{Host, Options, Running};

use super::Manifest;
use super::progress::Terminal;
use super::signals::Terminate;

/// The document that comes with Serene to try it with.
const SAMPLE: &str = "examples/data/handbook.pdf";
const BYTES_PER_MIB: usize = 1024 * 1024;

/// Builds what is not built, composes it and serves it.
///
/// Variables come from SPIN_VARIABLE_NAME in the environment or in the env file. Ctrl-C stops: requests under
/// way are finished, new ones are not taken.
#[derive(Args)]
pub(super) struct Up {
    #[command(flatten)]
    manifest: Manifest,
    /// Where to listen; port 0 takes any free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000", env = "SERENE_LISTEN")]
    listen: SocketAddr,
    /// A file of variables, one SPIN_VARIABLE_NAME=value a line [default: .env beside the manifest, when
    /// there is one]
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Where databases and compiled code are kept [default: .serene beside the manifest]
    #[arg(long, value_name = "DIR", env = "SERENE_STATE_DIR")]
    state_dir: Option<PathBuf>,
    /// Print the address and errors only; drop what components write to their output
    #[arg(short, long)]
    quiet: bool,
    /// Serve what is there, without building
    #[arg(long)]
    no_build: bool,
    /// How many requests an instance answers before it is dropped
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = positive)]
    max_instance_reuse_count: usize,
    /// How many requests an instance works on at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = positive)]
    max_instance_concurrent_reuse_count: usize,
    /// The longest a request may go without a byte of it or of its response passing, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "330", value_parser = seconds, env = "SERENE_REQUEST_TIMEOUT")]
    request_timeout: Duration,
    /// The longest an instance may compute without a pause, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds, env = "SERENE_BUSY_TIMEOUT")]
    busy_timeout: Duration,
    /// The most memory of one instance, all its components together, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 512, value_parser = positive, env = "SERENE_MAX_MEMORY")]
    max_memory: usize,
    /// The longest to wait for requests under way when stopping, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    drain_timeout: Duration,
    /// Write what was used to this file when stopping: JSON with peak_linear_memory_bytes, instances,
    /// requests, failures, and timings a stage
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("expected a whole number greater than 0".into()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds, such as 30 or 0.5")?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("expected more than 0 seconds".into()),
    }
}

impl Up {
    pub(super) fn run(self) -> Result<ExitCode> {
        let app = self.manifest.read()?;
        if !self.no_build {
            build(std::slice::from_ref(&app), Which::Stale, &mut Terminal::new(self.quiet))?;
        }
        let limits = Limits {
            request_timeout: self.request_timeout,
            busy_timeout: self.busy_timeout,
            max_memory: self.max_memory.saturating_mul(BYTES_PER_MIB),
            max_instance_reuse_count: self.max_instance_reuse_count,
            max_instance_concurrent_reuse_count: self.max_instance_concurrent_reuse_count,
        };
        let options = Options {
            profile: self.manifest.profile,
            listen: self.listen,
            env_file: self.env_file,
            state_dir: self.state_dir,
            limits,
            drain: self.drain_timeout,
            quiet: self.quiet,
            ..Options::new(&app.path)
        };
        let tour = !self.quiet && app.dir.join(SAMPLE).is_file();
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        let served = runtime.block_on(serve(options, self.quiet, tour));
        // Whatever instances still do after the last response ends here, and compiling that was interrupted.
        runtime.shutdown_background();
        finish(&served?, self.report.as_deref(), self.quiet)?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn serve(options: Options, quiet: bool, tour: bool) -> Result<Report> {
    // Listening for signals first: one that comes while the application starts must not be lost.
    let mut terminate = Terminate::new()?;
    let running = tokio::select! {
        // A task of its own, since compiling would keep this one from hearing a signal.
        running = tokio::spawn(start(options, quiet)) => running.context("starting was interrupted")??,
        () = terminate.wait() => anyhow::bail!("stopped before it served"),
    };
    announce(&running, tour)?;
    terminate.wait().await;
    if !quiet {
        eprintln!("Stopping: finishing the requests under way. Ctrl-C again stops at once.");
    }
    tokio::select! {
        report = running.stop() => Ok(report),
        () = terminate.wait() => anyhow::bail!("stopped with requests under way"),
    }
}

async fn start(options: Options, quiet: bool) -> Result<Running> {
    let mut progress = Terminal::new(quiet);
    progress.step("compose and compile");
    let running = Host::start(options).await;
    match running {
        Ok(_) => progress.done(),
        Err(_) => progress.failed(""),
    }
    running
}

/// Prints where the application is served, first on standard output and for programs to read, then, in
/// Serene's own checkout, what to try.
fn announce(running: &Running, tour: bool) -> Result<()> {
    let url = running.url();
    let mut out = std::io::stdout().lock();
    writeln!(out, "Serving {url}").and_then(|()| out.flush()).context("cannot write to standard output")?;
    if !tour {
        return Ok(());
    }
    let tour = format!(
        "
Try in another terminal:
  curl {url}/healthz
  curl -H 'Content-Type: application/pdf' --data-binary @{SAMPLE} \\
       '{url}/v1/relationships/demo/handbooks?filename=handbook.pdf'
  curl -H 'Content-Type: application/json' -d '{{\"query\": \"how long should a pause last?\"}}' \\
       {url}/v1/relationships/demo/search

Ctrl-C stops."
    );
    writeln!(out, "{tour}").context("cannot write to standard output")
}

/// A table of what the stages took; nothing when no response said so.
fn timings(report: &Report) -> String {
    let mut table = String::new();
    if !report.timings.is_empty() {
        let _ = writeln!(table, "{:<14} {:>9} {:>11} {:>11}", "stage", "requests", "total ms", "longest ms");
    }
    for (name, Timing { requests, total_ms, longest_ms }) in &report.timings {
        let _ = writeln!(table, "{name:<14} {requests:>9} {total_ms:>11.1} {longest_ms:>11.1}");
    }
    table
}

fn finish(report: &Report, file: Option<&std::path::Path>, quiet: bool) -> Result<()> {
    if !quiet {
        let mib = report.peak_linear_memory_bytes.div_ceil(BYTES_PER_MIB as u64);
        eprintln!(
            "peak guest memory: {mib} MiB; {} requests, {} instances",
            report.requests, report.instances
        );
        eprint!("{}", timings(report));
    }
    if let Some(file) = file {
        let text = serde_json::to_string_pretty(report).context("the report cannot be written as JSON")?;
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}
