//! Files by their path, whole or in part, and by signed URLs.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_api::conditional::{Current, Verdict, evaluate, if_range_holds};
use http_api::content_disposition::download_headers;
use http_api::etag::EntityTag;
use http_api::problem::{Problem, ProblemKind};
use http_api::range::{Selection, content_range, content_range_unsatisfied, select};
use http_api::routes::Permission;
use layout::{DocumentRef, Kind, Location, PathContext};
use pipeline::stages::{
    ByteRange, GetOptions, ObjectInfo, ObjectStore, SignedMethod, Stages, WriteCondition,
};
use pipeline::{ErrorKind, FilePut, Settings, Stage};
use serde::Deserialize;
use serde_json::json;
use spin_sdk::http::{BoxBody, Response};

use super::{Answer, unmigrated};
use crate::request::Exchange;
use crate::{pipe, respond};

/// The file that the query's `path` names, in any of its forms; `kind` completes a path that lacks its prefix. The caller has the permission in its
/// relationship.
pub async fn named(exchange: &mut Exchange, permission: Permission) -> Result<DocumentRef, Problem> {
    let query = exchange.query(&["path", "kind"])?;
    let path = query.get("path").ok_or_else(|| {
        Problem::new(ProblemKind::Invalid, "The query needs a 'path', such as ?path=transcripts/r1/c1.json.")
    })?;
    locate(exchange, path, query.get("kind").map(String::as_str), permission).await
}

/// The only way from a path in a request to a file: through its relationship's door.
async fn locate(
    exchange: &mut Exchange,
    path: &str,
    kind: Option<&str>,
    permission: Permission,
) -> Result<DocumentRef, Problem> {
    let invalid =
        |detail: String| Problem::new(ProblemKind::Invalid, detail).with_extension("parameter", "path");
    let kind = kind
        .map(|name| name.parse::<Kind>().map_err(|_| invalid(format!("There is no kind '{name}'."))))
        .transpose()?;
    let Settings { bucket, storage_bucket, .. } = &exchange.config.settings;
    let context = PathContext { bucket, kind, storage_bucket: storage_bucket.as_deref() };
    let location = Location::read(path, &context).map_err(|e| invalid(format!("{e}.")))?;
    let file = location
        .document
        .ok_or_else(|| invalid("The path names no document of the bucket layout.".to_owned()))?;
    exchange.permit(file.relationship(), permission).await?;
    Ok(file)
}

/// Sends a file, or the part asked for, or what makes sending needless.
pub async fn send(exchange: &Exchange, file: &DocumentRef) -> Answer {
    let info = match exchange.flows.head_file(&exchange.call, file).await {
        Ok(info) => info,
        Err(error) if error.kind == ErrorKind::NotFound => {
            return unmigrated::send(exchange, file, error).await;
        }
        Err(error) => return Err(respond::error(error)),
    };
    let current = current(&info)?;
    let headers = &exchange.parts.headers;
    match evaluate(&exchange.parts.method, headers, Some(&current)) {
        Verdict::Proceed => {}
        Verdict::NotModified => return Ok(empty(StatusCode::NOT_MODIFIED, validators(&current))),
        Verdict::Failed => return Err(precondition_failed()),
    }
    let mut sent = validators(&current);
    sent.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    sent.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    let name = info.key.rsplit('/').next().unwrap_or_default();
    sent.extend(download_headers(&info.content_type, name).map(|(name, value)| (Some(name), value)));
    let selection = if if_range_holds(headers, &current) {
        select(&exchange.parts.method, headers, info.size)
    } else {
        Selection::Whole
    };
    let (status, range, length) = match selection {
        Selection::Whole => (StatusCode::OK, None, info.size),
        Selection::Part(part) => {
            sent.insert(CONTENT_RANGE, content_range(&part, info.size));
            let range = ByteRange::Between(part.start, part.end - 1);
            (StatusCode::PARTIAL_CONTENT, Some(range), part.end - part.start)
        }
        Selection::Unsatisfiable => {
            let detail = format!("The file has {} bytes, and none of them is in the range.", info.size);
            return Err(Problem::new(ProblemKind::RangeNotSatisfiable, detail)
                .with_header(CONTENT_RANGE, content_range_unsatisfied(info.size)));
        }
    };
    if exchange.head {
        sent.insert(CONTENT_LENGTH, info.size.into());
        return Ok(empty(status, sent));
    }
    let read = GetOptions { range, if_match: Some(info.etag) };
    let object = exchange.flows.get_file(&exchange.call, file, read).await.map_err(respond::error)?;
    if object.length != length {
        let message =
            format!("The store opened {} bytes of a file where {length} were asked for.", object.length);
        return Err(respond::error(pipeline::Error::failed(message).at(Stage::ObjectStore)));
    }
    sent.insert(CONTENT_LENGTH, length.into());
    let mut response = Response::new(pipe::outgoing(object.body).await.map_err(respond::error)?);
    *response.status_mut() = status;
    *response.headers_mut() = sent;
    Ok(response)
}

/// Stores a file as it is.
pub async fn store(exchange: &mut Exchange, file: &DocumentRef) -> Answer {
    let limit = exchange.config.max_file_bytes;
    let size = exchange.content_length();
    if size.is_some_and(|size| size > limit) {
        return Err(respond::error(pipeline::Error::too_large("The file, in bytes,", limit, size)));
    }
    let before = match exchange.flows.head_file(&exchange.call, file).await {
        Ok(info) => Some(info),
        Err(error) if error.kind == ErrorKind::NotFound => None,
        Err(error) => return Err(respond::error(error)),
    };
    let known = before.as_ref().map(current).transpose()?;
    if evaluate(&Method::PUT, &exchange.parts.headers, known.as_ref()) != Verdict::Proceed {
        return Err(precondition_failed());
    }
    let conditional =
        ["if-match", "if-none-match"].iter().any(|name| exchange.parts.headers.contains_key(*name));
    // The store checks again in the moment of the write, so that no other writer slips in between.
    let condition = match &before {
        _ if !conditional => WriteCondition::Always,
        Some(info) => WriteCondition::Matches(info.etag.clone()),
        None => WriteCondition::Absent,
    };
    let content_type = exchange.header("content-type").unwrap_or("application/octet-stream").to_owned();
    let put = FilePut { body: exchange.body(), size, content_type, condition };
    let info =
        exchange.flows.put_file(&exchange.call, file, put).await.map_err(|error| match error.kind {
            ErrorKind::Conflict if conditional && error.stage.is_some() => precondition_failed(),
            _ => respond::error(error),
        })?;
    let status = if before.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let mut response = respond::json(
        status,
        &json!({
            "path": file.stored_path(&exchange.config.settings.bucket), "size": info.size, "sha256": info.sha256, "etag": info.etag,
        }),
    );
    response.headers_mut().extend(validators(&current(&info)?));
    Ok(response)
}

pub async fn delete(exchange: &Exchange, file: &DocumentRef) -> Answer {
    exchange.flows.delete_file(&exchange.call, file).await.map_err(respond::error)?;
    Ok(respond::no_content())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignRequest {
    path: String,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default = "get")]
    method: String,
    #[serde(default)]
    expires_in: Option<u32>,
}

/// How long a URL lives when the request does not say.
const SIGNED_URL_SECONDS: u32 = 900;

fn get() -> String {
    "GET".to_owned()
}

/// Makes a signed URL.
pub async fn sign(exchange: &mut Exchange) -> Answer {
    let body: SignRequest = exchange.json(None).await?;
    let (method, permission) = match body.method.as_str() {
        "GET" => (SignedMethod::Get, Permission::Read),
        "PUT" => (SignedMethod::Put, Permission::Write),
        other => {
            let detail = format!("A URL can be signed for GET or PUT, not for '{other}'.");
            return Err(Problem::new(ProblemKind::Invalid, detail));
        }
    };
    let longest = exchange.config.max_signed_url_seconds;
    let seconds = body.expires_in.unwrap_or(SIGNED_URL_SECONDS.min(longest));
    if !(1..=longest).contains(&seconds) {
        let detail = format!("A signed URL lives for 1 to {longest} seconds, not for {seconds}.");
        return Err(Problem::new(ProblemKind::Invalid, detail).with_extension("limit", longest));
    }
    let file = locate(exchange, &body.path, body.kind.as_deref(), permission).await?;
    if method == SignedMethod::Get
        && let Err(error) = exchange.flows.head_file(&exchange.call, &file).await
        && error.kind == ErrorKind::NotFound
        && let Some(unmigrated) =
            exchange.flows.unmigrated(&exchange.call, &file).await.map_err(respond::error)?
    {
        // The store can only sign for what is its own.
        return Err(respond::error(unmigrated));
    }
    let signed =
        exchange.flows.file_url(&exchange.call, &file, method, seconds).await.map_err(respond::error)?;
    let headers: serde_json::Map<_, _> = signed.headers.iter().map(|(n, v)| (n.clone(), json!(v))).collect();
    let value = json!({
        "url": absolute(exchange, &signed.url),
        "method": body.method,
        "expires_at": timestamp(signed.expires_ms),
        "headers": headers,
    });
    let mut response = respond::json(StatusCode::OK, &value);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

pub async fn send_presigned(exchange: &Exchange) -> Answer {
    let file = redeem(exchange, SignedMethod::Get).await?;
    send(exchange, &file).await
}

pub async fn store_presigned(exchange: &mut Exchange) -> Answer {
    let file = redeem(exchange, SignedMethod::Put).await?;
    store(exchange, &file).await
}

/// The file that the request's own signed URL grants.
async fn redeem(exchange: &Exchange, method: SignedMethod) -> Result<DocumentRef, Problem> {
    let url = exchange.parts.uri.path_and_query().map_or("/", |url| url.as_str());
    let objects = exchange.flows.stages().objects();
    let key = objects.redeem(&exchange.call, method, url).await.map_err(respond::error)?;
    DocumentRef::parse_key(&key).map_err(|e| Problem::new(ProblemKind::Invalid, format!("{e}.")))
}

/// A store's URL as the client can use it.
pub fn absolute(exchange: &Exchange, url: &str) -> String {
    if url.starts_with('/') { format!("{}{url}", exchange.origin()) } else { url.to_owned() }
}

/// A moment in RFC 3339.
pub fn timestamp(ms: u64) -> String {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_millis(ms)).to_string()
}

fn current(info: &ObjectInfo) -> Result<Current, Problem> {
    let etag = EntityTag::strong(info.etag.clone()).map_err(|_| {
        Problem::new(ProblemKind::Failed, "The object store gave an etag that is none.")
            .with_stage("object-store")
    })?;
    Ok(Current { etag, modified: UNIX_EPOCH.checked_add(Duration::from_millis(info.modified_ms)) })
}

fn validators(current: &Current) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ETAG, current.etag.to_header());
    if let Some(modified) = current.modified
        && let Ok(value) = HeaderValue::try_from(httpdate::fmt_http_date(modified))
    {
        headers.insert(LAST_MODIFIED, value);
    }
    headers
}

fn empty(status: StatusCode, headers: HeaderMap) -> Response<BoxBody> {
    let mut response = respond::bytes(status, "", Bytes::new());
    *response.headers_mut() = headers;
    response
}

pub fn precondition_failed() -> Problem {
    Problem::new(
        ProblemKind::PreconditionFailed,
        "The file is not in the state that the request's conditions ask for. Read it again.",
    )
}
