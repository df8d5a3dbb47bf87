use bytes::Bytes;
use pipeline::stages::{
    Call, Filter, GetOptions, IdPage, Match, Nearest, Object, ObjectInfo, ObjectPage, ObjectStore,
    ObjectStoreInfo, OnConflict, Predicate, PutOptions, RecordStore, RecordStoreInfo, Row, RowPage, RowQuery,
    Selection, SignedMethod, SignedUrl, StageInfo, Vector, VectorIndex, VectorIndexInfo,
};
use pipeline::{ByteStream, Error, Result, Stage, collect, from_bytes};
use serde_json::Value;

use super::World;

pub fn info(name: &str) -> StageInfo {
    StageInfo { name: name.to_owned(), version: "1".to_owned(), extras: Vec::new() }
}

fn object_info(key: &str, bytes: &Bytes) -> ObjectInfo {
    ObjectInfo {
        key: key.to_owned(),
        size: bytes.len() as u64,
        etag: format!("{bytes:?}"),
        content_type: "application/octet-stream".to_owned(),
        modified_ms: 0,
        sha256: None,
        metadata: Vec::new(),
    }
}

impl ObjectStore for World {
    async fn describe(&self, _: &Call) -> Result<ObjectStoreInfo> {
        self.step(Stage::ObjectStore).await?;
        let mut stage = info("objects");
        // A store learns where its bucket is when it first writes there.
        let advice = self.advice.get().filter(|_| !self.objects.borrow().is_empty());
        stage.extras.extend(advice.map(|advice| ("advice".to_owned(), advice.to_owned())));
        Ok(ObjectStoreInfo {
            stage,
            bucket: "b".to_owned(),
            max_object_bytes: 1 << 30,
            max_signed_url_seconds: 60,
        })
    }

    async fn put(&self, _: &Call, key: &str, body: ByteStream, _: PutOptions) -> Result<ObjectInfo> {
        self.step(Stage::ObjectStore).await?;
        let bytes = Bytes::from(collect(body, 1 << 20, "The object").await?);
        self.step(Stage::ObjectStore).await?;
        self.objects.borrow_mut().insert(key.to_owned(), bytes.clone());
        // A crash can come between the write and its acknowledgement.
        self.step(Stage::ObjectStore).await?;
        Ok(object_info(key, &bytes))
    }

    async fn get(&self, _: &Call, key: &str, _: GetOptions) -> Result<Object> {
        self.step(Stage::ObjectStore).await?;
        let bytes = self.objects.borrow().get(key).cloned();
        let bytes = bytes.ok_or_else(|| Error::not_found("No such object.").at(Stage::ObjectStore))?;
        let length = bytes.len() as u64;
        Ok(Object { info: object_info(key, &bytes), offset: 0, length, body: from_bytes(bytes) })
    }

    async fn head(&self, call: &Call, key: &str) -> Result<ObjectInfo> {
        Ok(self.get(call, key, GetOptions::default()).await?.info)
    }

    async fn delete(&self, _: &Call, key: &str) -> Result<()> {
        self.step(Stage::ObjectStore).await?;
        self.objects.borrow_mut().remove(key);
        Ok(())
    }

    async fn list(&self, _: &Call, _: &str, _: Option<String>, _: u32) -> Result<ObjectPage> {
        Ok(ObjectPage { objects: Vec::new(), next: None })
    }

    async fn presign(&self, _: &Call, _: SignedMethod, key: &str, _: u32) -> Result<SignedUrl> {
        self.step(Stage::ObjectStore).await?;
        Ok(SignedUrl { url: format!("/{key}"), expires_ms: 0, headers: Vec::new() })
    }

    async fn redeem(&self, _: &Call, _: SignedMethod, url: &str) -> Result<String> {
        Ok(url[1..].to_owned())
    }
}

/// The predicates that the flows use.
fn holds(row: &Row, filter: &Filter) -> bool {
    let value = row.get(&filter.field).unwrap_or(&Value::Null);
    match &filter.predicate {
        Predicate::Eq(expected) => value == expected && !value.is_null(),
        Predicate::Ne(expected) => value != expected && !value.is_null(),
        Predicate::OneOf(expected) => expected.contains(value),
        Predicate::IsNull => value.is_null(),
        other => unimplemented_in_memory(other),
    }
}

fn unimplemented_in_memory(predicate: &Predicate) -> bool {
    panic!("the flows do not use {predicate:?} yet")
}

impl RecordStore for World {
    async fn describe(&self, _: &Call) -> Result<RecordStoreInfo> {
        Ok(RecordStoreInfo { stage: info("records"), max_rows: 100, max_row_bytes: 1 << 20 })
    }

    async fn upsert(&self, _: &Call, table: &str, rows: &[Row], key: &[&str], _: OnConflict) -> Result<u32> {
        self.step(Stage::RecordStore).await?;
        for row in rows {
            let id: Vec<_> = key.iter().map(|column| row[*column].to_string()).collect();
            let mut rows = self.rows.borrow_mut();
            rows.entry((table.to_owned(), id.join("/"))).or_default().extend(row.clone());
        }
        self.step(Stage::RecordStore).await?;
        Ok(rows.len() as u32)
    }

    async fn select(&self, _: &Call, table: &str, query: RowQuery) -> Result<RowPage> {
        self.step(Stage::RecordStore).await?;
        let rows = self.rows_of(table).into_iter().filter(|row| query.filters.iter().all(|f| holds(row, f)));
        Ok(RowPage { rows: rows.collect(), next: None })
    }

    async fn update(&self, _: &Call, table: &str, changes: Row, filters: Vec<Filter>) -> Result<u32> {
        self.step(Stage::RecordStore).await?;
        let mut count = 0;
        for ((t, _), row) in self.rows.borrow_mut().iter_mut() {
            if t == table && filters.iter().all(|f| holds(row, f)) {
                row.extend(changes.clone());
                count += 1;
            }
        }
        self.step(Stage::RecordStore).await?;
        Ok(count)
    }

    async fn delete(&self, _: &Call, table: &str, filters: Vec<Filter>) -> Result<u32> {
        self.step(Stage::RecordStore).await?;
        let before = self.rows.borrow().len();
        self.rows.borrow_mut().retain(|(t, _), row| t != table || !filters.iter().all(|f| holds(row, f)));
        self.step(Stage::RecordStore).await?;
        Ok((before - self.rows.borrow().len()) as u32)
    }
}

impl VectorIndex for World {
    async fn describe(&self, _: &Call) -> Result<VectorIndexInfo> {
        self.step(Stage::VectorIndex).await?;
        Ok(VectorIndexInfo {
            stage: info("vectors"),
            dimensions: None,
            namespaces: Vec::new(),
            max_metadata_bytes: 1 << 20,
            max_vectors: 2,
        })
    }

    async fn upsert(&self, _: &Call, namespace: &str, vectors: &[Vector]) -> Result<()> {
        self.step(Stage::VectorIndex).await?;
        for vector in vectors {
            self.vectors.borrow_mut().insert((namespace.to_owned(), vector.id.clone()), vector.clone());
        }
        self.step(Stage::VectorIndex).await
    }

    async fn query(&self, _: &Call, namespace: &str, nearest: Nearest) -> Result<Vec<Match>> {
        self.step(Stage::VectorIndex).await?;
        let dot = |values: &[f32]| values.iter().zip(&nearest.values).map(|(a, b)| a * b).sum::<f32>();
        let vectors = self.vectors.borrow();
        let found = vectors
            .iter()
            .filter(|((n, _), v)| n == namespace && nearest.filters.iter().all(|f| holds(&v.metadata, f)));
        let mut found: Vec<_> = found
            .map(|(_, v)| Match { id: v.id.clone(), score: dot(&v.values), metadata: v.metadata.clone() })
            .collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found.truncate(nearest.top_k as usize);
        Ok(found)
    }

    async fn delete(&self, _: &Call, namespace: &str, selection: Selection) -> Result<()> {
        self.step(Stage::VectorIndex).await?;
        self.vectors.borrow_mut().retain(|(n, id), v| {
            n != namespace
                || match &selection {
                    Selection::Ids(ids) => !ids.contains(id),
                    Selection::Filters(filters) => !filters.iter().all(|f| holds(&v.metadata, f)),
                }
        });
        self.step(Stage::VectorIndex).await
    }

    async fn list(&self, _: &Call, _: &str, _: &str, _: Option<String>, _: u32) -> Result<IdPage> {
        Ok(IdPage::default())
    }
}
