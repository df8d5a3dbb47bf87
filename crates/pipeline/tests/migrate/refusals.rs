//! What is not migrated, and what is said of it; what must not be overwritten; where a page ends.

use layout::DocumentRef;
use pipeline::{Error, ErrorKind, MigrationCounts, MigrationOutcome, MigrationRequest, from_bytes};
use serde_json::json;

use crate::world::{World, call, everything, run};

const NEW: &[u8] = br#"{"segments": [{"speaker": "partner_a", "text": "new"}]}"#;

fn transcript(id: &str) -> DocumentRef {
    DocumentRef::Transcript { relationship: "r".parse().unwrap(), conflict: id.parse().unwrap() }
}

/// The name of a row's outcome, and what is said of it.
fn outcome(world: &World, id: &str) -> (&'static str, String) {
    let page = world.page(everything()).unwrap().unwrap();
    let row = page.rows.into_iter().find(|row| row.row.get("id") == Some(&json!(id))).unwrap();
    (row.outcome.as_str(), row.outcome.error().map(ToString::to_string).unwrap_or_default())
}

/// Checks that a row is not migrated, and why.
fn is_refused(world: &World, id: &str, name: &str, says: &str) {
    let (path, documents) = (world.path("r", id), world.rows("documents"));
    let (outcome, text) = outcome(world, id);
    assert!(outcome == name && text.contains(says), "{id}: {outcome}: {text}");
    assert_eq!(world.path("r", id), path);
    assert_eq!(world.rows("documents"), documents);
}

#[test]
fn one_row_that_fails_does_not_keep_the_others_back() {
    let world = World::default();
    for n in 0..7 {
        world.conflict("r", &format!("c{n}"), &format!("docs/r/c{n}.json"));
        if n != 3 {
            world.keep("docs", &format!("r/c{n}.json"), b"file");
        }
    }
    world.insert("conflicts", &json!({ "relationship_id": "r", "id": "a/b", "transcript_path": "docs/x" }));
    world.conflict("r", "z", "https://abc.supabase.co/storage/v1/upload/resumable/abc");
    let page = world.migrate(false);
    let refused: Vec<_> = page
        .rows
        .iter()
        .filter(|row| row.outcome != MigrationOutcome::Copied)
        .map(|row| (row.row["id"].as_str().unwrap(), row.outcome.as_str()))
        .collect();
    assert_eq!(refused, [("a/b", "failed"), ("c3", "missing"), ("z", "failed")]);
    assert_eq!(page.rows.len(), 9);
}

#[test]
fn a_missing_file_is_said_with_every_place_where_it_was_looked_for() {
    let world = World::default();
    for (id, path) in
        [("c1", "https://abc.supabase.co/storage/v1/object/public/docs//r/c1.json"), ("c2", "r/c2.json")]
    {
        world.conflict("r", id, path);
    }
    is_refused(&world, "c1", "missing", "no object /r/c1.json in docs, or r/c1.json in docs.");
    is_refused(&world, "c2", "missing", "no object r/c2.json in docs, or r/c2.json in transcripts.");
    let without_bucket = |world: &World| {
        let world = world.clone();
        let page =
            async move { world.pipeline(None).migrate_storage_paths(&call(), &world, &everything()).await };
        run(page).unwrap().unwrap().rows
    };
    world.conflict("r", "c3", "old/2024/c3.json");
    let rows = without_bucket(&world);
    for (id, says) in [("c2", "set supabase_storage_bucket"), ("c3", "set supabase_storage_bucket")] {
        let row = rows.iter().find(|row| row.row["id"] == id).unwrap();
        let error = row.outcome.error().unwrap().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_file_too_large_or_that_breaks_off_leaves_nothing_under_its_key() {
    let world = World::default();
    world.conflict("r", "c", "docs/c");
    world.keep("docs", "c", &[7; 1001]);
    is_refused(&world, "c", "failed", "over the limit of 1000");
    world.keep("docs", "c", &[7; 100]);
    world.breaks.set(true);
    assert_eq!(outcome(&world, "c").0, "failed");
    assert_eq!((world.stored("transcripts/r/c.json"), world.path("r", "c")), (None, "docs/c".to_owned()));
    world.breaks.set(false);
    assert_eq!(outcome(&world, "c"), ("copied", String::new()));
}

#[test]
fn what_the_store_does_not_hold_as_it_was_read_is_not_taken_for_the_file() {
    let world = World::default();
    world.conflict("r", "c", "docs/c");
    world.keep("docs", "c", b"the file");
    world.corrupts.set(true);
    let (name, text) = outcome(&world, "c");
    assert!(name == "failed" && text.contains("is not what was read"), "{name}: {text}");
    assert_eq!(world.path("r", "c"), "docs/c");
    world.corrupts.set(false);
    let left = world.reconcile();
    assert_eq!((left.len(), left[0].resolution.as_str()), (1, "left"), "{left:?}");
    assert_eq!(world.path("r", "c"), "docs/c", "only a migration can tell whether the copy is one");
    let (name, text) = outcome(&world, "c");
    assert!(name == "failed" && text.contains("another file under transcripts/r/c.json"), "{name}: {text}");
    assert!(world.rows("documents").is_empty(), "nothing keeps anybody from removing it");
    let left = world.reconcile();
    assert_eq!((left.len(), left[0].resolution.as_str()), (1, "left"), "{left:?}");
    assert_eq!((world.path("r", "c").as_str(), world.rows("documents").len()), ("docs/c", 0));
    world.memory.borrow_mut().objects.delete("transcripts/r/c.json");
    assert_eq!(outcome(&world, "c").0, "copied");
    assert_eq!(world.stored("transcripts/r/c.json").unwrap(), "the file");
}

#[test]
fn a_copy_that_was_not_verified_is_not_taken_for_ours_though_the_path_may_mean_it() {
    let world = World::default();
    world.conflict("r", "c", "r/c.json");
    world.keep("docs", "r/c.json", b"the file");
    world.corrupts.set(true);
    assert_eq!(outcome(&world, "c").0, "failed");
    world.corrupts.set(false);
    for _ in 0..2 {
        let (name, text) = outcome(&world, "c");
        assert!(
            name == "failed" && text.contains("another file under transcripts/r/c.json"),
            "{name}: {text}"
        );
        assert_eq!(world.path("r", "c"), "r/c.json");
    }
    world.memory.borrow_mut().objects.delete("transcripts/r/c.json");
    assert_eq!(outcome(&world, "c").0, "copied");
    assert_eq!(world.stored("transcripts/r/c.json").unwrap(), "the file");
}

#[test]
fn a_file_that_the_ledger_does_not_know_is_never_overwritten() {
    let world = World::default();
    world.conflict("r", "c", "docs/c");
    world.keep("docs", "c", b"the old file");
    world.store("transcripts/r/c.json", b"somebody's");
    is_refused(&world, "c", "failed", "another file under transcripts/r/c.json");
    assert_eq!(world.stored("transcripts/r/c.json").unwrap(), "somebody's");
    world.store("transcripts/r/c.json", b"the old file");
    assert_eq!(outcome(&world, "c").0, "copied");
}

#[test]
fn a_document_stored_anew_is_newer_than_its_old_file() {
    let world = World::default();
    world.keep("docs", "c", b"the old file");
    let upload = world.clone();
    run(async move {
        let pipeline = upload.pipeline(None);
        pipeline.put_transcript(&call(), &transcript("c"), from_bytes(NEW)).await.unwrap();
    })
    .unwrap();
    // As when the upload broke off before it wrote the row.
    world.conflict("r", "c", "docs/c");
    assert_eq!(outcome(&world, "c"), ("rewritten", String::new()));
    assert_eq!(world.stored("transcripts/r/c.json").unwrap(), NEW);
    assert_eq!(world.path("r", "c"), "s3://serene-relationship-mediator/transcripts/r/c.json");
    world.memory.borrow_mut().objects.delete("transcripts/r/c.json");
    world.conflict("r", "c", "docs/c");
    is_refused(&world, "c", "failed", "its file is gone from the object store");
}

#[test]
fn a_document_that_others_are_at_is_left_to_them() {
    let world = World::default();
    world.conflict("r", "c", "docs/c");
    world.keep("docs", "c", b"the old file");
    for status in ["receiving", "deleting"] {
        let row = json!({
            "id": transcript("c").document_id().as_str(), "relationship_id": "r", "kind": "transcript", "key": "transcripts/r/c.json",
            "status": status, "attempt": "1f", "attempts": 1, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        });
        let row = row.as_object().unwrap().clone();
        let merge = pipeline::stages::OnConflict::Merge;
        world.memory.borrow_mut().records.upsert("documents", &[row], &["id"], merge).unwrap();
        is_refused(&world, "c", "busy", "document");
    }
}

#[test]
fn a_path_into_another_relationship_is_refused_and_a_folder_is_none() {
    let world = World::default();
    for (id, path) in [
        ("c1", "docs/theirs/c9.json"),
        ("c2", "docs/transcripts/members/c9.json"),
        ("c3", "docs/folder/c9.json"),
    ] {
        world.conflict("r", id, path);
        world.keep("docs", path.trim_start_matches("docs/"), b"file");
    }
    world.conflict("theirs", "c9", "docs/theirs/c9.json");
    world.insert("relationship_members", &json!({ "relationship_id": "members", "user_id": "u" }));
    // Migrates what can be.
    world.page(everything()).unwrap().unwrap();
    is_refused(&world, "c2", "failed", "of another relationship");
    is_refused(&world, "c1", "failed", "of another relationship");
    assert!(world.path("r", "c3").starts_with("s3://"), "nobody is called folder");
    assert_eq!(world.stored("transcripts/r/c1.json"), None);
}

#[test]
fn what_an_operator_must_set_ends_the_run_and_what_passes_does_not() {
    let world = World::default();
    for id in ["c1", "c2"] {
        world.conflict("r", id, &format!("docs/{id}"));
        world.keep("docs", id, b"file");
    }
    let wrong =
        Error::new(ErrorKind::Misconfigured, "supabase_url is not set.").with("variable", "supabase_url");
    *world.denies.borrow_mut() = Some(wrong.clone());
    assert_eq!(world.page(everything()).unwrap().unwrap_err(), wrong);
    *world.denies.borrow_mut() = Some(Error::new(ErrorKind::TimedOut, "Slow."));
    let page = world.page(everything()).unwrap().unwrap();
    assert_eq!((page.counts.failed, page.next), (2, None));
    *world.denies.borrow_mut() = None;
    assert_eq!(world.page(everything()).unwrap().unwrap().counts.copied, 2);
    *world.denies.borrow_mut() = Some(wrong);
    assert_eq!(
        world.page(everything()).unwrap().unwrap().counts.current,
        2,
        "nothing is asked of it any more"
    );
}

#[test]
fn a_run_of_one_relationship_looks_at_no_other() {
    let world = World::default();
    for relationship in ["r", "s"] {
        world.conflict(relationship, "c", &format!("docs/{relationship}/c.json"));
        world.keep("docs", &format!("{relationship}/c.json"), b"file");
    }
    let request = MigrationRequest { relationship: Some("s".parse().unwrap()), ..everything() };
    assert_eq!(world.page(request).unwrap().unwrap().counts.examined, 1);
    assert!(world.path("s", "c").starts_with("s3://") && !world.path("r", "c").starts_with("s3://"));
}

#[test]
fn a_page_looks_at_no_more_rows_than_it_may_and_begins_none_in_the_second_half_of_its_time() {
    let world = World::default();
    for n in 0..40 {
        world.conflict("r", &format!("c{n:02}"), &format!("docs/c{n:02}"));
        world.keep("docs", &format!("c{n:02}"), b"file");
    }
    for limit in [0, 1001] {
        let error = world.page(MigrationRequest { limit, ..everything() }).unwrap().unwrap_err();
        assert_eq!(error.code(), "invalid");
    }
    let error = world.page(MigrationRequest { cursor: Some("x".to_owned()), ..everything() }).unwrap();
    assert_eq!(error.unwrap_err().code(), "invalid");
    let page = world.page(MigrationRequest { limit: 7, ..everything() }).unwrap().unwrap();
    assert_eq!((page.counts.examined, page.counts.copied), (7, 7));

    let mut request = MigrationRequest { cursor: page.next, ..everything() };
    let mut pages = 0;
    loop {
        pages += 1;
        let (asking, asked) = (world.clone(), request.clone());
        let page = run(async move {
            let now = pipeline::Environment::now_ms(&asking);
            let call = pipeline::stages::Call { deadline_ms: now + 60, ..call() };
            asking.pipeline(Some("docs")).migrate_storage_paths(&call, &asking, &asked).await
        });
        let page = page.unwrap().unwrap();
        let MigrationCounts { examined, current, copied, .. } = page.counts;
        // Where the row is gone that the run stood at, those before it are looked at once more.
        assert!(copied > 0 && copied + current == examined, "{:?}", page.counts);
        assert!(current == 0 || pages == 2, "{:?}", page.counts);
        request.cursor = page.next;
        if request.cursor.is_none() {
            break;
        }
        // A row that goes while a run stands at it takes nothing else along.
        if pages == 1 {
            let gone = vec![pipeline::stages::Filter::eq("id", page.rows.last().unwrap().row["id"].clone())];
            world.memory.borrow_mut().records.delete("conflicts", &gone).unwrap();
        }
    }
    assert!(pages > 3, "{pages}");
    assert!(
        world
            .rows("conflicts")
            .iter()
            .all(|row| row["transcript_path"].as_str().unwrap().starts_with("s3://"))
    );
}
