//! Who sends a request and whether they may: decided before the request's body is read.
//!
//! `auth` decides; here is fetched what it decides by: the project's public keys and the rows of `relationship_members`.

mod keys;
mod members;
mod share;

use auth::jwt::Unverified;
use auth::{Caller, Decision, Mode, Refusal, Settings, Supabase, User, bearer, decide, loopback};
use http::request::Parts;
use http_api::problem::{Problem, ProblemKind};
use http_api::routes::{Access, Permission};
use layout::RelationshipId;
use pipeline::stages::Call;

use crate::now_ms;
use crate::stages::Composed;

pub use share::{check_rate, place};

/// Who sends the request. What is anyone's is let through without a look at its credentials, so that none can be tried there for free.
pub async fn authenticate(
    settings: &Settings,
    request: &Parts,
    access: &Access<'_>,
    call: &Call,
) -> Result<Caller, Problem> {
    if settings.mode == Mode::None {
        loopback::check(request).map_err(Refusal::NotLocal)?;
        return Ok(Caller::Local);
    }
    if matches!(access, Access::Anyone | Access::SignedUrl) {
        return Ok(Caller::Anonymous);
    }
    let Some(credentials) = bearer(&request.headers)? else { return Ok(Caller::Anonymous) };
    if let Some(key) = settings.api_keys.find(credentials) {
        return Ok(Caller::Service(key.clone()));
    }
    match &settings.supabase {
        Some(project) => Ok(Caller::User(user(project, credentials, call).await?)),
        None => Err(Refusal::Invalid("This API key is not in use.").into()),
    }
}

async fn user(project: &Supabase, credentials: &str, call: &Call) -> Result<User, Problem> {
    let token = Unverified::read(credentials)?;
    let key = keys::find(project, &token, call).await?;
    Ok(token.verify(&key, &project.rules, now_ms() / 1000)?)
}

/// Lets the caller go on, or says why not.
pub async fn authorise(
    caller: &Caller,
    access: &Access<'_>,
    stages: &Composed,
    call: &Call,
) -> Result<(), Problem> {
    match decide(caller, access)? {
        Decision::Allow => Ok(()),
        Decision::IfMember(user, relationship) => {
            if members::is_member(user, relationship, stages, call).await? {
                return Ok(());
            }
            Err(Refusal::NotMember.into())
        }
    }
}

/// The call with which the caller's work in a relationship is done. What a user only reads is read with the user's own token, so that row-level
/// security decides once more; the ledger is written by nobody but the service.
pub fn call_for(caller: &Caller, relationship: &RelationshipId, permission: Permission, call: &Call) -> Call {
    let caller_token = match (caller, permission) {
        (Caller::User(user), Permission::Read) => Some(user.token.clone()),
        _ => None,
    };
    Call { relationship: Some(relationship.to_string()), caller_token, ..call.clone() }
}

/// Nothing can be decided now; it can be tried again.
fn unavailable(detail: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Unavailable, detail)
}
