//! Unpacking streams within bounds.

use flate2::{Decompress, FlushDecompress, Status};
use hayro_syntax::Filter;
use weezl::{BitOrder, LzwStatus};

const CHUNK: usize = 32 << 10;

/// Why a stream was not unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// More bytes than allowed.
    TooLarge,
    /// A filter for pictures, or one that is not known.
    Unsupported,
}

/// Applies a stream's filters, each bounded by `max` bytes. What is damaged gives the bytes before the damage.
pub(crate) fn decode(data: &[u8], filters: &[Filter], max: usize) -> Result<Vec<u8>, Failure> {
    let mut current = None;
    for filter in filters {
        let input = current.as_deref().unwrap_or(data);
        current = Some(match filter {
            Filter::FlateDecode => inflate(input, max)?,
            Filter::LzwDecode => unpack_lzw(input, max)?,
            Filter::RunLengthDecode => unpack_runs(input, max)?,
            Filter::AsciiHexDecode => unpack_hex(input),
            Filter::Ascii85Decode => unpack_base85(input, max)?,
            _ => return Err(Failure::Unsupported),
        });
    }
    match current {
        Some(bytes) => Ok(bytes),
        None if data.len() > max => Err(Failure::TooLarge),
        None => Ok(data.to_vec()),
    }
}

/// How many bytes a deflated stream unpacks to, at most `max`; in constant memory.
///
/// `None` when it unpacks to more, or is damaged so that another decoder might go on where this one stops.
pub(crate) fn measure_inflated(data: &[u8], max: usize) -> Option<usize> {
    let mut buffer = vec![0; CHUNK];
    let mut total = 0;
    let finished = inflate_chunks(data, &mut buffer, |chunk| {
        total += chunk.len();
        total <= max
    });
    (finished == End::Complete).then_some(total)
}

fn inflate(data: &[u8], max: usize) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    let mut buffer = vec![0; CHUNK];
    let end = inflate_chunks(data, &mut buffer, |chunk| {
        if out.len() + chunk.len() > max {
            return false;
        }
        out.extend_from_slice(chunk);
        true
    });
    if end == End::Refused { Err(Failure::TooLarge) } else { Ok(out) }
}

#[derive(PartialEq, Eq)]
enum End {
    Complete,
    Damaged,
    Refused,
}

fn inflate_chunks(data: &[u8], buffer: &mut [u8], mut accept: impl FnMut(&[u8]) -> bool) -> End {
    let data = skip_zlib_header(data);
    let mut decoder = Decompress::new(false);
    loop {
        let consumed = usize::try_from(decoder.total_in()).unwrap_or(usize::MAX);
        let produced = decoder.total_out();
        let input = data.get(consumed..).unwrap_or_default();
        let status = decoder.decompress(input, buffer, FlushDecompress::None);
        let count = usize::try_from(decoder.total_out() - produced).unwrap_or(0);
        if !accept(buffer.get(..count).unwrap_or_default()) {
            return End::Refused;
        }
        match status {
            Ok(Status::StreamEnd) => return End::Complete,
            Err(_) => return End::Damaged,
            Ok(_) if count == 0 && decoder.total_in() == consumed as u64 => return End::Damaged,
            Ok(_) => {}
        }
    }
}

/// The check sum at the end is not looked at: streams that lack only that are common.
fn skip_zlib_header(data: &[u8]) -> &[u8] {
    match data {
        [cmf, flg, rest @ ..]
            if cmf & 0x0f == 8 && (u16::from(*cmf) << 8 | u16::from(*flg)) % 31 == 0 && flg & 0x20 == 0 =>
        {
            rest
        }
        _ => data,
    }
}

fn unpack_lzw(data: &[u8], max: usize) -> Result<Vec<u8>, Failure> {
    let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8);
    let mut out = Vec::new();
    let mut buffer = vec![0; CHUNK];
    let mut rest = data;
    loop {
        let result = decoder.decode_bytes(rest, &mut buffer);
        let chunk = buffer.get(..result.consumed_out).unwrap_or_default();
        if out.len() + chunk.len() > max {
            return Err(Failure::TooLarge);
        }
        out.extend_from_slice(chunk);
        rest = rest.get(result.consumed_in..).unwrap_or_default();
        match result.status {
            Ok(LzwStatus::Ok) if result.consumed_in + result.consumed_out > 0 => {}
            _ => return Ok(out),
        }
    }
}

fn unpack_runs(data: &[u8], max: usize) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    let mut rest = data;
    while let [length, tail @ ..] = rest {
        let count = usize::from(*length);
        match (length, tail) {
            (0..=127, _) => {
                let (run, after) = tail.split_at(tail.len().min(count + 1));
                out.extend_from_slice(run);
                rest = after;
            }
            (129..=255, [byte, after @ ..]) => {
                out.resize(out.len() + 257 - count, *byte);
                rest = after;
            }
            _ => break,
        }
        if out.len() > max {
            return Err(Failure::TooLarge);
        }
    }
    Ok(out)
}

fn unpack_hex(data: &[u8]) -> Vec<u8> {
    let mut digits =
        data.iter().take_while(|byte| **byte != b'>').filter_map(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(data.len() / 2);
    while let Some(high) = digits.next() {
        let low = digits.next().unwrap_or(0);
        out.extend(u8::try_from(high << 4 | low));
    }
    out
}

fn unpack_base85(data: &[u8], max: usize) -> Result<Vec<u8>, Failure> {
    let data = data.strip_prefix(b"<~").unwrap_or(data);
    let mut out = Vec::with_capacity(data.len().min(max) / 5 * 4);
    let mut group = Vec::with_capacity(5);
    for byte in data {
        match byte {
            b'!'..=b'u' => group.push(byte - b'!'),
            b'z' if group.is_empty() => group.extend([0; 5]),
            b'~' => break,
            _ => continue,
        }
        if group.len() == 5 {
            out.extend(base85_group(&group));
            group.clear();
        }
        if out.len() > max {
            return Err(Failure::TooLarge);
        }
    }
    if group.len() > 1 {
        let kept = group.len() - 1;
        group.resize(5, 84);
        out.extend(base85_group(&group).into_iter().take(kept));
    }
    Ok(out)
}

fn base85_group(digits: &[u8]) -> [u8; 4] {
    digits
        .iter()
        .fold(0_u32, |value, digit| value.wrapping_mul(85).wrapping_add(u32::from(*digit)))
        .to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_filters_decode() {
        let decode = |data: &[u8], filter| decode(data, &[filter], 100).expect("decodes");
        assert_eq!(decode(b"48 65 6C6c 6F>zz", Filter::AsciiHexDecode), b"Hello");
        assert_eq!(decode(b"87cURD]j7BEbo7~>", Filter::Ascii85Decode), b"Hello world");
        assert_eq!(decode(&[2, b'a', b'b', b'c', 254, b'x', 128, 9], Filter::RunLengthDecode), b"abcxxx");
        assert_eq!(
            decode(&[0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01], Filter::LzwDecode),
            [45, 45, 45, 45, 45, 65, 45, 45, 45, 66]
        );
    }
}
