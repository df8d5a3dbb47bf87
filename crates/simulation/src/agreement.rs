//! Whether the ledger, the objects, the product's rows and the vectors tell the same, when all work is done.

use std::collections::{BTreeMap, BTreeSet};

use layout::Kind;
use pipeline::stages::Row;
use pipeline::{Document, Status};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Memory;
use crate::history::Breach;
use crate::library::{Doc, Label, Version};

/// Holds the stores to one another.
pub(crate) fn check(memory: &Memory) -> Result<(), Breach> {
    let disagree = |what: String| Err(("I4", what));
    let mut keys = BTreeSet::new();
    let mut vectors = BTreeMap::new();
    let mut unreadable = Vec::new();
    let mut product_rows = Vec::new();
    for row in memory.records.rows("documents") {
        let document: Document = match serde_json::from_value(Value::Object(row.clone())) {
            Ok(document) => document,
            Err(error) => return disagree(format!("a row of the ledger cannot be read: {error}")),
        };
        let reference = document.document_ref().ok();
        let Some((reference, doc)) =
            reference.and_then(|reference| Some((reference.clone(), Doc::of(&reference)?)))
        else {
            return disagree(format!("the ledger has a row for {}", document.key));
        };
        if document.relationship_id != doc.relationship {
            return Err(("I5", format!("the ledger has {doc} under {}", document.relationship_id)));
        }
        let Some(bytes) = memory.objects.bytes(&document.key) else {
            return disagree(format!("{doc} has a row in the ledger and no object"));
        };
        let sha256 = hex::encode(Sha256::digest(bytes));
        if document.sha256.as_ref() != Some(&sha256) || document.size != Some(bytes.len() as u64) {
            return disagree(format!("the ledger has another hash or size of {doc} than its object"));
        }
        keys.insert(document.key.clone());
        let label = Label::find_all(&String::from_utf8_lossy(bytes)).first().copied();
        let Some(label) = label.filter(|label| label.doc == doc) else {
            return Err(("I5", format!("the object of {doc} is {label:?}")));
        };
        // What cannot be read stays as it is, and searches show what was there before.
        let refused = label.version == Version::Unreadable && document.status == Status::Failed;
        if document.status != Status::Indexed && !refused {
            return disagree(format!("{doc} is still {:?}", document.status));
        }
        if refused {
            unreadable.push(format!("{}.{}.", document.id, document.revision.as_deref().unwrap_or_default()));
        }
        let passages = label.passages();
        for (n, text) in passages.iter().enumerate() {
            let revision = document.revision.as_deref().unwrap_or_default();
            let id = format!("{}.{revision}.{n:05}", document.id);
            vectors.insert(id, (doc, text.clone()));
        }
        product_rows.push(product_row(&document, &reference));
    }
    for (key, _) in memory.objects.all() {
        if !keys.contains(key) {
            return disagree(format!("the object {key} has no row in the ledger"));
        }
    }
    for (_, vector) in memory.vectors.all() {
        let text = vector.metadata.get("text").and_then(Value::as_str).unwrap_or_default();
        match vectors.remove(&vector.id) {
            None if unreadable.iter().any(|revision| vector.id.starts_with(revision)) => {}
            None => return disagree(format!("the vector {} is no document's: {text}", vector.id)),
            Some((doc, _)) if vector.metadata.get("relationship_id") != Some(&json!(doc.relationship)) => {
                return Err(("I5", format!("a vector of {doc} is not under its relationship")));
            }
            Some((_, expected)) if expected != text => {
                return disagree(format!("a vector of {expected:?} has the text {text:?}"));
            }
            Some(_) => {}
        }
    }
    if let Some((id, (doc, text))) = vectors.first_key_value() {
        return disagree(format!("{doc} lacks the vector {id} of {text:?}"));
    }
    compare_rows(memory, product_rows)
}

/// What of a document's row in the product's table must hold: its path. The rest is the product's, and may be what an upload said that came before.
fn product_row(document: &Document, reference: &layout::DocumentRef) -> (&'static str, Row) {
    let kind = reference.kind();
    let own = document.pdf_id.as_ref().or(document.conflict_id.as_ref());
    let mut row = Row::new();
    let mut set = |column: &str, value: Value| _ = row.insert(column.to_owned(), value);
    set("relationship_id", json!(document.relationship_id));
    set(kind.path_column(), json!(document.path));
    match kind {
        Kind::Transcript => set("id", json!(own)),
        Kind::Profile | Kind::Handbook => {
            set("id", json!(own));
            set("kind", json!(kind.as_str()));
        }
        Kind::Analysis => set("conflict_id", json!(own)),
        Kind::RepairPlan => {
            set("conflict_id", json!(own));
            set("partner_id", json!(document.partner_id));
        }
    }
    (kind.table(), row)
}

fn compare_rows(memory: &Memory, expected: Vec<(&'static str, Row)>) -> Result<(), Breach> {
    let mut stored: Vec<(&str, &Row)> = ["conflicts", "profiles", "conflict_analysis", "repair_plans"]
        .into_iter()
        .flat_map(|table| memory.records.rows(table).map(move |row| (table, row)))
        // A conflict is more than its transcript.
        .filter(|(table, row)| *table != "conflicts" || !row["transcript_path"].is_null())
        .collect();
    for (table, expected) in expected {
        let fits = |row: &Row| expected.iter().all(|(column, value)| row.get(column) == Some(value));
        match stored.iter().position(|(t, row)| *t == table && fits(row)) {
            Some(place) => _ = stored.swap_remove(place),
            None => return Err(("I4", format!("{table} has no row as the ledger has it: {expected:?}"))),
        }
    }
    match stored.first() {
        None => Ok(()),
        Some((table, row)) => Err(("I4", format!("{table} has a row of no document: {row:?}"))),
    }
}
