use std::cmp::Ordering;

use pipeline::stages::{Filter, Predicate};
use serde_json::{Map, Value};

/// Whether a row, or a vector's metadata, satisfies all filters.
pub(super) fn all_hold(fields: &Map<String, Value>, filters: &[Filter]) -> bool {
    filters.iter().all(|filter| holds(fields.get(&filter.field).unwrap_or(&Value::Null), &filter.predicate))
}

fn holds(value: &Value, predicate: &Predicate) -> bool {
    match predicate {
        Predicate::Eq(expected) => equals(value, expected),
        Predicate::Ne(expected) => !value.is_null() && !equals(value, expected),
        Predicate::Lt(bound) => compare(value, bound).is_some_and(Ordering::is_lt),
        Predicate::Lte(bound) => compare(value, bound).is_some_and(Ordering::is_le),
        Predicate::Gt(bound) => compare(value, bound).is_some_and(Ordering::is_gt),
        Predicate::Gte(bound) => compare(value, bound).is_some_and(Ordering::is_ge),
        Predicate::OneOf(expected) => expected.iter().any(|expected| equals(value, expected)),
        Predicate::StartsWith(prefix) => value.as_str().is_some_and(|text| text.starts_with(prefix)),
        Predicate::IsNull => value.is_null(),
        Predicate::IsNotNull => !value.is_null(),
    }
}

/// Null equals nothing; an array equals what one of its elements equals.
fn equals(value: &Value, expected: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(elements) => elements.contains(expected),
        value => value == expected,
    }
}

/// Numbers by value, strings by code point; nothing else has an order.
pub(super) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        _ => None,
    }
}
