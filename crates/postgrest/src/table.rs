//! The tables of `db/migrations` are the local store's; what it says of callers' names and rows is said here alike.

use local_store::ErrorKind as Kind;
use local_store::records::{self, Column, Row, Table};
use upstream::{Error, ErrorKind};

pub(crate) fn table(name: &str) -> Result<&'static Table, Error> {
    Table::named(name).map_err(refused)
}

pub(crate) fn column(table: &'static Table, name: &str) -> Result<&'static Column, Error> {
    table.column(name).map_err(refused)
}

/// Reads a JSON object, such as a row or a change.
///
/// # Errors
/// `too-large` over [`MAX_ROW_BYTES`](crate::MAX_ROW_BYTES); `invalid` for anything else than an object.
pub fn parse_row(json: &str) -> Result<Row, Error> {
    records::parse_row(json).map_err(refused)
}

fn refused(error: local_store::Error) -> Error {
    let kind = if error.kind == Kind::TooLarge { ErrorKind::TooLarge } else { ErrorKind::Invalid };
    Error { extras: error.extras, ..Error::new(kind, error.message) }
}
