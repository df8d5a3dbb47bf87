//! What callers may say: checked before anything is sent.

use serde_json::{Map, Value as Json};
use upstream::Error;

use crate::Vector;

/// Vectors of one `upsert`.
pub const MAX_VECTORS: u32 = 1000;
/// Bytes of JSON of one vector's metadata.
pub const MAX_METADATA_BYTES: u32 = 40_960;

const MAX_NAMESPACE_BYTES: usize = 512;
const MAX_ID_BYTES: usize = 512;
const MAX_DIMENSIONS: usize = 20_000;
/// The largest integer up to which 64-bit floats hold every one.
const MAX_INTEGER: u64 = 1 << 53;

pub(crate) fn namespace(namespace: &str) -> Result<(), Error> {
    if namespace.len() > MAX_NAMESPACE_BYTES || namespace.contains('\0') {
        let message = format!("A namespace has at most {MAX_NAMESPACE_BYTES} bytes and no U+0000.");
        return Err(out_of(message, MAX_NAMESPACE_BYTES, namespace.len()));
    }
    Ok(())
}

pub(crate) fn id(id: &str) -> Result<(), Error> {
    if id.is_empty() || id.len() > MAX_ID_BYTES || !id.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Error::invalid(format!(
            "A vector's id is 1 to {MAX_ID_BYTES} visible ASCII characters."
        )));
    }
    Ok(())
}

pub(crate) fn values(values: &[f32]) -> Result<(), Error> {
    if values.is_empty() || values.len() > MAX_DIMENSIONS {
        let message =
            format!("A vector has 1 to {MAX_DIMENSIONS} dimensions; this one has {}.", values.len());
        return Err(out_of(message, MAX_DIMENSIONS, values.len()));
    }
    if !values.iter().all(|x| x.is_finite()) || values.iter().all(|x| *x == 0.0) {
        return Err(Error::invalid("A vector's numbers are finite and not all zero."));
    }
    Ok(())
}

/// A count or limit out of its bounds.
pub(crate) fn out_of(message: impl Into<String>, limit: usize, actual: usize) -> Error {
    Error::invalid(message).with("limit", limit.to_string()).with("actual", actual.to_string())
}

/// Checks a vector and reads its metadata. The error names the vector.
pub(crate) fn vector(vector: &Vector) -> Result<Map<String, Json>, Error> {
    id(&vector.id)?;
    values(&vector.values).and_then(|()| metadata(&vector.metadata)).map_err(|mut error| {
        error.message = format!("The vector {}: {}", vector.id, error.message);
        error.with("id", &vector.id)
    })
}

fn metadata(json: &str) -> Result<Map<String, Json>, Error> {
    if json.len() > MAX_METADATA_BYTES as usize {
        let what = "Its metadata, in bytes of JSON,";
        return Err(Error::too_large(what, MAX_METADATA_BYTES.into(), json.len() as u64));
    }
    let object: Map<String, Json> = serde_json::from_str(json).map_err(|e| {
        let place = format!("line {}, column {}", e.line(), e.column());
        Error::invalid(format!("Its metadata is not a JSON object: {place}."))
    })?;
    for (name, value) in &object {
        let flat = match value {
            Json::String(_) | Json::Bool(_) => true,
            Json::Number(number) => {
                if number.as_i64().is_some_and(|n| n.unsigned_abs() > MAX_INTEGER)
                    || number.as_u64().is_some_and(|n| n > MAX_INTEGER)
                {
                    return Err(Error::invalid(
                        "Its metadata holds an integer beyond 2^53, which Pinecone cannot keep exactly. Make it a string.",
                    ));
                }
                true
            }
            Json::Array(items) => items.iter().all(Json::is_string),
            Json::Null | Json::Object(_) => false,
        };
        if !flat {
            return Err(Error::invalid(
                "Its metadata's values must be strings, numbers, booleans or arrays of strings: no null, no nesting.",
            ));
        }
        if name.starts_with('$') {
            return Err(Error::invalid("Names in its metadata may not start with `$`."));
        }
    }
    Ok(object)
}

/// The vector of length 1 that points the same way.
pub(crate) fn direction(values: &[f32]) -> Vec<f32> {
    let length = values.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
    values.iter().map(|x| (f64::from(*x) / length) as f32).collect()
}
