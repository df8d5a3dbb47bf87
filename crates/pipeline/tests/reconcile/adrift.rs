//! The ways for the stores to disagree that can be healed.

use pipeline::stages::Filter;
use pipeline::{Action, Drift};
use serde_json::json;
use simulation::pdf;

use crate::world::{World, handbook};
use crate::{DAY, add_object, add_row, add_vector, change, lose_vectors, overwrite, settled, transcript};

/// A way for the stores to disagree: how it comes about, and what is to be done.
pub type Plant = (&'static str, fn(&World), Drift, Action);

pub const HEALED: [Plant; 17] = [
    (
        "a delete that broke off",
        |world| change(world, &handbook("r", "h"), json!({ "status": "deleting" })),
        Drift::UnfinishedDelete,
        Action::FinishDelete,
    ),
    (
        "an upload that never stored its file",
        |world| {
            add_row(
                world,
                "documents",
                &["id"],
                json!({
                    "id": handbook("r", "lost").document_id().as_str(), "relationship_id": "r", "kind": "handbook",
                    "pdf_id": "lost", "key": "handbooks/r/lost.pdf", "status": "receiving", "attempt": "1",
                    "attempts": 1, "created_at": "1970-01-01T00:00:00Z", "updated_at": "1970-01-01T00:00:00Z",
                }),
            );
        },
        Drift::AbandonedUpload,
        Action::Forget,
    ),
    (
        "an upload that stored its file and no more",
        |world| change(world, &handbook("r", "h"), json!({ "status": "receiving" })),
        Drift::Unfinished,
        Action::Resume,
    ),
    (
        "an attempt that died amid its passages, and one before it",
        |world| {
            change(world, &handbook("r", "h"), json!({ "status": "receiving" }));
            add_vector(world, "profiles", &format!("{}.0123456789abcdef.00000", id_of("h")));
        },
        Drift::Unfinished,
        Action::Resume,
    ),
    (
        "a document that was never indexed",
        |world| {
            change(world, &transcript("r", "c"), json!({ "status": "stored", "revision": null }));
            let id = transcript("r", "c").document_id();
            lose_vectors(world, "transcripts", |vector| vector.starts_with(id.as_str()));
        },
        Drift::Unfinished,
        Action::Resume,
    ),
    (
        "a document whose indexing failed",
        |world| {
            let error =
                json!({ "code": "unavailable", "message": "Down.", "stage": "embedder", "retryable": true });
            let changes = json!({ "status": "failed", "failed_stage": "embedder", "last_error": error });
            change(world, &handbook("r", "h"), changes);
        },
        Drift::Unfinished,
        Action::Resume,
    ),
    (
        "a file that was replaced behind the ledger's back",
        |world| overwrite(world, &handbook("r", "h"), &pdf(&["alpha", "brave", "echo"])),
        Drift::ChangedObject,
        Action::Reindex,
    ),
    (
        "a file that was replaced by one as large",
        |world| overwrite(world, &handbook("r", "h"), &pdf(&["aloha", "bravo"])),
        Drift::ChangedObject,
        Action::Reindex,
    ),
    (
        "an index that was lost",
        |world| lose_vectors(world, "profiles", |id| id.starts_with(&id_of("h"))),
        Drift::MissingVectors,
        Action::Reindex,
    ),
    (
        "one vector that was lost",
        |world| {
            lose_vectors(world, "profiles", |id| id.starts_with(&id_of("h")) && id.ends_with(".00000"));
        },
        Drift::MissingVectors,
        Action::Reindex,
    ),
    (
        "vectors of an older revision",
        |world| add_vector(world, "profiles", &format!("{}.0123456789abcdef.00000", id_of("h"))),
        Drift::OldVectors,
        Action::DeleteVectors,
    ),
    (
        "a document without the product's row",
        |world| {
            world.memory().records.delete("profiles", &[Filter::eq("id", "h")]).unwrap();
        },
        Drift::MissingRow,
        Action::WriteRow,
    ),
    (
        "a product's row without its path",
        |world| {
            add_row(
                world,
                "conflicts",
                &["relationship_id", "id"],
                json!({ "relationship_id": "r", "id": "c", "transcript_path": null }),
            );
        },
        Drift::MissingRow,
        Action::WriteRow,
    ),
    (
        "a file that is none of the ledger's",
        |world| add_object(world, "handbooks/r/new.pdf", &pdf(&["foxtrot"])),
        Drift::UnknownObject,
        Action::Adopt,
    ),
    (
        "a row of a PDF that is not there",
        |world| {
            add_row(
                world,
                "profiles",
                &["relationship_id", "kind", "id"],
                json!({
                    "relationship_id": "r", "kind": "profile", "id": "ghost", "file_path": "s3://serene-relationship-mediator/profiles/r/ghost.pdf",
                    "updated_at": "1970-01-01T00:00:00Z",
                }),
            );
        },
        Drift::DanglingRow,
        Action::ClearRow,
    ),
    (
        "a conflict whose transcript is not there",
        |world| {
            add_row(
                world,
                "conflicts",
                &["relationship_id", "id"],
                json!({
                    "relationship_id": "r", "id": "ghost", "transcript_path": "s3://serene-relationship-mediator/transcripts/r/ghost.json",
                    "updated_at": "1970-01-01T00:00:00Z",
                }),
            );
        },
        Drift::DanglingRow,
        Action::ClearRow,
    ),
    (
        "vectors of no document",
        |world| {
            let id = handbook("r", "gone").document_id();
            add_vector(world, "profiles", &format!("{id}.0123456789abcdef.00000"));
            add_vector(world, "profiles", &format!("{id}.0123456789abcdef.00001"));
        },
        Drift::OrphanVectors,
        Action::DeleteVectors,
    ),
];

pub fn id_of(pdf: &str) -> String {
    handbook("r", pdf).document_id().to_string()
}

/// Plants every drift that can be healed, each on documents of its own.
pub fn drifted() -> World {
    let world = settled();
    for (n, (_, plant, ..)) in HEALED.into_iter().enumerate() {
        if ![2, 5, 6, 7, 8, 9, 10].contains(&n) {
            plant(&world);
        }
    }
    world.pass(DAY);
    world
}
