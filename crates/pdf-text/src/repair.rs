//! Bounds what a repair costs, before the PDF crate makes one.
//!
//! Where a file's cross-reference table is broken, or leads astray for a single object, the PDF crate searches the whole file for
//! objects. At everything that looks like the beginning of one it reads on to its end, and when there is none it begins again
//! at the next: objects left open, or nested as deep as they may be, cost many times the file's size. So the same search is
//! made here first, counting bytes; a file that would cost more than a fixed multiple of its size is refused. Honest files cost
//! one to three times their size.
//!
//! The search also follows each trailer to its catalog. Only the one that `crate::trailer` appends is of use, so the others
//! lose their `/Root`.

use std::ops::Range;

use hayro_syntax::object::{Dict, FromBytes};
use memchr::memmem;

use crate::Error;

/// Bytes that a repair may look at for each byte of the file.
const MAX_COST: usize = 8;
/// Allowed to a file however small.
const MIN_BUDGET: usize = 1 << 20;
/// The PDF crate's own limit on nesting.
const MAX_NESTING: usize = 512;
const ROOT: &[u8] = b"/Root";

/// Refuses a file whose repair would cost too much.
pub(crate) fn bound(bytes: &mut [u8]) -> Result<(), Error> {
    let budget = bytes.len().saturating_mul(MAX_COST).max(MIN_BUDGET);
    let mut search = Search { bytes, at: 0, left: budget };
    let trailers = search.trailers().ok_or_else(|| {
        Error::broken("objects are left open or nested so deep that it could not be repaired in bounded time")
    })?;
    for range in trailers {
        let Some(dict) = bytes.get_mut(range) else { continue };
        while let Some(at) = memmem::find(dict, ROOT) {
            if let Some(last) = dict.get_mut(at + ROOT.len() - 1) {
                *last = b'_';
            }
        }
        if has_root(dict) {
            return Err(Error::broken("a trailer is written in a way that no program writes it"));
        }
    }
    Ok(())
}

fn has_root(dict: &[u8]) -> bool {
    // A name may be written with `#` escapes.
    let may = memmem::find(dict, ROOT).is_some() || memchr::memchr(b'#', dict).is_some();
    may && Dict::from_bytes(dict).is_some_and(|dict| dict.contains_key("Root"))
}

/// What a container holds next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Array,
    Key,
    Value,
}

/// The PDF crate's search for objects. What it takes from the file counts against `left`.
struct Search<'a> {
    bytes: &'a [u8],
    at: usize,
    left: usize,
}

/// No object is here.
struct NoObject;

impl Search<'_> {
    /// The dictionaries that have a `/Root`; none when the search costs too much.
    fn trailers(&mut self) -> Option<Vec<Range<usize>>> {
        let mut found = Vec::new();
        while let Some(byte) = self.peek() {
            let start = self.at;
            if byte.is_ascii_digit() {
                if self.object_id() {
                    let object = self.at;
                    self.blanks_and_comments();
                    // The search goes on inside the object.
                    let _ = self.object();
                    self.at = object;
                } else {
                    self.at = start;
                    self.run_of(|byte| !is_blank(byte));
                }
            } else if self.rest().starts_with(b"<<") {
                if self.object().is_ok() {
                    let range = start..self.at;
                    if self.bytes.get(range.clone()).is_some_and(has_root) {
                        found.push(range);
                    }
                } else {
                    self.at = start;
                    self.run_of(|byte| !is_blank(byte));
                }
            } else {
                self.run_of(|byte| !is_blank(byte));
                if self.at == start {
                    self.take(1);
                }
            }
            if self.left == 0 {
                return None;
            }
        }
        Some(found)
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, bytes: usize) {
        self.at += bytes;
        self.left = self.left.saturating_sub(bytes);
    }

    fn run_of(&mut self, is_member: impl Fn(u8) -> bool) -> usize {
        let rest = self.rest();
        let count = rest.iter().position(|byte| !is_member(*byte)).unwrap_or(rest.len());
        self.take(count);
        count
    }

    fn blanks_and_comments(&mut self) {
        loop {
            self.run_of(is_blank);
            if self.peek() != Some(b'%') {
                return;
            }
            self.run_of(|byte| !matches!(byte, b'\n' | b'\r'));
        }
    }

    /// `12 0 obj`.
    fn object_id(&mut self) -> bool {
        for _ in 0..2 {
            if self.run_of(|byte| byte.is_ascii_digit()) == 0 {
                return false;
            }
            self.blanks_and_comments();
        }
        self.tag(b"obj").is_ok()
    }

    /// One object, whatever it holds.
    fn object(&mut self) -> Result<(), NoObject> {
        let mut nesting: Vec<Inside> = Vec::new();
        while self.left > 0 {
            let byte = match nesting.last() {
                None => self.peek(),
                Some(_) => {
                    self.blanks_and_comments();
                    self.peek()
                }
            };
            let byte = byte.ok_or(NoObject)?;
            let ends = match nesting.last() {
                Some(Inside::Array) if byte == b']' => 1,
                Some(Inside::Key) if self.rest().starts_with(b">>") => 2,
                _ => 0,
            };
            if ends > 0 {
                self.take(ends);
                nesting.pop();
            } else {
                match nesting.last_mut() {
                    Some(inside @ Inside::Key) if byte == b'/' => {
                        *inside = Inside::Value;
                        self.name();
                        continue;
                    }
                    Some(inside @ Inside::Value) => *inside = Inside::Key,
                    _ => {}
                }
                let opened = match byte {
                    b'[' => Some((1, Inside::Array)),
                    b'<' if self.rest().starts_with(b"<<") => Some((2, Inside::Key)),
                    _ => None,
                };
                match opened {
                    Some(_) if nesting.len() == MAX_NESTING => return Err(NoObject),
                    Some((length, inside)) => {
                        self.take(length);
                        nesting.push(inside);
                    }
                    None => self.scalar(byte)?,
                }
            }
            if nesting.is_empty() {
                return Ok(());
            }
        }
        Err(NoObject)
    }

    fn scalar(&mut self, first: u8) -> Result<(), NoObject> {
        match first {
            b'/' => self.name(),
            b'(' => return self.literal(),
            b'<' => {
                self.take(1);
                self.run_of(|byte| byte.is_ascii_hexdigit() || is_blank(byte));
                return self.tag(b">");
            }
            b'n' => return self.word(b"null"),
            b't' => return self.word(b"true"),
            b'f' => return self.word(b"false"),
            b'.' | b'+' | b'-' | b'0'..=b'9' => return self.number(),
            _ if self.run_of(is_regular) == 0 => return Err(NoObject),
            _ => {}
        }
        Ok(())
    }

    fn name(&mut self) {
        self.take(1);
        self.run_of(is_regular);
    }

    fn literal(&mut self) -> Result<(), NoObject> {
        let mut open = 0_usize;
        while let Some(byte) = self.peek().filter(|_| self.left > 0) {
            self.take(if byte == b'\\' { 2 } else { 1 });
            match byte {
                b'(' => open += 1,
                b')' => open -= 1,
                _ => {}
            }
            if open == 0 {
                return Ok(());
            }
        }
        Err(NoObject)
    }

    fn number(&mut self) -> Result<(), NoObject> {
        let digits = |byte: u8| byte.is_ascii_digit() || byte == b'-';
        let signed = matches!(self.peek(), Some(b'+' | b'-'));
        if signed {
            self.take(1);
        }
        let whole = self.run_of(digits);
        let pointed = self.tag(b".").is_ok();
        if pointed {
            self.run_of(digits);
        }
        let next = self.peek();
        let bare_sign = signed && next.is_some_and(|byte| is_blank(byte) || matches!(byte, b'(' | b'<'));
        let fits = (whole > 0 || pointed || bare_sign) && !next.is_some_and(is_regular);
        if fits { Ok(()) } else { Err(NoObject) }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), NoObject> {
        self.tag(word)?;
        if self.peek().is_some_and(is_regular) { Err(NoObject) } else { Ok(()) }
    }

    fn tag(&mut self, tag: &[u8]) -> Result<(), NoObject> {
        if !self.rest().starts_with(tag) {
            return Err(NoObject);
        }
        self.take(tag.len());
        Ok(())
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_regular(byte: u8) -> bool {
    !is_blank(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a repair costs for each byte of the file, up to `MAX_COST`.
    fn cost(bytes: &[u8]) -> usize {
        let budget = bytes.len() * MAX_COST;
        let mut search = Search { bytes, at: 0, left: budget };
        let _ = search.trailers();
        (budget - search.left).div_ceil(bytes.len())
    }

    #[test]
    fn what_is_left_open_or_nested_costs_more_than_is_allowed_and_what_is_honest_costs_little() {
        for hostile in [
            "<< ",
            "<</A ",
            "1 0 obj(\n",
            "1 0 obj[\n",
            "1 0 obj[ (\n",
            "1 0 obj<</A \n",
            "1 0 obj %\t",
            "<< /A ( ",
        ] {
            let bytes = hostile.repeat(20_000);
            assert_eq!(cost(bytes.as_bytes()), MAX_COST, "{hostile}");
        }
        for honest in [
            "1 0 obj\n<< /Type /Page /Kids [<< /A << /B (text \\( more) >> >> 2 0 R] /X <00ff> >>\nendobj\n",
            "1 0 obj\n[<< /A 1 >> << /B -.5 >> null true]\nendobj\n",
            "1 0 obj << /Length 9 >> stream\n<<) x<<[(a\nendstream endobj\n",
            "binary ( << /X 1 2 [ )\n",
        ] {
            let bytes = honest.repeat(2_000);
            assert!(cost(bytes.as_bytes()) <= 3, "{honest}: {}", cost(bytes.as_bytes()));
        }
    }
}
