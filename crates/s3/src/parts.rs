//! A body cut into parts.

use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::LocalBoxStream;
use upstream::{Call, Error, ErrorKind, Platform};

use crate::checksum::Crc64;

/// A file on its way in.
pub type ByteStream = LocalBoxStream<'static, Result<Bytes, Error>>;

/// Bytes of every part but the last. All the same, as R2 wants them; over S3's least of 5 MiB.
pub(crate) const PART_BYTES: usize = 8 * 1024 * 1024;
const MAX_PARTS: u64 = 10_000;
/// The largest object that can be written, in bytes: 10,000 parts of 8 MiB.
pub const MAX_OBJECT_BYTES: u64 = MAX_PARTS * PART_BYTES as u64;
/// Where the buffer of a part begins whose size nobody said.
const FIRST_BYTES: usize = 256 * 1024;

pub(crate) struct Part {
    /// From 1.
    pub(crate) number: u32,
    pub(crate) bytes: Bytes,
}

/// Reads a body part by part, and holds it to its length.
pub(crate) struct Parts<'a, P> {
    platform: &'a P,
    call: &'a Call,
    body: ByteStream,
    size: Option<u64>,
    /// Bytes seen.
    seen: u64,
    next_number: u32,
    /// What came after the end of the last part.
    rest: Bytes,
    ended: bool,
    crc: Crc64,
}

impl<'a, P: Platform> Parts<'a, P> {
    pub(crate) fn new(
        platform: &'a P,
        call: &'a Call,
        body: ByteStream,
        size: Option<u64>,
    ) -> Result<Self, Error> {
        if let Some(size) = size.filter(|size| *size > MAX_OBJECT_BYTES) {
            return Err(Error::too_large("The object's size in bytes", MAX_OBJECT_BYTES, size));
        }
        let (rest, crc) = (Bytes::new(), Crc64::new());
        Ok(Self { platform, call, body, size, seen: 0, next_number: 1, rest, ended: false, crc })
    }

    /// The next part; `None` when all were read. The last is shorter, and may be empty only when it is the first.
    pub(crate) async fn next(&mut self) -> Result<Option<Part>, Error> {
        if self.next_number > 1 && self.ended {
            return Ok(None);
        }
        let expected = self.size.map_or(FIRST_BYTES as u64, |size| size.saturating_sub(self.read()));
        let expected = if self.next_number > 1 && self.size.is_none() { PART_BYTES as u64 } else { expected };
        let capacity = usize::try_from(expected).unwrap_or(PART_BYTES).min(PART_BYTES);
        // One buffer a part: pieces kept as they come would each hold the whole of the buffer they were read into.
        let mut part = BytesMut::with_capacity(capacity);
        loop {
            let room = PART_BYTES - part.len();
            let piece = self.rest.split_to(room.min(self.rest.len()));
            part.extend_from_slice(&piece);
            if !self.rest.is_empty() || !self.fill().await? {
                break;
            }
        }
        let number = self.next_number;
        self.next_number += 1;
        Ok(Some(Part { number, bytes: part.freeze() }))
    }

    /// Bytes seen so far; all of them at the end.
    pub(crate) const fn seen(&self) -> u64 {
        self.seen
    }

    /// Whether the part read last was the last.
    pub(crate) const fn ended(&self) -> bool {
        self.ended
    }

    /// The checksum of what was read.
    pub(crate) fn crc64(&mut self) -> String {
        std::mem::replace(&mut self.crc, Crc64::new()).finish()
    }

    fn read(&self) -> u64 {
        self.seen - self.rest.len() as u64
    }

    /// Reads a piece into `rest`; `false` at the end of a body of the right length.
    async fn fill(&mut self) -> Result<bool, Error> {
        loop {
            match self.piece().await? {
                Some(piece) if piece.is_empty() => {}
                Some(piece) => {
                    self.seen += piece.len() as u64;
                    self.check_size(false)?;
                    self.crc.update(&piece);
                    self.rest = piece;
                    return Ok(true);
                }
                None => {
                    self.ended = true;
                    self.check_size(true)?;
                    return Ok(false);
                }
            }
        }
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, Error> {
        let left = self.call.time_left(self.platform);
        match select(pin!(self.body.next()), pin!(self.platform.sleep(left))).await {
            Either::Left((piece, _)) => piece.transpose(),
            Either::Right(_) => Err(slow_sender(left)),
        }
    }

    fn check_size(&self, at_end: bool) -> Result<(), Error> {
        let Some(size) = self.size else {
            return if self.seen > MAX_OBJECT_BYTES {
                Err(Error::too_large("The object's size in bytes", MAX_OBJECT_BYTES, self.seen))
            } else {
                Ok(())
            };
        };
        if self.seen > size || (at_end && self.seen < size) {
            let but = if at_end { "only" } else { "at least" };
            let message = format!(
                "The body should have {size} bytes, but {but} {} came. Nothing was stored. Send all of it, or say its true size.",
                self.seen
            );
            return Err(Error::invalid(message)
                .with("expected", size.to_string())
                .with("actual", self.seen.to_string()));
        }
        Ok(())
    }
}

fn slow_sender(left: Duration) -> Error {
    let message = "The time left for the call ran out while the body was still coming in. Give it more time.";
    Error::new(ErrorKind::TimedOut, message).with("time-left-ms", left.as_millis().to_string())
}
