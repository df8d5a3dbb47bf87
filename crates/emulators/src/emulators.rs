//! All emulators at once.

use std::io;

use crate::pinecone::Pinecone;
use crate::{Server, mistral, openrouter, pinecone, voyage};

/// How each is emulated.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Mistral.
    pub mistral: mistral::Options,
    /// Voyage.
    pub voyage: voyage::Options,
    /// OpenRouter.
    pub openrouter: openrouter::Options,
    /// Pinecone.
    pub pinecone: pinecone::Options,
}

/// The emulators of providers that are called by key; they run until dropped. Supabase's gateway is started by itself, for it needs a real PostgREST.
pub struct Emulators {
    /// Mistral; its base address is the URL and `/v1`.
    pub mistral: Server,
    /// Voyage; its base address is the URL and `/v1`.
    pub voyage: Server,
    /// OpenRouter; its base address is the URL and `/api/v1`.
    pub openrouter: Server,
    /// Pinecone; its control plane's address is the URL.
    pub pinecone: Pinecone,
}

impl Emulators {
    /// Starts all of them.
    ///
    /// # Errors
    /// As those of each module's `start`, with its name.
    pub async fn start(options: Options) -> io::Result<Self> {
        let named = |name: &'static str| {
            move |error: io::Error| io::Error::new(error.kind(), format!("the {name} emulator: {error}"))
        };
        Ok(Self {
            mistral: mistral::start(options.mistral).await.map_err(named("Mistral"))?,
            voyage: voyage::start(options.voyage).await.map_err(named("Voyage"))?,
            openrouter: openrouter::start(options.openrouter).await.map_err(named("OpenRouter"))?,
            pinecone: pinecone::start(options.pinecone).await.map_err(named("Pinecone"))?,
        })
    }
}
