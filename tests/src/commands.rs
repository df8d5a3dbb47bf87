//! The commands that the documentation shows.

use std::path::Path;

/// A command, and what is shown below it.
pub struct Shown {
    /// With its continuation lines.
    pub command: String,
    /// The lines that it prints, of which there may be none.
    pub output: Vec<String>,
}

/// The commands in the `console` blocks below a heading of a Markdown file, up to the next heading of whatever level.
///
/// # Panics
/// When the file has no such heading.
#[must_use]
pub fn commands(file: &Path, heading: &str) -> Vec<Shown> {
    let text = std::fs::read_to_string(file).expect("the documentation can be read").replace("\\\n", " ");
    let mut lines = text.lines().skip_while(|line| heading_of(line) != Some(heading));
    assert!(lines.next().is_some(), "{} has no heading {heading:?}", file.display());
    let mut shown: Vec<Shown> = Vec::new();
    let (mut in_block, mut is_console) = (false, false);
    for line in lines {
        if let Some(language) = line.strip_prefix("```") {
            (in_block, is_console) = (!in_block, language == "console");
        } else if let (true, Some(command)) = (is_console, line.strip_prefix("$ ")) {
            shown.push(Shown { command: command.to_owned(), output: Vec::new() });
        } else if let (true, Some(last)) = (is_console, shown.last_mut()) {
            last.output.push(line.to_owned());
        } else if !in_block && heading_of(line).is_some() {
            break;
        }
    }
    shown
}

fn heading_of(line: &str) -> Option<&str> {
    line.starts_with('#').then(|| line.trim_start_matches('#').trim())
}
