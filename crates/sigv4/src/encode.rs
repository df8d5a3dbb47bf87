//! Percent-encoding as signatures need it: every byte but `A–Z a–z 0–9 - _ . ~`, in upper-case hex.

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Bytes that stand for themselves.
const UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~');
        byte += 1;
    }
    table
};

/// Writes a byte, or its escape.
pub(crate) fn push(out: &mut String, byte: u8, keep_slash: bool) {
    if UNRESERVED[usize::from(byte)] || (keep_slash && byte == b'/') {
        out.push(char::from(byte));
    } else {
        out.push('%');
        out.push(char::from(HEX[usize::from(byte >> 4)]));
        out.push(char::from(HEX[usize::from(byte & 15)]));
    }
}

/// A key as the path of a URL: encoded, with its slashes kept. Without a slash at its beginning.
#[must_use]
pub fn encode_path(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + key.len() / 4);
    key.bytes().for_each(|byte| push(&mut out, byte, true));
    out
}

/// Pairs as the query of a URL, in their order: `name=value`, joined by `&`.
#[must_use]
pub fn encode_query<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        name.as_ref().bytes().for_each(|byte| push(&mut out, byte, false));
        out.push('=');
        value.as_ref().bytes().for_each(|byte| push(&mut out, byte, false));
    }
    out
}

/// Writes text that may hold escapes and stray bytes in its one canonical form: each escape and each byte that is not
/// unreserved as an upper-case escape. What is canonical already is copied.
pub(crate) fn canonicalise(out: &mut String, text: &str, keep_slash: bool) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let plain = bytes[at..]
            .iter()
            .position(|&b| !(UNRESERVED[usize::from(b)] || (keep_slash && b == b'/')))
            .unwrap_or(bytes.len() - at);
        // Unreserved bytes are ASCII, so the piece ends between characters.
        out.push_str(text.get(at..at + plain).unwrap_or_default());
        at += plain;
        let Some(&byte) = bytes.get(at) else { break };
        match escape(&bytes[at..]) {
            Some(escaped) => {
                // An escaped slash is no separator.
                push(out, escaped, false);
                at += 3;
            }
            None => {
                push(out, byte, keep_slash);
                at += 1;
            }
        }
    }
}

/// The byte that `%XX` at the beginning stands for.
fn escape(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = bytes else { return None };
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(*high)? << 4 | digit(*low)?)
}
