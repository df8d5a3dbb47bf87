//! `/namespaces`. Counts are strings there, as 64-bit integers are in protobuf's JSON.

use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::Refusal;
use super::index::Index;
use super::namespace::Namespace;
use super::read::{limit, next, number, token};
use super::record::{self, DEFAULT_NAMESPACE};
use crate::server::Request;

const MAX_LISTED: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    name: String,
    schema: Option<Value>,
}

pub(super) fn list(index: &Index, request: &Request) -> Result<Value, Refusal> {
    let limit = limit(number(request, "limit")?, MAX_LISTED, MAX_LISTED)?;
    let after = token(request.parameter("paginationToken").as_deref())?;
    let prefix = request.parameter("prefix").unwrap_or_default();
    let mut namespaces = index.lock();
    let total = namespaces.here.keys().filter(|name| name.starts_with(&prefix)).count();
    let mut meant = namespaces
        .here
        .iter_mut()
        .filter(|(name, _)| name.starts_with(&prefix) && after.as_ref().is_none_or(|after| *name > after));
    let mut last = None;
    let mut page = Vec::new();
    for (name, namespace) in meant.by_ref().take(limit) {
        page.push(shown(name, namespace));
        last = Some(name.clone());
    }
    let mut answer = json!({ "namespaces": page, "total_count": total });
    if let (Some(last), true) = (last, meant.next().is_some()) {
        answer["pagination"] = next(&last);
    }
    Ok(answer)
}

pub(super) fn create(index: &Index, body: Create) -> Result<Value, Refusal> {
    let name = record::namespace(Some(&body.name))?;
    if name == DEFAULT_NAMESPACE {
        return Err(Refusal::invalid("The default namespace cannot be created"));
    }
    let mut namespaces = index.lock();
    if namespaces.here.contains_key(&name) {
        let message = format!("Namespace {name:?} already exists");
        return Err(Refusal { status: 409, code: 6, message });
    }
    let mut answer = shown(&name, namespaces.entry(&name));
    if let Some(schema) = body.schema {
        answer["schema"] = schema;
    }
    Ok(answer)
}

pub(super) fn describe(index: &Index, name: &str) -> Result<Value, Refusal> {
    let name = record::namespace(Some(name))?;
    let mut namespaces = index.lock();
    let namespace =
        namespaces.here.get_mut(&name).ok_or_else(|| Refusal::not_found("Namespace not found"))?;
    Ok(shown(&name, namespace))
}

pub(super) fn delete(index: &Index, name: &str) -> Result<u64, Refusal> {
    let name = record::namespace(Some(name))?;
    let mut namespaces = index.lock();
    let namespace =
        namespaces.here.get_mut(&name).ok_or_else(|| Refusal::not_found("Namespace not found"))?;
    let changes = namespace.written.keys().map(|id| (id.clone(), None)).collect();
    let lsn = namespace.write(changes, index.lag);
    namespaces.remove(&name);
    Ok(lsn)
}

fn shown(name: &str, namespace: &mut Namespace) -> Value {
    json!({ "name": name, "record_count": namespace.read().0.len().to_string() })
}
