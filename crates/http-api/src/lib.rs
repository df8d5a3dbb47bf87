//! What Serene's HTTP API decides without doing I/O.
//!
//! - [`routes`]: every route, and which one a request means.
//! - [`problem`]: errors as `application/problem+json` (RFC 9457).
//! - [`etag`], [`conditional`], [`range`]: validators, preconditions and byte ranges (RFC 9110, sections 8.8, 13 and 14).
//! - [`idempotency`]: the `Idempotency-Key` header, what makes two requests the same, and which answers are kept.
//! - [`origin`]: under which address clients reach the API.
//! - [`content_disposition`]: names and rules for downloads (RFC 6266, RFC 8187).
//! - [`event_stream`]: progress as server-sent events.
//! - [`protection`]: what every answer tells browsers.
//! - [`server_timing`]: the `Server-Timing` header (W3C Server Timing).
//! - [`trace_context`]: the `traceparent` header (W3C Trace Context).
//!
//! Everything here is a function of its arguments: no I/O, no clock, no randomness.

#![forbid(unsafe_code)]

pub mod conditional;
pub mod content_disposition;
pub mod etag;
pub mod event_stream;
pub mod idempotency;
pub mod origin;
pub mod problem;
pub mod protection;
pub mod range;
pub mod routes;
pub mod server_timing;

pub use trace_context;

/// The API's description: OpenAPI 3.1, JSON text.
pub const OPENAPI: &str = include_str!("../openapi.json");
