//! Search: a question in, the passages that answer it out.

use std::collections::{BTreeSet, HashMap};

use futures::future::try_join_all;
use layout::{ConflictId, Kind, RelationshipId};
use serde_json::Value;

use crate::ledger::{Document, Status};
use crate::promises::{check_matches, check_ranks, check_texts, check_vectors};
use crate::stages::{
    Call, Embedder, Filter, Match, Nearest, ObjectStore, Purpose, Reranker, RerankerInfo, RowQuery,
    SignedMethod, SignedUrl, Stages, Transformer, VectorIndex,
};
use crate::{Environment, Error, Pipeline, Result};

/// What to look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// The question, in words.
    pub query: String,
    /// Which kinds to search; empty for all that are searched.
    pub kinds: Vec<Kind>,
    /// How many passages at most.
    pub limit: u32,
    /// Only what is about this conflict.
    pub conflict: Option<ConflictId>,
    /// Only this document of the ledger.
    pub document_id: Option<String>,
}

/// A passage that was found.
pub struct FoundPassage {
    /// Its words.
    pub text: String,
    /// The reranker's score.
    pub score: f32,
    /// The section it starts in: a page or a turn, from 0.
    pub section: u32,
    /// The section it ends in.
    pub end_section: u32,
    /// Where it starts in its section's text, in bytes of UTF-8.
    pub start: u32,
    /// Where it ends in the text of the section it ends in.
    pub end: u32,
    /// The document it is from.
    pub document: Document,
    /// Where to read the document, for a while.
    pub url: Option<SignedUrl>,
}

/// What a search found.
pub struct SearchResult {
    /// Best first.
    pub passages: Vec<FoundPassage>,
    /// What embedded the query.
    pub embedder: String,
    /// What ordered the passages.
    pub reranker: String,
}

/// How many more passages are fetched than shown, for the reranker to choose from and stale ones to fall out of.
const OVERFETCH: u32 = 4;
/// The most passages the index is asked for.
const MAX_CANDIDATES: u32 = 200;

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Searches one relationship's documents.
    ///
    /// # Errors
    /// `invalid` for an empty query or a limit of 0 or over the settings'; a stage's error.
    pub async fn search(
        &self,
        call: &Call,
        relationship: &RelationshipId,
        request: SearchRequest,
    ) -> Result<SearchResult> {
        if request.query.trim().is_empty() {
            return Err(Error::invalid("The query is empty: say in words what to look for."));
        }
        if request.query.len() > self.settings.max_query_bytes {
            return Err(Error::too_large(
                "The query, in bytes,",
                self.settings.max_query_bytes as u64,
                Some(request.query.len() as u64),
            ));
        }
        if !(1..=self.settings.max_search_limit).contains(&request.limit) {
            return Err(Error::invalid(format!(
                "The limit is {}; it may be 1 to {}.",
                request.limit, self.settings.max_search_limit
            )));
        }
        let kinds: Vec<Kind> = if request.kinds.is_empty() { Kind::ALL.to_vec() } else { request.kinds };
        let mut filters = Vec::new();
        if let Some(conflict) = &request.conflict {
            filters.push(Filter::eq("conflict_id", conflict.to_string()));
        }
        if let Some(id) = &request.document_id {
            filters.push(Filter::eq("document_id", id.as_str()));
        }
        let candidates = (request.limit * OVERFETCH).min(MAX_CANDIDATES);
        let question = self.question(call, &request.query).await?;
        let found = self.nearest(call, relationship, &kinds, &question, candidates, &filters).await?;
        self.rank(call, &question, found, request.limit).await
    }

    /// A question as the stages after the transformer see it: empty when the transformer drops it.
    pub(crate) async fn question(&self, call: &Call, query: &str) -> Result<String> {
        let texts = self.stages.transformer().transform(call, "query", vec![query.to_owned()]).await?;
        check_texts(&texts, 1, self.settings.max_text_bytes)?;
        Ok(texts.into_iter().next().unwrap_or_default())
    }

    /// The passages nearest to a question whose documents show them, nearest first.
    pub(crate) async fn nearest(
        &self,
        call: &Call,
        relationship: &RelationshipId,
        kinds: &[Kind],
        question: &str,
        count: u32,
        filters: &[Filter],
    ) -> Result<Vec<(Document, Match)>> {
        if question.trim().is_empty() {
            return Ok(Vec::new());
        }
        let info = self.stages.embedder().describe(call).await?;
        let embeddings = self.stages.embedder().embed(call, &[question.to_owned()], Purpose::Query).await?;
        check_vectors(&embeddings.vectors, 1, info.dimensions)?;
        let Some(values) = embeddings.vectors.into_iter().next() else { return Ok(Vec::new()) };
        // The tenant is the server's to set, never the request's.
        let mut all = vec![Filter::eq("relationship_id", relationship.to_string())];
        all.extend_from_slice(filters);
        // Profiles and handbooks share a namespace, so the kind is asked for as well.
        all.push(Filter::one_of("kind", kinds.iter().map(|kind| kind.as_str())));
        let namespaces: BTreeSet<&str> = kinds.iter().filter_map(|kind| kind.namespace()).collect();
        let queries = namespaces.into_iter().map(|namespace| {
            let nearest = Nearest { values: values.clone(), top_k: count, filters: all.clone() };
            self.stages.vectors().query(call, namespace, nearest)
        });
        let mut matches: Vec<Match> = try_join_all(queries).await?.into_iter().flatten().collect();
        check_matches(&matches)?;
        matches.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
        let documents = self.documents_of(call, relationship, &matches).await?;
        let mut found: Vec<(Document, Match)> = matches
            .into_iter()
            .filter_map(|found| {
                let document = documents.get(text_member(&found, "document_id")?)?;
                let shown = document.status != Status::Deleting
                    && document.revision.as_deref() == text_member(&found, "revision");
                shown.then(|| (document.clone(), found))
            })
            .collect();
        found.truncate(count as usize);
        Ok(found)
    }

    /// The ledger's rows of the documents that matches name. They are asked for by relationship too, so that a vector under a false name shows nothing.
    async fn documents_of(
        &self,
        call: &Call,
        relationship: &RelationshipId,
        matches: &[Match],
    ) -> Result<HashMap<String, Document>> {
        let mut ids: Vec<&str> = matches.iter().filter_map(|m| text_member(m, "document_id")).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let query = RowQuery {
            filters: vec![Filter::eq("relationship_id", relationship.to_string()), Filter::one_of("id", ids)],
            limit: 1000,
            ..RowQuery::default()
        };
        let (documents, _) = self.select_documents(call, query).await?;
        Ok(documents.into_iter().map(|d| (d.id.clone(), d)).collect())
    }

    async fn rank(
        &self,
        call: &Call,
        question: &str,
        found: Vec<(Document, Match)>,
        limit: u32,
    ) -> Result<SearchResult> {
        let (embedder, reranker) =
            futures::try_join!(self.stages.embedder().describe(call), self.stages.reranker().describe(call))?;
        if found.is_empty() {
            return Ok(SearchResult {
                passages: Vec::new(),
                embedder: embedder.model,
                reranker: reranker.model,
            });
        }
        let texts = within(&reranker, question, found.iter().map(|(_, m)| text_of(m)));
        let reranking = self.stages.reranker().rerank(call, question, &texts, Some(limit)).await?;
        check_ranks(&reranking.ranks)?;
        let mut found: Vec<Option<(Document, Match)>> = found.into_iter().map(Some).collect();
        let mut urls: HashMap<String, Option<SignedUrl>> = HashMap::new();
        let mut passages = Vec::new();
        for rank in reranking.ranks.iter().take(limit as usize) {
            // A reranker that names a text twice, or one that does not exist, is not followed there.
            let Some((document, found)) = found.get_mut(rank.index as usize).and_then(Option::take) else {
                continue;
            };
            if !urls.contains_key(&document.id) {
                let url = self
                    .stages
                    .objects()
                    .presign(call, SignedMethod::Get, &document.key, self.settings.url_seconds)
                    .await;
                urls.insert(document.id.clone(), url.ok());
            }
            passages.push(FoundPassage {
                text: text_of(&found),
                score: rank.score,
                section: number_member(&found, "section"),
                end_section: number_member(&found, "end_section"),
                start: number_member(&found, "start"),
                end: number_member(&found, "end"),
                url: urls.get(&document.id).cloned().flatten(),
                document,
            });
        }
        Ok(SearchResult { passages, embedder: embedder.model, reranker: reranking.model })
    }
}

/// As many of the texts, nearest first, as one call of the reranker takes. Only the model's own tokenizer counts exactly: two bytes a token errs on the
/// safe side.
fn within(reranker: &RerankerInfo, question: &str, texts: impl Iterator<Item = String>) -> Vec<String> {
    let tokens = |text: &str| text.len() as u64 / 2 + 1;
    let mut left = u64::from(reranker.max_call_tokens).saturating_sub(tokens(question));
    texts
        .take(reranker.max_texts as usize)
        .take_while(|text| {
            let cost = tokens(text);
            let fits = cost <= left;
            left = left.saturating_sub(cost);
            fits
        })
        .collect()
}

fn text_member<'a>(found: &'a Match, name: &str) -> Option<&'a str> {
    found.metadata.get(name).and_then(Value::as_str)
}

/// Indexes may keep numbers as floating point.
fn number_member(found: &Match, name: &str) -> u32 {
    let number = found.metadata.get(name);
    let number = number.and_then(|n| n.as_u64().or_else(|| n.as_f64().map(|f| f as u64))).unwrap_or_default();
    u32::try_from(number).unwrap_or(u32::MAX)
}

pub(crate) fn text_of(found: &Match) -> String {
    text_member(found, "text").unwrap_or_default().to_owned()
}
