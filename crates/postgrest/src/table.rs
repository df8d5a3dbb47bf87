//! The tables of `db/migrations`, and holding callers to them.

use local_store::records::{Column, MAX_ROW_BYTES, Row, TABLES, Table};
use upstream::Error;

static KNOWN: [Table; TABLES.len()] = TABLES;

pub(crate) fn table(name: &str) -> Result<&'static Table, Error> {
    KNOWN
        .iter()
        .find(|table| table.name == name)
        .ok_or_else(|| Error::invalid("There is no table of this name.").with("table", short(name)))
}

pub(crate) fn column(table: &'static Table, name: &str) -> Result<&'static Column, Error> {
    table.columns.iter().find(|column| column.name == name).ok_or_else(|| {
        Error::invalid(format!("The table {} has no column {:?}.", table.name, short(name)))
            .with("table", table.name)
            .with("column", short(name))
    })
}

/// A name from outside, cut for an error message.
fn short(name: &str) -> String {
    name.chars().take(63).collect()
}

/// Reads a JSON object, such as a row or a change.
///
/// # Errors
/// `too-large` over [`MAX_ROW_BYTES`]; `invalid` for anything else than an object.
pub fn parse_row(json: &str) -> Result<Row, Error> {
    if json.len() > MAX_ROW_BYTES as usize {
        return Err(Error::too_large("Bytes of a row's JSON", MAX_ROW_BYTES.into(), json.len() as u64));
    }
    serde_json::from_str(json).map_err(|e| {
        Error::invalid(format!("A row is not a JSON object: line {}, column {}.", e.line(), e.column()))
    })
}
