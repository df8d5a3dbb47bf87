//! Files that are still in Supabase Storage.

use http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, IF_MATCH, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderValue};
use http_api::content_disposition::download_headers;
use layout::DocumentRef;
use pipeline::{Error, from_bytes};
use spin_sdk::http::Response;

use super::Answer;
use super::files::precondition_failed;
use crate::request::Exchange;
use crate::supabase_storage::SupabaseStorage;
use crate::{pipe, respond};

/// Sends a file that the object store does not have, when its row has an old path, from where that leads in Supabase Storage: whole, and without validators, since
/// those of the object that it is to become are others. `missing` is said when the row has no such path.
pub async fn send(exchange: &Exchange, file: &DocumentRef, missing: Error) -> Answer {
    let Exchange { flows, call, config, .. } = exchange;
    let unmigrated = flows.unmigrated(call, file).await.map_err(respond::error)?;
    let unmigrated = unmigrated.ok_or_else(|| respond::error(missing))?;
    let storage = SupabaseStorage::if_set_up().await.map_err(respond::error)?;
    let storage = storage.ok_or_else(|| respond::error(unmigrated.clone()))?;
    if [IF_MATCH, IF_UNMODIFIED_SINCE].iter().any(|name| exchange.parts.headers.contains_key(name)) {
        return Err(precondition_failed());
    }
    let found = if exchange.head {
        let info = flows.head_unmigrated(call, &storage, file).await;
        info.map(|info| info.map(|info| (info.size, from_bytes(Vec::new()))))
    } else {
        let file = flows.open_unmigrated(call, &storage, file, config.max_file_bytes).await;
        file.map(|file| file.map(|file| (file.size, file.body)))
    };
    let (size, body) = found.map_err(respond::error)?.ok_or_else(|| respond::error(unmigrated))?;
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("none"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Some(size) = size {
        headers.insert(CONTENT_LENGTH, size.into());
    }
    let key = file.key();
    let name = key.as_str().rsplit('/').next().unwrap_or_default();
    let download = download_headers(file.kind().content_type(), name);
    headers.extend(download.map(|(name, value)| (Some(name), value)));
    let mut response = Response::new(pipe::outgoing(body).await.map_err(respond::error)?);
    *response.headers_mut() = headers;
    Ok(response)
}
