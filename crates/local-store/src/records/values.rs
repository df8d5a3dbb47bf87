//! JSON values to columns and back.

use serde_json::Value as Json;

use crate::{Error, Result, Value};

use super::tables::{Column, ColumnType, Table};
use super::timestamp;

/// A JSON value as the column stores it.
pub(super) fn to_column(table: &Table, column: &Column, value: &Json) -> Result<Value> {
    let wrong = |expected: &str| {
        Error::invalid(format!("The column {} of the table {} takes {expected}.", column.name, table.name))
            .with("table", table.name)
            .with("column", column.name)
    };
    match (column.column_type, value) {
        (_, Json::Null) if column.nullable => Ok(Value::Null),
        (_, Json::Null) => Err(wrong("a value, not null")),
        (ColumnType::Text, Json::String(text)) if text.contains('\0') => {
            Err(wrong("a string without U+0000"))
        }
        (ColumnType::Text, Json::String(text)) => Ok(Value::Text(text.clone())),
        (ColumnType::Text, _) => Err(wrong("a string")),
        (ColumnType::Int, value) => {
            let n = value.as_i64().filter(|n| i32::try_from(*n).is_ok());
            n.map(Value::Integer).ok_or_else(|| wrong("an integer of 32 bits"))
        }
        (ColumnType::BigInt, value) => {
            value.as_i64().map(Value::Integer).ok_or_else(|| wrong("an integer of 64 bits"))
        }
        (ColumnType::Timestamp, value) => value
            .as_str()
            .and_then(timestamp::normalise)
            .map(Value::Text)
            .ok_or_else(|| wrong("an RFC 3339 timestamp, such as 2026-01-31T12:00:00Z")),
        (ColumnType::Json, value) if holds_nul(value) => Err(wrong("JSON without U+0000")),
        (ColumnType::Json, value) => Ok(Value::Text(value.to_string())),
    }
}

fn holds_nul(value: &Json) -> bool {
    match value {
        Json::String(text) => text.contains('\0'),
        Json::Array(items) => items.iter().any(holds_nul),
        Json::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

/// A column's value as JSON.
pub(super) fn to_json(column: &Column, value: Value) -> Result<Json> {
    match (column.column_type, value) {
        (_, Value::Null) => Ok(Json::Null),
        (ColumnType::Json, Value::Text(text)) => serde_json::from_str(&text).map_err(|_| unreadable(column)),
        (ColumnType::Text | ColumnType::Timestamp, Value::Text(text)) => Ok(Json::String(text)),
        (ColumnType::Int | ColumnType::BigInt, Value::Integer(n)) => Ok(n.into()),
        _ => Err(unreadable(column)),
    }
}

fn unreadable(column: &Column) -> Error {
    let message = format!("The column {} holds something this program did not write.", column.name);
    Error::failed(message).with("column", column.name)
}
