//! Transcripts, analyses and repair plans.

use layout::{ConflictId, DocumentRef, Partner, RelationshipId};
use serde::Deserialize;

use super::Answer;
use crate::request::Exchange;
use crate::respond;

/// The body of a request to generate.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Generate {
    /// Whether to write it anew though the same is stored already.
    #[serde(default)]
    again: bool,
}

pub async fn put_transcript(exchange: &mut Exchange, document: DocumentRef) -> Answer {
    exchange.require_media_type(&["application/json"])?;
    let body = exchange.body();
    let outcome = exchange.flows.put_transcript(&exchange.call, &document, body).await;
    outcome.map(|outcome| respond::outcome(&outcome)).map_err(respond::error)
}

pub async fn analyse(
    exchange: &mut Exchange,
    relationship: &RelationshipId,
    conflict: &ConflictId,
) -> Answer {
    let Generate { again } = exchange.json(Some(Generate::default())).await?;
    let outcome = exchange.flows.analyse(&exchange.call, relationship, conflict, again).await;
    outcome.map(|outcome| respond::outcome(&outcome)).map_err(respond::error)
}

pub async fn plan_repair(
    exchange: &mut Exchange,
    relationship: &RelationshipId,
    conflict: &ConflictId,
    partner: Partner,
) -> Answer {
    let Generate { again } = exchange.json(Some(Generate::default())).await?;
    let outcome = exchange.flows.plan_repair(&exchange.call, relationship, conflict, partner, again).await;
    outcome.map(|outcome| respond::outcome(&outcome)).map_err(respond::error)
}
