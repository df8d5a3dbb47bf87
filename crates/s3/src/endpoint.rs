use http::Uri;
use sigv4::{encode_path, encode_query};
use upstream::Error;

use crate::Config;

impl Config {
    /// The address of a key, or of the bucket when there is none, in a region.
    pub(crate) fn uri(&self, region: &str, key: Option<&str>, query: &[(&str, &str)]) -> Result<Uri, Error> {
        let (scheme, host, base) = match &self.endpoint {
            Some((scheme, authority, path)) => (scheme.as_str(), authority.clone(), path.as_str()),
            None => ("https", aws_host(region), ""),
        };
        let bucket = &self.bucket;
        let mut text = if self.path_style {
            format!("{scheme}://{host}{base}/{bucket}/")
        } else {
            format!("{scheme}://{bucket}.{host}{base}/")
        };
        text.push_str(&key.map(encode_path).unwrap_or_default());
        if !query.is_empty() {
            text.push('?');
            text.push_str(&encode_query(query.iter().copied()));
        }
        // Only a key far over the limit makes a URI that cannot be.
        text.parse().map_err(|_| Error::invalid("The key is too long for a URL."))
    }
}

fn aws_host(region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("s3.{region}.{domain}")
}
