//! Remembers the vectors that the embedder inside of it computed, in the application's SQLite database: the README says what it promises.

mod key;
mod memory;
mod time;

mod bindings {
    wit_bindgen::generate!({
        inline: "
            package serene-examples:embedder-cache;

            world cache {
                import serene:embedder/embedder@0.2.0;
                export serene:embedder/embedder@0.2.0;
            }
        ",
        path: ["../../../wit/types", "../../../wit/embedder"],
        world: "serene-examples:embedder-cache/cache",
        generate_all,
        async: true,
    });
}

use std::collections::{BTreeMap, BTreeSet};

use bindings::exports::serene::embedder::embedder::{EmbedderInfo, Embeddings, Guest, Purpose};
use bindings::serene::embedder::embedder as inner;
use bindings::serene::types::types::{Context, Error};
use key::{Key, Space};
use memory::Vector;
use time::Clock;

struct Cache;

impl Guest for Cache {
    /// The inner embedder's own words: a vector is the same with the cache and without, so what was computed stays under one name.
    async fn describe(ctx: Context) -> Result<EmbedderInfo, Error> {
        let mut info = inner::describe(ctx).await?;
        let cache = format!("{}@{}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        info.stage.extras.push(("cache".to_owned(), cache));
        Ok(EmbedderInfo {
            stage: info.stage,
            model: info.model,
            dimensions: info.dimensions,
            max_texts: info.max_texts,
            max_text_tokens: info.max_text_tokens,
            max_call_tokens: info.max_call_tokens,
        })
    }

    async fn embed(ctx: Context, texts: Vec<String>, purpose: Purpose) -> Result<Embeddings, Error> {
        let clock = Clock::start(&ctx);
        let info = inner::describe(ctx).await?;
        // What one call may not hold is the inner embedder's to refuse, however much of it is known.
        if texts.is_empty() || texts.len() > info.max_texts as usize {
            return embed_all(&clock, texts, purpose).await;
        }
        let purpose_name = match purpose {
            Purpose::Document => "document",
            Purpose::Query => "query",
        };
        let space = Space {
            stage: &info.stage.name,
            version: &info.stage.version,
            model: &info.model,
            purpose: purpose_name,
        };
        let keys: Vec<Key> = texts.iter().map(|text| space.key(text)).collect();
        let mut vectors = clock.briefly(memory::recall(&keys, info.dimensions)).await.unwrap_or_default();

        // Each unknown text once, however often it is there.
        let mut seen = BTreeSet::new();
        let (unknown, asked): (Vec<Key>, Vec<String>) = keys
            .iter()
            .zip(&texts)
            .filter(|(key, _)| !vectors.contains_key(*key) && seen.insert(**key))
            .map(|(key, text)| (*key, text.clone()))
            .unzip();
        let mut tokens = 0;
        if !unknown.is_empty() {
            let made = match inner::embed(clock.context(), asked, inner_purpose(purpose)).await {
                Ok(made) if made.model == info.model && made.vectors.len() == unknown.len() => made,
                // Another model answers than the one described a moment ago: vectors of two models may not stand side by side. And
                // an error that names the place of a text names it among those that were asked for.
                Ok(_) | Err(Error::Invalid(_) | Error::TooLarge(_)) if unknown.len() < texts.len() => {
                    return embed_all(&clock, texts, purpose).await;
                }
                Ok(made) => return Ok(exported(made)),
                Err(error) => return Err(error),
            };
            tokens = made.tokens;
            let new: BTreeMap<Key, Vector> = unknown.into_iter().zip(made.vectors).collect();
            // Nobody waits for long, and nothing is lost but the saving.
            let _ = clock.briefly(memory::remember(&new, info.dimensions)).await;
            vectors.extend(new);
        }
        // A text may be there twice, so its vector stays.
        let vectors = keys.iter().filter_map(|key| vectors.get(key).cloned()).collect();
        Ok(Embeddings { vectors, model: info.model, tokens })
    }
}

/// As if there were no cache.
async fn embed_all(clock: &Clock, texts: Vec<String>, purpose: Purpose) -> Result<Embeddings, Error> {
    Ok(exported(inner::embed(clock.context(), texts, inner_purpose(purpose)).await?))
}

fn exported(made: inner::Embeddings) -> Embeddings {
    Embeddings { vectors: made.vectors, model: made.model, tokens: made.tokens }
}

fn inner_purpose(purpose: Purpose) -> inner::Purpose {
    match purpose {
        Purpose::Document => inner::Purpose::Document,
        Purpose::Query => inner::Purpose::Query,
    }
}

bindings::export!(Cache with_types_in bindings);
