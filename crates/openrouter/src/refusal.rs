//! What an error means, wherever it stands: an answer's status, or inside an answer of status 200.

use std::time::Duration;

use http::header::RETRY_AFTER;
use serde_json::Value;
use upstream::{Error, ErrorKind, Received, Verdict, Words};

use crate::config::{API_KEY, BASE_URL, DATA_COLLECTION, MAX_OUTPUT_TOKENS, MODEL};
use crate::words::words;

/// The longest wait that is believed: a day.
const MAX_WAIT_SECONDS: f64 = 86_400.0;

pub(crate) struct Refusal<'a> {
    answer: &'a Received,
    error: Value,
    words: Words,
}

impl<'a> Refusal<'a> {
    /// Reads an answer that is no success to a request with this body.
    pub(crate) fn read(answer: &'a Received, sent: &[u8]) -> Self {
        let error = match serde_json::from_slice::<Value>(&answer.body) {
            Ok(mut body) => body.get_mut("error").map_or(Value::Null, Value::take),
            Err(_) if answer.is_page() => Value::Null,
            Err(_) => Value::String(answer.text()),
        };
        Self::of(answer, error, sent)
    }

    /// Reads an error that was found in an answer.
    pub(crate) fn of(answer: &'a Received, error: Value, sent: &[u8]) -> Self {
        let words = words(answer, &error, sent);
        Self { answer, error, words }
    }

    /// The status that counts: the error's own, else the answer's.
    fn status(&self) -> u16 {
        let own = ["code", "http_status"].iter().find_map(|name| self.error.get(name)?.as_u64());
        let own =
            own.and_then(|status| u16::try_from(status).ok()).filter(|status| (300..=599).contains(status));
        own.unwrap_or(if self.answer.status.is_success() { 500 } else { self.answer.status.as_u16() })
    }

    fn metadata(&self, name: &str) -> Option<&Value> {
        self.error.get("metadata")?.get(name).filter(|value| !value.is_null())
    }

    fn error_type(&self) -> &str {
        let own = self.error.get("error_type").or_else(|| self.metadata("error_type"));
        own.and_then(Value::as_str).unwrap_or_default()
    }

    fn availability(&self, name: &str) -> Option<&Value> {
        self.error.get("availability")?.get(name).filter(|value| !value.is_null())
    }

    fn says(&self, text: &str) -> bool {
        self.words.mention(text)
    }

    /// The error of a kind: `sentence`, then OpenRouter's own words, then what to do.
    fn error(&self, kind: ErrorKind, sentence: &str, advice: &str) -> Error {
        let mut error = Error::new(kind, self.words.between(sentence, advice));
        error.status = Some(self.status());
        let wait = self.availability("retry_after").and_then(Value::as_f64).filter(|seconds| *seconds >= 0.0);
        error.retry_after = wait.map(|seconds| Duration::from_secs_f64(seconds.min(MAX_WAIT_SECONDS)));
        let code = self.availability("code").and_then(Value::as_str).unwrap_or(self.error_type());
        if !code.is_empty() {
            error = error.with("provider-code", code);
        }
        match self.answer.header("x-generation-id") {
            Some(id) => error.with("request-id", id),
            None => error,
        }
    }

    /// What to do about it.
    pub(crate) fn verdict<T>(&self) -> Verdict<T> {
        match (self.by_status(), self.availability("retryable").and_then(Value::as_bool)) {
            (Verdict::Retry(error), Some(false)) => Verdict::Fail(error),
            (Verdict::Fail(_), Some(true)) => Verdict::Retry(self.unavailable()),
            (verdict, _) => verdict,
        }
    }

    fn by_status<T>(&self) -> Verdict<T> {
        use ErrorKind as Kind;
        match self.error_type() {
            "context_length_exceeded" | "token_limit_exceeded" | "string_too_long" | "payload_too_large" => {
                return self.too_large();
            }
            "max_tokens_exceeded" => {
                let advice = format!("Lower {MAX_OUTPUT_TOKENS}.");
                let error =
                    self.error(Kind::Misconfigured, "The model writes no answers as long as this.", &advice);
                return Verdict::Fail(error.with("variable", MAX_OUTPUT_TOKENS));
            }
            "content_policy_violation" | "refusal" => return self.refused(),
            _ => {}
        }
        match self.status() {
            400 if self.says("context length") || self.says("maximum context") => self.too_large(),
            400 if self.says("model id") || self.error_type() == "not_found" => self.no_such_model(),
            400 | 422 => Verdict::Fail(self.error(Kind::Invalid, "OpenRouter refused the request.", "")),
            401 => Verdict::Fail(
                self.error(
                    Kind::Misconfigured,
                    "OpenRouter refused the key.",
                    &format!("Set {API_KEY} to a valid one."),
                )
                .with("variable", API_KEY),
            ),
            402 => self.payment(),
            403 if ["reasons", "flagged_input", "patterns"]
                .iter()
                .any(|name| self.metadata(name).is_some()) =>
            {
                self.refused()
            }
            403 => Verdict::Fail(
                self.error(
                    Kind::Denied,
                    "OpenRouter does not allow this with the key.",
                    "Check the key's limits, the account's guardrails and the region.",
                )
                .with("variable", API_KEY),
            ),
            404 if self.error.is_object() => self.no_such_model(),
            300..=399 | 404 | 405 => Verdict::Fail(
                self.error(
                    Kind::Misconfigured,
                    &format!("There is no OpenRouter API at this address (status {}).", self.status()),
                    &format!("Check {BASE_URL}, or leave it unset."),
                )
                .with("variable", BASE_URL),
            ),
            408 | 504 | 524 => Verdict::Retry(self.error(
                Kind::TimedOut,
                "The model took too long.",
                "Try again with more time.",
            )),
            413 => self.too_large(),
            429 => Verdict::Retry(self.error(
                Kind::RateLimited,
                "OpenRouter, or the provider behind it, asks for fewer requests.",
                "Wait, or raise the account's limits.",
            )),
            500 => Verdict::Retry(self.error(
                Kind::Failed,
                "OpenRouter failed unexpectedly.",
                "Try again later.",
            )),
            502 | 503 | 529 => Verdict::Retry(self.unavailable()),
            501..=599 => Verdict::Fail(self.unavailable()),
            status => Verdict::Fail(self.error(
                Kind::Failed,
                &format!("OpenRouter answered with status {status}."),
                "",
            )),
        }
    }

    fn unavailable(&self) -> Error {
        self.error(ErrorKind::Unavailable, "No provider of the model can answer now.", "Try again later.")
    }

    fn too_large<T>(&self) -> Verdict<T> {
        let advice = "Send less text, or choose a model with a larger context.";
        Verdict::Fail(self.error(
            ErrorKind::TooLarge,
            "The messages are more than the model can read.",
            advice,
        ))
    }

    fn refused<T>(&self) -> Verdict<T> {
        let sentence = "What was sent was refused for what it says.";
        Verdict::Fail(self.error(ErrorKind::Failed, sentence, "").with("reason", "refused"))
    }

    fn no_such_model<T>(&self) -> Verdict<T> {
        let advice = format!(
            "Set {MODEL} to a model with structured outputs; {DATA_COLLECTION}=deny leaves out providers that keep data."
        );
        let error =
            self.error(ErrorKind::Misconfigured, "No provider offers the model as it is asked for.", &advice);
        Verdict::Fail(error.with("variable", MODEL))
    }

    /// 402 passes only where OpenRouter says when: then too much of the balance was reserved at once.
    fn payment<T>(&self) -> Verdict<T> {
        if self.answer.headers.contains_key(RETRY_AFTER) || self.availability("retry_after").is_some() {
            let sentence = "Too much of OpenRouter's balance is reserved by requests under way.";
            return Verdict::Retry(self.error(ErrorKind::RateLimited, sentence, "Wait, or add credits."));
        }
        let advice = format!("Add credits, raise the key's limit, or lower {MAX_OUTPUT_TOKENS}.");
        let error = self.error(ErrorKind::Denied, "OpenRouter's balance does not cover this.", &advice);
        Verdict::Fail(error.with("reason", "quota-exhausted"))
    }
}
