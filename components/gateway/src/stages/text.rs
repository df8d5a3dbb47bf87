//! The stages that work on text.

use pipeline::stages::{
    Call, ChunkOptions, Chunker, ChunkerInfo, DocumentSource, Embedder, EmbedderInfo, Embeddings, Extraction,
    Extractor, ExtractorInfo, Generation, GenerationRequest, Generator, GeneratorInfo, Page, Passage,
    Position, Purpose, Rank, Reranker, RerankerInfo, Reranking, Role, Section, SourceDocument, Transformer,
    TransformerInfo,
};
use pipeline::{Error, Result, Stage};

use super::{Composed, context, stage_info};
use crate::bindings::serene::chunker::chunker;
use crate::bindings::serene::embedder::embedder;
use crate::bindings::serene::extractor::extractor;
use crate::bindings::serene::generator::generator;
use crate::bindings::serene::reranker::reranker;
use crate::bindings::serene::transformer::transformer;
use crate::pipe;

impl Extractor for Composed {
    async fn describe(&self, call: &Call) -> Result<ExtractorInfo> {
        let info = self.timed(Stage::Extractor, call, extractor::describe(context(call))).await?;
        Ok(ExtractorInfo {
            stage: stage_info(info.stage),
            media_types: info.media_types,
            model: info.model,
            max_bytes: info.max_bytes,
            max_pages: info.max_pages,
            prefers_url: info.prefers_url,
        })
    }

    async fn extract(&self, call: &Call, document: SourceDocument) -> Result<Extraction> {
        let SourceDocument { media_type, size, source } = document;
        let extract = |source| {
            let document = extractor::Document { media_type, size, source };
            extractor::extract(context(call), document)
        };
        let extraction = match source {
            DocumentSource::Url(url) => {
                self.timed(Stage::Extractor, call, extract(extractor::Source::Url(url))).await?
            }
            DocumentSource::Content(bytes) => {
                let sent =
                    pipe::send(bytes, Stage::Extractor, |body| extract(extractor::Source::Content(body)));
                self.measured(Stage::Extractor, call, sent).await?
            }
        };
        let pages = extraction.pages.into_iter();
        Ok(Extraction {
            pages: pages.map(|page| Page { index: page.index, markdown: page.markdown }).collect(),
            model: extraction.model,
            usage: extraction.usage,
        })
    }
}

impl Transformer for Composed {
    async fn describe(&self, call: &Call) -> Result<TransformerInfo> {
        let info = self.timed(Stage::Transformer, call, transformer::describe(context(call))).await?;
        Ok(TransformerInfo {
            stage: stage_info(info.stage),
            max_texts: info.max_texts,
            max_text_bytes: info.max_text_bytes,
        })
    }

    async fn transform(&self, call: &Call, kind: &str, texts: Vec<String>) -> Result<Vec<String>> {
        self.timed(Stage::Transformer, call, transformer::transform(context(call), kind.to_owned(), texts))
            .await
    }
}

impl Chunker for Composed {
    async fn describe(&self, call: &Call) -> Result<ChunkerInfo> {
        let info = self.timed(Stage::Chunker, call, chunker::describe(context(call))).await?;
        Ok(ChunkerInfo {
            stage: stage_info(info.stage),
            max_bytes: info.max_bytes,
            max_passages: info.max_passages,
        })
    }

    async fn chunk(&self, call: &Call, sections: &[Section], options: ChunkOptions) -> Result<Vec<Passage>> {
        let sections = sections.iter().map(|section| chunker::Section {
            index: section.index,
            label: section.label.clone(),
            text: section.text.clone(),
        });
        let options = chunker::ChunkOptions {
            max_tokens: options.max_tokens,
            overlap_tokens: options.overlap_tokens,
            join_sections: options.join_sections,
        };
        let chunk = chunker::chunk(context(call), sections.collect(), options);
        let passages = self.timed(Stage::Chunker, call, chunk).await?;
        let position = |p: chunker::Position| Position { section: p.section, offset: p.offset };
        let passages = passages.into_iter().map(|passage| Passage {
            text: passage.text,
            start: position(passage.start),
            end: position(passage.end),
            tokens: passage.tokens,
        });
        Ok(passages.collect())
    }
}

impl Embedder for Composed {
    async fn describe(&self, call: &Call) -> Result<EmbedderInfo> {
        let info = self.timed(Stage::Embedder, call, embedder::describe(context(call))).await?;
        Ok(EmbedderInfo {
            stage: stage_info(info.stage),
            model: info.model,
            dimensions: info.dimensions,
            max_texts: info.max_texts,
            max_text_tokens: info.max_text_tokens,
            max_call_tokens: info.max_call_tokens,
        })
    }

    async fn embed(&self, call: &Call, texts: &[String], purpose: Purpose) -> Result<Embeddings> {
        let purpose = match purpose {
            Purpose::Document => embedder::Purpose::Document,
            Purpose::Query => embedder::Purpose::Query,
        };
        let embed = embedder::embed(context(call), texts.to_vec(), purpose);
        let embeddings = self.timed(Stage::Embedder, call, embed).await?;
        Ok(Embeddings { vectors: embeddings.vectors, model: embeddings.model, tokens: embeddings.tokens })
    }
}

impl Generator for Composed {
    async fn describe(&self, call: &Call) -> Result<GeneratorInfo> {
        let info = self.timed(Stage::Generator, call, generator::describe(context(call))).await?;
        Ok(GeneratorInfo {
            stage: stage_info(info.stage),
            model: info.model,
            max_input_tokens: info.max_input_tokens,
            max_output_tokens: info.max_output_tokens,
        })
    }

    async fn generate(&self, call: &Call, request: GenerationRequest) -> Result<Generation> {
        let messages = request.messages.into_iter().map(|message| generator::Message {
            role: match message.role {
                Role::System => generator::Role::System,
                Role::User => generator::Role::User,
                Role::Assistant => generator::Role::Assistant,
            },
            content: message.content,
        });
        let request = generator::Request {
            messages: messages.collect(),
            schema_name: request.schema_name,
            schema: request.schema,
            max_output_tokens: request.max_output_tokens,
        };
        let generation =
            self.timed(Stage::Generator, call, generator::generate(context(call), request)).await?;
        let content = serde_json::from_str(&generation.content).map_err(|e| {
            Error::failed(format!("The generator returned what is not JSON: {e}."))
                .at(Stage::Generator)
                .with("reason", "not-json")
        })?;
        Ok(Generation { content, model: generation.model, usage: generation.usage })
    }
}

impl Reranker for Composed {
    async fn describe(&self, call: &Call) -> Result<RerankerInfo> {
        let info = self.timed(Stage::Reranker, call, reranker::describe(context(call))).await?;
        Ok(RerankerInfo {
            stage: stage_info(info.stage),
            model: info.model,
            max_texts: info.max_texts,
            max_call_tokens: info.max_call_tokens,
        })
    }

    async fn rerank(
        &self,
        call: &Call,
        query: &str,
        texts: &[String],
        top_k: Option<u32>,
    ) -> Result<Reranking> {
        let rerank = reranker::rerank(context(call), query.to_owned(), texts.to_vec(), top_k);
        let reranking = self.timed(Stage::Reranker, call, rerank).await?;
        let ranks = reranking.ranks.into_iter().map(|rank| Rank { index: rank.index, score: rank.score });
        Ok(Reranking { ranks: ranks.collect(), model: reranking.model, tokens: reranking.tokens })
    }
}
