//! Cosine similarity, as the dot product of vectors of length one.

use std::iter::zip;

/// The vector's direction: the same vector of length one. The vector is finite and not zero.
pub(super) fn normalised(values: &[f32]) -> Vec<f32> {
    // In f64, squares of the largest and the smallest f32 neither overflow nor vanish.
    let length = values.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    #[expect(clippy::cast_possible_truncation, reason = "a vector is kept as f32")]
    values.iter().map(|x| (f64::from(*x) / length) as f32).collect()
}

/// Little-endian f32.
pub(super) fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// How many sums run side by side: one would wait for itself at every number.
const LANES: usize = 8;

/// The cosine of the angle between a normalised vector and a stored one; `None` when they differ in dimensions.
pub(super) fn cosine(query: &[f32], stored: &[u8]) -> Option<f32> {
    let (stored, rest) = stored.as_chunks::<4>();
    if stored.len() != query.len() || !rest.is_empty() {
        return None;
    }
    let (mut queries, mut numbers) = (query.chunks_exact(LANES), stored.chunks_exact(LANES));
    let mut sums = [0.0_f32; LANES];
    for (q, s) in zip(&mut queries, &mut numbers) {
        for (sum, (q, s)) in zip(&mut sums, zip(q, s)) {
            *sum += q * f32::from_le_bytes(*s);
        }
    }
    let rest = zip(queries.remainder(), numbers.remainder());
    let rest: f32 = rest.map(|(q, s)| q * f32::from_le_bytes(*s)).sum();
    Some((sums.iter().sum::<f32>() + rest).clamp(-1.0, 1.0))
}
