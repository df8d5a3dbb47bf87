//! What S3's refusals mean. Source: "Error responses" of the S3 API reference.

use std::time::Duration;

use http::StatusCode;
use upstream::{Error, ErrorKind, Received, Words};

use crate::Operation;
use crate::config::{
    ACCESS_KEY_ID, BUCKET, ENDPOINT_URL, KMS_KEY_ID, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN,
};
use crate::time::{http_date, iso_8601};
use crate::xml::Element;

/// The most that is repeated of a code or an id, in characters. S3's longest, the extended request id, has about 80.
const MAX_NAME: usize = 128;

/// An answer that says no.
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// Empty where there is none, as in every answer to a HEAD.
    pub(crate) code: String,
    words: Words,
    request_id: Option<String>,
    /// What AWS's support asks for beside the request's id.
    extended_id: Option<String>,
    pub(crate) region: Option<String>,
    /// Since 1970, by the server's clock.
    pub(crate) server_time: Option<Duration>,
    /// The size of the object, for a range that holds none of its bytes.
    size: Option<String>,
}

/// Whether the same request may be sent again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    Never,
    Once,
    Always,
}

impl Refusal {
    pub(crate) fn read(received: &Received) -> Self {
        let body = Element::parse(&received.body).filter(|root| root.name() == "Error").unwrap_or_default();
        let of = |name: &str| body.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
        let header = |name: &str| received.header(name).map(str::to_owned);
        let cut = |text: String| text.chars().take(MAX_NAME).collect::<String>();
        let id = |name: &str, element: &str| Some(cut(header(name).or_else(|| of(element))?));
        let size = header("content-range").and_then(|r| Some(r.strip_prefix("bytes */")?.to_owned()));
        Self {
            status: received.status,
            code: cut(of("Code").unwrap_or_default()),
            words: received.words(body.text("Message").unwrap_or_default()),
            request_id: id("x-amz-request-id", "RequestId"),
            extended_id: id("x-amz-id-2", "HostId"),
            region: header("x-amz-bucket-region").or_else(|| of("Region")),
            server_time: of("ServerTime")
                .and_then(|time| iso_8601(&time))
                .or_else(|| http_date(received.header("date")?)),
            size: size.or_else(|| of("ActualObjectSize")).filter(|size| size.parse::<u64>().is_ok()),
        }
    }

    /// Whether S3 says that the bucket is in another region than the one signed for.
    pub(crate) fn is_wrong_region(&self, operation: Operation) -> bool {
        let status = self.status.as_u16();
        match self.code.as_str() {
            "PermanentRedirect" | "TemporaryRedirect" => true,
            "AuthorizationHeaderMalformed" => self.region.is_some(),
            "IllegalLocationConstraintException" => operation != Operation::CreateBucket,
            "" if operation.method() == http::Method::HEAD => matches!(status, 301 | 307 | 400),
            _ => matches!(status, 301 | 307),
        }
    }

    /// Whether S3 finds the time of the signature too far from its own; told by the clock itself where an answer has no body.
    pub(crate) fn is_wrong_clock(&self, signed_at: Duration) -> bool {
        const SUSPICIOUS: Duration = Duration::from_secs(14 * 60);
        match self.code.as_str() {
            // R2 says the second.
            "RequestTimeTooSkewed" | "ExpiredRequest" => true,
            "" => {
                self.status == StatusCode::FORBIDDEN
                    && self.server_time.is_some_and(|server| server.abs_diff(signed_at) > SUSPICIOUS)
            }
            _ => false,
        }
    }

    /// The error a caller gets, and whether to try again before.
    pub(crate) fn judge(&self, operation: Operation, bucket: &str, key: Option<&str>) -> (Error, Repeat) {
        let rule = rule(&self.code, self.status, operation);
        let status = self.status.as_u16();
        let name = operation.name();
        let place = key.map_or_else(|| format!("bucket {bucket}"), |key| format!("{key} in bucket {bucket}"));
        let code = if self.code.is_empty() { String::new() } else { format!(" {}", self.code) };
        let mut message = format!("S3 answered {name} of {place} with {status}{code}");
        let words = self.words.as_str().trim_end_matches('.');
        if !words.is_empty() {
            message.push_str(": ");
            message.push_str(words);
        }
        message.push_str(". ");
        message.push_str(rule.advice);
        let mut error = Error::new(rule.kind, message).with_status(self.status);
        let reason =
            (self.code == "InvalidRange" || status == 416).then(|| "range-not-satisfiable".to_owned());
        let facts = [
            ("provider-code", Some(self.code.clone()).filter(|code| !code.is_empty())),
            ("request-id", self.request_id.clone()),
            ("extended-request-id", self.extended_id.clone()),
            ("variable", rule.variable.map(str::to_owned)),
            ("reason", reason),
            ("size", self.size.clone()),
        ];
        for (name, value) in facts {
            if let Some(value) = value {
                error = error.with(name, value);
            }
        }
        (error, rule.repeat)
    }
}

struct Rule {
    kind: ErrorKind,
    repeat: Repeat,
    variable: Option<&'static str>,
    advice: &'static str,
}

const fn rule_of(kind: ErrorKind, repeat: Repeat, advice: &'static str) -> Rule {
    Rule { kind, repeat, variable: None, advice }
}

const fn set(variable: &'static str, advice: &'static str) -> Rule {
    Rule { kind: ErrorKind::Misconfigured, repeat: Repeat::Never, variable: Some(variable), advice }
}

fn rule(code: &str, status: StatusCode, operation: Operation) -> Rule {
    use ErrorKind as Kind;
    const LATER: &str = "Try again later.";
    const KEY: &str = "Set aws_access_key_id and aws_secret_access_key to a key that this server knows.";
    match code {
        "SlowDown" | "SlowDownRead" | "SlowDownWrite" | "TooManyRequests" => {
            rule_of(Kind::RateLimited, Repeat::Always, "Send fewer requests, then try again.")
        }
        "RequestTimeout" => rule_of(Kind::TimedOut, Repeat::Always, "The bytes came too slowly. Try again."),
        "InternalError" | "ServiceUnavailable" | "OperationAborted" | "XMinioServerNotInitialized" => {
            rule_of(Kind::Unavailable, Repeat::Always, LATER)
        }
        // The parts of an upload that lost a race are gone; everything else can be sent as it was.
        "ConditionalRequestConflict" if operation == Operation::CompleteMultipartUpload => rule_of(
            Kind::Conflict,
            Repeat::Never,
            "Another write came first. Read the object, then put it again.",
        ),
        "ConditionalRequestConflict" => {
            rule_of(Kind::Conflict, Repeat::Always, "Another write came first. Read the object, then decide.")
        }
        "BadDigest" | "XAmzContentSHA256Mismatch" | "IncompleteBody" => rule_of(
            Kind::Failed,
            Repeat::Once,
            "The bytes arrived damaged, twice. Check the network between, then try again.",
        ),
        // Whoever puts the object again begins another upload.
        "NoSuchUpload" => rule_of(
            Kind::Unavailable,
            Repeat::Never,
            "The upload was dropped on the way, such as by a rule of the bucket. Put the object again.",
        ),
        "InvalidPart" | "InvalidPartOrder" | "EntityTooSmall" => rule_of(
            Kind::Failed,
            Repeat::Never,
            "The server does not have the parts as they were sent. Put the object again; if it fails again, check the server at s3_endpoint_url.",
        ),
        "PreconditionFailed" => rule_of(
            Kind::Conflict,
            Repeat::Never,
            "The object is not in the state that was required. Read it, then decide.",
        ),
        "InvalidObjectState" => {
            rule_of(Kind::Conflict, Repeat::Never, "The object is archived. Restore it, then read it.")
        }
        "InvalidAccessKeyId" | "NotSignedUp" | "Unauthorized" => set(ACCESS_KEY_ID, KEY),
        "SignatureDoesNotMatch" => set(
            SECRET_ACCESS_KEY,
            "Set aws_secret_access_key to the secret that belongs to aws_access_key_id.",
        ),
        "ExpiredToken" | "InvalidToken" | "TokenRefreshRequired" => {
            set(SESSION_TOKEN, "Set aws_session_token, with its key, to those of a session that is alive.")
        }
        "RequestTimeTooSkewed" | "ExpiredRequest" => rule_of(
            Kind::Misconfigured,
            Repeat::Never,
            "Set this machine's clock: it differs from the server's by more than 15 minutes.",
        ),
        "AuthorizationHeaderMalformed"
        | "PermanentRedirect"
        | "TemporaryRedirect"
        | "IllegalLocationConstraintException" => set(
            REGION,
            "Set aws_region to the bucket's region. A bucket made just now may take some minutes.",
        ),
        "NoSuchBucket" => {
            set(BUCKET, "Make the bucket (serene doctor --fix), or set s3_bucket_name to one that is there.")
        }
        "InvalidBucketName" => set(BUCKET, "Set s3_bucket_name to a valid name."),
        "BucketAlreadyExists" => {
            set(BUCKET, "The name belongs to another account. Set s3_bucket_name to another.")
        }
        "NoSuchKey" | "NoSuchVersion" => rule_of(Kind::NotFound, Repeat::Never, "There is no such object."),
        "InvalidRange" => rule_of(Kind::Invalid, Repeat::Never, "The range holds no byte of the object."),
        "KeyTooLongError" => rule_of(Kind::Invalid, Repeat::Never, "Use a shorter key."),
        "EntityTooLarge" => {
            rule_of(Kind::TooLarge, Repeat::Never, "The object is larger than this server takes.")
        }
        "NotImplemented" => set(
            ENDPOINT_URL,
            "This server cannot do what was asked: check s3_endpoint_url, and s3_server_side_encryption if it is set.",
        ),
        code if code.starts_with("KMS.") => {
            set(KMS_KEY_ID, "Set s3_kms_key_id to a key that is enabled and that this access key may use.")
        }
        _ => by_status(status),
    }
}

fn by_status(status: StatusCode) -> Rule {
    use ErrorKind as Kind;
    match status.as_u16() {
        301 | 307 => set(
            REGION,
            "Set aws_region to the bucket's region, or s3_endpoint_url to the server's own address.",
        ),
        401 => set(
            ACCESS_KEY_ID,
            "Set aws_access_key_id and aws_secret_access_key to a key that this server knows.",
        ),
        403 => rule_of(
            Kind::Denied,
            Repeat::Never,
            "Grant the access key the rights of the policy in deploy/iam. Without s3:ListBucket, S3 says so of missing objects, too.",
        ),
        404 => rule_of(Kind::NotFound, Repeat::Never, "There is no such object."),
        409 => rule_of(Kind::Conflict, Repeat::Never, "Read the state again, then decide."),
        412 => rule_of(
            Kind::Conflict,
            Repeat::Never,
            "The object is not in the state that was required. Read it, then decide.",
        ),
        413 => rule_of(Kind::TooLarge, Repeat::Never, "This is more than the server takes."),
        416 => rule_of(Kind::Invalid, Repeat::Never, "The range holds no byte of the object."),
        429 => rule_of(Kind::RateLimited, Repeat::Always, "Send fewer requests, then try again."),
        500 | 502 | 503 => rule_of(Kind::Unavailable, Repeat::Always, "Try again later."),
        504 => rule_of(Kind::TimedOut, Repeat::Always, "Try again later."),
        _ => rule_of(
            Kind::Failed,
            Repeat::Never,
            "Check aws_region, aws_session_token and s3_endpoint_url; the request itself is never retried as it is.",
        ),
    }
}
