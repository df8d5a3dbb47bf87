//! `serene:record-store`

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::bindings::record_store::RecordStoreStage;
use super::bindings::record_store::exports::serene::record_store::record_store::{
    OnConflict, Order, Query, RecordStoreInfo, RowPage,
};
use super::bindings::types::{Context, Filter, Predicate};
use super::case::{Case, Held, Outcome, cases};
use super::expect::{SECRET, refusal, success};
use super::lab::{Answer, Lab, Session, answered, attempt, context};
use super::stage::{Description, Stage, instantiated};

type RecordStore = RecordStoreStage;

/// A table of Serene's (`db/`) that holds nothing but texts.
const TABLE: &str = "profiles";
const KEY: [&str; 3] = ["relationship_id", "kind", "id"];

impl Stage for RecordStore {
    instantiated!("record-store");

    async fn describe(session: &Session<'_, Self>, ctx: Context) -> Result<Answer<Description>> {
        let guest = session.stage.serene_record_store_record_store();
        let info = answered("describe", guest.call_describe(session.accessor, ctx).await)?;
        Ok(info.map(|info| Description {
            whole: format!("{info:?}"),
            limits: vec![("max-rows", info.max_rows.into()), ("max-row-bytes", info.max_row_bytes.into())],
            stage: info.stage,
        }))
    }

    async fn exercise(session: &Session<'_, Self>, ctx: Context, n: u32) -> Result<Answer<String>> {
        let rows = Rows { session, relationship: session.own(&format!("exercise-{n}")), ctx };
        attempt!(
            rows.upsert(&[rows.row("a", json!({ "filename": n.to_string() }))], OnConflict::Merge).await?
        );
        let page = attempt!(rows.select(rows.query()).await?);
        attempt!(rows.delete(rows.all()).await?);
        let names: Vec<_> =
            page.rows.iter().map(|row| parsed(row).map(|row| row["filename"].clone())).collect();
        Ok(Ok(format!("{:?}", names.into_iter().collect::<Result<Vec<_>>>()?)))
    }

    fn cases() -> Vec<Case<Self>> {
        cases![
            what_is_stored_is_read: "a row is read as it was stored, each value with its type",
            merging_keeps_what_is_not_given: "merge replaces the members given, and the others stay",
            keeping_leaves_the_row_as_it_is: "keep leaves the stored row as it is, and does not count it",
            failing_stores_nothing: "fail answers conflict, and none of the call's rows is stored",
            columns_are_chosen: "the columns asked for are given, and no others",
            filters_hold: "all filters must hold, each as the contract says",
            order_is_kept_and_nulls_are_last: "rows come in the order asked for, nulls last in either direction",
            pages_never_overlap: "every row is in one page, and in one only",
            an_update_counts_what_it_changed: "an update changes the rows that satisfy its filters, and says how many",
            an_update_compares_and_sets: "of two updates that expect the same value, one finds it",
            a_delete_counts_and_may_be_repeated: "a delete says how many it removed; of what is gone, 0",
            nothing_changes_a_whole_table: "an update or a delete without a filter is invalid",
            what_is_unknown_is_invalid: "an unknown table or column is invalid, and so is what is no row",
            unicode_passes: "texts of every script are kept as they are",
        ]
    }
}

/// Rows of a relationship of its own, as a case uses it.
pub(crate) struct Rows<'a> {
    session: &'a Session<'a, RecordStore>,
    relationship: String,
    ctx: Context,
}

pub(crate) fn rows<'a>(session: &'a Session<'a, RecordStore>, name: &str) -> Rows<'a> {
    Rows { session, relationship: session.own(name), ctx: context() }
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

impl Rows<'_> {
    async fn info(&self) -> Result<RecordStoreInfo> {
        let guest = self.session.stage.serene_record_store_record_store();
        success(
            "describe",
            answered("describe", guest.call_describe(self.session.accessor, self.ctx.clone()).await)?,
        )
    }

    async fn upsert_into(&self, table: &str, rows: &[Value], conflict: OnConflict) -> Result<Answer<u32>> {
        let guest = self.session.stage.serene_record_store_record_store();
        let rows = rows.iter().map(Value::to_string).collect();
        let (ctx, table, key) = (self.ctx.clone(), table.to_owned(), texts(&KEY));
        answered("upsert", guest.call_upsert(self.session.accessor, ctx, table, rows, key, conflict).await)
    }

    pub(crate) async fn upsert(&self, rows: &[Value], conflict: OnConflict) -> Result<Answer<u32>> {
        self.upsert_into(TABLE, rows, conflict).await
    }

    pub(crate) async fn select(&self, query: Query) -> Result<Answer<RowPage>> {
        let guest = self.session.stage.serene_record_store_record_store();
        let ctx = self.ctx.clone();
        answered("select", guest.call_select(self.session.accessor, ctx, TABLE.to_owned(), query).await)
    }

    async fn update(&self, changes: &Value, filters: Vec<Filter>) -> Result<Answer<u32>> {
        let guest = self.session.stage.serene_record_store_record_store();
        let (ctx, table, changes) = (self.ctx.clone(), TABLE.to_owned(), changes.to_string());
        answered("update", guest.call_update(self.session.accessor, ctx, table, changes, filters).await)
    }

    pub(crate) async fn delete(&self, filters: Vec<Filter>) -> Result<Answer<u32>> {
        let guest = self.session.stage.serene_record_store_record_store();
        let ctx = self.ctx.clone();
        answered("delete", guest.call_delete(self.session.accessor, ctx, TABLE.to_owned(), filters).await)
    }

    /// A row of this relationship.
    pub(crate) fn row(&self, id: &str, members: Value) -> Value {
        let mut row = json!({
            "relationship_id": self.relationship,
            "kind": "handbook",
            "id": id,
            "file_path": format!("s3://bucket/{id}"),
        });
        if let (Some(row), Value::Object(members)) = (row.as_object_mut(), members) {
            row.extend(members);
        }
        row
    }

    /// Selects every row of this relationship.
    pub(crate) fn all(&self) -> Vec<Filter> {
        vec![eq("relationship_id", &json!(self.relationship))]
    }

    fn with(&self, field: &str, predicate: Predicate) -> Vec<Filter> {
        let mut filters = self.all();
        filters.push(Filter { field: field.to_owned(), predicate });
        filters
    }

    /// Every row, by id.
    pub(crate) fn query(&self) -> Query {
        let order = vec![Order { column: "id".to_owned(), descending: false }];
        Query { columns: Vec::new(), filters: self.all(), order, limit: 1_000, cursor: None }
    }

    async fn store(&self, rows: &[Value]) -> Result<u32> {
        success("upsert", self.upsert(rows, OnConflict::Merge).await?)
    }

    async fn found(&self, query: Query) -> Result<Vec<Value>> {
        success("select", self.select(query).await?)?.rows.iter().map(|row| parsed(row)).collect()
    }

    async fn ids(&self, query: Query) -> Result<Vec<String>> {
        let id = |row: Value| row["id"].as_str().unwrap_or_default().to_owned();
        Ok(self.found(query).await?.into_iter().map(id).collect())
    }

    /// Leaves nothing behind in a store that others use as well.
    async fn clear(&self) -> Result<()> {
        success("delete", self.delete(self.all()).await?)?;
        Ok(())
    }
}

fn parsed(row: &str) -> Result<Value> {
    serde_json::from_str(row).with_context(|| format!("a row is no JSON: {row}"))
}

fn eq(field: &str, value: &Value) -> Filter {
    Filter { field: field.to_owned(), predicate: Predicate::Eq(value.to_string()) }
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

async fn columns_are_chosen(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "columns");
        rows.store(&[rows.row("a", json!({ "filename": "a.pdf" }))]).await?;
        let found = rows.found(Query { columns: texts(&["id", "filename"]), ..rows.query() }).await?;
        rows.clear().await?;
        ensure!(
            found == [json!({ "id": "a", "filename": "a.pdf" })],
            "of two columns asked for came {found:?}"
        );
        Ok(Held::Yes)
    })
    .await
}

async fn filters_hold(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "filters");
        rows.store(&[
            rows.row("a", json!({ "filename": "Alpha", "partner_id": "partner_a" })),
            rows.row("b", json!({ "filename": "alpha%", "partner_id": null })),
            rows.row("c", json!({ "filename": null, "partner_id": null })),
            rows.row("d", json!({ "filename": "beta", "partner_id": "partner_b" })),
        ])
        .await?;
        let text = |value: &str| json!(value).to_string();
        let of = |names: &[&str]| names.iter().map(|name| text(name)).collect();
        let cases: [(&str, Predicate, &[&str]); 10] = [
            ("eq", Predicate::Eq(text("beta")), &["d"]),
            ("eq in another case", Predicate::Eq(text("ALPHA")), &[]),
            ("ne", Predicate::Ne(text("beta")), &["a", "b"]),
            ("lt", Predicate::Lt(text("alpha")), &["a"]),
            ("gte", Predicate::Gte(text("alpha%")), &["b", "d"]),
            ("one-of", Predicate::OneOf(of(&["beta", "Alpha", "gamma"])), &["a", "d"]),
            ("starts-with", Predicate::StartsWith("alpha".to_owned()), &["b"]),
            ("starts-with a character that is no wildcard", Predicate::StartsWith("%".to_owned()), &[]),
            ("is-null", Predicate::IsNull, &["c"]),
            ("is-not-null", Predicate::IsNotNull, &["a", "b", "d"]),
        ];
        for (what, predicate, expected) in cases {
            let ids = rows.ids(Query { filters: rows.with("filename", predicate), ..rows.query() }).await?;
            ensure!(ids == expected, "a filter by {what} finds {ids:?} and not {expected:?}");
        }
        let mut both = rows.with("filename", Predicate::IsNotNull);
        both.push(eq("partner_id", &json!("partner_b")));
        let ids = rows.ids(Query { filters: both, ..rows.query() }).await?;
        rows.clear().await?;
        ensure!(ids == ["d"], "two filters find {ids:?}");
        Ok(Held::Yes)
    })
    .await
}

async fn order_is_kept_and_nulls_are_last(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "order");
        let names =
            [("a", json!("m")), ("b", json!("Z")), ("c", json!(null)), ("d", json!("é")), ("e", json!("m"))];
        let all = names.map(|(id, name)| rows.row(id, json!({ "filename": name })));
        rows.store(&all).await?;
        for (descending, expected) in [(false, ["b", "a", "e", "d", "c"]), (true, ["d", "a", "e", "b", "c"])]
        {
            let order = vec![Order { column: "filename".to_owned(), descending }];
            let ids = rows.ids(Query { order, ..rows.query() }).await?;
            let way = if descending { "descending" } else { "ascending" };
            ensure!(
                ids == expected,
                "{way}, by Unicode code point, the rows are {ids:?} and not {expected:?}"
            );
        }
        rows.clear().await?;
        Ok(Held::Yes)
    })
    .await
}

async fn pages_never_overlap(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "pages");
        let all: Vec<_> = (0..7).map(|n| rows.row(&format!("r{n}"), json!({ "filename": "same" }))).collect();
        rows.store(&all).await?;
        for limit in [1, 3, 7] {
            let (mut ids, mut cursor) = (Vec::new(), None);
            loop {
                let order = vec![Order { column: "filename".to_owned(), descending: true }];
                let page =
                    success("select", rows.select(Query { order, limit, cursor, ..rows.query() }).await?)?;
                ensure!(page.rows.len() <= limit as usize, "a page of {limit} rows has {}", page.rows.len());
                for row in &page.rows {
                    ids.push(parsed(row)?["id"].as_str().unwrap_or_default().to_owned());
                }
                ensure!(ids.len() <= all.len(), "pages of {limit} rows give {ids:?}");
                match page.next {
                    Some(next) => cursor = Some(next),
                    None => break,
                }
            }
            let expected: Vec<_> = (0..7).map(|n| format!("r{n}")).collect();
            ensure!(ids == expected, "pages of {limit} equal rows give {ids:?}");
        }
        rows.clear().await?;
        Ok(Held::Yes)
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
        let answer = rows.upsert_into("no_such_table", std::slice::from_ref(&row), OnConflict::Merge).await?;
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
        refusal(
            "upsert of a row without its key",
            rows.upsert(&[bare], OnConflict::Merge).await?,
            "invalid",
        )?;
        ensure!(rows.info().await?.max_rows > 0, "max-rows is 0");
        Ok(Held::Yes)
    })
    .await
}

async fn unicode_passes(lab: &Lab<RecordStore>) -> Outcome {
    lab.with(async |session| {
        let rows = rows(session, "unicode");
        // PostgreSQL's texts cannot hold U+0000.
        let hard: Vec<_> = super::sample::hard().into_iter().filter(|text| !text.contains('\0')).collect();
        let all: Vec<_> = hard
            .iter()
            .enumerate()
            .map(|(n, text)| rows.row(&format!("r{n}"), json!({ "filename": text })))
            .collect();
        rows.store(&all).await?;
        let found = rows.found(rows.query()).await?;
        rows.clear().await?;
        for (row, text) in found.iter().zip(&hard) {
            ensure!(row["filename"] == json!(text), "{text:?} was stored, and {} is read", row["filename"]);
        }
        Ok(Held::Yes)
    })
    .await
}
