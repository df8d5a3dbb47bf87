//! Objects being read.

use bytes::Bytes;
use upstream::{Download, Error, ErrorKind, Platform};

/// An object being read.
pub struct Object<P: Platform> {
    /// Bytes, where the service says how many before they come.
    pub size: Option<u64>,
    /// The bytes.
    pub body: ObjectBody<P>,
}

/// An object's bytes on their way in, held to the size that was said and to the limit.
pub struct ObjectBody<P: Platform> {
    download: Download<P>,
    size: Option<u64>,
    limit: u64,
    seen: u64,
}

impl<P: Platform> ObjectBody<P> {
    pub(crate) const fn new(download: Download<P>, size: Option<u64>, limit: u64) -> Self {
        Self { download, size, limit, seen: 0 }
    }

    /// The next bytes; `None` at the end of the whole object.
    ///
    /// # Errors
    /// `unavailable` when the connection broke or the object ended early, `timed-out`, `too-large` past the limit.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(bytes) = self.download.chunk().await? else {
            return match self.size {
                Some(size) if size != self.seen => {
                    let message =
                        format!("The object ended after {} of its {size} bytes. Read it again.", self.seen);
                    Err(Error::new(ErrorKind::Unavailable, message))
                }
                _ => Ok(None),
            };
        };
        self.seen += bytes.len() as u64;
        if self.seen > self.limit {
            let what = "The object in Supabase Storage, in bytes,";
            return Err(Error::too_large(what, self.limit, self.seen));
        }
        Ok(Some(bytes))
    }
}
