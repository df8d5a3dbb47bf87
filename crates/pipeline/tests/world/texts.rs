use pipeline::stages::{
    Call, ChunkOptions, Chunker, ChunkerInfo, DocumentSource, Embedder, EmbedderInfo, Embeddings, Extraction,
    Extractor, ExtractorInfo, Generation, GenerationRequest, Generator, GeneratorInfo, Page, Passage,
    Position, Purpose, Rank, Reranker, RerankerInfo, Reranking, Section, SourceDocument, Transformer,
    TransformerInfo,
};
use pipeline::{Error, Result, Stage, collect};

use super::World;
use super::stores::info;

const DIMENSIONS: u32 = 64;

impl Extractor for World {
    async fn describe(&self, _: &Call) -> Result<ExtractorInfo> {
        self.step(Stage::Extractor).await?;
        Ok(ExtractorInfo {
            stage: info("extractor"),
            media_types: vec!["application/pdf".to_owned()],
            model: "m".to_owned(),
            max_bytes: 1000,
            max_pages: 100,
            prefers_url: false,
        })
    }

    async fn extract(&self, _: &Call, document: SourceDocument) -> Result<Extraction> {
        let DocumentSource::Content(body) = document.source else { panic!("asked for no URL") };
        let bytes = collect(body, 1000, "The PDF").await?;
        self.step(Stage::Extractor).await?;
        let text = String::from_utf8(bytes).unwrap().replace("%PDF-", "");
        if text.contains("ENCRYPTED") {
            let error = Error::invalid("The PDF is encrypted.").with("reason", "encrypted");
            return Err(error.at(Stage::Extractor));
        }
        let pages =
            (0..).zip(text.split('\u{c}')).map(|(index, page)| Page { index, markdown: page.to_owned() });
        Ok(Extraction { pages: pages.collect(), model: "m".to_owned(), usage: Vec::new() })
    }
}

impl Transformer for World {
    async fn describe(&self, _: &Call) -> Result<TransformerInfo> {
        Ok(TransformerInfo { stage: info("transformer"), max_texts: 2, max_text_bytes: 1 << 20 })
    }

    async fn transform(&self, _: &Call, _: &str, texts: Vec<String>) -> Result<Vec<String>> {
        self.step(Stage::Transformer).await?;
        Ok(texts.into_iter().map(|text| text.replace("Secret", "[redacted]")).collect())
    }
}

impl Chunker for World {
    async fn describe(&self, _: &Call) -> Result<ChunkerInfo> {
        Ok(ChunkerInfo { stage: info("chunker"), max_bytes: 1 << 20, max_passages: 1000 })
    }

    async fn chunk(&self, _: &Call, sections: &[Section], _: ChunkOptions) -> Result<Vec<Passage>> {
        self.step(Stage::Chunker).await?;
        let sections = sections.iter().filter(|section| !section.text.trim().is_empty());
        let passages = sections.map(|section| Passage {
            text: section.text.clone(),
            start: Position { section: section.index, offset: 0 },
            end: Position { section: section.index, offset: section.text.len() as u32 },
            tokens: 1,
        });
        Ok(passages.collect())
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

impl Embedder for World {
    async fn describe(&self, _: &Call) -> Result<EmbedderInfo> {
        Ok(EmbedderInfo {
            stage: info("embedder"),
            model: "m".to_owned(),
            dimensions: DIMENSIONS,
            max_texts: 2,
            max_text_tokens: 1000,
            max_call_tokens: 1000,
        })
    }

    async fn embed(&self, _: &Call, texts: &[String], _: Purpose) -> Result<Embeddings> {
        assert!(texts.len() <= 2, "the caller batches");
        self.step(Stage::Embedder).await?;
        Ok(Embeddings { vectors: texts.iter().map(|t| embed(t)).collect(), model: "m".to_owned(), tokens: 0 })
    }
}

impl Generator for World {
    async fn describe(&self, _: &Call) -> Result<GeneratorInfo> {
        Ok(GeneratorInfo {
            stage: info("generator"),
            model: "m".to_owned(),
            max_input_tokens: 100_000,
            max_output_tokens: 1000,
        })
    }

    async fn generate(&self, _: &Call, _: GenerationRequest) -> Result<Generation> {
        self.step(Stage::Generator).await?;
        Ok(Generation { content: self.written.borrow().clone(), model: "m".to_owned(), usage: Vec::new() })
    }
}

impl Reranker for World {
    async fn describe(&self, _: &Call) -> Result<RerankerInfo> {
        let stage = info("reranker");
        Ok(RerankerInfo { stage, model: "m".to_owned(), max_texts: 100, max_call_tokens: 200 })
    }

    async fn rerank(
        &self,
        _: &Call,
        question: &str,
        texts: &[String],
        top_k: Option<u32>,
    ) -> Result<Reranking> {
        self.step(Stage::Reranker).await?;
        self.reranked.borrow_mut().push((question.to_owned(), texts.to_vec()));
        let ranks = (0..texts.len() as u32).take(top_k.unwrap_or(u32::MAX) as usize);
        let ranks = ranks.map(|index| Rank { index, score: 1.0 }).collect();
        Ok(Reranking { ranks, model: "m".to_owned(), tokens: 0 })
    }
}
