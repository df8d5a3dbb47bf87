use thiserror::Error;

use crate::{Bucket, BucketError, DocumentRef, Form, KeyError, Kind, ObjectKey, supabase};

/// Longer paths are refused unread: a key has at most 1,024 bytes, three times that when encoded, and a signed URL adds a token.
pub const MAX_PATH_BYTES: usize = 8 * 1024;

/// What is known of a path before it is read.
#[derive(Clone, Copy, Debug)]
pub struct PathContext<'a> {
    /// The bucket this program reads and writes.
    pub bucket: &'a Bucket,
    /// The kind of document whose row holds the path. Completes a path that lacks its prefix; does not override one that has it.
    pub kind: Option<Kind>,
    /// The Supabase Storage bucket that older programs used with the path's column: without it, a bare path outside the layout and
    /// `{bucket}/{path}` cannot be read.
    pub storage_bucket: Option<&'a str>,
}

/// Where an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In our bucket.
    ObjectStore {
        /// Its key.
        key: ObjectKey,
    },
    /// In the Supabase Storage of an older program.
    SupabaseStorage {
        /// Its bucket: 1 to [`MAX_STORAGE_BUCKET_CHARS`](crate::MAX_STORAGE_BUCKET_CHARS) characters, no slash.
        bucket: String,
        /// Its key there, decoded: what to try, in this order; never empty. No control characters, no `.` or `..` segment. When the
        /// location has a document, every candidate is a spelling of that document's name.
        candidates: Vec<String>,
    },
}

/// What a stored path means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The path's form.
    pub form: Form,
    /// Where the object is.
    pub source: Source,
    /// Which document it is: always known in our bucket, and in the old storage when the name fits the layout. An object without a
    /// document belongs to no relationship, so it can be checked against none: never serve it to a user.
    pub document: Option<DocumentRef>,
}

/// Why a path cannot be read. No message repeats the path: it may hold a token.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PathError {
    /// It is longer than any path can be.
    #[error("the path has {0} bytes; at most {MAX_PATH_BYTES} are read")]
    TooLong(
        /// Bytes found.
        usize,
    ),
    /// It names another bucket than ours.
    #[error(
        "the path names the bucket '{found}', but this program reads and writes '{ours}'; copy the object over, or set the bucket to the one meant"
    )]
    OtherBucket {
        /// The bucket in the path.
        found: Bucket,
        /// The bucket this program is set up with.
        ours: Bucket,
    },
    /// What follows `s3://` is no bucket.
    #[error("after s3://, {0}")]
    Bucket(#[from] BucketError),
    /// Its scheme is none that paths were ever stored with.
    #[error("paths start with s3://, https:// or http://, or have no scheme; this one has another")]
    Scheme,
    /// It is the URL of a resumable upload.
    #[error(
        "this is the URL of a resumable upload, which names no object; store the path that the upload was made for"
    )]
    Upload,
    /// It is a URL, but not of an object in Supabase Storage.
    #[error(
        "this URL names no object of Supabase Storage; such URLs look like https://{{host}}/storage/v1/object/public/{{bucket}}/{{path}}"
    )]
    NoObject,
    /// Its percent-encoding stands for bytes that are not text.
    #[error("the URL's percent-encoding does not make UTF-8 text")]
    Encoding,
    /// A bucket or key of Supabase Storage that cannot be one.
    #[error(
        "the name in Supabase Storage is too long, or holds a control character or a '.' or '..' segment; a bucket has at most 100 characters, a key at most 1024 bytes"
    )]
    StorageName,
    /// A signed URL whose path and token name different objects.
    #[error("the signed URL's path and its token name different objects, so it was altered; sign it again")]
    TokenMismatch,
    /// It leads to no key of the layout.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Location {
    /// Reads a path found in a row or a request. The forms, in the order in which they are tried:
    ///
    /// 1. `s3://bucket/key`: a key of our bucket, taken as it stands; another bucket is an error, never a read of ours.
    /// 2. `https://…` or `http://…`, on any host: a URL of Supabase Storage, its path percent-decoded once. The host is not kept: the caller
    ///    reads from the one Supabase project it is set up with.
    /// 3. The same without a host, such as the `/object/sign/…` that the sign call returns.
    /// 4. A key of ours, taken as it stands. From here on, slashes at the start are left out.
    /// 5. `{bucket}/{path}` when `bucket` is the context's storage bucket.
    /// 6. A key without its prefix, such as `{relationship_id}/{conflict_id}.json`: the prefix of the context's kind is added.
    /// 7. Anything else is a path in the context's storage bucket, when there is one.
    ///
    /// # Errors
    /// [`PathError`] when it is none of these, or names what it may not.
    pub fn read(path: &str, context: &PathContext<'_>) -> Result<Self, PathError> {
        if path.len() > MAX_PATH_BYTES {
            return Err(PathError::TooLong(path.len()));
        }
        match split_scheme(path) {
            Some(("s3", rest)) => {
                let (bucket, key) = rest.split_once('/').ok_or(KeyError::NotInLayout)?;
                let found: Bucket = bucket.parse()?;
                if found != *context.bucket {
                    return Err(PathError::OtherBucket { found, ours: context.bucket.clone() });
                }
                Ok(Self::ours(Form::S3Path, DocumentRef::parse_key(key)?))
            }
            Some(("http" | "https", rest)) => {
                let host_end = rest.find(['/', '?', '#']).ok_or(PathError::NoObject)?;
                let (route, rest) = supabase::route(&rest[host_end..], true).ok_or(PathError::NoObject)?;
                supabase::read_route(route, rest, context.kind)
            }
            Some(_) => Err(PathError::Scheme),
            None => match supabase::route(path, false) {
                Some((route, rest)) => supabase::read_route(route, rest, context.kind),
                None => Self::read_bare(path.trim_start_matches('/'), context),
            },
        }
    }

    fn read_bare(path: &str, context: &PathContext<'_>) -> Result<Self, PathError> {
        let mut error = match DocumentRef::parse_key(path) {
            Ok(document) => return Ok(Self::ours(Form::Key, document)),
            Err(error) => error,
        };
        if let Some(bucket) = context.storage_bucket
            && let Some(key) = path.strip_prefix(bucket).and_then(|rest| rest.strip_prefix('/'))
        {
            return supabase::object(Form::BucketPath, bucket, &[key], context.kind);
        }
        if let Some(kind) = context.kind {
            match DocumentRef::parse_key(&format!("{}/{path}", kind.prefix())) {
                Ok(document) => return Ok(Self::ours(Form::ShortKey, document)),
                // Only its ids keep it from being a key: say so, rather than that it looks like none.
                Err(completed @ KeyError::Id(_)) => error = completed,
                Err(KeyError::NotInLayout) => {}
            }
        }
        match context.storage_bucket {
            Some(bucket) => supabase::object(Form::BarePath, bucket, &[path], context.kind),
            None => Err(error.into()),
        }
    }

    /// Whether this is the document's own object in our bucket.
    #[must_use]
    pub fn is_object_of(&self, document: &DocumentRef) -> bool {
        matches!(self.source, Source::ObjectStore { .. }) && self.document.as_ref() == Some(document)
    }

    fn ours(form: Form, document: DocumentRef) -> Self {
        Self { form, source: Source::ObjectStore { key: document.key() }, document: Some(document) }
    }

    /// The objects of Supabase Storage that the path may have meant, as pairs of bucket and key, the likeliest first. None for `s3://`.
    ///
    /// A bare path that fits our layout is read as ours, and was just as well an object's name there: in `storage_bucket`, or in a bucket named like
    /// the prefix, which upload answers put before the key.
    #[must_use]
    pub fn storage_objects(&self, storage_bucket: Option<&str>) -> Vec<(String, String)> {
        let pairs = |bucket: &str, keys: &[&str]| -> Vec<(String, String)> {
            keys.iter().map(|&key| (bucket.to_owned(), key.to_owned())).collect()
        };
        match &self.source {
            Source::SupabaseStorage { bucket, candidates } => {
                candidates.iter().map(|key| (bucket.clone(), key.clone())).collect()
            }
            Source::ObjectStore { key } => {
                let Some((prefix, short)) = key.as_str().split_once('/') else { return Vec::new() };
                let literal = match self.form {
                    Form::Key => key.as_str(),
                    Form::ShortKey => short,
                    _ => return Vec::new(),
                };
                let mut objects = storage_bucket.map(|bucket| pairs(bucket, &[literal])).unwrap_or_default();
                objects.extend(pairs(prefix, &[short]));
                objects.dedup();
                objects
            }
        }
    }
}

/// The scheme, when it is one, and what follows `://`. A string that has no scheme is a path.
fn split_scheme(path: &str) -> Option<(&'static str, &str)> {
    let (scheme, rest) = path.split_once("://")?;
    let known = ["s3", "https", "http"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known));
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    known.or(is_scheme.then_some("")).map(|scheme| (scheme, rest))
}
