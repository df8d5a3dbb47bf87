//! The token of a Supabase signed URL, read for the name it holds.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The `{bucket}/{key}` that the token in a signed URL's query names, already decoded by the server that signed it.
///
/// `rest` is everything after the path. The Python client leaves `?` and `#` in keys as they are, so the token may stand behind a second `?`
/// or in what looks like a fragment: the last `token=` counts. The signature is not checked and need not be: the token
/// grants nothing here, it only spells a name. A string that is no token gives `None`.
pub(crate) fn named_object(rest: &str) -> Option<String> {
    let token = rest.rsplit(['?', '&', '#']).find_map(|pair| pair.strip_prefix("token="))?;
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let payload: serde_json::Value = serde_json::from_slice(&payload).ok()?;
    Some(payload.get("url")?.as_str()?.to_owned())
}
