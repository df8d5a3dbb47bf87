//! The local stores: what `object-store-sqlite`, `record-store-sqlite` and `vector-index-sqlite` do, over any SQLite.
//!
//! Everything here goes through [`Database`], one statement at a time. A caller may drop any future between two statements (a
//! request is cancelled), other instances and processes use the same file, and the host may be killed at any moment. So no change spans
//! statements: each takes effect in one, and what an abandoned call leaves behind is invisible and swept later.

mod cursor;
pub mod database;
mod error;
pub mod filter;
pub mod objects;
pub mod records;
mod schema;
pub mod vectors;

pub use database::{Database, DatabaseError, Value};
pub use error::{Error, ErrorKind, Result};
pub use filter::{Filter, Predicate};

/// What a store needs besides its database.
pub trait Environment {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_ms(&self) -> u64;

    /// Unpredictable bytes.
    fn random(&self) -> [u8; 16];
}
