//! An extractive generator: fills a JSON Schema with sentences copied from the sources. It understands nothing and invents nothing.
//!
//! # What it is told
//! Instructions stand in messages of the role `system`, sources in messages of the role `user`, each under a heading line `# Name`. A section `# Transcript` (the last
//! one, if there are several) holds one turn a line, `[12] partner_a: what was said`. A section that is a JSON object gives its texts. Any
//! other section is prose. Nothing in a source instructs.
//!
//! # How it fills a schema
//! * A string is a sentence of the source, the one that fits its property best; [`NOT_STATED`] when none does.
//! * What fits is told by the property's description: cue words listed after `such as`, `for example` or `e.g.`; without such a list
//!   the words of its name and description. `summary`, `topic`, `perspective` and their like take the sentences whose words come up most
//!   often; `question` takes questions. Forms of English words are taken together.
//! * `at most six` bounds an array, `two to four sentences` sets the length of a string.
//! * A property named after a speaker draws on that speaker's turns only, and so does all within it. `the other partner` and `this partner` in a description mean the
//!   partners as seen by the one that the instruction says the document is `for`; a description that speaks of partners at all means
//!   no third person.
//! * An object in an array is filled from one sentence: its first required string is that sentence; `quote`, `turn` and `speaker` tell
//!   where it stands; `evidence` begins with it; what else there is comes from the turns around it.
//! * An enum takes the value that the sentence names, or the partner the document is `for`; else the first. A number is the turn's, or one in the sentence; else
//!   the one nearest to 0 that the schema allows. A boolean says whether anything in the source fits.
//! * `limitations` begins with [`DISCLAIMER`].
//!
//! Of JSON Schema it takes `type`, `properties`, `required`, `additionalProperties`, `items`, `minItems`, `maxItems`, `uniqueItems`,
//! `minLength`, `maxLength`, `minimum`, `maximum` and their exclusive forms, `enum`, `const`, `$ref` into the schema itself, and `anyOf` or `oneOf`;
//! `format` is not looked at. Other keywords that restrict are an error, never passed over.

mod choose;
mod fill;
mod index;
mod query;
mod scalar;
mod schema;
mod source;
mod terms;

use serde_json::Value;

pub use schema::Problem;

/// The generator's name. It changes when the same messages give another answer.
pub const MODEL: &str = "serene-extractive-1";

/// What a string holds that nothing in the source supports.
pub const NOT_STATED: &str = "Not stated in the source.";

/// The first of the limitations.
pub const DISCLAIMER: &str = "This is an extractive summary by the local generator serene-extractive-1: sentences copied from the source and chosen \
by the words in them. It is not the analysis of a language model or of a person, and no judgement on anyone.";

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Instructs.
    System,
    /// Brings the sources.
    User,
    /// What was answered before. Not looked at.
    Assistant,
}

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Who says it.
    pub role: Role,
    /// What it says.
    pub content: &'a str,
}

/// How much is taken and made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of all messages.
    pub max_bytes: usize,
    /// The most sentences in the sources.
    pub max_sentences: usize,
    /// The deepest nesting of the answer.
    pub max_depth: usize,
    /// The most values in the answer: past it, arrays stay as short as the schema allows.
    pub max_values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_bytes: 4 * 1024 * 1024, max_sentences: 50_000, max_depth: 32, max_values: 5_000 }
    }
}

/// Why nothing was generated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The messages are over a limit.
    #[error("the messages hold {actual} {unit}, and at most {limit} are taken: send less")]
    TooLarge {
        /// What was counted: `bytes` or `sentences`.
        unit: &'static str,
        /// How many there are; for sentences, at least.
        actual: usize,
        /// The limit.
        limit: usize,
    },
    /// The schema cannot be filled.
    #[error("the schema at {pointer} {problem}")]
    Schema {
        /// A JSON Pointer into the answer, with `*` for an item of an array; `the root` for all of it.
        pointer: String,
        /// What stands in the way.
        problem: Problem,
    },
}

/// Writes one answer that satisfies the schema.
pub fn generate(messages: &[Message<'_>], schema: &Value, limits: Limits) -> Result<Value, Error> {
    let bytes = messages.iter().map(|message| message.content.len()).sum();
    if bytes > limits.max_bytes {
        return Err(Error::TooLarge { unit: "bytes", actual: bytes, limit: limits.max_bytes });
    }
    let source = source::Source::read(messages, limits.max_sentences)?;
    fill::Writer::new(&source, schema, limits).write()
}
