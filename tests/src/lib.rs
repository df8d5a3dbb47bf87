//! What the end-to-end tests share: the `serene` command as a process, and HTTP to it.

pub mod documents;
mod http;
mod server;
pub mod stages;

pub use http::{Answer, request};
pub use server::{Server, workspace};
