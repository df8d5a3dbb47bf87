use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::{Method, Request};
use s3s::service::S3Service;
use s3s::{Body, HttpError, HttpResponse};
use tokio::sync::RwLock;

/// The largest body that is read before anything is done with it, in bytes.
const MAX_HELD: u64 = 64 << 20;

/// s3s-fs checks a condition, writes a file and writes what it knows of the file, one after the other. As S3 does, this lets
/// no request for the same object in between, and no client that hangs up: a request is carried out whole or not at all.
#[derive(Clone)]
pub(crate) struct Atomic {
    service: S3Service,
    /// A lock for each path in use.
    paths: Arc<Mutex<HashMap<String, Weak<RwLock<()>>>>>,
}

impl Atomic {
    pub(crate) fn new(service: S3Service) -> Self {
        Self { service, paths: Arc::default() }
    }

    pub(crate) async fn answer(self, request: Request<Incoming>) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let is_part = parts.uri.query().is_some_and(|query| query.contains("partNumber="));
        let is_small = body.size_hint().upper().is_some_and(|bytes| bytes <= MAX_HELD);
        if is_part || !is_small {
            // A part is nobody's until its upload is completed; a large body is not worth its memory here.
            return self.service.call(Request::from_parts(parts, Body::from(body))).await;
        }
        let body = body.collect().await.map_err(|error| HttpError::new(Box::new(error)))?.to_bytes();
        let carried_out = tokio::spawn(async move {
            let lock = self.lock(parts.uri.path());
            let request = Request::from_parts(parts, Body::from(body));
            if matches!(*request.method(), Method::GET | Method::HEAD) {
                let _shared = lock.read().await;
                self.service.call(request).await
            } else {
                let _alone = lock.write().await;
                self.service.call(request).await
            }
        });
        carried_out.await.unwrap_or_else(|error| Err(HttpError::new(Box::new(error))))
    }

    fn lock(&self, path: &str) -> Arc<RwLock<()>> {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = paths.get(path).and_then(Weak::upgrade) {
            return lock;
        }
        paths.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::new(RwLock::new(()));
        paths.insert(path.to_owned(), Arc::downgrade(&lock));
        lock
    }
}
