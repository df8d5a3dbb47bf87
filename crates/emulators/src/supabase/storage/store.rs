//! What is kept.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::refusal::Refusal;

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name, which is its id.
    pub name: String,
    /// Whether everyone may read what is in it.
    pub public: bool,
}

/// An object.
#[derive(Clone, Debug)]
pub(super) struct StoredObject {
    pub(super) bytes: Bytes,
    /// What it was sent with.
    pub(super) media_type: String,
    pub(super) id: String,
    pub(super) cache_control: String,
    pub(super) modified: SystemTime,
}

/// Buckets, and objects by bucket and name.
pub(super) struct Store(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    buckets: Vec<Bucket>,
    objects: BTreeMap<(String, String), StoredObject>,
    made: u64,
}

impl Bucket {
    pub(super) fn shown(&self) -> Value {
        json!({
            "id": self.name,
            "name": self.name,
            "owner": "",
            "public": self.public,
            "type": "STANDARD",
            "file_size_limit": null,
            "allowed_mime_types": null,
            "created_at": "2026-01-01T00:00:00.000Z",
            "updated_at": "2026-01-01T00:00:00.000Z",
        })
    }
}

impl StoredObject {
    /// With its quotes.
    pub(super) fn etag(&self) -> String {
        let hash: String =
            Sha256::digest(&self.bytes)[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("\"{hash}\"")
    }
}

impl Store {
    pub(super) fn new(buckets: Vec<Bucket>) -> Self {
        Self(Mutex::new(Kept { buckets, ..Kept::default() }))
    }

    pub(super) fn buckets(&self) -> Vec<Bucket> {
        self.lock().buckets.clone()
    }

    pub(super) fn bucket(&self, name: &str) -> Result<Bucket, Refusal> {
        self.lock().buckets.iter().find(|bucket| bucket.name == name).cloned().ok_or_else(Refusal::no_bucket)
    }

    pub(super) fn make(&self, bucket: Bucket) -> Result<(), Refusal> {
        let name = &bucket.name;
        if !is_allowed(name, "") || name.len() > 100 || name.trim() != name {
            return Err(Refusal::bad_bucket());
        }
        let mut kept = self.lock();
        if kept.buckets.iter().any(|other| other.name == *name) {
            return Err(Refusal::duplicate("BucketAlreadyExists"));
        }
        kept.buckets.push(bucket);
        Ok(())
    }

    pub(super) fn object(&self, bucket: &str, key: &str) -> Result<StoredObject, Refusal> {
        let name = (bucket.to_owned(), key.to_owned());
        self.lock().objects.get(&name).cloned().ok_or_else(Refusal::no_key)
    }

    /// Keeps an object and gives its id; `replace`: also where there is one.
    pub(super) fn keep(
        &self,
        bucket: &str,
        key: &str,
        mut object: StoredObject,
        replace: bool,
    ) -> Result<String, Refusal> {
        if !is_allowed(key, "/") {
            return Err(Refusal::bad_key(key));
        }
        let mut kept = self.lock();
        let name = (bucket.to_owned(), key.to_owned());
        if !replace && kept.objects.contains_key(&name) {
            return Err(Refusal::duplicate("KeyAlreadyExists"));
        }
        kept.made += 1;
        // In the form of a UUID, and told apart from one another.
        let id = format!("00000000-0000-4000-8000-{:012x}", kept.made);
        object.id.clone_from(&id);
        kept.objects.insert(name, object);
        Ok(id)
    }

    pub(super) fn remove(&self, bucket: &str, key: &str) -> Option<StoredObject> {
        self.lock().objects.remove(&(bucket.to_owned(), key.to_owned()))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The characters that names are made of; `more` are allowed as well.
fn is_allowed(name: &str, more: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_!.*'() &$=@;:+,?-".contains(c) || more.contains(c);
    !name.is_empty() && name.chars().all(fits)
}
