use std::fmt;

/// Why a document's text cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are no PDF at all.
    #[error("not a PDF: the file does not begin with %PDF-; send a PDF file")]
    NotPdf,
    /// The document opens only with a password, or is encrypted in a way that is not supported.
    #[error("the PDF is encrypted ({reason}); remove its password and send it again")]
    Encrypted {
        /// What stands in the way.
        reason: &'static str,
    },
    /// The file is damaged beyond reading.
    #[error("the PDF is damaged: {what}; save or export it anew and send it again")]
    Broken {
        /// What cannot be read.
        what: String,
    },
    /// The document needs more than a limit allows.
    #[error("the PDF is too large: {what} over the limit of {limit}{}; split it or raise the limit", Actual(*.actual))]
    TooLarge {
        /// Which limit.
        what: Resource,
        /// The limit's value.
        limit: usize,
        /// What the document has, where that is known.
        actual: Option<usize>,
    },
    /// No page holds text: a scan, or pictures only.
    #[error(
        "the PDF has no text layer (its pages are scans or pictures); use an extractor stage that does OCR"
    )]
    NoText,
    /// There is no such page.
    #[error("there is no page {index} (counted from 0): the PDF has {pages} pages")]
    NoSuchPage {
        /// The page asked for, from 0.
        index: usize,
        /// How many pages there are.
        pages: usize,
    },
}

/// What is bounded by [`Limits`](crate::Limits).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resource {
    /// Bytes of the file.
    FileBytes,
    /// Pages.
    Pages,
    /// Bytes that a stream unpacks to.
    StreamBytes,
    /// Bytes that all streams unpack to.
    TotalBytes,
    /// Bytes of text.
    TextBytes,
    /// Drawing operations of a page.
    Operations,
    /// Glyphs of a page.
    Glyphs,
    /// Nesting of the page tree.
    Depth,
    /// Fonts.
    Fonts,
    /// Bytes that the fonts' tables take.
    FontBytes,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FileBytes => "the file's bytes are",
            Self::Pages => "its pages are",
            Self::StreamBytes => "the bytes that a stream unpacks to are",
            Self::TotalBytes => "the bytes that its streams unpack to are",
            Self::TextBytes => "the bytes of its text are",
            Self::Operations => "the drawing operations of a page are",
            Self::Glyphs => "the glyphs of a page are",
            Self::Depth => "the levels of its page tree are",
            Self::Fonts => "its fonts are",
            Self::FontBytes => "the bytes that its fonts' tables take are",
        })
    }
}

impl Error {
    pub(crate) fn broken(what: impl Into<String>) -> Self {
        Self::Broken { what: what.into() }
    }

    pub(crate) fn over(what: Resource, limit: usize) -> Self {
        Self::TooLarge { what, limit, actual: None }
    }
}

struct Actual(Option<usize>);

impl fmt::Display for Actual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(actual) => write!(f, " ({actual})"),
            None => Ok(()),
        }
    }
}
