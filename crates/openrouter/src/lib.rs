//! A client of OpenRouter: `POST /chat/completions` with structured output.
//!
//! [`Generator`] asks a model for a JSON object of a given schema, in the provider's strict mode: only providers that support it are asked
//! (`require_parameters`), and none that keep what they are sent, unless `openrouter_data_collection` allows it.
//!
//! - An answer is a JSON object with every member that the schema's root requires; whether it satisfies the rest of the schema is the
//!   caller's to check. One that is not gets one repair turn, in which the model sees its answer and what is wrong with it.
//! - What fails inside an answer of status 200 fails as what it is. An empty answer, which models give while they warm up, is asked for again.
//! - Fallback models are tried by OpenRouter; the answer tells which model wrote it, and that one is billed.
//!
//! Calls are repeatable, may differ, and may be billed each time. No error holds a message, an answer or a key.

mod answer;
mod config;
mod content;
mod generator;
mod refusal;
mod request;
mod usage;
mod words;

pub use config::{Config, Info, VARIABLES};
pub use generator::{Generation, Generator};
pub use request::{Message, Request, Role};
pub use usage::Usage;
