//! What an operator sets.

use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use sigv4::Credentials;
use upstream::{Error, Secret};

const BUCKET: &str = "s3_bucket_name";
const KEY_ID: &str = "aws_access_key_id";
const SECRET_KEY: &str = "aws_secret_access_key";
const TOKEN: &str = "aws_session_token";
pub(crate) const REGION: &str = "aws_region";
const ENDPOINT: &str = "s3_endpoint_url";
const PATH_STYLE: &str = "s3_force_path_style";
const ENCRYPTION: &str = "s3_server_side_encryption";
const KMS_KEY: &str = "s3_kms_key_id";

/// The variables that an object store reads.
pub const VARIABLES: [&str; 9] =
    [BUCKET, KEY_ID, SECRET_KEY, TOKEN, REGION, ENDPOINT, PATH_STYLE, ENCRYPTION, KMS_KEY];

const DEFAULT_BUCKET: &str = "serene-relationship-mediator";
const DEFAULT_REGION: &str = "us-east-1";

/// How S3 encrypts what it keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// As the bucket says; AWS then uses keys of its own.
    BucketDefault,
    /// With S3's own keys.
    Aes256,
    /// With a key of KMS: the named one, or the account's for S3.
    Kms(Option<String>),
}

/// Which bucket, how to reach it, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The bucket.
    pub bucket: String,
    /// The region it is taken to be in.
    pub region: String,
    pub(crate) credentials: Credentials,
    /// A store other than AWS: scheme, authority, and a path without a slash at its end.
    pub(crate) endpoint: Option<(String, String, String)>,
    pub(crate) path_style: bool,
    pub(crate) encryption: Encryption,
}

impl Config {
    /// Reads [`VARIABLES`]; an empty value counts as not set.
    ///
    /// # Errors
    /// `misconfigured`, naming the variable and what to set.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let get =
            |name: &str| get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let required = |name: &str, what: &str| {
            get(name).ok_or_else(|| {
                let message =
                    format!("{name} is not set: S3 needs {what}. Set SPIN_VARIABLE_{}.", name.to_uppercase());
                Error::misconfigured(name, message)
            })
        };
        let bucket = get(BUCKET).unwrap_or_else(|| DEFAULT_BUCKET.to_owned());
        if !is_bucket(&bucket) {
            return Err(wrong(
                BUCKET,
                "a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens",
            ));
        }
        let region = get(REGION).unwrap_or_else(|| DEFAULT_REGION.to_owned());
        if !region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Err(wrong(REGION, "a region is written like eu-central-1"));
        }
        let key_id = required(KEY_ID, "an access key")?;
        let secret_key = required(SECRET_KEY, "the access key's secret")?;
        let token = get(TOKEN);
        let visible = |text: &str| text.bytes().all(|b| b.is_ascii_graphic());
        for (name, text) in [(KEY_ID, Some(&key_id)), (TOKEN, token.as_ref())] {
            if text.is_some_and(|text| !visible(text)) {
                return Err(wrong(name, "it holds characters that no header can carry"));
            }
        }
        let endpoint = get(ENDPOINT).map(|url| endpoint(&url)).transpose()?;
        // A bucket's dots do not fit the certificate of AWS; other stores seldom serve buckets as hosts.
        let default_style = endpoint.is_some() || bucket.contains('.');
        let path_style = match get(PATH_STYLE).as_deref() {
            None => default_style,
            Some("true") => true,
            Some("false") => false,
            Some(_) => return Err(wrong(PATH_STYLE, "it is true or false")),
        };
        let kms_key = get(KMS_KEY);
        let encryption = match get(ENCRYPTION).as_deref() {
            None | Some("none") => Encryption::BucketDefault,
            Some("AES256") => Encryption::Aes256,
            Some("aws:kms") => Encryption::Kms(kms_key.clone()),
            Some(_) => return Err(wrong(ENCRYPTION, "it is none, AES256 or aws:kms")),
        };
        if kms_key.is_some_and(|key| !matches!(encryption, Encryption::Kms(_)) || !visible(&key)) {
            return Err(wrong(KMS_KEY, "it names a key of KMS, for s3_server_side_encryption = aws:kms"));
        }
        let credentials = Credentials::new(key_id, secret_key, token);
        Ok(Self { bucket, region, credentials, endpoint, path_style, encryption })
    }

    /// Adds what a write says of encryption. Reads must not say it.
    pub(crate) fn encrypt(&self, headers: &mut HeaderMap) {
        const ALGORITHM: HeaderName = HeaderName::from_static("x-amz-server-side-encryption");
        const KEY: HeaderName = HeaderName::from_static("x-amz-server-side-encryption-aws-kms-key-id");
        match &self.encryption {
            Encryption::BucketDefault => {}
            Encryption::Aes256 => {
                headers.insert(ALGORITHM, HeaderValue::from_static("AES256"));
            }
            Encryption::Kms(key) => {
                headers.insert(ALGORITHM, HeaderValue::from_static("aws:kms"));
                if let Some(Ok(key)) = key.as_deref().map(HeaderValue::from_str) {
                    headers.insert(KEY, key);
                }
            }
        }
    }

    /// What no error may show.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        let token = self.credentials.session_token().map(Secret::new);
        [Some(Secret::new(self.credentials.secret_access_key())), token].into_iter().flatten().collect()
    }
}

fn wrong(name: &str, why: &str) -> Error {
    let message = format!("{name} cannot be used: {why}. Set SPIN_VARIABLE_{}.", name.to_uppercase());
    Error::misconfigured(name, message)
}

fn is_bucket(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|b| inner(*b))
        && edge(bytes.first())
        && edge(bytes.last())
        && !name.contains("..")
}

fn endpoint(url: &str) -> Result<(String, String, String), Error> {
    let refuse = || wrong(ENDPOINT, "it is the address of an S3 API, such as https://s3.example.com");
    let uri: Uri = url.parse().map_err(|_| refuse())?;
    let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme)).ok_or_else(refuse)?;
    let authority = uri.authority().map(Authority::as_str).ok_or_else(refuse)?;
    if authority.contains('@') || uri.query().is_some() {
        return Err(refuse());
    }
    Ok((scheme.to_owned(), authority.to_owned(), uri.path().trim_end_matches('/').to_owned()))
}
