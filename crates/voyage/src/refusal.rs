//! What an answer other than 200 means.

use http::StatusCode;
use serde_json::Value;
use upstream::{Error, ErrorKind, Received, Verdict, Words};

use crate::account::{API_KEY, BASE_URL, DIMENSION};

/// How many characters of a text make it recognisable in Voyage's words.
const QUOTE: usize = 24;
/// Shorter texts are ordinary words.
const MIN_QUOTE_BYTES: usize = 8;

/// An answer that is not the one wanted.
pub(crate) struct Refusal<'a> {
    answer: &'a Received,
    words: Words,
}

impl<'a> Refusal<'a> {
    /// Reads a refusal of a request that held these texts. Voyage's words are left out where they repeat one.
    pub(crate) fn read(answer: &'a Received, texts: &[impl AsRef<str>]) -> Self {
        let words = words(answer);
        let quotes = texts.iter().any(|text| {
            let start = start(text.as_ref());
            start.len() >= MIN_QUOTE_BYTES && words.as_str().contains(&start)
        });
        Self { answer, words: if quotes { words.hidden() } else { words } }
    }

    /// Whether Voyage found more tokens than it takes.
    pub(crate) fn is_too_many_tokens(&self) -> bool {
        match self.answer.status.as_u16() {
            413 => true,
            400 | 422 => self.words.mention("token"),
            _ => false,
        }
    }

    fn is_unknown_model(&self) -> bool {
        self.words.mention("model") && self.words.mention("support")
    }

    /// The error of a kind: `sentence`, then Voyage's own words, then what to do.
    pub(crate) fn error(&self, kind: ErrorKind, sentence: &str, advice: &str) -> Error {
        let error = Error::new(kind, self.words.between(sentence, advice)).with_status(self.answer.status);
        match self.answer.header("x-request-id") {
            Some(id) => error.with("request-id", id),
            None => error,
        }
    }

    /// What to do about it. `model_variable` names the variable that holds the model asked for.
    pub(crate) fn verdict<T>(&self, model_variable: &str) -> Verdict<T> {
        use ErrorKind as Kind;
        let status = self.answer.status;
        match status.as_u16() {
            400 | 422 if self.is_unknown_model() => Verdict::Fail(
                self.error(
                    Kind::Misconfigured,
                    "Voyage does not know the model.",
                    &format!("Set {model_variable} to one it offers."),
                )
                .with("variable", model_variable),
            ),
            400 | 422 if self.words.mention("output_dimension") => Verdict::Fail(
                self.error(
                    Kind::Misconfigured,
                    "The model gives no vectors of this size.",
                    &format!("Set {DIMENSION} to a size that it gives, or leave it unset."),
                )
                .with("variable", DIMENSION),
            ),
            400 | 422 => Verdict::Fail(self.error(Kind::Invalid, "Voyage refused the request.", "")),
            401 => Verdict::Fail(
                self.error(
                    Kind::Misconfigured,
                    "Voyage refused the key.",
                    &format!("Set {API_KEY} to a valid one."),
                )
                .with("variable", API_KEY),
            ),
            402 | 403 => Verdict::Fail(
                self.error(
                    Kind::Denied,
                    "Voyage does not allow this with the key.",
                    "Check the account's billing, the key's rights and its list of IP addresses.",
                )
                .with("variable", API_KEY),
            ),
            300..=399 | 404 | 405 => Verdict::Fail(
                self.error(
                    Kind::Misconfigured,
                    &format!("There is no Voyage API at this address (status {status})."),
                    &format!("Check {BASE_URL}, or leave it unset."),
                )
                .with("variable", BASE_URL),
            ),
            408 | 504 => Verdict::Retry(self.error(
                Kind::TimedOut,
                "Voyage took too long.",
                "Try again with more time.",
            )),
            429 => Verdict::Retry(self.error(
                Kind::RateLimited,
                "Voyage asks for fewer requests or tokens a minute.",
                "Wait, or raise the account's limits.",
            )),
            500 => {
                Verdict::Retry(self.error(Kind::Failed, "Voyage failed unexpectedly.", "Try again later."))
            }
            501..=599 => {
                Verdict::Retry(self.error(Kind::Unavailable, "Voyage cannot work now.", "Try again later."))
            }
            _ => {
                Verdict::Fail(self.error(Kind::Failed, &format!("Voyage answered with status {status}."), ""))
            }
        }
    }
}

/// Whether an answer holds what was asked for.
pub(crate) fn is_success(answer: &Received) -> bool {
    answer.status == StatusCode::OK
}

/// Voyage's own words: `detail` as a string, or as a list of what is wrong where; without the input that such a list may repeat.
fn words(answer: &Received) -> Words {
    let text = match serde_json::from_slice::<Value>(&answer.body) {
        Ok(body) => ["detail", "message", "error"].iter().find_map(|name| said(body.get(name)?)),
        Err(_) if answer.is_page() => None,
        Err(_) => Some(answer.text()),
    };
    answer.words(&text.unwrap_or_default())
}

/// A text's first characters, on one line.
fn start(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.take(QUOTE).collect::<Vec<_>>().join(" ").chars().take(QUOTE).collect()
}

fn said(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().take(3).filter_map(complaint).collect();
            Some(items.join("; "))
        }
        Value::Object(fields) => fields.get("message").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    }
}

/// One complaint of a validation list: where, and what.
fn complaint(item: &Value) -> Option<String> {
    let what = item.get("msg")?.as_str()?;
    let place =
        |part: &Value| part.as_str().map(str::to_owned).or_else(|| part.as_u64().map(|n| n.to_string()));
    let place: Vec<String> = item.get("loc")?.as_array()?.iter().filter_map(place).collect();
    Some(format!("{}: {what}", place.join(".")))
}
