use std::fmt;
use std::sync::Arc;

use hayro_syntax::object::Dict;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};

use crate::content::{Interpreter, Shared};
use crate::error::Resource;
use crate::guard::Guard;
use crate::pages::{PagePlace, find_pages};
use crate::trailer::Trailer;
use crate::{Error, Limits, repair};

/// The header stands within this many bytes of the file's beginning.
const HEADER_BYTES: usize = 1_024;

/// An open PDF.
pub struct Document {
    pdf: Pdf,
    bytes: Arc<Vec<u8>>,
    pages: Vec<PagePlace>,
    shared: Shared,
    limits: Limits,
    text_bytes: usize,
    holds_text: bool,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("pages", &self.pages.len()).finish_non_exhaustive()
    }
}

impl Document {
    /// Reads the structure of a PDF, not its pages. A document that is encrypted with an empty user password opens.
    ///
    /// # Errors
    /// [`Error::NotPdf`], [`Error::Encrypted`], [`Error::Broken`] (no pages can be found), [`Error::TooLarge`].
    pub fn open(mut bytes: Vec<u8>, limits: &Limits) -> Result<Self, Error> {
        if bytes.len() > limits.max_bytes {
            let actual = Some(bytes.len());
            return Err(Error::TooLarge { what: Resource::FileBytes, limit: limits.max_bytes, actual });
        }
        let head = bytes.get(..HEADER_BYTES).unwrap_or(&bytes);
        if !head.windows(5).any(|window| window == b"%PDF-") {
            return Err(Error::NotPdf);
        }
        let trailer = Trailer::find(&bytes);
        let guard = Guard::disarm(&mut bytes, trailer.encrypted, limits)?;
        repair::bound(&mut bytes)?;
        trailer.append_empty_catalog(&mut bytes);
        let bytes = Arc::new(bytes);
        let pdf = Pdf::new(bytes.clone()).map_err(|error| match error {
            LoadPdfError::Decryption(error) => encrypted(error),
            LoadPdfError::Invalid => Error::broken("its structure cannot be read"),
        })?;
        let pages = find_pages(&pdf, trailer.root, limits)?;
        if pages.is_empty() {
            return Err(if guard.has_patches() {
                Error::over(Resource::StreamBytes, limits.max_stream_bytes)
            } else {
                Error::broken("no pages can be found")
            });
        }
        let shared = Shared { guard, ..Shared::default() };
        Ok(Self { pdf, bytes, pages, shared, limits: limits.clone(), text_bytes: 0, holds_text: false })
    }

    /// How many pages there are; at least one.
    pub fn page_count(&self) -> usize {
        self.pages.len()
    }

    /// The text of a page, `index` counted from 0: lines in reading order, a blank line between paragraphs, no control
    /// characters but line feeds. Empty for a page without text.
    ///
    /// # Errors
    /// [`Error::NoSuchPage`], and [`Error::TooLarge`] where a limit is reached. What a page has damaged is left out.
    pub fn page_text(&mut self, index: usize) -> Result<String, Error> {
        let pages = self.pages.len();
        let place = self.pages.get(index).ok_or(Error::NoSuchPage { index, pages })?;
        let Some(page) = self.pdf.xref().get::<Dict<'_>>(place.page) else { return Ok(String::new()) };
        let inherited = || self.pdf.xref().get::<Dict<'_>>(place.inherited?)?.get::<Dict<'_>>("Resources");
        let resources = page.get::<Dict<'_>>("Resources").or_else(inherited).unwrap_or_default();
        let text =
            Interpreter::new(&self.bytes, &mut self.shared, &self.limits).page_text(&page, &resources)?;
        self.text_bytes += text.len();
        if self.text_bytes > self.limits.max_text_bytes {
            return Err(Error::over(Resource::TextBytes, self.limits.max_text_bytes));
        }
        self.holds_text |= !text.is_empty();
        Ok(text)
    }

    /// To be asked after all pages: whether any that was read holds text.
    ///
    /// # Errors
    /// [`Error::NoText`] where none does: a scan.
    pub fn require_text(&self) -> Result<(), Error> {
        if self.holds_text { Ok(()) } else { Err(Error::NoText) }
    }
}

fn encrypted(error: DecryptionError) -> Error {
    let reason = match error {
        DecryptionError::PasswordProtected => "it opens only with a password",
        DecryptionError::UnsupportedAlgorithm => "its algorithm is not supported",
        DecryptionError::MissingIDEntry | DecryptionError::InvalidEncryption => {
            "its encryption settings are damaged"
        }
    };
    Error::Encrypted { reason }
}
