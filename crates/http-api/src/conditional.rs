//! Preconditions (RFC 9110, section 13).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderName, Method};

use crate::etag::{EntityTag, EntityTags};

/// What is known of the version that is there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// Its entity tag.
    pub etag: EntityTag,
    /// When it was written; compared in whole seconds, as HTTP dates have them.
    pub modified: Option<SystemTime>,
}

/// What the preconditions say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They hold: do what was asked for.
    Proceed,
    /// The client has this version already: answer 304 with the same `ETag` and no body.
    NotModified,
    /// They do not hold: answer 412 and change nothing.
    Failed,
}

/// Evaluates a request's `If-Match`, `If-Unmodified-Since`, `If-None-Match` and `If-Modified-Since` in the order of section 13.2.2.
/// `current` is `None` when nothing is there.
///
/// A malformed date is ignored, as the standard says. A malformed list of tags is taken the safe way, of which the
/// standard does not speak: it lets a `GET` or `HEAD` through unless it stands in `If-Match`, and stops anything that would change a file.
#[must_use]
pub fn evaluate(method: &Method, headers: &HeaderMap, current: Option<&Current>) -> Verdict {
    let reading = matches!(*method, Method::GET | Method::HEAD);
    if let Some(tags) = EntityTags::from_headers(headers, &IF_MATCH) {
        // Strong comparison: a weak tag does not protect the bytes.
        let holds = match (tags, current) {
            (EntityTags::Any, current) => current.is_some(),
            (EntityTags::Tags(tags), Some(current)) => tags.iter().any(|tag| tag.strong_eq(&current.etag)),
            _ => false,
        };
        if !holds {
            return Verdict::Failed;
        }
    } else if let (Some(limit), Some(modified)) = (date(headers, &IF_UNMODIFIED_SINCE), modified(current))
        && modified > limit
    {
        return Verdict::Failed;
    }

    let known = if reading { Verdict::NotModified } else { Verdict::Failed };
    if let Some(tags) = EntityTags::from_headers(headers, &IF_NONE_MATCH) {
        let matches = match (tags, current) {
            (EntityTags::Any, current) => current.is_some(),
            (EntityTags::Tags(tags), Some(current)) => tags.iter().any(|tag| tag.weak_eq(&current.etag)),
            (EntityTags::Tags(_), None) => false,
            (EntityTags::Malformed, _) => !reading,
        };
        if matches {
            return known;
        }
    } else if reading
        && let (Some(limit), Some(modified)) = (date(headers, &IF_MODIFIED_SINCE), modified(current))
        && modified <= limit
    {
        return Verdict::NotModified;
    }
    Verdict::Proceed
}

/// Whether a `Range` header may be obeyed as far as `If-Range` is concerned: when there is none, or when it names this very version by a
/// strong tag. A date never does: a file can change twice in the second that a date stands for, and a client would join
/// parts of two versions. It gets the whole file instead, which is always right.
#[must_use]
pub fn if_range_holds(headers: &HeaderMap, current: &Current) -> bool {
    let mut values = headers.get_all(IF_RANGE).iter();
    match (values.next(), values.next()) {
        (None, _) => true,
        (Some(value), None) => value
            .to_str()
            .ok()
            .and_then(|text| text.trim().parse::<EntityTag>().ok())
            .is_some_and(|tag| tag.strong_eq(&current.etag)),
        (Some(_), Some(_)) => false,
    }
}

/// The one date in a header; `None` when there is none, more than one, or no valid one.
fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    let mut values = headers.get_all(name).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    httpdate::parse_http_date(value.to_str().ok()?).ok()
}

/// When the version was written, cut to whole seconds.
fn modified(current: Option<&Current>) -> Option<SystemTime> {
    let since_epoch = current?.modified?.duration_since(UNIX_EPOCH).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(since_epoch.as_secs()))
}
