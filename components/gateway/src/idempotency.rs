//! Requests with an `Idempotency-Key`: the key is claimed before any work, and what was answered once is answered again.
//!
//! Which requests are the same, and which answers last, is `http-api`'s to say; who works is `pipeline`'s.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderName, HeaderValue, StatusCode};
use http_api::idempotency::{self, BodyHasher, IDEMPOTENCY_REPLAYED};
use http_api::problem::{Problem, ProblemKind};
use http_api::routes::Operation;
use http_body_util::BodyExt;
use layout::RelationshipId;
use pipeline::{BodyDigest, KeptAnswer, KeyClaim, Keyed, KeyedRequest, MAX_ANSWER_BYTES};
use spin_sdk::http::{BoxBody, FullBody, Response, box_body};

use crate::request::Exchange;
use crate::{respond, routes};

/// Does what an operation asks for, once for each key.
pub async fn serve(operation: Operation, exchange: &mut Exchange) -> Result<Response<BoxBody>, Problem> {
    let Some(relationship) = operation.keyed_in().cloned() else {
        return routes::dispatch(operation, exchange).await;
    };
    let keyed = match idempotency::key(&exchange.parts.headers)? {
        Some(key) => claim(exchange, &relationship, key).await?,
        None => return routes::dispatch(operation, exchange).await,
    };
    match keyed {
        Keyed::Claimed(claim) => Ok(work(operation, exchange, &claim).await),
        Keyed::Answered { body, answer } => replay(exchange, &body, answer).await,
        Keyed::InProgress { retry_after_ms } => Err(in_use(retry_after_ms)),
        Keyed::Reused => Err(reused()),
    }
}

async fn claim(exchange: &Exchange, relationship: &RelationshipId, key: &str) -> Result<Keyed, Problem> {
    let url = exchange.parts.uri.path_and_query().map_or("/", |url| url.as_str());
    let target = format!("{} {url}", exchange.parts.method);
    let caller = exchange.caller().identity();
    let request = KeyedRequest { caller: &caller, relationship, key, target: &target };
    exchange.flows.claim_key(&exchange.call, &request).await.map_err(respond::error)
}

/// Does what is asked for and keeps the answer if it lasts.
async fn work(operation: Operation, exchange: &mut Exchange, claim: &KeyClaim) -> Response<BoxBody> {
    exchange.seed = Some(claim.seed());
    let passing = exchange.hash_body(hasher(exchange));
    let response = routes::dispatch(operation, exchange).await;
    let response = response.unwrap_or_else(|problem| exchange.problem(problem));
    if !idempotency::is_kept(response.status()) {
        give_back(exchange, claim).await;
        return response;
    }
    // What the operation did not read is a part of the request all the same.
    exchange.drain().await;
    let (parts, body) = response.into_parts();
    // The answers of these operations are whole in memory.
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let response = Response::from_parts(parts, body);
    match (passing.digest(), kept(&response)) {
        // The work is done whether or not that can be written down. If not, it is done again once the claim has run out, and finds everything there.
        (Some(digest), Some(answer)) => {
            let _ = exchange.flows.keep_answer(&exchange.call, claim, &digest, &answer).await;
        }
        _ => give_back(exchange, claim).await,
    }
    response.map(|body| box_body(FullBody::new(body)))
}

/// When that fails, the claim runs out by itself.
async fn give_back(exchange: &Exchange, claim: &KeyClaim) {
    let _ = exchange.flows.open_key(&exchange.call, claim).await;
}

/// An answer as it is kept; `None` for one that is too large.
fn kept(response: &Response<Bytes>) -> Option<KeptAnswer> {
    let body = String::from_utf8(response.body().to_vec()).ok()?;
    let value = |name: &HeaderName| response.headers().get(name)?.to_str().ok().map(str::to_owned);
    let headers = idempotency::kept_headers();
    let headers = headers.iter().filter_map(|name| Some((name.to_string(), value(name)?)));
    let answer = KeptAnswer { status: response.status().as_u16(), headers: headers.collect(), body };
    (answer.body.len() <= MAX_ANSWER_BYTES).then_some(answer)
}

/// Gives an answer again, to the same body. No more is read of another than tells that it is one.
async fn replay(
    exchange: &Exchange,
    expected: &BodyDigest,
    answer: KeptAnswer,
) -> Result<Response<BoxBody>, Problem> {
    let mut hasher = hasher(exchange);
    let mut body = exchange.body();
    while let Some(chunk) = body.next().await {
        hasher.update(&chunk.map_err(respond::error)?);
        if hasher.size() > expected.size {
            return Err(reused());
        }
    }
    let (sha256, size) = hasher.finish();
    if (BodyDigest { sha256, size }) != *expected {
        return Err(reused());
    }
    let unreadable = || Problem::new(ProblemKind::Internal, "The kept answer cannot be given again.");
    let status = StatusCode::from_u16(answer.status).map_err(|_| unreadable())?;
    let mut response = respond::bytes(status, "", answer.body);
    for (name, value) in answer.headers {
        let name = HeaderName::try_from(name).map_err(|_| unreadable())?;
        response.headers_mut().insert(name, HeaderValue::try_from(value).map_err(|_| unreadable())?);
    }
    response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// What takes the hash of the request's body.
fn hasher(exchange: &Exchange) -> BodyHasher {
    let boundary = exchange.header("content-type").and_then(|value| upload_form::boundary(value).ok());
    BodyHasher::new(boundary.as_deref())
}

fn in_use(retry_after_ms: u64) -> Problem {
    let detail = "The first request with this Idempotency-Key is not done yet, or broke off. Send it again a little later, with the same key.";
    Problem::new(ProblemKind::IdempotencyKeyInUse, detail)
        .with_retry_after(Duration::from_millis(retry_after_ms))
}

fn reused() -> Problem {
    let detail = "This Idempotency-Key came with another request before: another method, path, query or body. Use a new key for a new request.";
    Problem::new(ProblemKind::IdempotencyKeyReused, detail)
}
