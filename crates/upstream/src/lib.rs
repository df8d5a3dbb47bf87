//! What every stage needs that calls a provider over HTTP, whatever carries the requests: a guest of Spin or a native program.
//!
//! - [`Platform`]: what carries requests and tells the time; the only thing that differs between a guest and a native program.
//! - [`Upstream`]: sends a request within a [`Call`]'s time, tries again where the provider's own rule ([`Verdict`]) and the [`Policy`] allow, reads
//!   answers up to a limit, and takes every [`Secret`] out of what it reports.
//! - [`Words`]: what a provider says of a failure, made fit for a message.
//! - [`Error`]: how a call fails: the cases of `serene:types/error`.
//!
//! Nothing here follows redirects or keeps state of a call. Futures are not `Send`: guests have one thread.

mod address;
mod backoff;
mod budget;
mod call;
mod download;
mod error;
mod place;
mod platform;
mod policy;
mod received;
mod retry_after;
mod secret;
mod send;
mod timing;
mod words;

pub use address::address;
pub use call::Call;
pub use download::Download;
pub use error::{Error, ErrorKind};
pub use platform::{Platform, RequestBody, ResponseBody, TransportError, TransportFault};
pub use policy::Policy;
pub use received::Received;
pub use retry_after::retry_after;
pub use secret::{REDACTED, Secret};
pub use send::{Attempt, Upstream, Verdict};
pub use words::Words;
