//! A platform for tests: its clock moves only when everything waits, and its provider is a function from request to answer.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, Method, Request, Response};
use upstream::{Call, Error, Platform, RequestBody, ResponseBody, TransportError, TransportFault};

/// A request as the provider saw it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its method.
    pub method: Method,
    /// Where it went.
    pub uri: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its bytes.
    pub body: Vec<u8>,
}

impl Sent {
    /// Its body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }
}

/// What the provider does with a request.
pub enum Reply {
    /// Answers: status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Answers with a status and a body that breaks after these bytes.
    Breaks(u16, Vec<u8>),
    /// Answers with a status, and then never a byte.
    SilentBody(u16),
    /// Does not answer.
    Fault(TransportFault),
    /// Never answers.
    Silence,
}

/// An answer with a JSON body.
#[must_use]
pub fn answer(status: u16, body: impl ToString) -> Reply {
    let headers = vec![("content-type", "application/json".to_owned())];
    Reply::Answer(status, headers, body.to_string().into_bytes())
}

type Provider = Box<dyn FnMut(&Sent) -> Reply>;

/// A platform with one provider at the other end.
pub struct World {
    provider: RefCell<Provider>,
    now: Cell<Duration>,
    timers: RefCell<BTreeSet<Duration>>,
    /// What was sent, in order.
    pub sent: RefCell<Vec<Sent>>,
    /// The sleeps that went to their end.
    pub slept: RefCell<Vec<Duration>>,
    /// Bytes of the request under way that the provider has taken.
    pub taken: Rc<Cell<u64>>,
}

impl World {
    /// A world whose provider does this with each request.
    pub fn new(provider: impl FnMut(&Sent) -> Reply + 'static) -> Rc<Self> {
        Rc::new(Self {
            provider: RefCell::new(Box::new(provider)),
            now: Cell::default(),
            timers: RefCell::default(),
            sent: RefCell::default(),
            slept: RefCell::default(),
            taken: Rc::default(),
        })
    }

    /// A world whose provider replies in this order, and to no further request.
    pub fn replying(replies: impl IntoIterator<Item = Reply>) -> Rc<Self> {
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        Self::new(move |_| replies.pop_front().expect("a reply to every request"))
    }

    /// How many requests were sent.
    #[must_use]
    pub fn tries(&self) -> usize {
        self.sent.borrow().len()
    }

    /// A call that starts now.
    #[must_use]
    pub fn call(&self, seconds: u64) -> Call {
        Call::starting_now(self, Duration::from_secs(seconds), None)
    }

    /// Runs to the end; time passes whenever nothing else happens.
    ///
    /// # Panics
    /// When nothing is left to wait for.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            if let Poll::Ready(result) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return result;
            }
            let next = self.timers.borrow_mut().pop_first().expect("something to wait for");
            self.now.set(next.max(self.now.get()));
        }
    }

    async fn receive(&self, body: RequestBody) -> Result<Vec<u8>, TransportError> {
        let length = body.length();
        let mut received = Vec::new();
        match body {
            RequestBody::Bytes(bytes) => received.extend_from_slice(&bytes),
            RequestBody::Stream { mut bytes, .. } => {
                self.taken.set(0);
                while let Some(piece) = bytes.next().await {
                    let piece =
                        piece.map_err(|e| TransportError { fault: TransportFault::Broken, body: Some(e) })?;
                    received.extend_from_slice(&piece);
                    self.taken.set(received.len() as u64);
                }
            }
        }
        assert_eq!(received.len() as u64, length, "a body has the length it said");
        Ok(received)
    }
}

/// An answer's body.
pub struct Body {
    bytes: Option<Bytes>,
    end: End,
}

/// What comes after the bytes.
enum End {
    Whole,
    Broken,
    Silent,
}

impl ResponseBody for Body {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        match (self.bytes.take().filter(|bytes| !bytes.is_empty()), &self.end) {
            (Some(bytes), _) => Ok(Some(bytes)),
            (None, End::Whole) => Ok(None),
            (None, End::Broken) => Err(TransportFault::Broken.into()),
            (None, End::Silent) => pending().await,
        }
    }
}

impl Platform for World {
    type Body = Body;

    async fn send(&self, request: Request<RequestBody>) -> Result<Response<Body>, TransportError> {
        let (head, body) = request.into_parts();
        let body = self.receive(body).await?;
        let sent = Sent { method: head.method, uri: head.uri.to_string(), headers: head.headers, body };
        let reply = (self.provider.borrow_mut())(&sent);
        self.sent.borrow_mut().push(sent);
        let (status, headers, bytes, end) = match reply {
            Reply::Answer(status, headers, body) => (status, headers, body, End::Whole),
            Reply::Breaks(status, body) => (status, Vec::new(), body, End::Broken),
            Reply::SilentBody(status) => (status, Vec::new(), Vec::new(), End::Silent),
            Reply::Fault(fault) => return Err(fault.into()),
            Reply::Silence => return pending().await,
        };
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        Ok(response.body(Body { bytes: Some(bytes.into()), end }).expect("a valid answer"))
    }

    fn monotonic(&self) -> Duration {
        self.now.get()
    }

    fn unix_time(&self) -> Duration {
        Duration::from_secs(1_800_000_000) + self.now.get()
    }

    async fn sleep(&self, duration: Duration) {
        let until = self.now.get() + duration;
        poll_fn(|_| {
            if self.now.get() >= until {
                return Poll::Ready(());
            }
            self.timers.borrow_mut().insert(until);
            Poll::Pending
        })
        .await;
        self.slept.borrow_mut().push(duration);
    }

    fn random(&self) -> u64 {
        u64::MAX / 3
    }
}

/// Everything an error shows.
#[must_use]
pub fn shown(error: &Error) -> String {
    format!("{error} {error:?}")
}

/// Whether an error shows six characters or more of a secret, wherever it was cut off.
///
/// # Panics
/// When the secret is too short to tell.
#[must_use]
pub fn shows_part_of(error: &Error, secret: &str) -> bool {
    const TELLING: usize = 6;
    assert!(secret.len() >= TELLING, "a secret of that length is not redacted either");
    let shown = shown(error);
    secret.as_bytes().windows(TELLING).any(|part| shown.as_bytes().windows(TELLING).any(|text| text == part))
}
