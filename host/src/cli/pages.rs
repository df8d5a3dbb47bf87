//! Work that an application does page by page, each asked for with the cursor of the one before.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::progress::Bar;
use super::service::{Service, Target, refusal};

/// The longest that one page may take; the application's own request_timeout_seconds usually ends it first.
const PATIENCE: Duration = Duration::from_secs(3600);
/// How often a page is asked for: repeating one does no harm.
const TRIES: u32 = 5;

/// Some work of an application.
pub(super) struct Pages {
    /// What it is called while it runs.
    pub(super) title: &'static str,
    /// The route that does it.
    pub(super) path: &'static str,
    /// What is asked of the route, without a cursor.
    pub(super) request: Value,
    /// Whether each page is printed as the route answers it, one a line.
    pub(super) json: bool,
}

/// What every page has.
#[derive(Deserialize)]
struct Place {
    progress: f64,
    next_cursor: Option<String>,
}

impl Pages {
    /// Has all of it done. `take` gets each page, and gives what to say of those so far.
    pub(super) fn run<P: DeserializeOwned>(
        self,
        target: Target,
        take: impl FnMut(P) -> String,
    ) -> Result<()> {
        let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
        let prepared = target.prepare()?;
        let done = runtime.block_on(async {
            let service = Service::open(prepared, PATIENCE, TRIES).await?;
            let done = self.ask(&service, take).await;
            service.close().await;
            done
        });
        runtime.shutdown_background();
        done
    }

    async fn ask<P: DeserializeOwned>(
        self,
        service: &Service,
        mut take: impl FnMut(P) -> String,
    ) -> Result<()> {
        let Self { title, path, mut request, json } = self;
        let bar = Bar::new(title, json);
        loop {
            let passes = |status: StatusCode| matches!(status.as_u16(), 429 | 502 | 503 | 504);
            let (status, text) = service.ask(Method::POST, path, Some(&request), passes).await?;
            if !status.is_success() {
                bail!(refusal(service.base(), status, &text));
            }
            let no_page = || format!("the answer of {path} is no page");
            let Place { progress, next_cursor } = serde_json::from_str(&text).with_context(no_page)?;
            let page = serde_json::from_str(&text).with_context(no_page)?;
            if json {
                print(text.trim_end())?;
            }
            bar.set(progress, &take(page));
            match next_cursor {
                Some(next) => request["cursor"] = json!(next),
                None => return Ok(()),
            }
        }
    }
}

/// Prints to standard output.
pub(super) fn print(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{text}").context("cannot write to standard output")
}
