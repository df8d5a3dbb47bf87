use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sign::ALGORITHM;
use crate::time::Stamp;
use crate::{MAX_EXPIRES_SECONDS, SignError, Signer};

/// What an upload by a form must satisfy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The form's field has this value.
    Equals(String, String),
    /// The form's field starts with this.
    StartsWith(String, String),
    /// The file has so many bytes, both ends included.
    Length(u64, u64),
}

/// The fields of a form that uploads a file by `POST` to the bucket's address. The file's own field, `file`, comes last. The signature is a secret
/// until it expires.
#[derive(Clone, PartialEq, Eq)]
pub struct PostPolicy {
    /// Names and values, in the order to write them.
    pub fields: Vec<(String, String)>,
}

impl Signer {
    /// The policy of a form upload of `key` to `bucket`. Every other field that the form will have needs a condition.
    ///
    /// # Errors
    /// [`SignError::Expires`] unless `expires_seconds` is 1 to 604,800.
    pub fn post_policy(
        &self,
        bucket: &str,
        key: &str,
        conditions: &[Condition],
        expires_seconds: u32,
        unix_seconds: u64,
    ) -> Result<PostPolicy, SignError> {
        if !(1..=MAX_EXPIRES_SECONDS).contains(&expires_seconds) {
            return Err(SignError::Expires(expires_seconds));
        }
        let stamp = Stamp::new(unix_seconds);
        let credential = format!("{}/{}", self.credentials().access_key_id(), self.scope(&stamp));
        let mut fields = vec![
            ("key".to_owned(), key.to_owned()),
            ("x-amz-algorithm".to_owned(), ALGORITHM.to_owned()),
            ("x-amz-credential".to_owned(), credential),
            ("x-amz-date".to_owned(), stamp.as_str().to_owned()),
        ];
        if let Some(token) = self.credentials().session_token() {
            fields.push(("x-amz-security-token".to_owned(), token.to_owned()));
        }
        let mut rules = vec![json!({ "bucket": bucket })];
        rules.extend(fields.iter().map(|(name, value)| json!({ name: value })));
        for condition in conditions {
            rules.push(match condition {
                Condition::Equals(field, value) => {
                    fields.push((field.clone(), value.clone()));
                    json!({ field: value })
                }
                Condition::StartsWith(field, prefix) => json!(["starts-with", format!("${field}"), prefix]),
                Condition::Length(min, max) => json!(["content-length-range", min, max]),
            });
        }
        let expiration = iso_8601(unix_seconds.saturating_add(expires_seconds.into()));
        let policy = json!({ "expiration": expiration, "conditions": Value::Array(rules) });
        let policy = STANDARD.encode(policy.to_string());
        let signature = self.key(&stamp).sign(&[policy.as_bytes()]);
        fields.push(("policy".to_owned(), policy));
        fields.push(("x-amz-signature".to_owned(), signature.as_str().to_owned()));
        Ok(PostPolicy { fields })
    }
}

/// `2013-05-24T00:00:00.000Z`
fn iso_8601(unix_seconds: u64) -> String {
    let stamp = Stamp::new(unix_seconds);
    let text = stamp.as_str();
    let at = |from: usize, to: usize| &text[from..to];
    format!("{}-{}-{}T{}:{}:{}.000Z", at(0, 4), at(4, 6), at(6, 8), at(9, 11), at(11, 13), at(13, 15))
}
