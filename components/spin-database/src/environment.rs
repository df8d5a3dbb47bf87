use local_store::Environment;
use spin_sdk::wasip3::{clocks::system_clock, random::random};

/// The host's clock and random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wasi;

impl Environment for Wasi {
    fn now_ms(&self) -> u64 {
        let now = system_clock::now();
        u64::try_from(now.seconds).unwrap_or(0) * 1000 + u64::from(now.nanoseconds / 1_000_000)
    }

    fn random(&self) -> [u8; 16] {
        let (high, low) = (random::get_random_u64(), random::get_random_u64());
        ((u128::from(high) << 64) | u128::from(low)).to_le_bytes()
    }
}
