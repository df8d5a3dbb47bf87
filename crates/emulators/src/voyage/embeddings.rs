//! `POST /v1/embeddings`.

use serde_json::{Value, json};

use super::errors::Refusal;
use super::fields::Fields;
use super::models::{EMBEDDING, Embedding};
use super::vectors::{self, Type};
use crate::server::Request;
use crate::tokens;

const MAX_TEXTS: usize = 1_000;

pub(super) fn answer(request: &Request) -> Result<Value, Refusal> {
    let mut fields = Fields::of(request)?;
    let model = model(&fields.string("model")?)?;
    let mut texts = match fields.take("input") {
        Some(Value::String(text)) if !text.is_empty() => vec![text],
        Some(other) => {
            fields.put("input", other);
            fields.texts("input", MAX_TEXTS)?
        }
        None => return Err(Refusal::unprocessable("missing", &["input"], "Field required")),
    };
    let purpose = fields.choice("input_type", &["query", "document"])?;
    let truncation = fields.boolean("truncation", true)?;
    let size = size(&model, fields.count("output_dimension")?)?;
    let kind = fields.choice("output_dtype", &Type::NAMES)?;
    let kind = kind.map_or(Type::Float, |name| Type::named(&name));
    if kind != Type::Float && !model.quantizes {
        return Err(Refusal::bad(format!("Model {} gives output_dtype float only.", model.name)));
    }
    let base64 = fields.choice("encoding_format", &["base64"])?.is_some();
    fields.end()?;

    let total = limit(&model, &mut texts, truncation)?;
    let is_query = purpose.as_deref() == Some("query");
    let data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let vector = vectors::embed(text, is_query, size);
            json!({ "object": "embedding", "embedding": vectors::encode(&vector, kind, base64), "index": index })
        })
        .collect();
    Ok(json!({ "object": "list", "data": data, "model": model.name, "usage": { "total_tokens": total } }))
}

fn model(name: &str) -> Result<Embedding, Refusal> {
    let names = || EMBEDDING.map(|model| model.name).join(", ");
    EMBEDDING.into_iter().find(|model| model.name == name).ok_or_else(|| {
        Refusal::bad(format!("Model {name} is not supported. Supported models are {}.", names()))
    })
}

fn size(model: &Embedding, asked: Option<usize>) -> Result<usize, Refusal> {
    let size = asked.unwrap_or(model.dimensions[0]);
    if model.dimensions.contains(&size) {
        return Ok(size);
    }
    let sizes = model.dimensions.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    Err(Refusal::bad(format!(
        "output_dimension {size} is not supported by {}: use one of {sizes}.",
        model.name
    )))
}

/// Holds texts to the model's limits, cutting them where that is allowed; gives their tokens.
fn limit(model: &Embedding, texts: &mut [String], truncation: bool) -> Result<usize, Refusal> {
    let mut total = 0;
    for (index, text) in texts.iter_mut().enumerate() {
        let mut count = tokens::count(text);
        if count > model.context {
            if !truncation {
                return Err(Refusal::bad(format!(
                    "The example at index {index} in your batch has too many tokens and does not fit into the model's context window of {} tokens. Please lower the number of tokens in the listed example(s) or use truncation.",
                    model.context
                )));
            }
            *text = tokens::cut(text, model.context);
            count = tokens::count(text);
        }
        total += count;
    }
    if total > model.request {
        return Err(Refusal::bad(format!(
            "Request to model '{}' failed. The max allowed tokens per submitted batch is {}. Your batch has {total} tokens after truncation. Please lower the number of tokens in the batch.",
            model.name, model.request
        )));
    }
    Ok(total)
}
