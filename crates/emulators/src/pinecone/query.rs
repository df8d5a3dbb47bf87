//! `POST /query`: every vector compared.

use std::cmp::Ordering;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::errors::Refusal;
use super::filter::Filter;
use super::index::{Index, Metric, VectorType};
use super::record::{self, Record, Sparse};

const MAX_TOP_K: u64 = 10_000;
const MAX_ANSWER_BYTES: usize = 4 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Query {
    top_k: u64,
    #[serde(default, deserialize_with = "record::some_singles")]
    vector: Option<Vec<f32>>,
    sparse_vector: Option<Sparse>,
    id: Option<String>,
    filter: Option<Map<String, Value>>,
    #[serde(default)]
    include_values: bool,
    #[serde(default)]
    include_metadata: bool,
    namespace: Option<String>,
    scan_factor: Option<f64>,
    max_candidates: Option<u64>,
}

/// The answer, and the LSN that it is complete up to.
pub(super) fn query(index: &Index, body: Query) -> Result<(Value, u64), Refusal> {
    let name = record::namespace(body.namespace.as_deref())?;
    if !(1..=MAX_TOP_K).contains(&body.top_k) {
        return Err(Refusal::invalid(format!("topK must be in 1 to {MAX_TOP_K}, got {}", body.top_k)));
    }
    if body.scan_factor.is_some_and(|factor| !(0.5..=4.0).contains(&factor)) {
        return Err(Refusal::invalid("scanFactor must be in 0.5 to 4"));
    }
    if body.max_candidates.is_some_and(|candidates| !(1..=100_000).contains(&candidates)) {
        return Err(Refusal::invalid("maxCandidates must be in 1 to 100000"));
    }
    let vector = body.vector.filter(|vector| !vector.is_empty());
    let has_vector = vector.is_some() || body.sparse_vector.is_some();
    let id = body.id.filter(|id| !id.is_empty());
    if has_vector == id.is_some() {
        return Err(Refusal::invalid("Exactly one of a vector and an id must be given"));
    }
    let filter = body.filter.as_ref().map(Filter::read).transpose()?;
    let mut namespaces = index.lock();
    if has_vector {
        record::check_values(
            &index.shape,
            vector.as_deref().unwrap_or_default(),
            body.sparse_vector.as_ref(),
        )?;
    }
    let answer =
        |matches: &[Value]| json!({ "matches": matches, "namespace": name, "usage": { "readUnits": 1 } });
    let Some(namespace) = namespaces.reading(&name) else { return Ok((answer(&[]), 0)) };
    let (records, lsn) = namespace.read();
    let wanted = match &id {
        Some(id) => {
            record::check_id(id)?;
            let Some(record) = records.get(id) else { return Ok((answer(&[]), lsn)) };
            (**record).clone()
        }
        None => {
            Record { values: vector.unwrap_or_default(), sparse: body.sparse_vector, ..Record::default() }
        }
    };
    let metric =
        if index.shape.vector_type == VectorType::Sparse { Metric::DotProduct } else { index.shape.metric };
    let meant = |record: &Record| filter.as_ref().is_none_or(|filter| filter.matches(&record.metadata));
    let mut scored: Vec<_> = records
        .iter()
        .filter(|(_, record)| meant(record))
        .map(|(id, record)| (score(metric, &wanted, record), id, record))
        .collect();
    scored.sort_by(|(a, ..), (b, ..)| {
        let order = b.partial_cmp(a).unwrap_or(Ordering::Equal);
        if metric == Metric::Euclidean { order.reverse() } else { order }
    });
    scored.truncate(usize::try_from(body.top_k).unwrap_or(usize::MAX));
    let shown = |(score, id, record): (f64, &String, &std::sync::Arc<Record>)| {
        let mut shown = record.json(id, body.include_values, body.include_metadata);
        shown.insert("score".to_owned(), json!(score as f32));
        Value::Object(shown)
    };
    let matches: Vec<Value> = scored.into_iter().map(shown).collect();
    let answer = answer(&matches);
    let bytes = answer.to_string().len();
    if bytes > MAX_ANSWER_BYTES {
        let message = format!(
            "Query result has {bytes} bytes, the limit is {MAX_ANSWER_BYTES}: lower topK, or leave values and metadata out"
        );
        return Err(Refusal { code: 11, ..Refusal::invalid(message) });
    }
    Ok((answer, lsn))
}

fn score(metric: Metric, wanted: &Record, record: &Record) -> f64 {
    let sparse = match (&wanted.sparse, &record.sparse) {
        (Some(wanted), Some(record)) => wanted.dot(record),
        _ => 0.0,
    };
    let (a, b) = (&wanted.values, &record.values);
    match metric {
        Metric::Cosine => dot(a, b) / (dot(a, a) * dot(b, b)).sqrt(),
        Metric::DotProduct => dot(a, b) + sparse,
        Metric::Euclidean => a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum(),
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}
