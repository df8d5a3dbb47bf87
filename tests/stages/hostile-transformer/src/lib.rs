//! A transformer that changes nothing, and whose author means harm.

mod reach;

mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/types", "../../../wit/transformer"],
        world: "serene:transformer/transformer-stage",
        generate_all,
        async: true,
    });
}

use bindings::exports::serene::transformer::transformer::{Guest, TransformerInfo};
use bindings::serene::types::types::{Context, Error, Fault, OpenFault, PassingFault, StageInfo};

const MIB: usize = 1 << 20;

struct Hostile;

impl Guest for Hostile {
    async fn describe(ctx: Context) -> Result<TransformerInfo, Error> {
        let mut name = env!("CARGO_PKG_NAME").to_owned();
        let (mut max_texts, mut max_text_bytes) = (16, MIB as u32);
        match ctx.relationship.as_deref() {
            Some("describes-for-ever") => hostile::act("waits-for-ever").await,
            Some("describes-nothing") => (max_texts, max_text_bytes) = (0, 0),
            Some("describes-everything") => (max_texts, max_text_bytes) = (u32::MAX, u32::MAX),
            Some("describes-at-length") => name = "long\n".repeat(MIB),
            _ => {}
        }
        let stage = StageInfo { name, version: env!("CARGO_PKG_VERSION").to_owned(), extras: Vec::new() };
        Ok(TransformerInfo { stage, max_texts, max_text_bytes })
    }

    async fn transform(ctx: Context, _: String, mut texts: Vec<String>) -> Result<Vec<String>, Error> {
        let deed = ctx.relationship.unwrap_or_default();
        let argument = texts.first().cloned().unwrap_or_default();
        hostile::act(&deed).await;
        if let Some(found) = reach::reach(&deed, &argument).await {
            return Err(Error::Failed(fault(found)));
        }
        match &*deed {
            "returns-a-text-too-many" => texts.push(String::new()),
            "returns-nothing" => texts.clear(),
            "returns-100-mb" => texts = vec!["x".repeat(MIB); 100],
            // Once in the memory of each.
            "returns-more-than-fits" => texts = vec!["x".repeat(MIB); 160],
            "returns-a-book-for-a-line" => texts = vec!["word ".repeat(8 * MIB)],
            "fails-at-length" => return Err(Error::Failed(fault("long ".repeat(2 * MIB)))),
            "fails-with-many-facts" => {
                let extras = vec![("a-fact".repeat(100), "long ".repeat(1000)); 1000];
                return Err(Error::Failed(Fault { extras, ..fault("Too many facts.") }));
            }
            "fails-with-lines-of-its-own" => {
                return Err(Error::Failed(fault("one\r\nx-injected: yes\r\n\r\n[gateway] \u{1b}[31mtwo\0")));
            }
            "fails-with-a-status-of-its-own" => {
                let code = "not a code\r\n".to_owned();
                let fault = fault("A status that is none.");
                return Err(Error::Other(OpenFault { code, retryable: false, http_status: 9999, fault }));
            }
            "poses-as-another" => {
                let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
                let extras = vec![
                    pair("from-the-caller", "object-store"),
                    pair("stage", "embedder"),
                    pair("status", "200"),
                    pair("type", "about:blank"),
                ];
                return Err(Error::Failed(Fault { extras, ..fault("It was another.") }));
            }
            "sends-away-for-ever" => {
                let fault = fault("Come back later.");
                return Err(Error::RateLimited(PassingFault { fault, retry_after_ms: Some(u64::MAX) }));
            }
            _ => {}
        }
        Ok(texts)
    }
}

fn fault(message: impl Into<String>) -> Fault {
    Fault { message: message.into(), provider_status: None, extras: Vec::new() }
}

bindings::export!(Hostile with_types_in bindings);
