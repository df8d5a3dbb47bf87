//! [`upstream::Platform`] for native programs and tests: hyper, rustls with Mozilla's roots, the system's clock.
//!
//! Runs on a tokio runtime of either kind. Requests go out as HTTP/1.1; the path is sent as it stands, as signatures need it.

mod body;
mod fault;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use upstream::{Platform, RequestBody, TransportError};

pub use body::Answer;

/// Requests over hyper, and the system's clock.
#[derive(Clone)]
pub struct Native {
    client: Client<HttpsConnector<HttpConnector>, UnsyncBoxBody<Bytes, body::GivenUp>>,
    started: Instant,
    pace: u32,
}

impl Native {
    /// The usual pace of time.
    #[must_use]
    pub fn new() -> Self {
        Self::at_pace(1)
    }

    /// A clock on which waits and time limits pass this many times as fast: for tests of retries, which would otherwise mostly wait.
    #[must_use]
    pub fn at_pace(pace: u32) -> Self {
        let connector =
            HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { client, started: Instant::now(), pace: pace.max(1) }
    }
}

impl Default for Native {
    fn default() -> Self {
        Self::new()
    }
}

impl Platform for Native {
    type Body = Answer;

    async fn send(&self, request: Request<RequestBody>) -> Result<Response<Answer>, TransportError> {
        let (mut head, body) = request.into_parts();
        if body.length() > 0 || !matches!(head.method, Method::GET | Method::HEAD) {
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.length()));
        }
        let (body, pump) = body::outgoing(body);
        let response = pump.while_running(self.client.request(Request::from_parts(head, body))).await?;
        Ok(response.map(Answer::new))
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed() * self.pace
    }

    fn unix_time(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration / self.pace).await;
    }

    fn random(&self) -> u64 {
        // Without random numbers there is no jitter, and nothing worse.
        getrandom::u64().unwrap_or_default()
    }
}
