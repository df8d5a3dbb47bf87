use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::Refusal;

/// Longer credentials are refused unread: what servers and proxies take of a header.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// The request's bearer credentials (RFC 6750, section 2.1). The query is no place for any: it ends up in logs.
///
/// # Errors
/// [`Refusal::Invalid`] for another scheme, for more than one header, and for what is no token.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).into_iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refusal::Invalid("The request has more than one Authorization header."));
    }
    if value.len() > MAX_TOKEN_BYTES {
        return Err(Refusal::Invalid("The credentials are longer than any that are accepted."));
    }
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' '))
    });
    match token {
        Some(token) if is_token(token) => Ok(Some(token)),
        _ => Err(Refusal::Invalid("The Authorization header is not of the form: Bearer <token>.")),
    }
}

/// `b64token` of RFC 6750.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b))
}
