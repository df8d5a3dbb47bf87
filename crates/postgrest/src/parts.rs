//! Long lists of values, which no address holds, in parts that fit one.

use local_store::records::Table;
use local_store::{Filter, Predicate};
use serde_json::Value as Json;

use crate::quote::{quoted, sent_bytes};

/// Bytes of a list, as sent, that leave room in the longest address for the rest.
const WHOLE_BYTES: usize = 12_000;
/// Bytes of a part's values, as sent. Proxies take 8 KiB of an address unless told otherwise.
const PART_BYTES: usize = 6_000;

/// The list of values that takes most room in an address.
struct List<'a> {
    /// Its filter's place.
    at: usize,
    values: &'a [Json],
    bytes: usize,
}

impl<'a> List<'a> {
    fn longest(filters: &'a [Filter]) -> Option<Self> {
        let lists = filters.iter().enumerate().filter_map(|(at, filter)| match &filter.predicate {
            Predicate::OneOf(values) => Some(Self { at, values, bytes: values.iter().map(bytes).sum() }),
            _ => None,
        });
        lists.max_by_key(|list| list.bytes)
    }

    /// Whether each value finds one row at most.
    fn is_of_keys(&self, table: &Table, filters: &[Filter]) -> bool {
        let is_one = |name: &str| {
            let mut of_column = filters.iter().enumerate().filter(|(_, filter)| filter.field == name);
            of_column.any(|(at, filter)| at == self.at || matches!(filter.predicate, Predicate::Eq(_)))
        };
        table.key.contains(&filters[self.at].field.as_str()) && table.key.iter().all(|name| is_one(name))
    }
}

/// Whether an address can hold the filters' lists.
pub(crate) fn fits(filters: &[Filter]) -> bool {
    List::longest(filters).is_none_or(|list| list.bytes <= WHOLE_BYTES)
}

/// The filters as they are, or once for each part of the list that takes most room. Together they let through the same rows.
///
/// Parts cannot be paged through. So a list that proxies may not take, and the longest address can, is parted only where all its rows are one page: a list of no
/// more keys than `limit`.
pub(crate) fn parts(table: &Table, filters: &[Filter], limit: usize) -> Vec<Vec<Filter>> {
    let whole = || vec![filters.to_vec()];
    let Some(list) = List::longest(filters) else { return whole() };
    let List { at: place, values, bytes: all } = list;
    let is_a_page = values.len() <= limit && list.is_of_keys(table, filters);
    if all <= PART_BYTES || (all <= WHOLE_BYTES && !is_a_page) {
        return whole();
    }
    let part = |values: &[Json]| {
        let mut filters = filters.to_vec();
        filters[place].predicate = Predicate::OneOf(values.to_vec());
        filters
    };
    let mut parts = Vec::new();
    let (mut from, mut size) = (0, 0);
    for (at, value) in values.iter().enumerate() {
        let more = bytes(value);
        if at > from && size + more > PART_BYTES {
            parts.push(part(&values[from..at]));
            (from, size) = (at, 0);
        }
        size += more;
    }
    parts.push(part(&values[from..]));
    parts
}

fn bytes(value: &Json) -> usize {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    sent_bytes(&quoted(&text)) + sent_bytes(",")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn parts_hold_every_value_once_and_each_fits(
            texts in prop::collection::vec(".{0,200}", 1..200),
            field in prop::sample::select(vec!["id", "filename"]),
            limit in prop::sample::select(vec![1, 1000]),
        ) {
            let documents = Table::named("documents").unwrap();
            let values: Vec<Json> = texts.iter().map(|text| json!(text)).collect();
            let eq = Filter { field: "kind".to_owned(), predicate: Predicate::Eq(json!("x")) };
            let list = Filter { field: field.to_owned(), predicate: Predicate::OneOf(values.clone()) };
            let mut together = Vec::new();
            for part in parts(documents, &[eq.clone(), list], limit) {
                prop_assert_eq!(&part[0], &eq);
                let Predicate::OneOf(some) = &part[1].predicate else { panic!("no list") };
                let size: usize = some.iter().map(bytes).sum();
                let paged = field == "filename" || values.len() > limit;
                let whole = some.len() == values.len() && size <= WHOLE_BYTES && paged;
                prop_assert!(!some.is_empty() && (size <= PART_BYTES || some.len() == 1 || whole));
                together.extend(some.iter().cloned());
            }
            prop_assert_eq!(together, values);
        }
    }
}
