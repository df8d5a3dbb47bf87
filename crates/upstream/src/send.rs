//! One call: tries, verdicts, waits.

use std::rc::Rc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::response::Parts;
use http::{Request, Response, Uri};
use trace_context::TRACEPARENT;

use crate::backoff::backoff;
use crate::budget::Budget;
use crate::place::Place;
use crate::secret::redact;
use crate::timing::within;
use crate::{
    Call, Download, Error, ErrorKind, Platform, Policy, Received, RequestBody, ResponseBody, Secret,
    TransportError, TransportFault, retry_after,
};

/// The most that is read of an answer that refuses a download.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// Which try a request is made for.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// The time, for signing.
    pub unix_time: Duration,
}

/// What a provider's answer means. The provider's client decides; [`Upstream`] acts.
#[derive(Debug)]
pub enum Verdict<T> {
    /// The answer wanted.
    Done(T),
    /// A failure that passes: try again after a wait (`Retry-After` is read from the answer, a longer one from the error), while tries, time and budget last.
    Retry(Error),
    /// A failure that the client has just healed (another region, a corrected clock): try again at once. Counts as a try.
    Again(Error),
    /// A failure that no repeat mends.
    Fail(Error),
}

/// Sends requests to one provider.
#[derive(Debug)]
pub struct Upstream<P> {
    platform: Rc<P>,
    policy: Policy,
    secrets: Rc<[Secret]>,
    budget: Rc<Budget>,
}

/// What came of a try.
enum Outcome<T> {
    Judged(Verdict<T>, Option<Duration>),
    Transport(TransportError),
    TimedOut,
}

impl<P: Platform> Upstream<P> {
    /// Sends over `platform` by `policy`. No error shows one of the `secrets`, wherever the provider's answer may repeat it.
    pub fn new(platform: Rc<P>, policy: Policy, secrets: Vec<Secret>) -> Self {
        Self { platform, policy, secrets: secrets.into(), budget: Rc::new(Budget::new()) }
    }

    /// One that sends to the same provider by another policy, and shares the budget of repeats: what is down for one is down for both.
    #[must_use]
    pub fn with_policy(&self, policy: Policy) -> Self {
        Self {
            platform: Rc::clone(&self.platform),
            policy,
            secrets: Rc::clone(&self.secrets),
            budget: Rc::clone(&self.budget),
        }
    }

    /// One that hides one more secret, such as a user's token, and shares the budget of repeats.
    #[must_use]
    pub fn with_secret(&self, secret: Secret) -> Self {
        let secrets = self.secrets.iter().cloned().chain([secret]).collect();
        Self { secrets, ..self.with_policy(self.policy.clone()) }
    }

    /// What carries the requests.
    pub const fn platform(&self) -> &Rc<P> {
        &self.platform
    }

    /// How patient it is.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Sends a request, anew for each try, and reads the whole answer, up to the policy's limit. `judge` says what each answer means.
    ///
    /// # Errors
    /// The last verdict's error, with how often it was `tries`; those of the transport; `timed-out` when the call's time is over.
    pub async fn send<T>(
        &self,
        call: &Call,
        request: impl FnMut(Attempt) -> Result<Request<RequestBody>, Error>,
        mut judge: impl FnMut(Received) -> Verdict<T>,
    ) -> Result<T, Error> {
        self.repeat(call, request, async |response: Response<P::Body>, _| {
            let (head, body) = response.into_parts();
            let body = self.read(body, self.policy.max_answer_bytes).await?;
            Ok(match body {
                Some(body) => judge(self.received(head, body)),
                None => Verdict::Fail(
                    Error::failed(format!(
                        "{} answered with more than {} bytes.",
                        self.policy.provider, self.policy.max_answer_bytes
                    ))
                    .with_status(head.status),
                ),
            })
        })
        .await
    }

    /// Sends a request whose successful answer is a file: returns its head and its bytes on their way in. `judge` sees only answers
    /// whose status is no success, with up to 64 KiB of their text.
    ///
    /// # Errors
    /// As [`Upstream::send`].
    pub async fn open(
        &self,
        call: &Call,
        request: impl FnMut(Attempt) -> Result<Request<RequestBody>, Error>,
        mut judge: impl FnMut(Received) -> Verdict<Response<Download<P>>>,
    ) -> Result<Response<Download<P>>, Error> {
        self.repeat(call, request, async |response: Response<P::Body>, uri: &Uri| {
            if response.status().is_success() {
                return Ok(Verdict::Done(response.map(|body| Download {
                    platform: Rc::clone(&self.platform),
                    body,
                    place: Place::of(&self.policy, uri),
                    idle_timeout: self.policy.idle_timeout,
                    deadline: self.platform.monotonic().saturating_add(call.time_left(&*self.platform)),
                })));
            }
            let (head, body) = response.into_parts();
            let body = self.read(body, MAX_REFUSAL_BYTES).await?.unwrap_or_default();
            Ok(judge(self.received(head, body)))
        })
        .await
    }

    async fn repeat<T>(
        &self,
        call: &Call,
        mut request: impl FnMut(Attempt) -> Result<Request<RequestBody>, Error>,
        mut receive: impl AsyncFnMut(Response<P::Body>, &Uri) -> Result<Verdict<T>, TransportError>,
    ) -> Result<T, Error> {
        let mut attempt = 0;
        let mut repeats = 0;
        loop {
            attempt += 1;
            let unix_time = self.platform.unix_time();
            let mut request = request(Attempt { number: attempt, unix_time })?;
            if let Some(span) = call.child_span(&*self.platform) {
                request.headers_mut().insert(TRACEPARENT, span.to_header());
            }
            let uri = request.uri().clone();
            let replayable = request.body().is_replayable();
            let left = call.time_left(&*self.platform);
            let try_timeout = self.policy.try_timeout.min(left);
            let outcome = within(&*self.platform, try_timeout, async {
                let response = self.platform.send(request).await?;
                let asked = retry_after(response.headers(), self.platform.unix_time());
                Ok((receive(response, &uri).await?, asked))
            });
            let outcome = match outcome.await {
                Some(Ok((verdict, asked))) => Outcome::Judged(verdict, asked),
                Some(Err(error)) => Outcome::Transport(error),
                None => Outcome::TimedOut,
            };
            let (error, wait, again) = match outcome {
                Outcome::Judged(Verdict::Done(value), _) => {
                    self.budget.earn(repeats);
                    return Ok(value);
                }
                Outcome::Judged(Verdict::Fail(error), asked) => {
                    return Err(self.finish(or_asked(error, asked).0, attempt));
                }
                Outcome::Judged(Verdict::Again(error), _) => (error, Duration::ZERO, true),
                Outcome::Judged(Verdict::Retry(error), asked) => {
                    let (error, asked) = or_asked(error, asked);
                    let jitter = backoff(&self.policy, attempt, self.platform.random());
                    let wait = asked.map_or(jitter, |asked| asked.saturating_add(jitter / 4));
                    (error, wait, true)
                }
                Outcome::Transport(TransportError { body: Some(error), .. }) => {
                    return Err(self.finish(error, attempt));
                }
                Outcome::Transport(TransportError { fault, .. }) => {
                    let error = Place::of(&self.policy, &uri).fault(fault);
                    let jitter = backoff(&self.policy, attempt, self.platform.random());
                    (error, jitter, self.policy.retry_transport && may_pass(fault))
                }
                Outcome::TimedOut => {
                    let error = Place::of(&self.policy, &uri).fault(TransportFault::TimedOut);
                    (error, Duration::ZERO, self.policy.retry_transport)
                }
            };
            let left = call.time_left(&*self.platform);
            if !again || !replayable || attempt >= self.policy.tries || wait >= left || !self.budget.spend() {
                return Err(self.finish(error, attempt));
            }
            repeats += 1;
            if !wait.is_zero() {
                self.platform.sleep(wait).await;
            }
        }
    }

    /// Reads a whole body; `None` when it is larger than the limit.
    async fn read(&self, mut body: P::Body, limit: usize) -> Result<Option<Bytes>, TransportError> {
        let mut whole = BytesMut::new();
        while let Some(bytes) = body.chunk().await? {
            if whole.len() + bytes.len() > limit {
                return Ok(None);
            }
            whole.extend_from_slice(&bytes);
        }
        Ok(Some(whole.freeze()))
    }

    fn received(&self, head: Parts, body: Bytes) -> Received {
        let secrets = Rc::clone(&self.secrets);
        Received { status: head.status, headers: head.headers, body, secrets }
    }

    fn finish(&self, error: Error, tries: u32) -> Error {
        let mut error = error.with("tries", tries.to_string());
        error.message = redact(&error.message, &self.secrets);
        for (_, value) in &mut error.extras {
            *value = redact(value, &self.secrets);
        }
        error
    }
}

/// Whether an exchange that failed like this may go well the next time.
const fn may_pass(fault: TransportFault) -> bool {
    matches!(fault, TransportFault::Refused | TransportFault::Broken | TransportFault::TimedOut)
}

/// The error, and the wait that the client read from the answer's body, else that its headers ask for. Whatever failed, it is kept; only of what passes by
/// waiting is the caller told.
fn or_asked(mut error: Error, asked: Option<Duration>) -> (Error, Option<Duration>) {
    let asked = error.retry_after.or(asked);
    let passes = matches!(error.kind, ErrorKind::RateLimited | ErrorKind::Unavailable);
    error.retry_after = asked.filter(|_| passes);
    (error, asked)
}
