//! What a migration of old paths promises: over stages in memory, also when any call fails, when the process dies at any call, and when two run at once.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops there")]

mod before;
mod crashes;
mod forms;
mod refusals;
mod world;
