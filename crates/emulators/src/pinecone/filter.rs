//! Filters by metadata.

use serde_json::{Map, Value};

use super::errors::Refusal;

/// The most values of `$in` and `$nin`.
const MAX_VALUES: usize = 10_000;
const MAX_DEPTH: usize = 32;

/// A filter that was checked.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Field(String, Test),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Eq(Value),
    Ne(Value),
    Gt(f64),
    Gte(f64),
    Lt(f64),
    Lte(f64),
    In(Vec<Value>),
    Nin(Vec<Value>),
    Exists(bool),
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// Anything that is not in Pinecone's grammar.
    pub(super) fn read(filter: &Map<String, Value>) -> Result<Self, Refusal> {
        Self::read_at(filter, 0)
    }

    fn read_at(filter: &Map<String, Value>, depth: usize) -> Result<Self, Refusal> {
        if depth > MAX_DEPTH {
            return Err(Refusal::invalid("the filter is nested too deeply"));
        }
        let mut all = Vec::new();
        for (key, value) in filter {
            match key.as_str() {
                "$and" => all.push(Self::And(Self::list(key, value, depth)?)),
                "$or" => all.push(Self::Or(Self::list(key, value, depth)?)),
                key if key.starts_with('$') => {
                    return Err(Refusal::invalid(format!(
                        "{key} is not a valid operator at the top of a filter"
                    )));
                }
                field => Self::field(field, value, &mut all)?,
            }
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Self::And(all) })
    }

    fn list(key: &str, value: &Value, depth: usize) -> Result<Vec<Self>, Refusal> {
        let wrong = || {
            Refusal::invalid(format!("the {key} operator must be followed by a non-empty list of filters"))
        };
        let list = value.as_array().filter(|list| !list.is_empty()).ok_or_else(wrong)?;
        let read = |part: &Value| {
            let part = part.as_object().filter(|part| !part.is_empty()).ok_or_else(wrong)?;
            Self::read_at(part, depth + 1)
        };
        list.iter().map(read).collect()
    }

    fn field(field: &str, value: &Value, all: &mut Vec<Self>) -> Result<(), Refusal> {
        let Value::Object(tests) = value else {
            let test = Test::read("$eq", value)?;
            all.push(Self::Field(field.to_owned(), test));
            return Ok(());
        };
        if tests.is_empty() {
            return Err(Refusal::invalid(format!("the field {field:?} has no operator")));
        }
        for (operator, operand) in tests {
            all.push(Self::Field(field.to_owned(), Test::read(operator, operand)?));
        }
        Ok(())
    }

    /// Whether a record with this metadata is meant.
    pub(super) fn matches(&self, metadata: &Map<String, Value>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(metadata)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(metadata)),
            Self::Field(field, test) => test.matches(metadata.get(field)),
        }
    }
}

impl Test {
    fn read(operator: &str, operand: &Value) -> Result<Self, Refusal> {
        let scalar = || match operand {
            Value::String(_) | Value::Number(_) | Value::Bool(_) => Ok(operand.clone()),
            _ => Err(Refusal::invalid(format!(
                "the {operator} operator must be followed by a string, boolean or a number, got {operand} instead"
            ))),
        };
        let number = || {
            operand.as_f64().ok_or_else(|| {
                Refusal::invalid(format!(
                    "the {operator} operator must be followed by a number, got {operand} instead"
                ))
            })
        };
        let list = || {
            let wrong = || {
                Refusal::invalid(format!(
                    "the {operator} operator must be followed by a list of strings or a list of numbers, got {operand} instead"
                ))
            };
            let list = operand.as_array().ok_or_else(wrong)?;
            let alike = list.iter().all(Value::is_string) || list.iter().all(Value::is_number);
            if list.is_empty() || !alike {
                return Err(wrong());
            }
            if list.len() > MAX_VALUES {
                let message =
                    format!("the {operator} operator takes at most {MAX_VALUES} values, got {}", list.len());
                return Err(Refusal::invalid(message));
            }
            Ok(list.clone())
        };
        Ok(match operator {
            "$eq" => Self::Eq(scalar()?),
            "$ne" => Self::Ne(scalar()?),
            "$gt" => Self::Gt(number()?),
            "$gte" => Self::Gte(number()?),
            "$lt" => Self::Lt(number()?),
            "$lte" => Self::Lte(number()?),
            "$in" => Self::In(list()?),
            "$nin" => Self::Nin(list()?),
            "$exists" => Self::Exists(operand.as_bool().ok_or_else(|| {
                Refusal::invalid(format!(
                    "the $exists operator must be followed by a boolean, got {operand} instead"
                ))
            })?),
            other => return Err(Refusal::invalid(format!("{other} is not a valid operator"))),
        })
    }

    fn matches(&self, value: Option<&Value>) -> bool {
        let is = |wanted: &Value| value.is_some_and(|value| equal(value, wanted));
        let number = value.and_then(Value::as_f64);
        match self {
            Self::Eq(wanted) => is(wanted),
            Self::Ne(wanted) => !is(wanted),
            Self::Gt(bound) => number.is_some_and(|number| number > *bound),
            Self::Gte(bound) => number.is_some_and(|number| number >= *bound),
            Self::Lt(bound) => number.is_some_and(|number| number < *bound),
            Self::Lte(bound) => number.is_some_and(|number| number <= *bound),
            Self::In(wanted) => wanted.iter().any(is),
            Self::Nin(wanted) => !wanted.iter().any(is),
            Self::Exists(wanted) => value.is_some() == *wanted,
        }
    }
}

/// A list equals what any of its elements equals; numbers are compared as 64-bit floats.
fn equal(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Array(list), wanted) => list.iter().any(|element| equal(element, wanted)),
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (value, wanted) => value == wanted,
    }
}
