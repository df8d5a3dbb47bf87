//! Texts ordered by how well they answer a query.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use upstream::{Call, Error, ErrorKind, Platform, Received, Upstream, Verdict};

use crate::account::{API_KEY, Account, BASE_URL, TRUNCATION, value};
use crate::models::{RerankModel, rerank_model};
use crate::refusal::{Refusal, is_success};
use crate::split::MAX_BYTES_A_TOKEN;
use crate::vectors::{Usage, place};

const MODEL: &str = "voyage_rerank_model";
const DEFAULT_MODEL: &str = "rerank-2.5";
const MAX_TEXTS: usize = 1000;

/// The variables that a reranker reads.
pub const RERANKER_VARIABLES: [&str; 4] = [API_KEY, BASE_URL, MODEL, TRUNCATION];

/// How to rerank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RerankerConfig {
    account: Account,
    model: String,
    limits: RerankModel,
}

impl RerankerConfig {
    /// Reads [`RERANKER_VARIABLES`]; an empty value counts as not set.
    ///
    /// # Errors
    /// `misconfigured`, naming the variable that is missing or wrong and what to set.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let account = Account::from_variables(&get)?;
        let model = value(&get, MODEL).unwrap_or_else(|| DEFAULT_MODEL.to_owned());
        let limits = rerank_model(&model);
        Ok(Self { account, model, limits })
    }

    /// What the reranker is and takes.
    #[must_use]
    pub fn info(&self) -> RerankerInfo {
        RerankerInfo {
            model: self.model.clone(),
            max_texts: MAX_TEXTS as u32,
            max_call_tokens: self.limits.call_tokens,
        }
    }
}

/// What a reranker is and takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RerankerInfo {
    /// The model.
    pub model: String,
    /// The most texts of one call.
    pub max_texts: u32,
    /// The most tokens of the query, counted once for each text, and of all texts.
    pub max_call_tokens: u32,
}

/// A text's place in the order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rank {
    /// Which text: its place in the list given, from 0.
    pub index: u32,
    /// Higher answers better.
    pub score: f32,
}

/// An order.
#[derive(Clone, Debug, PartialEq)]
pub struct Reranking {
    /// Best first, each text at most once.
    pub ranks: Vec<Rank>,
    /// What made it.
    pub model: String,
    /// Tokens billed.
    pub tokens: u64,
}

#[derive(Serialize)]
struct RerankRequest<'a> {
    query: &'a str,
    documents: &'a [&'a str],
    model: &'a str,
    top_k: usize,
    return_documents: bool,
    truncation: bool,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
    #[serde(default)]
    usage: Usage,
}

#[derive(Deserialize)]
struct Item {
    index: usize,
    relevance_score: f32,
}

/// Orders texts.
pub struct Reranker<P> {
    upstream: Upstream<P>,
    config: RerankerConfig,
}

impl<P: Platform> Reranker<P> {
    /// A reranker that sends over `platform`.
    pub fn new(platform: Rc<P>, config: RerankerConfig) -> Self {
        Self { upstream: config.account.upstream(platform), config }
    }

    /// What it was made with.
    pub const fn config(&self) -> &RerankerConfig {
        &self.config
    }

    /// Orders up to 1,000 texts by how well they answer the query and returns the best `top_k` (`None`: all). Blank texts, which answer
    /// nothing, are not sent and come last with a score of 0. Repeatable, and may be billed each time.
    ///
    /// # Errors
    /// `invalid` (a blank query), `too-large`, and how calls fail.
    pub async fn rerank(
        &self,
        call: &Call,
        query: &str,
        texts: &[String],
        top_k: Option<u32>,
    ) -> Result<Reranking, Error> {
        self.check(query, texts)?;
        let wanted = top_k.map_or(texts.len(), |k| (k as usize).min(texts.len()));
        let (sent, blank): (Vec<usize>, Vec<usize>) =
            (0..texts.len()).partition(|&index| !texts[index].trim().is_empty());
        let mut all =
            Reranking { ranks: Vec::with_capacity(wanted), model: self.config.model.clone(), tokens: 0 };
        if wanted > 0 && !sent.is_empty() {
            let documents: Vec<&str> = sent.iter().map(|&index| texts[index].as_str()).collect();
            let (ranks, tokens) = self.request(call, query, &documents, wanted.min(sent.len())).await?;
            all.ranks
                .extend(ranks.iter().map(|rank| Rank { index: sent[rank.index as usize] as u32, ..*rank }));
            all.tokens = tokens;
        }
        let missing = wanted - all.ranks.len();
        all.ranks.extend(blank.iter().take(missing).map(|&index| Rank { index: index as u32, score: 0.0 }));
        Ok(all)
    }

    fn check(&self, query: &str, texts: &[String]) -> Result<(), Error> {
        if query.trim().is_empty() {
            return Err(Error::invalid("The query is blank: say what the texts should answer."));
        }
        if texts.len() > MAX_TEXTS {
            return Err(Error::too_large(
                "The number of texts in one call",
                MAX_TEXTS as u64,
                texts.len() as u64,
            ));
        }
        let RerankModel { query_tokens, pair_tokens, call_tokens, .. } = self.config.limits;
        // Only what is over whatever the tokeniser is refused here: Voyage decides the rest.
        let bytes = |tokens: u32| u64::from(tokens) * MAX_BYTES_A_TOKEN;
        let within = |what: &str, limit: u64, actual: u64| {
            if actual <= limit { Ok(()) } else { Err(Error::too_large(what, limit, actual)) }
        };
        let query = query.len() as u64;
        within("The query, in bytes,", bytes(query_tokens), query)?;
        let mut total = 0_u64;
        for (index, text) in texts.iter().enumerate() {
            let pair = query + text.len() as u64;
            if !self.config.account.truncation {
                let what = format!("The query with text {index} (from 0), in bytes,");
                within(&what, bytes(pair_tokens), pair)
                    .map_err(|error| error.with("text", index.to_string()))?;
            }
            total = total.saturating_add(pair);
        }
        within("The query, once for each text, with all texts, in bytes,", bytes(call_tokens), total)
    }

    async fn request(
        &self,
        call: &Call,
        query: &str,
        documents: &[&str],
        top_k: usize,
    ) -> Result<(Vec<Rank>, u64), Error> {
        let RerankerConfig { account, model, limits } = &self.config;
        let truncation = account.truncation;
        let body = Account::body(&RerankRequest {
            query,
            documents,
            model,
            top_k,
            return_documents: false,
            truncation,
        })?;
        let judge = |answer: Received| {
            if is_success(&answer) {
                return match read(&answer.body, documents.len(), top_k) {
                    Ok(order) => Verdict::Done(order),
                    Err(error) => Verdict::Fail(error.with_status(answer.status)),
                };
            }
            let mut texts = documents.to_vec();
            texts.push(query);
            let refusal = Refusal::read(&answer, &texts);
            if refusal.is_too_many_tokens() {
                let advice = "Give fewer or shorter texts, or a shorter query.";
                let error = refusal.error(ErrorKind::TooLarge, "Voyage finds too many tokens.", advice);
                return Verdict::Fail(error.with("limit", limits.call_tokens.to_string()));
            }
            refusal.verdict(MODEL)
        };
        self.upstream.send(call, |_| account.post("/rerank", body.clone()), judge).await
    }
}

/// Reads an order of `count` texts that holds the best `top_k`.
fn read(body: &[u8], count: usize, top_k: usize) -> Result<(Vec<Rank>, u64), Error> {
    let answer: Answer = serde_json::from_slice(body)
        .map_err(|error| Error::failed(format!("Voyage's answer holds no order: {}.", place(&error))))?;
    let mut seen = vec![false; count];
    for item in &answer.data {
        match seen.get_mut(item.index) {
            Some(seen) if !*seen && item.relevance_score.is_finite() => *seen = true,
            _ => {
                return Err(Error::failed(format!(
                    "Voyage ranked text {} of {count} (from 0) twice, unasked or without a score.",
                    item.index
                )));
            }
        }
    }
    if answer.data.len() != top_k {
        return Err(Error::failed(format!(
            "Voyage ranked {} texts of the {top_k} asked for.",
            answer.data.len()
        )));
    }
    let mut ranks: Vec<Rank> = answer
        .data
        .iter()
        .map(|item| Rank { index: item.index as u32, score: item.relevance_score })
        .collect();
    ranks.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok((ranks, answer.usage.total_tokens))
}
