//! Strict emulators of the services that Serene's cloud profile calls and that cannot run on a laptop: Mistral OCR, Voyage, OpenRouter, Pinecone, and
//! Supabase's gateway and Storage.
//!
//! Each is an HTTP/1.1 server on a loopback address. It refuses what the real service refuses, with that service's own error bodies, and works
//! honestly within its means: Mistral reads the text layer of PDFs, Voyage's vectors are lexical, OpenRouter's models quote their sources, Pinecone
//! compares every vector. What is not emulated is said in each module.
//!
//! Every emulator fails on demand ([`Faults`]) and remembers what it was sent ([`Calls`]); over HTTP, at `/_emulator/faults` and `/_emulator/calls`.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use emulators::{Effect, Fault, voyage};
//!
//! let voyage = voyage::start(voyage::Options::default()).await?;
//! voyage.faults().add(Fault::new(Effect::status(503)).on("/v1/embeddings").times(2));
//! // … call voyage.url() with the key of its options …
//! assert_eq!(voyage.calls().to("/v1/embeddings").len(), 3);
//! # Ok(())
//! # }
//! ```
//!
//! What can run on a laptop runs for real, and fails and is recorded by a [`proxy`] in front of it.
//!
//! For tests and for work on one machine: there is no TLS, and nothing is kept when a server is dropped.

mod emulators;
pub mod mistral;
pub mod openrouter;
pub mod pinecone;
pub mod proxy;
pub mod server;
pub mod supabase;
mod tokens;
pub mod voyage;

pub use emulators::{Emulators, Options};
pub use server::{Answer, Call, Calls, Credential, Effect, Fault, Faults, RetryAfter, Server};
