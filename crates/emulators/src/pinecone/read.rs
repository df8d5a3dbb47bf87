//! Fetch, list and stats.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::errors::Refusal;
use super::filter::Filter;
use super::index::Index;
use super::record;
use crate::server::Request;

const MAX_IDS: usize = 1_000;
const MAX_LISTED: usize = 100;
const MAX_FETCHED: usize = 10_000;

/// An answer, and the LSN that it is complete up to.
pub(super) type Read = (Value, Option<u64>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct FetchByMetadata {
    filter: Map<String, Value>,
    limit: Option<usize>,
    pagination_token: Option<String>,
    namespace: Option<String>,
}

pub(super) fn fetch(index: &Index, request: &Request) -> Result<Read, Refusal> {
    let name = record::namespace(request.parameter("namespace").as_deref())?;
    let ids: Vec<_> =
        request.pairs().into_iter().filter(|(key, _)| key == "ids").map(|(_, value)| value).collect();
    if ids.is_empty() || ids.len() > MAX_IDS {
        return Err(Refusal::invalid(format!("1 to {MAX_IDS} ids must be given, got {}", ids.len())));
    }
    ids.iter().try_for_each(|id| record::check_id(id))?;
    let mut namespaces = index.lock();
    let mut found = Map::new();
    let mut seen = None;
    if let Some(namespace) = namespaces.reading(&name) {
        let (records, lsn) = namespace.read();
        seen = Some(lsn);
        for id in ids {
            if let Some(record) = records.get(&id) {
                found.insert(id.clone(), Value::Object(record.json(&id, true, true)));
            }
        }
    }
    Ok((json!({ "vectors": found, "namespace": name, "usage": { "readUnits": 1 } }), seen))
}

pub(super) fn fetch_by_metadata(index: &Index, body: FetchByMetadata) -> Result<Read, Refusal> {
    let name = record::namespace(body.namespace.as_deref())?;
    if body.filter.is_empty() {
        return Err(Refusal::invalid("The filter must not be empty"));
    }
    let filter = Filter::read(&body.filter)?;
    let limit = limit(body.limit, 100, MAX_FETCHED)?;
    let after = token(body.pagination_token.as_deref())?;
    let mut namespaces = index.lock();
    let mut answer = json!({ "vectors": {}, "namespace": name, "usage": { "readUnits": 1 } });
    let Some(namespace) = namespaces.reading(&name) else { return Ok((answer, None)) };
    let (records, lsn) = namespace.read();
    let mut meant = records.iter().filter(|(id, record)| {
        after.as_ref().is_none_or(|after| *id > after) && filter.matches(&record.metadata)
    });
    let page: Vec<_> = meant.by_ref().take(limit).collect();
    let vectors: Map<_, _> =
        page.iter().map(|(id, record)| ((*id).clone(), Value::Object(record.json(id, true, true)))).collect();
    answer["vectors"] = Value::Object(vectors);
    if let (Some((last, _)), true) = (page.last(), meant.next().is_some()) {
        answer["pagination"] = next(last);
    }
    Ok((answer, Some(lsn)))
}

pub(super) fn list(index: &Index, request: &Request) -> Result<Read, Refusal> {
    let name = record::namespace(request.parameter("namespace").as_deref())?;
    let limit = limit(number(request, "limit")?, MAX_LISTED, MAX_LISTED)?;
    let after = token(request.parameter("paginationToken").as_deref())?;
    let prefix = request.parameter("prefix").unwrap_or_default();
    let mut namespaces = index.lock();
    let mut answer = json!({ "vectors": [], "namespace": name, "usage": { "readUnits": 1 } });
    let Some(namespace) = namespaces.reading(&name) else { return Ok((answer, None)) };
    let (records, lsn) = namespace.read();
    let mut meant =
        records.keys().filter(|id| id.starts_with(&prefix) && after.as_ref().is_none_or(|after| *id > after));
    let page: Vec<_> = meant.by_ref().take(limit).collect();
    answer["vectors"] = page.iter().map(|id| json!({ "id": id })).collect();
    if let (Some(last), true) = (page.last(), meant.next().is_some()) {
        answer["pagination"] = next(last);
    }
    Ok((answer, Some(lsn)))
}

pub(super) fn stats(index: &Index, body: &Value) -> Result<Value, Refusal> {
    let has_filter = body.get("filter").and_then(Value::as_object).is_some_and(|filter| !filter.is_empty());
    if has_filter {
        return Err(Refusal::invalid(
            "Serverless indexes do not support describing index stats with metadata filtering",
        ));
    }
    let mut namespaces = index.lock();
    let mut total = 0;
    let mut shown = Map::new();
    for (name, namespace) in &mut namespaces.here {
        let count = namespace.read().0.len();
        total += count;
        shown.insert(name.clone(), json!({ "vectorCount": count }));
    }
    let shape = index.shape;
    let mut answer = json!({
        "namespaces": shown,
        "indexFullness": 0,
        "totalVectorCount": total,
        "metric": shape.metric.name(),
        "vectorType": shape.vector_type.name(),
    });
    if shape.dimension > 0 {
        answer["dimension"] = shape.dimension.into();
    }
    Ok(answer)
}

/// A whole number of the query.
pub(super) fn number(request: &Request, name: &str) -> Result<Option<usize>, Refusal> {
    let parse = |text: String| {
        text.parse().map_err(|_| Refusal::invalid(format!("{name} must be a whole number, got {text:?}")))
    };
    request.parameter(name).map(parse).transpose()
}

/// How many to list: within 1 and the most.
pub(super) fn limit(asked: Option<usize>, default: usize, most: usize) -> Result<usize, Refusal> {
    match asked.unwrap_or(default) {
        limit if (1..=most).contains(&limit) => Ok(limit),
        limit => Err(Refusal::invalid(format!("limit must be in 1 to {most}, got {limit}"))),
    }
}

/// What a page's last entry makes of `pagination`.
pub(super) fn next(last: &str) -> Value {
    json!({ "next": URL_SAFE_NO_PAD.encode(last) })
}

/// The last entry of the page before.
pub(super) fn token(token: Option<&str>) -> Result<Option<String>, Refusal> {
    let read = |token: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        String::from_utf8(bytes).ok()
    };
    let token = token.filter(|token| !token.is_empty());
    token.map(|text| read(text).ok_or_else(|| Refusal::invalid("Invalid pagination token"))).transpose()
}
