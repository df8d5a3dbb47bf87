//! A platform whose clock moves only when everything waits, and whose provider is a function from request to answer.
#![allow(dead_code, reason = "each test file uses a part")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
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
    pub method: Method,
    pub uri: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Sent {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }
}

/// What the provider does with it.
pub enum Reply {
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    Fault(TransportFault),
    Silence,
}

pub fn answer(status: u16, body: impl ToString) -> Reply {
    Reply::Answer(
        status,
        vec![("content-type", "application/json".to_owned())],
        body.to_string().into_bytes(),
    )
}

type Provider = Box<dyn FnMut(&Sent) -> Reply>;

pub struct World {
    provider: RefCell<Provider>,
    now: Cell<Duration>,
    timers: RefCell<BTreeSet<Duration>>,
    pub sent: RefCell<Vec<Sent>>,
    /// Bytes of the request under way that the provider has taken.
    pub taken: Rc<Cell<u64>>,
}

impl World {
    pub fn new(provider: impl FnMut(&Sent) -> Reply + 'static) -> Rc<Self> {
        Rc::new(Self {
            provider: RefCell::new(Box::new(provider)),
            now: Cell::default(),
            timers: RefCell::default(),
            sent: RefCell::default(),
            taken: Rc::default(),
        })
    }

    pub fn tries(&self) -> usize {
        self.sent.borrow().len()
    }

    pub fn call(&self, seconds: u64) -> Call {
        Call::starting_now(self, Duration::from_secs(seconds), None)
    }

    /// Runs to the end; time passes whenever nothing else happens.
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

pub struct Body(Option<Bytes>);

impl ResponseBody for Body {
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        Ok(self.0.take().filter(|bytes| !bytes.is_empty()))
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
        match reply {
            Reply::Answer(status, headers, body) => {
                let mut response = Response::builder().status(status);
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                Ok(response.body(Body(Some(body.into()))).expect("a valid answer"))
            }
            Reply::Fault(fault) => Err(fault.into()),
            Reply::Silence => pending().await,
        }
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
    }

    fn random(&self) -> u64 {
        u64::MAX / 3
    }
}

/// Everything an error shows.
pub fn shown(error: &Error) -> String {
    format!("{error} {error:?}")
}
