//! What the flows promise, over stages in memory: also when any call fails, and when the process dies at any call.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops there")]

mod world;

use std::cell::RefCell;
use std::rc::Rc;

use layout::{Bucket, DocumentRef, Kind, Partner};
use lexical::generation::NOT_STATED;
use pipeline::{
    Durability, Outcome, PdfUpload, Pipeline, SearchRequest, Settings, Stage, Status, from_bytes,
};
use serde_json::json;
use simulation::{Simulated, pdf};
use world::{Fault, Flows, World, call, handbook, put, run, search, upload};

/// More steps than any flow here takes.
const MANY: usize = 400;
/// Longer than anything that broke off holds others back.
const HOUR: u64 = 3600 * 1000;

#[test]
fn a_stored_pdf_is_kept_byte_for_byte_found_by_its_words_and_named_by_its_row() {
    let world = World::default();
    let document = handbook("r", "h");
    let bytes = pdf(&["alpha alpha", "bravo bravo", "charlie"]);
    let outcome = upload(&world, &document, &bytes).unwrap().unwrap();
    assert_eq!((outcome.durability, outcome.created), (Durability::Complete, true));
    assert_eq!(world.file(&document).unwrap(), bytes);
    assert_eq!(search(&world, "r", "bravo bravo")[0], "bravo bravo");
    let row = &world.rows_of("profiles")[0];
    assert_eq!(row["file_path"], "s3://serene-relationship-mediator/handbooks/r/h.pdf");
    assert_eq!(outcome.document.status, Status::Indexed);
}

#[test]
fn an_extractor_that_fetches_is_told_the_size_of_what_is_stored() {
    let world = World::default();
    // The simulated extractor insists on it.
    let flows = |model| -> Flows {
        let mut stages = Simulated::new(world.clone());
        (stages.fetches, stages.model) = (true, model);
        Pipeline::new(stages, world.clone(), Settings::new(Bucket::default()))
    };
    let bytes = pdf(&["alpha", "bravo"]);
    let outcome = run(put(&flows(1), &handbook("r", "h"), &bytes)).unwrap().unwrap();
    assert_eq!(outcome.durability, Durability::Complete);
    let resumed = run(flows(2).resume(&call(), outcome.document)).unwrap().unwrap().unwrap();
    assert!(!resumed.unchanged && resumed.durability == Durability::Complete);
}

#[test]
fn the_same_bytes_do_no_work_twice_and_changed_bytes_leave_nothing_old() {
    let world = World::default();
    let document = handbook("r", "h");
    upload(&world, &document, &pdf(&["alpha", "bravo"])).unwrap().unwrap();
    let embedded = world.calls(Stage::Embedder);
    let again = upload(&world, &document, &pdf(&["alpha", "bravo"])).unwrap().unwrap();
    assert!(again.unchanged && !again.created);
    assert_eq!(world.calls(Stage::Embedder), embedded);
    let changed = upload(&world, &document, &pdf(&["delta"])).unwrap().unwrap();
    assert!(!changed.unchanged && !changed.created);
    assert_eq!(search(&world, "r", "alpha"), ["delta"]);
    assert_eq!(world.vectors(), 1);
}

fn profile() -> DocumentRef {
    DocumentRef::Profile { relationship: "r".parse().unwrap(), pdf: "p".parse().unwrap() }
}

/// A PDF of these pages under a name and of a partner.
fn about(pages: &[&str], filename: Option<&str>, partner: Option<Partner>) -> PdfUpload {
    PdfUpload { body: from_bytes(pdf(pages)), size: None, filename: filename.map(str::to_owned), partner }
}

/// Stores it as the profile; says which stages did something.
fn put_profile(world: &World, upload: PdfUpload) -> (Outcome, Vec<Stage>) {
    let put = async |pipeline: &Flows| pipeline.put_pdf(&call(), &profile(), upload).await;
    let (outcome, told) = observed(world, put);
    (outcome.unwrap(), told)
}

#[test]
fn the_same_bytes_under_another_name_change_the_rows_and_nothing_else() {
    let world = World::default();
    let pages = ["alpha", "bravo"];
    let (stored, _) = put_profile(&world, about(&pages, Some("one.pdf"), Some(Partner::A)));
    let (renamed, told) = put_profile(&world, about(&pages, Some("two.pdf"), None));
    assert!(!renamed.created && !renamed.unchanged && renamed.durability == Durability::Complete);
    let work = [Stage::ObjectStore, Stage::Embedder, Stage::VectorIndex];
    assert!(!work.iter().any(|stage| told.contains(stage)), "{told:?}");
    assert_eq!(renamed.document.revision, stored.document.revision);
    assert_eq!(search(&world, "r", "alpha").len(), 2, "the passages stay");
    let row = &world.rows_of("profiles")[0];
    assert_eq!((&row["filename"], &row["partner_id"]), (&json!("two.pdf"), &json!("partner_a")));
    let ledger = world.document(&profile()).unwrap();
    assert_eq!((ledger.filename.as_deref(), ledger.status), (Some("two.pdf"), Status::Indexed));
    let (again, told) = put_profile(&world, about(&pages, Some("two.pdf"), Some(Partner::A)));
    assert!(again.unchanged && !work.iter().any(|stage| told.contains(stage)), "{told:?}");
    assert_eq!(again.document.updated_at, renamed.document.updated_at);
}

#[test]
fn the_same_bytes_of_another_partner_are_found_as_that_partners() {
    let world = World::default();
    put_profile(&world, about(&["alpha", "bravo"], Some("one.pdf"), Some(Partner::A)));
    let (other, _) = put_profile(&world, about(&["alpha", "bravo"], None, Some(Partner::B)));
    assert!(!other.created && !other.unchanged && other.durability == Durability::Complete);
    let row = &world.rows_of("profiles")[0];
    assert_eq!((&row["filename"], &row["partner_id"]), (&json!("one.pdf"), &json!("partner_b")));
    let memory = world.memory();
    let partners: Vec<_> = memory.vectors.all().map(|(_, vector)| &vector.metadata["partner_id"]).collect();
    assert_eq!(partners, ["partner_b", "partner_b"]);
}

#[test]
fn a_change_of_name_that_breaks_off_anywhere_is_made_whole() {
    for fault in [Fault::Unavailable, Fault::Crash] {
        for n in 0..MANY {
            let world = World::default();
            put_profile(&world, about(&["alpha"], Some("one.pdf"), None));
            world.set(Some(fault(n)));
            let upload = about(&["alpha"], Some("two.pdf"), None);
            let result = run(world.pipeline().put_pdf(&call(), &profile(), upload));
            let has_ended = world.fault_is_pending() && result.is_some();
            world.set(None);
            let unfinished = world.document(&profile()).unwrap();
            run(world.pipeline().resume(&call(), unfinished)).unwrap().unwrap();
            let (ledger, row) = (world.document(&profile()).unwrap(), world.rows_of("profiles").remove(0));
            assert_eq!(json!(ledger.filename), row["filename"], "{n}");
            assert_eq!((ledger.status, search(&world, "r", "alpha").len()), (Status::Indexed, 1), "{n}");
            if has_ended {
                assert_eq!(row["filename"], "two.pdf");
                break;
            }
            assert!(n + 1 < MANY, "the flow never ended");
        }
    }
}

#[test]
fn what_is_refused_leaves_nothing_and_keeps_what_was_there() {
    let world = World::default();
    let document = handbook("r", "h");
    for (bad, reason) in [(b"plain text".to_vec(), "not-a-document"), (pdf(&["ENCRYPTED"]), "encrypted")] {
        let error = upload(&world, &document, &bad).unwrap().unwrap_err();
        assert_eq!(error.extra("reason"), Some(reason));
        assert!(world.is_empty());
    }
    let good = pdf(&["alpha"]);
    upload(&world, &document, &good).unwrap().unwrap();
    upload(&world, &document, &pdf(&["ENCRYPTED"])).unwrap().unwrap_err();
    assert_eq!(world.file(&document).unwrap(), good);
    assert_eq!(search(&world, "r", "alpha"), ["alpha"]);
    assert!(upload(&world, &document, &pdf(&["x"; 600])).unwrap().unwrap_err().code() == "too-large");
}

/// After any failure: what was acknowledged is there, and uploading or resuming again makes it whole.
fn heals(world: &World, document: &DocumentRef, bytes: &[u8], acknowledged: bool, context: &str) {
    world.set(None);
    if acknowledged {
        assert_eq!(world.file(document).unwrap(), bytes, "{context}");
    }
    let pipeline = world.pipeline();
    if let Some(known) = world.document(document) {
        match run(pipeline.resume(&call(), known)).unwrap() {
            Ok(outcome) => {
                assert_eq!(outcome.unwrap().durability, Durability::Complete, "{context}");
                assert!(world.file(document).is_some(), "{context}");
            }
            Err(error) => {
                assert!(!acknowledged, "{context}: {error}");
                assert_eq!(error.code(), "conflict", "{context}: {error}");
            }
        }
    } else {
        assert!(!acknowledged, "{context}");
    }
    upload(world, document, bytes).unwrap().unwrap();
    assert_eq!(world.file(document).unwrap(), bytes, "{context}");
    assert_eq!(search(world, "r", "delta echo"), ["delta echo", "foxtrot"], "{context}");
    assert_eq!(world.vectors(), 2, "{context}");
}

fn with_every_fault(fault: fn(usize) -> Fault, replacing: bool) {
    let bytes = pdf(&["delta echo", "foxtrot"]);
    for n in 0..MANY {
        let world = World::default();
        let document = handbook("r", "h");
        if replacing {
            upload(&world, &document, &pdf(&["alpha", "bravo", "charlie"])).unwrap().unwrap();
        }
        world.set(Some(fault(n)));
        let result = upload(&world, &document, &bytes);
        let acknowledged = matches!(result, Some(Ok(_)));
        if world.fault_is_pending() && result.is_some() {
            assert!(n > 10, "the flow ended before the fault");
            return;
        }
        // Whatever happened: a reader sees passages of the old document or of the new one.
        world.set(None);
        let seen = search(&world, "r", "delta echo");
        let (old, new) = (["alpha", "bravo", "charlie"], ["delta echo", "foxtrot"]);
        assert!(
            seen.iter().all(|t| old.contains(&t.as_str())) || seen.iter().all(|t| new.contains(&t.as_str())),
            "{n}: {seen:?}"
        );
        heals(&world, &document, &bytes, acknowledged, &format!("fault at call {n}, result {result:?}"));
    }
    panic!("the flow never ended");
}

#[test]
fn an_upload_survives_the_failure_of_any_call() {
    with_every_fault(Fault::Unavailable, false);
    with_every_fault(Fault::Unavailable, true);
}

#[test]
fn an_upload_survives_a_crash_at_any_call() {
    with_every_fault(Fault::Crash, false);
    with_every_fault(Fault::Crash, true);
}

#[test]
fn a_delete_that_broke_off_anywhere_is_finished_by_deleting_again() {
    for n in 0..MANY {
        let world = World::default();
        let document = handbook("r", "h");
        upload(&world, &document, &pdf(&["alpha"])).unwrap().unwrap();
        world.set(Some(Fault::Crash(n)));
        let pipeline = world.pipeline();
        let done = run(pipeline.delete(&call(), &document)).is_some();
        world.set(None);
        run(pipeline.delete(&call(), &document)).unwrap().unwrap();
        assert!(world.file(&document).is_none() && world.vectors() == 0, "{n}");
        assert!(world.rows_of("profiles").is_empty(), "{n}");
        assert!(search(&world, "r", "alpha").is_empty());
        // What the broken delete has sent may come late: until then nothing is stored that it could hit.
        if let Some(tombstone) = world.document(&document) {
            assert_eq!(tombstone.status, Status::Deleting, "{n}");
            let error = upload(&world, &document, &pdf(&["alpha"])).unwrap().unwrap_err();
            assert_eq!(error.code(), "conflict", "{n}");
            world.pass(HOUR);
            run(pipeline.delete(&call(), &document)).unwrap().unwrap();
        }
        assert!(world.is_empty(), "{n}");
        if done {
            assert!(n > 5);
            return;
        }
    }
    panic!("the delete never ended");
}

#[test]
fn a_search_shows_nothing_of_another_relationship() {
    let world = World::default();
    upload(&world, &handbook("ours", "h"), &pdf(&["alpha"])).unwrap().unwrap();
    upload(&world, &handbook("theirs", "h"), &pdf(&["bravo"])).unwrap().unwrap();
    assert_eq!(search(&world, "ours", "bravo"), ["alpha"]);
    assert_eq!(search(&world, "theirs", "bravo"), ["bravo"]);
    let pipeline = world.pipeline();
    let foreign = handbook("theirs", "h").document_id();
    let error = run(pipeline.document(&call(), &"ours".parse().unwrap(), &foreign)).unwrap().unwrap_err();
    assert_eq!(error.code(), "not-found");
}

#[test]
fn profiles_and_handbooks_share_a_namespace_and_are_searched_apart() {
    let world = World::default();
    let (relationship, pdf_id) = ("r".parse().unwrap(), "p".parse().unwrap());
    upload(&world, &handbook("r", "h"), &pdf(&["a rule"])).unwrap().unwrap();
    upload(&world, &DocumentRef::Profile { relationship, pdf: pdf_id }, &pdf(&["a person"]))
        .unwrap()
        .unwrap();
    assert!(world.memory().vectors.all().all(|(namespace, ..)| namespace == "profiles"));
    for (kind, text) in [(Kind::Handbook, "a rule"), (Kind::Profile, "a person")] {
        let request =
            SearchRequest { query: "a".into(), kinds: vec![kind], limit: 10, ..SearchRequest::default() };
        let pipeline = world.pipeline();
        let found = run(pipeline.search(&call(), &"r".parse().unwrap(), request)).unwrap().unwrap();
        assert_eq!(found.passages.into_iter().map(|passage| passage.text).collect::<Vec<_>>(), [text]);
    }
}

#[test]
fn the_reranker_is_given_the_nearest_passages_that_it_can_take() {
    let world = World::default();
    let mut stages = Simulated::new(world.clone());
    stages.reranker_tokens = 200;
    let pipeline = Pipeline::new(stages, world.clone(), Settings::new(Bucket::default()));
    // At two bytes a token: room for three of these with the question, and not for the fourth.
    let pages: Vec<String> = (0..6).map(|page| format!("{page} {}", "alpha ".repeat(20))).collect();
    let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
    upload(&world, &handbook("r", "h"), &pdf(&pages)).unwrap().unwrap();
    let request = SearchRequest { query: "alpha".into(), limit: 10, ..SearchRequest::default() };
    let found = run(pipeline.search(&call(), &"r".parse().unwrap(), request)).unwrap().unwrap();
    assert_eq!((found.passages.len(), world.memory().reranked[0].1.len()), (3, 3));
}

#[test]
fn the_transformer_sees_text_before_anything_is_embedded_or_found() {
    let world = World::default();
    let document =
        DocumentRef::Transcript { relationship: "r".parse().unwrap(), conflict: "c".parse().unwrap() };
    let transcript = br#"{"segments": [{"speaker": "partner_a", "text": "Secret plans"}]}"#;
    let pipeline = world.pipeline();
    run(pipeline.put_transcript(&call(), &document, from_bytes(&transcript[..]))).unwrap().unwrap();
    assert_eq!(search(&world, "r", "Secret plans"), ["[redacted] plans"]);
    let (question, _) = world.memory().reranked[0].clone();
    assert_eq!(question, "[redacted] plans", "a question is text, too");
    assert_eq!(world.file(&document).unwrap(), transcript[..], "the file itself is kept as it came");
}

#[test]
fn what_a_generator_writes_against_its_schema_is_never_stored() {
    let world = World::default();
    let (relationship, conflict): (layout::RelationshipId, layout::ConflictId) =
        ("r".parse().unwrap(), "c".parse().unwrap());
    let pipeline = world.pipeline();
    let missing = run(pipeline.analyse(&call(), &relationship, &conflict, false)).unwrap().unwrap_err();
    assert_eq!(missing.code(), "not-found");
    let transcript =
        DocumentRef::Transcript { relationship: relationship.clone(), conflict: conflict.clone() };
    let body = from_bytes(&br#"{"segments": [{"speaker": "partner_a", "text": "hello"}]}"#[..]);
    run(pipeline.put_transcript(&call(), &transcript, body)).unwrap().unwrap();
    let error = run(pipeline.analyse(&call(), &relationship, &conflict, false)).unwrap().unwrap_err();
    assert_eq!(
        (error.code(), error.extra("reason"), error.stage),
        ("failed", Some("schema"), Some(Stage::Generator))
    );
    assert_eq!(world.objects(), 1, "the transcript and nothing else");
}

const STORED: [Stage; 7] = [
    Stage::ObjectStore,
    Stage::Extractor,
    Stage::Transformer,
    Stage::Chunker,
    Stage::Embedder,
    Stage::RecordStore,
    Stage::VectorIndex,
];

/// Runs a flow, and gives the stages its observer was told of, each once and in the order of `STORED`.
fn observed<T>(world: &World, flow: impl AsyncFnOnce(&Flows) -> T) -> (T, Vec<Stage>) {
    let told = Rc::new(RefCell::new(Vec::new()));
    let pipeline = world.pipeline().observed({
        let told = told.clone();
        move |stage| told.borrow_mut().push(stage)
    });
    let result = run(flow(&pipeline)).unwrap();
    let told = told.take();
    let place = |stage: Stage| told.iter().position(|s| *s == stage);
    // Storing runs beside reading; the rest waits for one another.
    for pair in STORED[1..].windows(2) {
        if let (Some(first), Some(then)) = (place(pair[0]), place(pair[1])) {
            assert!(first < then, "{told:?}");
        }
    }
    let mut sorted = told.clone();
    sorted.sort_by_key(|stage| STORED.iter().position(|s| s == stage));
    (result, sorted)
}

#[test]
fn an_observer_is_told_of_each_stage_that_is_done_and_of_no_other() {
    let world = World::default();
    let document = handbook("r", "h");
    let put = async |pipeline: &Flows| {
        let body = from_bytes(pdf(&["alpha", "bravo"]));
        let upload = PdfUpload { body, size: None, filename: None, partner: None };
        pipeline.put_pdf(&call(), &document, upload).await
    };
    assert_eq!(observed(&world, put).1, STORED);
    let (again, told) = observed(&world, put);
    assert!(again.unwrap().unchanged);
    assert!(!told.contains(&Stage::ObjectStore) && !told.contains(&Stage::VectorIndex), "{told:?}");

    // The whole flow again, each time broken at another call: no stage is told that has not answered.
    for n in 0..MANY {
        let world = World::default();
        world.set(Some(Fault::Unavailable(n)));
        let (result, told) = observed(&world, put);
        if world.fault_is_pending() {
            return;
        }
        match result {
            Err(error) => assert!(!told.contains(&error.stage.unwrap()), "{n}: {told:?}, {error}"),
            Ok(outcome) => match outcome.durability {
                Durability::Complete => assert_eq!(told, STORED),
                Durability::Stored { error } => {
                    assert!(told.contains(&Stage::ObjectStore), "{n}: {told:?}, {error}");
                    let (resumed, told) = observed(&world, async |pipeline: &Flows| {
                        pipeline.resume(&call(), outcome.document.clone()).await
                    });
                    resumed.unwrap().unwrap();
                    assert_eq!(told, STORED[1..], "{n}");
                }
            },
        }
    }
    panic!("the flow never ended");
}

#[test]
fn an_analysis_is_found_by_what_it_says_of_the_conflict_and_not_by_what_it_leaves_open() {
    let world = World::default();
    let side = json!({ "perspective": NOT_STATED, "feelings": [], "needs": [], "requests": [] });
    let written = json!({
        "summary": format!("They argued about the kitchen. {NOT_STATED}"),
        "topics": [{ "topic": "The kitchen", "evidence": [] }],
        "partner_a": side, "partner_b": side,
        "escalation_moments": [], "repair_moments": [], "shared_ground": [],
        "open_questions": [NOT_STATED],
        "limitations": ["A kitchen tells only so much."],
    });
    world.memory().author = Some(Box::new(move |_, _| written.clone()));
    let (relationship, conflict): (layout::RelationshipId, layout::ConflictId) =
        ("r".parse().unwrap(), "c".parse().unwrap());
    let transcript =
        DocumentRef::Transcript { relationship: relationship.clone(), conflict: conflict.clone() };
    let body = from_bytes(&br#"{"segments": [{"speaker": "partner_a", "text": "hello"}]}"#[..]);
    run(world.pipeline().put_transcript(&call(), &transcript, body)).unwrap().unwrap();
    let analyse =
        async |pipeline: &Flows| pipeline.analyse(&call(), &relationship, &conflict, false).await.unwrap();
    let (outcome, told) = observed(&world, analyse);
    assert_eq!(outcome.durability, Durability::Complete);
    assert!(told.contains(&Stage::Generator) && told.contains(&Stage::VectorIndex), "{told:?}");
    let mut found = search(&world, "r", "kitchen");
    found.sort();
    assert_eq!(found, ["The kitchen\n", "They argued about the kitchen.\n", "hello"]);
    let analysis = DocumentRef::Analysis { relationship: relationship.clone(), conflict: conflict.clone() };
    let stored = String::from_utf8(world.file(&analysis).unwrap().to_vec()).unwrap();
    assert!(stored.contains(NOT_STATED) && stored.contains("limitations"), "the file keeps all of it");
}
