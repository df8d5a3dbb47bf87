//! Origins of `http` and `https` (RFC 6454): a scheme, a host and perhaps a port.

use http::Uri;

/// A text is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it must be an origin: http:// or https://, a host and perhaps a port, such as https://serene.example.com"
)]
pub struct NoOrigin;

/// The origin that a text names, without the slash that it may end in.
///
/// # Errors
/// For any other text: without a scheme, with a path, a query, a fragment or a user.
pub fn parse(text: &str) -> Result<String, NoOrigin> {
    let uri: Uri = text.parse().map_err(|_| NoOrigin)?;
    let (scheme, authority) = uri.scheme_str().zip(uri.authority()).ok_or(NoOrigin)?;
    let origin = format!("{scheme}://{authority}");
    let has_port = authority.as_str().len() > authority.host().len();
    let is_origin = matches!(scheme, "http" | "https")
        && !authority.host().is_empty()
        && !authority.as_str().contains('@')
        && (!has_port || authority.port_u16().is_some())
        && text.strip_suffix('/').unwrap_or(text).eq_ignore_ascii_case(&origin);
    if is_origin { Ok(origin) } else { Err(NoOrigin) }
}
