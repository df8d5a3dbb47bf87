//! Answers of status 200, which may hold a failure all the same.

use serde::Deserialize;
use serde_json::Value;
use upstream::{Error, ErrorKind, Received, Verdict};

use crate::Usage;
use crate::config::MAX_OUTPUT_TOKENS;
use crate::refusal::Refusal;

#[derive(Deserialize)]
struct Answer {
    error: Option<Value>,
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default)]
    model: String,
    usage: Option<Usage>,
}

#[derive(Default, Deserialize)]
struct Choice {
    message: Option<Said>,
    finish_reason: Option<String>,
    error: Option<Value>,
}

#[derive(Default, Deserialize)]
struct Said {
    content: Option<String>,
    refusal: Option<String>,
}

/// What a model wrote.
pub(crate) struct Reply {
    pub(crate) content: String,
    pub(crate) model: String,
    pub(crate) usage: Usage,
}

/// Judges an answer to a request with this body.
pub(crate) fn judge(answer: &Received, sent: &[u8]) -> Verdict<Reply> {
    if !answer.status.is_success() {
        return Refusal::read(answer, sent).verdict();
    }
    match serde_json::from_slice::<Answer>(&answer.body) {
        Ok(body) => judge_success(answer, body, sent),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let message =
                format!("OpenRouter's answer is not the JSON expected at line {line}, column {column}.");
            Verdict::Fail(Error::failed(message).with_status(answer.status))
        }
    }
}

fn judge_success(answer: &Received, body: Answer, sent: &[u8]) -> Verdict<Reply> {
    if let Some(error) = body.error {
        return Refusal::of(answer, error, sent).verdict();
    }
    let usage = body.usage.unwrap_or_default();
    let failed = |reason: &str, message: String| {
        let error = Error::failed(message).with_status(answer.status).with("reason", reason);
        Verdict::Fail(usage.told_by(error))
    };
    let Choice { message, finish_reason, error } = body.choices.into_iter().next().unwrap_or_default();
    if let Some(error) = error {
        return Refusal::of(answer, error, sent).verdict();
    }
    let Said { content, refusal } = message.unwrap_or_default();
    if refusal.is_some_and(|refusal| !refusal.trim().is_empty()) {
        return failed("refused", "The model declined to answer.".to_owned());
    }
    match finish_reason.as_deref() {
        Some("content_filter") => {
            return failed("refused", "The answer was withheld by the provider's filter.".to_owned());
        }
        Some("length") => {
            let message =
                format!("The answer hit its limit of tokens and is cut off. Raise {MAX_OUTPUT_TOKENS}.");
            return failed("cut-off", message);
        }
        Some("error") => {
            return Verdict::Retry(unavailable(answer, "The model broke off in the middle of its answer."));
        }
        _ => {}
    }
    match content.filter(|content| !content.trim().is_empty()) {
        Some(content) => Verdict::Done(Reply { content, model: body.model, usage }),
        None => {
            Verdict::Retry(unavailable(answer, "The model gave an empty answer: it may still be starting."))
        }
    }
}

fn unavailable(answer: &Received, sentence: &str) -> Error {
    Error::new(ErrorKind::Unavailable, format!("{sentence} Try again.")).with_status(answer.status)
}
