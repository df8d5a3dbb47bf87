//! Byte ranges (RFC 9110, section 14).

use std::ops::Range;

use http::header::RANGE;
use http::{HeaderMap, HeaderValue, Method};

/// One range of bytes as a client asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// From the first to the last byte, both included; the last is not before the first.
    Between(u64, u64),
    /// From this byte to the end.
    StartingAt(u64),
    /// The last n bytes; all of a shorter file.
    Last(u64),
}

/// What to answer to a request with or without a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// 200: all of it.
    Whole,
    /// 206: these bytes, never none; `end` is excluded.
    Part(Range<u64>),
    /// 416: no byte of the file is in the range.
    Unsatisfiable,
}

impl ByteRange {
    /// The range of a request: `None` when all of the file is to be sent, because there is no `Range`, the method is not `GET`, the header is
    /// malformed or of another unit, or it asks for several ranges, which a server may answer with the whole.
    #[must_use]
    pub fn requested(method: &Method, headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(RANGE).iter();
        let (value, None) = (values.next()?, values.next()) else { return None };
        if method != Method::GET {
            return None;
        }
        let (unit, ranges) = value.to_str().ok()?.split_once('=')?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        // A list may have empty elements.
        let mut ranges =
            ranges.split(',').map(|range| range.trim_matches([' ', '\t'])).filter(|range| !range.is_empty());
        let (range, None) = (ranges.next()?, ranges.next()) else { return None };
        let (first, last) = range.split_once('-')?;
        match (first, last) {
            ("", last) => Some(Self::Last(position(last)?)),
            (first, "") => Some(Self::StartingAt(position(first)?)),
            (first, last) => {
                let (first, last) = (position(first)?, position(last)?);
                (first <= last).then_some(Self::Between(first, last))
            }
        }
    }

    /// What this range is of a file of `size` bytes. Any range of an empty file is the whole: some clients put a range on
    /// every request, and a 416 for a file that is there and empty would mislead them.
    #[must_use]
    pub fn of(self, size: u64) -> Selection {
        if size == 0 {
            return Selection::Whole;
        }
        let part = match self {
            Self::Between(first, last) => first..last.saturating_add(1).min(size),
            Self::StartingAt(first) => first..size,
            Self::Last(count) => size.saturating_sub(count)..size,
        };
        if part.start < part.end { Selection::Part(part) } else { Selection::Unsatisfiable }
    }
}

/// What to answer to a request for a file of `size` bytes. Where the request has an `If-Range` that does not hold
/// ([`crate::conditional::if_range_holds`]), do not ask: send the whole.
#[must_use]
pub fn select(method: &Method, headers: &HeaderMap, size: u64) -> Selection {
    ByteRange::requested(method, headers).map_or(Selection::Whole, |range| range.of(size))
}

/// The `Content-Range` of a 206: `bytes 0-99/1000`. `part` is not empty.
#[must_use]
pub fn content_range(part: &Range<u64>, size: u64) -> HeaderValue {
    ascii(format!("bytes {}-{}/{size}", part.start, part.end.saturating_sub(1)))
}

/// The `Content-Range` of a 416: `bytes */1000`.
#[must_use]
pub fn content_range_unsatisfied(size: u64) -> HeaderValue {
    ascii(format!("bytes */{size}"))
}

fn ascii(text: String) -> HeaderValue {
    // Digits and punctuation always make a header value.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("bytes */*"))
}

/// A number of digits alone; one too large for 64 bits is as good as the largest, since no file is that long.
fn position(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}
