//! Reading and removing objects, and what is kept of them.

use http::Method;
use serde_json::{Value, json};

use super::access::Caller;
use super::refusal::Refusal;
use super::{Name, Storage, StoredObject, name};
use crate::server::{Reply, Request, reply};

impl Storage {
    /// An object as the caller may see it.
    pub(super) fn find(&self, name: &Name, caller: &Caller) -> Result<StoredObject, Refusal> {
        let is_public = self.store.bucket(&name.bucket)?.public;
        match caller {
            // A private bucket is none for those who are not known.
            Caller::Unknown(_) if !is_public => Err(Refusal::no_bucket()),
            Caller::Other if !is_public => Err(Refusal::no_key()),
            _ => self.store.object(&name.bucket, &name.object),
        }
    }

    /// An object that everyone may see.
    pub(super) fn find_public(&self, name: &Name) -> Result<StoredObject, Refusal> {
        if !self.store.bucket(&name.bucket)?.public {
            return Err(Refusal::no_bucket());
        }
        self.store.object(&name.bucket, &name.object)
    }

    pub(super) fn read(&self, object: &StoredObject, request: &Request) -> Result<Reply, Refusal> {
        // Pages would run in the project's name.
        let is_page = object.media_type.contains("text/html");
        let media_type = if is_page { "text/plain" } else { &object.media_type };
        let is_head = request.method == Method::HEAD;
        let bytes = if is_head { bytes::Bytes::new() } else { object.bytes.clone() };
        let mut answer = reply::with_type(200, media_type, bytes);
        if is_head {
            reply::set(&mut answer, "content-length", &object.bytes.len().to_string());
        }
        reply::set(&mut answer, "accept-ranges", "bytes");
        reply::set(&mut answer, "cache-control", &object.cache_control);
        reply::set(&mut answer, "etag", &object.etag());
        reply::set(&mut answer, "last-modified", &httpdate::fmt_http_date(object.modified));
        reply::set(&mut answer, "x-robots-tag", "none");
        match request.parameter("download").as_deref() {
            None => {}
            Some("") => reply::set(&mut answer, "content-disposition", "attachment;"),
            Some(name) => {
                reply::set(&mut answer, "content-disposition", &format!("attachment; filename={name}"))
            }
        }
        Ok(answer)
    }

    /// What is kept of an object; `rest` follows `info/`.
    pub(super) fn info(&self, rest: &str, caller: &Caller) -> Result<Reply, Refusal> {
        let missing = Refusal::no_key;
        if let Some(rest) = rest.strip_prefix("public/") {
            let name = name(rest).ok_or_else(missing)?;
            return Ok(shown(&name, &self.find_public(&name)?));
        }
        let name = match rest.strip_prefix("authenticated/") {
            Some(rest) => {
                caller.require_token()?;
                name(rest)
            }
            None => name(rest),
        };
        let name = name.ok_or_else(missing)?;
        Ok(shown(&name, &self.find(&name, caller)?))
    }

    pub(super) fn remove(&self, name: &Name, caller: &Caller) -> Result<Reply, Refusal> {
        caller.require_token()?;
        self.find(name, caller)?;
        self.store.remove(&name.bucket, &name.object);
        Ok(reply::json(200, &json!({ "message": "Successfully deleted" })))
    }

    /// Removes what a list names, and answers with those that were there.
    pub(super) fn remove_many(
        &self,
        bucket: &str,
        request: &Request,
        caller: &Caller,
    ) -> Result<Reply, Refusal> {
        caller.require_token()?;
        self.store.bucket(bucket)?;
        let body = request.json().map_err(|error| Refusal::invalid(&error))?;
        let prefixes = body.get("prefixes").and_then(Value::as_array).filter(|list| !list.is_empty());
        let prefixes =
            prefixes.ok_or_else(|| Refusal::invalid("body must have required property 'prefixes'"))?;
        let mut removed = Vec::new();
        for key in prefixes.iter().filter_map(Value::as_str) {
            let name = Name { bucket: bucket.to_owned(), object: key.to_owned() };
            if self.find(&name, caller).is_ok()
                && let Some(object) = self.store.remove(bucket, key)
            {
                removed.push(json!({ "bucket_id": bucket, "name": key, "id": object.id }));
            }
        }
        Ok(reply::json(200, &Value::Array(removed)))
    }
}

fn shown(name: &Name, object: &StoredObject) -> Reply {
    let modified = httpdate::fmt_http_date(object.modified);
    let body = json!({
        "id": object.id,
        "name": name.object,
        "version": object.id,
        "bucket_id": name.bucket,
        "size": object.bytes.len(),
        "content_type": object.media_type,
        "cache_control": object.cache_control,
        "etag": object.etag(),
        "metadata": null,
        "last_modified": modified,
        "created_at": modified,
    });
    reply::json(200, &body)
}
