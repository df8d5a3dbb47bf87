//! One exchange with S3: signed, judged, and healed where the client itself was wrong.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use sha2::{Digest, Sha256};
use sigv4::{Payload, Signer};
use upstream::{
    Call, Download, Error, ErrorKind, Platform, Policy, Received, RequestBody, Upstream, Verdict,
};

use crate::config::{REGION, is_region};
use crate::refusal::{Refusal, Repeat};
use crate::{Config, Operation};

/// Patience for questions and small answers.
const QUICK: Policy = Policy { tries: 4, try_timeout: Duration::from_secs(20), ..Policy::new("S3") };
/// Patience for parts.
const BULK: Policy = Policy { tries: 5, try_timeout: Duration::from_secs(120), ..Policy::new("S3") };
/// Patience for S3 putting parts together, which takes minutes for a large object: as long as the call has.
const WHOLE: Policy = Policy { try_timeout: Duration::MAX, ..BULK };

/// Talks to one bucket. Keep it from call to call: it learns the bucket's region and the server's clock, and stops repeating calls when the server is down.
pub struct Client<P> {
    config: Config,
    quick: Upstream<P>,
    bulk: Upstream<P>,
    whole: Upstream<P>,
    signer: RefCell<Rc<Signer>>,
    /// Seconds to add to the platform's clock to have the server's.
    skew: Cell<i64>,
}

/// A request to be made, as often as needed.
#[derive(Clone)]
pub(crate) struct Ask<'a> {
    operation: Operation,
    key: Option<&'a str>,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) headers: HeaderMap,
    body: Bytes,
    sha256: Option<String>,
}

impl<'a> Ask<'a> {
    pub(crate) fn of_key(operation: Operation, key: &'a str) -> Self {
        Self { key: Some(key), ..Self::of_bucket(operation) }
    }

    pub(crate) fn of_bucket(operation: Operation) -> Self {
        let (query, headers, body) = (Vec::new(), HeaderMap::new(), Bytes::new());
        Self { operation, key: None, query, headers, body, sha256: None }
    }

    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// A value that is no header's is left out: what callers give was checked before.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Returns the SHA-256 of the body, too.
    pub(crate) fn body(mut self, body: Bytes) -> (Self, [u8; 32]) {
        let sha256: [u8; 32] = Sha256::digest(&body).into();
        self.sha256 = Some(hex::encode(sha256));
        self.body = body;
        (self, sha256)
    }
}

/// What was healed in the course of one exchange: each thing once, so that nothing goes round in circles.
#[derive(Default)]
pub(crate) struct Healing {
    region: Cell<bool>,
    clock: Cell<bool>,
    repeated_once: Cell<bool>,
    region_unknown: Cell<bool>,
}

impl<P: Platform> Client<P> {
    /// A client for what `config` says.
    pub fn new(platform: Rc<P>, config: Config) -> Self {
        let signer = Signer::s3(config.credentials.clone(), config.region.clone());
        let address_variable = Some(config.address_variable());
        let upstream = |policy| {
            let policy = Policy { address_variable, ..policy };
            Upstream::new(Rc::clone(&platform), policy, config.secrets.clone())
        };
        Self {
            quick: upstream(QUICK),
            bulk: upstream(BULK),
            whole: upstream(WHOLE),
            signer: RefCell::new(Rc::new(signer)),
            skew: Cell::new(0),
            config,
        }
    }

    /// What it was made for.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) const fn platform(&self) -> &Rc<P> {
        self.quick.platform()
    }

    pub(crate) fn signer(&self) -> Rc<Signer> {
        Rc::clone(&self.signer.borrow())
    }

    /// The server's clock, in seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.platform().unix_time().as_secs().saturating_add_signed(self.skew.get())
    }

    /// For questions and small answers.
    pub(crate) async fn ask<T>(
        &self,
        call: &Call,
        ask: &Ask<'_>,
        accept: impl Fn(Received) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let accept = |received, _: &Healing| match accept(received) {
            Ok(value) => Verdict::Done(value),
            Err(error) => Verdict::Fail(error),
        };
        self.exchange(&self.quick, call, ask, accept).await
    }

    /// For parts of objects.
    pub(crate) async fn ask_bulk<T>(
        &self,
        call: &Call,
        ask: &Ask<'_>,
        accept: impl Fn(Received, &Healing) -> Verdict<T>,
    ) -> Result<T, Error> {
        self.exchange(&self.bulk, call, ask, accept).await
    }

    /// For an object to be made of its parts.
    pub(crate) async fn ask_whole<T>(
        &self,
        call: &Call,
        ask: &Ask<'_>,
        accept: impl Fn(Received, &Healing) -> Verdict<T>,
    ) -> Result<T, Error> {
        self.exchange(&self.whole, call, ask, accept).await
    }

    async fn exchange<T>(
        &self,
        upstream: &Upstream<P>,
        call: &Call,
        ask: &Ask<'_>,
        accept: impl Fn(Received, &Healing) -> Verdict<T>,
    ) -> Result<T, Error> {
        let run = async |healing: &Healing| {
            let judge = |received: Received| match received.status.is_success() {
                true => accept(received, healing),
                false => self.refuse(healing, ask, &received),
            };
            upstream.send(call, |_| self.request(ask), judge).await
        };
        self.healed(call, run).await
    }

    /// For a file on its way in.
    pub(crate) async fn open(&self, call: &Call, ask: &Ask<'_>) -> Result<Response<Download<P>>, Error> {
        let run = async |healing: &Healing| {
            let judge = |received: Received| self.refuse(healing, ask, &received);
            self.quick.open(call, |_| self.request(ask), judge).await
        };
        self.healed(call, run).await
    }

    /// What an operator should set, as far as S3's answers have shown it by now: the region that the bucket turned out to be in. Until then, signed URLs name
    /// the wrong one.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        let (found, set) = (self.region(), self.config.region());
        let bucket = self.config.bucket();
        (found != set).then(|| {
            format!(
                "The bucket {bucket} is in {found}, while aws_region says {set}. Set aws_region to {found}."
            )
        })
    }

    /// Runs an exchange, and once more when only asking for the bucket showed its region.
    async fn healed<T>(
        &self,
        call: &Call,
        run: impl AsyncFn(&Healing) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let healing = Healing::default();
        let result = match run(&healing).await {
            Err(error) if healing.region_unknown.replace(false) => {
                if self.find_region(call).await {
                    run(&healing).await
                } else {
                    Err(error)
                }
            }
            result => result,
        };
        result.map_err(|error| self.explain(error))
    }

    /// A healed region has a host of its own, which a manifest that was written for the region set does not allow.
    fn explain(&self, mut error: Error) -> Error {
        let forbidden = error.kind == ErrorKind::Misconfigured && error.status.is_none();
        let Some((host, advice)) = error.extra("host").filter(|_| forbidden).zip(self.advice()) else {
            return error;
        };
        error.message = format!("This component may not call {host}. {advice}");
        error.with("variable", REGION).with("region", self.region())
    }

    fn request(&self, ask: &Ask<'_>) -> Result<Request<RequestBody>, Error> {
        let signer = self.signer();
        let uri = self.uri(&signer, ask.key, &ask.query)?;
        let method = ask.operation.method();
        let mut headers = ask.headers.clone();
        let payload = ask.sha256.as_deref().map_or(Payload::Empty, Payload::Sha256);
        signer
            .sign(&method, &uri, &mut headers, payload, self.now())
            .map_err(|error| Error::failed(format!("The request to S3 cannot be signed: {error}.")))?;
        let mut request = Request::new(RequestBody::Bytes(ask.body.clone()));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }

    pub(crate) fn uri(
        &self,
        signer: &Signer,
        key: Option<&str>,
        query: &[(&str, String)],
    ) -> Result<http::Uri, Error> {
        self.config.endpoint.uri(&self.config.bucket, signer.region(), key, query)
    }

    /// What an answer means that says no.
    pub(crate) fn refuse<T>(&self, healing: &Healing, ask: &Ask<'_>, received: &Received) -> Verdict<T> {
        let refusal = Refusal::read(received);
        let (error, repeat) = refusal.judge(ask.operation, &self.config.bucket, ask.key);
        if refusal.is_wrong_region(ask.operation) && !healing.region.get() {
            match &refusal.region {
                Some(region) if self.use_region(region) => {
                    healing.region.set(true);
                    return Verdict::Again(error);
                }
                // The region is the one signed for: something else is wrong.
                Some(_) => {}
                None => {
                    healing.region.set(true);
                    healing.region_unknown.set(true);
                    return Verdict::Fail(error);
                }
            }
        }
        if refusal.is_wrong_clock(Duration::from_secs(self.now())) && !healing.clock.replace(true) {
            let local = self.platform().unix_time().as_secs();
            if let Some(server) = refusal.server_time {
                let skew = server.as_secs().checked_signed_diff(local);
                self.skew.set(skew.unwrap_or(0));
                return Verdict::Again(error);
            }
        }
        match repeat {
            Repeat::Always => Verdict::Retry(error),
            Repeat::Once if !healing.repeated_once.replace(true) => Verdict::Retry(error),
            Repeat::Once | Repeat::Never => Verdict::Fail(error),
        }
    }

    /// The answer to an exchange that went wrong under a status of success, judged as the server's error that it is.
    pub(crate) fn refuse_success<T>(
        &self,
        healing: &Healing,
        ask: &Ask<'_>,
        mut received: Received,
    ) -> Verdict<T> {
        received.status = StatusCode::INTERNAL_SERVER_ERROR;
        self.refuse(healing, ask, &received)
    }

    /// Signs for another region from now on; `false` when it is the one already signed for, or none.
    fn use_region(&self, region: &str) -> bool {
        let news = is_region(region) && region != self.signer.borrow().region();
        if news {
            let signer = Signer::s3(self.config.credentials.clone(), region);
            self.signer.replace(Rc::new(signer));
        }
        news
    }

    /// Asks for the bucket: the answer names its region, even when it is a refusal.
    async fn find_region(&self, call: &Call) -> bool {
        let ask = Ask::of_bucket(Operation::HeadBucket);
        let judge = |received: Received| Verdict::Done(Refusal::read(&received).region);
        let region = self.quick.send(call, |_| self.request(&ask), judge).await;
        region.is_ok_and(|region| region.is_some_and(|region| self.use_region(&region)))
    }
}
