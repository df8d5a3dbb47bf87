use std::fmt;

use bytes::Bytes;
use pipeline::stages::{
    Call, Filter, GetOptions, IdPage, Match, Nearest, Object, ObjectInfo, ObjectPage, ObjectStore,
    ObjectStoreInfo, OnConflict, PutOptions, RecordStore, RecordStoreInfo, Row, RowPage, RowQuery, Selection,
    SignedMethod, SignedUrl, Vector, VectorIndex, VectorIndexInfo,
};
use pipeline::{ByteStream, Error, Result, Stage, collect, from_bytes};
use serde_json::{Map, Value};

use super::{Request, Simulated, Wire, info};
use crate::Memory;

/// The largest object.
const MAX_BYTES: u64 = 1 << 20;
/// Of one call: small, so that the flows' batches and pages are more than one.
const MAX_VECTORS: u32 = 2;
const MAX_IDS: u32 = 3;

const OBJECTS: Stage = Stage::ObjectStore;
const RECORDS: Stage = Stage::RecordStore;
const VECTORS: Stage = Stage::VectorIndex;

impl<W: Wire> ObjectStore for Simulated<W> {
    async fn describe(&self, _: &Call) -> Result<ObjectStoreInfo> {
        let describe = |memory: &mut Memory| {
            let mut stage = info("objects");
            // A store learns where its bucket is when it first writes there.
            let advice = memory.advice.clone().filter(|_| memory.objects.all().next().is_some());
            stage.extras.extend(advice.map(|advice| ("advice".to_owned(), advice)));
            Ok(ObjectStoreInfo {
                stage,
                bucket: "b".to_owned(),
                max_object_bytes: MAX_BYTES,
                max_signed_url_seconds: 60,
            })
        };
        self.ask(OBJECTS, format_args!("describe"), describe).await
    }

    async fn put(&self, _: &Call, key: &str, body: ByteStream, options: PutOptions) -> Result<ObjectInfo> {
        self.ask(OBJECTS, format_args!("begin to put {key}"), |_| Ok(())).await?;
        let bytes = Bytes::from(collect(body, MAX_BYTES, "The object").await?);
        let (name, condition, size) = (key.to_owned(), options.condition.clone(), bytes.len());
        let put = move |memory: &mut Memory| {
            let now = memory.now_ms;
            memory.objects.put(&name, &bytes, &options, now)
        };
        let what = format_args!("put {key}, {size} bytes, if {condition:?}");
        self.send(Request { stage: OBJECTS, what, is_blind: true }, put).await
    }

    async fn get(&self, _: &Call, key: &str, options: GetOptions) -> Result<Object> {
        let name = key.to_owned();
        let get = move |memory: &mut Memory| memory.objects.get(&name, &options);
        let (info, offset, part) = self.ask(OBJECTS, format_args!("get {key}"), get).await?;
        Ok(Object { info, offset, length: part.len() as u64, body: from_bytes(part) })
    }

    async fn head(&self, _: &Call, key: &str) -> Result<ObjectInfo> {
        let name = key.to_owned();
        self.ask(OBJECTS, format_args!("head {key}"), move |memory| memory.objects.head(&name)).await
    }

    async fn delete(&self, _: &Call, key: &str) -> Result<()> {
        let name = key.to_owned();
        let delete = move |memory: &mut Memory| {
            memory.objects.delete(&name);
            Ok(())
        };
        self.send(Request { stage: OBJECTS, what: format_args!("delete {key}"), is_blind: true }, delete)
            .await
    }

    async fn list(&self, _: &Call, prefix: &str, cursor: Option<String>, limit: u32) -> Result<ObjectPage> {
        let name = prefix.to_owned();
        let list = move |memory: &mut Memory| memory.objects.list(&name, cursor.as_deref(), limit);
        self.ask(OBJECTS, format_args!("list {prefix:?}"), list).await
    }

    async fn presign(&self, _: &Call, _: SignedMethod, key: &str, _: u32) -> Result<SignedUrl> {
        let url = format!("/{key}");
        let presign = move |memory: &mut Memory| {
            Ok(SignedUrl { url: url.clone(), expires_ms: memory.now_ms, headers: Vec::new() })
        };
        self.ask(OBJECTS, format_args!("presign {key}"), presign).await
    }

    async fn redeem(&self, _: &Call, _: SignedMethod, url: &str) -> Result<String> {
        url.strip_prefix('/')
            .map(str::to_owned)
            .ok_or_else(|| Error::not_found("Not signed here.").at(OBJECTS))
    }
}

impl<W: Wire> RecordStore for Simulated<W> {
    async fn describe(&self, _: &Call) -> Result<RecordStoreInfo> {
        let describe =
            |_: &mut _| Ok(RecordStoreInfo { stage: info("records"), max_rows: 100, max_row_bytes: 1 << 20 });
        self.ask(RECORDS, format_args!("describe"), describe).await
    }

    async fn upsert(
        &self,
        _: &Call,
        table: &str,
        rows: &[Row],
        key: &[&str],
        conflict: OnConflict,
    ) -> Result<u32> {
        let (name, sent) = (table.to_owned(), rows.to_vec());
        let key: Vec<String> = key.iter().map(|&column| column.to_owned()).collect();
        let upsert = move |memory: &mut Memory| {
            let key: Vec<&str> = key.iter().map(String::as_str).collect();
            memory.records.upsert(&name, &sent, &key, conflict)
        };
        let what = format_args!("upsert into {table}, {conflict:?}:{}", Brief(rows.first()));
        self.send(Request { stage: RECORDS, what, is_blind: conflict == OnConflict::Keep }, upsert).await
    }

    async fn select(&self, call: &Call, table: &str, query: RowQuery) -> Result<RowPage> {
        let (name, filters) = (table.to_owned(), query.filters.clone());
        let select = move |memory: &mut Memory| memory.records.select(&name, &query);
        let what = format_args!("select from {table}{}", Where(&filters));
        let page = self.ask(RECORDS, what, select).await?;
        page.rows.iter().for_each(|row| self.disclose(call, row));
        Ok(page)
    }

    async fn update(&self, _: &Call, table: &str, changes: Row, filters: Vec<Filter>) -> Result<u32> {
        let (name, sent, conditions) = (table.to_owned(), changes.clone(), filters.clone());
        let update = move |memory: &mut Memory| memory.records.update(&name, &sent, &conditions);
        let what = format_args!("update {table}{}:{}", Where(&filters), Brief(Some(&changes)));
        self.ask(RECORDS, what, update).await
    }

    async fn delete(&self, _: &Call, table: &str, filters: Vec<Filter>) -> Result<u32> {
        let (name, conditions) = (table.to_owned(), filters.clone());
        let delete = move |memory: &mut Memory| memory.records.delete(&name, &conditions);
        self.ask(RECORDS, format_args!("delete from {table}{}", Where(&filters)), delete).await
    }
}

impl<W: Wire> VectorIndex for Simulated<W> {
    async fn describe(&self, _: &Call) -> Result<VectorIndexInfo> {
        let describe = |memory: &mut Memory| {
            Ok(VectorIndexInfo {
                stage: info("vectors"),
                dimensions: None,
                namespaces: memory.vectors.counts(),
                max_metadata_bytes: 1 << 20,
                max_vectors: MAX_VECTORS,
            })
        };
        self.ask(VECTORS, format_args!("describe"), describe).await
    }

    async fn upsert(&self, _: &Call, namespace: &str, vectors: &[Vector]) -> Result<()> {
        if vectors.len() > MAX_VECTORS as usize {
            return Err(Error::too_large("The vectors of one call", MAX_VECTORS.into(), None).at(VECTORS));
        }
        let (name, sent) = (namespace.to_owned(), vectors.to_vec());
        let upsert = move |memory: &mut Memory| memory.vectors.upsert(&name, &sent);
        let first = vectors.first().map_or("none", |vector| &vector.id);
        let what = format_args!("upsert {} into {namespace}, from {first}", vectors.len());
        self.ask(VECTORS, what, upsert).await
    }

    async fn query(&self, call: &Call, namespace: &str, nearest: Nearest) -> Result<Vec<Match>> {
        let (name, filters) = (namespace.to_owned(), nearest.filters.clone());
        let query = move |memory: &mut Memory| memory.vectors.query(&name, &nearest);
        let what = format_args!("query {namespace}{}", Where(&filters));
        let found = self.ask(VECTORS, what, query).await?;
        found.iter().for_each(|found| self.disclose(call, &found.metadata));
        Ok(found)
    }

    async fn delete(&self, _: &Call, namespace: &str, selection: Selection) -> Result<()> {
        let (name, selected) = (namespace.to_owned(), selection.clone());
        let delete = move |memory: &mut Memory| memory.vectors.delete(&name, &selected);
        match &selection {
            Selection::Ids(ids) => {
                self.ask(VECTORS, format_args!("delete from {namespace}: {}", ids.join(", ")), delete).await
            }
            Selection::Filters(filters) => {
                let what = format_args!("delete from {namespace}{}", Where(filters));
                self.ask(VECTORS, what, delete).await
            }
        }
    }

    async fn list(
        &self,
        _: &Call,
        namespace: &str,
        prefix: &str,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<IdPage> {
        let (name, wanted, limit) = (namespace.to_owned(), prefix.to_owned(), limit.min(MAX_IDS));
        let list = move |memory: &mut Memory| memory.vectors.list(&name, &wanted, cursor.as_deref(), limit);
        self.ask(VECTORS, format_args!("list {namespace} {prefix:?}"), list).await
    }
}

impl<W: Wire> Simulated<W> {
    fn disclose(&self, call: &Call, fields: &Map<String, Value>) {
        if let Some(relationship) = fields.get("relationship_id").and_then(Value::as_str) {
            self.wire.discloses(call, relationship);
        }
    }
}

/// Filters in words.
struct Where<'a>(&'a [Filter]);

impl fmt::Display for Where<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, Filter { field, predicate }) in self.0.iter().enumerate() {
            write!(f, " {} {field} {predicate:?}", if n == 0 { "where" } else { "and" })?;
        }
        Ok(())
    }
}

/// What of a row tells how far a document is.
struct Brief<'a>(Option<&'a Row>);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const TELLING: [&str; 6] = ["id", "conflict_id", "status", "attempt", "revision", "sha256"];
        let fields = self.0.into_iter().flatten();
        fields
            .filter(|(name, _)| TELLING.contains(&name.as_str()))
            .try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}
