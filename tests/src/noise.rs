use std::io::{self, Read};

/// Bytes of a block; odd, so that blocks and parts of uploads do not meet.
const BLOCK: usize = 1_000_003;

/// A file of any length that is made as it is read: blocks of noise, each with its number in its first bytes, so that none can take another's place.
pub struct Noise {
    block: Vec<u8>,
    at: u64,
    length: u64,
}

impl Noise {
    /// A file of so many bytes.
    #[must_use]
    pub fn new(length: u64) -> Self {
        let block =
            (0..BLOCK as u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u8).collect();
        Self { block, at: 0, length }
    }

    /// Whether these are the same bytes, and no more.
    ///
    /// # Panics
    /// When they cannot be read.
    #[must_use]
    pub fn is(mut self, mut read: impl Read) -> bool {
        let (mut expected, mut actual) = (vec![0; BLOCK], vec![0; BLOCK]);
        loop {
            let length = self.read(&mut expected).expect("noise does not end in an error");
            if length == 0 {
                return read.read(&mut actual[..1]).expect("the file arrives whole") == 0;
            }
            read.read_exact(&mut actual[..length]).expect("the file is not shorter");
            if actual[..length] != expected[..length] {
                return false;
            }
        }
    }
}

impl Read for Noise {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let block = BLOCK as u64;
        let (number, from) = (self.at / block, (self.at % block) as usize);
        self.block[..8].copy_from_slice(&number.to_be_bytes());
        let left = usize::try_from(self.length - self.at).unwrap_or(usize::MAX);
        let length = into.len().min(BLOCK - from).min(left);
        into[..length].copy_from_slice(&self.block[from..from + length]);
        self.at += length as u64;
        Ok(length)
    }
}
