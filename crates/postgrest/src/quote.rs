//! PostgREST's grammar: what must be quoted where.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A value inside a list or a logic expression. Outside of them everything after the operator is taken as it stands.
pub(crate) fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
    text
}

/// A regular expression of Postgres for texts that start with `prefix`. `like` will not do: PostgREST makes every `*` in it a `%`.
pub(crate) fn starts_with(prefix: &str) -> String {
    let mut pattern = String::from("^");
    for c in prefix.chars() {
        if matches!(c, '\\' | '^' | '$' | '.' | '[' | ']' | '|' | '(' | ')' | '?' | '*' | '+' | '{' | '}') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// A query string of these parameters.
pub(crate) fn query<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = String::new();
    for (name, value) in parameters {
        query.push(if query.is_empty() { '?' } else { '&' });
        query.extend(utf8_percent_encode(name, ENCODED));
        query.push('=');
        query.extend(utf8_percent_encode(value, ENCODED));
    }
    query
}

/// How long a value is in a query.
pub(crate) fn sent_bytes(value: &str) -> usize {
    utf8_percent_encode(value, ENCODED).map(str::len).sum()
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    /// PostgREST's own reading of a quoted value.
    fn unquoted(text: &str) -> Option<String> {
        let inner = text.strip_prefix('"')?.strip_suffix('"')?;
        let mut value = String::new();
        let mut chars = inner.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => return None,
                '\\' => value.push(chars.next()?),
                c => value.push(c),
            }
        }
        Some(value)
    }

    proptest! {
        #[test]
        fn a_quoted_value_reads_as_the_value(value in ".{0,20}|[\"\\\\,.:*()]{0,8}") {
            prop_assert_eq!(unquoted(&quoted(&value)), Some(value));
        }

        #[test]
        fn a_query_holds_one_parameter_whatever_the_value(value in ".{0,20}|[&=#%+ ]{0,8}") {
            let query = query([("a", value.as_str())]);
            let sent = query.strip_prefix("?a=");
            prop_assert!(sent.is_some_and(|sent| !sent.contains(['&', '=', '#', '+', ' '])));
            let back = sent.map(|sent| percent_decode_str(sent).decode_utf8_lossy().into_owned());
            prop_assert_eq!(back, Some(value));
        }
    }

    #[test]
    fn no_character_of_a_prefix_is_a_wildcard() {
        assert_eq!(starts_with("a.*%_\\"), "^a\\.\\*%_\\\\");
    }
}
