//! The XML of answers, read into a small tree of bounded depth and size. Namespaces and attributes do not matter to S3 and are dropped.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

const MAX_DEPTH: usize = 16;
/// A page of 1,000 objects has about 10,000.
const MAX_ELEMENTS: usize = 50_000;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    name: String,
    text: String,
    children: Vec<Self>,
}

impl Element {
    /// The root of a document; `None` for what is not one whole well-formed document within the limits. White space before the declaration, by which S3 holds a
    /// connection open, is skipped.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.trim_ascii_start();
        let mut reader = Reader::from_str(text);
        let mut root = None;
        let mut open: Vec<Self> = Vec::new();
        let mut elements = 0;
        loop {
            let event = reader.read_event().ok()?;
            match event {
                Event::Start(start) => {
                    elements += 1;
                    if root.is_some() || open.len() == MAX_DEPTH || elements > MAX_ELEMENTS {
                        return None;
                    }
                    open.push(Self::named(start.local_name().as_ref()));
                }
                Event::Empty(start) => {
                    elements += 1;
                    if root.is_some() || elements > MAX_ELEMENTS {
                        return None;
                    }
                    close(Self::named(start.local_name().as_ref()), &mut open, &mut root);
                }
                Event::End(_) => close(open.pop()?, &mut open, &mut root),
                Event::Text(text) => push(&mut open, &text.xml10_content()),
                Event::CData(text) => push(&mut open, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    push(&mut open, resolve(&reference)?.encode_utf8(&mut [0; 4]));
                }
                // Entities of one's own are how a small document becomes a large one.
                Event::DocType(_) => return None,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => return root.filter(|_| open.is_empty()),
            }
        }
    }

    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The children of this name, in order.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child of this name.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.children.iter().find(|child| child.name == name).map(|child| child.text.as_str())
    }
}

fn push(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Some(character),
        Ok(None) => match &*reference.xml10_content() {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => None,
        },
        Err(_) => None,
    }
}

/// Text as XML writes it.
pub(crate) fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn elements_are_found_by_local_name_and_references_resolved() {
        let text = b"  \n<?xml version=\"1.0\"?><a:R xmlns:a='u' x='1'><K>a&amp;&#x41;<![CDATA[<]]></K><!-- c --><E/><K>2</K></a:R>";
        let root = Element::parse(text).unwrap();
        assert_eq!(root.name(), "R");
        assert_eq!(root.text("K"), Some("a&A<"));
        assert_eq!(root.all("K").count(), 2);
        assert_eq!(root.text("E"), Some(""));
    }

    #[test]
    fn what_is_cut_off_malformed_too_deep_or_too_large_is_none() {
        for text in ["", "  ", "text", "<a>", "<a><b></a>", "<a/><b/>", "<a>&x;</a>", "<!DOCTYPE a><a/>"] {
            assert_eq!(Element::parse(text.as_bytes()), None, "{text}");
        }
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(Element::parse(nested(MAX_DEPTH).as_bytes()).is_some());
        assert_eq!(Element::parse(nested(MAX_DEPTH + 1).as_bytes()), None);
        let many = |count: usize| format!("<r>{}</r>", "<a/>".repeat(count - 1));
        assert!(Element::parse(many(MAX_ELEMENTS).as_bytes()).is_some());
        assert_eq!(Element::parse(many(MAX_ELEMENTS + 1).as_bytes()), None);
        assert_eq!(Element::parse(b"<a>\xff</a>"), None);
    }

    proptest! {
        #[test]
        fn what_was_escaped_is_read_as_it_was(text in "[^\\x00-\\x1f\u{fffe}\u{ffff}]*") {
            let root = Element::parse(format!("<r><k>{}</k></r>", escape(&text)).as_bytes()).unwrap();
            prop_assert_eq!(root.text("k"), Some(text.as_str()));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Element::parse(&bytes);
        }
    }
}
