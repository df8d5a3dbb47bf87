//! Migration: one page of bringing files over from Supabase Storage.

use http::StatusCode;
use http_api::problem::{Problem, ProblemKind};
use layout::RelationshipId;
use pipeline::{MigratedRow, MigrationRequest};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Answer;
use crate::request::Exchange;
use crate::respond;
use crate::supabase_storage::SupabaseStorage;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Body {
    relationship_id: Option<String>,
    dry_run: bool,
    limit: u32,
    cursor: Option<String>,
}

impl Default for Body {
    /// A request that does not say so changes nothing.
    fn default() -> Self {
        Self { relationship_id: None, dry_run: true, limit: 100, cursor: None }
    }
}

pub async fn storage_paths(exchange: &mut Exchange) -> Answer {
    let Body { relationship_id, dry_run, limit, cursor } = exchange.json(Some(Body::default())).await?;
    let relationship = relationship_id
        .map(|id| id.parse::<RelationshipId>())
        .transpose()
        .map_err(|e| Problem::new(ProblemKind::Invalid, format!("{e}.")))?;
    let max_file_bytes = exchange.config.max_file_bytes;
    let request = MigrationRequest { relationship, dry_run, limit, cursor, max_file_bytes };
    let storage = SupabaseStorage::set_up().await.map_err(respond::error)?;
    let page = exchange.flows.migrate_storage_paths(&exchange.call, &storage, &request).await;
    let page = page.map_err(respond::error)?;
    let rows: Vec<_> = page.rows.iter().map(show).collect();
    let body = json!({
        "dry_run": dry_run,
        "rows": rows,
        "counts": page.counts,
        "progress": page.progress,
        "next_cursor": page.next,
    });
    Ok(respond::json(StatusCode::OK, &body))
}

fn show(row: &MigratedRow) -> Value {
    let mut shown = json!({
        "table": row.table,
        "row": row.row,
        "form": row.form.map(|form| form.as_str()),
        "key": row.key,
        "bytes": row.bytes,
        "outcome": row.outcome.as_str(),
    });
    if let Some(error) = row.outcome.error() {
        shown["error"] = respond::error_fields(error);
    }
    shown
}
