//! Listing objects.

use http::Method;
use percent_encoding::percent_decode_str;
use upstream::{Call, Error, Platform, Verdict};

use crate::exchange::Operation;
use crate::object::unquoted;
use crate::refusal::iso_ms;
use crate::xml::Element;
use crate::{ObjectInfo, S3};

const MAX_LIMIT: u32 = 1000;

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// By ascending key; without media types and metadata, which listings do not hold.
    pub objects: Vec<ObjectInfo>,
    /// Where the next page starts.
    pub next: Option<String>,
}

impl<P: Platform> S3<P> {
    /// Lists the objects whose keys start with a prefix, up to `limit` (1 to 1,000) a page.
    ///
    /// # Errors
    /// `invalid` for another limit; those of the service.
    pub async fn list(
        &self,
        call: &Call,
        prefix: &str,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page, Error> {
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Error::invalid(format!("A page has 1 to {MAX_LIMIT} objects, not {limit}.")));
        }
        let limit = limit.to_string();
        // Without the encoding, a key with a control character makes XML that nobody can read.
        let mut query =
            vec![("list-type", "2"), ("encoding-type", "url"), ("max-keys", &limit), ("prefix", prefix)];
        query.extend(cursor.map(|cursor| ("continuation-token", cursor)));
        let operation = Operation::new(Method::GET, None, &query);
        self.send(call, &operation, |answer| {
            Element::parse(&answer.body)
                .filter(|root| root.name == "ListBucketResult")
                .and_then(|root| page(&root))
                .map_or_else(
                    || Verdict::Retry(Error::failed("S3's listing cannot be read: it is cut off or no XML.")),
                    Verdict::Done,
                )
        })
        .await
    }
}

fn page(root: &Element) -> Option<Page> {
    let encoded = root.text("EncodingType") == Some("url");
    let mut objects = Vec::new();
    for content in root.all("Contents") {
        let key = content.text("Key")?;
        objects.push(ObjectInfo {
            key: if encoded { decode(key)? } else { key.to_owned() },
            size: content.text("Size")?.parse().ok()?,
            etag: unquoted(content.text("ETag").unwrap_or_default()),
            content_type: String::new(),
            modified_ms: content.text("LastModified").and_then(iso_ms).unwrap_or_default(),
            sha256: None,
            metadata: Vec::new(),
        });
    }
    let truncated = root.text("IsTruncated") == Some("true");
    let next = root.text("NextContinuationToken").filter(|token| truncated && !token.is_empty());
    Some(Page { objects, next: next.map(ToOwned::to_owned) })
}

/// A key as listings encode it: like a form, with `+` for a space.
fn decode(key: &str) -> Option<String> {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_with_its_keys_decoded() {
        let xml = br#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><IsTruncated>true</IsTruncated>
            <EncodingType>url</EncodingType><NextContinuationToken>1+/=</NextContinuationToken>
            <Contents><Key>a%2B+b%C3%A9/c%0A</Key><LastModified>2013-05-24T00:00:01.000Z</LastModified><ETag>&quot;0a-2&quot;</ETag><Size>7</Size></Contents>
            </ListBucketResult>"#;
        let page = page(&Element::parse(xml).expect("XML")).expect("a page");
        assert_eq!(page.next.as_deref(), Some("1+/="));
        let object = &page.objects[0];
        assert_eq!((object.key.as_str(), object.size, object.etag.as_str()), ("a+ bé/c\n", 7, "0a-2"));
        assert_eq!(object.modified_ms, 1_369_353_601_000);
    }
}
