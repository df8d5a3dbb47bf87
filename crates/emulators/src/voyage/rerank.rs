//! `POST /v1/rerank`.

use serde_json::{Value, json};

use super::errors::Refusal;
use super::fields::Fields;
use super::models::{RERANK, Rerank};
use super::vectors;
use crate::server::Request;
use crate::tokens;

const MAX_DOCUMENTS: usize = 1_000;
/// The size of the vectors that are compared.
const SIZE: usize = 1024;

pub(super) fn answer(request: &Request) -> Result<Value, Refusal> {
    let mut fields = Fields::of(request)?;
    let model = model(&fields.string("model")?)?;
    let query = fields.string("query")?;
    let mut documents = fields.texts("documents", MAX_DOCUMENTS)?;
    let top_k = fields.count("top_k")?;
    let return_documents = fields.boolean("return_documents", false)?;
    let truncation = fields.boolean("truncation", true)?;
    fields.end()?;
    if query.is_empty() {
        return Err(Refusal::bad("Argument 'query' must be a non-empty string"));
    }
    if top_k == Some(0) {
        return Err(Refusal::bad("Argument 'top_k' must be at least 1"));
    }

    let (query, total) = limit(&model, query, &mut documents, truncation)?;
    let wanted = vectors::embed(&query, true, SIZE);
    let mut scored: Vec<(usize, f32)> =
        documents.iter().map(|document| score(&wanted, document)).enumerate().collect();
    scored.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    scored.truncate(top_k.unwrap_or(usize::MAX));
    let data: Vec<Value> = scored
        .into_iter()
        .map(|(index, score)| {
            let mut shown = json!({ "index": index, "relevance_score": score });
            if return_documents {
                shown["document"] = documents[index].clone().into();
            }
            shown
        })
        .collect();
    Ok(json!({ "object": "list", "data": data, "model": model.name, "usage": { "total_tokens": total } }))
}

/// The cosine, and 0 where two texts have nothing in common or less.
fn score(wanted: &[f32], document: &str) -> f32 {
    let vector = vectors::embed(document, false, SIZE);
    wanted.iter().zip(&vector).map(|(a, b)| a * b).sum::<f32>().clamp(0.0, 1.0)
}

fn model(name: &str) -> Result<Rerank, Refusal> {
    let names = || RERANK.map(|model| model.name).join(", ");
    RERANK.into_iter().find(|model| model.name == name).ok_or_else(|| {
        Refusal::bad(format!("Model {name} is not supported. Supported models are {}.", names()))
    })
}

/// Holds the query and the documents to the model's limits, cutting where that is allowed; gives all tokens.
fn limit(
    model: &Rerank,
    query: String,
    documents: &mut [String],
    truncation: bool,
) -> Result<(String, usize), Refusal> {
    let mut query = query;
    let mut query_tokens = tokens::count(&query);
    if query_tokens > model.query {
        if !truncation {
            let message = format!(
                "The query has {query_tokens} tokens, and the limit of {} is {}.",
                model.name, model.query
            );
            return Err(Refusal::bad(message));
        }
        query = tokens::cut(&query, model.query);
        query_tokens = tokens::count(&query);
    }
    let room = model.pair - query_tokens;
    let mut total = query_tokens * documents.len();
    for (index, document) in documents.iter_mut().enumerate() {
        if tokens::count(document) > room {
            if !truncation {
                return Err(Refusal::bad(format!(
                    "The query and the document at index {index} have more than the {} tokens that {} takes.",
                    model.pair, model.name
                )));
            }
            *document = tokens::cut(document, room);
        }
        total += tokens::count(document);
    }
    if total > model.request {
        return Err(Refusal::bad(format!(
            "The total number of tokens is {total}, and the limit of {} is {}: the query counts once for each document.",
            model.name, model.request
        )));
    }
    Ok((query, total))
}
