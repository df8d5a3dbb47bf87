//! What the stage does: it reads PDFs of the simplest kind, whose text is neither compressed nor in an encoding of its own. Put a library here.

/// Why a document is not read: a reason of the contract, and what to do about it.
#[derive(Debug, PartialEq)]
pub struct Refused {
    pub reason: &'static str,
    pub message: &'static str,
}

/// The text of each page, empty where a page has none.
pub fn read(pdf: &[u8]) -> Result<Vec<String>, Refused> {
    if !pdf.starts_with(b"%PDF-") {
        return Err(Refused { reason: "not-a-document", message: "The bytes are no PDF." });
    }
    // Latin-1: each byte is a character.
    let file: String = pdf.iter().map(|byte| char::from(*byte)).collect();
    // `4 0 obj … endobj` is object 4. Pages are taken in the order of the file.
    let objects: Vec<(&str, &str)> = file
        .split("endobj")
        .filter_map(|object| object.split_once(" obj"))
        .filter_map(|(name, object)| Some((name.split_whitespace().nth_back(1)?, object)))
        .collect();
    let pages: Vec<String> = objects
        .iter()
        .filter(|(_, object)| object.contains("/Type /Page") && !object.contains("/Type /Pages"))
        .map(|(_, page)| {
            let content = page.split_once("/Contents ").and_then(|(_, after)| after.split_whitespace().next());
            let content = objects.iter().find(|(name, _)| Some(*name) == content);
            content.map_or_else(String::new, |(_, content)| shown(content))
        })
        .collect();
    if pages.is_empty() {
        return Err(Refused { reason: "broken", message: "The PDF has no page that can be found." });
    }
    if pages.iter().all(String::is_empty) {
        let message = "The PDF has no text that this stage can read. Use one that does more.";
        return Err(Refused { reason: "no-text", message });
    }
    Ok(pages)
}

/// What a page shows: each `(text) Tj` is a line.
fn shown(content: &str) -> String {
    let mut parts: Vec<&str> = content.split(") Tj").collect();
    // What follows the last one shows nothing.
    parts.pop();
    let lines = parts.into_iter().filter_map(|part| part.rsplit_once('(')).map(|(_, text)| text);
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn each_page_has_its_lines() {
        let pdf = b"%PDF-1.4
            1 0 obj << /Type /Pages /Kids [2 0 R 3 0 R] >> endobj
            2 0 obj << /Type /Page /Contents 4 0 R >> endobj
            3 0 obj << /Type /Page >> endobj
            4 0 obj << >> stream BT (Anna waited.) Tj 0 -14 Td (Ben came.) Tj ET endstream endobj";
        assert_eq!(read(pdf).unwrap(), ["Anna waited.\nBen came.", ""]);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_reason() {
        let blank = "%PDF-1.4 1 0 obj << /Type /Page >> endobj";
        for (file, reason) in [("A letter.", "not-a-document"), ("%PDF-1.4", "broken"), (blank, "no-text")] {
            assert_eq!(read(file.as_bytes()).unwrap_err().reason, reason);
        }
    }
}
