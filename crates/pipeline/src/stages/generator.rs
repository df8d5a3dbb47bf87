use super::{Call, StageInfo};
use crate::Result;

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Instructs.
    System,
    /// Asks, and brings the documents as data.
    User,
    /// What the model said.
    Assistant,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What it says.
    pub content: String,
}

/// What to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerationRequest {
    /// A system message first.
    pub messages: Vec<Message>,
    /// A short name of the schema.
    pub schema_name: String,
    /// JSON Schema text; the root is an object.
    pub schema: String,
    /// The most tokens of the answer.
    pub max_output_tokens: Option<u32>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Generation {
    /// A JSON object, not yet validated against the schema.
    pub content: serde_json::Value,
    /// What wrote it.
    pub model: String,
    /// What it used.
    pub usage: Vec<(String, String)>,
}

/// Who the generator is and what it can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratorInfo {
    /// Who it is.
    pub stage: StageInfo,
    /// The model asked first.
    pub model: String,
    /// The most tokens of all messages.
    pub max_input_tokens: u32,
    /// The most tokens of an answer.
    pub max_output_tokens: u32,
}

/// Writes structured text: `serene:generator`.
#[allow(async_fn_in_trait)]
pub trait Generator {
    /// Who it is.
    async fn describe(&self, call: &Call) -> Result<GeneratorInfo>;
    /// Writes one answer.
    async fn generate(&self, call: &Call, request: GenerationRequest) -> Result<Generation>;
}
