//! Who asks, and what that allows.

use super::refusal::Refusal;
use crate::supabase::jwt;

/// Who asks.
pub(super) enum Caller {
    /// Past every policy.
    Service,
    /// With a token of another role: what policies allow, and there are none.
    Other,
    /// Without a token, or with one that is not right; why.
    Unknown(&'static str),
}

impl Caller {
    pub(super) fn of(bearer: Option<&str>, jwt_secret: &str) -> Self {
        match bearer.map(|token| jwt::verify(jwt_secret, token)) {
            Some(Ok(claims)) if claims["role"] == "service_role" => Self::Service,
            Some(Ok(_)) => Self::Other,
            Some(Err(why)) => Self::Unknown(why),
            None => Self::Unknown("Invalid Compact JWS"),
        }
    }

    /// A route that takes tokens only.
    pub(super) fn require_token(&self) -> Result<(), Refusal> {
        match self {
            Self::Unknown(why) => Err(Refusal::denied(why)),
            _ => Ok(()),
        }
    }

    /// What needs a policy, or none to need.
    pub(super) fn require_service(&self) -> Result<(), Refusal> {
        self.require_token()?;
        match self {
            Self::Service => Ok(()),
            _ => Err(Refusal::denied("new row violates row-level security policy")),
        }
    }
}
