use serde_json::Value;

/// A condition on one column of a row or one key of a vector's metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// The column or key.
    pub field: String,
    /// What it must satisfy.
    pub predicate: Predicate,
}

/// What a field must satisfy; the values are JSON scalars.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// Equal.
    Eq(Value),
    /// Not equal, and not null or missing.
    Ne(Value),
    /// Less than.
    Lt(Value),
    /// Less than or equal.
    Lte(Value),
    /// Greater than.
    Gt(Value),
    /// Greater than or equal.
    Gte(Value),
    /// Equal to one of these.
    OneOf(Vec<Value>),
    /// Starts with.
    StartsWith(String),
    /// Null or missing.
    IsNull,
    /// Present and not null.
    IsNotNull,
}

impl Filter {
    /// `field` equals `value`.
    pub fn eq(field: &str, value: impl Into<Value>) -> Self {
        Self { field: field.to_owned(), predicate: Predicate::Eq(value.into()) }
    }

    /// `field` is present and differs from `value`.
    pub fn ne(field: &str, value: impl Into<Value>) -> Self {
        Self { field: field.to_owned(), predicate: Predicate::Ne(value.into()) }
    }

    /// `field` equals one of `values`.
    pub fn one_of<V: Into<Value>>(field: &str, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Self { field: field.to_owned(), predicate: Predicate::OneOf(values) }
    }

    /// `field` is null or missing.
    #[must_use]
    pub fn is_null(field: &str) -> Self {
        Self { field: field.to_owned(), predicate: Predicate::IsNull }
    }
}
