//! What a write may say.

use crate::{Error, Result};

use super::PutOptions;

const MAX_KEY_BYTES: usize = 1024;
const MAX_CONTENT_TYPE_BYTES: usize = 255;
const MAX_METADATA_BYTES: usize = 2048;

pub(super) fn key(key: &str) -> Result<()> {
    if key.is_empty() || key.len() > MAX_KEY_BYTES {
        let message = format!("An object's key has 1 to {MAX_KEY_BYTES} bytes; this one has {}.", key.len());
        return Err(Error::invalid(message).with("limit", MAX_KEY_BYTES).with("actual", key.len()));
    }
    Ok(())
}

pub(super) fn options(options: &PutOptions) -> Result<()> {
    let content_type = &options.content_type;
    let printable = content_type.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    if !printable || content_type.len() > MAX_CONTENT_TYPE_BYTES || !has_type_and_subtype(content_type) {
        return Err(Error::invalid(format!(
            "The content type is not a media type of 1 to {MAX_CONTENT_TYPE_BYTES} ASCII characters, such as application/pdf."
        )));
    }
    for (name, value) in &options.metadata {
        let named = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !named || !value.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::invalid(
                "Metadata names are lower-case ASCII letters, digits and `-`, and their values visible ASCII. Percent-encode the value.",
            ));
        }
    }
    let bytes: usize = options.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > MAX_METADATA_BYTES {
        let message =
            format!("An object's metadata has at most {MAX_METADATA_BYTES} bytes; this has {bytes}.");
        return Err(Error::invalid(message).with("limit", MAX_METADATA_BYTES).with("actual", bytes));
    }
    Ok(())
}

fn has_type_and_subtype(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim_end();
    let token = |s: &str| {
        !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    essence.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}
