//! The host, run with small guests made for these tests.

#![allow(clippy::unwrap_used, reason = "a test may panic, and so may its helpers")]

mod bench;
mod bounds;
mod command;
mod compose;
mod conformance;
mod http;
mod inherit;
mod manifest;
mod narrow;
mod outbound;
mod stage;
mod storage;
mod support;
mod variables;
