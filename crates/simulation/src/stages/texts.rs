use bytes::Bytes;
use pipeline::stages::{
    Call, ChunkOptions, Chunker, ChunkerInfo, DocumentSource, Embedder, EmbedderInfo, Embeddings, Extraction,
    Extractor, ExtractorInfo, Generation, GenerationRequest, Generator, GeneratorInfo, GetOptions, Page,
    Passage, Position, Purpose, Rank, Reranker, RerankerInfo, Reranking, Section, SourceDocument,
    Transformer, TransformerInfo,
};
use pipeline::{Error, Result, Stage, collect};

use super::{Simulated, Wire, info};
use crate::Memory;

/// The largest document to read, in bytes.
const MAX_BYTES: u64 = 1000;
const DIMENSIONS: u32 = 64;
/// Of one call: small, so that the flows' batches are more than one.
const MAX_TEXTS: u32 = 2;

/// A PDF as this extractor reads it: pages between form feeds.
#[must_use]
pub fn pdf(pages: &[impl AsRef<str>]) -> Vec<u8> {
    let pages: Vec<&str> = pages.iter().map(AsRef::as_ref).collect();
    format!("%PDF-{}", pages.join("\u{c}")).into_bytes()
}

fn read_pdf(bytes: &[u8]) -> Result<Extraction> {
    let text = String::from_utf8_lossy(bytes).replace("%PDF-", "");
    if text.contains("ENCRYPTED") {
        return Err(Error::invalid("The PDF is encrypted.").with("reason", "encrypted"));
    }
    let pages = (0..).zip(text.split('\u{c}'));
    let pages = pages.map(|(index, page)| Page { index, markdown: page.to_owned() }).collect();
    Ok(Extraction { pages, model: "m".to_owned(), usage: Vec::new() })
}

impl<W: Wire> Extractor for Simulated<W> {
    async fn describe(&self, _: &Call) -> Result<ExtractorInfo> {
        let prefers_url = self.fetches;
        let describe = move |_: &mut Memory| {
            Ok(ExtractorInfo {
                stage: info("extractor"),
                media_types: vec!["application/pdf".to_owned()],
                model: "m".to_owned(),
                max_bytes: MAX_BYTES,
                max_pages: 100,
                prefers_url,
            })
        };
        self.ask(Stage::Extractor, format_args!("describe"), describe).await
    }

    async fn extract(&self, _: &Call, document: SourceDocument) -> Result<Extraction> {
        let source = match document.source {
            DocumentSource::Url(url) => {
                assert!(document.size.is_some(), "of what it has stored, a flow knows the size");
                Err(url)
            }
            DocumentSource::Content(body) => Ok(Bytes::from(collect(body, MAX_BYTES, "The PDF").await?)),
        };
        let extract = move |memory: &mut Memory| match &source {
            Ok(bytes) => read_pdf(bytes),
            Err(url) => read_pdf(&memory.objects.get(url.trim_start_matches('/'), &GetOptions::default())?.2),
        };
        self.ask(Stage::Extractor, format_args!("extract"), extract).await
    }
}

impl<W: Wire> Transformer for Simulated<W> {
    async fn describe(&self, _: &Call) -> Result<TransformerInfo> {
        let stage = info("transformer");
        Ok(TransformerInfo { stage, max_texts: MAX_TEXTS, max_text_bytes: 1 << 20 })
    }

    async fn transform(&self, _: &Call, _: &str, texts: Vec<String>) -> Result<Vec<String>> {
        let transform =
            move |_: &mut Memory| Ok(texts.iter().map(|text| text.replace("Secret", "[redacted]")).collect());
        self.ask(Stage::Transformer, format_args!("transform"), transform).await
    }
}

impl<W: Wire> Chunker for Simulated<W> {
    async fn describe(&self, _: &Call) -> Result<ChunkerInfo> {
        Ok(ChunkerInfo { stage: info("chunker"), max_bytes: 1 << 20, max_passages: 1000 })
    }

    async fn chunk(&self, _: &Call, sections: &[Section], _: ChunkOptions) -> Result<Vec<Passage>> {
        let sections = sections.iter().filter(|section| !section.text.trim().is_empty());
        let passages: Vec<Passage> = sections
            .map(|section| Passage {
                text: section.text.clone(),
                start: Position { section: section.index, offset: 0 },
                end: Position { section: section.index, offset: section.text.len() as u32 },
                tokens: 1,
            })
            .collect();
        self.ask(Stage::Chunker, format_args!("chunk"), move |_| Ok(passages.clone())).await
    }
}

/// Counts letters: near enough for texts to be told apart.
fn embed(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0; DIMENSIONS as usize];
    vector[0] = 0.01;
    for byte in text.bytes() {
        vector[(byte % 63) as usize + 1] += 1.0_f32;
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    vector.into_iter().map(|x| x / length).collect()
}

impl<W: Wire> Embedder for Simulated<W> {
    async fn describe(&self, _: &Call) -> Result<EmbedderInfo> {
        Ok(EmbedderInfo {
            stage: info("embedder"),
            model: format!("m{}", self.model),
            dimensions: DIMENSIONS,
            max_texts: MAX_TEXTS,
            max_text_tokens: 1000,
            max_call_tokens: 1000,
        })
    }

    async fn embed(&self, _: &Call, texts: &[String], _: Purpose) -> Result<Embeddings> {
        if texts.len() > MAX_TEXTS as usize {
            let limit = u64::from(MAX_TEXTS);
            return Err(Error::too_large("The texts of one call", limit, None).at(Stage::Embedder));
        }
        let vectors: Vec<Vec<f32>> = texts.iter().map(|text| embed(text)).collect();
        let model = format!("m{}", self.model);
        let embed = move |_: &mut Memory| {
            Ok(Embeddings { vectors: vectors.clone(), model: model.clone(), tokens: 0 })
        };
        self.ask(Stage::Embedder, format_args!("embed {} texts", texts.len()), embed).await
    }
}

impl<W: Wire> Generator for Simulated<W> {
    async fn describe(&self, _: &Call) -> Result<GeneratorInfo> {
        Ok(GeneratorInfo {
            stage: info("generator"),
            model: "m".to_owned(),
            max_input_tokens: 100_000,
            max_output_tokens: 1000,
        })
    }

    async fn generate(&self, call: &Call, request: GenerationRequest) -> Result<Generation> {
        let call = call.clone();
        let generate = move |memory: &mut Memory| {
            let content = memory.author.as_ref().map(|author| author(&call, &request)).unwrap_or_default();
            let usage = [("output-tokens", "10"), ("cost-usd", "0.25")];
            let usage = usage.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
            Ok(Generation { content, model: "m".to_owned(), usage })
        };
        self.ask(Stage::Generator, format_args!("generate"), generate).await
    }
}

impl<W: Wire> Reranker for Simulated<W> {
    async fn describe(&self, _: &Call) -> Result<RerankerInfo> {
        let stage = info("reranker");
        Ok(RerankerInfo {
            stage,
            model: "m".to_owned(),
            max_texts: 1000,
            max_call_tokens: self.reranker_tokens,
        })
    }

    async fn rerank(
        &self,
        _: &Call,
        question: &str,
        texts: &[String],
        top_k: Option<u32>,
    ) -> Result<Reranking> {
        let asked = (question.to_owned(), texts.to_vec());
        let ranks = (0..texts.len() as u32).take(top_k.unwrap_or(u32::MAX) as usize);
        let ranks: Vec<Rank> = ranks.map(|index| Rank { index, score: 1.0 }).collect();
        let rerank = move |memory: &mut Memory| {
            memory.reranked.push(asked.clone());
            Ok(Reranking { ranks: ranks.clone(), model: "m".to_owned(), tokens: 0 })
        };
        self.ask(Stage::Reranker, format_args!("rerank {} texts", texts.len()), rerank).await
    }
}
