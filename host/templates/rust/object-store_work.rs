//! What the stage does: it stores no file that a browser would run as a page of the store's own, when somebody opens a URL to it.

/// Whether a browser runs what is in a file of this media type.
pub fn runs_in_a_browser(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // XML of any kind may hold scripts, or name a style sheet that does.
    matches!(media_type.as_str(), "text/html" | "text/xml" | "application/xml")
        || media_type.ends_with("+xml")
        || media_type.ends_with("/javascript")
}

#[cfg(test)]
mod tests {
    use super::runs_in_a_browser;

    #[test]
    fn pages_and_scripts_are_told_from_other_files_however_they_are_spelled() {
        for page in ["text/html", "Text/HTML; charset=utf-8", "image/svg+xml", "text/javascript ;x=y"] {
            assert!(runs_in_a_browser(page), "{page}");
        }
        for file in ["application/pdf", "text/plain; name=\"text/html\"", "application/json", "image/png", ""]
        {
            assert!(!runs_in_a_browser(file), "{file}");
        }
    }
}
