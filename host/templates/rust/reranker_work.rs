//! What the stage does: it counts the words that a text has in common with the query.

use std::collections::HashSet;

/// How well a text answers a query: the part of the query's words that it has, 0 to 1.
pub fn score(query: &str, text: &str) -> f32 {
    let (query, text) = (words(query), words(text));
    query.intersection(&text).count() as f32 / query.len().max(1) as f32
}

fn words(text: &str) -> HashSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn a_text_scores_by_the_words_of_the_query_that_it_has() {
        assert_eq!(score("Who waited?", "Anna waited."), 0.5);
        assert_eq!(score("Who waited?", "Nobody."), 0.0);
        assert_eq!(score("…", "Anna"), 0.0);
    }
}
