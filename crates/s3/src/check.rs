//! The contract's rules for what callers give, held before anything is sent.

use upstream::Error;

use crate::{PutOptions, WriteCondition};

const MAX_KEY_BYTES: usize = 1024;
const MAX_CONTENT_TYPE_BYTES: usize = 255;
const MAX_METADATA_BYTES: usize = 2048;
const MAX_ETAG_BYTES: usize = 256;

pub(crate) fn key(key: &str) -> Result<(), Error> {
    if key.is_empty() || key.len() > MAX_KEY_BYTES {
        let message = format!("An object's key has 1 to {MAX_KEY_BYTES} bytes; this one has {}.", key.len());
        return Err(over(message, MAX_KEY_BYTES, key.len()));
    }
    Ok(())
}

/// A prefix of keys; may be empty.
pub(crate) fn prefix(prefix: &str) -> Result<(), Error> {
    if prefix.len() > MAX_KEY_BYTES {
        let message = format!("A prefix has at most {MAX_KEY_BYTES} bytes; this one has {}.", prefix.len());
        return Err(over(message, MAX_KEY_BYTES, prefix.len()));
    }
    Ok(())
}

pub(crate) fn etag(etag: &str) -> Result<(), Error> {
    if etag.is_empty()
        || etag.len() > MAX_ETAG_BYTES
        || !etag.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'*')
    {
        return Err(Error::invalid(
            "The etag is none that this store gave: those are visible ASCII without quotes. Give it as head or put returned it.",
        ));
    }
    Ok(())
}

pub(crate) fn options(options: &PutOptions) -> Result<(), Error> {
    let content_type = &options.content_type;
    let printable = content_type.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    if !printable || content_type.len() > MAX_CONTENT_TYPE_BYTES || !has_type_and_subtype(content_type) {
        return Err(Error::invalid(format!(
            "The content type is not a media type of 1 to {MAX_CONTENT_TYPE_BYTES} ASCII characters, such as application/pdf."
        )));
    }
    for (at, (name, value)) in options.metadata.iter().enumerate() {
        let named = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !named || value.is_empty() || !value.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::invalid(
                "Metadata names are lower-case ASCII letters, digits and `-`, and their values visible ASCII. Percent-encode the value.",
            ));
        }
        let taken = name == "serene-write" || options.metadata[..at].iter().any(|(other, _)| other == name);
        if taken {
            return Err(Error::invalid(format!("The metadata name {name} is taken. Choose another.")));
        }
    }
    let bytes = metadata_bytes(options);
    if bytes > MAX_METADATA_BYTES {
        let message =
            format!("An object's metadata has at most {MAX_METADATA_BYTES} bytes; this has {bytes}.");
        return Err(over(message, MAX_METADATA_BYTES, bytes));
    }
    match &options.condition {
        WriteCondition::Matches(wanted) => etag(wanted),
        WriteCondition::Always | WriteCondition::Absent => Ok(()),
    }
}

/// Whether a header of this many bytes more still fits into what S3 takes.
pub(crate) fn has_room(options: &PutOptions, bytes: usize) -> bool {
    metadata_bytes(options) + bytes <= MAX_METADATA_BYTES
}

fn metadata_bytes(options: &PutOptions) -> usize {
    options.metadata.iter().map(|(name, value)| name.len() + value.len()).sum()
}

fn has_type_and_subtype(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim_end();
    let token = |s: &str| {
        !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    essence.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

fn over(message: String, limit: usize, actual: usize) -> Error {
    Error::invalid(message).with("limit", limit.to_string()).with("actual", actual.to_string())
}
