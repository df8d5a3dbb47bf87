//! What is left alone, what is kept, and what is left to a person.

use pipeline::{Action, Drift, ReconcileRequest, Resolution, Stage};
use serde_json::json;
use simulation::pdf;

use crate::world::{call, handbook, run, search, upload};
use crate::{
    DAY, add_object, add_row, add_vector, agree, change, everything, findings, heal, ledger, patient,
    put_object, reconcile, remove_object, settled, snapshot, to_the_end, told,
};

#[test]
fn what_may_belong_to_a_running_request_is_left_alone() {
    let world = settled();
    upload(&world, &handbook("r", "h"), &pdf(&["golf"])).unwrap().unwrap();
    change(&world, &handbook("r", "h"), json!({ "status": "receiving" }));
    upload(&world, &handbook("r", "i"), &pdf(&["hotel"])).unwrap().unwrap();
    change(&world, &handbook("r", "i"), json!({ "status": "deleting" }));
    let now = pipeline::Environment::now_ms(&world);
    put_object(&world, "handbooks/r/new.pdf", &pdf(&["foxtrot"]), now);
    let before = snapshot(&world);
    let pages = run(to_the_end(&world, &patient(), everything(false))).unwrap();
    // Two documents, their two files and the new one.
    assert_eq!(pages[0].looked_at.recent, 5);
    assert_eq!(findings(pages), []);
    assert_eq!(snapshot(&world), before);
    world.pass(DAY);
    assert_eq!(heal(&world).len(), 3);
}

#[test]
fn a_document_whose_file_is_gone_is_kept_and_said_until_the_file_is_back() {
    let world = settled();
    let document = handbook("r", "h");
    let file = remove_object(&world, &document);
    let found = heal(&world);
    assert_eq!(told(&found), [(Drift::MissingObject, Action::MarkFailed, "left")]);
    assert_eq!(found[0].subject.key.as_deref(), Some("handbooks/r/h.pdf"));
    assert_eq!(search(&world, "r", "alpha")[0], "alpha", "its passages are all that is left of it");
    world.pass(DAY);
    let before = snapshot(&world);
    assert_eq!(told(&heal(&world)), [(Drift::MissingObject, Action::None, "left")]);
    let known = ledger(&world, &document).unwrap();
    assert_eq!(known.last_error.as_ref().unwrap()["code"], "not-found");
    assert_eq!(snapshot(&world), before);
    // Resuming it by hand does not forget it either.
    let error = run(world.pipeline().resume(&call(), known)).unwrap().unwrap_err();
    assert!(error.message.contains("gone"), "{error}");
    assert!(ledger(&world, &document).is_some());
    add_object(&world, document.key().as_str(), &file);
    world.pass(DAY);
    assert_eq!(told(&heal(&world)), [(Drift::Unfinished, Action::Resume, "healed")]);
    world.pass(DAY);
    agree(&world, "with the file back");
}

#[test]
fn a_file_that_the_stages_refuse_is_kept_and_tried_again_only_by_other_stages() {
    let world = settled();
    add_object(&world, "handbooks/r/new.pdf", &pdf(&["ENCRYPTED"]));
    assert_eq!(told(&heal(&world)), [(Drift::UnknownObject, Action::Adopt, "failed")]);
    world.pass(DAY);
    let before = snapshot(&world);
    let chunked = world.calls(Stage::Chunker);
    let found = heal(&world);
    assert_eq!(told(&found), [(Drift::Refused, Action::None, "left")]);
    let Resolution::Left(message) = &found[0].resolution else { panic!("{found:?}") };
    assert!(message.contains("encrypted"), "{message}");
    assert_eq!(snapshot(&world), before);
    assert_eq!(world.calls(Stage::Chunker), chunked, "no stage worked on it");
    world.set_model(2);
    assert!(told(&heal(&world)).contains(&(Drift::Unfinished, Action::Resume, "failed")));
}

#[test]
fn an_adopted_file_keeps_what_an_older_program_knew_of_it() {
    let world = settled();
    add_object(&world, "profiles/r/old.pdf", &pdf(&["foxtrot"]));
    add_row(
        &world,
        "profiles",
        &["relationship_id", "kind", "id"],
        json!({
            "relationship_id": "r", "kind": "profile", "id": "old", "file_path": "r/old.pdf", "filename": "me.pdf",
            "partner_id": "partner_b", "created_at": "1970-01-01T00:00:00.001Z",
            "updated_at": "1970-01-01T00:00:00Z",
        }),
    );
    assert_eq!(told(&heal(&world)), [(Drift::UnknownObject, Action::Adopt, "healed")]);
    let row = world.rows_of("profiles").into_iter().find(|row| row["id"] == "old").unwrap();
    assert_eq!(
        (&row["filename"], &row["partner_id"], &row["created_at"], &row["file_path"]),
        (
            &json!("me.pdf"),
            &json!("partner_b"),
            &json!("1970-01-01T00:00:00.001Z"),
            &json!("s3://serene-relationship-mediator/profiles/r/old.pdf")
        )
    );
    assert_eq!(search(&world, "r", "foxtrot")[0], "foxtrot");
}

#[test]
fn what_a_person_must_decide_is_left_as_it_is_and_what_is_not_serenes_is_ignored() {
    let world = settled();
    let row = json!({ "relationship_id": "r", "kind": "handbook", "id": "h", "file_path": "s3://elsewhere/handbooks/r/h.pdf" });
    add_row(&world, "profiles", &["relationship_id", "kind", "id"], row);
    add_row(
        &world,
        "repair_plans",
        &["relationship_id", "conflict_id", "partner_id"],
        json!({
            "relationship_id": "r", "conflict_id": "c", "partner_id": "partner_a",
            "plan_path": "repair_plans/r/other_repair_partner_a.json", "updated_at": "1970-01-01T00:00:00Z",
        }),
    );
    let strange = json!({ "id": "strange", "relationship_id": "r", "kind": "handbook", "key": "x", "status": "indexed", "created_at": "1970-01-01T00:00:00Z", "updated_at": "1970-01-01T00:00:00Z" });
    add_row(&world, "documents", &["id"], strange);
    add_object(&world, "handbooks/r/notes.txt", b"mine");
    add_object(&world, "elsewhere/mine.txt", b"mine");
    add_object(&world, "profiles/serene-doctor/0123.pdf", b"a doctor was interrupted");
    add_vector(&world, "profiles", "of-another-program");
    let row = json!({ "relationship_id": "r", "id": "of another program", "transcript_path": "x" });
    add_row(&world, "conflicts", &["relationship_id", "id"], row);
    let row = json!({ "relationship_id": "r", "id": "waits", "transcript_path": "https://p.supabase.co/storage/v1/object/public/b/r/waits.json" });
    add_row(&world, "conflicts", &["relationship_id", "id"], row);
    let before = snapshot(&world);
    let mut found = told(&heal(&world));
    found.sort();
    assert_eq!(
        found,
        [
            (Drift::OtherPath, Action::None, "left"),
            (Drift::OtherPath, Action::None, "left"),
            (Drift::ForeignObject, Action::None, "ignored"),
            (Drift::ForeignObject, Action::None, "ignored"),
            (Drift::UnreadableRow, Action::None, "ignored"),
            (Drift::UnreadableRow, Action::None, "left"),
        ]
    );
    assert_eq!(snapshot(&world), before);
}

#[test]
fn a_run_for_one_relationship_touches_no_other() {
    let world = settled();
    upload(&world, &handbook("s", "h"), &pdf(&["india"])).unwrap().unwrap();
    world.pass(DAY);
    for relationship in ["r", "s"] {
        change(&world, &handbook(relationship, "h"), json!({ "status": "stored" }));
        add_object(&world, &format!("handbooks/{relationship}/new.pdf"), &pdf(&["foxtrot"]));
    }
    let only = |relationship: &str| ReconcileRequest {
        relationship: Some(relationship.parse().unwrap()),
        ..everything(false)
    };
    let found = reconcile(&world, only("s"));
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|finding| finding.subject.relationship_id.as_deref() == Some("s")));
    assert_eq!(reconcile(&world, only("r")).len(), 2);
    world.pass(DAY);
    agree(&world, "after a run for each");
}
