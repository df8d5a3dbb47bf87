//! What an operator sets.

use http::{HeaderMap, HeaderName, HeaderValue};
use sigv4::Credentials;
use upstream::{Error, Secret};

use crate::endpoint::Endpoint;

pub(crate) const BUCKET: &str = "s3_bucket_name";
pub(crate) const ACCESS_KEY_ID: &str = "aws_access_key_id";
pub(crate) const SECRET_ACCESS_KEY: &str = "aws_secret_access_key";
pub(crate) const SESSION_TOKEN: &str = "aws_session_token";
pub(crate) const REGION: &str = "aws_region";
pub(crate) const ENDPOINT_URL: &str = "s3_endpoint_url";
const FORCE_PATH_STYLE: &str = "s3_force_path_style";
pub(crate) const ENCRYPTION: &str = "s3_server_side_encryption";
pub(crate) const KMS_KEY_ID: &str = "s3_kms_key_id";

/// Every variable that [`Config::from_variables`] reads.
pub const VARIABLES: [&str; 9] = [
    BUCKET,
    ACCESS_KEY_ID,
    SECRET_ACCESS_KEY,
    SESSION_TOKEN,
    REGION,
    ENDPOINT_URL,
    FORCE_PATH_STYLE,
    ENCRYPTION,
    KMS_KEY_ID,
];

const DEFAULT_BUCKET: &str = "serene-relationship-mediator";
const DEFAULT_REGION: &str = "us-east-1";

/// Which bucket, where, with which key. Its `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub(crate) credentials: Credentials,
    /// The parts of the credentials that no error may show.
    pub(crate) secrets: Vec<Secret>,
    pub(crate) bucket: String,
    pub(crate) region: String,
    pub(crate) endpoint: Endpoint,
    encryption: Encryption,
}

/// What the bucket does to the bytes it keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Encryption {
    /// What the bucket does by itself.
    Bucket,
    /// S3's own keys.
    S3,
    /// A key of KMS; `None` is the account's managed one.
    Kms(Option<HeaderValue>),
}

impl Config {
    /// Reads the [`VARIABLES`]. White space around a value is dropped; an empty one counts as not set.
    ///
    /// # Errors
    /// `misconfigured` with the variable's name and what to set it to.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let get = |name: &str| get(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let bucket = get(BUCKET).unwrap_or_else(|| DEFAULT_BUCKET.to_owned());
        if !is_bucket_name(&bucket) {
            let rule = "is no bucket's name: those have 3 to 63 lower-case letters, digits, hyphens and dots, and begin and end with a letter or digit";
            return Err(wrong(BUCKET, rule, "the bucket that keeps Serene's files, without s3:// and path"));
        }
        let access_key_id = credential(&get, ACCESS_KEY_ID, "the id of an access key, such as AKIA…")?;
        if access_key_id.contains(['/', ',', '=']) {
            let rule = "holds characters that no key id has";
            return Err(wrong(ACCESS_KEY_ID, rule, "the id of an access key, such as AKIA…"));
        }
        let secret = credential(&get, SECRET_ACCESS_KEY, "the secret of the access key")?;
        let token = match get(SESSION_TOKEN) {
            Some(_) => {
                Some(credential(&get, SESSION_TOKEN, "the token of the session that the key is from")?)
            }
            None if access_key_id.starts_with("ASIA") => {
                let rule = "is not set, but the access key is one of a session (it begins with ASIA)";
                return Err(wrong(
                    SESSION_TOKEN,
                    rule,
                    "the session's token, or use a key that begins with AKIA",
                ));
            }
            None => None,
        };
        let region = get(REGION).unwrap_or_else(|| DEFAULT_REGION.to_owned());
        if !is_region(&region) {
            return Err(wrong(
                REGION,
                "is no region's name",
                "the bucket's region, such as eu-central-1 (R2: auto)",
            ));
        }
        let force = match get(FORCE_PATH_STYLE).as_deref() {
            None => None,
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(_) => {
                let to = "true for addresses such as https://host/bucket, false for https://bucket.host, or leave it unset to have it chosen";
                return Err(wrong(FORCE_PATH_STYLE, "is neither true nor false", to));
            }
        };
        let endpoint = Endpoint::new(get(ENDPOINT_URL).as_deref(), force, &bucket)?;
        let encryption = encryption(&get)?;
        let secrets = [Some(&secret), token.as_ref(), Some(&access_key_id)].into_iter().flatten();
        let secrets = secrets.map(Secret::new).collect();
        let credentials = Credentials::new(access_key_id, secret, token);
        Ok(Self { credentials, secrets, bucket, region, endpoint, encryption })
    }

    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The region that was set; the bucket's may turn out to be another.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The variable that the server's address comes from.
    pub(crate) const fn address_variable(&self) -> &'static str {
        if self.endpoint.is_aws() { REGION } else { ENDPOINT_URL }
    }

    /// Adds what a new object's request says of encryption.
    pub(crate) fn encrypt(&self, headers: &mut HeaderMap) {
        const ALGORITHM: HeaderName = HeaderName::from_static("x-amz-server-side-encryption");
        const KEY_ID: HeaderName = HeaderName::from_static("x-amz-server-side-encryption-aws-kms-key-id");
        match &self.encryption {
            Encryption::Bucket => {}
            Encryption::S3 => {
                headers.insert(ALGORITHM, HeaderValue::from_static("AES256"));
            }
            Encryption::Kms(key) => {
                headers.insert(ALGORITHM, HeaderValue::from_static("aws:kms"));
                if let Some(key) = key {
                    headers.insert(KEY_ID, key.clone());
                }
            }
        }
    }
}

fn credential(
    get: &impl Fn(&str) -> Option<String>,
    name: &'static str,
    what: &str,
) -> Result<String, Error> {
    let value = get(name).ok_or_else(|| Error::not_set(name, &format!("Set it to {what}.")))?;
    if !value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(wrong(name, "holds spaces or characters that no key has", what));
    }
    Ok(value)
}

fn encryption(get: &impl Fn(&str) -> Option<String>) -> Result<Encryption, Error> {
    let key = get(KMS_KEY_ID);
    let encryption = match get(ENCRYPTION).as_deref() {
        None | Some("none") => Encryption::Bucket,
        Some("AES256") => Encryption::S3,
        Some("aws:kms") => {
            let value = key.as_deref().map(HeaderValue::from_str).transpose();
            return value.map(Encryption::Kms).map_err(|_| {
                wrong(KMS_KEY_ID, "holds characters that no key id has", "the id, ARN or alias of a KMS key")
            });
        }
        Some(_) => {
            let to = "none (what the bucket does by itself), AES256 (S3's keys) or aws:kms (a key of KMS)";
            return Err(wrong(ENCRYPTION, "is no way of encryption", to));
        }
    };
    if key.is_some() {
        let rule = format!("is set, but {ENCRYPTION} is not aws:kms");
        return Err(wrong(KMS_KEY_ID, &rule, &format!("nothing, or set {ENCRYPTION} to aws:kms")));
    }
    Ok(encryption)
}

/// `<variable> <what is wrong with it>. Set it to <what>.`
pub(crate) fn wrong(variable: &'static str, rule: &str, to: &str) -> Error {
    Error::misconfigured(variable, format!("{variable} {rule}. Set it to {to}."))
}

fn is_bucket_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = |b: Option<&u8>| b.is_some_and(|b| plain(*b));
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|&b| plain(b) || b == b'-' || b == b'.')
        && ends(bytes.first())
        && ends(bytes.last())
        && !name.contains("..")
}

/// Also guards the regions that servers name: they become part of a host name.
pub(crate) fn is_region(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
