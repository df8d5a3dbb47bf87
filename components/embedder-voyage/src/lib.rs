//! The cloud embedder: the crate `voyage` behind `serene:embedder`.

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/embedder"],
        world: "serene:embedder/embedder-stage",
        with: { "serene:types/types@0.1.0": stage_support::types },
        generate_all,
        async: true,
    });
}

use std::cell::RefCell;
use std::rc::Rc;

use bindings::exports::serene::embedder::embedder::{EmbedderInfo, Embeddings, Guest, Purpose};
use stage_support::types::{Context, Error};
use stage_support::{Variables, Wasi};
use voyage::{EMBEDDER_VARIABLES, Embedder, EmbedderConfig};

thread_local! {
    /// Kept from call to call, so that an instance stops repeating calls when Voyage is down.
    static CLIENT: RefCell<Option<Rc<Embedder<Wasi>>>> = const { RefCell::new(None) };
}

/// A client for what the variables say now.
async fn client() -> Result<Rc<Embedder<Wasi>>, Error> {
    let variables = Variables::read(&EMBEDDER_VARIABLES).await;
    let config = EmbedderConfig::from_variables(|name| variables.get(name))?;
    Ok(CLIENT.with_borrow_mut(|client| match client {
        Some(client) if *client.config() == config => Rc::clone(client),
        _ => Rc::clone(client.insert(Rc::new(Embedder::new(Rc::new(Wasi), config)))),
    }))
}

struct EmbedderVoyage;

impl Guest for EmbedderVoyage {
    async fn describe(_: Context) -> Result<EmbedderInfo, Error> {
        let info = client().await?.config().info();
        Ok(EmbedderInfo {
            stage: stage_support::stage_info(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), Vec::new()),
            model: info.model,
            dimensions: info.dimensions,
            max_texts: info.max_texts,
            max_text_tokens: info.max_text_tokens,
            max_call_tokens: info.max_call_tokens,
        })
    }

    async fn embed(ctx: Context, texts: Vec<String>, purpose: Purpose) -> Result<Embeddings, Error> {
        let call = stage_support::call(&ctx);
        let purpose = match purpose {
            Purpose::Document => voyage::Purpose::Document,
            Purpose::Query => voyage::Purpose::Query,
        };
        let voyage::Embeddings { vectors, model, tokens } =
            client().await?.embed(&call, &texts, purpose).await?;
        Ok(Embeddings { vectors, model, tokens })
    }
}

#[allow(unsafe_code, reason = "generated: the canonical ABI is made of raw pointers")]
mod export {
    use super::{EmbedderVoyage, bindings};

    bindings::export!(EmbedderVoyage with_types_in bindings);
}
