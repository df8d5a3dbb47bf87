//! A new stage's project: sources that build and pass the checks as they are, with a test, and the contract beside them.

mod templates;

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::{Contract, TYPES_WIT, c_bindings};
use templates::{TEMPLATES, Template};

/// The longest name of a stage, in characters.
const MAX_NAME: usize = 64;

/// A language for which there are projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// With cargo and wit-bindgen.
    Rust,
    /// With componentize-py.
    Python,
    /// With componentize-qjs.
    JavaScript,
    /// With zig as compiler and wasm-tools; the bindings are part of the project.
    C,
}

/// Writes the project of a stage that is called `name` into a new folder.
///
/// # Errors
/// When there is no project for the interface in this language, when the name is none for a stage, or when the folder holds something already.
pub fn create(contract: &Contract, language: Language, name: &str, folder: &Path) -> Result<()> {
    check_name(name)?;
    let template = TEMPLATES.iter().find(|t| t.language == language && t.interface == contract.name);
    let Some(template) = template else { bail!(missing(contract, language)) };
    let shown = folder.display();
    let is_free = std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    ensure!(is_free, "{shown} holds something already; name another folder");
    for (path, text) in template.files() {
        write(folder, path, filled(text, contract, template, name).as_bytes())?;
    }
    if language == Language::C {
        write_c_bindings(contract, &folder.join("bindings"))?;
    }
    write(folder, &format!("wit/{}.wit", contract.name), contract.wit.as_bytes())?;
    write(folder, "wit/deps/types/types.wit", TYPES_WIT.as_bytes())
}

/// Writes what a stage in C includes and links into a folder: the contract as a header and its code, and an object that holds the component's type.
///
/// # Errors
/// When the folder cannot be written.
pub fn write_c_bindings(contract: &Contract, folder: &Path) -> Result<()> {
    for (path, content) in c_bindings(contract)? {
        write(folder, &path, &content)?;
    }
    Ok(())
}

fn check_name(name: &str) -> Result<()> {
    let is_part =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let valid = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split('-').all(is_part)
        && name.len() <= MAX_NAME;
    ensure!(
        valid,
        "a stage cannot be called {name:?}: lower-case letters, digits and hyphens between them, at most {MAX_NAME}; \
         name it with --name"
    );
    Ok(())
}

fn missing(contract: &Contract, language: Language) -> String {
    let in_language = TEMPLATES.iter().filter(|template| template.language == language);
    let interfaces: Vec<_> = in_language.map(|template| template.interface).collect();
    format!(
        "there is no project for {} in {language:?} yet; there are: {}. The contract is {}.wit in Serene's wit/, and the \
         shipped stages are in components/",
        contract.noun(),
        interfaces.join(", "),
        contract.name
    )
}

fn filled(text: &str, contract: &Contract, template: &Template, name: &str) -> String {
    let mut noun = contract.noun();
    if let Some(first) = noun.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    [
        ("{{name}}", name),
        ("{{file}}", &name.replace('-', "_")),
        ("{{stage}}", contract.name),
        ("{{stage_file}}", &contract.name.replace('-', "_")),
        ("{{noun}}", &noun),
        ("{{interface}}", &contract.versioned()),
        ("{{version}}", contract.version()),
        ("{{world}}", &contract.world()),
        ("{{world_c}}", &contract.world().replace('-', "_")),
        ("{{dependencies}}", template.dependencies),
    ]
    .iter()
    .fold(text.to_owned(), |text, (place, value)| text.replace(place, value))
}

fn write(folder: &Path, path: &str, content: &[u8]) -> Result<()> {
    let file = folder.join(path);
    let parent = file.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent)
        .with_context(|| format!("cannot make the folder {}", parent.display()))?;
    std::fs::write(&file, content).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn names_are_those_that_describe_may_give() {
        for good in ["a", "transformer-mail", "a1-2b"] {
            check_name(good).unwrap();
        }
        for bad in ["", "A", "a_b", "-a", "a-", "a--b", "1a", "ü", &"a".repeat(65)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
