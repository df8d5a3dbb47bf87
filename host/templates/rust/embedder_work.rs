//! What the stage does: it counts words, each in the dimension that its hash names.

/// Numbers in each vector.
pub const DIMENSIONS: usize = 256;

/// The words of a text.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// A vector of length 1: texts that share words are near.
pub fn embed(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0; DIMENSIONS];
    // A text without words has a place, too.
    vector[0] = 0.01;
    for word in words(text) {
        vector[1 + hash(&word.to_lowercase()) as usize % (DIMENSIONS - 1)] += 1.0;
    }
    let length = vector.iter().map(|x: &f32| x * x).sum::<f32>().sqrt();
    vector.iter_mut().for_each(|x| *x /= length);
    vector
}

/// FNV-1a, the same on every machine.
fn hash(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::{DIMENSIONS, embed};

    fn near(one: &str, other: &str) -> f32 {
        embed(one).iter().zip(embed(other)).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn vectors_have_length_1_and_texts_that_share_words_are_near() {
        for text in ["", "…", "A walk in the garden"] {
            assert_eq!(embed(text).len(), DIMENSIONS);
            assert!((near(text, text) - 1.0).abs() < 1e-3);
        }
        assert!(near("a walk in the garden", "the garden") > near("a walk in the garden", "overdue bills"));
    }
}
