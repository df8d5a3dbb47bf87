/// What one document may cost. Every limit ends in [`Error::TooLarge`](crate::Error::TooLarge).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub max_bytes: usize,
    /// Pages of the document.
    pub max_pages: usize,
    /// Bytes that one stream may unpack to.
    pub max_stream_bytes: usize,
    /// Bytes that all object streams together may unpack to; they stay in memory while the document
    /// is open. The fonts' tables may take as much again.
    pub max_object_bytes: usize,
    /// Bytes unpacked over the document's life: page contents, forms, character maps; each time counts.
    pub max_total_bytes: usize,
    /// Bytes of text of all pages together (UTF-8).
    pub max_text_bytes: usize,
    /// Drawing operations of a page, those of its forms included.
    pub max_operations: usize,
    /// Glyphs of a page.
    pub max_glyphs: usize,
    /// Forms drawn within forms, and levels of the page tree.
    pub max_depth: usize,
    /// Fonts of the document.
    pub max_fonts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 64 << 20,
            max_pages: 2_000,
            max_stream_bytes: 32 << 20,
            max_object_bytes: 128 << 20,
            max_total_bytes: 512 << 20,
            max_text_bytes: 32 << 20,
            max_operations: 4_000_000,
            max_glyphs: 1_000_000,
            max_depth: 32,
            max_fonts: 4_096,
        }
    }
}
