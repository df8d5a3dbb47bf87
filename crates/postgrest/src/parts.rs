//! Long lists of values, which no address holds, in parts that fit one.

use local_store::{Filter, Predicate};
use serde_json::Value as Json;

use crate::quote::{quoted, sent_bytes};

/// Bytes of a list, as sent, that leave room in an address for the rest. Only a longer one is parted, as parts cannot be paged through.
const WHOLE_BYTES: usize = 12_000;
/// Bytes of a part's values, as sent. Proxies take 8 KiB of an address unless told otherwise.
const PART_BYTES: usize = 6_000;

/// The filters as they are, or once for each part of the list that takes most room. Together they let through the same rows.
pub(crate) fn parts(filters: &[Filter]) -> Vec<Vec<Filter>> {
    let lists = filters.iter().enumerate().filter_map(|(at, filter)| match &filter.predicate {
        Predicate::OneOf(values) => Some((at, values, values.iter().map(bytes).sum::<usize>())),
        _ => None,
    });
    let Some((at, values, size)) = lists.max_by_key(|(_, _, size)| *size) else {
        return vec![filters.to_vec()];
    };
    if size <= WHOLE_BYTES {
        return vec![filters.to_vec()];
    }
    let part = |values: &[Json]| {
        let mut filters = filters.to_vec();
        filters[at].predicate = Predicate::OneOf(values.to_vec());
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
        fn parts_hold_every_value_once_and_each_fits(texts in prop::collection::vec(".{0,200}", 1..200)) {
            let values: Vec<Json> = texts.iter().map(|text| json!(text)).collect();
            let eq = Filter { field: "kind".to_owned(), predicate: Predicate::Eq(json!("x")) };
            let list = Filter { field: "id".to_owned(), predicate: Predicate::OneOf(values.clone()) };
            let mut together = Vec::new();
            for part in parts(&[eq.clone(), list]) {
                prop_assert_eq!(&part[0], &eq);
                let Predicate::OneOf(some) = &part[1].predicate else { panic!("no list") };
                let size: usize = some.iter().map(bytes).sum();
                let whole = some.len() == values.len() && size <= WHOLE_BYTES;
                prop_assert!(!some.is_empty() && (size <= PART_BYTES || some.len() == 1 || whole));
                together.extend(some.iter().cloned());
            }
            prop_assert_eq!(together, values);
        }
    }
}
