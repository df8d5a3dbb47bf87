//! What the stage does: it refuses to change or remove rows by filters that name no value, and so may hold for most of a table.

use crate::bindings::serene::types::types::{Filter, Predicate};

/// Whether one of the filters names a value, or where values begin or end.
pub fn is_narrow(filters: &[Filter]) -> bool {
    filters.iter().any(|filter| match &filter.predicate {
        Predicate::StartsWith(start) => !start.is_empty(),
        Predicate::Ne(_) | Predicate::IsNull | Predicate::IsNotNull => false,
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::{Filter, Predicate, is_narrow};

    fn filter(predicate: Predicate) -> Filter {
        Filter { field: "id".to_owned(), predicate }
    }

    #[test]
    fn one_filter_that_names_a_value_is_enough() {
        let wide = || vec![filter(Predicate::IsNotNull), filter(Predicate::Ne("\"a\"".to_owned()))];
        for named in [Predicate::Eq("1".to_owned()), Predicate::StartsWith("a".to_owned())] {
            assert!(is_narrow(&[wide(), vec![filter(named)]].concat()));
        }
        assert!(!is_narrow(&[wide(), vec![filter(Predicate::StartsWith(String::new()))]].concat()));
        assert!(!is_narrow(&[]));
    }
}
