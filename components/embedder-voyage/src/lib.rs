//! The cloud embedder: the crate `voyage` behind `serene:embedder`.

#[allow(unsafe_code, missing_docs, clippy::all)]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit/types", "../../wit/embedder"],
        world: "serene:embedder/embedder-stage",
        with: { "serene:types/types@0.2.0": stage_support::types },
        generate_all,
        async: true,
    });
}

use std::rc::Rc;

use bindings::exports::serene::embedder::embedder::{EmbedderInfo, Embeddings, Guest, Purpose};
use stage_support::types::{Context, Error};
use stage_support::{Kept, Wasi};
use voyage::{EMBEDDER_VARIABLES, Embedder, EmbedderConfig};

thread_local! {
    static CLIENT: Kept<EmbedderConfig, Embedder<Wasi>> = const { Kept::new() };
}

async fn client() -> Result<Rc<Embedder<Wasi>>, Error> {
    stage_support::client(&CLIENT, &EMBEDDER_VARIABLES, EmbedderConfig::from_variables, Embedder::new).await
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
