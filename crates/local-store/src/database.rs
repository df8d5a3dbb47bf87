//! What the stores need of SQLite.

use std::future::Future;
use std::ops::ControlFlow;

use crate::Result;

/// The Spin label of the database that holds all three stores: the only one Spin provides without a runtime configuration.
pub const LABEL: &str = "default";

/// Statements for every new connection.
///
/// WAL lets readers and the one writer work at once, and makes a commit one append. FULL syncs that append before a statement
/// returns, so what was acknowledged survives a loss of power as well as a killed host; NORMAL would survive only the latter. The price is one
/// sync a change, and large files are written in large chunks. Turning WAL on can find the file in use: whoever opens next tries again, and until then SQLite's
/// rollback journal keeps the same promises, only slower.
pub const ON_OPEN: [&str; 2] = ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"];

/// A value of SQLite.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// INTEGER.
    Integer(i64),
    /// REAL.
    Real(f64),
    /// TEXT.
    Text(String),
    /// BLOB.
    Blob(Vec<u8>),
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<u64> for Value {
    /// Saturates: sizes and times of more than 63 bits do not occur.
    fn from(value: u64) -> Self {
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

/// One row: a value a column.
pub type Row = Vec<Value>;

/// How a statement fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseError {
    /// The host knows no database of this name.
    NoSuchDatabase,
    /// The stage may not use the database.
    AccessDenied,
    /// No room.
    Full,
    /// In SQLite's words.
    Other(String),
}

/// A SQLite database. Several calls may run at the same time; each statement is a transaction of its own.
pub trait Database {
    /// Runs one statement to its end, or until `each` has seen enough rows. A change is complete when this returns.
    fn run(
        &self,
        sql: &str,
        params: Vec<Value>,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> impl Future<Output = Result<(), DatabaseError>>;
}

/// Runs a statement and collects its rows: for results of a known, small number.
pub(crate) async fn rows(db: &impl Database, sql: &str, params: Vec<Value>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    db.run(sql, params, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })
    .await?;
    Ok(rows)
}

/// Runs a statement and counts its rows: with `RETURNING 1`, what it changed. Unlike SQLite's `changes()` this cannot be mixed up
/// with another call's statement.
pub(crate) async fn count(db: &impl Database, sql: &str, params: Vec<Value>) -> Result<u32> {
    let mut count = 0_u32;
    db.run(sql, params, &mut |_| {
        count = count.saturating_add(1);
        ControlFlow::Continue(())
    })
    .await?;
    Ok(count)
}

/// Reads a row's columns in order.
pub(crate) struct Columns(std::vec::IntoIter<Value>);

impl Columns {
    pub(crate) fn new(row: Row) -> Self {
        Self(row.into_iter())
    }

    fn wrong() -> crate::Error {
        crate::Error::failed(
            "The database answered with a column of another type: it was not written by this program.",
        )
    }

    pub(crate) fn text(&mut self) -> Result<String> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(Self::wrong()),
        }
    }

    pub(crate) fn blob(&mut self) -> Result<Vec<u8>> {
        match self.0.next() {
            Some(Value::Blob(bytes)) => Ok(bytes),
            _ => Err(Self::wrong()),
        }
    }

    pub(crate) fn unsigned(&mut self) -> Result<u64> {
        match self.0.next() {
            Some(Value::Integer(n)) => u64::try_from(n).map_err(|_| Self::wrong()),
            _ => Err(Self::wrong()),
        }
    }
}
