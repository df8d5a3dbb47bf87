//! Downloads: the file's name (RFC 6266, RFC 8187) and what a browser may do with it.

use http::HeaderValue;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::protection::policy_for_file;

/// The longest file name sent, in bytes of UTF-8: what common file systems take.
pub const MAX_FILENAME_BYTES: usize = 255;

/// The `attr-char` of RFC 8187 stand for themselves, everything else is encoded.
const EXT_VALUE: AsciiSet = NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// The media types that a browser shows without running anything in them. HTML, SVG and XML can carry scripts, which would run with the
/// rights of this origin, so they and all that is unknown are saved.
const SHOWN: [&str; 8] = [
    "application/json",
    "application/pdf",
    "image/avif",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/plain",
];

/// Whether a file is shown or saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Shown in the browser.
    Inline,
    /// Saved to disk.
    Attachment,
}

impl Disposition {
    /// What is safe for a file of this media type: shown when its type is one of a few that carry no scripts, else saved. Parameters of the media type do not count.
    #[must_use]
    pub fn safe_for(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if SHOWN.iter().any(|shown| shown.eq_ignore_ascii_case(essence)) {
            Self::Inline
        } else {
            Self::Attachment
        }
    }
}

/// The headers of a file on its way to a client: its media type, what may run of it, and its name. A media type that cannot
/// stand in a header becomes `application/octet-stream`.
#[must_use]
pub fn download_headers(content_type: &str, filename: &str) -> [(HeaderName, HeaderValue); 3] {
    let octets = HeaderValue::from_static("application/octet-stream");
    let disposition = content_disposition(Disposition::safe_for(content_type), filename);
    [
        (CONTENT_TYPE, HeaderValue::try_from(content_type).unwrap_or(octets)),
        (CONTENT_SECURITY_POLICY, policy_for_file(content_type)),
        (CONTENT_DISPOSITION, disposition),
    ]
}

/// The value of a `Content-Disposition` header. The name loses what no file name should have: path separators, control and invisible
/// formatting characters, dots and spaces at its ends; it is cut to [`MAX_FILENAME_BYTES`]; an empty one becomes `download`.
#[must_use]
pub fn content_disposition(disposition: Disposition, filename: &str) -> HeaderValue {
    let kind = match disposition {
        Disposition::Inline => "inline",
        Disposition::Attachment => "attachment",
    };
    let name = clean(filename);
    // For clients that do not read `filename*`. A percent sign there is taken for an encoding by some.
    let plain = |c: char| c == ' ' || (c.is_ascii_graphic() && !matches!(c, '"' | '%'));
    let fallback: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let value = if fallback == name {
        format!("{kind}; filename=\"{name}\"")
    } else {
        format!(
            "{kind}; filename=\"{fallback}\"; filename*=UTF-8''{}",
            utf8_percent_encode(&name, &EXT_VALUE)
        )
    };
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("attachment"))
}

fn clean(filename: &str) -> String {
    let shown = filename.chars().filter(|c| !c.is_control() && !is_invisible(*c));
    let name: String = shown.map(|c| if matches!(c, '/' | '\\' | ':') { '_' } else { c }).collect();
    let name = name.trim_matches(['.', ' ']);
    let name = name[..name.floor_char_boundary(MAX_FILENAME_BYTES)].trim_end_matches(['.', ' ']);
    if name.is_empty() { "download".to_owned() } else { name.to_owned() }
}

/// Characters that change how a name reads without being seen, such as the override that makes `fdp.exe` of `exe.pdf`.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
