//! Holds stages to what the contract promises, before what they return reaches another stage, a store or a caller.

use std::collections::HashMap;

use crate::stages::{EmbedderInfo, Match, Page, Passage, Position, Rank, Section};
use crate::{Error, Result, Stage};

fn broken<T>(stage: Stage, message: impl Into<String>) -> Result<T> {
    Err(Error::failed(message).at(stage))
}

/// Pages are every page of a document, in order.
pub(crate) fn check_pages(pages: &[Page]) -> Result<()> {
    match pages.iter().enumerate().find(|(n, page)| page.index as usize != *n) {
        Some((n, page)) => {
            let message = format!("The extractor returned page {} where page {n} was to come.", page.index);
            broken(Stage::Extractor, message)
        }
        None => Ok(()),
    }
}

/// Texts are as many as were given, and hold no more than a document may.
pub(crate) fn check_texts(texts: &[String], count: usize, max_bytes: usize) -> Result<()> {
    if texts.len() != count {
        let message = format!("The transformer returned {} texts for {count}.", texts.len());
        return broken(Stage::Transformer, message);
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    if bytes > max_bytes {
        let message =
            format!("The transformer made {bytes} bytes of text, and a document has at most {max_bytes}.");
        return broken(Stage::Transformer, message);
    }
    Ok(())
}

/// Passages lie in the text that was cut.
pub(crate) fn check_passages(passages: &[Passage], sections: &[Section]) -> Result<()> {
    let sections: HashMap<u32, &str> =
        sections.iter().map(|section| (section.index, &*section.text)).collect();
    let is_place = |at: &Position| {
        let text = sections.get(&at.section);
        text.is_some_and(|text| text.is_char_boundary(at.offset as usize))
    };
    for (n, Passage { text, start, end, .. }) in passages.iter().enumerate() {
        let lies = is_place(start)
            && is_place(end)
            && (start.section, start.offset) <= (end.section, end.offset)
            && (start.section != end.section
                || sections[&start.section][start.offset as usize..end.offset as usize] == **text);
        if text.is_empty() || !lies {
            return broken(
                Stage::Chunker,
                format!("Passage {n} of the chunker is not where it says in the text."),
            );
        }
    }
    Ok(())
}

/// An embedder takes and gives something.
pub(crate) fn check_embedder(info: &EmbedderInfo) -> Result<()> {
    if info.dimensions == 0 || info.max_text_tokens == 0 {
        let message = format!(
            "The embedder says that it has {} dimensions and takes {} tokens of a text.",
            info.dimensions, info.max_text_tokens
        );
        return broken(Stage::Embedder, message);
    }
    Ok(())
}

/// Vectors are directions of the promised number of dimensions, one a text.
pub(crate) fn check_vectors(vectors: &[Vec<f32>], count: usize, dimensions: u32) -> Result<()> {
    let fault = |message: String| broken(Stage::Embedder, message);
    if vectors.len() != count {
        return fault(format!("The embedder returned {} vectors for {count} texts.", vectors.len()));
    }
    for vector in vectors {
        if vector.len() != dimensions as usize {
            return fault(format!(
                "The embedder promised {dimensions} dimensions and returned {}.",
                vector.len()
            ));
        }
        if !vector.iter().all(|x| x.is_finite()) || vector.iter().all(|x| *x == 0.0) {
            return fault("The embedder returned a vector that is not a direction.".to_owned());
        }
    }
    Ok(())
}

/// Scores can be compared.
pub(crate) fn check_matches(matches: &[Match]) -> Result<()> {
    if matches.iter().all(|found| found.score.is_finite()) {
        return Ok(());
    }
    broken(Stage::VectorIndex, "The vector index returned a score that is not a number.")
}

/// The same of a reranker.
pub(crate) fn check_ranks(ranks: &[Rank]) -> Result<()> {
    if ranks.iter().all(|rank| rank.score.is_finite()) {
        return Ok(());
    }
    broken(Stage::Reranker, "The reranker returned a score that is not a number.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(index: u32, text: &str) -> Section {
        Section { index, label: None, text: text.to_owned() }
    }

    fn passage(text: &str, start: (u32, u32), end: (u32, u32)) -> Passage {
        let at = |(section, offset)| Position { section, offset };
        Passage { text: text.to_owned(), start: at(start), end: at(end), tokens: 1 }
    }

    #[test]
    fn passages_are_found_where_they_say() {
        let sections = [section(3, "Grüße."), section(5, "Und mehr.")];
        let check = |passages: &[Passage]| check_passages(passages, &sections);
        check(&[]).expect("nothing is no lie");
        check(&[passage("Grü", (3, 0), (3, 4)), passage("ße.", (3, 4), (3, 8))]).expect("they lie there");
        check(&[passage("A: Grüße.\nB: Und", (3, 0), (5, 3))]).expect("labels may be put in");
        for wrong in [
            passage("", (3, 0), (3, 0)),
            passage("Grü", (3, 0), (3, 3)),
            passage("Gru", (3, 0), (3, 4)),
            passage("ße.", (3, 4), (3, 9)),
            passage("?", (4, 0), (4, 1)),
            passage("?", (3, 0), (u32::MAX, u32::MAX)),
            passage("?", (5, 0), (3, 1)),
            passage("?", (3, 4), (3, 1)),
        ] {
            let error = check(std::slice::from_ref(&wrong)).expect_err("a lie");
            assert_eq!((error.stage, error.code()), (Some(Stage::Chunker), "failed"), "{wrong:?}");
        }
    }

    #[test]
    fn scores_that_cannot_be_compared_are_their_stages_fault() {
        for score in [f32::NAN, f32::INFINITY] {
            let ranks = [Rank { index: 0, score: 1.0 }, Rank { index: 1, score }];
            assert_eq!(check_ranks(&ranks).expect_err("no order").stage, Some(Stage::Reranker));
        }
    }
}
