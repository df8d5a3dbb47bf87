//! A transformer that is right but for one fault.

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/transformer"],
        world: "serene:transformer/transformer-stage",
        with: { "serene:types/types@0.2.0": fault::types },
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::transformer::transformer::{Guest, TransformerInfo};
use fault::types::{Context, Error};
use fault::{Fault, invalid, refuse, too_large};

const MAX_TEXTS: usize = 16;
const MAX_TEXT_BYTES: usize = 1 << 16;

struct Wrong;

impl Guest for Wrong {
    async fn describe(_: Context) -> Result<TransformerInfo, Error> {
        let fault = Fault::read().await;
        let stage = fault.stage(env!("CARGO_PKG_NAME"));
        Ok(TransformerInfo {
            stage,
            max_texts: fault.limit(MAX_TEXTS as u32),
            max_text_bytes: MAX_TEXT_BYTES as u32,
        })
    }

    async fn transform(ctx: Context, kind: String, texts: Vec<String>) -> Result<Vec<String>, Error> {
        let fault = Fault::read().await;
        fault.work(&ctx).await?;
        if fault.is("knows-its-kinds") && kind != "transcript" && kind != "profile" {
            return Err(invalid("The kind is not known."));
        }
        if fault.is("refuses-an-empty-text") && texts.iter().any(String::is_empty) {
            return Err(invalid("A text is empty."));
        }
        let max_texts = if fault.is("takes-fewer-texts") { 2 } else { MAX_TEXTS };
        if texts.len() > max_texts && !fault.is("takes-more-texts") {
            return Err(too_large("There are more texts than one call takes.", max_texts, texts.len()));
        }
        let max_bytes = if fault.is("takes-shorter-texts") { 100 } else { MAX_TEXT_BYTES };
        if let Some(long) = texts.iter().find(|text| text.len() > max_bytes)
            && !fault.is("cuts-texts-off")
        {
            let message = "A text is longer than one may be.";
            return Err(match fault.is("repeats-the-text-in-its-error") {
                true => too_large(long, max_bytes, long.len()),
                false if fault.is("does-not-say-its-limit") => Error::TooLarge(refuse(message, &[])),
                false => too_large(message, max_bytes, long.len()),
            });
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

bindings::export!(Wrong with_types_in bindings);
