//! Documents as the ledger has them.

use http::StatusCode;
use http_api::problem::{Problem, ProblemKind};
use layout::{DocumentId, DocumentRef, Kind, RelationshipId};
use pipeline::DocumentQuery;
use serde_json::json;

use super::Answer;
use crate::request::Exchange;
use crate::respond;

const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 1000;

pub async fn list(exchange: &mut Exchange, relationship: &RelationshipId) -> Answer {
    let query = exchange.query(&["kind", "status", "limit", "cursor"])?;
    let invalid = |detail: String| Problem::new(ProblemKind::Invalid, detail);
    let kind = query
        .get("kind")
        .map(|name| {
            name.parse::<Kind>().map_err(|_| {
                invalid(format!(
                    "There is no kind '{name}'; there are {}.",
                    Kind::ALL.map(Kind::as_str).join(", ")
                ))
            })
        })
        .transpose()?;
    let status = query
        .get("status")
        .map(|status| {
            serde_json::from_value(json!(status)).map_err(|_| {
                invalid(format!(
                    "There is no status '{status}'; there are receiving, stored, indexed, failed, deleting."
                ))
            })
        })
        .transpose()?;
    let limit = match query.get("limit").map(|limit| limit.parse()) {
        None => DEFAULT_LIMIT,
        Some(Ok(limit)) if (1..=MAX_LIMIT).contains(&limit) => limit,
        Some(_) => return Err(invalid(format!("The limit must be a whole number from 1 to {MAX_LIMIT}."))),
    };
    let query = DocumentQuery { kind, status, limit, cursor: query.get("cursor").cloned() };
    let page = exchange.flows.documents(&exchange.call, relationship, query).await.map_err(respond::error)?;
    let documents: Vec<_> = page.documents.iter().map(respond::document).collect();
    Ok(respond::json(StatusCode::OK, &json!({ "documents": documents, "next_cursor": page.next })))
}

pub async fn show(exchange: &mut Exchange, relationship: &RelationshipId, id: &DocumentId) -> Answer {
    let document = exchange.flows.document(&exchange.call, relationship, id).await.map_err(respond::error)?;
    Ok(respond::json(StatusCode::OK, &respond::document(&document)))
}

pub async fn delete(exchange: &mut Exchange, relationship: &RelationshipId, id: &DocumentId) -> Answer {
    let document = exchange.flows.document(&exchange.call, relationship, id).await.map_err(respond::error)?;
    let reference = document.document_ref().map_err(respond::error)?;
    remove(exchange, &reference).await
}

pub async fn remove(exchange: &mut Exchange, document: &DocumentRef) -> Answer {
    exchange.flows.delete(&exchange.call, document).await.map_err(respond::error)?;
    Ok(respond::no_content())
}

pub async fn resume(exchange: &mut Exchange, relationship: &RelationshipId, id: &DocumentId) -> Answer {
    let document = exchange.flows.document(&exchange.call, relationship, id).await.map_err(respond::error)?;
    let outcome = exchange.flows.resume(&exchange.call, document).await.map_err(respond::error)?;
    Ok(outcome.map_or_else(respond::no_content, |outcome| respond::outcome(&outcome)))
}
