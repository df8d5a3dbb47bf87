//! Asking for objects.

use std::rc::Rc;

use http::header::CONTENT_LENGTH;
use http::{Method, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use supabase::{Project, URL};
use upstream::{Call, Error, ErrorKind, Platform, Policy, RequestBody, Upstream, Verdict};

use crate::refusal::verdict;
use crate::{Object, ObjectBody};

const POLICY: Policy =
    Policy { address_variable: Some(URL), max_answer_bytes: 1024 * 1024, ..Policy::new("Supabase Storage") };

/// What stands for itself in a path, whatever reads it. Slashes part segments.
const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// A project's objects.
pub struct Storage<P> {
    project: Project,
    upstream: Upstream<P>,
}

impl<P: Platform> Storage<P> {
    /// A client that reaches the project over `platform`.
    pub fn new(platform: Rc<P>, project: Project) -> Self {
        let secrets = vec![project.key().clone()];
        Self { project, upstream: Upstream::new(platform, POLICY, secrets) }
    }

    /// An object's size in bytes, `None` where the service has not kept it. The object itself is not read.
    ///
    /// # Errors
    /// `not-found` for an object or bucket that is not there; `invalid` for a name that cannot be one; `misconfigured` for a wrong address or key;
    /// Supabase's.
    pub async fn size(&self, call: &Call, bucket: &str, key: &str) -> Result<Option<u64>, Error> {
        // Not by HEAD: its refusals have no body, and only the body tells a missing object from a refused key.
        let target = target("info/authenticated", bucket, key)?;
        let judge = |answer: upstream::Received| {
            if !answer.status.is_success() {
                return verdict(&answer, bucket, key);
            }
            match serde_json::from_slice::<Value>(&answer.body) {
                Ok(Value::Object(info)) => Verdict::Done(info.get("size").and_then(Value::as_u64)),
                _ => Verdict::Fail(
                    Error::failed(
                        "What Supabase Storage says of the object is not JSON. Check supabase_url.",
                    )
                    .with_status(answer.status),
                ),
            }
        };
        self.upstream.send(call, |_| self.request(&target), judge).await
    }

    /// Opens an object of at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Storage::size`]; `too-large`.
    pub async fn open(&self, call: &Call, bucket: &str, key: &str, limit: u64) -> Result<Object<P>, Error> {
        let target = target("authenticated", bucket, key)?;
        let judge = |answer: upstream::Received| verdict(&answer, bucket, key);
        let response = self.upstream.open(call, |_| self.request(&target), judge).await?;
        let length = response.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let size = length.and_then(|length| length.parse().ok());
        if let Some(size) = size.filter(|size| *size > limit) {
            return Err(Error::too_large("The object in Supabase Storage, in bytes,", limit, size));
        }
        Ok(Object { size, body: ObjectBody::new(response.into_body(), size, limit) })
    }

    fn request(&self, target: &str) -> Result<Request<RequestBody>, Error> {
        self.project.request(&Method::GET, target, None).body(RequestBody::empty()).map_err(|error| {
            Error::failed(format!("The request to Supabase Storage could not be made: {error}."))
        })
    }
}

/// The path of an object below a route.
fn target(route: &str, bucket: &str, key: &str) -> Result<String, Error> {
    // A proxy on the way would resolve a dot segment, and then another object were read.
    let plain = |name: &str| {
        !name.is_empty() && name.split(['/', '\\']).all(|segment| !matches!(segment, "." | ".."))
    };
    if !plain(bucket) || bucket.contains('/') || !plain(key) {
        let message = "This is no name of an object in Supabase Storage: it is empty or has a '.' or '..' segment, or its bucket a slash.";
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    let encode = |name| utf8_percent_encode(name, &PLAIN);
    Ok(format!("/storage/v1/object/{route}/{}/{}", encode(bucket), encode(key)))
}
