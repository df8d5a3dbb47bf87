//! What an answer other than success means.
//!
//! Most refusals come with status 400 and say the true status in their body: `{"statusCode": "404", "code": "NoSuchKey", "error": "not_found",
//! "message": …}`. Older servers leave `code` out.

use http::StatusCode;
use serde_json::Value;
use supabase::{KEY, URL};
use upstream::{Error, ErrorKind, Received, Verdict};

/// What to do about a refusal to read an object. What Supabase says in words is not repeated.
pub(crate) fn verdict<T>(answer: &Received, bucket: &str, key: &str) -> Verdict<T> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let said = body.get("statusCode").and_then(|status| match status {
        Value::String(text) => text.parse().ok(),
        number => number.as_u64().and_then(|number| u16::try_from(number).ok()),
    });
    let status = said.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(answer.status);
    let error = |kind, message: String| {
        let error = Error::new(kind, message).with_status(status);
        match supabase::request_id(answer) {
            Some(id) => error.with("request-id", id),
            None => error,
        }
    };
    let code = match text("code") {
        // Of servers from before there were codes: only the service itself answers 400 for what is not there.
        "" if answer.status == StatusCode::BAD_REQUEST => match (status.as_u16(), text("error")) {
            (404, "Bucket not found") => "NoSuchBucket",
            (404, _) => "NoSuchKey",
            (401 | 403, _) => "AccessDenied",
            (_, other) if other.to_ascii_lowercase().contains("jwt") => "InvalidJWT",
            _ => "",
        },
        code => code,
    };
    let (error, passes) = match code {
        "NoSuchKey" | "InvalidKey" => {
            let message = format!("Supabase Storage has no object {key} in the bucket {bucket}.");
            (error(ErrorKind::NotFound, message), false)
        }
        "NoSuchBucket" | "InvalidBucketName" => {
            (error(ErrorKind::NotFound, format!("Supabase Storage has no bucket {bucket}.")), false)
        }
        "AccessDenied" | "InvalidJWT" | "InvalidSignature" | "SignatureDoesNotMatch" | "ExpiredToken" => {
            let message = format!(
                "Supabase Storage does not take the key in {KEY}. Set it to a secret key of this project."
            );
            (error(ErrorKind::Misconfigured, message).with("variable", KEY), false)
        }
        "TenantNotFound" => {
            let message = format!("There is no Supabase project at {URL}. Set it to the project's address.");
            (error(ErrorKind::Misconfigured, message).with("variable", URL), false)
        }
        "SlowDown" => {
            (error(ErrorKind::RateLimited, "Supabase Storage asks for fewer calls.".to_owned()), false)
        }
        "DatabaseTimeout" | "LockTimeout" => {
            (error(ErrorKind::TimedOut, "Supabase Storage took too long.".to_owned()), false)
        }
        _ => {
            let mut answer = answer.clone();
            answer.status = status;
            supabase::refusal(&answer, "Storage")
        }
    };
    // A code is a name of the service's own; anything else could be a text of any kind.
    let is_name = !code.is_empty() && code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    let error = if is_name { error.with("provider-code", code) } else { error };
    if passes { Verdict::Retry(error) } else { Verdict::Fail(error) }
}
