//! The contract's conditions in Pinecone's language.

use serde_json::{Value as Json, json};
use upstream::Error;

use crate::check::out_of;

const MAX_FILTERS: usize = 64;
const MAX_VALUES: usize = 1000;
/// All filters' values together, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// A condition on one key of the metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// ASCII letters, digits and `_`, 1 to 63 characters, not starting with a digit.
    pub field: String,
    /// What the field must satisfy.
    pub predicate: Predicate,
}

/// What a field must satisfy; the values are JSON strings, numbers, true or false.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// Equal.
    Eq(Json),
    /// Present and not equal.
    Ne(Json),
    /// Less than, by number.
    Lt(Json),
    /// Less than or equal, by number.
    Lte(Json),
    /// Greater than, by number.
    Gt(Json),
    /// Greater than or equal, by number.
    Gte(Json),
    /// Equal to one of 1 to 1,000 values.
    OneOf(Vec<Json>),
    /// Starts with this string: Pinecone cannot.
    StartsWith(String),
    /// Missing.
    IsNull,
    /// Present.
    IsNotNull,
}

/// What conditions come to.
#[derive(Debug, PartialEq)]
pub(crate) enum Condition {
    /// Every vector satisfies them.
    Always,
    /// No vector can.
    Never,
    /// Pinecone decides.
    Where(Json),
}

/// The conditions, all of which must hold.
pub(crate) fn conditions(filters: &[Filter]) -> Result<Condition, Error> {
    check(filters)?;
    let mut all = Vec::new();
    for filter in filters {
        match condition(filter)? {
            Some(condition) => all.push(condition),
            None => return Ok(Condition::Never),
        }
    }
    Ok(match all.len() {
        0 => Condition::Always,
        1 => Condition::Where(all.remove(0)),
        _ => Condition::Where(json!({ "$and": all })),
    })
}

/// `None`: nothing satisfies it.
fn condition(Filter { field, predicate }: &Filter) -> Result<Option<Json>, Error> {
    let only = |operator: &str, value: &Json| json!({ field: { operator: value } });
    Ok(Some(match predicate {
        Predicate::Eq(value) => only("$eq", value),
        // Pinecone's own $ne also finds vectors without the field.
        Predicate::Ne(value) => json!({ "$and": [{ field: { "$exists": true } }, only("$ne", value)] }),
        Predicate::Lt(value) => return ordered(field, "$lt", value),
        Predicate::Lte(value) => return ordered(field, "$lte", value),
        Predicate::Gt(value) => return ordered(field, "$gt", value),
        Predicate::Gte(value) => return ordered(field, "$gte", value),
        Predicate::OneOf(values) => one_of(field, values),
        Predicate::StartsWith(_) => {
            return Err(cannot(field, "cannot find strings by how they start"));
        }
        Predicate::IsNull => json!({ field: { "$exists": false } }),
        Predicate::IsNotNull => json!({ field: { "$exists": true } }),
    }))
}

fn ordered(field: &str, operator: &str, value: &Json) -> Result<Option<Json>, Error> {
    match value {
        Json::String(_) => Err(cannot(field, "compares only numbers by size, not strings")),
        Json::Number(_) => Ok(Some(json!({ field: { operator: value } }))),
        // Nothing is less or greater than true or false.
        _ => Ok(None),
    }
}

/// One list a type: $in takes strings and numbers.
fn one_of(field: &str, values: &[Json]) -> Json {
    let of = |is: fn(&Json) -> bool| values.iter().filter(|value| is(value)).cloned().collect::<Vec<_>>();
    let mut any: Vec<Json> = [of(Json::is_string), of(Json::is_number)]
        .into_iter()
        .filter(|list| !list.is_empty())
        .map(|list| json!({ field: { "$in": list } }))
        .collect();
    for boolean in [true, false] {
        if values.contains(&Json::Bool(boolean)) {
            any.push(json!({ field: { "$eq": boolean } }));
        }
    }
    if any.len() == 1 { any.remove(0) } else { json!({ "$or": any }) }
}

fn cannot(field: &str, what: &str) -> Error {
    let message = format!(
        "Pinecone {what}: the filter on {field} cannot be asked. Filter by eq, ne or one-of, or keep a number to compare."
    );
    Error::invalid(message).with("field", field)
}

/// Holds filters to the contract's rules.
fn check(filters: &[Filter]) -> Result<(), Error> {
    if filters.len() > MAX_FILTERS {
        return Err(Error::too_large(
            "The number of filters of one call",
            MAX_FILTERS as u64,
            filters.len() as u64,
        ));
    }
    let mut bytes = 0;
    for Filter { field, predicate } in filters {
        if !is_field(field) {
            return Err(Error::invalid(
                "A filter's field is 1 to 63 ASCII letters, digits and `_`, not starting with a digit.",
            ));
        }
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
                return Err(out_of(message, MAX_VALUES, values.len()));
            }
            Predicate::OneOf(values) => values,
            Predicate::StartsWith(_) | Predicate::IsNull | Predicate::IsNotNull => &[],
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
        return Err(Error::too_large("The filters' values, in bytes,", MAX_BYTES as u64, bytes as u64));
    }
    Ok(())
}

fn is_field(field: &str) -> bool {
    (1..=63).contains(&field.len())
        && field.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !field.as_bytes()[0].is_ascii_digit()
}
