//! `serene doctor`

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use serde::Deserialize;
use serene::build::{Progress as _, Which, build};
use serene::{Host, Options};
use upstream::{Call, Policy, RequestBody, Upstream, Verdict};
use upstream_hyper::Native;
use url::Url;

use super::Manifest;
use super::credential::{Credential, admit};
use super::fix::fix;
use super::progress::Terminal;

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
    manifest: Manifest,
    /// Ask the application at this address instead of starting one
    #[arg(long, value_name = "URL", conflicts_with_all = ["from", "profile", "env_file", "no_build"])]
    url: Option<Url>,
    #[command(flatten)]
    credential: Credential,
    /// A file of variables, one SPIN_VARIABLE_NAME=value a line [default: .env beside the manifest, when
    /// there is one]
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Try what is there, without building
    #[arg(long)]
    no_build: bool,
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
        let text = match self.url {
            Some(url) => runtime.block_on(ask(&url, self.credential.header()?)),
            None => {
                let app = self.manifest.read()?;
                if !self.no_build {
                    build(std::slice::from_ref(&app), Which::Stale, &mut Terminal::new(false))?;
                }
                let mut options = Options {
                    profile: self.manifest.profile,
                    listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                    env_file: self.env_file,
                    ..Options::new(&app.path)
                };
                if self.fix {
                    runtime.block_on(fix(&app, &options))?;
                }
                let credential = admit(&app, &mut options)?;
                runtime.block_on(start_and_ask(options, credential))
            }
        };
        runtime.shutdown_background();
        let text = text?;
        let checkup: Checkup =
            serde_json::from_str(&text).context("the answer of /v1/doctor is not a checkup")?;
        let shown = if json { text } else { table(&checkup) };
        writeln!(std::io::stdout(), "{}", shown.trim_end()).context("cannot write to standard output")?;
        Ok(if checkup.healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

async fn start_and_ask(options: Options, credential: HeaderValue) -> Result<String> {
    let mut progress = Terminal::new(false);
    progress.step("compose and compile");
    let running = Host::start(options).await;
    progress.done();
    let running = running?;
    progress.step("try every stage");
    let answer =
        ask(&Url::parse(&running.url()).context("the own address is no URL")?, Some(credential)).await;
    progress.done();
    running.stop().await;
    answer
}

/// The body of `/v1/doctor`: a checkup, whether healthy or not.
async fn ask(base: &Url, credential: Option<HeaderValue>) -> Result<String> {
    let url = base.join("/v1/doctor").context("not the address of an application")?;
    let policy = Policy { tries: 1, try_timeout: PATIENCE, ..Policy::new("Serene") };
    let upstream = Upstream::new(Rc::new(Native::new()), policy, Vec::new());
    let call = Call::starting_now(&**upstream.platform(), PATIENCE, None);
    let request = |_| {
        let mut request = http::Request::get(url.as_str());
        if let Some(credential) = &credential {
            request = request.header(AUTHORIZATION, credential);
        }
        request
            .body(RequestBody::empty())
            .map_err(|_| upstream::Error::invalid("the address is not one that can be asked"))
    };
    let answer = upstream.send(&call, request, |answer| Verdict::Done((answer.status, answer.text())));
    let (status, text) = answer.await?;
    // A checkup that found something comes with 503.
    if !status.is_success() && !text.contains("\"checks\"") {
        bail!("{base} answered {status}: {text}");
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
