//! Supabase Storage's REST API: buckets and objects below `/storage/v1`.
//!
//! | route | |
//! |---|---|
//! | `GET`, `POST /bucket`, `GET /bucket/{bucket}` | list, make, show |
//! | `GET`, `HEAD`, `POST`, `PUT`, `DELETE /object/{bucket}/{path}` | read, ask for, create, replace, remove |
//! | `GET`, `HEAD /object/authenticated/{bucket}/{path}`, `/object/public/…` | the same, by token or by the bucket's being public |
//! | `GET /object/info/…` | what is kept of an object, in each of the three ways |
//! | `POST /object/sign/{bucket}/{path}`, `POST /object/sign/{bucket}`, `GET /object/sign/…?token=` | signed URLs: one, many, and reading by one |
//! | `DELETE /object/{bucket}` | remove by list |
//!
//! Names are taken as they come, doubled slashes included, and are those that Storage allows. Refusals have status 400 and their true status in the body.
//! Nobody but `service_role` sees or writes what is in a private bucket, as there are no policies.
//!
//! Not emulated: transformed images, ranges, resumable and signed uploads, the S3 protocol, lists, moving and copying, limits of a bucket's own.

mod access;
mod objects;
mod refusal;
mod sign;
mod store;
mod upload;

use http::Method;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::server::{Reply, Request, reply};
use access::Caller;
use refusal::Refusal;
pub use store::Bucket;
use store::{Store, StoredObject};

/// The largest object, as projects have it unless they ask for more.
pub(super) const MAX_OBJECT_BYTES: usize = 50 << 20;

/// What a project keeps in Storage.
pub(super) struct Storage {
    store: Store,
    jwt_secret: String,
}

/// A bucket and what follows it in a path, decoded once.
struct Name {
    bucket: String,
    object: String,
}

impl Storage {
    pub(super) fn new(buckets: Vec<Bucket>, jwt_secret: &str) -> Self {
        Self { store: Store::new(buckets), jwt_secret: jwt_secret.to_owned() }
    }

    /// Answers what is asked of `path`, below `/storage/v1`, by the bearer of a token.
    pub(super) async fn answer(&self, path: &str, request: &Request, bearer: Option<&str>) -> Reply {
        let caller = Caller::of(bearer, &self.jwt_secret);
        self.route(path, request, &caller).await.unwrap_or_else(|refusal| refusal.reply())
    }

    async fn route(&self, path: &str, request: &Request, caller: &Caller) -> Result<Reply, Refusal> {
        let method = &request.method;
        match path.strip_prefix("/bucket").map(|rest| rest.trim_matches('/')) {
            Some("") if method == Method::GET => return self.list_buckets(caller),
            Some("") if method == Method::POST => return self.make_bucket(request, caller),
            Some(id) if method == Method::GET && !id.contains('/') => {
                caller.require_service()?;
                return Ok(reply::json(200, &self.store.bucket(&decode(id))?.shown()));
            }
            _ => {}
        }
        let rest = path.strip_prefix("/object/").ok_or_else(|| Refusal::no_route(request))?;
        let reads = method == Method::GET || method == Method::HEAD;
        if let Some(rest) = rest.strip_prefix("sign/") {
            return self.sign(rest, request, caller);
        }
        if let Some(rest) = rest.strip_prefix("info/").filter(|_| method == Method::GET) {
            return self.info(rest, caller);
        }
        if let Some(name) = rest.strip_prefix("public/").filter(|_| reads).and_then(name) {
            return self.read(&self.find_public(&name)?, request);
        }
        if let Some(name) = rest.strip_prefix("authenticated/").filter(|_| reads).and_then(name) {
            caller.require_token()?;
            return self.read(&self.find(&name, caller)?, request);
        }
        match name(rest) {
            Some(name) if reads => self.read(&self.find(&name, caller)?, request),
            Some(name) if method == Method::POST || method == Method::PUT => {
                self.upload(&name, request, caller).await
            }
            Some(name) if method == Method::DELETE => self.remove(&name, caller),
            None if method == Method::DELETE => self.remove_many(&decode(rest), request, caller),
            _ => Err(Refusal::no_route(request)),
        }
    }

    fn list_buckets(&self, caller: &Caller) -> Result<Reply, Refusal> {
        caller.require_service()?;
        let shown: Vec<Value> = self.store.buckets().iter().map(Bucket::shown).collect();
        Ok(reply::json(200, &Value::Array(shown)))
    }

    fn make_bucket(&self, request: &Request, caller: &Caller) -> Result<Reply, Refusal> {
        caller.require_service()?;
        let body = request.json().map_err(|error| Refusal::invalid(&error))?;
        let name = body.get("id").or_else(|| body.get("name")).and_then(Value::as_str);
        let name = name.ok_or_else(|| Refusal::invalid("body must have required property 'name'"))?;
        let public = body.get("public").and_then(Value::as_bool).unwrap_or_default();
        self.store.make(Bucket { name: name.to_owned(), public })?;
        Ok(reply::json(200, &json!({ "name": name })))
    }
}

/// `{bucket}/{path}`, with something in both.
fn name(text: &str) -> Option<Name> {
    let (bucket, object) = text.split_once('/')?;
    let name = Name { bucket: decode(bucket), object: decode(object) };
    (!name.bucket.is_empty() && !name.object.is_empty()).then_some(name)
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
