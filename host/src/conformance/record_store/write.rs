//! What is stored, changed and removed.

use anyhow::ensure;
use serde_json::json;

use super::{RecordStore, Rows, rows};
use crate::conformance::bindings::record_store::exports::serene::record_store::record_store::{
    OnConflict, Query,
};
use crate::conformance::bindings::types::Predicate;
use crate::conformance::case::{Case, Held, Outcome, cases};
use crate::conformance::expect::{SECRET, refusal, success};
use crate::conformance::lab::Lab;
use crate::conformance::sample;

pub(super) fn cases() -> Vec<Case<RecordStore>> {
    cases![
        what_is_stored_is_read: "a row is read as it was stored, times in UTC",
        every_type_is_kept: "numbers are read as numbers, and JSON as JSON",
        merging_keeps_what_is_not_given: "merge replaces the members given, and the others stay",
        keeping_leaves_the_row_as_it_is: "keep leaves the stored row as it is, and does not count it",
        failing_stores_nothing: "fail answers conflict, and none of the call's rows is stored",
        an_update_counts_what_it_changed: "an update changes the rows that satisfy its filters, and says how many",
        an_update_compares_and_sets: "of two updates that expect the same value, one finds it",
        a_delete_counts_and_may_be_repeated: "a delete says how many it removed; of what is gone, 0",
        nothing_changes_a_whole_table: "an update or a delete without a filter is invalid",
        what_is_unknown_is_invalid: "an unknown table or column is invalid, and so is what is no row",
        unicode_passes: "texts of every script are kept as they are",
    ]
}

async fn what_is_stored_is_read(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "stored");
        let row = rows.row("a", json!({ "filename": "a.pdf", "created_at": "2026-01-02T03:04:05Z" }));
        let written = rows.store(std::slice::from_ref(&row)).await?;
        let found = rows.found(rows.query()).await?;
        rows.clear().await?;
        ensure!(written == 1, "one row was stored, and {written} are said to be");
        ensure!(found.len() == 1, "one row was stored, and {} are read", found.len());
        for name in ["relationship_id", "kind", "id", "file_path", "filename"] {
            ensure!(found[0][name] == row[name], "`{name}` was {} and is {}", row[name], found[0][name]);
        }
        ensure!(
            found[0]["partner_id"].is_null(),
            "`partner_id` was not given, and is {}",
            found[0]["partner_id"]
        );
        let time = found[0]["created_at"].as_str().unwrap_or_default();
        ensure!(
            time.starts_with("2026-01-02T03:04:05"),
            "the timestamp is {time:?}, and is to be RFC 3339 in UTC"
        );
        ensure!(time.ends_with('Z') || time.ends_with("+00:00"), "the timestamp {time:?} is not in UTC");
        Ok(Held::Yes)
    })
    .await
}

async fn every_type_is_kept(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        // The ledger has columns of every type.
        let rows = Rows { table: "documents", key: &["id"], ..rows(session, "types") };
        let row = json!({
            "id": session.own("types"),
            "relationship_id": rows.relationship,
            "kind": "handbook",
            "key": "handbooks/types.pdf",
            "status": "failed",
            // More than 32 bits hold.
            "size": 5_000_000_000_u64,
            "attempts": 3,
            "stages": ["extractor", "chunker"],
            "models": { "embedder": "local", "dimensions": 256 },
        });
        rows.store(std::slice::from_ref(&row)).await?;
        let found = rows.found(rows.query()).await?;
        rows.clear().await?;
        ensure!(found.len() == 1, "one row was stored, and {} are read", found.len());
        for name in ["size", "attempts", "stages", "models"] {
            ensure!(found[0][name] == row[name], "`{name}` was {} and is {}", row[name], found[0][name]);
        }
        Ok(Held::Yes)
    })
    .await
}

async fn merging_keeps_what_is_not_given(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "merge");
        rows.store(&[rows.row("a", json!({ "filename": "old.pdf", "partner_id": "partner_a" }))]).await?;
        let written = rows.store(&[rows.row("a", json!({ "filename": "new.pdf" }))]).await?;
        let found = rows.found(rows.query()).await?;
        rows.clear().await?;
        ensure!(found.len() == 1 && written == 1, "a row merged into another makes {} rows", found.len());
        ensure!(found[0]["filename"] == "new.pdf", "the member given is {}", found[0]["filename"]);
        ensure!(
            found[0]["partner_id"] == "partner_a",
            "a member not given is now {}",
            found[0]["partner_id"]
        );
        Ok(Held::Yes)
    })
    .await
}

async fn keeping_leaves_the_row_as_it_is(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "keep");
        rows.store(&[rows.row("a", json!({ "filename": "old.pdf" }))]).await?;
        let both = ["a", "b"].map(|id| rows.row(id, json!({ "filename": "new.pdf" })));
        let written = success("upsert with keep", rows.upsert(&both, OnConflict::Keep).await?)?;
        let found = rows.found(rows.query()).await?;
        rows.clear().await?;
        ensure!(written == 1, "one of two rows was there already, and {written} are said to be written");
        let names: Vec<_> = found.iter().map(|row| row["filename"].clone()).collect();
        ensure!(names == ["old.pdf", "new.pdf"], "the rows hold {names:?}");
        Ok(Held::Yes)
    })
    .await
}

async fn failing_stores_nothing(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "fail");
        rows.store(&[rows.row("b", json!({}))]).await?;
        let both = ["a", "b"].map(|id| rows.row(id, json!({ "filename": SECRET })));
        let answer = rows.upsert(&both, OnConflict::Fail).await?;
        let ids = rows.ids(rows.query()).await?;
        rows.clear().await?;
        ensure!(ids == ["b"], "a call that failed left the rows {ids:?}");
        refusal("upsert with fail of a row that is there", answer, "conflict")
    })
    .await
}

async fn an_update_counts_what_it_changed(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "update");
        rows.store(&["a", "b", "c"].map(|id| rows.row(id, json!({ "filename": "old" })))).await?;
        let some = rows.with("id", Predicate::Ne(json!("c").to_string()));
        let changed = success("update", rows.update(&json!({ "filename": "new" }), some).await?)?;
        let names: Vec<_> =
            rows.found(rows.query()).await?.iter().map(|row| row["filename"].clone()).collect();
        let none = rows.with("id", Predicate::Eq(json!("x").to_string()));
        let unchanged = success("update", rows.update(&json!({ "filename": "new" }), none).await?)?;
        rows.clear().await?;
        ensure!(changed == 2, "of 3 rows, 2 satisfy the filters, and {changed} are said to be changed");
        ensure!(names == ["new", "new", "old"], "the rows hold {names:?}");
        ensure!(unchanged == 0, "no row satisfies the filters, and {unchanged} are said to be changed");
        Ok(Held::Yes)
    })
    .await
}

async fn an_update_compares_and_sets(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "compare");
        rows.store(&[rows.row("a", json!({ "filename": "before" }))]).await?;
        let expected = || rows.with("filename", Predicate::Eq(json!("before").to_string()));
        let (one, other) = (json!({ "filename": "one" }), json!({ "filename": "other" }));
        let (one, other) = futures::join!(rows.update(&one, expected()), rows.update(&other, expected()));
        let count = success("update", one?)? + success("update", other?)?;
        rows.clear().await?;
        ensure!(count == 1, "two updates expected the same value, and {count} found it");
        Ok(Held::Yes)
    })
    .await
}

async fn a_delete_counts_and_may_be_repeated(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "delete");
        rows.store(&["a", "b", "c"].map(|id| rows.row(id, json!({})))).await?;
        let some = || rows.with("id", Predicate::Ne(json!("b").to_string()));
        let gone = success("delete", rows.delete(some()).await?)?;
        let again = success("delete", rows.delete(some()).await?)?;
        let left = rows.ids(rows.query()).await?;
        rows.clear().await?;
        ensure!(gone == 2 && again == 0, "of 2 rows, {gone} were removed, and then {again}");
        ensure!(left == ["b"], "what was not to be removed is {left:?}");
        Ok(Held::Yes)
    })
    .await
}

async fn nothing_changes_a_whole_table(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "whole");
        let changes = json!({ "filename": SECRET });
        refusal("update without a filter", rows.update(&changes, Vec::new()).await?, "invalid")?;
        refusal("delete without a filter", rows.delete(Vec::new()).await?, "invalid")
    })
    .await
}

async fn what_is_unknown_is_invalid(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "unknown");
        let row = rows.row("a", json!({}));
        let elsewhere = Rows { table: "no_such_table", ..super::rows(session, "unknown") };
        let answer = elsewhere.upsert(std::slice::from_ref(&row), OnConflict::Merge).await?;
        refusal("upsert into an unknown table", answer, "invalid")?;
        let odd = rows.row("a", json!({ "no_such_column": SECRET }));
        refusal("upsert of an unknown column", rows.upsert(&[odd], OnConflict::Merge).await?, "invalid")?;
        refusal(
            "upsert of what is no object",
            rows.upsert(&[json!([1])], OnConflict::Merge).await?,
            "invalid",
        )?;
        let filters = rows.with("no_such_column", Predicate::IsNull);
        refusal(
            "select by an unknown column",
            rows.select(Query { filters, ..rows.query() }).await?,
            "invalid",
        )?;
        let bare = json!({ "relationship_id": rows.relationship, "kind": "handbook", "file_path": "x" });
        refusal("upsert of a row without its key", rows.upsert(&[bare], OnConflict::Merge).await?, "invalid")
    })
    .await
}

async fn unicode_passes(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "unicode");
        // PostgreSQL's texts cannot hold U+0000.
        let hard: Vec<_> = sample::hard().into_iter().filter(|text| !text.contains('\0')).collect();
        let all: Vec<_> = hard
            .iter()
            .enumerate()
            .map(|(n, text)| rows.row(&format!("r{n}"), json!({ "filename": text })))
            .collect();
        rows.store(&all).await?;
        let found = rows.found(rows.query()).await?;
        rows.clear().await?;
        ensure!(found.len() == hard.len(), "{} rows were stored, and {} are read", hard.len(), found.len());
        for (row, text) in found.iter().zip(&hard) {
            ensure!(row["filename"] == json!(text), "{text:?} was stored, and {} is read", row["filename"]);
        }
        Ok(Held::Yes)
    })
    .await
}
