//! An embedder that is right but for one fault: words hashed to dimensions.

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/embedder"],
        world: "serene:embedder/embedder-stage",
        with: { "serene:types/types@0.2.0": fault::types },
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::embedder::embedder::{EmbedderInfo, Embeddings, Guest, Purpose};
use fault::types::{Context, Error};
use fault::{Fault, invalid, too_large};

const MODEL: &str = "words-256";
const DIMENSIONS: usize = 256;
const MAX_TEXTS: usize = 16;
/// A word is a token.
const MAX_TEXT_TOKENS: usize = 500;

struct Wrong;

impl Guest for Wrong {
    async fn describe(_: Context) -> Result<EmbedderInfo, Error> {
        let fault = Fault::read().await;
        let stage = fault.stage(env!("CARGO_PKG_NAME"));
        Ok(EmbedderInfo {
            stage,
            model: MODEL.to_owned(),
            dimensions: DIMENSIONS as u32,
            max_texts: fault.limit(MAX_TEXTS as u32),
            max_text_tokens: MAX_TEXT_TOKENS as u32,
            max_call_tokens: (MAX_TEXTS * MAX_TEXT_TOKENS) as u32,
        })
    }

    async fn embed(ctx: Context, texts: Vec<String>, purpose: Purpose) -> Result<Embeddings, Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        if texts.is_empty() && !fault.is("embeds-no-text") {
            return Err(invalid("There is no text."));
        }
        if texts.iter().any(String::is_empty) && !fault.is("embeds-an-empty-text") {
            return Err(invalid("A text is empty."));
        }
        let max_texts = if fault.is("takes-fewer-texts") { 2 } else { MAX_TEXTS };
        if texts.len() > max_texts && !fault.is("takes-more-texts") {
            return Err(too_large("There are more texts than one call takes.", max_texts, texts.len()));
        }
        let mut vectors = Vec::new();
        for text in &texts {
            let words = text.split_whitespace().count();
            if words > MAX_TEXT_TOKENS && !fault.is("cuts-texts-off") {
                return Err(too_large("A text has more words than one may have.", MAX_TEXT_TOKENS, words));
            }
            vectors.push(vector(&fault, &fault.text(text).await, purpose));
        }
        if fault.is("drops-a-vector") {
            vectors.pop();
        }
        if fault.is("turns-the-order") {
            vectors.reverse();
        }
        let model = if fault.is("is-another-model") { "words-other" } else { MODEL };
        Ok(Embeddings { vectors, model: model.to_owned(), tokens: 0 })
    }
}

fn vector(fault: &Fault, text: &str, purpose: Purpose) -> Vec<f32> {
    let mut vector = vec![0.0; if fault.is("has-fewer-dimensions") { DIMENSIONS - 1 } else { DIMENSIONS }];
    // Never all zero.
    vector[0] = 0.01;
    let text = if fault.is("puts-all-in-one-place") { "all" } else { text };
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()).take(MAX_TEXT_TOKENS) {
        let apart = matches!(purpose, Purpose::Query) && fault.is("puts-questions-elsewhere");
        let hash = word.bytes().fold(if apart { 7 } else { 0xcbf2_9ce4_8422_2325_u64 }, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        if !word.is_empty() {
            vector[1 + (hash >> 7) as usize % (DIMENSIONS - 2)] += 1.0_f32;
        }
    }
    if fault.is("has-no-numbers") {
        vector[0] = f32::NAN;
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if !fault.is("has-vectors-of-any-length") {
        vector.iter_mut().for_each(|x| *x /= length);
    }
    vector
}

bindings::export!(Wrong with_types_in bindings);
