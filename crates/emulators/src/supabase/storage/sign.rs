//! Signed URLs. Their tokens name the object; the path beside them must name the same.

use http::Method;
use serde_json::{Value, json};

use super::access::Caller;
use super::refusal::Refusal;
use super::{Name, Storage, decode, name};
use crate::server::{Reply, Request, reply};
use crate::supabase::jwt;

impl Storage {
    /// Signs, or reads by what was signed; `rest` follows `/object/sign/`.
    pub(super) fn sign(&self, rest: &str, request: &Request, caller: &Caller) -> Result<Reply, Refusal> {
        match (&request.method, name(rest)) {
            (&Method::GET, Some(name)) => self.read_signed(&name, request),
            (&Method::POST, Some(name)) => {
                caller.require_token()?;
                let seconds = seconds(request)?;
                self.find(&name, caller)?;
                let url = decode_uri(rest);
                Ok(reply::json(200, &json!({ "signedURL": self.signed(&url, seconds) })))
            }
            (&Method::POST, None) => {
                caller.require_token()?;
                self.sign_many(&decode(rest), request, caller)
            }
            _ => Err(Refusal::no_route(request)),
        }
    }

    fn sign_many(&self, bucket: &str, request: &Request, caller: &Caller) -> Result<Reply, Refusal> {
        let seconds = seconds(request)?;
        let body = request.json().map_err(|error| Refusal::invalid(&error))?;
        let paths = body.get("paths").and_then(Value::as_array).filter(|list| !list.is_empty());
        let paths = paths.ok_or_else(|| Refusal::invalid("body must have required property 'paths'"))?;
        let one = |path: &str| {
            let name = Name { bucket: bucket.to_owned(), object: path.to_owned() };
            match self.find(&name, caller) {
                Ok(_) => {
                    let url = self.signed(&format!("{bucket}/{path}"), seconds);
                    json!({ "error": null, "path": path, "signedURL": url })
                }
                Err(_) => {
                    let error = "Either the object does not exist or you do not have access to it";
                    json!({ "error": error, "path": path, "signedURL": null })
                }
            }
        };
        let signed: Vec<Value> = paths.iter().filter_map(Value::as_str).map(one).collect();
        Ok(reply::json(200, &Value::Array(signed)))
    }

    /// A URL below `/storage/v1` that grants reading `url`, a bucket and a name.
    fn signed(&self, url: &str, seconds: u64) -> String {
        let now = jwt::now();
        let claims = json!({ "url": url, "scope": "download", "iat": now, "exp": now + seconds });
        format!("/object/sign/{url}?token={}", jwt::sign(&self.jwt_secret, &claims))
    }

    fn read_signed(&self, name: &Name, request: &Request) -> Result<Reply, Refusal> {
        let token = request.parameter("token");
        let token =
            token.ok_or_else(|| Refusal::invalid("querystring must have required property 'token'"))?;
        let claims = jwt::verify(&self.jwt_secret, &token).map_err(Refusal::bad_token)?;
        let names_it = claims["url"] == format!("{}/{}", name.bucket, name.object);
        if claims["scope"] != "download" || !names_it {
            return Err(Refusal::bad_signature());
        }
        self.read(&self.store.object(&name.bucket, &name.object)?, request)
    }
}

/// How long a URL is to live; text is taken for a number, as clients send it.
fn seconds(request: &Request) -> Result<u64, Refusal> {
    let body = request.json().map_err(|error| Refusal::invalid(&error))?;
    let seconds = match body.get("expiresIn") {
        Some(Value::String(text)) => text.parse().ok(),
        other => other.and_then(Value::as_u64),
    };
    seconds.filter(|seconds| *seconds > 0).ok_or_else(|| Refusal::invalid("body/expiresIn must be >= 1"))
}

/// What parts a URL, by its codes.
const SEPARATORS: [&str; 11] = ["23", "24", "26", "2B", "2C", "2F", "3A", "3B", "3D", "3F", "40"];

/// `decodeURI` of JavaScript, which leaves separators encoded: what is signed for names with one does not fit them.
fn decode_uri(text: &str) -> String {
    let mut kept = String::new();
    for (index, part) in text.split('%').enumerate() {
        if index > 0 {
            let code = part.get(..2).unwrap_or_default();
            let is_separator = SEPARATORS.iter().any(|separator| separator.eq_ignore_ascii_case(code));
            kept.push_str(if is_separator { "%25" } else { "%" });
        }
        kept.push_str(part);
    }
    decode(&kept)
}
