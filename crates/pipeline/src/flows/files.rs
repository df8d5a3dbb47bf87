//! Files by key: what the product keeps in its bucket, as it is.

use layout::DocumentRef;

use super::store::unchanged;
use crate::ledger::Document;
use crate::stages::{
    Call, GetOptions, Object, ObjectInfo, ObjectStore, PutOptions, SignedMethod, SignedUrl, Stages,
    WriteCondition,
};
use crate::{ByteStream, Environment, Error, Pipeline, Result};

/// What to read of a file.
pub type FileRead = GetOptions;

/// A file on its way in.
pub struct FilePut {
    /// The bytes.
    pub body: ByteStream,
    /// How many, when known.
    pub size: Option<u64>,
    /// A media type.
    pub content_type: String,
    /// When the write may take effect.
    pub condition: WriteCondition,
}

impl<S: Stages, E: Environment> Pipeline<S, E> {
    /// Opens a file.
    ///
    /// # Errors
    /// As `object-store.get`.
    pub async fn get_file(&self, call: &Call, file: &DocumentRef, read: FileRead) -> Result<Object> {
        self.stages.objects().get(call, file.key().as_str(), read).await
    }

    /// What is known of a file.
    ///
    /// # Errors
    /// As `object-store.head`.
    pub async fn head_file(&self, call: &Call, file: &DocumentRef) -> Result<ObjectInfo> {
        self.stages.objects().head(call, file.key().as_str()).await
    }

    /// Stores a file that is no document of the ledger: nothing is extracted or indexed.
    ///
    /// # Errors
    /// `conflict` when the key holds a document, which is replaced through its own route so that its row and passages follow.
    pub async fn put_file(&self, call: &Call, file: &DocumentRef, put: FilePut) -> Result<ObjectInfo> {
        let FilePut { body, size, content_type, mut condition } = put;
        if condition == WriteCondition::Always {
            // So that it does not fall on a document that is stored at the same time.
            condition = unchanged(self.object(call, file).await?.as_ref());
        }
        self.require_no_document(call, file, "Store it anew").await?;
        let options = PutOptions { content_type, size, condition, metadata: Vec::new() };
        self.stages.objects().put(call, file.key().as_str(), body, options).await
    }

    /// Removes a file that is no document of the ledger.
    ///
    /// # Errors
    /// `conflict` when the key holds a document, and with the reason `not-migrated` when the file is still in Supabase Storage.
    pub async fn delete_file(&self, call: &Call, file: &DocumentRef) -> Result<()> {
        self.require_no_document(call, file, "Delete it").await?;
        match self.object(call, file).await? {
            // As a document is, so that it does not take one away that is stored at the same time.
            Some(_) => self.erase(call, file, None).await,
            None => self.require_migrated(call, file).await,
        }
    }

    /// Makes a URL that grants one method on a file for some seconds. A document of the ledger can be read through one, not written.
    ///
    /// # Errors
    /// As `object-store.presign`; `conflict` for a URL to write over a document.
    pub async fn file_url(
        &self,
        call: &Call,
        file: &DocumentRef,
        method: SignedMethod,
        seconds: u32,
    ) -> Result<SignedUrl> {
        if matches!(method, SignedMethod::Put | SignedMethod::Delete) {
            self.require_no_document(call, file, "Change it").await?;
        }
        self.stages.objects().presign(call, method, file.key().as_str(), seconds).await
    }

    async fn require_no_document(&self, call: &Call, file: &DocumentRef, advice: &str) -> Result<()> {
        match self.find(call, file.document_id().as_str()).await? {
            None => Ok(()),
            Some(Document { id, .. }) => Err(Error::conflict(format!(
                "This file is the document {id}. {advice} through the document's own route, so that its row and passages follow."
            ))
            .with("document-id", id)),
        }
    }
}
