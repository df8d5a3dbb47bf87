//! What the stage does: it takes fewer vectors at once, so that a call is short and holds little memory.

/// The most vectors of one call; Serene sends more in several calls.
pub const MAX_VECTORS: u32 = 100;

/// What the caller is told: never more than the index inside takes.
pub fn max_vectors(of_inner: u32) -> u32 {
    of_inner.min(MAX_VECTORS)
}

#[cfg(test)]
mod tests {
    use super::{MAX_VECTORS, max_vectors};

    #[test]
    fn the_lower_limit_of_the_two_is_told() {
        assert_eq!(max_vectors(MAX_VECTORS + 1), MAX_VECTORS);
        assert_eq!(max_vectors(10), 10);
    }
}
