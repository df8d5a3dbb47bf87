//! The host, run with small guests made for these tests.

mod bounds;
mod command;
mod compose;
mod http;
mod inherit;
mod manifest;
mod outbound;
mod storage;
mod support;
mod variables;
