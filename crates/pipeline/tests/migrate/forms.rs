//! Each form of a path, and what it leads to.

use pipeline::{Durability, MigrationOutcome, MigrationPage};
use serde_json::json;

use crate::world::{World, call, run};

const HOST: &str = "https://abc.supabase.co/storage/v1";
/// A token that names `docs/r/signed?.json`.
const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJ1cmwiOiJkb2NzL3Ivc2lnbmVkPy5qc29uIn0.c2VjcmV0";
const TRANSCRIPT: &[u8] = br#"{"segments": [{"speaker": "partner_a", "text": "hello"}]}"#;

/// A row, where its file is in Supabase Storage, and the key it comes to.
struct Case {
    form: &'static str,
    path: String,
    id: &'static str,
    file: (&'static str, &'static str),
}

/// Transcripts of the relationship `r`, one of each form.
fn transcripts() -> Vec<Case> {
    let case =
        |form, path: &str, id, bucket, key| Case { form, path: path.to_owned(), id, file: (bucket, key) };
    vec![
        case("public-url", &format!("{HOST}/object/public/docs/r/c1.json"), "c1", "docs", "r/c1.json"),
        case("public-url", &format!("{HOST}/object/public/docs//r//c2.json?t=1"), "c2", "docs", "r/c2.json"),
        case(
            "public-url",
            &format!("{HOST}/object/public/docs//r/literal.json"),
            "c3",
            "docs",
            "/r/literal.json",
        ),
        case(
            "public-url",
            &format!("{HOST}/object/public/docs/up/50%25%20a+b.json"),
            "c4",
            "docs",
            "up/50% a+b.json",
        ),
        case(
            "signed-url",
            &format!("{HOST}/object/sign/docs/r/signed?.json?token={TOKEN}"),
            "c5",
            "docs",
            "r/signed?.json",
        ),
        case(
            "signed-url",
            &format!("/object/sign/docs/r/c6.json?token={}", TOKEN.replace("ey", "no")),
            "c6",
            "docs",
            "r/c6.json",
        ),
        case(
            "authenticated-url",
            &format!("{HOST}/object/authenticated/docs/r/c7.json"),
            "c7",
            "docs",
            "r/c7.json",
        ),
        case(
            "object-url",
            "http://localhost:54321/storage/v1/object/docs/transcripts/r/c8.json",
            "c8",
            "docs",
            "transcripts/r/c8.json",
        ),
        case("info-url", &format!("{HOST}/object/info/docs/r/c9.json"), "c9", "docs", "r/c9.json"),
        case(
            "signed-upload-url",
            &format!("{HOST}/object/upload/sign/docs/r/d1.json?token=x"),
            "d1",
            "docs",
            "r/d1.json",
        ),
        case(
            "image-url",
            &format!("{HOST}/render/image/public/docs/r/d2.json?width=1"),
            "d2",
            "docs",
            "r/d2.json",
        ),
        case("s3-url", &format!("{HOST}/s3/docs/r/d3.json"), "d3", "docs", "r/d3.json"),
        case("bucket-path", "docs/r/d4.json", "d4", "docs", "r/d4.json"),
        case("bare-path", "old/2024/d5.json", "d5", "docs", "old/2024/d5.json"),
        case("short-key", "r/d6.json", "d6", "docs", "r/d6.json"),
        case("short-key", "/r/d7.json", "d7", "transcripts", "r/d7.json"),
        case("key", "transcripts/r/d8.json", "d8", "docs", "transcripts/r/d8.json"),
        case("key", "transcripts/r/d9.json", "d9", "transcripts", "r/d9.json"),
        case("short-key", "conflicts/e1.json", "e1", "docs", "conflicts/e1.json"),
    ]
}

/// Each transcript, a file of each other kind, and rows that need nothing.
fn old_world() -> World {
    let world = World::default();
    for Case { path, id, file: (bucket, key), .. } in &transcripts() {
        world.keep(bucket, key, format!("the file of {id}").as_bytes());
        world.conflict("r", id, path);
    }
    for kind in ["profile", "handbook"] {
        let path = format!("{HOST}/object/public/docs/{kind}s/r/p.pdf");
        world.keep("docs", &format!("{kind}s/r/p.pdf"), kind.as_bytes());
        let row = json!({ "relationship_id": "r", "kind": kind, "id": "p", "file_path": path, "partner_id": "partner_b", "filename": "mine.pdf" });
        world.insert("profiles", &row);
    }
    world.keep("docs", "r/c_analysis.json", b"analysis");
    let row =
        json!({ "relationship_id": "r", "conflict_id": "c", "analysis_path": "docs/r/c_analysis.json" });
    world.insert("conflict_analysis", &row);
    world.keep("docs", "plans/1", b"plan");
    let path = format!("{HOST}/object/public/docs/plans/1");
    let row =
        json!({ "relationship_id": "r", "conflict_id": "c", "partner_id": "partner_a", "plan_path": path });
    world.insert("repair_plans", &row);
    world.conflict("r", "new", "s3://serene-relationship-mediator/transcripts/r/new.json");
    world.insert("conflicts", &json!({ "relationship_id": "r", "id": "none", "transcript_path": null }));
    world
}

fn outcomes(page: &MigrationPage) -> Vec<(String, &'static str, &'static str)> {
    let key = |row: &pipeline::MigratedRow| row.key.clone().unwrap();
    page.rows.iter().map(|row| (key(row), row.form.unwrap().as_str(), row.outcome.as_str())).collect()
}

#[test]
fn the_file_of_every_form_is_copied_under_the_rows_own_key_and_the_row_names_it_there() {
    let world = old_world();
    let before = world.files.borrow().clone();
    let page = world.migrate(false);
    let cases = transcripts();
    for Case { form, id, .. } in &cases {
        let key = format!("transcripts/r/{id}.json");
        let row = page.rows.iter().find(|row| row.key.as_ref() == Some(&key)).unwrap();
        assert_eq!((row.form.unwrap().as_str(), &row.outcome), (*form, &MigrationOutcome::Copied), "{id}");
        assert_eq!(world.stored(&key).unwrap(), format!("the file of {id}"), "{id}");
        assert_eq!(row.bytes, Some(14), "{id}");
        assert_eq!(world.path("r", id), format!("s3://serene-relationship-mediator/{key}"));
    }
    for (key, bytes) in [
        ("profiles/r/p.pdf", "profile"),
        ("handbooks/r/p.pdf", "handbook"),
        ("analysis/r/c_analysis.json", "analysis"),
        ("repair_plans/r/c_repair_partner_a.json", "plan"),
    ] {
        assert_eq!(world.stored(key).unwrap(), bytes);
    }
    assert_eq!(*world.files.borrow(), before, "the source is as it was");
    assert_eq!(page.rows.len(), cases.len() + 4);
    assert_eq!((page.counts.examined as usize, page.counts.current), (cases.len() + 5, 1));
    assert_eq!(page.counts.bytes, 14 * cases.len() as u64 + 27);
    let shown = format!("{page:?}");
    assert!(!shown.contains("c2VjcmV0") && !shown.contains("https://"), "{shown}");
}

#[test]
fn a_dry_run_foresees_the_same_and_does_nothing_and_a_second_run_finds_nothing_to_do() {
    let world = old_world();
    let rows = world.rows("conflicts");
    let foreseen = world.migrate(true);
    assert_eq!(world.rows("conflicts"), rows);
    assert!(world.rows("documents").is_empty() && world.memory.borrow().objects.all().next().is_none());
    let migrated = world.migrate(false);
    assert_eq!(foreseen, migrated);
    world.asked.take();
    let again = world.migrate(false);
    assert_eq!((again.rows.len(), again.counts.examined), (0, again.counts.current));
    assert!(world.asked.take().is_empty());
}

#[test]
fn a_migrated_document_waits_in_the_ledger_to_be_indexed_and_its_row_keeps_what_it_knew() {
    let world = World::default();
    world.keep("docs", "r/c.json", TRANSCRIPT);
    world.conflict("r", "c", "docs/r/c.json");
    let path = format!("{HOST}/object/public/docs/x");
    world.keep("docs", "x", b"%PDF-page");
    let profile = json!({
        "relationship_id": "r", "kind": "profile", "id": "p", "file_path": path, "partner_id": "partner_b", "filename": "mine.pdf",
        "created_at": "2025-05-05T05:05:05.000Z",
    });
    world.insert("profiles", &profile);
    world.migrate(false);
    let documents = world.rows("documents");
    let of = |kind: &str| documents.iter().find(|row| row["kind"] == kind).unwrap().clone();
    for document in [of("transcript"), of("profile")] {
        assert_eq!(document["status"], "stored");
        assert_eq!(document["created_at"], "2025-05-05T05:05:05.000Z");
        assert_eq!(
            document["path"],
            format!("s3://serene-relationship-mediator/{}", document["key"].as_str().unwrap())
        );
    }
    assert_eq!(
        (&of("profile")["partner_id"], &of("profile")["filename"]),
        (&json!("partner_b"), &json!("mine.pdf"))
    );

    for document in documents {
        let world = world.clone();
        let outcome = run(async move {
            let pipeline = world.pipeline(None);
            let (relationship, id) =
                ("r".parse().unwrap(), document["id"].as_str().unwrap().parse().unwrap());
            let document = pipeline.document(&call(), &relationship, &id).await.unwrap();
            pipeline.resume(&call(), document).await
        });
        assert_eq!(outcome.unwrap().unwrap().unwrap().durability, Durability::Complete);
    }
    assert!(world.rows("documents").iter().all(|row| row["status"] == "indexed"));
    let row = &world.rows("profiles")[0];
    for column in ["partner_id", "filename", "created_at"] {
        assert_eq!(row[column], profile[column], "{column}");
    }
}

#[test]
fn a_bare_path_that_is_a_key_of_ours_is_read_as_ours_first() {
    let world = World::default();
    for (id, path) in [("c1", "transcripts/r/c1.json"), ("c2", "r/c2.json"), ("c3", "r/c3.json")] {
        world.conflict("r", id, path);
    }
    world.store("transcripts/r/c1.json", b"ours");
    world.store("transcripts/r/c2.json", b"ours");
    for key in ["transcripts/r/c1.json", "r/c2.json", "r/c3.json"] {
        world.keep("docs", key, b"theirs");
    }
    world.keep("transcripts", "r/c3.json", b"of the bucket named like the prefix");
    let page = world.migrate(false);
    let expected = [
        ("transcripts/r/c1.json".to_owned(), "key", "rewritten"),
        ("transcripts/r/c2.json".to_owned(), "short-key", "rewritten"),
        ("transcripts/r/c3.json".to_owned(), "short-key", "copied"),
    ];
    assert_eq!(outcomes(&page), expected);
    assert_eq!(world.stored("transcripts/r/c1.json").unwrap(), "ours");
    assert_eq!(world.stored("transcripts/r/c3.json").unwrap(), "theirs");
    assert_eq!(world.rows("documents").len(), 3, "what was found is a document now");
    assert_eq!(world.asked.take(), ["docs|r/c3.json"]);
}
