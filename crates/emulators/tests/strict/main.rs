//! What the emulators promise: they refuse what the real services refuse, work honestly, fail on demand and remember.

#[path = "../common/mod.rs"]
mod common;
mod faults;
mod mistral;
mod openrouter;
mod pinecone;
mod pinecone_records;
mod voyage;
