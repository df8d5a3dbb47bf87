//! Between the contract's types and local-store's.

use local_store::{ErrorKind, Filter, Predicate};
use serde_json::Value as Json;

use crate::types::{self, Error, Fault, PassingFault};

impl From<local_store::Error> for Error {
    fn from(error: local_store::Error) -> Self {
        let fault = Fault { message: error.message, provider_status: None, extras: error.extras };
        match error.kind {
            ErrorKind::Invalid => Self::Invalid(fault),
            ErrorKind::NotFound => Self::NotFound(fault),
            ErrorKind::Conflict => Self::Conflict(fault),
            ErrorKind::Denied => Self::Denied(fault),
            ErrorKind::TooLarge => Self::TooLarge(fault),
            ErrorKind::Unavailable => Self::Unavailable(PassingFault { fault, retry_after_ms: None }),
            ErrorKind::Misconfigured => Self::Misconfigured(fault),
            ErrorKind::Failed => Self::Failed(fault),
        }
    }
}

/// Reads a call's filters.
///
/// # Errors
/// `invalid` when a value is not JSON.
pub fn filters(filters: Vec<types::Filter>) -> Result<Vec<Filter>, Error> {
    filters.into_iter().map(filter).collect()
}

fn filter(filter: types::Filter) -> Result<Filter, Error> {
    let types::Filter { field, predicate } = filter;
    let json = |text: String| scalar(&field, &text);
    let predicate = match predicate {
        types::Predicate::Eq(value) => Predicate::Eq(json(value)?),
        types::Predicate::Ne(value) => Predicate::Ne(json(value)?),
        types::Predicate::Lt(value) => Predicate::Lt(json(value)?),
        types::Predicate::Lte(value) => Predicate::Lte(json(value)?),
        types::Predicate::Gt(value) => Predicate::Gt(json(value)?),
        types::Predicate::Gte(value) => Predicate::Gte(json(value)?),
        types::Predicate::OneOf(values) => {
            Predicate::OneOf(values.into_iter().map(json).collect::<Result<_, _>>()?)
        }
        types::Predicate::StartsWith(prefix) => Predicate::StartsWith(prefix),
        types::Predicate::IsNull => Predicate::IsNull,
        types::Predicate::IsNotNull => Predicate::IsNotNull,
    };
    Ok(Filter { field, predicate })
}

fn scalar(field: &str, text: &str) -> Result<Json, Error> {
    serde_json::from_str(text).map_err(|_| {
        let field: String = field.chars().take(63).collect();
        Error::Invalid(Fault {
            message: format!(
                "The filter on {field} compares with something that is not JSON. A string needs its quotes."
            ),
            provider_status: None,
            extras: vec![("field".to_owned(), field)],
        })
    })
}
