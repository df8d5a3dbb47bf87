//! Conditions on columns and on metadata, and their SQL.

mod sql;
mod text;

pub(crate) use sql::{Operand, Params, conditions};
pub(crate) use text::{escape_json, unescape_json};

use serde_json::Value as Json;

use crate::{Error, Result};

/// A condition on one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// ASCII letters, digits and `_`, 1 to 63 characters, not starting with a digit.
    pub field: String,
    /// What the field must satisfy.
    pub predicate: Predicate,
}

/// What a field must satisfy; the values are JSON strings, numbers, true or false. A field of another type than the value's satisfies only `Ne`.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// Equal.
    Eq(Json),
    /// Present and not equal.
    Ne(Json),
    /// Less than: numbers by value, strings by Unicode code point.
    Lt(Json),
    /// Less than or equal.
    Lte(Json),
    /// Greater than.
    Gt(Json),
    /// Greater than or equal.
    Gte(Json),
    /// Equal to one of 1 to 1,000 values.
    OneOf(Vec<Json>),
    /// Starts with this string.
    StartsWith(String),
    /// Null or missing.
    IsNull,
    /// Present and not null.
    IsNotNull,
}

/// Filters in one call.
const MAX_FILTERS: usize = 64;
const MAX_VALUES: usize = 1000;
/// All filters' values together, in bytes of JSON.
const MAX_BYTES: usize = 1024 * 1024;

/// Holds filters to the contract's rules.
pub(crate) fn check(filters: &[Filter]) -> Result<()> {
    if filters.len() > MAX_FILTERS {
        return Err(Error::too_large("Filters of one call", MAX_FILTERS as u64, filters.len() as u64));
    }
    let mut bytes = 0;
    for Filter { field, predicate } in filters {
        check_field(field)?;
        let values: &[Json] = match predicate {
            Predicate::Eq(v)
            | Predicate::Ne(v)
            | Predicate::Lt(v)
            | Predicate::Lte(v)
            | Predicate::Gt(v)
            | Predicate::Gte(v) => std::slice::from_ref(v),
            Predicate::OneOf(values) if values.is_empty() || values.len() > MAX_VALUES => {
                let message = format!(
                    "The filter on {field} compares with {} values; 1 to {MAX_VALUES} are allowed.",
                    values.len()
                );
                return Err(Error::invalid(message).with("limit", MAX_VALUES).with("actual", values.len()));
            }
            Predicate::OneOf(values) => values,
            Predicate::StartsWith(prefix) => {
                bytes += prefix.len();
                &[]
            }
            Predicate::IsNull | Predicate::IsNotNull => &[],
        };
        for value in values {
            if !matches!(value, Json::String(_) | Json::Number(_) | Json::Bool(_)) {
                let message = format!(
                    "The filter on {field} compares with something other than a string, a number, true or false."
                );
                return Err(Error::invalid(message).with("field", field));
            }
            bytes += value.as_str().map_or(8, str::len);
        }
    }
    if bytes > MAX_BYTES {
        return Err(Error::too_large("Bytes of the filters' values", MAX_BYTES as u64, bytes as u64));
    }
    Ok(())
}

fn check_field(field: &str) -> Result<()> {
    let valid = (1..=63).contains(&field.len())
        && field.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !field.as_bytes()[0].is_ascii_digit();
    if valid {
        return Ok(());
    }
    Err(Error::invalid(
        "A filter's field is 1 to 63 ASCII letters, digits and `_`, not starting with a digit.",
    ))
}
