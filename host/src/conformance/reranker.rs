//! `serene:reranker`

use anyhow::{Result, ensure};

use super::bindings::reranker::RerankerStage;
use super::bindings::reranker::exports::serene::reranker::reranker::{RerankerInfo, Reranking};
use super::bindings::types::Context;
use super::case::{Case, Held, Outcome, cases};
use super::expect::{SECRET, refusal, success};
use super::lab::{Answer, Lab, Session, answered, context};
use super::stage::{Description, Stage, instantiated};
use super::{WIDEST_LIST, sample};

type Reranker = RerankerStage;

const QUERY: &str = "Who waited in the garden that day?";

impl Stage for Reranker {
    instantiated!("reranker");

    async fn describe(session: &Session<'_, Self>, ctx: Context) -> Result<Answer<Description>> {
        Ok(info(session, ctx).await?.map(|info| Description {
            whole: format!("{info:?}"),
            limits: vec![
                ("max-texts", info.max_texts.into()),
                ("max-call-tokens", info.max_call_tokens.into()),
            ],
            stage: info.stage,
        }))
    }

    async fn exercise(session: &Session<'_, Self>, ctx: Context, n: u32) -> Result<Answer<String>> {
        let texts = (n..n + 3).map(sample::text).collect();
        let answer = rerank(session, ctx, &format!("Who waited for {n} minutes?"), texts, None).await?;
        // Scores are comparable within one call only; the order is what is promised.
        Ok(answer.map(|reranking| format!("{:?}", indices(&reranking))))
    }

    fn cases() -> Vec<Case<Self>> {
        cases![
            every_text_has_one_place: "without top-k every text is in the order, and each once",
            best_comes_first: "ranks come best first, by finite scores",
            top_k_is_the_start_of_the_whole: "top-k gives the best k, as they are in the whole order",
            top_k_may_be_more_than_there_is: "a top-k over the number of texts gives all of them",
            no_text_gives_no_order: "no text gives an empty order",
            an_empty_query_is_invalid: "an empty query is invalid",
            unicode_passes: "queries and texts of every script and with every character are taken",
            texts_that_are_the_same_are_taken: "texts that are equal keep each a place of their own",
            the_model_is_named: "the answer names its model",
            as_many_texts_as_declared_are_taken: "max-texts texts are taken in one call",
            more_texts_than_declared_are_too_large: "more than max-texts texts are too-large",
        ]
    }
}

async fn info(session: &Session<'_, Reranker>, ctx: Context) -> Result<Answer<RerankerInfo>> {
    let guest = session.stage.serene_reranker_reranker();
    answered("describe", guest.call_describe(session.accessor, ctx).await)
}

async fn limits(session: &Session<'_, Reranker>) -> Result<RerankerInfo> {
    success("describe", info(session, context()).await?)
}

pub(crate) async fn rerank(
    session: &Session<'_, Reranker>,
    ctx: Context,
    query: &str,
    texts: Vec<String>,
    top_k: Option<u32>,
) -> Result<Answer<Reranking>> {
    let guest = session.stage.serene_reranker_reranker();
    answered("rerank", guest.call_rerank(session.accessor, ctx, query.to_owned(), texts, top_k).await)
}

async fn reranked(
    session: &Session<'_, Reranker>,
    texts: &[String],
    top_k: Option<u32>,
) -> Result<Reranking> {
    let call = format!("rerank of {} texts", texts.len());
    success(&call, rerank(session, context(), QUERY, texts.to_vec(), top_k).await?)
}

fn indices(reranking: &Reranking) -> Vec<u32> {
    reranking.ranks.iter().map(|rank| rank.index).collect()
}

/// Checks that the order holds `count` different texts of `texts`.
fn is_order(reranking: &Reranking, texts: usize, count: usize) -> Result<()> {
    let mut places = indices(reranking);
    ensure!(places.len() == count, "of {texts} texts, {} are in the order and not {count}", places.len());
    places.sort_unstable();
    places.dedup();
    ensure!(places.len() == count, "a text is in the order twice");
    let outside = places.iter().find(|place| **place as usize >= texts);
    ensure!(outside.is_none(), "the order names text {outside:?}, and there are {texts}");
    Ok(())
}

fn few() -> Vec<String> {
    (0..7).map(sample::text).collect()
}

async fn every_text_has_one_place(lab: &Lab<Reranker>) -> Outcome {
    lab.with(async |session| {
        for count in 1..=few().len() {
            is_order(&reranked(session, &few()[..count], None).await?, count, count)?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn best_comes_first(lab: &Lab<Reranker>) -> Outcome {
    let order = lab.with(async |session| reranked(session, &few(), None).await).await?;
    let scores: Vec<_> = order.ranks.iter().map(|rank| rank.score).collect();
    ensure!(scores.iter().all(|score| score.is_finite()), "a score is no finite number: {scores:?}");
    ensure!(scores.is_sorted_by(|one, next| one >= next), "the scores do not fall: {scores:?}");
    Ok(Held::Yes)
}

async fn top_k_is_the_start_of_the_whole(lab: &Lab<Reranker>) -> Outcome {
    lab.with(async |session| {
        let whole = indices(&reranked(session, &few(), None).await?);
        for k in 1..=3 {
            let best = indices(&reranked(session, &few(), Some(k)).await?);
            ensure!(whole.get(..k as usize) == Some(&best[..]), "the best {k} of {whole:?} are {best:?}");
        }
        Ok(Held::Yes)
    })
    .await
}

async fn top_k_may_be_more_than_there_is(lab: &Lab<Reranker>) -> Outcome {
    let order = lab.with(async |session| reranked(session, &few(), Some(1_000)).await).await?;
    is_order(&order, few().len(), few().len())?;
    Ok(Held::Yes)
}

async fn no_text_gives_no_order(lab: &Lab<Reranker>) -> Outcome {
    let order = lab.with(async |session| reranked(session, &[], None).await).await?;
    ensure!(order.ranks.is_empty(), "no text went in, and an order of {} came back", order.ranks.len());
    Ok(Held::Yes)
}

async fn an_empty_query_is_invalid(lab: &Lab<Reranker>) -> Outcome {
    lab.with(async |session| {
        let texts = vec![format!("{SECRET} is no part of any message."), sample::text(1)];
        refusal("rerank with an empty query", rerank(session, context(), "", texts, None).await?, "invalid")
    })
    .await
}

async fn unicode_passes(lab: &Lab<Reranker>) -> Outcome {
    lab.with(async |session| {
        let texts = sample::hard();
        for query in &texts {
            let answer = rerank(session, context(), query, texts.clone(), None).await?;
            is_order(
                &success(&format!("rerank with the query {query:?}"), answer)?,
                texts.len(),
                texts.len(),
            )?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn texts_that_are_the_same_are_taken(lab: &Lab<Reranker>) -> Outcome {
    let texts = vec![sample::text(1); 4];
    let order = lab.with(async |session| reranked(session, &texts, None).await).await?;
    is_order(&order, texts.len(), texts.len())?;
    Ok(Held::Yes)
}

async fn the_model_is_named(lab: &Lab<Reranker>) -> Outcome {
    let order = lab.with(async |session| reranked(session, &few(), None).await).await?;
    ensure!(!order.model.trim().is_empty(), "the answer names no model");
    Ok(Held::Yes)
}

async fn as_many_texts_as_declared_are_taken(lab: &Lab<Reranker>) -> Outcome {
    lab.with(async |session| {
        let count = limits(session).await?.max_texts.min(WIDEST_LIST);
        // Short ones, so that it is their number that counts.
        let texts: Vec<_> = (0..count).map(|n| format!("Text {n}.")).collect();
        is_order(&reranked(session, &texts, None).await?, texts.len(), texts.len())?;
        Ok(Held::Yes)
    })
    .await
}

async fn more_texts_than_declared_are_too_large(lab: &Lab<Reranker>) -> Outcome {
    lab.with(async |session| {
        let limit = limits(session).await?.max_texts;
        if limit >= WIDEST_LIST {
            return Ok(Held::NotTested(format!("max-texts is {limit}")));
        }
        let texts: Vec<_> = (0..=limit).map(|n| format!("{SECRET} {n}.")).collect();
        let answer = rerank(session, context(), QUERY, texts, None).await?;
        refusal(&format!("rerank of more than {limit} texts"), answer, "too-large")
    })
    .await
}
