//! An application to ask: one that runs, or one that is started for the while.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, StatusCode};
use serde_json::Value;
use serene::build::{Progress as _, Which, build};
use serene::manifest::App;
use serene::{Host, Options, Running};
use upstream::{Call, Policy, RequestBody, Upstream, Verdict};
use upstream_hyper::Native;
use url::Url;

use super::Manifest;
use super::credential::{Credential, admit};
use super::progress::Terminal;

/// Which application to ask.
#[derive(Args)]
pub(super) struct Target {
    #[command(flatten)]
    manifest: Manifest,
    /// Ask the application at this address instead of starting one
    #[arg(long, value_name = "URL", conflicts_with_all = ["from", "profile", "env_file", "state_dir", "no_build"])]
    url: Option<Url>,
    #[command(flatten)]
    credential: Credential,
    /// A file of variables, one SPIN_VARIABLE_NAME=value a line [default: .env beside the manifest, when
    /// there is one]
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Where databases and compiled code are kept [default: .serene beside the manifest]
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// Start what is there, without building
    #[arg(long)]
    no_build: bool,
}

/// An application that is to be asked.
pub(super) enum Prepared {
    /// One that runs, and what lets in there.
    At(Url, Option<HeaderValue>),
    /// One that is built and not started yet, and what will let in there.
    Built(Box<App>, Box<Options>, HeaderValue),
}

impl Target {
    /// Builds what is to be started.
    pub(super) fn prepare(self) -> Result<Prepared> {
        if let Some(url) = self.url {
            return Ok(Prepared::At(url, self.credential.header()?));
        }
        let app = self.manifest.read()?;
        if !self.no_build {
            build(std::slice::from_ref(&app), Which::Stale, &mut Terminal::new(false))?;
        }
        let mut options = Options {
            profile: self.manifest.profile,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            env_file: self.env_file,
            state_dir: self.state_dir.or_else(|| std::env::var_os("SERENE_STATE_DIR").map(PathBuf::from)),
            ..Options::new(&app.path)
        };
        let credential = admit(&app, &mut options)?;
        Ok(Prepared::Built(Box::new(app), Box::new(options), credential))
    }
}

/// An application that answers.
pub(super) struct Service {
    base: Url,
    upstream: Upstream<Native>,
    credential: Option<HeaderValue>,
    patience: Duration,
    running: Option<Running>,
}

impl Service {
    /// Starts it, unless it runs. `patience`: the longest that one answer may take; `tries`: how often a request may be sent.
    pub(super) async fn open(prepared: Prepared, patience: Duration, tries: u32) -> Result<Self> {
        let (base, credential, running) = match prepared {
            Prepared::At(url, credential) => (url, credential, None),
            Prepared::Built(_, options, credential) => {
                let mut progress = Terminal::new(false);
                progress.step("compose and compile");
                let running = Host::start(*options).await;
                progress.done();
                let running = running?;
                let base = Url::parse(&running.url()).context("the own address is no URL")?;
                (base, Some(credential), Some(running))
            }
        };
        let policy = Policy { tries, try_timeout: patience, ..Policy::new("Serene") };
        let upstream = Upstream::new(Rc::new(Native::new()), policy, Vec::new());
        Ok(Self { base, upstream, credential, patience, running })
    }

    /// Its address.
    pub(super) const fn base(&self) -> &Url {
        &self.base
    }

    /// Sends a request and gives its answer, whatever the status. One that says no for a while, as `passes` knows, is sent again while there are tries.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        passes: fn(StatusCode) -> bool,
    ) -> Result<(StatusCode, String)> {
        let url = self.base.join(path).context("not the address of an application")?;
        let call = Call::starting_now(&**self.upstream.platform(), self.patience, None);
        let body = body.map(Value::to_string);
        let request = |_| {
            let mut request = Request::builder().method(method.clone()).uri(url.as_str());
            if let Some(credential) = &self.credential {
                request = request.header(AUTHORIZATION, credential);
            }
            let body = match &body {
                Some(body) => {
                    request = request.header(CONTENT_TYPE, "application/json");
                    RequestBody::Bytes(body.clone().into())
                }
                None => RequestBody::empty(),
            };
            request
                .body(body)
                .map_err(|_| upstream::Error::invalid("the address is not one that can be asked"))
        };
        let answer = self.upstream.send(&call, request, |answer| {
            if passes(answer.status) {
                Verdict::Retry(upstream::Error::failed(refusal(&self.base, answer.status, &answer.text())))
            } else {
                Verdict::Done((answer.status, answer.text()))
            }
        });
        Ok(answer.await?)
    }

    /// Stops it, when it was started for the while.
    pub(super) async fn close(self) {
        if let Some(running) = self.running {
            running.stop().await;
        }
    }
}

/// What a refusal says, for a person.
pub(super) fn refusal(base: &Url, status: StatusCode, text: &str) -> String {
    let problem: Option<Value> = serde_json::from_str(text).ok();
    let detail = problem.as_ref().and_then(|problem| problem.get("detail")).and_then(Value::as_str);
    let detail = detail.unwrap_or(text);
    let advice = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => " Set SERENE_API_KEY to a key that may do this.",
        _ => "",
    };
    format!("{base} answered {status}: {detail}{advice}")
}
