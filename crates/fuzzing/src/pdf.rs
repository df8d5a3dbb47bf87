use pdf_text::{Document, Limits};

/// Small, so that what a limit does not hold shows as time or memory.
const LIMITS: Limits = Limits {
    max_bytes: 1 << 20,
    max_pages: 50,
    max_stream_bytes: 1 << 20,
    max_object_bytes: 4 << 20,
    max_total_bytes: 8 << 20,
    max_text_bytes: 1 << 20,
    max_operations: 100_000,
    max_glyphs: 100_000,
    max_depth: 16,
    max_fonts: 64,
};

/// A PDF: its text stays within its limits, and is the same the next time.
pub fn pdf(data: &[u8]) {
    let first = text(data);
    assert_eq!(text(data), first, "the same file reads as another");
}

fn text(data: &[u8]) -> Option<Vec<Option<String>>> {
    let mut document = Document::open(data.to_vec(), &LIMITS).ok()?;
    let count = document.page_count();
    assert!(count <= LIMITS.max_pages, "{count} pages");
    let pages: Vec<Option<String>> = (0..count).map(|page| document.page_text(page).ok()).collect();
    let bytes: usize = pages.iter().flatten().map(String::len).sum();
    assert!(bytes <= LIMITS.max_text_bytes, "{bytes} bytes of text");
    Some(pages)
}
