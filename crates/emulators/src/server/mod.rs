//! What every emulator is: a [`Service`] behind an HTTP server that fails on demand and remembers its calls.

mod arriving;
mod calls;
mod connection;
mod control;
mod faults;
mod listen;
mod outgoing;
pub mod reply;
mod request;
mod respond;

use std::future::Future;

use http::HeaderMap;

pub(crate) use arriving::Arriving;
pub use calls::{Call, Calls, Credential};
pub use faults::{Answer, Effect, Fault, Faults, RetryAfter};
pub(crate) use listen::listen;
pub use listen::{Server, serve};
pub(crate) use outgoing::Outgoing;
pub use reply::Reply;
pub use request::Request;
pub(crate) use respond::Handler;

/// What an emulator does with a request.
pub trait Service: Send + Sync + 'static {
    /// Whether the request carries a key, and a valid one. For the record; refusing is [`answer`](Self::answer)'s business.
    fn credential(&self, headers: &HeaderMap) -> Credential;

    /// The largest body read, in bytes.
    fn max_body_bytes(&self) -> usize;

    /// The answer to a larger one.
    fn too_large(&self) -> Reply;

    /// What [`Effect::Act`] may name: ways in which this service can be told to behave, see [`Request::acts`].
    fn acts(&self) -> &'static [&'static str] {
        &[]
    }

    /// The answer to a request that was read whole.
    fn answer(&self, request: Request) -> impl Future<Output = Reply> + Send;
}

/// Whether an `Authorization` header brings this key as a bearer token.
#[must_use]
pub fn bearer(headers: &HeaderMap, key: &str) -> Credential {
    let Some(value) = headers.get(http::header::AUTHORIZATION) else { return Credential::Missing };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    match token {
        Some("") => Credential::Missing,
        Some(token) if token == key => Credential::Right,
        _ => Credential::Wrong,
    }
}
