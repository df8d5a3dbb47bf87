//! A file before it is migrated: read where it is, left alone by everything else.

use futures::StreamExt as _;
use layout::{DocumentRef, Partner};
use pipeline::{Drift, Error, ErrorKind, Result};
use serde_json::json;

use crate::world::{World, call, run};

const PATH: &str = "https://abc.supabase.co/storage/v1/object/public/docs/r/c.json";

fn transcript(relationship: &str, id: &str) -> DocumentRef {
    DocumentRef::Transcript { relationship: relationship.parse().unwrap(), conflict: id.parse().unwrap() }
}

/// What is read of a file that is not migrated.
fn read(world: &World, document: &DocumentRef) -> Result<Option<Vec<u8>>> {
    let (world, document) = (world.clone(), document.clone());
    run(async move {
        let pipeline = world.pipeline(Some("docs"));
        let info = pipeline.head_unmigrated(&call(), &world, &document).await?;
        let file = pipeline.open_unmigrated(&call(), &world, &document, 1000).await?;
        let Some(mut file) = file else { return Ok(info.map(|_| Vec::new())) };
        let mut bytes = Vec::new();
        while let Some(piece) = file.body.next().await {
            bytes.extend(piece?);
        }
        assert_eq!((info.unwrap().size, file.size), (Some(bytes.len() as u64), Some(bytes.len() as u64)));
        Ok(Some(bytes))
    })
    .unwrap()
}

fn is_not_migrated(error: &Error, kind: &ErrorKind) {
    assert!(error.kind == *kind && error.extra("reason") == Some("not-migrated"), "{error:?}");
    assert!(error.message.contains("serene migrate"), "{error}");
}

#[test]
fn a_file_is_read_where_its_row_says_and_nowhere_else() {
    let world = World::default();
    world.keep("docs", "r/c.json", b"the file");
    world.keep("docs", "r/e.json", b"somebody's");
    world.conflict("r", "c", PATH);
    world.conflict("r", "d", "docs/r/c.json");
    world.conflict("r", "gone", "docs/gone");
    world.conflict("r", "new", "s3://serene-relationship-mediator/transcripts/r/new.json");
    world.conflict("other", "c", "docs/r/c.json");
    for id in ["c", "d"] {
        assert_eq!(read(&world, &transcript("r", id)).unwrap().unwrap(), b"the file");
    }
    for id in ["e", "gone", "new"] {
        assert_eq!(read(&world, &transcript("r", id)).unwrap(), None, "{id}");
    }
    assert_eq!(read(&world, &transcript("other", "c")).unwrap_err().kind, ErrorKind::Denied);
}

#[test]
fn what_needs_the_file_in_the_object_store_says_that_it_must_be_migrated() {
    let world = World::default();
    world.keep("docs", "r/c.json", br#"{"segments": [{"speaker": "partner_a", "text": "hello"}]}"#);
    world.conflict("r", "c", PATH);
    let asked = world.clone();
    let (analysis, plan, delete, delete_file) = run(async move {
        let pipeline = asked.pipeline(Some("docs"));
        let (relationship, conflict) = ("r".parse().unwrap(), "c".parse().unwrap());
        (
            pipeline.analyse(&call(), &relationship, &conflict, false).await.unwrap_err(),
            pipeline.plan_repair(&call(), &relationship, &conflict, Partner::A, false).await.unwrap_err(),
            pipeline.delete(&call(), &transcript("r", "c")).await.unwrap_err(),
            pipeline.delete_file(&call(), &transcript("r", "c")).await.unwrap_err(),
        )
    })
    .unwrap();
    is_not_migrated(&analysis, &ErrorKind::NotFound);
    is_not_migrated(&plan, &ErrorKind::NotFound);
    is_not_migrated(&delete, &ErrorKind::Conflict);
    is_not_migrated(&delete_file, &ErrorKind::Conflict);
    assert_eq!(world.path("r", "c"), PATH);
}

#[test]
fn reconcile_neither_clears_nor_replaces_an_old_path() {
    let world = World::default();
    let paths = [
        ("c1", "https://abc.supabase.co/storage/v1/object/public/docs/r/c1.json"),
        ("c2", "docs/r/c2.json"),
        ("c3", "old/2024/c3.json"),
        ("c4", "r/c4.json"),
        ("c5", "transcripts/r/c5.json"),
        ("c6", "https://abc.supabase.co/storage/v1/upload/resumable/abc"),
        ("c7", "s3://another-bucket/transcripts/r/c7.json"),
        // A file of ours lies under the key of this one.
        ("c8", "docs/r/c8.json"),
    ];
    for (id, path) in paths {
        world.conflict("r", id, path);
    }
    world.store("transcripts/r/c8.json", br#"{"segments": [{"speaker": "partner_a", "text": "ours"}]}"#);
    let row = json!({ "relationship_id": "r", "kind": "handbook", "id": "h", "file_path": "docs/h.pdf" });
    world.insert("profiles", &row);
    let found = world.reconcile();
    assert!(found.iter().all(|finding| finding.resolution.as_str() == "left"), "{found:?}");
    let mut drifts: Vec<Drift> = found.iter().map(|finding| finding.drift).collect();
    drifts.sort_unstable();
    assert_eq!(
        drifts,
        [Drift::OtherPath, Drift::OtherPath, Drift::UnknownObject, Drift::DanglingRow, Drift::DanglingRow],
        "{found:?}"
    );
    for (id, path) in paths {
        assert_eq!(world.path("r", id), path);
    }
    assert_eq!(world.rows("profiles")[0]["file_path"], "docs/h.pdf");
    assert!(world.rows("documents").is_empty());
}

#[test]
fn an_indexed_document_whose_row_got_an_old_path_again_is_left_to_a_person() {
    let world = World::default();
    let document = transcript("r", "c");
    let body = br#"{"segments": [{"speaker": "partner_a", "text": "ours"}]}"#;
    let upload = world.clone();
    run(async move {
        let bytes = pipeline::from_bytes(bytes::Bytes::from_static(body));
        upload.pipeline(None).put_transcript(&call(), &transcript("r", "c"), bytes).await.unwrap();
    })
    .unwrap();
    world.conflict("r", "c", "docs/newer");
    // It would have to be indexed again.
    world.store(document.key().as_str(), br#"{"segments": [{"speaker": "partner_a", "text": "changed"}]}"#);
    let found = world.reconcile();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].drift, found[0].resolution.as_str()), (Drift::OtherPath, "left"));
    assert_eq!(world.path("r", "c"), "docs/newer");
}
