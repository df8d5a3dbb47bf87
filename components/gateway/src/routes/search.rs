//! Search.

use http::StatusCode;
use http_api::problem::{Problem, ProblemKind};
use layout::{ConflictId, Kind, RelationshipId};
use pipeline::{FoundPassage, SearchRequest};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, files};
use crate::request::Exchange;
use crate::respond;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    query: String,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default = "ten")]
    limit: u32,
    #[serde(default)]
    conflict_id: Option<String>,
    #[serde(default)]
    document_id: Option<String>,
}

const fn ten() -> u32 {
    10
}

pub async fn search(exchange: &mut Exchange, relationship: &RelationshipId) -> Answer {
    let body: Body = exchange.json(None).await?;
    let invalid = |detail: String| Problem::new(ProblemKind::Invalid, detail);
    let kinds = body.kinds.iter().map(|name| match name.parse::<Kind>() {
        Ok(kind) if kind.namespace().is_some() => Ok(kind),
        _ => {
            let searched: Vec<_> =
                Kind::ALL.into_iter().filter(|k| k.namespace().is_some()).map(Kind::as_str).collect();
            Err(invalid(format!(
                "'{name}' is no kind that can be searched; there are {}.",
                searched.join(", ")
            )))
        }
    });
    let conflict = body
        .conflict_id
        .map(|id| id.parse::<ConflictId>())
        .transpose()
        .map_err(|e| invalid(format!("{e}.")))?;
    let request = SearchRequest {
        query: body.query,
        kinds: kinds.collect::<Result<_, _>>()?,
        limit: body.limit,
        conflict,
        document_id: body.document_id,
    };
    let found = exchange.flows.search(&exchange.call, relationship, request).await.map_err(respond::error)?;
    let passages: Vec<_> = found.passages.iter().map(|passage| show(exchange, passage)).collect();
    let body =
        json!({ "passages": passages, "models": { "embedder": found.embedder, "reranker": found.reranker } });
    Ok(respond::json(StatusCode::OK, &body))
}

fn show(exchange: &Exchange, passage: &FoundPassage) -> Value {
    let document = &passage.document;
    // Pages and turns are counted from 1, as people and PDF readers do.
    let place = match document.kind.as_str() {
        "profile" | "handbook" => ("page", "end_page"),
        "transcript" => ("turn", "end_turn"),
        _ => ("section", "end_section"),
    };
    let mut value = json!({
        "text": passage.text,
        "score": passage.score,
        place.0: u64::from(passage.section) + 1,
        place.1: u64::from(passage.end_section) + 1,
        "start": passage.start,
        "end": passage.end,
        "document": {
            "id": document.id,
            "kind": document.kind,
            "path": document.path,
            "filename": document.filename,
            "conflict_id": document.conflict_id,
            "pdf_id": document.pdf_id,
            "partner_id": document.partner_id,
        },
    });
    if let (Some(url), Some(members)) = (&passage.url, value.as_object_mut()) {
        members.insert("url".to_owned(), json!(files::absolute(exchange, &url.url)));
        members.insert("url_expires_at".to_owned(), json!(files::timestamp(url.expires_ms)));
    }
    value
}
