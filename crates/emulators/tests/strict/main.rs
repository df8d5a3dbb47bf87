//! What the emulators promise: they refuse what the real services refuse, work honestly, fail on demand and remember.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod faults;
mod mistral;
mod openrouter;
mod pinecone;
mod pinecone_records;
mod proxy;
mod storage;
mod together;
mod voyage;
