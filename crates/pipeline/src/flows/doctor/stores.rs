//! The three stores: what is written is read back, and removed again. What could not be written is removed as well: the answer alone may have been lost.

use serde_json::{Map, Value, json};

use super::{Check, Fetch, Notes, PAGE, PAGE_TEXT, RELATIONSHIP, wrong};
use crate::stages::{
    Call, DocumentSource, Extractor, Filter, GetOptions, Nearest, ObjectStore, OnConflict, PutOptions,
    RecordStore, RowQuery, Selection, SignedMethod, SourceDocument, Stages, Vector, VectorIndex,
    WriteCondition,
};
use crate::{Environment, Error, ErrorKind, Pipeline, Result, Stage, collect, from_bytes};

/// Every table of `db/`.
const TABLES: [&str; 7] = [
    "documents",
    "conflicts",
    "profiles",
    "conflict_analysis",
    "repair_plans",
    "relationship_members",
    "idempotency_keys",
];
/// How long the doctor's signed URL lives.
const URL_SECONDS: u32 = 60;

impl<S: Stages, E: Environment> Pipeline<S, E> {
    pub(super) async fn check_objects_and_extractor(
        &self,
        call: &Call,
        id: &str,
        fetch: &impl Fetch,
    ) -> Vec<Check> {
        let objects = self.stages.objects();
        let key = format!("profiles/{RELATIONSHIP}/{id}.pdf");
        let mut notes = Notes::new(Stage::ObjectStore, &self.environment);
        let info = notes.check("describe", async {
            let info = objects.describe(call).await?;
            let finding = format!("{} in bucket {}", info.stage.name, info.bucket);
            Ok((info, finding))
        });
        if info.await.is_none() {
            return notes.checks.into_iter().chain(self.check_extractor(call, None).await).collect();
        }
        let put = notes.check("put", async {
            let options = PutOptions {
                content_type: "application/pdf".to_owned(),
                size: Some(PAGE.len() as u64),
                condition: WriteCondition::Absent,
                metadata: Vec::new(),
            };
            objects.put(call, &key, from_bytes(PAGE), options).await?;
            Ok(((), format!("{} bytes", PAGE.len())))
        });
        if put.await.is_none() {
            let extractor = self.check_extractor(call, None).await;
            let _ = objects.delete(call, &key).await;
            return notes.checks.into_iter().chain(extractor).collect();
        }
        notes.check("head", self.head_back(call, &key)).await;
        notes.check("get", self.get_back(call, &key)).await;
        let url = notes.check("presigned-get", self.get_presigned(call, &key, fetch)).await;
        notes.check("settings", self.object_settings(call)).await;
        let extractor = self.check_extractor(call, url.flatten()).await;
        let delete = notes.check("delete", async {
            objects.delete(call, &key).await?;
            match objects.head(call, &key).await {
                Err(Error { kind: ErrorKind::NotFound, .. }) => Ok(((), "gone".to_owned())),
                Err(error) => Err(error),
                Ok(_) => Err(wrong("The object is still there after its deletion.")),
            }
        });
        delete.await;
        notes.checks.into_iter().chain(extractor).collect()
    }

    async fn head_back(&self, call: &Call, key: &str) -> Result<((), String)> {
        let info = self.stages.objects().head(call, key).await?;
        if info.size != PAGE.len() as u64 {
            return Err(wrong(format!("The object has {} bytes instead of {}.", info.size, PAGE.len())));
        }
        Ok(((), info.content_type))
    }

    async fn get_back(&self, call: &Call, key: &str) -> Result<((), String)> {
        let object = self.stages.objects().get(call, key, GetOptions::default()).await?;
        same(&collect(object.body, PAGE.len() as u64, "The object").await?)
    }

    /// What the store learnt by the checks before, such as the region that its bucket is in.
    async fn object_settings(&self, call: &Call) -> Result<((), String)> {
        match self.stages.objects().describe(call).await?.stage.extra("advice") {
            None => Ok(((), "nothing to set".to_owned())),
            Some(advice) => Err(Error::new(ErrorKind::Misconfigured, advice)),
        }
    }

    async fn get_presigned(
        &self,
        call: &Call,
        key: &str,
        fetch: &impl Fetch,
    ) -> Result<(Option<String>, String)> {
        let signed = self.stages.objects().presign(call, SignedMethod::Get, key, URL_SECONDS).await?;
        if signed.url.starts_with('/') {
            let redeemed = self.stages.objects().redeem(call, SignedMethod::Get, &signed.url).await?;
            if redeemed != key {
                return Err(wrong("The store's signed URL opens another object."));
            }
            return Ok((None, "signed and honoured by the store itself".to_owned()));
        }
        let ((), finding) = same(&fetch.fetch(&signed.url, PAGE.len() + 1).await?)?;
        Ok((Some(signed.url), finding))
    }

    async fn check_extractor(&self, call: &Call, url: Option<String>) -> Vec<Check> {
        let extractor = self.stages.extractor();
        let mut notes = Notes::new(Stage::Extractor, &self.environment);
        let info = notes.check("describe", async {
            let info = extractor.describe(call).await?;
            let finding = info.stage.fingerprint(Some(&info.model));
            Ok((info, finding))
        });
        let Some(info) = info.await else { return notes.checks };
        let url = url.filter(|_| info.prefers_url);
        let from = if url.is_some() { "from a signed URL" } else { "from bytes" };
        let extract = notes.check("extract", async {
            let document = SourceDocument {
                media_type: "application/pdf".to_owned(),
                size: Some(PAGE.len() as u64),
                source: url
                    .map_or_else(|| DocumentSource::Content(from_bytes(PAGE)), DocumentSource::Url),
            };
            let extraction = extractor.extract(call, document).await?;
            match extraction.pages.as_slice() {
                [page] if page.markdown.contains(PAGE_TEXT) => Ok(((), format!("one page {from}"))),
                pages => Err(wrong(format!(
                    "The page was read as {} pages without its words: the extractor's answer cannot be trusted.",
                    pages.len()
                ))),
            }
        });
        extract.await;
        notes.checks
    }

    pub(super) async fn check_records(&self, call: &Call, id: &str) -> Vec<Check> {
        let records = self.stages.records();
        let mut notes = Notes::new(Stage::RecordStore, &self.environment);
        let info = notes.check("describe", async {
            let info = records.describe(call).await?;
            Ok(((), info.stage.name))
        });
        if info.await.is_none() {
            return notes.checks;
        }
        let tables = notes.check("tables", async {
            for table in TABLES {
                let one = RowQuery { limit: 1, ..RowQuery::default() };
                records.select(call, table, one).await.map_err(|error| error.with("table", table))?;
            }
            Ok(((), format!("{} readable", TABLES.len())))
        });
        tables.await;
        let row: Map<String, Value> =
            [("relationship_id", json!(RELATIONSHIP)), ("id", json!(id)), ("transcript_path", Value::Null)]
                .into_iter()
                .map(|(column, value)| (column.to_owned(), value))
                .collect();
        let this_row = || vec![Filter::eq("relationship_id", RELATIONSHIP), Filter::eq("id", id)];
        let insert = notes.check("insert", async {
            records.upsert(call, "conflicts", &[row], &["relationship_id", "id"], OnConflict::Fail).await?;
            Ok(((), "one row".to_owned()))
        });
        if insert.await.is_none() {
            let _ = records.delete(call, "conflicts", this_row()).await;
            return notes.checks;
        }
        let select = notes.check("select", async {
            let query = RowQuery { filters: this_row(), limit: 2, ..RowQuery::default() };
            match records.select(call, "conflicts", query).await?.rows.len() {
                1 => Ok(((), "the row".to_owned())),
                n => Err(wrong(format!(
                    "{n} rows were found instead of the one just inserted: row-level security or a view may hide it."
                ))),
            }
        });
        select.await;
        let delete = notes.check("delete", async {
            match records.delete(call, "conflicts", this_row()).await? {
                1 => Ok(((), "gone".to_owned())),
                n => Err(wrong(format!("{n} rows were deleted instead of one."))),
            }
        });
        delete.await;
        notes.checks
    }

    /// `vector` is what the embedder made, and how many dimensions it says its vectors have.
    pub(super) async fn check_vectors(&self, call: &Call, id: &str, vector: Option<Vec<f32>>) -> Vec<Check> {
        let vectors = self.stages.vectors();
        let mut notes = Notes::new(Stage::VectorIndex, &self.environment);
        let info = notes.check("describe", async {
            let info = vectors.describe(call).await?;
            let finding = match info.dimensions {
                Some(dimensions) => format!("{} of {dimensions} dimensions", info.stage.name),
                None => format!("{}, empty", info.stage.name),
            };
            Ok((info, finding))
        });
        let (Some(info), Some(values)) = (info.await, vector) else { return notes.checks };
        let fits = notes.check("dimensions", async {
            match info.dimensions {
                Some(dimensions) if dimensions as usize != values.len() => Err(Error::new(
                    ErrorKind::Misconfigured,
                    format!(
                        "The index holds vectors of {dimensions} dimensions, the embedder makes them with {}. Create an index of {} dimensions, or choose a model that makes {dimensions}.",
                        values.len(),
                        values.len()
                    ),
                )
                .with("index-dimensions", dimensions.to_string())
                .with("embedder-dimensions", values.len().to_string())),
                _ => Ok(((), "fit the embedder".to_owned())),
            }
        });
        if fits.await.is_none() {
            return notes.checks;
        }
        let metadata = Map::from_iter([
            ("relationship_id".to_owned(), json!(RELATIONSHIP)),
            ("document_id".to_owned(), json!(id)),
        ]);
        let upsert = notes.check("upsert", async {
            let vector = Vector { id: id.to_owned(), values: values.clone(), metadata };
            vectors.upsert(call, RELATIONSHIP, &[vector]).await?;
            Ok(((), "one vector".to_owned()))
        });
        let this_vector = || Selection::Ids(vec![id.to_owned()]);
        if upsert.await.is_none() {
            let _ = vectors.delete(call, RELATIONSHIP, this_vector()).await;
            return notes.checks;
        }
        let query = notes.check("query", async {
            // By its own id: what an interrupted doctor left has the same values.
            let filters = vec![Filter::eq("relationship_id", RELATIONSHIP), Filter::eq("document_id", id)];
            let nearest = Nearest { values, top_k: 1, filters };
            let found = vectors.query(call, RELATIONSHIP, nearest).await?;
            if found.iter().any(|found| found.id == id) {
                Ok(((), "found".to_owned()))
            } else {
                Err(wrong("The vector just stored is not found by its own values."))
            }
        });
        query.await;
        let delete = notes.check("delete", async {
            vectors.delete(call, RELATIONSHIP, this_vector()).await?;
            Ok(((), "gone".to_owned()))
        });
        delete.await;
        notes.checks
    }
}

fn same(bytes: &[u8]) -> Result<((), String)> {
    if bytes == PAGE {
        Ok(((), "the same bytes".to_owned()))
    } else {
        Err(wrong("What was read is not what was stored."))
    }
}
