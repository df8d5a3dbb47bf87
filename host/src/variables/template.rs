//! Text with `{{ variable }}` in it.

use anyhow::{Context, Result};

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable(String),
}

impl Template {
    /// Parses text in which `{{ name }}` stands for a variable.
    ///
    /// # Errors
    /// When `{{` has no `}}`.
    pub fn parse(text: &str) -> Result<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, from)) = rest.split_once("{{") {
            if !before.is_empty() {
                parts.push(Part::Literal(before.to_owned()));
            }
            let (name, after) = from.split_once("}}").context("a `{{` has no `}}`")?;
            parts.push(Part::Variable(name.trim().to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// Whether there is no variable in it.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Literal(_)))
    }

    /// The text with each variable replaced by what `value` gives for it.
    ///
    /// # Errors
    /// When `value` gives nothing for a variable.
    pub fn render<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> Result<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Variable(name) => {
                    text.push_str(value(name).with_context(|| format!("there is no variable `{name}`"))?);
                }
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Template;

    #[test]
    fn variables_are_replaced_and_the_rest_is_kept() {
        let template = Template::parse("https://{{host}}:{{ port }}/{x}").unwrap();
        let value = |name: &str| Some(if name == "host" { "example.com" } else { "8443" });
        assert_eq!(template.render(value).unwrap(), "https://example.com:8443/{x}");
    }

    #[test]
    fn an_open_brace_without_its_end_is_refused() {
        assert!(Template::parse("a {{ b }} {{ c").is_err());
    }

    #[test]
    fn an_unknown_variable_is_named() {
        let template = Template::parse("{{ missing }}").unwrap();
        let error = template.render(|_| None).unwrap_err().to_string();
        assert!(error.contains("`missing`"), "{error}");
    }
}
