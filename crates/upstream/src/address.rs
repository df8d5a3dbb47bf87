use http::Uri;

/// A provider's address as an operator gives it, without the slash at its end; `None` unless it is an http or https URL without user, query and fragment.
#[must_use]
pub fn address(text: &str) -> Option<&str> {
    let trimmed = text.trim_end_matches('/');
    let uri: Uri = trimmed.parse().ok()?;
    let is_address = matches!(uri.scheme_str(), Some("https" | "http"))
        && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
        && uri.query().is_none()
        && !trimmed.contains('#');
    is_address.then_some(trimmed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_an_address_is_one_without_its_last_slash() {
        for text in ["https://api.example.com/v1", "http://127.0.0.1:9000", "https://[::1]:9000"] {
            assert_eq!(address(text), Some(text));
            assert_eq!(address(&format!("{text}/")), Some(text));
        }
        for text in [
            "",
            "api.example.com",
            "ftp://api.example.com",
            "https://me:secret@host/v1",
            "https://host/v1?x=1",
            "https://host/#x",
        ] {
            assert_eq!(address(text), None, "{text}");
        }
    }
}
