//! What reconcile promises: each way in which the stores can disagree is found and healed, nothing that may be in use is touched, and nothing that a user
//! stored is lost.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops there")]

mod adrift;
mod concurrency;
mod healing;
mod judgement;
mod pages;
#[path = "../world/mod.rs"]
mod world;

use std::collections::BTreeMap;

use bytes::Bytes;
use layout::DocumentRef;
use pipeline::stages::{Call, Filter, OnConflict, PutOptions, Row, Selection, Vector, WriteCondition};
use pipeline::{Action, Document, Drift, Finding, ReconcilePage, ReconcileRequest, from_bytes};
use serde_json::{Value, json};
use simulation::pdf;
use world::{World, call, handbook, run, upload};

/// More pages than any run here has.
const MANY: usize = 2000;
const DAY: u64 = 24 * 3600 * 1000;

fn patient() -> Call {
    Call { deadline_ms: u64::MAX / 2, ..Call::default() }
}

fn everything(dry_run: bool) -> ReconcileRequest {
    ReconcileRequest { relationship: None, dry_run, limit: 1000, cursor: None }
}

/// Runs to the end as a client does: a page that fails is asked for again.
async fn to_the_end(world: &World, call: &Call, mut request: ReconcileRequest) -> Vec<ReconcilePage> {
    let pipeline = world.pipeline();
    let mut pages: Vec<ReconcilePage> = Vec::new();
    for _ in 0..MANY {
        let Ok(page) = pipeline.reconcile(call, &request).await else { continue };
        request.cursor = page.next.clone();
        let before = pages.last().map_or(0.0, |page| page.progress);
        assert!(page.progress >= before && page.progress <= 1.0, "{before}, {}", page.progress);
        pages.push(page);
        if request.cursor.is_none() {
            return pages;
        }
    }
    panic!("the run never ended");
}

fn findings(pages: Vec<ReconcilePage>) -> Vec<Finding> {
    pages.into_iter().flat_map(|page| page.findings).collect()
}

fn reconcile(world: &World, request: ReconcileRequest) -> Vec<Finding> {
    findings(run(to_the_end(world, &patient(), request)).unwrap())
}

fn heal(world: &World) -> Vec<Finding> {
    reconcile(world, everything(false))
}

fn transcript(relationship: &str, conflict: &str) -> DocumentRef {
    DocumentRef::Transcript {
        relationship: relationship.parse().unwrap(),
        conflict: conflict.parse().unwrap(),
    }
}

fn put_transcript(world: &World, document: &DocumentRef, text: &str) {
    let body = json!({ "segments": [{ "speaker": "partner_a", "text": text }] }).to_string();
    run(world.pipeline().put_transcript(&call(), document, from_bytes(body))).unwrap().unwrap();
}

/// Two handbooks and a transcript, stored a day ago.
fn settled() -> World {
    let world = World::default();
    upload(&world, &handbook("r", "h"), &pdf(&["alpha", "bravo"])).unwrap().unwrap();
    upload(&world, &handbook("r", "i"), &pdf(&["charlie"])).unwrap().unwrap();
    put_transcript(&world, &transcript("r", "c"), "delta");
    world.pass(DAY);
    world
}

/// Everything the stores keep.
type Snapshot = (BTreeMap<String, Bytes>, Vec<Row>, BTreeMap<String, Vector>);

fn snapshot(world: &World) -> Snapshot {
    let memory = world.memory();
    let tables = ["documents", "conflicts", "profiles", "conflict_analysis", "repair_plans"];
    (
        memory.objects.all().map(|(key, bytes)| (key.to_owned(), bytes.clone())).collect(),
        tables.iter().flat_map(|table| memory.records.rows(table).cloned()).collect(),
        memory.vectors.all().map(|(_, vector)| (vector.id.clone(), vector.clone())).collect(),
    )
}

fn ledger(world: &World, document: &DocumentRef) -> Option<Document> {
    world.document(document)
}

fn change(world: &World, document: &DocumentRef, changes: Value) {
    let id = [Filter::eq("id", document.document_id().as_str())];
    let changes = changes.as_object().unwrap();
    assert_eq!(world.memory().records.update("documents", changes, &id).unwrap(), 1);
}

fn add_row(world: &World, table: &str, key: &[&str], row: Value) {
    let row = row.as_object().unwrap().clone();
    world.memory().records.upsert(table, &[row], key, OnConflict::Merge).unwrap();
}

/// Adds an object that is as old as can be.
fn add_object(world: &World, key: &str, bytes: &[u8]) {
    put_object(world, key, bytes, 0);
}

fn put_object(world: &World, key: &str, bytes: &[u8], modified_ms: u64) {
    let content_type = "application/octet-stream".to_owned();
    let options =
        PutOptions { content_type, size: None, condition: WriteCondition::Always, metadata: Vec::new() };
    world.memory().objects.put(key, &Bytes::copy_from_slice(bytes), &options, modified_ms).unwrap();
}

fn remove_object(world: &World, document: &DocumentRef) -> Bytes {
    let file = world.file(document).unwrap();
    world.memory().objects.delete(document.key().as_str());
    file
}

/// Changes a file behind Serene's back.
fn overwrite(world: &World, document: &DocumentRef, bytes: &[u8]) {
    let now = pipeline::Environment::now_ms(world);
    put_object(world, document.key().as_str(), bytes, now);
    world.pass(DAY);
}

fn lose_vectors(world: &World, namespace: &str, which: impl Fn(&str) -> bool) {
    let mut memory = world.memory();
    let ids = memory.vectors.all().map(|(_, vector)| vector.id.clone()).filter(|id| which(id)).collect();
    memory.vectors.delete(namespace, &Selection::Ids(ids)).unwrap();
}

fn add_vector(world: &World, namespace: &str, id: &str) {
    let mut values = vec![0.0; 64];
    values[0] = 1.0;
    let vector = Vector { id: id.to_owned(), values, metadata: Row::new() };
    world.memory().vectors.upsert(namespace, &[vector]).unwrap();
}

/// What was found: each drift with what was done about it, and whether that helped.
fn told(findings: &[Finding]) -> Vec<(Drift, Action, &'static str)> {
    findings.iter().map(|finding| (finding.drift, finding.action, finding.resolution.as_str())).collect()
}

/// The three stores hold the same documents, and each is found by what its file says.
fn agree(world: &World, context: &str) {
    assert_eq!(heal(world), [], "{context}");
    let documents = world.rows_of("documents");
    let keys: Vec<_> = documents.iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect();
    assert!(documents.iter().all(|row| row["status"] == "indexed"), "{context}: {documents:?}");
    let mut keys = keys;
    keys.sort();
    let (objects, _, vectors) = snapshot(world);
    assert_eq!(keys, objects.into_keys().collect::<Vec<_>>(), "{context}");
    for (id, vector) in vectors {
        let owner = documents.iter().find(|row| id.starts_with(row["id"].as_str().unwrap())).unwrap();
        assert_eq!(vector.metadata["revision"], owner["revision"], "{context}");
    }
}
