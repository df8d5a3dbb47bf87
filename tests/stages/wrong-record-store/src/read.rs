//! Faults of what is read.

use fault::Fault;
use fault::types::{Context, Error, Predicate};
use serde_json::{Map, Value};

use crate::inner::{self, Query, RowPage};

pub(crate) async fn select(
    fault: &Fault,
    ctx: Context,
    table: String,
    mut query: Query,
) -> Result<RowPage, Error> {
    spoil_question(fault, &mut query);
    let by = query.order.first().map(|order| order.column.clone()).unwrap_or_default();
    let page = inner::select(ctx, table, query).await;
    let mut page = match page {
        Err(Error::Invalid(_)) if fault.is("finds-nothing-by-what-it-does-not-know") => {
            RowPage { rows: Vec::new(), next: None }
        }
        page => page?,
    };
    if fault.is("has-one-page") {
        page.next = None;
    }
    let mut rows: Vec<Map<String, Value>> =
        page.rows.iter().filter_map(|row| serde_json::from_str(row).ok()).collect();
    if fault.is("puts-nulls-first") {
        rows.sort_by_key(|row| !row[&by].is_null());
    }
    for row in &mut rows {
        spoil(fault, row);
        if let Some(Value::String(name)) = row.get_mut("filename") {
            *name = fault.text(name).await;
        }
    }
    page.rows = rows.into_iter().map(|row| Value::Object(row).to_string()).collect();
    Ok(page)
}

fn spoil_question(fault: &Fault, query: &mut Query) {
    if fault.is("gives-every-column") {
        query.columns.clear();
    }
    if fault.is("holds-to-one-filter") {
        query.filters.truncate(2);
    }
    if fault.is("sorts-one-way") {
        query.order.iter_mut().for_each(|order| order.descending = false);
    }
    if fault.is("begins-each-page-at-the-first") {
        query.cursor = None;
    }
    if fault.is("ignores-the-limit") {
        query.limit = 1_000;
    }
    for filter in &mut query.filters {
        match &filter.predicate {
            Predicate::StartsWith(start) if start == "%" && fault.is("has-wildcards") => {
                filter.predicate = Predicate::IsNotNull;
            }
            Predicate::Gte(value) if fault.is("takes-at-least-for-more-than") => {
                filter.predicate = Predicate::Gt(value.clone());
            }
            Predicate::OneOf(values) if fault.is("takes-one-of-for-the-first") => {
                filter.predicate = Predicate::Eq(values[0].clone());
            }
            _ => {}
        }
    }
}

fn spoil(fault: &Fault, row: &mut Map<String, Value>) {
    for (_, value) in row.iter_mut() {
        if fault.is("turns-numbers-into-texts") && value.is_number() {
            *value = value.to_string().into();
        }
        if fault.is("turns-json-into-texts") && (value.is_object() || value.is_array()) {
            *value = value.to_string().into();
        }
    }
    if let Some(Value::String(time)) = row.get_mut("created_at")
        && fault.is("tells-times-in-another-form")
    {
        *time = time.replace('T', " ");
    }
    if fault.is("forgets-a-member") && row.contains_key("filename") {
        row.insert("filename".to_owned(), Value::Null);
    }
}
