//! The keys that a project signs its users' tokens with. Its public ones are kept from request to request, for as long as the instance lives.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use auth::jwt::{Algorithm, Key, KeyCache, KeySet, Lookup, MAX_KEY_SET_BYTES, Unverified};
use auth::{Refusal, Supabase};
use http::{Request, StatusCode};
use http_api::problem::{Problem, ProblemKind};
use pipeline::stages::Call;
use stage_support::Wasi;
use upstream::{Error, ErrorKind, Platform as _, Policy, RequestBody, Upstream, Verdict};

use super::unavailable;
use crate::now_ms;

/// An answer from the edge takes milliseconds, and a request waits for it.
const POLICY: Policy = Policy {
    tries: 2,
    try_timeout: Duration::from_secs(5),
    max_answer_bytes: MAX_KEY_SET_BYTES,
    ..Policy::new("Supabase Auth")
};

thread_local! {
    /// With the address that they are from.
    static PUBLISHED: RefCell<(String, KeyCache)> = RefCell::default();
}

/// The key that a token is to be verified with.
pub async fn find(project: &Supabase, token: &Unverified<'_>, call: &Call) -> Result<Key, Problem> {
    if token.algorithm() == Algorithm::Hs256 {
        let refused =
            Refusal::Invalid("The access token is signed with a shared secret, which is not accepted here.");
        return project.secret.clone().ok_or_else(|| refused.into());
    }
    let (kid, algorithm) = (token.kid()?, token.algorithm());
    if let Some(found) = look_up(project, kid, algorithm) {
        return found;
    }
    let fetched = fetch(&project.jwks_url, call).await;
    PUBLISHED.with_borrow_mut(|(_, cache)| match &fetched {
        Ok(keys) => cache.fetched(keys.clone(), kid, algorithm, Wasi.monotonic()),
        Err(_) => cache.failed(Wasi.monotonic()),
    });
    let found = look_up(project, kid, algorithm);
    match (found, fetched) {
        (Some(Ok(key)), _) => Ok(key),
        (_, Err(error)) => Err(explain(&error)),
        (Some(refused), Ok(_)) => refused,
        // It took so long that it is time to fetch again.
        (None, Ok(_)) => Err(unavailable("The project's keys are being fetched. Try again.")),
    }
}

/// What the cache says; `None` to fetch.
fn look_up(project: &Supabase, kid: &str, algorithm: Algorithm) -> Option<Result<Key, Problem>> {
    PUBLISHED.with_borrow_mut(|(url, cache)| {
        if *url != project.jwks_url {
            (*url, *cache) = (project.jwks_url.clone(), KeyCache::default());
        }
        match cache.find(kid, algorithm, Wasi.monotonic()) {
            Lookup::Key(key) => Some(Ok(key.clone())),
            Lookup::Fetch => None,
            Lookup::Refused(refusal) => Some(Err(refusal.into())),
            Lookup::Unavailable(wait) => Some(Err(unavailable(
                "The keys that access tokens are verified with could not be fetched. Try again.",
            )
            .with_retry_after(wait))),
        }
    })
}

async fn fetch(url: &str, call: &Call) -> Result<KeySet, Error> {
    let left = Duration::from_millis(call.deadline_ms.saturating_sub(now_ms()));
    let call = upstream::Call::starting_now(&Wasi, left, call.traceparent.as_deref());
    let request = |_| {
        Request::get(url)
            .body(RequestBody::empty())
            .map_err(|_| Error::misconfigured("supabase_url", "supabase_url is no address."))
    };
    let upstream = Upstream::new(Rc::new(Wasi), POLICY, Vec::new());
    upstream
        .send(&call, request, |answer| {
            let failed = |what: String| Error::new(ErrorKind::Unavailable, what).with_status(answer.status);
            match answer.status {
                StatusCode::OK => match KeySet::read(&answer.body) {
                    Ok(keys) => Verdict::Done(keys),
                    Err(_) => {
                        Verdict::Fail(failed("What the project publishes is no set of keys.".to_owned()))
                    }
                },
                status if status.is_server_error() => {
                    Verdict::Retry(failed(format!("Supabase Auth answered {status}.")))
                }
                status => Verdict::Fail(failed(format!("Supabase Auth answered {status}."))),
            }
        })
        .await
}

fn explain(error: &Error) -> Problem {
    let detail =
        format!("The keys that access tokens are verified with cannot be fetched: {}", error.message);
    match error.kind {
        ErrorKind::Misconfigured => {
            Problem::new(ProblemKind::Misconfigured, detail).with_extension("variable", "supabase_url")
        }
        _ => unavailable(detail),
    }
}
