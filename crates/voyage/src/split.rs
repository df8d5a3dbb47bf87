//! Requests within a model's limits.

use std::ops::Range;

/// The most tokens a text can be expected to have: natural text has one for every three bytes or more, so one for every two is cautious.
pub(crate) fn cautious_tokens(text: &str) -> u64 {
    (text.len() as u64).div_ceil(2)
}

/// No text has fewer tokens than one for this many bytes: what is longer than this allows is over a limit whatever the tokeniser.
pub(crate) const MAX_BYTES_A_TOKEN: u64 = 16;

/// Consecutive texts in as few requests as the limits allow. A text over the limit goes alone.
pub(crate) fn requests(texts: &[String], max_texts: usize, max_tokens: u64) -> Vec<Range<usize>> {
    let mut requests: Vec<Range<usize>> = Vec::new();
    let mut tokens = 0;
    for (index, text) in texts.iter().enumerate() {
        let cost = cautious_tokens(text);
        match requests.last_mut() {
            Some(last) if last.len() < max_texts && tokens + cost <= max_tokens => {
                last.end = index + 1;
                tokens += cost;
            }
            _ => {
                requests.push(index..index + 1);
                tokens = cost;
            }
        }
    }
    requests
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn requests_cover_every_text_once_and_keep_to_the_limits(
            lengths in proptest::collection::vec(0_usize..60, 0..60), max_texts in 1_usize..9, max_tokens in 1_u64..40,
        ) {
            let texts: Vec<String> = lengths.iter().map(|n| "x".repeat(*n)).collect();
            let split = requests(&texts, max_texts, max_tokens);
            prop_assert_eq!(split.iter().cloned().flatten().collect::<Vec<_>>(), (0..texts.len()).collect::<Vec<_>>());
            for range in split {
                prop_assert!(range.len() <= max_texts);
                let tokens: u64 = texts[range.clone()].iter().map(|text| cautious_tokens(text)).sum();
                prop_assert!(range.len() == 1 || tokens <= max_tokens);
            }
        }
    }
}
