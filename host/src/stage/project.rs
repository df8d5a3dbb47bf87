//! A new stage's project: sources that build and pass the checks as they are, with a test, and the contract beside them.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::{Contract, TYPES_WIT};

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
}

/// What differs from interface to interface.
struct Template {
    language: Language,
    interface: &'static str,
    /// Path in the project, and text.
    files: &'static [(&'static str, &'static str)],
}

/// What is the same for every interface.
const RUST: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../../templates/rust/Cargo.toml.in")),
    ("README.md", include_str!("../../templates/rust/README.md.in")),
    (".gitignore", "/target\n"),
];
const PYTHON: &[(&str, &str)] = &[
    ("requirements.txt", include_str!("../../templates/python/requirements.txt")),
    ("README.md", include_str!("../../templates/python/README.md.in")),
    (".gitignore", "/.venv\n/__pycache__\n/*.wasm\n"),
];

const JAVASCRIPT: &[(&str, &str)] = &[
    ("package.json", include_str!("../../templates/javascript/package.json.in")),
    ("README.md", include_str!("../../templates/javascript/README.md.in")),
    (".gitignore", "/node_modules\n/*.wasm\n"),
];

macro_rules! rust {
    ($interface:literal) => {
        Template {
            language: Language::Rust,
            interface: $interface,
            files: &[
                ("src/lib.rs", include_str!(concat!("../../templates/rust/", $interface, ".rs"))),
                ("src/work.rs", include_str!(concat!("../../templates/rust/", $interface, "_work.rs"))),
            ],
        }
    };
}

const TEMPLATES: [Template; 6] = [
    rust!("chunker"),
    rust!("embedder"),
    rust!("reranker"),
    rust!("transformer"),
    Template {
        language: Language::Python,
        interface: "transformer",
        files: &[
            ("app.py", include_str!("../../templates/python/transformer.py")),
            ("work.py", include_str!("../../templates/python/transformer_work.py")),
            ("test_work.py", include_str!("../../templates/python/transformer_test.py")),
        ],
    },
    Template {
        language: Language::JavaScript,
        interface: "transformer",
        files: &[
            ("stage.js", include_str!("../../templates/javascript/transformer.js")),
            ("stage.test.js", include_str!("../../templates/javascript/transformer.test.js")),
        ],
    },
];

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
    let common = match language {
        Language::Rust => RUST,
        Language::Python => PYTHON,
        Language::JavaScript => JAVASCRIPT,
    };
    for (path, text) in common.iter().chain(template.files) {
        write(folder, path, &filled(text, contract, name))?;
    }
    write(folder, &format!("wit/{}.wit", contract.name), contract.wit)?;
    write(folder, "wit/deps/types/types.wit", TYPES_WIT)
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
    let names = |language| {
        let all = TEMPLATES.iter().filter(|template| template.language == language);
        all.map(|template| template.interface).collect::<Vec<_>>().join(", ")
    };
    format!(
        "there is no project for {} in {language:?} yet; there are, in Rust: {}; in Python: {}; in JavaScript: {}. The \
         contract is {}.wit in Serene's wit/, and the shipped stages are in components/",
        contract.noun(),
        names(Language::Rust),
        names(Language::Python),
        names(Language::JavaScript),
        contract.name
    )
}

fn filled(text: &str, contract: &Contract, name: &str) -> String {
    let mut noun = contract.noun();
    if let Some(first) = noun.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    [
        ("{{name}}", name),
        ("{{file}}", &name.replace('-', "_")),
        ("{{stage}}", contract.name),
        ("{{noun}}", &noun),
        ("{{interface}}", &contract.versioned()),
        ("{{world}}", &contract.world()),
    ]
    .iter()
    .fold(text.to_owned(), |text, (place, value)| text.replace(place, value))
}

fn write(folder: &Path, path: &str, text: &str) -> Result<()> {
    let file = folder.join(path);
    let parent = file.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent)
        .with_context(|| format!("cannot make the folder {}", parent.display()))?;
    std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
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
