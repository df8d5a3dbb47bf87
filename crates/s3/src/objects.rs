//! Head, delete and list.

use http::header::CONTENT_LENGTH;
use upstream::{Call, Error, ErrorKind, Platform};

use crate::client::{Ask, Client};
use crate::multipart::not_s3;
use crate::object::{UNKNOWN_TYPE, unquoted};
use crate::time::iso_8601;
use crate::xml::Element;
use crate::{ObjectInfo, Operation, check};

const MAX_PAGE: u32 = 1000;
const MAX_CURSOR_BYTES: usize = 4096;

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPage {
    /// In ascending order of the keys' bytes. S3 lists no content type, metadata or hash: the first is `application/octet-stream` here, the
    /// others are left out.
    pub objects: Vec<ObjectInfo>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<String>,
}

impl<P: Platform> Client<P> {
    /// What S3 knows of an object.
    ///
    /// # Errors
    /// `not-found`, also where the bucket is missing: S3 tells no more to a HEAD. S3's.
    pub async fn head(&self, call: &Call, key: &str) -> Result<ObjectInfo, Error> {
        check::key(key)?;
        self.head_with_id(call, key).await.map(|(info, _)| info)
    }

    pub(crate) async fn head_with_id(
        &self,
        call: &Call,
        key: &str,
    ) -> Result<(ObjectInfo, Option<String>), Error> {
        let ask = Ask::of_key(Operation::HeadObject, key).header("x-amz-checksum-mode", "ENABLED");
        self.ask(call, &ask, |received| {
            let size = received.header(CONTENT_LENGTH.as_str()).and_then(|size| size.parse().ok());
            let size = size.ok_or_else(|| not_s3("HeadObject"))?;
            Ok(ObjectInfo::read(key, size, &received.headers))
        })
        .await
    }

    /// Removes an object. Removing what is not there succeeds.
    ///
    /// # Errors
    /// S3's.
    pub async fn delete(&self, call: &Call, key: &str) -> Result<(), Error> {
        check::key(key)?;
        let ask = Ask::of_key(Operation::DeleteObject, key);
        match self.ask(call, &ask, |_| Ok(())).await {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// The objects whose keys start with `prefix`, at most `limit` (1 to 1,000) a page.
    ///
    /// # Errors
    /// `invalid` for a limit out of bounds or a cursor that is none of this bucket's; S3's.
    pub async fn list(
        &self,
        call: &Call,
        prefix: &str,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<ObjectPage, Error> {
        check::prefix(prefix)?;
        if !(1..=MAX_PAGE).contains(&limit) {
            return Err(Error::invalid("A page has 1 to 1,000 objects.")
                .with("limit", MAX_PAGE.to_string())
                .with("actual", limit.to_string()));
        }
        let mut ask = Ask::of_bucket(Operation::ListObjectsV2)
            .query("list-type", "2")
            .query("encoding-type", "url")
            .query("max-keys", limit.to_string());
        if !prefix.is_empty() {
            ask = ask.query("prefix", prefix);
        }
        if let Some(cursor) = cursor {
            if cursor.is_empty() || cursor.len() > MAX_CURSOR_BYTES {
                return Err(wrong_cursor());
            }
            ask = ask.query("continuation-token", cursor);
        }
        let page = self.ask(call, &ask, |received| {
            let root = Element::parse(&received.body).filter(|root| root.name() == "ListBucketResult");
            root.as_ref().and_then(page).ok_or_else(|| not_s3("ListObjectsV2"))
        });
        page.await.map_err(|error| match error.extra("provider-code") {
            Some("InvalidArgument") if cursor.is_some() => wrong_cursor(),
            _ => error,
        })
    }
}

fn wrong_cursor() -> Error {
    Error::invalid(
        "The cursor is none of this bucket's. Give it as the page before returned it, or leave it out.",
    )
}

fn page(root: &Element) -> Option<ObjectPage> {
    let encoded = root.text("EncodingType") == Some("url");
    let object = |contents: &Element| {
        let key = contents.text("Key")?;
        let modified = contents.text("LastModified").and_then(iso_8601).unwrap_or_default();
        Some(ObjectInfo {
            key: if encoded { decode(key)? } else { key.to_owned() },
            size: contents.text("Size")?.trim().parse().ok()?,
            etag: unquoted(contents.text("ETag").unwrap_or_default()),
            content_type: UNKNOWN_TYPE.to_owned(),
            modified_ms: u64::try_from(modified.as_millis()).unwrap_or(u64::MAX),
            sha256: None,
            metadata: Vec::new(),
        })
    };
    let objects = root.all("Contents").map(object).collect::<Option<Vec<_>>>()?;
    let truncated = root.text("IsTruncated") == Some("true");
    let next = root.text("NextContinuationToken").filter(|token| truncated && !token.is_empty());
    // A page that says that there is more, but not where, would end a listing early in silence.
    if truncated && next.is_none() {
        return None;
    }
    Some(ObjectPage { objects, next: next.map(str::to_owned) })
}

/// A key as `encoding-type=url` writes it: percent-encoded, a space as `+`.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                bytes.extend_from_slice(&hex::decode(digits).ok()?);
                rest = after;
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_decoded_and_spaces_are_pluses() {
        assert_eq!(decode("a+b%2Bc%C3%A9/d"), Some("a b+cé/d".to_owned()));
        for wrong in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_key_is_decoded_as_it_was(key in ".{0,40}") {
            prop_assert_eq!(decode(&sigv4::encode_path(&key)), Some(key));
        }
    }
}
