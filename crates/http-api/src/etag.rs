//! Entity tags (RFC 9110, section 8.8.3).

use std::fmt;
use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

/// The most tags read from one list; a longer list is malformed.
pub const MAX_TAGS: usize = 256;

/// An entity tag: an opaque name of one version of a file's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntityTag {
    weak: bool,
    opaque: String,
}

/// A string that is no entity tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an entity tag looks like \"abc\" or W/\"abc\", without spaces, quotes or control characters inside")]
pub struct EntityTagError;

impl EntityTag {
    /// A strong tag: the bytes are the same whenever the tag is. `opaque` comes without quotes.
    ///
    /// # Errors
    /// When it holds a quote, a space, a control character or a character outside ASCII.
    pub fn strong(opaque: impl Into<String>) -> Result<Self, EntityTagError> {
        let opaque = opaque.into();
        if !opaque.bytes().all(is_etagc) {
            return Err(EntityTagError);
        }
        Ok(Self { weak: false, opaque })
    }

    /// The tag without quotes and weakness.
    #[must_use]
    pub fn opaque(&self) -> &str {
        &self.opaque
    }

    /// Equal and both strong: the bytes are the same.
    #[must_use]
    pub fn strong_eq(&self, other: &Self) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    /// Equal, weak or not: as good as the same.
    #[must_use]
    pub fn weak_eq(&self, other: &Self) -> bool {
        self.opaque == other.opaque
    }

    /// The value of an `ETag` header.
    #[must_use]
    pub fn to_header(&self) -> HeaderValue {
        // Every tag consists of visible ASCII, so the value always fits.
        HeaderValue::try_from(self.to_string()).unwrap_or(HeaderValue::from_static("\"\""))
    }
}

/// The `etagc` of the grammar, but ASCII only: a header value with other bytes is not text in every client.
const fn is_etagc(byte: u8) -> bool {
    byte == b'!' || matches!(byte, b'#'..=b'~')
}

impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\"{}\"", if self.weak { "W/" } else { "" }, self.opaque)
    }
}

impl FromStr for EntityTag {
    type Err = EntityTagError;

    fn from_str(text: &str) -> Result<Self, EntityTagError> {
        let (weak, quoted) = text.strip_prefix("W/").map_or((false, text), |rest| (true, rest));
        let opaque =
            quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(EntityTagError)?;
        Self::strong(opaque).map(|tag| Self { weak, ..tag })
    }
}

/// What an `If-Match` or `If-None-Match` header holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntityTags {
    /// `*`: whatever there is.
    Any,
    /// One of these.
    Tags(Vec<EntityTag>),
    /// No such list. It matches nothing that can be known.
    Malformed,
}

impl EntityTags {
    /// Reads a header of a request; `None` when it has none. Several headers of one name are one list.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap, name: &HeaderName) -> Option<Self> {
        let mut values = headers.get_all(name).iter().peekable();
        values.peek()?;
        let mut list = String::new();
        for value in values {
            let Ok(text) = value.to_str() else { return Some(Self::Malformed) };
            list.push_str(text);
            list.push(',');
        }
        Some(Self::parse(&list))
    }

    fn parse(list: &str) -> Self {
        let blank = |c| matches!(c, ' ' | '\t' | ',');
        let mut rest = list.trim_matches(blank);
        if rest == "*" {
            return Self::Any;
        }
        let mut tags = Vec::new();
        while !rest.is_empty() {
            // A comma may stand inside the quotes, so the end is the second quote.
            let mut quotes = rest.match_indices('"').map(|(at, _)| at);
            let (Some(_), Some(end)) = (quotes.next(), quotes.next()) else { return Self::Malformed };
            let (tag, after) = rest.split_at(end + 1);
            let next = after.trim_start_matches([' ', '\t']);
            let (Ok(tag), true) = (tag.parse(), next.is_empty() || next.starts_with(',')) else {
                return Self::Malformed;
            };
            tags.push(tag);
            if tags.len() > MAX_TAGS {
                return Self::Malformed;
            }
            rest = next.trim_start_matches(blank);
        }
        if tags.is_empty() { Self::Malformed } else { Self::Tags(tags) }
    }
}
