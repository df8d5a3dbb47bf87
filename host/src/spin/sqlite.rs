//! `spin:sqlite`: named databases, each a file in the state folder.
//!
//! As on Spin, a connection opens its file with its first statement, statements of one connection run one after
//! another, files cannot be attached, and nothing is set on the database that a component did not set.

mod connection;
mod host;

pub use connection::Connection;
