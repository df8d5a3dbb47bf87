//! What the stage does: it cuts a text into pieces of equal length, at a space where there is one near the end.

/// Characters to a token: an estimate.
const TOKEN: usize = 4;

/// A piece of a text, in bytes from its start.
#[derive(Debug, PartialEq)]
pub struct Piece {
    pub start: usize,
    pub end: usize,
    pub tokens: usize,
}

/// Pieces of at most `max_tokens`, each of which repeats about `overlap_tokens` of the one before. Every character is in one, unless it is white
/// space.
pub fn cut(text: &str, max_tokens: usize, overlap_tokens: usize) -> Vec<Piece> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let place = |n: usize| chars.get(n).map_or(text.len(), |(place, _)| *place);
    let mut pieces = Vec::new();
    let mut from = 0;
    while from < chars.len() {
        let mut to = (from + max_tokens * TOKEN).min(chars.len());
        if to < chars.len() {
            // In the last quarter only, so that a piece is never much shorter than asked for.
            let last_quarter = from + max_tokens * TOKEN * 3 / 4;
            let space = (last_quarter..to).rev().find(|n| chars[*n].1.is_whitespace());
            to = space.map_or(to, |space| space + 1);
        }
        let (start, end) = (place(from), place(to));
        if !text[start..end].trim().is_empty() {
            pieces.push(Piece { start, end, tokens: (to - from).div_ceil(TOKEN) });
        }
        if to == chars.len() {
            break;
        }
        // Less than half of `max_tokens` is repeated, so each piece begins after the one before.
        from = to - overlap_tokens * TOKEN;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn every_word_is_in_a_piece_and_none_is_too_long() {
        let text = "Anna waited in the garden for 17 minutes. ".repeat(40);
        let pieces = cut(&text, 16, 4);
        assert!(pieces.len() > 10 && pieces.iter().all(|piece| piece.tokens <= 16));
        assert_eq!((pieces[0].start, pieces.last().unwrap().end), (0, text.len()));
        assert!(pieces.windows(2).all(|pair| pair[1].start < pair[0].end && pair[1].start > pair[0].start));
        assert!(cut(" \n ", 16, 4).is_empty());
        assert_eq!(cut(&"é".repeat(100), 16, 0).len(), 2);
    }
}
