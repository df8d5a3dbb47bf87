//! What a guest and a native program do differently.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::LocalBoxStream;
use http::{Request, Response};

use crate::Error;

/// Carries requests, and tells time and random numbers.
#[allow(async_fn_in_trait, reason = "guests have one thread: no future needs to be Send")]
pub trait Platform {
    /// An answer's bytes.
    type Body: ResponseBody;

    /// Sends a request and returns when the answer's head is there. Dropping the future, or the answer's body, ends the exchange. The path and query go out exactly as
    /// the URI holds them; `Host` comes from the URI; `Content-Length` from the body's length. No redirect is followed.
    async fn send(&self, request: Request<RequestBody>) -> Result<Response<Self::Body>, TransportError>;

    /// Time since some moment in the past; never goes back.
    fn monotonic(&self) -> Duration;

    /// Time since 1970-01-01T00:00:00Z by the system's clock.
    fn unix_time(&self) -> Duration;

    /// Returns when this time has passed.
    async fn sleep(&self, duration: Duration);

    /// A random number, good enough to spread load and to name spans.
    fn random(&self) -> u64;
}

impl<P: Platform> Platform for Rc<P> {
    type Body = P::Body;

    async fn send(&self, request: Request<RequestBody>) -> Result<Response<P::Body>, TransportError> {
        P::send(self, request).await
    }

    fn monotonic(&self) -> Duration {
        P::monotonic(self)
    }

    fn unix_time(&self) -> Duration {
        P::unix_time(self)
    }

    async fn sleep(&self, duration: Duration) {
        P::sleep(self, duration).await;
    }

    fn random(&self) -> u64 {
        P::random(self)
    }
}

/// An answer's bytes on their way in.
#[allow(async_fn_in_trait, reason = "guests have one thread: no future needs to be Send")]
pub trait ResponseBody {
    /// The next bytes, at least one; `None` at the end of a whole body. A body that ends early is an error.
    async fn chunk(&mut self) -> Result<Option<Bytes>, TransportError>;
}

/// A request's bytes.
pub enum RequestBody {
    /// Bytes in memory: can be sent again.
    Bytes(Bytes),
    /// Bytes on their way in: can be sent once. An error in the stream ends the exchange, and the call fails with it.
    Stream {
        /// How many bytes will come.
        length: u64,
        /// The bytes.
        bytes: LocalBoxStream<'static, Result<Bytes, Error>>,
    },
}

impl RequestBody {
    /// No bytes.
    #[must_use]
    pub const fn empty() -> Self {
        Self::Bytes(Bytes::new())
    }

    /// How many bytes there are.
    #[must_use]
    pub const fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stream { length, .. } => *length,
        }
    }

    /// Whether it can be sent again.
    #[must_use]
    pub const fn is_replayable(&self) -> bool {
        matches!(self, Self::Bytes(_))
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.length())
    }
}

impl<B: Into<Bytes>> From<B> for RequestBody {
    fn from(bytes: B) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// Why an exchange ended without a whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportFault {
    /// The runtime does not let this component call that host: the manifest must grant it.
    NotPermitted,
    /// The host's name has no address.
    NoSuchHost,
    /// Nobody answers at the address.
    Refused,
    /// No secure connection: the certificate or the protocol.
    Tls,
    /// The connection broke, before or in the middle of the answer.
    Broken,
    /// The transport's own time limit.
    TimedOut,
    /// What came is no HTTP.
    NotHttp,
    /// The request itself cannot be sent, such as a header that is not allowed.
    BadRequest,
}

/// An exchange that ended without a whole answer.
#[derive(Clone, Debug)]
pub struct TransportError {
    /// Why.
    pub fault: TransportFault,
    /// The error of the request's own body stream, when that ended the exchange.
    pub body: Option<Error>,
}

impl From<TransportFault> for TransportError {
    fn from(fault: TransportFault) -> Self {
        Self { fault, body: None }
    }
}
