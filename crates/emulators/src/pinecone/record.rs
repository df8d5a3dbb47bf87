//! Records: ids, values and metadata, and what is allowed of each.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::errors::Refusal;
use super::index::{Shape, VectorType};

const MAX_ID: usize = 512;
const MAX_METADATA_BYTES: usize = 40 * 1024;
const MAX_NON_ZEROS: usize = 1_000;
const MAX_NAMESPACE: usize = 512;

/// The namespace of requests that name none.
pub(super) const DEFAULT_NAMESPACE: &str = "__default__";

/// A record without its id.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Record {
    pub(super) values: Vec<f32>,
    pub(super) sparse: Option<Sparse>,
    pub(super) metadata: Map<String, Value>,
}

/// A sparse vector.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sparse {
    pub(super) indices: Vec<u32>,
    #[serde(deserialize_with = "singles")]
    pub(super) values: Vec<f32>,
}

/// Numbers of JSON as 32-bit floats; one too large becomes infinite, which [`check_values`] refuses by name. Whether serde_json refuses it by itself
/// depends on features that any crate of a build may switch on.
pub(super) fn singles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
    Vec::deserialize(deserializer).map(narrowed)
}

/// The same, where there may be none.
pub(super) fn some_singles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<f32>>, D::Error> {
    Option::deserialize(deserializer).map(|values| values.map(narrowed))
}

fn narrowed(values: Vec<f64>) -> Vec<f32> {
    values.into_iter().map(|value| value as f32).collect()
}

impl Sparse {
    pub(super) fn dot(&self, other: &Self) -> f64 {
        let mine: BTreeMap<u32, f32> =
            self.indices.iter().copied().zip(self.values.iter().copied()).collect();
        let products =
            other.indices.iter().zip(&other.values).filter_map(|(index, value)| {
                mine.get(index).map(|mine| f64::from(*mine) * f64::from(*value))
            });
        products.sum()
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.indices.len() != self.values.len() {
            return Err(Refusal::invalid("Sparse vector must have as many indices as values"));
        }
        if self.indices.is_empty() {
            return Err(Refusal::invalid("Sparse vector must contain at least one value"));
        }
        if self.indices.len() > MAX_NON_ZEROS {
            let message =
                format!("Sparse vector has {} values, the limit is {MAX_NON_ZEROS}", self.indices.len());
            return Err(Refusal::invalid(message));
        }
        let mut seen = HashSet::new();
        if !self.indices.iter().all(|index| seen.insert(index)) {
            return Err(Refusal::invalid("Sparse vector has an index twice"));
        }
        finite(&self.values)
    }

    fn json(&self) -> Value {
        json!({ "indices": self.indices, "values": self.values })
    }
}

impl Record {
    /// As answers show it.
    pub(super) fn json(&self, id: &str, values: bool, metadata: bool) -> Map<String, Value> {
        let mut shown = Map::new();
        shown.insert("id".to_owned(), id.into());
        if values {
            shown.insert("values".to_owned(), json!(self.values));
            if let Some(sparse) = &self.sparse {
                shown.insert("sparseValues".to_owned(), sparse.json());
            }
        }
        if metadata && !self.metadata.is_empty() {
            shown.insert("metadata".to_owned(), Value::Object(self.metadata.clone()));
        }
        shown
    }
}

/// Whether an index of this shape takes these values, as a record's or as a query's.
pub(super) fn check_values(shape: &Shape, dense: &[f32], sparse: Option<&Sparse>) -> Result<(), Refusal> {
    if let Some(sparse) = sparse {
        sparse.check()?;
        if shape.vector_type == VectorType::Dense && !shape.takes_sparse() {
            return Err(Refusal::invalid("Index configuration does not support sparse values"));
        }
    }
    if shape.vector_type == VectorType::Sparse {
        if !dense.is_empty() {
            return Err(Refusal::invalid("Dense values are not supported by a sparse index"));
        }
        return sparse
            .map(|_| ())
            .ok_or_else(|| Refusal::invalid("Sparse values are required by a sparse index"));
    }
    if dense.len() != shape.dimension {
        return Err(Refusal::invalid(format!(
            "Vector dimension {} does not match the dimension of the index {}",
            dense.len(),
            shape.dimension
        )));
    }
    finite(dense)?;
    if dense.iter().all(|value| *value == 0.0) {
        return Err(Refusal::invalid("Dense vectors must contain at least one non-zero value."));
    }
    Ok(())
}

fn finite(values: &[f32]) -> Result<(), Refusal> {
    if values.iter().all(|value| value.is_finite()) {
        Ok(())
    } else {
        Err(Refusal::invalid("Vector values must be finite 32-bit numbers"))
    }
}

pub(super) fn check_id(id: &str) -> Result<(), Refusal> {
    if id.is_empty() {
        return Err(Refusal::invalid("Vector ID must not be empty"));
    }
    if id.len() > MAX_ID {
        return Err(Refusal::invalid(format!(
            "Vector ID has {} characters, the limit is {MAX_ID}",
            id.len()
        )));
    }
    if !id.is_ascii() || id.contains('\0') {
        return Err(Refusal::invalid(format!("Vector ID must be ASCII without NUL, but got {id:?}")));
    }
    Ok(())
}

/// The namespace that a request means.
pub(super) fn namespace(name: Option<&str>) -> Result<String, Refusal> {
    let name = name.filter(|name| !name.is_empty()).unwrap_or(DEFAULT_NAMESPACE);
    if name.chars().count() > MAX_NAMESPACE || name.contains('\0') {
        return Err(Refusal::invalid(format!(
            "Namespace must have at most {MAX_NAMESPACE} characters and no NUL"
        )));
    }
    Ok(name.to_owned())
}

/// Checks metadata, and gives it as it is stored: numbers as 64-bit floats.
pub(super) fn metadata(given: Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let mut stored = Map::new();
    for (key, value) in given {
        if key.starts_with('$') || key.is_empty() {
            return Err(Refusal::invalid(format!("Metadata key {key:?} must not be empty or begin with $")));
        }
        let is_stringy = |list: &[Value]| list.iter().all(Value::is_string);
        let value = match value {
            Value::String(_) | Value::Bool(_) => value,
            Value::Number(number) => float(&number),
            Value::Array(list) if is_stringy(&list) => Value::Array(list),
            other => {
                return Err(Refusal::invalid(format!(
                    "Metadata value must be a string, number, boolean or list of strings, got '{other}' for field '{key}'"
                )));
            }
        };
        stored.insert(key, value);
    }
    check_size(&stored)?;
    Ok(stored)
}

/// The limit of 40 KB on a record's metadata.
pub(super) fn check_size(metadata: &Map<String, Value>) -> Result<(), Refusal> {
    let bytes = serde_json::to_string(metadata).map_or(usize::MAX, |text| text.len());
    if bytes > MAX_METADATA_BYTES {
        return Err(Refusal::invalid(format!(
            "Metadata size is {bytes} bytes, which exceeds the limit of {MAX_METADATA_BYTES} bytes per vector"
        )));
    }
    Ok(())
}

/// A number as a 64-bit float holds it; shown without a fraction where it has none.
fn float(number: &serde_json::Number) -> Value {
    let float = number.as_f64().unwrap_or_default();
    let is_whole = float.fract() == 0.0 && float.abs() < 9.0e15;
    if is_whole { json!(float as i64) } else { json!(float) }
}
