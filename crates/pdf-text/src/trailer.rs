//! Finding a file's trailer, and adding one of our own.
//!
//! The PDF crate reads the whole page tree when it opens a file, without a bound. An update appended to the file (as
//! incremental saving does) gives it an empty page tree instead; the true one is then walked in `crate::pages`.

use hayro_syntax::object::{Dict, FromBytes, ObjRef};
use memchr::memmem;

/// Object numbers that no real file uses.
const CATALOG: u32 = 4_000_000_000;
/// Trailers looked at when the last one cannot be found by its offset.
const MAX_TRAILERS: usize = 16;

/// What the file's own trailer says.
pub(crate) struct Trailer {
    /// The document catalog.
    pub root: Option<ObjRef>,
    /// Whether the file is encrypted.
    pub encrypted: bool,
    entries: Vec<u8>,
    position: Option<usize>,
}

impl Trailer {
    pub(crate) fn find(bytes: &[u8]) -> Self {
        let position = last_xref_position(bytes);
        let by_offset = position.and_then(|position| trailer_at(bytes, position));
        let dict = by_offset.or_else(|| scan_for_trailer(bytes));
        match dict {
            Some(dict) => Self {
                root: dict.get_ref("Root"),
                encrypted: dict.contains_key("Encrypt"),
                entries: dict
                    .data()
                    .strip_prefix(b"<<")
                    .and_then(|data| data.strip_suffix(b">>"))
                    .unwrap_or_default()
                    .to_vec(),
                position,
            },
            None => Self { root: None, encrypted: false, entries: Vec::new(), position },
        }
    }

    /// Appends an update with a catalog without pages.
    pub(crate) fn append_empty_catalog(&self, bytes: &mut Vec<u8>) {
        let pages = CATALOG + 1;
        let mut update = Vec::with_capacity(self.entries.len() + 512);
        let start = bytes.len();
        update.extend_from_slice(b"\n");
        let catalog_at = start + update.len();
        update.extend(format!("{CATALOG} 0 obj\n<< /Type /Catalog /Pages {pages} 0 R >>\nendobj\n").bytes());
        let pages_at = start + update.len();
        update.extend(format!("{pages} 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n").bytes());
        let xref_at = start + update.len();
        update.extend(
            format!("xref\n{CATALOG} 2\n{catalog_at:010} 00000 n \n{pages_at:010} 00000 n \ntrailer\n<<")
                .bytes(),
        );
        update.extend_from_slice(&self.entries);
        // Of an entry given twice, the later one holds.
        update.extend(format!("\n/Root {CATALOG} 0 R /Info null /XRefStm null ").bytes());
        match self.position {
            Some(position) => {
                update.extend(format!("/Prev {position} >>\nstartxref\n{xref_at}\n%%EOF\n").bytes())
            }
            // Without a table of its own the file must be searched for objects: an offset that leads nowhere does that.
            None => update.extend(b"/Prev null >>\nstartxref\n0\n%%EOF\n"),
        }
        bytes.extend_from_slice(&update);
    }
}

fn last_xref_position(bytes: &[u8]) -> Option<usize> {
    let needle = b"startxref";
    let at = memmem::rfind(bytes, needle)?;
    let rest = bytes.get(at + needle.len()..)?.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let position = std::str::from_utf8(rest.get(..digits)?).ok()?.parse::<usize>().ok()?;
    (position > 0 && position < bytes.len() && i32::try_from(position).is_ok()).then_some(position)
}

fn trailer_at(bytes: &[u8], position: usize) -> Option<Dict<'_>> {
    let rest = bytes.get(position..)?.trim_ascii_start();
    let dict = if rest.starts_with(b"xref") {
        let keyword = b"trailer";
        let at = memmem::find(rest, keyword)?;
        rest.get(at + keyword.len()..)?
    } else {
        // A cross-reference stream: `12 0 obj <<`.
        let at = rest.iter().take(64).position(|byte| *byte == b'<')?;
        rest.get(at..)?
    };
    Dict::from_bytes(dict.trim_ascii_start()).filter(|dict| dict.get_ref("Root").is_some())
}

fn scan_for_trailer(bytes: &[u8]) -> Option<Dict<'_>> {
    let keyword = b"trailer";
    let mut end = bytes.len();
    for _ in 0..MAX_TRAILERS {
        let at = memmem::rfind(bytes.get(..end)?, keyword)?;
        let rest = bytes.get(at + keyword.len()..)?.trim_ascii_start();
        if let Some(dict) = Dict::from_bytes(rest).filter(|dict| dict.get_ref("Root").is_some()) {
            return Some(dict);
        }
        end = at;
    }
    None
}
