use std::collections::BTreeMap;

use bytes::Bytes;
use pipeline::stages::{ByteRange, GetOptions, ObjectInfo, ObjectPage, PutOptions, WriteCondition};
use pipeline::{Error, Result};
use sha2::{Digest, Sha256};

/// Files by key. An etag is made of the bytes alone, as those of S3 are: the same bytes written again cannot be told from the ones before.
#[derive(Default)]
pub struct Objects {
    stored: BTreeMap<String, (ObjectInfo, Bytes)>,
    contents: BTreeMap<String, Bytes>,
    /// Keeps the hash of an object to itself, as S3 does of one that came in parts.
    pub hides_sha256: bool,
}

impl Objects {
    /// What `object-store.put` does once the whole body is there.
    ///
    /// # Errors
    /// As in the contract.
    pub fn put(&mut self, key: &str, bytes: &Bytes, options: &PutOptions, now_ms: u64) -> Result<ObjectInfo> {
        if options.size.is_some_and(|size| size != bytes.len() as u64) {
            return Err(Error::invalid(format!("The body of {key} has another length than was said.")));
        }
        let stored = self.stored.get(key).map(|(info, _)| &info.etag);
        let allowed = match &options.condition {
            WriteCondition::Always => true,
            WriteCondition::Absent => stored.is_none(),
            WriteCondition::Matches(etag) => stored == Some(etag),
        };
        if !allowed {
            return Err(Error::conflict(format!("The condition on {key} does not hold.")));
        }
        let sha256 = hex::encode(Sha256::digest(bytes));
        self.contents.insert(sha256.clone(), bytes.clone());
        let info = ObjectInfo {
            key: key.to_owned(),
            size: bytes.len() as u64,
            etag: sha256[..32].to_owned(),
            content_type: options.content_type.clone(),
            modified_ms: now_ms,
            sha256: (!self.hides_sha256).then_some(sha256),
            metadata: options.metadata.clone(),
        };
        self.stored.insert(key.to_owned(), (info.clone(), bytes.clone()));
        Ok(info)
    }

    /// What `object-store.get` does: the object, where the part begins, and the part.
    ///
    /// # Errors
    /// As in the contract.
    pub fn get(&self, key: &str, options: &GetOptions) -> Result<(ObjectInfo, u64, Bytes)> {
        let (info, bytes) = self.find(key)?;
        if options.if_match.as_ref().is_some_and(|etag| *etag != info.etag) {
            return Err(Error::conflict(format!("{key} has changed.")));
        }
        let (start, end) = match options.range {
            None => (0, info.size),
            Some(ByteRange::Between(first, last)) => (first, info.size.min(last.saturating_add(1))),
            Some(ByteRange::StartingAt(first)) => (first, info.size),
            Some(ByteRange::Last(count)) => (info.size.saturating_sub(count), info.size),
        };
        if options.range.is_some() && start >= end {
            let error = Error::invalid(format!("The range holds no byte of {key}."));
            return Err(error.with("reason", "range-not-satisfiable").with("size", info.size.to_string()));
        }
        Ok((info.clone(), start, bytes.slice(start as usize..end as usize)))
    }

    /// What `object-store.head` does.
    ///
    /// # Errors
    /// As in the contract.
    pub fn head(&self, key: &str) -> Result<ObjectInfo> {
        self.find(key).map(|(info, _)| info.clone())
    }

    /// What `object-store.delete` does.
    pub fn delete(&mut self, key: &str) {
        self.stored.remove(key);
    }

    /// What `object-store.list` does.
    ///
    /// # Errors
    /// As in the contract.
    pub fn list(&self, prefix: &str, cursor: Option<&str>, limit: u32) -> Result<ObjectPage> {
        let found = self.stored.values().map(|(info, _)| info).filter(|info| info.key.starts_with(prefix));
        let (objects, next) = super::page(found.cloned(), |info| info.key.clone(), cursor, limit)?;
        Ok(ObjectPage { objects, next })
    }

    /// The bytes under a key.
    #[must_use]
    pub fn bytes(&self, key: &str) -> Option<&Bytes> {
        self.stored.get(key).map(|(_, bytes)| bytes)
    }

    /// Every key and its bytes.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.stored.iter().map(|(key, (_, bytes))| (key.as_str(), bytes))
    }

    /// The bytes of this hash, whether or not they are still stored.
    #[must_use]
    pub fn ever_stored(&self, sha256: &str) -> Option<&Bytes> {
        self.contents.get(sha256)
    }

    fn find(&self, key: &str) -> Result<&(ObjectInfo, Bytes)> {
        self.stored.get(key).ok_or_else(|| Error::not_found(format!("There is no object {key}.")))
    }
}
