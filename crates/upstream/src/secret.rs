use std::fmt;

/// What stands in the place of a secret.
pub const REDACTED: &str = "[redacted]";

/// The shortest secret that is looked for in texts: anything shorter would redact ordinary words.
const MIN_BYTES: usize = 6;

/// A key, token or password. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret; white space around it (a variable's last newline) is dropped.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim().to_owned())
    }

    /// The secret itself, for the header or signature it is meant for.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// Query parameters that make a URL a secret.
const SIGNED: [&str; 4] = ["X-Amz-Signature=", "X-Amz-Credential=", "X-Amz-Security-Token=", "token="];

/// A provider's text without the secrets and without URLs' signatures.
pub(crate) fn redact(text: &str, secrets: &[Secret]) -> String {
    let mut clean = text.to_owned();
    for Secret(secret) in secrets.iter().filter(|secret| secret.0.len() >= MIN_BYTES) {
        for form in forms(secret) {
            if clean.contains(&form) {
                clean = clean.replace(&form, REDACTED);
            }
        }
    }
    for name in SIGNED {
        clean = redact_parameter(&clean, name);
    }
    clean
}

/// How a secret may stand in a text: as it is, and as in the two ways to write a JSON string, of which one escapes slashes.
fn forms(secret: &str) -> [String; 3] {
    let json = secret.replace('\\', r"\\").replace('"', r#"\""#);
    let slashed = json.replace('/', r"\/");
    [secret.to_owned(), json, slashed]
}

fn redact_parameter(text: &str, name: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, after) = rest.split_at(at + name.len());
        clean.push_str(before);
        clean.push_str(REDACTED);
        let ends = |c: char| c == '&' || c == '"' || c == '\'' || c == '<' || c == '>' || c.is_whitespace();
        rest = after.find(ends).map_or("", |end| &after[end..]);
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_a_secret() {
        assert_eq!(format!("{:?}", Secret::new("sk-very-secret\n")), REDACTED);
    }

    #[test]
    fn secrets_and_signatures_leave_a_text() {
        let secrets = [Secret::new("sk-very-secret"), Secret::new("abc")];
        let text =
            "key sk-very-secret is wrong for https://s3/x?X-Amz-Signature=0a1b&x=2, \"token=ey.J\" abc";
        let clean = redact(text, &secrets);
        assert_eq!(
            clean,
            "key [redacted] is wrong for https://s3/x?X-Amz-Signature=[redacted]&x=2, \"token=[redacted]\" abc"
        );
    }

    #[test]
    fn a_secret_in_json_is_found() {
        let secrets = [Secret::new(r#"a/b"c\d/e"#)];
        for json in [r#"{"key": "a/b\"c\\d/e"}"#, r#"{"key": "a\/b\"c\\d\/e"}"#] {
            assert_eq!(redact(json, &secrets), r#"{"key": "[redacted]"}"#);
        }
    }
}
