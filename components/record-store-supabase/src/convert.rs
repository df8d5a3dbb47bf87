//! Between the contract's types and the client's.

use postgrest::Predicate;
use serde_json::Value;
use stage_support::types::{self, Error, Filter};
use upstream::Error as Refusal;

use crate::bindings::exports::serene::record_store::record_store::{OnConflict, Order, Query};

pub(crate) fn conflict(conflict: OnConflict) -> postgrest::OnConflict {
    match conflict {
        OnConflict::Merge => postgrest::OnConflict::Merge,
        OnConflict::Keep => postgrest::OnConflict::Keep,
        OnConflict::Fail => postgrest::OnConflict::Fail,
    }
}

pub(crate) fn query(query: Query) -> Result<postgrest::Query, Error> {
    let Query { columns, filters: given, order, limit, cursor } = query;
    let order = order.into_iter().map(|Order { column, descending }| postgrest::Order { column, descending });
    Ok(postgrest::Query { columns, filters: filters(given)?, order: order.collect(), limit, cursor })
}

pub(crate) fn filters(filters: Vec<Filter>) -> Result<Vec<postgrest::Filter>, Error> {
    filters.into_iter().map(filter).collect()
}

fn filter(Filter { field, predicate }: Filter) -> Result<postgrest::Filter, Error> {
    let json = |text: String| -> Result<Value, Error> {
        serde_json::from_str(&text).map_err(|_| {
            let field: String = field.chars().take(63).collect();
            let message = format!(
                "The filter on {field} compares with something that is not JSON. A string needs its quotes."
            );
            Refusal::invalid(message).with("field", field).into()
        })
    };
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
    Ok(postgrest::Filter { field, predicate })
}
