//! `serene:record-store`

mod read;
mod write;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::bindings::record_store::RecordStoreStage;
use super::bindings::record_store::exports::serene::record_store::record_store::{
    OnConflict, Order, Query, RowPage,
};
use super::bindings::types::{Context, Filter, Predicate};
use super::case::Case;
use super::expect::success;
use super::lab::{Answer, Session, answered, attempt, context};
use super::stage::{Description, Stage, instantiated};

type RecordStore = RecordStoreStage;

/// A table of Serene's (`db/`) that holds nothing but texts.
const TABLE: &str = "profiles";
const KEY: &[&str] = &["relationship_id", "kind", "id"];

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
        let rows = Rows { ctx, ..rows(session, &format!("exercise-{n}")) };
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
        [write::cases(), read::cases()].into_iter().flatten().collect()
    }
}

/// Rows of a relationship of its own, as a case uses it.
pub(crate) struct Rows<'a> {
    session: &'a Session<'a, RecordStore>,
    table: &'static str,
    key: &'static [&'static str],
    relationship: String,
    ctx: Context,
}

pub(crate) fn rows<'a>(session: &'a Session<'a, RecordStore>, name: &str) -> Rows<'a> {
    Rows { session, table: TABLE, key: KEY, relationship: session.own(name), ctx: context() }
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

impl Rows<'_> {
    pub(crate) async fn upsert(&self, rows: &[Value], conflict: OnConflict) -> Result<Answer<u32>> {
        let guest = self.session.stage.serene_record_store_record_store();
        let rows = rows.iter().map(Value::to_string).collect();
        let (ctx, table, key) = (self.ctx.clone(), self.table.to_owned(), texts(self.key));
        answered("upsert", guest.call_upsert(self.session.accessor, ctx, table, rows, key, conflict).await)
    }

    pub(crate) async fn select(&self, query: Query) -> Result<Answer<RowPage>> {
        let guest = self.session.stage.serene_record_store_record_store();
        let (ctx, table) = (self.ctx.clone(), self.table.to_owned());
        answered("select", guest.call_select(self.session.accessor, ctx, table, query).await)
    }

    async fn update(&self, changes: &Value, filters: Vec<Filter>) -> Result<Answer<u32>> {
        let guest = self.session.stage.serene_record_store_record_store();
        let (ctx, table, changes) = (self.ctx.clone(), self.table.to_owned(), changes.to_string());
        answered("update", guest.call_update(self.session.accessor, ctx, table, changes, filters).await)
    }

    pub(crate) async fn delete(&self, filters: Vec<Filter>) -> Result<Answer<u32>> {
        let guest = self.session.stage.serene_record_store_record_store();
        let (ctx, table) = (self.ctx.clone(), self.table.to_owned());
        answered("delete", guest.call_delete(self.session.accessor, ctx, table, filters).await)
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
