//! Upsert, update, delete.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::errors::Refusal;
use super::filter::Filter;
use super::index::Index;
use super::namespace::Change;
use super::record::{self, Record, Sparse};

const MAX_RECORDS: usize = 1_000;

/// An answer, and the LSN of the write.
pub(super) type Written = (Value, Option<u64>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Upsert {
    vectors: Vec<Vector>,
    namespace: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Vector {
    id: String,
    #[serde(default, deserialize_with = "record::singles")]
    values: Vec<f32>,
    sparse_values: Option<Sparse>,
    metadata: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Delete {
    #[serde(default)]
    ids: Vec<String>,
    delete_all: Option<bool>,
    filter: Option<Map<String, Value>>,
    namespace: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Update {
    id: Option<String>,
    #[serde(default, deserialize_with = "record::some_singles")]
    values: Option<Vec<f32>>,
    sparse_values: Option<Sparse>,
    set_metadata: Option<Map<String, Value>>,
    filter: Option<Map<String, Value>>,
    dry_run: Option<bool>,
    namespace: Option<String>,
}

pub(super) fn upsert(index: &Index, body: Upsert) -> Result<Written, Refusal> {
    let namespace = record::namespace(body.namespace.as_deref())?;
    if body.vectors.is_empty() {
        return Err(Refusal::invalid("At least one vector must be given"));
    }
    if body.vectors.len() > MAX_RECORDS {
        let message =
            format!("Cannot upsert {} vectors at once, the limit is {MAX_RECORDS}", body.vectors.len());
        return Err(Refusal::invalid(message));
    }
    let mut changes = Vec::with_capacity(body.vectors.len());
    for vector in body.vectors {
        record::check_id(&vector.id)?;
        record::check_values(&index.shape, &vector.values, vector.sparse_values.as_ref())?;
        let metadata = record::metadata(vector.metadata.unwrap_or_default())?;
        let record = Record { values: vector.values, sparse: vector.sparse_values, metadata };
        changes.push((vector.id, Some(Arc::new(record))));
    }
    let count = changes.len();
    let lsn = index.lock().entry(&namespace).write(changes, index.lag);
    Ok((json!({ "upsertedCount": count }), Some(lsn)))
}

pub(super) fn delete(index: &Index, body: Delete) -> Result<Written, Refusal> {
    let name = record::namespace(body.namespace.as_deref())?;
    let all = body.delete_all.unwrap_or(false);
    let ways = [!body.ids.is_empty(), all, body.filter.is_some()];
    if ways.iter().filter(|way| **way).count() != 1 {
        return Err(Refusal::invalid("Exactly one of ids, deleteAll and filter must be given"));
    }
    if body.ids.len() > MAX_RECORDS {
        let message = format!("Cannot delete {} ids at once, the limit is {MAX_RECORDS}", body.ids.len());
        return Err(Refusal::invalid(message));
    }
    body.ids.iter().try_for_each(|id| record::check_id(id))?;
    let filter = match &body.filter {
        Some(filter) if filter.is_empty() => return Err(Refusal::invalid("The filter must not be empty")),
        Some(filter) => Some(Filter::read(filter)?),
        None => None,
    };
    let mut namespaces = index.lock();
    let Some(namespace) = namespaces.here.get_mut(&name) else {
        return Err(Refusal::not_found("Namespace not found"));
    };
    let gone =
        |record: &Record| all || filter.as_ref().is_some_and(|filter| filter.matches(&record.metadata));
    let mut ids = body.ids;
    ids.extend(namespace.written.iter().filter(|(_, record)| gone(record)).map(|(id, _)| id.clone()));
    let changes: Vec<Change> = ids.into_iter().map(|id| (id, None)).collect();
    let lsn = namespace.write(changes, index.lag);
    if all {
        namespaces.remove(&name);
    }
    Ok((json!({}), Some(lsn)))
}

pub(super) fn update(index: &Index, body: Update) -> Result<Written, Refusal> {
    let name = record::namespace(body.namespace.as_deref())?;
    let set = body.set_metadata.map(record::metadata).transpose()?;
    let mut namespaces = index.lock();
    let Some(id) = body.id else {
        let filter = body.filter.as_ref().filter(|filter| !filter.is_empty());
        let (Some(filter), Some(set)) = (filter, set) else {
            return Err(Refusal::invalid("Either an id, or a filter and setMetadata must be given"));
        };
        if body.values.is_some() || body.sparse_values.is_some() {
            return Err(Refusal::invalid("An update by filter sets metadata only"));
        }
        let filter = Filter::read(filter)?;
        let Some(namespace) = namespaces.here.get_mut(&name) else {
            return Ok((json!({ "matchedRecords": 0 }), None));
        };
        let meant = namespace.written.iter().filter(|(_, record)| filter.matches(&record.metadata));
        let changes: Vec<Change> = meant
            .map(|(id, record)| Ok((id.clone(), Some(merged(record, &set)?))))
            .collect::<Result<_, Refusal>>()?;
        let matched = changes.len();
        let is_dry = body.dry_run.unwrap_or(false);
        let lsn = (!is_dry && matched > 0).then(|| namespace.write(changes, index.lag));
        return Ok((json!({ "matchedRecords": matched }), lsn));
    };
    if body.filter.is_some() || body.dry_run.is_some() {
        return Err(Refusal::invalid("An update by id takes no filter and no dryRun"));
    }
    record::check_id(&id)?;
    let Some(namespace) = namespaces.here.get_mut(&name) else { return Ok((json!({}), None)) };
    let Some(old) = namespace.written.get(&id) else { return Ok((json!({}), None)) };
    let mut record = (*merged(old, &set.unwrap_or_default())?).clone();
    record.values = body.values.unwrap_or(record.values);
    record.sparse = body.sparse_values.or(record.sparse);
    record::check_values(&index.shape, &record.values, record.sparse.as_ref())?;
    let lsn = namespace.write(vec![(id, Some(Arc::new(record)))], index.lag);
    Ok((json!({}), Some(lsn)))
}

/// A record with more metadata: what is set replaces, what is not stays.
fn merged(record: &Record, set: &Map<String, Value>) -> Result<Arc<Record>, Refusal> {
    let mut record = record.clone();
    record.metadata.extend(set.clone());
    record::check_size(&record.metadata)?;
    Ok(Arc::new(record))
}
