//! Where a bucket answers.

use http::Uri;
use sigv4::{encode_path, encode_query};
use upstream::Error;

use crate::config::{ENDPOINT_URL, wrong};

/// How requests are addressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// `None`: AWS.
    custom: Option<Custom>,
    path_style: bool,
}

/// A server that the operator named.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Custom {
    scheme: String,
    authority: String,
    /// What comes before every path: empty, or beginning with a slash and not ending with one.
    prefix: String,
}

impl Endpoint {
    /// Path style unless `force_path_style` says otherwise: at servers other than AWS, which seldom have a name for each bucket; and for buckets with
    /// dots, which AWS's certificate does not cover.
    pub(crate) fn new(
        url: Option<&str>,
        force_path_style: Option<bool>,
        bucket: &str,
    ) -> Result<Self, Error> {
        let custom = url.map(Custom::parse).transpose()?;
        let automatic = custom.is_some() || bucket.contains('.');
        Ok(Self { custom, path_style: force_path_style.unwrap_or(automatic) })
    }

    pub(crate) const fn is_aws(&self) -> bool {
        self.custom.is_none()
    }

    /// The address of a key, or of the bucket.
    pub(crate) fn uri(
        &self,
        bucket: &str,
        region: &str,
        key: Option<&str>,
        query: &[(&str, String)],
    ) -> Result<Uri, Error> {
        let (scheme, authority, prefix) = match &self.custom {
            Some(custom) => (custom.scheme.as_str(), custom.authority.clone(), custom.prefix.as_str()),
            None => ("https", aws(region), ""),
        };
        let mut uri = if self.path_style {
            format!("{scheme}://{authority}{prefix}/{bucket}")
        } else {
            format!("{scheme}://{bucket}.{authority}{prefix}")
        };
        if let Some(key) = key {
            uri.push('/');
            uri.push_str(&encode_path(key));
        } else if !self.path_style {
            uri.push('/');
        }
        if !query.is_empty() {
            uri.push('?');
            uri.push_str(&encode_query(query.iter().map(|(name, value)| (*name, value.as_str()))));
        }
        uri.parse()
            .map_err(|error| Error::failed(format!("The address of the object cannot be written: {error}.")))
    }
}

fn aws(region: &str) -> String {
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("s3.{region}.{suffix}")
}

impl Custom {
    fn parse(text: &str) -> Result<Self, Error> {
        let trimmed = text.trim_end_matches('/');
        let uri = trimmed.parse::<Uri>().ok().filter(|_| !trimmed.contains('#'));
        let uri = uri.filter(|uri| uri.query().is_none());
        let authority = uri.as_ref().and_then(Uri::authority).filter(|a| !a.as_str().contains('@'));
        let scheme = uri.as_ref().and_then(Uri::scheme_str).filter(|s| matches!(*s, "https" | "http"));
        let (Some(scheme), Some(authority), Some(uri)) = (scheme, authority, &uri) else {
            let to = "an address such as https://s3.example.com (scheme, host and path; no user, no query), or leave it unset for AWS";
            return Err(wrong(ENDPOINT_URL, "is no address of a server", to));
        };
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { scheme: scheme.to_owned(), authority: authority.as_str().to_owned(), prefix })
    }
}
