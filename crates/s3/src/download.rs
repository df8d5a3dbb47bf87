use bytes::Bytes;
use sha2::{Digest, Sha256};
use upstream::{Download, Error, Platform};

/// An object's bytes on their way in. Their number is checked, and, where S3 keeps a SHA-256 of the whole object and all of it is read, their hash.
pub struct ObjectBody<P: Platform> {
    download: Download<P>,
    left: u64,
    check: Option<(Sha256, String)>,
}

impl<P: Platform> ObjectBody<P> {
    pub(crate) fn new(download: Download<P>, length: u64, sha256: Option<String>) -> Self {
        Self { download, left: length, check: sha256.map(|hex| (Sha256::new(), hex)) }
    }

    /// The next bytes; `None` after the last.
    ///
    /// # Errors
    /// `unavailable` when they end early, `failed` when they are not those that were stored.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(bytes) = self.download.chunk().await? else { return self.end().map(|()| None) };
        self.left = self
            .left
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| Error::failed("S3 sent more bytes than it announced."))?;
        if let Some((hash, _)) = &mut self.check {
            hash.update(&bytes);
        }
        Ok(Some(bytes))
    }

    fn end(&mut self) -> Result<(), Error> {
        if self.left > 0 {
            let message = format!("S3 ended {} bytes before the object did. Read it again.", self.left);
            return Err(Error::new(upstream::ErrorKind::Unavailable, message));
        }
        let Some((hash, expected)) = self.check.take() else { return Ok(()) };
        if hex::encode(hash.finalize()) != expected {
            return Err(Error::failed(
                "The bytes read are not those that were stored: their SHA-256 differs. Read the object again.",
            ));
        }
        Ok(())
    }
}
