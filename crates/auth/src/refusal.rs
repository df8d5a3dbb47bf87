use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;
use http_api::problem::{Problem, ProblemKind};

use crate::Scope;
use crate::loopback::NotLocal;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Mode is `none`, and the request is not from this machine: 403.
    NotLocal(NotLocal),
    /// It needs credentials and has none: 401.
    NoCredentials,
    /// Its credentials are not valid, for the reason said: 401.
    Invalid(&'static str),
    /// Its credentials are valid and may not do this; a key of this scope may: 403.
    Scope(Scope),
    /// The user is no member of the relationship, whether or not there is such a relationship: 403.
    NotMember,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotLocal(reason) => Self::new(
                ProblemKind::Denied,
                format!(
                    "There is no authentication (auth_mode is none), so only this machine is served, and {reason}. To serve others, set \
                     SPIN_VARIABLE_AUTH_MODE to api-key or supabase."
                ),
            )
            .with_extension("variable", "auth_mode"),
            Refusal::NoCredentials => challenge(
                Self::new(
                    ProblemKind::Unauthorized,
                    "This needs credentials. Send an API key or your access token as: Authorization: Bearer <token>.",
                ),
                "Bearer realm=\"serene\"",
            ),
            // The reason goes into the body: RFC 6750 allows no word there that every reason keeps to.
            Refusal::Invalid(reason) => challenge(
                Self::new(ProblemKind::Unauthorized, reason),
                "Bearer realm=\"serene\", error=\"invalid_token\"",
            ),
            Refusal::Scope(scope) => challenge(
                Self::new(
                    ProblemKind::Denied,
                    format!("These credentials do not allow this. It needs an API key of the scope {scope}."),
                )
                .with_extension("scope", scope.as_str()),
                match scope {
                    Scope::Read => "Bearer realm=\"serene\", error=\"insufficient_scope\", scope=\"read\"",
                    Scope::Write => "Bearer realm=\"serene\", error=\"insufficient_scope\", scope=\"write\"",
                    Scope::Admin => "Bearer realm=\"serene\", error=\"insufficient_scope\", scope=\"admin\"",
                },
            ),
            Refusal::NotMember => {
                Self::new(ProblemKind::Denied, "You are not a member of this relationship, or there is none.")
            }
        }
    }
}

fn challenge(problem: Problem, challenge: &'static str) -> Problem {
    problem.with_header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}
