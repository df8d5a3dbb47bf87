//! JSON values as the columns take and give them.

use local_store::records::{Column, ColumnType, Table};
use serde_json::Value as Json;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};
use upstream::Error;

/// Holds a value to its column's type.
pub(crate) fn check(table: &Table, column: &Column, value: &Json) -> Result<(), Error> {
    let expected = match (column.column_type, value) {
        (_, Json::Null) if column.nullable => return Ok(()),
        (_, Json::Null) => "a value, not null",
        (ColumnType::Text, Json::String(text)) if !text.contains('\0') => {
            if column.one_of.is_empty() || column.one_of.contains(&text.as_str()) {
                return Ok(());
            }
            &format!("one of {}", column.one_of.join(", "))
        }
        (ColumnType::Text, _) => "a string without U+0000",
        (ColumnType::Int, value) if value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => return Ok(()),
        (ColumnType::Int, _) => "an integer of 32 bits",
        (ColumnType::BigInt, value) if value.as_i64().is_some() => return Ok(()),
        (ColumnType::BigInt, _) => "an integer of 64 bits",
        (ColumnType::Timestamp, value) if value.as_str().and_then(timestamp).is_some() => return Ok(()),
        (ColumnType::Timestamp, _) => "an RFC 3339 timestamp, such as 2026-01-31T12:00:00Z",
        (ColumnType::Json, value) if !holds_nul(value) => return Ok(()),
        (ColumnType::Json, _) => "JSON without U+0000",
    };
    Err(Error::invalid(format!("The column {} of the table {} takes {expected}.", column.name, table.name))
        .with("table", table.name)
        .with("column", column.name))
}

fn holds_nul(value: &Json) -> bool {
    match value {
        Json::String(text) => text.contains('\0'),
        Json::Array(items) => items.iter().any(holds_nul),
        Json::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// A value as PostgREST sent it, with timestamps in the contract's form.
pub(crate) fn received(column: &Column, value: Json) -> Json {
    match (column.column_type, value) {
        (ColumnType::Timestamp, Json::String(text)) => timestamp(&text).unwrap_or(text).into(),
        (_, value) => value,
    }
}

/// An RFC 3339 timestamp in UTC with six digits of a second, as precise as Postgres; `None` when it is not one, or outside the years 0
/// to 9999.
pub(crate) fn timestamp(text: &str) -> Option<String> {
    let t = OffsetDateTime::parse(text, &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC)?;
    // Postgres has no year 0.
    if !(1..=9999).contains(&t.year()) {
        return None;
    }
    let (date, (hour, minute, second)) = (t.date(), t.to_hms());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    let micros = t.microsecond();
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z"))
}
