//! `serene doctor`

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use http::Method;
use serde::Deserialize;
use serene::build::Progress as _;

use super::fix::fix;
use super::progress::Terminal;
use super::service::{Prepared, Service, Target, refusal};

/// The longest a checkup may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// The width of a finding before it goes on in the next line.
const FINDING_COLUMNS: usize = 90;

/// Tries every stage with a real round trip and says what is wrong and how to mend it.
///
/// Starts the application for itself, or asks one that runs. What is stored for the trial is removed again. One text is embedded, one page
/// extracted, one short answer generated: providers may bill it. Fails when a stage does not work.
#[derive(Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    target: Target,
    /// First make what is missing and can be made: the bucket of S3, and versions of what it keeps
    #[arg(long, conflicts_with = "url")]
    fix: bool,
    /// Print JSON, as GET /v1/doctor answers
    #[arg(long)]
    json: bool,
}

/// What `GET /v1/doctor` answers.
#[derive(Deserialize)]
struct Checkup {
    healthy: bool,
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    stage: String,
    check: String,
    millis: u64,
    ok: bool,
    finding: String,
}

impl Doctor {
    pub(super) fn run(self) -> Result<ExitCode> {
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        let json = self.json;
        let prepared = self.target.prepare()?;
        if self.fix
            && let Prepared::Built(app, options, _) = &prepared
        {
            runtime.block_on(fix(app, options))?;
        }
        let text = runtime.block_on(async {
            let service = Service::open(prepared, PATIENCE, 1).await?;
            let mut progress = Terminal::new(false);
            progress.step("try every stage");
            let answer = ask(&service).await;
            progress.done();
            service.close().await;
            answer
        });
        runtime.shutdown_background();
        let text = text?;
        let checkup: Checkup =
            serde_json::from_str(&text).context("the answer of /v1/doctor is not a checkup")?;
        let shown = if json { text } else { table(&checkup) };
        writeln!(std::io::stdout(), "{}", shown.trim_end()).context("cannot write to standard output")?;
        Ok(if checkup.healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// The body of `/v1/doctor`: a checkup, whether healthy or not.
async fn ask(service: &Service) -> Result<String> {
    let (status, text) = service.ask(Method::GET, "/v1/doctor", None, |_| false).await?;
    // A checkup that found something comes with 503.
    if !status.is_success() && !text.contains("\"checks\"") {
        bail!(refusal(service.base(), status, &text));
    }
    Ok(text)
}

fn table(checkup: &Checkup) -> String {
    let mut text = String::new();
    let mut stage = "";
    for check in &checkup.checks {
        let name = if check.stage == stage { "" } else { check.stage.as_str() };
        stage = check.stage.as_str();
        let mark = if check.ok { "ok  " } else { "FAIL" };
        let mut lines = wrap(&check.finding).into_iter();
        let first = lines.next().unwrap_or_default();
        let _ = writeln!(text, "{name:<13} {mark} {:<14} {:>6} ms  {first}", check.check, check.millis);
        for line in lines {
            let _ = writeln!(text, "{:<46}{line}", "");
        }
    }
    let failed = checkup.checks.iter().filter(|check| !check.ok).count();
    let verdict = match (checkup.healthy, failed) {
        (true, _) => format!("Every stage works: {} checks.", checkup.checks.len()),
        (false, 1) => "1 check failed.".to_owned(),
        (false, n) => format!("{n} checks failed."),
    };
    let _ = writeln!(text, "\n{verdict}");
    text
}

/// A text in lines of at most [`FINDING_COLUMNS`], broken between words.
fn wrap(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        if let Some(line) = lines.last_mut() {
            let room = line.is_empty() || line.chars().count() + 1 + word.chars().count() <= FINDING_COLUMNS;
            if room {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
                continue;
            }
        }
        lines.push(word.to_owned());
    }
    lines
}
