//! Reconcile: one page of comparing the stores and healing what disagrees.

use http::StatusCode;
use http_api::problem::{Problem, ProblemKind};
use layout::RelationshipId;
use pipeline::{Finding, ReconcileRequest, Resolution};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Answer;
use crate::request::Exchange;
use crate::respond;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Body {
    relationship_id: Option<String>,
    dry_run: bool,
    limit: u32,
    cursor: Option<String>,
}

impl Default for Body {
    fn default() -> Self {
        Self { relationship_id: None, dry_run: false, limit: 100, cursor: None }
    }
}

pub async fn reconcile(exchange: &mut Exchange) -> Answer {
    let Body { relationship_id, dry_run, limit, cursor } = exchange.json(Some(Body::default())).await?;
    let relationship = relationship_id
        .map(|id| id.parse::<RelationshipId>())
        .transpose()
        .map_err(|e| Problem::new(ProblemKind::Invalid, format!("{e}.")))?;
    let request = ReconcileRequest { relationship, dry_run, limit, cursor };
    let page = exchange.flows.reconcile(&exchange.call, &request).await.map_err(respond::error)?;
    let findings: Vec<_> = page.findings.iter().map(show).collect();
    let body = json!({
        "dry_run": dry_run,
        "findings": findings,
        "looked_at": page.looked_at,
        "progress": page.progress,
        "next_cursor": page.next,
    });
    Ok(respond::json(StatusCode::OK, &body))
}

fn show(finding: &Finding) -> Value {
    let mut shown = json!(finding.subject);
    shown["drift"] = json!(finding.drift);
    shown["action"] = json!(finding.action);
    shown["resolution"] = json!(finding.resolution.as_str());
    match &finding.resolution {
        Resolution::Left(message) | Resolution::Ignored(message) => shown["message"] = json!(message),
        Resolution::Failed(error) => shown["error"] = respond::error_fields(error),
        Resolution::Planned | Resolution::Healed | Resolution::Busy => {}
    }
    shown
}
