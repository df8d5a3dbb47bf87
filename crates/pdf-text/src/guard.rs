//! Measures every stream of a file before the PDF crate reads it, and disarms those that would unpack to too much.
//!
//! The PDF crate unpacks a stream by itself only when it takes it for an object stream or a cross-reference stream, and any
//! stream may be named as one. So each stream in the file must be known to unpack to a bounded size, or must not unpack: its
//! first bytes are replaced by ones that end its first filter at once. `Guard::original` gives them back for `crate::filters`,
//! which unpacks page contents with its own bounds. Honest object streams are small, so the smallest are measured first and
//! pictures are the ones left over when the budget ends.

use std::collections::BTreeMap;
use std::ops::Range;

use hayro_syntax::object::{Dict, FromBytes, Name};
use memchr::memmem;

use crate::filters::measure_inflated;
use crate::packing::Packing;
use crate::{Error, Limits};

const KEYWORD: &[u8] = b"stream";
/// A stream dictionary must begin within this many bytes before its data.
const MAX_DICT_BYTES: usize = 8 << 10;
/// How many `<<` are tried as the beginning of a stream's dictionary.
const MAX_DICT_STARTS: usize = 32;
/// Deflate cannot expand more than this.
const DEFLATE_RATIO: usize = 1_032;

/// What was replaced in the file's bytes.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    patched: BTreeMap<usize, Vec<u8>>,
    hidden: bool,
}

struct Candidate {
    dict: Option<Range<usize>>,
    keyword: usize,
    data: usize,
    end: usize,
    packing: Packing,
    object_stream: bool,
}

impl Guard {
    /// Looks at every stream in `bytes` and disarms what is too large. `encrypted` says that the streams cannot be measured.
    pub(crate) fn disarm(bytes: &mut [u8], encrypted: bool, limits: &Limits) -> Result<Self, Error> {
        let mut candidates = find_streams(bytes)?;
        candidates.sort_by_key(|candidate| candidate.end - candidate.data);
        let mut guard = Self::default();
        let mut budget = limits.max_object_bytes;
        for mut candidate in candidates {
            if !encrypted {
                candidate.settle_length(bytes);
            }
            match candidate.cost(bytes, budget.min(limits.max_stream_bytes), encrypted) {
                Some(cost) => budget -= cost,
                None => guard.patch(bytes, &candidate),
            }
        }
        Ok(guard)
    }

    /// The bytes that stood at `offset`, when they were replaced.
    pub(crate) fn original(&self, offset: usize) -> Option<&[u8]> {
        self.patched.get(&offset).map(Vec::as_slice)
    }

    /// Whether a stream was replaced.
    pub(crate) fn has_patches(&self) -> bool {
        !self.patched.is_empty()
    }

    /// Whether a stream is no longer to be found at all.
    pub(crate) fn hides_streams(&self) -> bool {
        self.hidden
    }

    fn patch(&mut self, bytes: &mut [u8], candidate: &Candidate) {
        let (at, ending): (usize, &[u8]) = match &candidate.packing {
            // A final block of the reserved type.
            Packing::Deflated { .. } => (candidate.data, &[0x07]),
            Packing::Other(filter) => match filter.as_slice() {
                b"FlateDecode" | b"Fl" => (candidate.data, &[0x07]),
                b"LZWDecode" | b"LZW" => (candidate.data, &[0x80, 0x80]),
                b"RunLengthDecode" | b"RL" => (candidate.data, &[0x80]),
                b"ASCIIHexDecode" | b"AHx" => (candidate.data, b">"),
                b"ASCII85Decode" | b"A85" => (candidate.data, b"~>"),
                _ => (candidate.keyword, b"S"),
            },
            _ => (candidate.keyword, b"S"),
        };
        self.hidden |= at == candidate.keyword;
        if let Some(target) = bytes.get_mut(at..at + ending.len()) {
            self.patched.entry(at).or_insert_with(|| target.to_vec());
            target.copy_from_slice(ending);
        }
    }
}

impl Candidate {
    /// A length that stands elsewhere could be any, and unfiltered streams are held as they are. Without one, the PDF crate
    /// takes the bytes up to `endstream`.
    fn settle_length(&mut self, bytes: &mut [u8]) {
        let (Packing::Plain { length: None }, Some(range)) = (&self.packing, &self.dict) else { return };
        let Some(dict) = bytes.get_mut(range.clone()) else { return };
        let key = b"/Length";
        let mut from = 0;
        while let Some(at) = dict.get(from..).and_then(|rest| memmem::find(rest, key)) {
            from += at + key.len();
            if let Some(last) = dict.get_mut(from - 1) {
                *last = b'_';
            }
        }
        if Dict::from_bytes(dict).is_some_and(|dict| !dict.contains_key("Length")) {
            self.packing = Packing::Plain { length: Some(self.end - self.data) };
        }
    }

    /// Bytes that the PDF crate may come to hold, or none when that is over `max` or unknown.
    fn cost(&self, bytes: &[u8], max: usize, encrypted: bool) -> Option<usize> {
        let rest = bytes.get(self.data..).unwrap_or_default();
        let cost = match self.packing {
            Packing::Never => Some(0),
            Packing::Plain { length } => Some(length.unwrap_or(rest.len()).min(rest.len())),
            Packing::Deflated { predictor } => {
                measure_inflated(rest, max).map(|size| if predictor { size * 2 } else { size })
            }
            Packing::Other(_) | Packing::Unknown => None,
            Packing::Hostile => return None,
        };
        match cost {
            Some(cost) if cost <= max => Some(cost),
            _ if encrypted && !self.object_stream => Some(0),
            _ if encrypted => {
                Some((self.end - self.data).saturating_mul(DEFLATE_RATIO)).filter(|cost| *cost <= max)
            }
            // Too short to unpack to much, even where it is damaged.
            None if matches!(self.packing, Packing::Deflated { .. }) => {
                Some(rest.len().saturating_mul(DEFLATE_RATIO)).filter(|cost| *cost <= max)
            }
            _ => None,
        }
    }
}

fn find_streams(bytes: &[u8]) -> Result<Vec<Candidate>, Error> {
    let mut candidates = Vec::new();
    let mut searched = 0_usize;
    let mut end = None::<usize>;
    // Backwards, so that the nearest end of each stream is known.
    for at in memmem::rfind_iter(bytes, KEYWORD) {
        if bytes.get(..at).is_some_and(|before| before.ends_with(b"end")) {
            end = Some(at - 3);
            continue;
        }
        let Some(data) = data_start(bytes, at) else { continue };
        let end = end.unwrap_or(bytes.len()).max(data);
        if !follows_dict(bytes, at) {
            continue;
        }
        // The PDF crate looks for the end of each stream anew: many streams without one would take quadratic time.
        searched = searched.saturating_add(end - data);
        if searched > bytes.len().saturating_mul(8) {
            return Err(Error::broken("streams overlap or have no end"));
        }
        let found = find_dict(bytes, at);
        let range = found.as_ref().map(|(start, dict)| *start..*start + dict.data().len());
        let dict = found.map(|(_, dict)| dict);
        let object_stream =
            dict.as_ref().is_none_or(|dict| dict.contains_key("First") || dict.contains_key("W"));
        let packing = dict.map_or(Packing::Hostile, |dict| Packing::of(&dict));
        candidates.push(Candidate { dict: range, keyword: at, data, end, packing, object_stream });
    }
    Ok(candidates)
}

fn data_start(bytes: &[u8], keyword: usize) -> Option<usize> {
    let start = keyword + KEYWORD.len();
    match bytes.get(start..)? {
        [b'\r', b'\n', ..] => Some(start + 2),
        [b'\n' | b'\r', ..] => Some(start + 1),
        _ => None,
    }
}

fn trim_end(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0 | 0x0c);
    bytes.get(..bytes.iter().rposition(|byte| !blank(byte)).map_or(0, |last| last + 1)).unwrap_or_default()
}

/// Whether a dictionary, white space and comments at most, stands before the keyword.
fn follows_dict(bytes: &[u8], keyword: usize) -> bool {
    let before = bytes.get(keyword.saturating_sub(MAX_DICT_BYTES)..keyword).unwrap_or_default();
    if trim_end(before).ends_with(b">>") {
        return true;
    }
    let line_ended = matches!(before.last(), Some(b'\n' | b'\r'));
    let line = trim_end(before).rsplit(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    line_ended && line.contains(&b'%')
}

/// The dictionary that ends right before the keyword, and where it begins; none when there is no telling which it is.
fn find_dict(bytes: &[u8], keyword: usize) -> Option<(usize, Dict<'_>)> {
    let low = keyword.saturating_sub(MAX_DICT_BYTES);
    let window = bytes.get(low..keyword)?;
    let length = trim_end(window).len();
    let window = window.get(..length)?;
    let mut found = None;
    let mut tried = 0;
    let mut at = length.checked_sub(1)?;
    while let Some(start) = window.get(..=at).and_then(|part| part.windows(2).rposition(|pair| pair == b"<<"))
    {
        tried += 1;
        if tried > MAX_DICT_STARTS {
            break;
        }
        if let Some(dict) = window.get(start..).and_then(Dict::from_bytes)
            && start + dict.data().len() == length
        {
            if found.is_some() {
                return None;
            }
            found = Some((low + start, dict));
        }
        // An object begins here: dictionaries further up belong to other objects.
        if found.is_some() && trim_end(window.get(..start)?).ends_with(b"obj") {
            break;
        }
        at = start;
    }
    found
}

/// Whether `dict` names a type.
pub(crate) fn has_type(dict: &Dict<'_>, name: &[u8]) -> bool {
    dict.get::<Name<'_>>("Type").is_some_and(|found| &*found == name)
}
