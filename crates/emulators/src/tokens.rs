//! Tokens, estimated: the models' own tokenisers are not at hand.

use chunking::estimate_tokens;

/// About how many tokens a text has; one at least.
pub(crate) fn count(text: &str) -> usize {
    (estimate_tokens(text) as usize).max(1)
}

/// The longest beginning of a text that has no more tokens than this.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let (mut fits, mut over) = (0, text.len() + 1);
    while over - fits > 1 {
        let middle = fits.midpoint(over);
        let end = text.floor_char_boundary(middle);
        if estimate_tokens(&text[..end]) as usize <= most {
            fits = middle;
        } else {
            over = middle;
        }
    }
    text[..text.floor_char_boundary(fits)].to_owned()
}
