//! What an answer other than 200 means.

use upstream::{Error, ErrorKind, Received, Verdict};

use crate::config::{API_KEY, BASE_URL, MAX_PAGES, MODEL, PREFERS_URL};
use crate::content::MAX_BYTES;
use crate::words::{self, Said};

/// What Mistral was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// To read what it fetches from a URL.
    Url,
    /// To read what it was sent.
    Content,
    /// To keep or to forget a file.
    File,
}

/// What to do about a refusal.
pub(crate) fn verdict<T>(answer: &Received, asked: Asked) -> Verdict<T> {
    use ErrorKind as Kind;
    let said = words::read(answer);
    let error = |kind, sentence: &str, advice: &str| error(kind, answer, &said, sentence, advice);
    let status = answer.status.as_u16();
    match status {
        400 | 422 => Verdict::Fail(refused(&said, asked, error)),
        401 => Verdict::Fail(
            error(Kind::Misconfigured, "Mistral refused the key.", &format!("Set {API_KEY} to a valid one."))
                .with("variable", API_KEY),
        ),
        402 | 403 => Verdict::Fail(
            error(
                Kind::Denied,
                "Mistral does not allow this with the key.",
                "Check the workspace's billing and limits, and the key's rights.",
            )
            .with("variable", API_KEY),
        ),
        300..=399 | 404 | 405 => Verdict::Fail(
            error(
                Kind::Misconfigured,
                &format!("There is no Mistral API at this address, or not the model (status {status})."),
                &format!("Check {BASE_URL} and {MODEL}, or leave them unset."),
            )
            .with("variable", if is_about_model(&said) { MODEL } else { BASE_URL }),
        ),
        408 => Verdict::Fail(error(Kind::TimedOut, "Mistral gave up waiting for the document.", "")),
        413 => Verdict::Fail(too_large(error, MAX_BYTES)),
        429 => Verdict::Retry(error(
            Kind::RateLimited,
            "Mistral asks for fewer requests.",
            "Wait, or raise the workspace's limits.",
        )),
        500 => Verdict::Retry(error(Kind::Failed, "Mistral failed unexpectedly.", "Try again later.")),
        502 | 503 => Verdict::Retry(error(Kind::Unavailable, "Mistral cannot work now.", "Try again later.")),
        504 => Verdict::Retry(error(Kind::TimedOut, "Mistral took too long.", "Try again with more time.")),
        501 | 505..=599 => Verdict::Fail(error(
            Kind::Unavailable,
            &format!("Mistral cannot work now (status {status})."),
            "Try again later.",
        )),
        _ => Verdict::Fail(error(Kind::Failed, &format!("Mistral answered with status {status}."), "")),
    }
}

/// A refusal of the request itself: the model, the URL, or the document.
fn refused(said: &Said, asked: Asked, error: impl Fn(ErrorKind, &str, &str) -> Error) -> Error {
    use ErrorKind as Kind;
    let says = |any: &[&str]| any.iter().any(|word| said.words.mention(word));
    if is_about_model(said) {
        let advice = format!("Set {MODEL} to an OCR model it offers.");
        return error(Kind::Misconfigured, "Mistral does not know the model.", &advice)
            .with("variable", MODEL);
    }
    if asked == Asked::Url && says(&["fetch", "download", "unreachable", "retrieve"]) {
        let advice = format!("Let it reach the object store's URLs, or set {PREFERS_URL} to false.");
        return error(Kind::Misconfigured, "Mistral could not fetch the document.", &advice)
            .with("variable", PREFERS_URL);
    }
    // Only the document varies; a complaint about anything else is about what this client sends.
    let about_document = said.places.is_empty() || said.places.iter().any(|place| place.contains("document"));
    if asked == Asked::File || !about_document {
        return error(
            Kind::Failed,
            "Mistral does not take requests as they are made here.",
            "A newer version may.",
        );
    }
    if says(&["pages"]) && says(&["limit", "exceed", "too many", "maximum"]) {
        return too_large(error, MAX_PAGES.into());
    }
    if says(&["too large", "size limit", "file size", "maximum size"]) {
        return too_large(error, MAX_BYTES);
    }
    let reason = if says(&["encrypt", "password"]) { "encrypted" } else { "broken" };
    error(Kind::Invalid, "Mistral cannot read the document.", "").with("reason", reason)
}

fn is_about_model(said: &Said) -> bool {
    said.kind.as_deref() == Some("invalid_model")
        || said.words.mention("invalid model")
        || said.places.iter().any(|place| place.ends_with("model"))
}

fn too_large(error: impl Fn(ErrorKind, &str, &str) -> Error, limit: u64) -> Error {
    let sentence =
        format!("The document is larger than Mistral reads: {MAX_BYTES} bytes and {MAX_PAGES} pages.");
    error(ErrorKind::TooLarge, &sentence, "").with("limit", limit.to_string())
}

fn error(kind: ErrorKind, answer: &Received, said: &Said, sentence: &str, advice: &str) -> Error {
    let mut error = Error::new(kind, said.words.between(sentence, advice)).with_status(answer.status);
    if let Some(code) = said.code.as_ref().or(said.kind.as_ref()) {
        error = error.with("provider-code", code.as_str());
    }
    if let Some(id) = &said.request_id {
        error = error.with("request-id", id.as_str());
    }
    error
}
