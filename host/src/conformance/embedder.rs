//! `serene:embedder`

use anyhow::{Result, ensure};

use super::bindings::embedder::EmbedderStage;
use super::bindings::embedder::exports::serene::embedder::embedder::{EmbedderInfo, Embeddings, Purpose};
use super::bindings::types::Context;
use super::case::{Case, Held, Outcome, cases};
use super::expect::{SECRET, refusal, success};
use super::lab::{Answer, Lab, Session, answered, context};
use super::stage::{Description, Stage, instantiated};
use super::{WIDEST_LIST, WIDEST_TEXT, sample};

type Embedder = EmbedderStage;

/// How far from 1 a vector's length may be.
const LENGTH_TOLERANCE: f64 = 0.01;
/// How far two numbers of the same vector may differ when it is computed again: providers compute in parallel.
const SAME: f32 = 1e-3;
/// More bytes than a token of ordinary sentences has in any tokeniser.
const BYTES_A_TOKEN: u32 = 16;

impl Stage for Embedder {
    instantiated!("embedder");

    async fn describe(session: &Session<'_, Self>, ctx: Context) -> Result<Answer<Description>> {
        Ok(info(session, ctx).await?.map(|info| Description {
            whole: format!("{info:?}"),
            limits: vec![
                ("dimensions", info.dimensions.into()),
                ("max-texts", info.max_texts.into()),
                ("max-text-tokens", info.max_text_tokens.into()),
                ("max-call-tokens", info.max_call_tokens.into()),
            ],
            stage: info.stage,
        }))
    }

    async fn exercise(session: &Session<'_, Self>, ctx: Context, n: u32) -> Result<Answer<String>> {
        let answer = embed(session, ctx, vec![sample::text(n)], Purpose::Document).await?;
        // Rounded, since providers compute in parallel and the last digits differ.
        let rounded = |vector: &Vec<f32>| -> Vec<i64> {
            vector.iter().map(|x| (f64::from(*x) * 100.0).round() as i64).collect()
        };
        Ok(answer
            .map(|made| format!("{} {:?}", made.model, made.vectors.iter().map(rounded).collect::<Vec<_>>())))
    }

    fn cases() -> Vec<Case<Self>> {
        cases![
            one_vector_a_text: "one vector a text",
            vectors_have_the_declared_dimensions: "each vector has as many numbers as describe says",
            vectors_are_finite_and_of_length_1: "vectors are of finite numbers and of length 1 within 1 %",
            vectors_come_in_the_order_of_the_texts: "the vectors come in the order of the texts, whatever is beside them",
            other_texts_get_other_vectors: "texts that mean other things lie in other places",
            questions_lie_in_the_same_space: "a question has a vector of the same dimensions and model, nearest to what answers it",
            the_model_is_the_one_described: "the model that answers is the one that describe names",
            no_text_is_invalid: "no text is invalid",
            an_empty_text_is_invalid: "an empty text is invalid, also among others",
            unicode_passes: "texts of every script and with every character are embedded",
            a_text_over_the_limit_is_too_large: "nothing is cut off silently: a text over the limit is too-large",
            as_many_texts_as_declared_are_taken: "max-texts texts are taken in one call",
            more_texts_than_declared_are_too_large: "more than max-texts texts are too-large",
        ]
    }
}

pub(crate) async fn info(session: &Session<'_, Embedder>, ctx: Context) -> Result<Answer<EmbedderInfo>> {
    let guest = session.stage.serene_embedder_embedder();
    answered("describe", guest.call_describe(session.accessor, ctx).await)
}

async fn limits(session: &Session<'_, Embedder>) -> Result<EmbedderInfo> {
    success("describe", info(session, context()).await?)
}

pub(crate) async fn embed(
    session: &Session<'_, Embedder>,
    ctx: Context,
    texts: Vec<String>,
    purpose: Purpose,
) -> Result<Answer<Embeddings>> {
    let guest = session.stage.serene_embedder_embedder();
    answered("embed", guest.call_embed(session.accessor, ctx, texts, purpose).await)
}

/// The embeddings of texts, of which there are as many as of the texts.
async fn embedded(session: &Session<'_, Embedder>, texts: &[String], purpose: Purpose) -> Result<Embeddings> {
    let call = format!("embed of {} texts", texts.len());
    let made = success(&call, embed(session, context(), texts.to_vec(), purpose).await?)?;
    ensure!(
        made.vectors.len() == texts.len(),
        "{} texts went in, and {} vectors came back",
        texts.len(),
        made.vectors.len()
    );
    Ok(made)
}

async fn vectors(session: &Session<'_, Embedder>, texts: &[String]) -> Result<Vec<Vec<f32>>> {
    Ok(embedded(session, texts, Purpose::Document).await?.vectors)
}

/// A few texts, as many as one call may hold.
async fn few(session: &Session<'_, Embedder>) -> Result<Vec<String>> {
    Ok((0..limits(session).await?.max_texts.min(5)).map(sample::text).collect())
}

fn length(vector: &[f32]) -> f64 {
    vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt()
}

fn cosine(one: &[f32], other: &[f32]) -> f64 {
    one.iter().zip(other).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

async fn one_vector_a_text(lab: &Lab<Embedder>) -> Outcome {
    lab.with(async |session| {
        let texts = few(session).await?;
        for count in 1..=texts.len() {
            vectors(session, &texts[..count]).await?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn vectors_have_the_declared_dimensions(lab: &Lab<Embedder>) -> Outcome {
    lab.with(async |session| {
        let dimensions = limits(session).await?.dimensions;
        for vector in vectors(session, &few(session).await?).await? {
            ensure!(
                vector.len() == dimensions as usize,
                "a vector has {} numbers, and describe says {dimensions}",
                vector.len()
            );
        }
        Ok(Held::Yes)
    })
    .await
}

async fn vectors_are_finite_and_of_length_1(lab: &Lab<Embedder>) -> Outcome {
    lab.with(async |session| {
        for vector in vectors(session, &few(session).await?).await? {
            let length = length(&vector);
            ensure!(
                (length - 1.0).abs() <= LENGTH_TOLERANCE,
                "a vector has the length {length}, and not 1 within 1 %"
            );
        }
        Ok(Held::Yes)
    })
    .await
}

async fn vectors_come_in_the_order_of_the_texts(lab: &Lab<Embedder>) -> Outcome {
    lab.with(async |session| {
        let count = limits(session).await?.max_texts.min(5);
        let texts: Vec<_> = (40..40 + count).map(sample::text).collect();
        // One of them is known already to a stage that remembers: it has to put that between the others.
        if let Some(known) = texts.get(1) {
            vectors(session, std::slice::from_ref(known)).await?;
        }
        let together = vectors(session, &texts).await?;
        for (place, text) in texts.iter().enumerate() {
            let alone = vectors(session, std::slice::from_ref(text)).await?.remove(0);
            let near = together[place].iter().zip(&alone).all(|(a, b)| (a - b).abs() <= SAME);
            ensure!(
                near,
                "in place {place} of {} is another vector than that of the text given there",
                texts.len()
            );
        }
        Ok(Held::Yes)
    })
    .await
}

async fn other_texts_get_other_vectors(lab: &Lab<Embedder>) -> Outcome {
    lab.with(async |session| {
        let one = vectors(session, &["The invoice for the car is overdue.".to_owned()]).await?.remove(0);
        let other = vectors(session, &["Birds sing before sunrise in spring!".to_owned()]).await?.remove(0);
        ensure!(one != other, "two texts that have nothing in common have the same vector");
        Ok(Held::Yes)
    })
    .await
}

async fn questions_lie_in_the_same_space(lab: &Lab<Embedder>) -> Outcome {
    lab.with(async |session| {
        let documents = [
            "The kitchen sink drips all night.",
            "Birds sing before sunrise in spring.",
            "The invoice for the car is overdue.",
        ];
        let mut placed = Vec::new();
        for document in documents {
            placed.push(vectors(session, &[document.to_owned()]).await?.remove(0));
        }
        let asked = embedded(session, &["When do birds sing in spring?".to_owned()], Purpose::Query).await?;
        let model = limits(session).await?.model;
        ensure!(
            asked.model == model,
            "a question is embedded by `{}`, and documents by `{model}`",
            asked.model
        );
        let question = &asked.vectors[0];
        ensure!(
            question.len() == placed[0].len(),
            "a question has {} numbers, and a document {}",
            question.len(),
            placed[0].len()
        );
        let near: Vec<_> = placed.iter().map(|document| cosine(question, document)).collect();
        ensure!(
            near[1] > near[0] && near[1] > near[2],
            "a question about birds is no nearer to the text about birds than to others: {near:?}"
        );
        Ok(Held::Yes)
    })
    .await
}

async fn the_model_is_the_one_described(lab: &Lab<Embedder>) -> Outcome {
    lab.with(async |session| {
        let described = limits(session).await?.model;
        let answered = embedded(session, &[sample::text(0)], Purpose::Document).await?.model;
        ensure!(!described.trim().is_empty(), "describe names no model");
        ensure!(answered == described, "`{answered}` answers, and describe names `{described}`");
        Ok(Held::Yes)
    })
    .await
}

async fn no_text_is_invalid(lab: &Lab<Embedder>) -> Outcome {
    lab.with(async |session| {
        refusal(
            "embed of no text",
            embed(session, context(), Vec::new(), Purpose::Document).await?,
            "invalid",
        )
    })
    .await
}

async fn an_empty_text_is_invalid(lab: &Lab<Embedder>) -> Outcome {
    lab.with(async |session| {
        refusal(
            "embed of an empty text",
            embed(session, context(), vec![String::new()], Purpose::Query).await?,
            "invalid",
        )?;
        if limits(session).await?.max_texts > 1 {
            let texts = vec![SECRET.to_owned(), String::new()];
            let answer = embed(session, context(), texts, Purpose::Document).await?;
            refusal("embed of a text and an empty one", answer, "invalid")?;
        }
        Ok(Held::Yes)
    })
    .await
}

async fn unicode_passes(lab: &Lab<Embedder>) -> Outcome {
    lab.with(async |session| {
        for text in sample::hard() {
            let answer = embed(session, context(), vec![text.clone()], Purpose::Document).await?;
            let made = success(&format!("embed of {text:?}"), answer)?;
            ensure!(
                made.vectors.len() == 1,
                "{text:?} went in, and {} vectors came back",
                made.vectors.len()
            );
            let length = length(&made.vectors[0]);
            ensure!(
                (length - 1.0).abs() <= LENGTH_TOLERANCE,
                "the vector of {text:?} has the length {length}"
            );
        }
        Ok(Held::Yes)
    })
    .await
}

async fn a_text_over_the_limit_is_too_large(lab: &Lab<Embedder>) -> Outcome {
    lab.with(async |session| {
        let limit = limits(session).await?.max_text_tokens;
        let bytes = limit.saturating_add(1).saturating_mul(BYTES_A_TOKEN);
        if bytes > WIDEST_TEXT {
            return Ok(Held::NotTested(format!("max-text-tokens is {limit}")));
        }
        let text = format!("{SECRET} {}", sample::long(bytes as usize));
        let answer = embed(session, context(), vec![text], Purpose::Document).await?;
        refusal(&format!("embed of a text over {limit} tokens"), answer, "too-large")
    })
    .await
}

async fn as_many_texts_as_declared_are_taken(lab: &Lab<Embedder>) -> Outcome {
    lab.with(async |session| {
        let count = limits(session).await?.max_texts.min(WIDEST_LIST);
        // Short ones, so that it is their number that counts.
        let texts: Vec<_> = (0..count).map(|n| format!("Text {n}.")).collect();
        vectors(session, &texts).await?;
        Ok(Held::Yes)
    })
    .await
}

async fn more_texts_than_declared_are_too_large(lab: &Lab<Embedder>) -> Outcome {
    lab.with(async |session| {
        let limit = limits(session).await?.max_texts;
        if limit >= WIDEST_LIST {
            return Ok(Held::NotTested(format!("max-texts is {limit}")));
        }
        let texts: Vec<_> = (0..=limit).map(|n| format!("{SECRET} {n}.")).collect();
        let answer = embed(session, context(), texts, Purpose::Document).await?;
        refusal(&format!("embed of more than {limit} texts"), answer, "too-large")
    })
    .await
}
