use crate::{Error, Result};

/// A part of an object, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// From the first to the last byte named, both included; the last is cut to the object's end.
    Between(u64, u64),
    /// From this byte to the end.
    StartingAt(u64),
    /// The last n bytes; all of a shorter object.
    Last(u64),
}

impl ByteRange {
    /// The offset and length in an object of this size.
    pub(super) fn within(self, size: u64) -> Result<(u64, u64)> {
        let (start, end) = match self {
            Self::Between(first, last) => (first, last.saturating_add(1).min(size)),
            Self::StartingAt(first) => (first, size),
            Self::Last(count) => (size.saturating_sub(count), size),
        };
        if start >= end {
            return Err(Error::invalid(format!("The range holds no byte of the object, which has {size}."))
                .with("reason", "range-not-satisfiable")
                .with("size", size));
        }
        Ok((start, end - start))
    }
}
