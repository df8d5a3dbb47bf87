//! From text to vectors, and from vectors to a committed revision.

use futures::{StreamExt, TryStreamExt, stream};
use layout::{DocumentRef, Kind};
use serde_json::{Map, Value, json};

use crate::ledger::{Attempt, Document, Status};
use crate::promises::{check_embedder, check_passages, check_texts, check_vectors};
use crate::stages::{
    Call, ChunkOptions, Chunker, Embedder, EmbedderInfo, Extractor, Filter, Passage, Purpose, Section,
    Selection, Stages, Transformer, TransformerInfo, Vector, VectorIndex,
};
use crate::{Environment, Error, Pipeline, Result, Stage};

/// Which stages compute a document's passages, asked before any work is done.
pub(crate) struct Workshop {
    transformer: TransformerInfo,
    embedder: EmbedderInfo,
    /// Stage to fingerprint.
    pub(crate) models: Map<String, Value>,
}

/// A document's passages and their vectors, ready to be stored.
pub(crate) struct Indexed {
    passages: Vec<Passage>,
    vectors: Vec<Vec<f32>>,
    /// Whether the extractor fetched the document by itself, so that only the ledger can tell that it read the right one.
    pub(crate) was_fetched: bool,
}

impl Indexed {
    /// For a kind that is not searched.
    pub(crate) const fn nothing() -> Self {
        Self { passages: Vec::new(), vectors: Vec::new(), was_fetched: false }
    }
}

/// Ids a page when a document's vectors are listed, and of one delete.
const IDS_PAGE: u32 = 1000;
/// Most passages of a batch, whatever the embedder takes: keeps a call short and its memory small.
const MAX_BATCH: usize = 128;

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Asks the stages who they are. `extracted`: whether the document's text comes from the extractor.
    pub(crate) async fn workshop(&self, call: &Call, extracted: bool) -> Result<Workshop> {
        let extractor = async {
            if extracted { Ok(Some(self.stages.extractor().describe(call).await?)) } else { Ok(None) }
        };
        let (extractor, transformer, chunker, embedder) = futures::try_join!(
            extractor,
            self.stages.transformer().describe(call),
            self.stages.chunker().describe(call),
            self.stages.embedder().describe(call),
        )?;
        check_embedder(&embedder)?;
        let mut models = Map::new();
        if let Some(extractor) = extractor {
            models.insert("extractor".into(), json!(extractor.stage.fingerprint(Some(&extractor.model))));
        }
        models.insert("transformer".into(), json!(transformer.stage.fingerprint(None)));
        models.insert("chunker".into(), json!(chunker.stage.fingerprint(None)));
        models.insert("embedder".into(), json!(embedder.stage.fingerprint(Some(&embedder.model))));
        Ok(Workshop { transformer, embedder, models })
    }

    /// Transforms, chunks and embeds a document's text.
    pub(crate) async fn compute(
        &self,
        call: &Call,
        kind: Kind,
        sections: Vec<Section>,
        workshop: &Workshop,
    ) -> Result<Indexed> {
        let sections = self.transformed(call, kind, sections, workshop).await?;
        self.finished(Stage::Transformer);
        let max_tokens = self.settings.passage_tokens.min(workshop.embedder.max_text_tokens);
        let options = ChunkOptions {
            max_tokens,
            // An embedder of small texts gets smaller passages: the contract wants the overlap below half of one.
            overlap_tokens: self.settings.overlap_tokens.min(max_tokens.saturating_sub(1) / 2),
            // A PDF's passage lies on one page, so that a citation names that page.
            join_sections: !matches!(kind, Kind::Profile | Kind::Handbook),
        };
        let passages = self.stages.chunker().chunk(call, &sections, options).await?;
        let limit = self.settings.max_passages;
        if passages.len() > limit {
            let count = passages.len() as u64;
            return Err(
                Error::too_large("The number of passages", limit as u64, Some(count)).at(Stage::Chunker)
            );
        }
        check_passages(&passages, &sections)?;
        self.finished(Stage::Chunker);
        let vectors = self.embed(call, &passages, &workshop.embedder).await?;
        self.finished(Stage::Embedder);
        Ok(Indexed { passages, vectors, was_fetched: false })
    }

    /// A document's text as every later stage sees it.
    pub(crate) async fn transformed(
        &self,
        call: &Call,
        kind: Kind,
        sections: Vec<Section>,
        workshop: &Workshop,
    ) -> Result<Vec<Section>> {
        let batch = (workshop.transformer.max_texts as usize).max(1);
        let mut transformed = Vec::with_capacity(sections.len());
        let mut left = self.settings.max_text_bytes;
        for sections in sections.chunks(batch) {
            let texts: Vec<String> = sections.iter().map(|s| s.text.clone()).collect();
            let count = texts.len();
            let texts = self.stages.transformer().transform(call, kind.as_str(), texts).await?;
            check_texts(&texts, count, left)?;
            left -= texts.iter().map(String::len).sum::<usize>();
            let kept = sections.iter().zip(texts).filter(|(_, text)| !text.is_empty());
            transformed.extend(kept.map(|(section, text)| Section { text, ..section.clone() }));
        }
        Ok(transformed)
    }

    async fn embed(&self, call: &Call, passages: &[Passage], info: &EmbedderInfo) -> Result<Vec<Vec<f32>>> {
        let batches: Vec<Vec<String>> = batches(passages, info);
        let calls = batches.into_iter().map(|texts| async move {
            let count = texts.len();
            let embeddings = self.stages.embedder().embed(call, &texts, Purpose::Document).await?;
            check_vectors(&embeddings.vectors, count, info.dimensions)?;
            Ok::<_, Error>(embeddings.vectors)
        });
        let vectors: Vec<Vec<Vec<f32>>> =
            stream::iter(calls).buffered(self.settings.concurrency).try_collect().await?;
        Ok(vectors.into_iter().flatten().collect())
    }

    /// Stores a document's vectors, flips the ledger to them, and removes the vectors of attempts that have lost.
    pub(crate) async fn commit(
        &self,
        call: &Call,
        reference: &DocumentRef,
        attempt: &mut Attempt,
        indexed: &Indexed,
        workshop: &Workshop,
    ) -> Result<()> {
        let mut document = attempt.document.clone();
        if let Some(namespace) = reference.kind().namespace() {
            let batch =
                (self.stages.vectors().describe(call).await?.max_vectors as usize).clamp(1, MAX_BATCH);
            let passages: Vec<_> = indexed.passages.iter().zip(&indexed.vectors).enumerate().collect();
            for passages in passages.chunks(batch) {
                let vectors: Vec<Vector> = passages
                    .iter()
                    .map(|(n, (passage, values))| vector_of(&document, *n, passage, values))
                    .collect();
                self.stages.vectors().upsert(call, namespace, &vectors).await?;
            }
            self.finished(Stage::VectorIndex);
        }
        document.revision = document.attempt.clone();
        document.models = workshop.models.clone();
        let mut stages = Stage::ALL[..5].to_vec();
        stages.push(Stage::RecordStore);
        // Said only of what has vectors, so that it can be told when they are gone.
        stages.extend((!indexed.passages.is_empty()).then_some(Stage::VectorIndex));
        document.stages = stages.iter().map(|stage| stage.as_str().to_owned()).collect();
        document.failed_stage = None;
        document.last_error = None;
        document.indexed_at = Some(self.timestamp());
        self.advance(call, &mut document, Status::Indexed).await?;
        attempt.document = document;
        // The document is committed and readers no longer see the old vectors: what is left of them is for resume, not for the caller.
        let _ = self.remove_revisions(call, reference, &attempt.lost).await;
        Ok(())
    }

    /// Removes the vectors of some of a document's revisions. Their names are never used again, so this can come as late as it likes.
    async fn remove_revisions(
        &self,
        call: &Call,
        reference: &DocumentRef,
        revisions: &[String],
    ) -> Result<()> {
        let Some(namespace) = reference.kind().namespace().filter(|_| !revisions.is_empty()) else {
            return Ok(());
        };
        let lost = vec![
            Filter::eq("document_id", reference.document_id().as_str()),
            Filter::one_of("revision", revisions.iter().map(String::as_str)),
        ];
        self.stages.vectors().delete(call, namespace, Selection::Filters(lost)).await
    }

    /// Removes every vector of a document that no search can show any more, whatever attempt left it.
    pub(crate) async fn sweep_vectors(&self, call: &Call, reference: &DocumentRef) -> Result<()> {
        let Some(namespace) = reference.kind().namespace() else { return Ok(()) };
        let id = reference.document_id();
        let mut cursor = None;
        loop {
            let prefix = format!("{id}.");
            let page = self.stages.vectors().list(call, namespace, &prefix, cursor, IDS_PAGE).await?;
            // Read after the vectors were listed: an attempt that has written one of them and is not the newest by now has lost for good.
            let row = self.find(call, id.as_str()).await?;
            let in_use: Vec<&String> =
                row.iter().flat_map(|row| [&row.revision, &row.attempt]).flatten().collect();
            let is_lost = |vector: &String| {
                let revision = vector[prefix.len()..].split('.').next();
                !in_use.iter().any(|name| Some(name.as_str()) == revision)
            };
            let lost: Vec<String> = page.ids.into_iter().filter(is_lost).collect();
            if !lost.is_empty() {
                self.stages.vectors().delete(call, namespace, Selection::Ids(lost)).await?;
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }
}

/// The passage at place `n` of a document, as this attempt indexes it.
fn vector_of(document: &Document, n: usize, passage: &Passage, values: &[f32]) -> Vector {
    let revision = document.attempt.as_deref().unwrap_or_default();
    let mut metadata = Map::new();
    let mut set = |name: &str, value: Value| _ = metadata.insert(name.to_owned(), value);
    set("relationship_id", json!(document.relationship_id));
    set("document_id", json!(document.id));
    set("revision", json!(revision));
    set("kind", json!(document.kind));
    set("section", json!(passage.start.section));
    set("end_section", json!(passage.end.section));
    set("start", json!(passage.start.offset));
    set("end", json!(passage.end.offset));
    set("text", json!(passage.text));
    for (name, value) in [("conflict_id", &document.conflict_id), ("partner_id", &document.partner_id)] {
        if let Some(value) = value {
            set(name, json!(value));
        }
    }
    Vector { id: format!("{}.{revision}.{n:05}", document.id), values: values.to_vec(), metadata }
}

fn batches(passages: &[Passage], info: &EmbedderInfo) -> Vec<Vec<String>> {
    let max_texts = (info.max_texts as usize).clamp(1, MAX_BATCH);
    let mut batches: Vec<Vec<String>> = Vec::new();
    let mut tokens = 0_u64;
    for passage in passages {
        let cost = u64::from(passage.tokens);
        match batches.last_mut() {
            Some(batch) if batch.len() < max_texts && tokens + cost <= u64::from(info.max_call_tokens) => {
                batch.push(passage.text.clone());
                tokens += cost;
            }
            _ => {
                batches.push(vec![passage.text.clone()]);
                tokens = cost;
            }
        }
    }
    batches
}
