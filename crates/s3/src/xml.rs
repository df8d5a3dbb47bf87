//! The XML of S3's answers, as a small tree: namespaces are dropped, depth and size are bounded.

use quick_xml::Reader;
use quick_xml::events::Event;

const MAX_DEPTH: usize = 8;
const MAX_ELEMENTS: usize = 20_000;

/// An element.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    text: String,
    children: Vec<Self>,
}

impl Element {
    /// The root of a document; `None` for what is not whole XML of the kind S3 sends.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self::default()];
        let mut count = 0;
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => {
                    count += 1;
                    if open.len() > MAX_DEPTH || count > MAX_ELEMENTS {
                        return None;
                    }
                    open.push(Self { name: name(start.local_name().as_ref()), ..Self::default() });
                }
                Event::Empty(start) => {
                    count += 1;
                    if count > MAX_ELEMENTS {
                        return None;
                    }
                    let child = Self { name: name(start.local_name().as_ref()), ..Self::default() };
                    open.last_mut()?.children.push(child);
                }
                Event::End(_) => {
                    let done = open.pop()?;
                    open.last_mut()?.children.push(done);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(&text.decode().ok()?),
                Event::CData(text) => open.last_mut()?.text.push_str(&text.decode().ok()?),
                Event::GeneralRef(reference) => {
                    let name = reference.decode().ok()?;
                    let resolved = match reference.resolve_char_ref().ok()? {
                        Some(character) => character.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(&name)?.to_owned(),
                    };
                    open.last_mut()?.text.push_str(&resolved);
                }
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        let [document] = <[Self; 1]>::try_from(open).ok()?;
        document.children.into_iter().next()
    }

    /// The text of a child; `None` when there is no such child.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.children.iter().find(|child| child.name == name).map(|child| child.text.trim())
    }

    /// The children of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

fn name(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Text as the content of an element.
pub(crate) fn escape(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}
