//! A page's text out of its Markdown.

use std::collections::{HashMap, HashSet};

/// The longest name of a picture or table that is looked for, in characters.
const MAX_ID_CHARS: usize = 200;

/// The Markdown with tables in the places that stand for them, and without the places that stand for pictures, which are no text.
pub(crate) fn text(markdown: String, images: &HashSet<&str>, tables: &HashMap<&str, &str>) -> String {
    if images.is_empty() && tables.is_empty() {
        return markdown;
    }
    let mut text = String::with_capacity(markdown.len());
    let mut rest = markdown.as_str();
    let mut dropped = false;
    while let Some((before, after)) = rest.split_once("](") {
        let end = after.char_indices().take(MAX_ID_CHARS).find(|(_, c)| *c == ')').map(|(at, _)| at);
        let link = end
            .zip(before.rfind('['))
            .map(|(end, start)| (&before[..start], &after[..end], &after[end + 1..]));
        match link {
            Some((lead, target, tail)) if lead.ends_with('!') && images.contains(target) => {
                text.push_str(&lead[..lead.len() - 1]);
                dropped = true;
                rest = tail;
            }
            Some((lead, target, tail)) if tables.contains_key(target) => {
                text.push_str(lead);
                text.push_str(tables[target]);
                rest = tail;
            }
            _ => {
                text.push_str(before);
                text.push_str("](");
                rest = after;
            }
        }
    }
    text.push_str(rest);
    if dropped { without_gaps(&text) } else { text }
}

/// Without the empty lines that dropped pictures leave.
fn without_gaps(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.trim().lines() {
        if line.trim().is_empty() {
            blank += 1;
            continue;
        }
        if !kept.is_empty() {
            kept.push_str(if blank > 0 { "\n\n" } else { "\n" });
        }
        kept.push_str(line);
        blank = 0;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(markdown: &str) -> String {
        let tables = HashMap::from([("tbl-0.html", "<table></table>")]);
        text(markdown.to_owned(), &HashSet::from(["img-0.jpeg", "img-1.jpeg"]), &tables)
    }

    #[test]
    fn pictures_go_and_text_stays() {
        assert_eq!(read("# A\n\n![img-0.jpeg](img-0.jpeg)\n\nB ![img-1.jpeg](img-1.jpeg)c"), "# A\n\nB c");
        assert_eq!(read("![img-0.jpeg](img-0.jpeg)"), "");
    }

    #[test]
    fn tables_come_to_their_places() {
        assert_eq!(read("a\n[tbl-0.html](tbl-0.html)\nb"), "a\n<table></table>\nb");
    }

    #[test]
    fn links_and_what_only_looks_like_a_picture_stay() {
        for markdown in
            ["[a](b) ![x](y) ](", "![img-0.jpeg](", "](img-0.jpeg)", "[img-0.jpeg](img-0.jpeg)", "[é](é"]
        {
            assert_eq!(read(markdown), markdown);
        }
    }
}
