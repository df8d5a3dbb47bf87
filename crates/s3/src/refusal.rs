//! What S3's refusals mean.

use std::time::{Duration, UNIX_EPOCH};

use http::StatusCode;
use upstream::{Error, ErrorKind, Received};

use crate::config::REGION;
use crate::object::{date_ms, header};
use crate::xml::Element;

/// An answer that is no success.
pub(crate) struct Refusal {
    /// The error as the caller gets it.
    pub(crate) error: Error,
    /// What to do.
    pub(crate) remedy: Remedy,
}

/// What a refusal calls for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Nothing helps.
    None,
    /// Try again after a wait.
    Wait,
    /// Send the same once more: it was garbled on the way.
    Resend,
    /// Ask another region; `None` when S3 did not say which.
    Region(Option<String>),
    /// Sign by S3's clock, which shows this many milliseconds since 1970.
    Clock(Option<u64>),
}

/// Reads a refusal. `has_body` is false for `HEAD`, whose answers say no more than their status.
pub(crate) fn read(answer: &Received, is_head: bool) -> Refusal {
    let body = Element::parse(&answer.body).filter(|root| root.name == "Error");
    let text = |name: &str| body.as_ref().and_then(|root| root.text(name)).filter(|text| !text.is_empty());
    let code = text("Code").unwrap_or_default().to_owned();
    let region = header(&answer.headers, "x-amz-bucket-region").or_else(|| text("Region"));
    let remedy = remedy(answer, &code, region, is_head, text("ServerTime"));
    let mut error = error(answer.status, &code, &remedy, text("Message"));
    if !code.is_empty() {
        error = error.with("provider-code", code);
    }
    if let Some(id) = header(&answer.headers, "x-amz-request-id").or_else(|| text("RequestId")) {
        error = error.with("request-id", id);
    }
    let size = text("ActualObjectSize")
        .or_else(|| header(&answer.headers, "content-range").and_then(|range| range.rsplit('/').next()));
    if let (StatusCode::RANGE_NOT_SATISFIABLE, Some(size)) = (answer.status, size) {
        error = error.with("size", size);
    }
    Refusal { error: error.with_status(answer.status), remedy }
}

fn remedy(
    answer: &Received,
    code: &str,
    region: Option<&str>,
    is_head: bool,
    server_time: Option<&str>,
) -> Remedy {
    let status = answer.status.as_u16();
    let elsewhere = matches!(
        code,
        "PermanentRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException"
            | "TemporaryRedirect"
    );
    if elsewhere || matches!(status, 301 | 307) || (is_head && status == 400) {
        return Remedy::Region(region.map(ToOwned::to_owned));
    }
    match (code, status) {
        ("RequestTimeTooSkewed", _) => {
            let date = header(&answer.headers, "date").and_then(date_ms);
            Remedy::Clock(date.or_else(|| server_time.and_then(iso_ms)))
        }
        ("BadDigest" | "XAmzContentSHA256Mismatch", _) => Remedy::Resend,
        ("RequestTimeout" | "OperationAborted" | "ConditionalRequestConflict", _)
        | (_, 429 | 500 | 502 | 503 | 504) => Remedy::Wait,
        // What answers with a success status and an error inside is a server's fault by S3's own words.
        ("InternalError" | "SlowDown" | "ServiceUnavailable", _) => Remedy::Wait,
        _ => Remedy::None,
    }
}

fn error(status: StatusCode, code: &str, remedy: &Remedy, message: Option<&str>) -> Error {
    use ErrorKind as Kind;
    let misconfigured = |variable: &str, text: &str| Error::misconfigured(variable, text);
    let said = message.map_or_else(String::new, |text| {
        let short: String = text.chars().take(300).collect();
        format!(" S3 says: {short}")
    });
    match (code, status.as_u16()) {
        _ if matches!(remedy, Remedy::Region(_)) => match remedy {
            Remedy::Region(Some(region)) => {
                misconfigured(REGION, &format!("The bucket is in the region {region}. Set aws_region to it."))
                    .with("region", region.clone())
            }
            _ => misconfigured(
                REGION,
                "The bucket is in another region than aws_region says, or the address is not that of its region.",
            ),
        },
        ("NoSuchBucket", _) => misconfigured(
            "s3_bucket_name",
            "The bucket does not exist. Create it (`serene doctor --fix` does), or set s3_bucket_name.",
        ),
        ("InvalidBucketName", _) => misconfigured("s3_bucket_name", "S3 does not take the bucket's name."),
        ("InvalidAccessKeyId" | "NotSignedUp", _) => misconfigured(
            "aws_access_key_id",
            "S3 does not know the access key. Set aws_access_key_id to one that exists.",
        ),
        ("SignatureDoesNotMatch", _) => misconfigured(
            "aws_secret_access_key",
            "The signature does not fit: aws_secret_access_key is not the secret of aws_access_key_id.",
        ),
        ("ExpiredToken" | "InvalidToken" | "TokenRefreshRequired", _) => misconfigured(
            "aws_session_token",
            "The session token is not valid (any more). Set aws_session_token, with the key it belongs to, anew.",
        ),
        ("RequestTimeTooSkewed", _) => {
            Error::failed("This machine's clock differs from S3's by more than 15 minutes. Set the clock.")
        }
        (_, 401) => misconfigured("aws_access_key_id", "The store refuses the access key or its secret."),
        ("InvalidObjectState", _) => Error::new(Kind::Conflict, "The object is archived: restore it first."),
        (_, 403) => Error::new(
            Kind::Denied,
            format!(
                "The access key is not allowed to do this; without s3:ListBucket, S3 also answers so for what does not exist.{said}"
            ),
        ),
        ("NoSuchUpload", _) => Error::new(Kind::Conflict, "The multipart upload is not there any more."),
        (_, 404) => Error::new(Kind::NotFound, "There is no such object."),
        (_, 412) => Error::new(Kind::Conflict, "The object is not in the state that the condition asks for."),
        ("ConditionalRequestConflict" | "OperationAborted", _) => Error::new(
            Kind::Conflict,
            "Another write of the same key was under way. Read again, then decide.",
        ),
        (_, 409) => Error::new(Kind::Conflict, format!("S3 refuses in this state.{said}")),
        ("EntityTooLarge", _) | (_, 413) => {
            Error::new(Kind::TooLarge, format!("S3 does not take that many bytes.{said}"))
        }
        ("KeyTooLongError", _) => Error::new(Kind::TooLarge, "The key is over 1024 bytes."),
        (_, 416) => {
            Error::invalid("The range holds no byte of the object.").with("reason", "range-not-satisfiable")
        }
        ("SlowDown" | "SlowDownRead" | "SlowDownWrite", _) | (_, 429) => {
            Error::new(Kind::RateLimited, "S3 asks for fewer requests.")
        }
        ("RequestTimeout", _) | (_, 500 | 502 | 503 | 504) => {
            Error::new(Kind::Unavailable, format!("S3 cannot work now ({status}). Try again."))
        }
        ("InternalError" | "ServiceUnavailable", _) => {
            Error::new(Kind::Unavailable, "S3 failed inside. Try again.")
        }
        ("BadDigest" | "XAmzContentSHA256Mismatch", _) => {
            Error::failed("The bytes that arrived at S3 are not those that were sent, twice.")
        }
        _ => Error::failed(format!("S3 refuses the request ({status}).{said}")),
    }
}

/// `2013-05-24T00:00:00Z` in milliseconds since 1970.
pub(crate) fn iso_ms(text: &str) -> Option<u64> {
    let since = humantime::parse_rfc3339(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}

impl Refusal {
    /// How far S3's clock is ahead of ours.
    pub(crate) fn clock_offset(server_ms: u64, unix_time: Duration) -> i64 {
        let ours = i64::try_from(unix_time.as_millis()).unwrap_or(i64::MAX);
        i64::try_from(server_ms).unwrap_or(i64::MAX).saturating_sub(ours)
    }
}
