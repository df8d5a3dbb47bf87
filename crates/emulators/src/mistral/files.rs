//! Stored files: `/v1/files`.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::errors::Refusal;
use super::upload::{self, Upload};
use crate::server::{Reply, Request, reply};

/// Stored files by id.
#[derive(Debug, Default)]
pub(super) struct Files(Mutex<Store>);

#[derive(Debug, Default)]
struct Store {
    files: BTreeMap<String, File>,
    made: u128,
}

/// A stored file.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) bytes: Bytes,
    name: String,
    media_type: Option<String>,
    purpose: String,
    visibility: String,
    created: u64,
    expires: Option<u64>,
}

impl File {
    pub(super) fn is_image(&self) -> bool {
        self.media_type.as_deref().is_some_and(|kind| kind.starts_with("image/"))
    }

    fn shown(&self, id: &str) -> Value {
        json!({
            "id": id,
            "object": "file",
            "bytes": self.bytes.len(),
            "created_at": self.created,
            "filename": self.name,
            "purpose": self.purpose,
            "sample_type": "ocr_input",
            "source": "upload",
            "num_lines": null,
            "mimetype": self.media_type,
            "signature": null,
            "expires_at": self.expires,
            "visibility": self.visibility,
        })
    }
}

impl Files {
    pub(super) fn get(&self, id: &str) -> Option<File> {
        let now = now();
        self.lock().files.get(id).filter(|file| file.expires.is_none_or(|end| now < end)).cloned()
    }

    /// Answers what is under `/v1/files`; `rest` is the path behind it.
    pub(super) async fn answer(&self, request: &Request, rest: &[&str]) -> Result<Reply, Refusal> {
        match (&request.method, rest) {
            (&Method::POST, []) => {
                let upload = upload::read(request).await?;
                Ok(reply::json(200, &self.keep(upload)))
            }
            (&Method::GET, [id]) => {
                let mut shown = self.find(id)?.shown(id);
                shown["deleted"] = false.into();
                Ok(reply::json(200, &shown))
            }
            (&Method::DELETE, [id]) => {
                self.find(id)?;
                self.lock().files.remove(*id);
                Ok(reply::json(200, &json!({ "id": id, "object": "file", "deleted": true })))
            }
            (&Method::GET, [id, "content"]) => {
                let bytes = self.find(id)?.bytes;
                Ok(reply::with_type(200, "application/octet-stream", bytes))
            }
            (&Method::GET, [id, "url"]) => {
                self.find(id)?;
                Ok(reply::json(200, &json!({ "url": signed_url(request, id)? })))
            }
            _ => Err(Refusal::plain(404, "Not Found")),
        }
    }

    /// A file at its signed URL, which needs no key.
    pub(super) fn at_signed_url(&self, request: &Request, id: &str) -> Result<Reply, Refusal> {
        let ends = request.parameter("se").and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
        if request.parameter("sig") != Some(signature(id, ends)) || now() >= ends {
            return Err(Refusal::plain(403, "The URL's signature is wrong or has expired"));
        }
        let file = self.find(id)?;
        let kind = file.media_type.as_deref().unwrap_or("application/octet-stream");
        Ok(reply::with_type(200, kind, file.bytes.clone()))
    }

    fn find(&self, id: &str) -> Result<File, Refusal> {
        let missing = || Refusal::plain(404, &format!("No file matches the given query: {id}"));
        self.get(id).ok_or_else(missing)
    }

    fn keep(&self, upload: Upload) -> Value {
        let created = now();
        let mut store = self.lock();
        store.made += 1;
        // In the form of a UUID, and told apart from one another.
        let id = format!("00000000-0000-4000-8000-{:012x}", store.made);
        let file = File {
            bytes: upload.bytes,
            name: upload.name,
            media_type: upload.media_type,
            purpose: upload.purpose,
            visibility: upload.visibility,
            created,
            expires: upload.expiry_hours.map(|hours| created.saturating_add(hours.saturating_mul(3600))),
        };
        let shown = file.shown(&id);
        store.files.insert(id, file);
        shown
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn signed_url(request: &Request, id: &str) -> Result<String, Refusal> {
    let hours = match request.parameter("expiry") {
        None => 24,
        Some(text) => {
            text.parse::<u64>().ok().filter(|hours| (1..=168).contains(hours)).ok_or_else(|| {
                Refusal::field("value_error", &["query", "expiry"], "Input should be in 1 to 168")
            })?
        }
    };
    let host = request.header("host").unwrap_or("127.0.0.1");
    let ends = now() + hours * 3600;
    Ok(format!("http://{host}/signed/{id}?se={ends}&sig={}", signature(id, ends)))
}

/// Enough to notice a URL that was altered; it keeps nothing secret.
fn signature(id: &str, ends: u64) -> String {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = format!("{id}:{ends}").bytes().fold(0xcbf2_9ce4_8422_2325, fold);
    format!("{hash:016x}")
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
