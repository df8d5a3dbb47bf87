//! The paths that Supabase Storage and its clients gave out.

use percent_encoding::percent_decode_str;

use crate::token::named_object;
use crate::{DocumentRef, Form, Kind, Location, PathError, Source};

/// The longest bucket name of Supabase Storage, in characters.
pub const MAX_STORAGE_BUCKET_CHARS: usize = 100;

/// The longest key read from an old path, in bytes: the S3 limit, which Supabase Storage shares.
pub const MAX_STORAGE_KEY_BYTES: usize = 1024;

/// Where the storage API stands on a Supabase host, custom domains and the local stack included.
const BASE: &str = "/storage/v1";

/// The routes after the base whose rest is `{bucket}/{key}`. One that begins another stands after it.
const OBJECT_ROUTES: [(&str, Form); 12] = [
    ("/object/info/public/", Form::InfoUrl),
    ("/object/info/authenticated/", Form::InfoUrl),
    ("/object/info/", Form::InfoUrl),
    ("/object/upload/sign/", Form::SignedUploadUrl),
    ("/object/public/", Form::PublicUrl),
    ("/object/sign/", Form::SignedUrl),
    ("/object/authenticated/", Form::AuthenticatedUrl),
    ("/object/", Form::ObjectUrl),
    ("/render/image/public/", Form::ImageUrl),
    ("/render/image/authenticated/", Form::ImageUrl),
    ("/render/image/sign/", Form::ImageUrl),
    ("/s3/", Form::S3Url),
];

/// What follows `/object/` in other routes and so is no bucket there.
const ROUTE_WORDS: [&str; 9] =
    ["public", "sign", "authenticated", "info", "upload", "list", "list-v2", "move", "copy"];

/// Where resumable (TUS) uploads go; their URLs hold an upload's id, not an object's name.
const UPLOADS: &str = "/upload/resumable";

/// Splits a URL's path, or a path without a host, off its query and fragment, and leaves the storage route. `None` when it is no storage
/// route: on a host the base may follow a proxy's own prefix, without a host it must come first.
pub(crate) fn route(path: &str, on_host: bool) -> Option<(&str, &str)> {
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let (path, rest) = path.split_at(end);
    let bare = ["/object/", "/render/image/", UPLOADS].iter().any(|start| path.starts_with(start));
    let route = if bare {
        path
    } else {
        let mut bases = path.match_indices(BASE).filter(|(at, _)| on_host || *at == 0);
        bases.find_map(|(at, _)| Some(&path[at + BASE.len()..]).filter(|route| route.starts_with('/')))?
    };
    Some((route, rest))
}

/// The object that a storage route names. `rest` is the query and fragment, which may hold a signed URL's token.
pub(crate) fn read_route(route: &str, rest: &str, kind: Option<Kind>) -> Result<Location, PathError> {
    if route.strip_prefix(UPLOADS).is_some_and(|after| after.is_empty() || after.starts_with('/')) {
        return Err(PathError::Upload);
    }
    let (form, name) = OBJECT_ROUTES
        .into_iter()
        .find_map(|(prefix, form)| Some((form, route.strip_prefix(prefix)?)))
        .ok_or(PathError::NoObject)?;
    let (bucket, key) = name.split_once('/').ok_or(PathError::NoObject)?;
    if form == Form::ObjectUrl && ROUTE_WORDS.contains(&bucket) {
        return Err(PathError::NoObject);
    }
    // Once and no more: a `%25` is a percent sign of the key. `+` is a plus, since this is a path and no form.
    let decode = |text| percent_decode_str(text).decode_utf8().map_err(|_| PathError::Encoding);
    let (bucket, key) = (decode(bucket)?, decode(key)?);
    let Some(named) = named_object(rest) else { return object(form, &bucket, &[&key], kind) };
    let Some((named_bucket, named_key)) = named.split_once('/') else {
        return object(form, &bucket, &[&key], kind);
    };
    if named_bucket != bucket {
        return Err(PathError::TokenMismatch);
    }
    object(form, &bucket, &[named_key, &key], kind)
}

/// An object of a storage bucket by what may be its key, the likeliest first.
pub(crate) fn object(
    form: Form,
    bucket: &str,
    keys: &[&str],
    kind: Option<Kind>,
) -> Result<Location, PathError> {
    if !bucket.is_empty() && !is_storage_bucket(bucket) {
        return Err(PathError::StorageName);
    }
    let mut candidates: Vec<String> = Vec::new();
    let mut documents = Vec::new();
    for key in keys {
        let collapsed = collapse(key);
        if bucket.is_empty() || collapsed.is_empty() {
            return Err(PathError::NoObject);
        }
        if key.len() > MAX_STORAGE_KEY_BYTES || !is_plain(key) {
            return Err(PathError::StorageName);
        }
        documents.push(document_of(bucket, &collapsed, kind));
        for key in [(*key).to_owned(), collapsed] {
            if !candidates.contains(&key) {
                candidates.push(key);
            }
        }
    }
    // A key that holds `?`, `#` or `%` may differ between path and token. No document's key does: there a difference is a forgery, and
    // to try one name after the other could read what belongs to someone else.
    documents.dedup();
    if documents.len() > 1 {
        return Err(PathError::TokenMismatch);
    }
    let source = Source::SupabaseStorage { bucket: bucket.to_owned(), candidates };
    Ok(Location { form, source, document: documents.pop().flatten() })
}

/// Whether this can be the name of a bucket of Supabase Storage: 1 to [`MAX_STORAGE_BUCKET_CHARS`] characters without slashes and control characters.
#[must_use]
pub fn is_storage_bucket(name: &str) -> bool {
    (1..=MAX_STORAGE_BUCKET_CHARS).contains(&name.chars().count())
        && !name.contains(['/', '\\'])
        && is_plain(name)
}

/// No control characters, and no segment that a URL parser would resolve away: a backslash is a slash to those.
fn is_plain(name: &str) -> bool {
    !name.chars().any(char::is_control)
        && name.split(['/', '\\']).all(|segment| !matches!(segment, "." | ".."))
}

/// What the upload client made of a key: no slash at the ends, none doubled. The clients' URLs keep them, so a URL can differ from the
/// key of the object it was made for.
fn collapse(key: &str) -> String {
    let segments: Vec<_> = key.split('/').filter(|segment| !segment.is_empty()).collect();
    segments.join("/")
}

/// The document that an object of the old storage is: by its key, by its key with the prefix of the row's kind, or by a bucket that was
/// named like a prefix.
fn document_of(bucket: &str, key: &str, kind: Option<Kind>) -> Option<DocumentRef> {
    let prefixed = |prefix: &str| DocumentRef::parse_key(&format!("{prefix}/{key}")).ok();
    DocumentRef::parse_key(key).ok().or_else(|| prefixed(kind?.prefix())).or_else(|| prefixed(bucket))
}
