//! Reads objects of Supabase Storage through its REST API, `/storage/v1` of a project. There is nothing here that writes or removes.
//!
//! Objects are read from the route for authenticated reads alone: it serves public and private buckets, and refuses a wrong key as such, where the
//! others act as if the bucket were not there. What a project's key may not see is missing, too: use a secret key or the legacy `service_role` key.

#![forbid(unsafe_code)]

mod client;
mod object;
mod refusal;

pub use client::Storage;
pub use object::{Object, ObjectBody};
