//! Conditions as the contract and as the client say them.

use pinecone::{Filter, Predicate};
use stage_support::types::{self, Error};

pub(crate) fn filters(filters: Vec<types::Filter>) -> Result<Vec<Filter>, Error> {
    filters.into_iter().map(filter).collect()
}

fn filter(types::Filter { field, predicate }: types::Filter) -> Result<Filter, Error> {
    use types::Predicate as Given;
    let json = |text: String| scalar(&field, &text);
    let predicate = match predicate {
        Given::Eq(value) => Predicate::Eq(json(value)?),
        Given::Ne(value) => Predicate::Ne(json(value)?),
        Given::Lt(value) => Predicate::Lt(json(value)?),
        Given::Lte(value) => Predicate::Lte(json(value)?),
        Given::Gt(value) => Predicate::Gt(json(value)?),
        Given::Gte(value) => Predicate::Gte(json(value)?),
        Given::OneOf(values) => Predicate::OneOf(values.into_iter().map(json).collect::<Result<_, _>>()?),
        Given::StartsWith(prefix) => Predicate::StartsWith(prefix),
        Given::IsNull => Predicate::IsNull,
        Given::IsNotNull => Predicate::IsNotNull,
    };
    Ok(Filter { field, predicate })
}

fn scalar(field: &str, text: &str) -> Result<serde_json::Value, Error> {
    serde_json::from_str(text).map_err(|_| {
        let field: String = field.chars().take(63).collect();
        Error::Invalid(types::Fault {
            message: format!(
                "The filter on {field} compares with something that is not JSON. A string needs its quotes."
            ),
            provider_status: None,
            extras: vec![("field".to_owned(), field)],
        })
    })
}
