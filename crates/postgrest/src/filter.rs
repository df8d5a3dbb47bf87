//! The contract's filters in PostgREST's grammar, with the contract's strict types.

use std::collections::BTreeSet;

use local_store::records::{Column, ColumnType, Table};
use local_store::{Filter, Predicate};
use serde_json::Value as Json;
use upstream::Error;

use crate::quote::{quoted, starts_with};
use crate::table;
use crate::values::timestamp;

const MAX_FILTERS: usize = 64;
const MAX_VALUES: usize = 1000;

/// Column and condition, all of which must hold; `None` when they cannot.
pub(crate) type Conditions = Option<Vec<(&'static str, String)>>;

/// What a filter comes to.
enum Condition {
    Always,
    Never,
    /// As PostgREST takes it after the column.
    Term(String),
}

use Condition::{Always, Never, Term};

pub(crate) fn conditions(table: &'static Table, filters: &[Filter]) -> Result<Conditions, Error> {
    if filters.len() > MAX_FILTERS {
        return Err(Error::too_large("Filters of one call", MAX_FILTERS as u64, filters.len() as u64));
    }
    let mut terms = Vec::with_capacity(filters.len());
    let mut possible = true;
    for Filter { field, predicate } in filters {
        let column = table::column(table, field)?;
        check_values(column, predicate)?;
        match condition(column, predicate)? {
            Always => terms.push((column.name, "not.is.null".to_owned())),
            Never => possible = false,
            Term(term) => terms.push((column.name, term)),
        }
    }
    Ok(possible.then_some(terms))
}

fn check_values(column: &Column, predicate: &Predicate) -> Result<(), Error> {
    let values: &[Json] = match predicate {
        Predicate::Eq(v)
        | Predicate::Ne(v)
        | Predicate::Lt(v)
        | Predicate::Lte(v)
        | Predicate::Gt(v)
        | Predicate::Gte(v) => std::slice::from_ref(v),
        Predicate::OneOf(values) if values.is_empty() || values.len() > MAX_VALUES => {
            let (name, count) = (column.name, values.len());
            let message =
                format!("The filter on {name} compares with {count} values; 1 to {MAX_VALUES} are allowed.");
            return Err(Error::invalid(message).with("limit", MAX_VALUES.to_string()));
        }
        Predicate::OneOf(values) => values,
        Predicate::StartsWith(_) | Predicate::IsNull | Predicate::IsNotNull => &[],
    };
    if values.iter().all(|value| matches!(value, Json::String(_) | Json::Number(_) | Json::Bool(_))) {
        return Ok(());
    }
    Err(unfit(column, "compares with something other than a string, a number, true or false"))
}

fn unfit(column: &Column, what: &str) -> Error {
    Error::invalid(format!("The filter on {} {what}.", column.name)).with("field", column.name)
}

fn condition(column: &Column, predicate: &Predicate) -> Result<Condition, Error> {
    let of = |operator: &str, value: Option<String>| {
        value.map_or(Never, |value| Term(format!("{operator}.{value}")))
    };
    Ok(match predicate {
        Predicate::IsNull => Term("is.null".to_owned()),
        Predicate::IsNotNull => Always,
        Predicate::Eq(value) => of("eq", literal(column, value)),
        // Anything present differs from what the column cannot hold.
        Predicate::Ne(value) => literal(column, value).map_or(Always, |v| Term(format!("neq.{v}"))),
        Predicate::OneOf(values) => {
            let values: BTreeSet<String> = values.iter().filter_map(|value| literal(column, value)).collect();
            // PostgREST takes a list of nothing but an empty string for an empty list.
            if values.len() < 2 {
                of("eq", values.into_iter().next())
            } else {
                let list: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                Term(format!("in.({})", list.join(",")))
            }
        }
        Predicate::StartsWith(prefix) => match column.column_type {
            ColumnType::Text if prefix.contains('\0') => Never,
            ColumnType::Text => Term(format!("match.{}", starts_with(prefix))),
            ColumnType::Int | ColumnType::BigInt => Never,
            ColumnType::Timestamp | ColumnType::Json => {
                return Err(unfit(column, "asks how it starts, which only text columns answer"));
            }
        },
        Predicate::Lt(value) => ordered(column, "lt", value)?,
        Predicate::Lte(value) => ordered(column, "lte", value)?,
        Predicate::Gt(value) => ordered(column, "gt", value)?,
        Predicate::Gte(value) => ordered(column, "gte", value)?,
    })
}

/// A value in the form of the column's type; `None` when no value of the column equals it.
fn literal(column: &Column, value: &Json) -> Option<String> {
    match (column.column_type, value) {
        (ColumnType::Text, Json::String(text)) => (!text.contains('\0')).then(|| text.clone()),
        (ColumnType::Timestamp, Json::String(text)) => timestamp(text),
        (ColumnType::Int | ColumnType::BigInt, Json::Number(_)) => {
            let (floor, ceil) = neighbours(value)?;
            let (min, max) = range(column);
            (floor == ceil && (min..=max).contains(&floor)).then(|| floor.to_string())
        }
        (ColumnType::Json, Json::String(text)) if text.contains('\0') => None,
        (ColumnType::Json, value) => Some(value.to_string()),
        _ => None,
    }
}

fn ordered(column: &Column, operator: &str, value: &Json) -> Result<Condition, Error> {
    Ok(match (column.column_type, value) {
        (ColumnType::Text, Json::String(text)) => match text.split_once('\0') {
            None => Term(format!("{operator}.{text}")),
            // Postgres holds no U+0000: what is smaller than a text with one is all up to the part before it.
            Some((before, _)) if operator.starts_with('l') => Term(format!("lte.{before}")),
            Some((before, _)) => Term(format!("gt.{before}")),
        },
        (ColumnType::Timestamp, Json::String(text)) => match timestamp(text) {
            Some(time) => Term(format!("{operator}.{time}")),
            None => return Err(unfit(column, "compares with something that is no RFC 3339 timestamp")),
        },
        (ColumnType::Int | ColumnType::BigInt, Json::Number(_)) => {
            let Some((floor, ceil)) = neighbours(value) else { return Ok(Never) };
            let (min, max) = range(column);
            match operator {
                "lt" => at_most(ceil.saturating_sub(1), min, max),
                "lte" => at_most(floor, min, max),
                "gt" => at_least(floor.saturating_add(1), min, max),
                _ => at_least(ceil, min, max),
            }
        }
        (ColumnType::Json, Json::String(_) | Json::Number(_)) => {
            return Err(unfit(column, "asks for an order, which JSON columns do not have"));
        }
        _ => Never,
    })
}

/// The integers around a number.
#[allow(clippy::cast_possible_truncation, reason = "the cast saturates, far outside of every column's range")]
fn neighbours(number: &Json) -> Option<(i128, i128)> {
    let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    match whole {
        Some(n) => Some((n, n)),
        None => number.as_f64().map(|f| (f.floor() as i128, f.ceil() as i128)),
    }
}

fn range(column: &Column) -> (i128, i128) {
    match column.column_type {
        ColumnType::Int => (i32::MIN.into(), i32::MAX.into()),
        _ => (i64::MIN.into(), i64::MAX.into()),
    }
}

fn at_most(bound: i128, min: i128, max: i128) -> Condition {
    match bound {
        b if b < min => Never,
        b if b >= max => Always,
        b => Term(format!("lte.{b}")),
    }
}

fn at_least(bound: i128, min: i128, max: i128) -> Condition {
    match bound {
        b if b > max => Never,
        b if b <= min => Always,
        b => Term(format!("gte.{b}")),
    }
}
