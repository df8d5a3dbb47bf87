//! Texts to vectors.

use std::rc::Rc;

use serde::Serialize;
use upstream::{Call, Error, ErrorKind, Platform, Received, Upstream, Verdict};

use crate::account::{API_KEY, Account, BASE_URL, DIMENSION, TRUNCATION, value};
use crate::models::{EmbeddingModel, UNKNOWN_EMBEDDING_MODEL, embedding_model, embedding_model_names};
use crate::refusal::{Refusal, is_success};
use crate::split::{MAX_BYTES_A_TOKEN, requests};
use crate::vectors::{self, Vectors};

const MODEL: &str = "voyage_model";
const DEFAULT_MODEL: &str = "voyage-3";
/// The most texts of one call, whatever the model: it goes out in as many requests as needed.
const MAX_TEXTS: usize = 1000;
/// The largest vector that an answer within its limit can hold for every text of a request.
const MAX_DIMENSION: u32 = 4096;

/// The variables that an embedder reads.
pub const EMBEDDER_VARIABLES: [&str; 5] = [API_KEY, BASE_URL, MODEL, DIMENSION, TRUNCATION];

/// How to embed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbedderConfig {
    account: Account,
    model: String,
    limits: EmbeddingModel,
    dimensions: u32,
    /// Whether Voyage must be told the size.
    asks_dimension: bool,
}

impl EmbedderConfig {
    /// Reads [`EMBEDDER_VARIABLES`]; an empty value counts as not set.
    ///
    /// # Errors
    /// `misconfigured`, naming the variable that is missing or wrong and what to set.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let account = Account::from_variables(&get)?;
        let model = value(&get, MODEL).unwrap_or_else(|| DEFAULT_MODEL.to_owned());
        let wrong = |message: String| Error::misconfigured(DIMENSION, message);
        let asked = match value(&get, DIMENSION) {
            None => None,
            Some(text) => Some(text.parse::<u32>().ok().filter(|n| (1..=MAX_DIMENSION).contains(n)).ok_or_else(|| {
                wrong(format!("{DIMENSION} is no whole number from 1 to {MAX_DIMENSION}. Set it to the size of the index's vectors, or leave it unset."))
            })?),
        };
        let known = embedding_model(&model);
        let limits = known.unwrap_or(UNKNOWN_EMBEDDING_MODEL);
        let usual = limits.dimensions.first().copied();
        let dimensions = asked.or(usual).ok_or_else(|| {
            wrong(format!(
                "{MODEL} names a model whose vectors' size is not known here. Set {DIMENSION} to it, or {MODEL} to one of: {}.",
                embedding_model_names()
            ))
        })?;
        if known.is_some() && !limits.dimensions.contains(&dimensions) {
            let sizes: Vec<String> = limits.dimensions.iter().map(u32::to_string).collect();
            return Err(wrong(format!(
                "{model} gives no vectors of {dimensions} numbers. Set {DIMENSION} to one of: {}; or leave it unset.",
                sizes.join(", ")
            )));
        }
        Ok(Self { account, model, limits, dimensions, asks_dimension: usual != Some(dimensions) })
    }

    /// What the embedder is and takes.
    #[must_use]
    pub fn info(&self) -> EmbedderInfo {
        EmbedderInfo {
            model: self.vector_space(),
            dimensions: self.dimensions,
            max_texts: MAX_TEXTS as u32,
            max_text_tokens: self.limits.context_tokens,
            max_call_tokens: self.limits.request_tokens,
        }
    }

    /// The model, and the size where it is not the model's usual one: vectors of two sizes cannot be compared.
    fn vector_space(&self) -> String {
        if self.asks_dimension { format!("{}@{}", self.model, self.dimensions) } else { self.model.clone() }
    }
}

/// What an embedder is and takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbedderInfo {
    /// The model; `model@size` where the size is not the model's usual one.
    pub model: String,
    /// Numbers in each vector.
    pub dimensions: u32,
    /// The most texts of one call.
    pub max_texts: u32,
    /// The most tokens of one text.
    pub max_text_tokens: u32,
    /// The most tokens of one request. A call over it goes out in several.
    pub max_call_tokens: u32,
}

/// What a text is to a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// A passage to be found.
    Document,
    /// A question to find passages with.
    Query,
}

/// Texts' vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct Embeddings {
    /// One a text, in the texts' order; of length 1.
    pub vectors: Vec<Vec<f32>>,
    /// As in [`EmbedderInfo::model`].
    pub model: String,
    /// Tokens billed.
    pub tokens: u64,
}

#[derive(Serialize)]
struct EmbedRequest<'a> {
    input: &'a [String],
    model: &'a str,
    input_type: Purpose,
    truncation: bool,
    encoding_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimension: Option<u32>,
}

/// What a request came to.
enum Reply {
    Vectors(Vectors),
    TooManyTokens(Error),
}

/// Embeds texts.
pub struct Embedder<P> {
    upstream: Upstream<P>,
    config: EmbedderConfig,
}

impl<P: Platform> Embedder<P> {
    /// An embedder that sends over `platform`.
    pub fn new(platform: Rc<P>, config: EmbedderConfig) -> Self {
        Self { upstream: config.account.upstream(platform), config }
    }

    /// What it was made with.
    pub const fn config(&self) -> &EmbedderConfig {
        &self.config
    }

    /// Embeds 1 to 1,000 texts, none blank. Repeatable, and may be billed each time.
    ///
    /// # Errors
    /// `invalid` (no text, a blank text), `too-large` (too many texts; a text over the model's context: the extra `text` is its place from 0), and how calls fail.
    pub async fn embed(&self, call: &Call, texts: &[String], purpose: Purpose) -> Result<Embeddings, Error> {
        self.check(texts)?;
        let EmbedderConfig { limits, dimensions, .. } = &self.config;
        let mut pending = requests(texts, limits.request_texts, limits.request_tokens.into());
        pending.reverse();
        let mut all = Embeddings {
            vectors: Vec::with_capacity(texts.len()),
            model: self.config.vector_space(),
            tokens: 0,
        };
        while let Some(range) = pending.pop() {
            match self.request(call, &texts[range.clone()], purpose, *dimensions).await? {
                Reply::Vectors(Vectors { vectors, tokens }) => {
                    all.vectors.extend(vectors);
                    all.tokens = all.tokens.saturating_add(tokens);
                }
                Reply::TooManyTokens(error) if range.len() == 1 => {
                    return Err(too_long(error, range.start, limits.context_tokens));
                }
                Reply::TooManyTokens(_) => {
                    let middle = range.start + range.len() / 2;
                    pending.push(middle..range.end);
                    pending.push(range.start..middle);
                }
            }
        }
        Ok(all)
    }

    fn check(&self, texts: &[String]) -> Result<(), Error> {
        if texts.is_empty() {
            return Err(Error::invalid("There is no text to embed."));
        }
        if texts.len() > MAX_TEXTS {
            return Err(Error::too_large(
                "The number of texts in one call",
                MAX_TEXTS as u64,
                texts.len() as u64,
            ));
        }
        let max_bytes = u64::from(self.config.limits.context_tokens) * MAX_BYTES_A_TOKEN;
        for (index, text) in texts.iter().enumerate() {
            let place = index.to_string();
            if text.trim().is_empty() {
                return Err(Error::invalid(format!("Text {index} (from 0) is blank: leave it out."))
                    .with("text", place));
            }
            let bytes = text.len() as u64;
            if bytes > max_bytes {
                return Err(Error::too_large(&format!("Text {index} (from 0), in bytes,"), max_bytes, bytes)
                    .with("text", place));
            }
        }
        Ok(())
    }

    async fn request(
        &self,
        call: &Call,
        input: &[String],
        purpose: Purpose,
        dimensions: u32,
    ) -> Result<Reply, Error> {
        let EmbedderConfig { account, model, asks_dimension, .. } = &self.config;
        let body = Account::body(&EmbedRequest {
            input,
            model,
            input_type: purpose,
            truncation: account.truncation,
            encoding_format: "base64",
            output_dimension: asks_dimension.then_some(dimensions),
        })?;
        let mut too_many_tokens = false;
        let judge = |answer: Received| {
            if is_success(&answer) {
                return match vectors::read(&answer.body, input.len(), dimensions) {
                    Ok(vectors) => Verdict::Done(vectors),
                    Err(error) => Verdict::Fail(error.with_status(answer.status)),
                };
            }
            let refusal = Refusal::read(&answer, input);
            if refusal.is_too_many_tokens() {
                too_many_tokens = true;
                return Verdict::Fail(refusal.error(
                    ErrorKind::TooLarge,
                    "Voyage finds too many tokens.",
                    "",
                ));
            }
            refusal.verdict(MODEL)
        };
        match self.upstream.send(call, |_| account.post("/embeddings", body.clone()), judge).await {
            Ok(vectors) => Ok(Reply::Vectors(vectors)),
            Err(error) if too_many_tokens => Ok(Reply::TooManyTokens(error)),
            Err(error) => Err(error),
        }
    }
}

fn too_long(mut error: Error, index: usize, limit: u32) -> Error {
    error.message = format!(
        "Text {index} (from 0) is longer than the {limit} tokens that the model takes: shorten or split it. {}",
        error.message
    );
    error.with("limit", limit.to_string()).with("text", index.to_string())
}
