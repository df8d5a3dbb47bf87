//! What callers may say.

use serde_json::{Map, Value as Json};

use crate::filter::Operand;
use crate::{Error, Result};

use super::tables::INDEXED;
use super::{MAX_DIMENSIONS, MAX_METADATA_BYTES, Vector};

const MAX_NAMESPACE_BYTES: usize = 512;
const MAX_ID_BYTES: usize = 512;

pub(super) fn namespace(namespace: &str) -> Result<()> {
    if namespace.len() > MAX_NAMESPACE_BYTES || namespace.contains('\0') {
        let message = format!("A namespace has at most {MAX_NAMESPACE_BYTES} bytes and no U+0000.");
        return Err(Error::invalid(message)
            .with("limit", MAX_NAMESPACE_BYTES)
            .with("actual", namespace.len()));
    }
    Ok(())
}

pub(super) fn id(id: &str) -> Result<()> {
    if id.is_empty() || id.len() > MAX_ID_BYTES || !id.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Error::invalid(format!(
            "A vector's id is 1 to {MAX_ID_BYTES} visible ASCII characters."
        )));
    }
    Ok(())
}

pub(super) fn values(values: &[f32]) -> Result<()> {
    if values.is_empty() || values.len() > MAX_DIMENSIONS as usize {
        let message =
            format!("A vector has 1 to {MAX_DIMENSIONS} dimensions; this one has {}.", values.len());
        return Err(Error::invalid(message).with("limit", MAX_DIMENSIONS).with("actual", values.len()));
    }
    if !values.iter().all(|x| x.is_finite()) || values.iter().all(|x| *x == 0.0) {
        return Err(Error::invalid("A vector's numbers are finite and not all zero."));
    }
    Ok(())
}

/// Checks a vector and reads its metadata.
pub(super) fn vector(vector: &Vector) -> Result<Map<String, Json>> {
    id(&vector.id)?;
    let named = |mut error: Error| {
        error.message = format!("The vector {}: {}", vector.id, error.message);
        error.with("id", &vector.id)
    };
    values(&vector.values).map_err(named)?;
    metadata(&vector.metadata).map_err(named)
}

fn metadata(json: &str) -> Result<Map<String, Json>> {
    if json.len() > MAX_METADATA_BYTES as usize {
        return Err(Error::too_large(
            "Bytes of the metadata's JSON",
            MAX_METADATA_BYTES.into(),
            json.len() as u64,
        ));
    }
    let object: Map<String, Json> = serde_json::from_str(json).map_err(|e| {
        Error::invalid(format!(
            "The metadata is not a JSON object: line {}, column {}.",
            e.line(),
            e.column()
        ))
    })?;
    for (name, value) in &object {
        let flat = match value {
            Json::String(_) | Json::Number(_) | Json::Bool(_) => true,
            Json::Array(items) => items.iter().all(Json::is_string),
            Json::Null | Json::Object(_) => false,
        };
        if !flat {
            return Err(Error::invalid(
                "Metadata values are strings, numbers, booleans or arrays of strings: no null, no nesting.",
            ));
        }
        if name.starts_with('$') {
            return Err(Error::invalid("Names in the metadata do not start with `$`."));
        }
    }
    Ok(object)
}

/// Where a filter on a field finds its values.
pub(super) fn operand(field: &str) -> Operand<'_> {
    Operand::Member {
        document: "metadata",
        name: field,
        indexed: INDEXED.into_iter().find(|name| *name == field),
    }
}
