//! A transformer that is right but for one fault.

#[path = "../../fault.rs"]
mod fault;

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/transformer"],
        world: "serene:transformer/transformer-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::transformer::transformer::{Guest, TransformerInfo};
use bindings::serene::types::types::{Context, Error, Fault as Refusal, StageInfo};
use fault::Fault;

const MAX_TEXTS: usize = 16;
const MAX_TEXT_BYTES: usize = 1 << 16;

struct Wrong;

impl Guest for Wrong {
    async fn describe(_: Context) -> Result<TransformerInfo, Error> {
        let fault = Fault::read().await;
        let stage = StageInfo {
            name: fault.name(env!("CARGO_PKG_NAME")),
            version: fault.version(),
            extras: Vec::new(),
        };
        Ok(TransformerInfo {
            stage,
            max_texts: fault.limit(MAX_TEXTS as u32),
            max_text_bytes: MAX_TEXT_BYTES as u32,
        })
    }

    async fn transform(ctx: Context, kind: String, texts: Vec<String>) -> Result<Vec<String>, Error> {
        let fault = Fault::read().await;
        fault
            .work(ctx.traceparent.as_deref())
            .await
            .map_err(|message| Error::Invalid(refusal(message, None)))?;
        let invalid = |message: &str| Err(Error::Invalid(refusal(message.to_owned(), None)));
        if fault.is("knows-its-kinds") && kind != "transcript" && kind != "profile" {
            return invalid("The kind is not known.");
        }
        if fault.is("refuses-an-empty-text") && texts.iter().any(String::is_empty) {
            return invalid("A text is empty.");
        }
        let max_texts = if fault.is("takes-fewer-texts") { 2 } else { MAX_TEXTS };
        if texts.len() > max_texts && !fault.is("takes-more-texts") {
            let message = "There are more texts than one call takes.".to_owned();
            return Err(Error::TooLarge(refusal(message, Some((max_texts, texts.len())))));
        }
        let max_bytes = if fault.is("takes-shorter-texts") { 100 } else { MAX_TEXT_BYTES };
        if let Some(long) = texts.iter().find(|text| text.len() > max_bytes)
            && !fault.is("cuts-texts-off")
        {
            let message = match fault.is("repeats-the-text-in-its-error") {
                true => format!("This is too long: {long}"),
                false => "A text is longer than one may be.".to_owned(),
            };
            let limit = (!fault.is("does-not-say-its-limit")).then_some((max_bytes, long.len()));
            return Err(Error::TooLarge(refusal(message, limit)));
        }
        let mut all = Vec::new();
        for text in texts {
            let mut text = fault.text(&text).await;
            text.truncate(max_bytes);
            all.push(text);
        }
        if fault.is("drops-a-text") {
            all.pop();
        }
        if fault.is("turns-the-order") {
            all.reverse();
        }
        if fault.is("makes-a-text-up") && all.is_empty() {
            all.push("Nothing was said.".to_owned());
        }
        Ok(all)
    }
}

fn refusal(message: String, limit: Option<(usize, usize)>) -> Refusal {
    let extras = limit.map(|(limit, actual)| {
        vec![("limit".to_owned(), limit.to_string()), ("actual".to_owned(), actual.to_string())]
    });
    Refusal { message, provider_status: None, extras: extras.unwrap_or_default() }
}

bindings::export!(Wrong with_types_in bindings);
