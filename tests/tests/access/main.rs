//! Who may do what: every route by every caller, and what a refusal tells.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod local;
mod matrix;
mod paths;
mod tokens;
