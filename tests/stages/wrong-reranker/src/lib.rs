//! A reranker that is right but for one fault: it counts the words that a text has in common with the query.

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/reranker"],
        world: "serene:reranker/reranker-stage",
        with: { "serene:types/types@0.2.0": fault::types },
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::reranker::reranker::{Guest, Rank, RerankerInfo, Reranking};
use fault::types::{Context, Error};
use fault::{Fault, invalid, too_large};

const MAX_TEXTS: usize = 32;

struct Wrong;

impl Guest for Wrong {
    async fn describe(_: Context) -> Result<RerankerInfo, Error> {
        let fault = Fault::read().await;
        let stage = fault.stage(env!("CARGO_PKG_NAME"));
        let max_texts = fault.limit(MAX_TEXTS as u32);
        Ok(RerankerInfo { stage, model: "common-words".to_owned(), max_texts, max_call_tokens: 100_000 })
    }

    async fn rerank(
        ctx: Context,
        query: String,
        texts: Vec<String>,
        top_k: Option<u32>,
    ) -> Result<Reranking, Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        if query.is_empty() && !fault.is("takes-an-empty-query") {
            return Err(invalid("The query is empty."));
        }
        let max_texts = if fault.is("takes-fewer-texts") { 10 } else { MAX_TEXTS };
        if texts.len() > max_texts && !fault.is("takes-more-texts") {
            return Err(too_large("There are more texts than one call takes.", max_texts, texts.len()));
        }
        if fault.is("refuses-a-large-k") && top_k.is_some_and(|k| k as usize > texts.len()) {
            return Err(invalid("There are fewer texts."));
        }
        let query = fault.text(&query).await;
        let mut ranks = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let common = text.split(' ').filter(|word| query.split(' ').any(|other| other == *word)).count();
            ranks.push(Rank { index: index as u32, score: common as f32 });
        }
        ranks.sort_by(|one, other| other.score.total_cmp(&one.score));
        misplace(&fault, &texts, &mut ranks);
        for rank in &mut ranks {
            rank.index = fault.number(rank.index.into()).await as u32;
        }
        let k = if fault.is("ignores-top-k") { None } else { top_k };
        ranks.truncate(k.map_or(usize::MAX, |k| k as usize));
        let model = if fault.is("names-no-model") { "" } else { "common-words" };
        Ok(Reranking { ranks, model: model.to_owned(), tokens: 0 })
    }
}

fn misplace(fault: &Fault, texts: &[String], ranks: &mut Vec<Rank>) {
    if fault.is("drops-a-text") {
        ranks.pop();
    }
    if fault.is("names-a-text-twice") && ranks.len() > 1 {
        ranks[1].index = ranks[0].index;
    }
    if fault.is("names-a-text-that-is-not-there") && !ranks.is_empty() {
        ranks[0].index = texts.len() as u32;
    }
    if fault.is("puts-the-worst-first") {
        ranks.reverse();
    }
    if fault.is("has-scores-that-are-none") {
        ranks.iter_mut().for_each(|rank| rank.score = f32::NAN);
    }
    if fault.is("ranks-what-is-not-there") && texts.is_empty() {
        ranks.push(Rank { index: 0, score: 0.0 });
    }
    if fault.is("takes-equal-texts-for-one") {
        ranks.retain(|rank| !texts[..rank.index as usize].contains(&texts[rank.index as usize]));
    }
}

bindings::export!(Wrong with_types_in bindings);
