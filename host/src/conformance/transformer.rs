//! `serene:transformer`

use anyhow::{Result, ensure};

use super::bindings::transformer::TransformerStage;
use super::bindings::transformer::exports::serene::transformer::transformer::TransformerInfo;
use super::bindings::types::Context;
use super::case::{Case, Held, Outcome, cases};
use super::expect::{SECRET, refusal, success};
use super::lab::{Answer, Lab, Session, answered, context};
use super::stage::{Description, Stage, instantiated};
use super::{WIDEST_LIST, WIDEST_TEXT, sample};

type Transformer = TransformerStage;

impl Stage for Transformer {
    instantiated!("transformer");

    async fn describe(session: &Session<'_, Self>, ctx: Context) -> Result<Answer<Description>> {
        Ok(info(session, ctx).await?.map(|info| Description {
            whole: format!("{info:?}"),
            limits: vec![
                ("max-texts", info.max_texts.into()),
                ("max-text-bytes", info.max_text_bytes.into()),
            ],
            stage: info.stage,
        }))
    }

    async fn exercise(session: &Session<'_, Self>, ctx: Context, n: u32) -> Result<Answer<String>> {
        Ok(transform(session, ctx, "transcript", vec![sample::text(n)])
            .await?
            .map(|texts| format!("{texts:?}")))
    }

    fn cases() -> Vec<Case<Self>> {
        cases![
            as_many_texts_come_back: "transform returns as many texts as it was given",
            each_text_is_transformed_by_itself: "each text returned is the transform of the one in its place",
            no_text_gives_no_text: "no text gives no text",
            an_empty_text_is_taken: "a text may be empty, as a page without text is",
            every_kind_is_taken: "kinds other than the known ones may come",
            unicode_passes: "texts of every script and with every character are taken",
            texts_of_the_largest_size_are_taken: "a text of max-text-bytes is taken",
            a_text_over_the_limit_is_too_large: "a text over max-text-bytes is too-large, and nothing is cut off silently",
            as_many_texts_as_declared_are_taken: "max-texts texts are taken in one call",
            more_texts_than_declared_are_too_large: "more than max-texts texts are too-large",
        ]
    }
}

pub(crate) async fn info(
    session: &Session<'_, Transformer>,
    ctx: Context,
) -> Result<Answer<TransformerInfo>> {
    let guest = session.stage.serene_transformer_transformer();
    answered("describe", guest.call_describe(session.accessor, ctx).await)
}

async fn limits(session: &Session<'_, Transformer>) -> Result<TransformerInfo> {
    success("describe", info(session, context()).await?)
}

pub(crate) async fn transform(
    session: &Session<'_, Transformer>,
    ctx: Context,
    kind: &str,
    texts: Vec<String>,
) -> Result<Answer<Vec<String>>> {
    let guest = session.stage.serene_transformer_transformer();
    answered("transform", guest.call_transform(session.accessor, ctx, kind.to_owned(), texts).await)
}

async fn transformed(session: &Session<'_, Transformer>, texts: &[String]) -> Result<Vec<String>> {
    let call = format!("transform of {} texts", texts.len());
    success(&call, transform(session, context(), "profile", texts.to_vec()).await?)
}

/// A few texts, as many as one call may hold.
async fn few(session: &Session<'_, Transformer>) -> Result<Vec<String>> {
    Ok((0..limits(session).await?.max_texts.min(5)).map(sample::text).collect())
}

async fn as_many_texts_come_back(lab: &Lab<Transformer>) -> Outcome {
    lab.with(async |session| {
        let texts = few(session).await?;
        for count in 1..=texts.len() {
            let got = transformed(session, &texts[..count]).await?.len();
            ensure!(got == count, "{count} texts went in, and {got} came back");
        }
        Ok(Held::Yes)
    })
    .await
}

async fn each_text_is_transformed_by_itself(lab: &Lab<Transformer>) -> Outcome {
    lab.with(async |session| {
        let texts = few(session).await?;
        let together = transformed(session, &texts).await?;
        for (place, text) in texts.iter().enumerate() {
            let alone = transformed(session, std::slice::from_ref(text)).await?;
            ensure!(
                together.get(place) == alone.first(),
                "in place {place} of {} texts is another text than the transform of the one given there",
                texts.len()
            );
        }
        Ok(Held::Yes)
    })
    .await
}

async fn no_text_gives_no_text(lab: &Lab<Transformer>) -> Outcome {
    let got = lab.with(async |session| transformed(session, &[]).await).await?;
    ensure!(got.is_empty(), "no text went in, and {} came back", got.len());
    Ok(Held::Yes)
}

async fn an_empty_text_is_taken(lab: &Lab<Transformer>) -> Outcome {
    let got = lab.with(async |session| transformed(session, &[String::new()]).await).await?;
    ensure!(got.len() == 1, "one empty text went in, and {} came back", got.len());
    Ok(Held::Yes)
}

async fn every_kind_is_taken(lab: &Lab<Transformer>) -> Outcome {
    lab.with(async |session| {
        let known = ["transcript", "profile", "handbook", "analysis", "repair-plan", "query"];
        for kind in known.into_iter().chain(["of-a-later-version"]) {
            let answer = transform(session, context(), kind, vec![sample::text(0)]).await?;
            let got = success(&format!("transform of the kind `{kind}`"), answer)?;
            ensure!(got.len() == 1, "for the kind `{kind}`, one text went in and {} came back", got.len());
        }
        Ok(Held::Yes)
    })
    .await
}

async fn unicode_passes(lab: &Lab<Transformer>) -> Outcome {
    lab.with(async |session| {
        for text in sample::hard() {
            let answer = transform(session, context(), "transcript", vec![text.clone()]).await?;
            let got = success(&format!("transform of {text:?}"), answer)?;
            ensure!(got.len() == 1, "{text:?} went in, and {} texts came back", got.len());
        }
        Ok(Held::Yes)
    })
    .await
}

async fn texts_of_the_largest_size_are_taken(lab: &Lab<Transformer>) -> Outcome {
    lab.with(async |session| {
        let bytes = limits(session).await?.max_text_bytes.min(WIDEST_TEXT) as usize;
        let answer = transform(session, context(), "handbook", vec![sample::long(bytes)]).await?;
        let got = success(&format!("transform of a text of {bytes} bytes"), answer)?;
        ensure!(got.len() == 1, "one text of {bytes} bytes went in, and {} came back", got.len());
        Ok(Held::Yes)
    })
    .await
}

async fn a_text_over_the_limit_is_too_large(lab: &Lab<Transformer>) -> Outcome {
    lab.with(async |session| {
        let limit = limits(session).await?.max_text_bytes;
        if limit >= WIDEST_TEXT {
            return Ok(Held::NotTested(format!("max-text-bytes is {limit}")));
        }
        let mut text = format!("{SECRET} ");
        text.push_str(&sample::long(limit as usize + 1 - text.len().min(limit as usize)));
        let answer = transform(session, context(), "handbook", vec![text]).await?;
        refusal(&format!("transform of a text over {limit} bytes"), answer, "too-large")
    })
    .await
}

async fn as_many_texts_as_declared_are_taken(lab: &Lab<Transformer>) -> Outcome {
    lab.with(async |session| {
        let count = limits(session).await?.max_texts.min(WIDEST_LIST);
        let texts: Vec<_> = (0..count).map(sample::text).collect();
        let got = transformed(session, &texts).await?.len();
        ensure!(got == texts.len(), "{count} texts went in, and {got} came back");
        Ok(Held::Yes)
    })
    .await
}

async fn more_texts_than_declared_are_too_large(lab: &Lab<Transformer>) -> Outcome {
    lab.with(async |session| {
        let limit = limits(session).await?.max_texts;
        if limit >= WIDEST_LIST {
            return Ok(Held::NotTested(format!("max-texts is {limit}")));
        }
        let texts: Vec<_> = (0..=limit).map(sample::text).collect();
        let answer = transform(session, context(), "transcript", texts).await?;
        refusal(&format!("transform of more than {limit} texts"), answer, "too-large")
    })
    .await
}
