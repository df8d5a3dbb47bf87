//! Failures, crashes, and two at once.

use pipeline::MigrationPage;
use serde_json::json;

use crate::world::{FAULTS, Fault, World, call, everything, run};

/// More calls than any run here makes.
const MANY: usize = 200;
/// Orders in which two runs may come to their turns.
const ORDERS: u64 = 400;

const TRANSCRIPT: &str = "the transcript, in more than one piece";

/// A transcript with an old path, one whose path is a key of ours, and a profile.
fn old_world() -> World {
    let world = World::default();
    world.conflict("r", "c1", "https://abc.supabase.co/storage/v1/object/public/docs//r/c1.json");
    world.keep("docs", "r/c1.json", TRANSCRIPT.as_bytes());
    world.conflict("r", "c2", "r/c2.json");
    world.store("transcripts/r/c2.json", b"ours");
    let row = json!({ "relationship_id": "r", "kind": "profile", "id": "p", "file_path": "docs/p.pdf" });
    world.insert("profiles", &row);
    world.keep("docs", "p.pdf", b"the profile");
    world
}

/// Everything is migrated, and nothing is left half done.
fn check(world: &World, context: &str) {
    assert_eq!(world.stored("transcripts/r/c1.json").unwrap(), TRANSCRIPT, "{context}");
    assert_eq!(world.stored("transcripts/r/c2.json").unwrap(), "ours", "{context}");
    assert_eq!(world.stored("profiles/r/p.pdf").unwrap(), "the profile", "{context}");
    for id in ["c1", "c2"] {
        assert_eq!(
            world.path("r", id),
            format!("s3://serene-relationship-mediator/transcripts/r/{id}.json"),
            "{context}"
        );
    }
    assert_eq!(world.rows("profiles")[0]["file_path"], "s3://serene-relationship-mediator/profiles/r/p.pdf");
    let documents = world.rows("documents");
    assert_eq!(documents.len(), 3, "{context}");
    for document in documents {
        let key = document["key"].as_str().unwrap();
        assert_eq!(
            (&document["status"], document["size"].as_u64()),
            (&json!("stored"), Some(world.stored(key).unwrap().len() as u64)),
            "{context}"
        );
    }
    assert_eq!(world.files.borrow().len(), 2, "{context}");
}

/// Whatever a row says, it leads to the file: in Supabase Storage while it has its old path, in the object store when it has the new one.
fn no_row_leads_nowhere(world: &World, context: &str) {
    for id in ["c1", "c2"] {
        let path = world.path("r", id);
        let key = format!("transcripts/r/{id}.json");
        assert!(!path.starts_with("s3://") || world.stored(&key).is_some(), "{context}: {path}");
    }
    assert_eq!(world.files.borrow().len(), 2, "{context}");
}

#[test]
fn a_run_that_failed_or_died_at_any_call_is_finished_by_the_next() {
    for fault in FAULTS {
        for n in 0..=MANY {
            let context = format!("{fault:?} at call {n}");
            let world = old_world();
            world.set(Some((n, fault)));
            let page = world.page(everything());
            let ended_before = world.calls() <= n;
            world.set(None);
            no_row_leads_nowhere(&world, &context);
            if page.is_none_or(|page| page.is_err()) || !ended_before {
                let page = world.page(everything()).unwrap().unwrap();
                assert!(page.rows.iter().all(|row| row.outcome.error().is_none()), "{context}: {page:?}");
            }
            check(&world, &context);
            if ended_before {
                assert!(n > 20, "the run ended before the fault");
                break;
            }
            assert!(n < MANY, "more calls than expected");
        }
    }
}

#[test]
fn reconcile_between_a_crash_and_the_next_run_loses_no_path_and_takes_no_copy_that_was_not_verified() {
    for n in 0..=MANY {
        let context = format!("crash after call {n}");
        let world = old_world();
        world.set(Some((n, Fault::CrashAfter)));
        let died = world.page(everything()).is_none();
        world.set(None);
        world.reconcile();
        no_row_leads_nowhere(&world, &context);
        assert_eq!(
            world.migrate(false).rows.iter().find(|row| row.outcome.error().is_some()),
            None,
            "{context}"
        );
        no_row_leads_nowhere(&world, &context);
        assert_eq!(world.stored("transcripts/r/c1.json").unwrap(), TRANSCRIPT, "{context}");
        assert_eq!(world.stored("profiles/r/p.pdf").unwrap(), "the profile", "{context}");
        assert!(
            world.path("r", "c1").starts_with("s3://") && world.path("r", "c2").starts_with("s3://"),
            "{context}"
        );
        assert_eq!(world.rows("documents").len(), 3, "{context}");
        if !died {
            assert!(n > 20, "the run ended before the crash");
            return;
        }
    }
    panic!("more calls than expected");
}

#[test]
fn two_runs_at_once_do_no_harm_and_leave_nothing_for_a_third_but_what_they_said() {
    for order in 1..ORDERS {
        let world = old_world();
        world.turns.set(order);
        let both = world.clone();
        let pages = run(async move {
            let page = || async {
                both.pipeline(Some("docs"))
                    .migrate_storage_paths(&call(), &both, &everything())
                    .await
                    .unwrap()
            };
            futures::join!(page(), page())
        });
        let (a, b) = pages.unwrap();
        world.turns.set(0);
        let done =
            |page: &MigrationPage| page.rows.iter().filter(|row| row.outcome.error().is_none()).count();
        for page in [&a, &b] {
            assert!(
                page.rows.iter().all(|row| matches!(row.outcome.as_str(), "copied" | "rewritten" | "busy")),
                "{page:?}"
            );
        }
        no_row_leads_nowhere(&world, &format!("order {order}"));
        if done(&a) + done(&b) < 3 {
            let third = world.page(everything()).unwrap().unwrap();
            assert!(third.rows.iter().all(|row| row.outcome.error().is_none()), "order {order}: {third:?}");
        }
        check(&world, &format!("order {order}"));
    }
}
