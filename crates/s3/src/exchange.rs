//! Signed requests, and the healing of a wrong region and a wrong clock.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderMap, Method, Request, Response};
use sha2::{Digest, Sha256};
use sigv4::{Payload, Signer};
use upstream::{
    Attempt, Call, Download, Error, ErrorKind, Platform, Policy, Received, RequestBody, Upstream, Verdict,
};

use crate::Config;
use crate::refusal::{self, Refusal, Remedy};

/// Patience: one part of 8 MiB takes seconds on a slow line; completing a large upload takes S3 minutes.
const POLICY: Policy = Policy {
    tries: 4,
    try_timeout: Duration::from_secs(120),
    max_answer_bytes: 4 * 1024 * 1024,
    ..Policy::new("S3")
};

/// Keeps objects in one bucket.
pub struct S3<P> {
    pub(crate) config: Config,
    pub(crate) upstream: Upstream<P>,
    /// For the region the bucket was last found in.
    signer: RefCell<Rc<Signer>>,
    /// How far S3's clock is ahead of this machine's, in milliseconds.
    clock_offset: Cell<i64>,
}

/// A request before it is signed.
pub(crate) struct Operation<'a> {
    pub(crate) method: Method,
    pub(crate) key: Option<&'a str>,
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl<'a> Operation<'a> {
    /// One without headers and body.
    pub(crate) fn new(method: Method, key: Option<&'a str>, query: &'a [(&'a str, &'a str)]) -> Self {
        Self { method, key, query, headers: HeaderMap::new(), body: Bytes::new() }
    }
}

/// What was healed in a call already: each only once.
#[derive(Default)]
struct Healed {
    region: Cell<bool>,
    clock: Cell<bool>,
    digest: Cell<bool>,
}

impl<P: Platform> S3<P> {
    /// A client for a bucket.
    pub fn new(platform: Rc<P>, config: Config) -> Self {
        let signer = Signer::s3(config.credentials.clone(), &config.region);
        let upstream = Upstream::new(platform, POLICY, config.secrets());
        Self { config, upstream, signer: RefCell::new(Rc::new(signer)), clock_offset: Cell::new(0) }
    }

    /// What it was made with.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn signer(&self) -> Rc<Signer> {
        Rc::clone(&self.signer.borrow())
    }

    /// S3's time, as far as it is known, in milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> u64 {
        self.by_s3s_clock(self.upstream.platform().unix_time())
    }

    fn by_s3s_clock(&self, unix_time: Duration) -> u64 {
        let ours = u64::try_from(unix_time.as_millis()).unwrap_or(u64::MAX);
        ours.saturating_add_signed(self.clock_offset.get())
    }

    /// Sends a request; `read` says what a success means.
    pub(crate) async fn send<T>(
        &self,
        call: &Call,
        operation: &Operation<'_>,
        mut read: impl FnMut(Received) -> Verdict<T>,
    ) -> Result<T, Error> {
        let healed = Healed::default();
        let hash = hex::encode(Sha256::digest(&operation.body));
        loop {
            let sent = self.upstream.send(
                call,
                |attempt| self.request(operation, &hash, attempt),
                |answer| {
                    if answer.status.is_success() {
                        read(answer)
                    } else {
                        self.judge(refusal::read(&answer, operation.method == Method::HEAD), &healed)
                    }
                },
            );
            match sent.await {
                Err(error) if self.lost(&error, &healed) => self.find_region(call, &healed, error).await?,
                result => return result,
            }
        }
    }

    /// Sends a request whose success is a file.
    pub(crate) async fn open(
        &self,
        call: &Call,
        operation: &Operation<'_>,
    ) -> Result<Response<Download<P>>, Error> {
        let healed = Healed::default();
        let hash = hex::encode(Sha256::digest(&operation.body));
        loop {
            let opened = self.upstream.open(
                call,
                |attempt| self.request(operation, &hash, attempt),
                |answer| self.judge(refusal::read(&answer, false), &healed),
            );
            match opened.await {
                Err(error) if self.lost(&error, &healed) => self.find_region(call, &healed, error).await?,
                result => return result,
            }
        }
    }

    /// Ends work that waits for somebody else when the call's time is over.
    pub(crate) async fn in_time<T>(
        &self,
        call: &Call,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let platform = self.upstream.platform();
        match select(pin!(work), pin!(platform.sleep(call.time_left(&**platform)))).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => Err(Error::new(
                ErrorKind::TimedOut,
                "The time for the write ran out before all of its bytes had come. Give it more time.",
            )),
        }
    }

    fn request(
        &self,
        operation: &Operation<'_>,
        hash: &str,
        attempt: Attempt,
    ) -> Result<Request<RequestBody>, Error> {
        let signer = self.signer();
        let uri = self.config.uri(signer.region(), operation.key, operation.query)?;
        let mut headers = operation.headers.clone();
        let seconds = self.by_s3s_clock(attempt.unix_time) / 1000;
        signer
            .sign(&operation.method, &uri, &mut headers, Payload::Sha256(hash), seconds)
            .map_err(|error| Error::failed(format!("The request could not be signed: {error}.")))?;
        let mut request = Request::new(RequestBody::from(operation.body.clone()));
        *request.method_mut() = operation.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }

    /// What a refusal means for the call, after healing what can be healed.
    pub(crate) fn judge_refusal<T>(&self, refusal: Refusal) -> Verdict<T> {
        self.judge(refusal, &Healed::default())
    }

    fn judge<T>(&self, refusal: Refusal, healed: &Healed) -> Verdict<T> {
        let Refusal { error, remedy } = refusal;
        match remedy {
            Remedy::Wait => Verdict::Retry(error),
            Remedy::Resend if !healed.digest.replace(true) => Verdict::Again(error),
            Remedy::Region(Some(region)) if !healed.region.replace(true) && self.move_to(&region) => {
                Verdict::Again(error)
            }
            Remedy::Clock(Some(server_ms)) if !healed.clock.replace(true) => {
                let unix_time = self.upstream.platform().unix_time();
                self.clock_offset.set(Refusal::clock_offset(server_ms, unix_time));
                Verdict::Again(error)
            }
            _ => Verdict::Fail(error),
        }
    }

    /// Signs for another region from now on; `false` when it is the one already, or no region's name.
    fn move_to(&self, region: &str) -> bool {
        let is_region = !region.is_empty()
            && region.len() <= 64
            && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_region || region == self.signer().region() {
            return false;
        }
        *self.signer.borrow_mut() = Rc::new(Signer::s3(self.config.credentials.clone(), region));
        true
    }

    /// Whether the bucket is elsewhere, S3 did not say where, and nobody has asked yet.
    fn lost(&self, error: &Error, healed: &Healed) -> bool {
        error.extra("variable") == Some(crate::config::REGION)
            && error.extra("region").is_none()
            && !healed.region.get()
    }

    /// Asks the bucket itself where it is: its answer names the region even when it refuses.
    async fn find_region(&self, call: &Call, healed: &Healed, error: Error) -> Result<(), Error> {
        healed.region.set(true);
        let operation = Operation::new(Method::HEAD, None, &[]);
        let hash = hex::encode(Sha256::digest(b""));
        let region = self.upstream.send(
            call,
            |attempt| self.request(&operation, &hash, attempt),
            |answer| Verdict::Done(answer.header("x-amz-bucket-region").map(ToOwned::to_owned)),
        );
        match region.await {
            Ok(Some(region)) if self.move_to(&region) => Ok(()),
            _ => Err(error),
        }
    }
}
