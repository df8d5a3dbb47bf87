//! The stages that work on text.

use super::{Check, Notes, wrong};
use crate::stages::{
    Call, ChunkOptions, Chunker, Embedder, GenerationRequest, Generator, Message, Purpose, Reranker, Role,
    Section, Stages, Transformer,
};
use crate::{Environment, Pipeline, Stage};

/// What is embedded, chunked and ranked.
const TEXT: &str = "Serene keeps what a relationship's mediation needs.";
/// Enough for the shortest answer; some providers refuse less than 16.
const ANSWER_TOKENS: u32 = 64;
/// The shortest answer that must fit a schema.
const ANSWER_SCHEMA: &str = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"answer":{"type":"string","description":"The word that the text starts with."}},"required":["answer"],"additionalProperties":false}"#;

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// The embedder's checks, and a vector it made.
    pub(super) async fn check_embedder(&self, call: &Call) -> (Vec<Check>, Option<Vec<f32>>) {
        let embedder = self.stages.embedder();
        let mut notes = Notes::new(Stage::Embedder, &self.environment);
        let info = notes.check("describe", async {
            let info = embedder.describe(call).await?;
            let finding =
                format!("{}, {} dimensions", info.stage.fingerprint(Some(&info.model)), info.dimensions);
            Ok((info, finding))
        });
        let Some(info) = info.await else { return (notes.checks, None) };
        let embed = notes.check("embed", async {
            let embeddings = embedder.embed(call, &[TEXT.to_owned()], Purpose::Document).await?;
            match <[Vec<f32>; 1]>::try_from(embeddings.vectors) {
                Ok([vector]) if vector.len() == info.dimensions as usize => {
                    Ok((vector, format!("{} tokens", embeddings.tokens)))
                }
                Ok([vector]) => Err(wrong(format!(
                    "The vector has {} dimensions; the stage says {}.",
                    vector.len(),
                    info.dimensions
                ))),
                Err(vectors) => Err(wrong(format!("One text gave {} vectors.", vectors.len()))),
            }
        });
        let vector = embed.await;
        (notes.checks, vector)
    }

    /// Transformer, chunker, generator, reranker.
    pub(super) async fn check_texts(&self, call: &Call) -> Vec<Check> {
        let (transformer, chunker, generator, reranker) = futures::join!(
            self.check_transformer(call),
            self.check_chunker(call),
            self.check_generator(call),
            self.check_reranker(call),
        );
        [transformer, chunker, generator, reranker].into_iter().flatten().collect()
    }

    async fn check_transformer(&self, call: &Call) -> Vec<Check> {
        let mut notes = Notes::new(Stage::Transformer, &self.environment);
        let transform = notes.check("transform", async {
            let transformer = self.stages.transformer();
            let info = transformer.describe(call).await?;
            let texts = transformer.transform(call, "profile", vec![TEXT.to_owned()]).await?;
            match texts.len() {
                1 => Ok(((), info.stage.name)),
                n => Err(wrong(format!("One text gave {n}."))),
            }
        });
        transform.await;
        notes.checks
    }

    async fn check_chunker(&self, call: &Call) -> Vec<Check> {
        let mut notes = Notes::new(Stage::Chunker, &self.environment);
        let chunk = notes.check("chunk", async {
            let chunker = self.stages.chunker();
            let info = chunker.describe(call).await?;
            let section = Section { index: 0, label: None, text: TEXT.to_owned() };
            let options = ChunkOptions { max_tokens: 200, overlap_tokens: 0, join_sections: false };
            match chunker.chunk(call, &[section], options).await?.len() {
                0 => Err(wrong("A sentence gave no passage.")),
                _ => Ok(((), info.stage.name)),
            }
        });
        chunk.await;
        notes.checks
    }

    async fn check_generator(&self, call: &Call) -> Vec<Check> {
        let mut notes = Notes::new(Stage::Generator, &self.environment);
        let generate = notes.check("generate", async {
            let message = |role, content: &str| Message { role, content: content.to_owned() };
            let request = GenerationRequest {
                messages: vec![
                    message(Role::System, "Answer with the word that the text starts with."),
                    message(Role::User, TEXT),
                ],
                schema_name: "serene_doctor".to_owned(),
                schema: ANSWER_SCHEMA.to_owned(),
                max_output_tokens: Some(ANSWER_TOKENS),
            };
            let generation = self.stages.generator().generate(call, request).await?;
            let usage: String =
                generation.usage.iter().map(|(name, value)| format!(", {name} {value}")).collect();
            Ok(((), format!("{}{usage}", generation.model)))
        });
        generate.await;
        notes.checks
    }

    async fn check_reranker(&self, call: &Call) -> Vec<Check> {
        let mut notes = Notes::new(Stage::Reranker, &self.environment);
        let rerank = notes.check("rerank", async {
            let texts = ["Something else.".to_owned(), TEXT.to_owned()];
            let reranking = self.stages.reranker().rerank(call, TEXT, &texts, None).await?;
            match reranking.ranks.len() {
                2 => Ok(((), reranking.model)),
                n => Err(wrong(format!("Two texts gave {n} ranks."))),
            }
        });
        rerank.await;
        notes.checks
    }
}
