//! A reranker that is right but for one fault: it counts the words that a text has in common with the query.

#[path = "../../fault.rs"]
mod fault;

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/reranker"],
        world: "serene:reranker/reranker-stage",
        generate_all,
        async: true,
    });
}

use std::cell::Cell;

use bindings::exports::serene::reranker::reranker::{Guest, Rank, RerankerInfo, Reranking};
use bindings::serene::types::types::{Context, Error, Fault as Refusal, StageInfo};
use fault::Fault;

const MAX_TEXTS: usize = 32;

thread_local! {
    static WAS_CALLED: Cell<bool> = const { Cell::new(false) };
}

struct Wrong;

impl Guest for Wrong {
    async fn describe(_: Context) -> Result<RerankerInfo, Error> {
        let fault = Fault::read().await;
        let stage = StageInfo {
            name: fault.name(env!("CARGO_PKG_NAME")),
            version: fault.version(),
            extras: Vec::new(),
        };
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
        fault
            .work(ctx.traceparent.as_deref())
            .await
            .map_err(|message| Error::Invalid(refusal(&message, None)))?;
        if query.is_empty() && !fault.is("takes-an-empty-query") {
            return Err(Error::Invalid(refusal("The query is empty.", None)));
        }
        let max_texts = if fault.is("takes-fewer-texts") { 10 } else { MAX_TEXTS };
        if texts.len() > max_texts && !fault.is("takes-more-texts") {
            let limit = Some((max_texts, texts.len()));
            return Err(Error::TooLarge(refusal("There are more texts than one call takes.", limit)));
        }
        if fault.is("refuses-a-large-k") && top_k.is_some_and(|k| k as usize > texts.len()) {
            return Err(Error::Invalid(refusal("There are fewer texts.", None)));
        }
        let query = fault.text(&query).await;
        let mut ranks = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let common = text.split(' ').filter(|word| query.split(' ').any(|other| other == *word)).count();
            ranks.push(Rank { index: index as u32, score: common as f32 });
        }
        ranks.sort_by(|one, other| other.score.total_cmp(&one.score));
        misplace(&fault, &texts, &mut ranks);
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
    if fault.is("remembers-the-call-before") && WAS_CALLED.replace(true) {
        ranks.reverse();
    }
}

fn refusal(message: &str, limit: Option<(usize, usize)>) -> Refusal {
    let extras = limit.map(|(limit, actual)| {
        vec![("limit".to_owned(), limit.to_string()), ("actual".to_owned(), actual.to_string())]
    });
    Refusal { message: message.to_owned(), provider_status: None, extras: extras.unwrap_or_default() }
}

bindings::export!(Wrong with_types_in bindings);
