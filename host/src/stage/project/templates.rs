//! The files of the projects, from `host/templates`: for each language those that are the same for every interface, and those of an interface.

use super::Language;

/// What differs from interface to interface.
pub(super) struct Template {
    pub(super) language: Language,
    pub(super) interface: &'static str,
    files: &'static [File],
    /// More lines of `Cargo.toml`.
    pub(super) dependencies: &'static str,
}

/// Path in the project, and text.
type File = (&'static str, &'static str);

impl Template {
    /// Every file of the project.
    pub(super) fn files(&self) -> impl Iterator<Item = &'static File> {
        let common = match self.language {
            Language::Rust => RUST,
            Language::Python => PYTHON,
            Language::JavaScript => JAVASCRIPT,
            Language::C => C,
        };
        common.iter().chain(self.files)
    }
}

/// A file of the folder `host/templates/`.
macro_rules! text {
    ($($part:expr),*) => {
        include_str!(concat!("../../../templates/", $($part),*))
    };
}

const RUST: &[File] = &[
    ("Cargo.toml", text!("rust/Cargo.toml.in")),
    ("src/contract.rs", text!("rust/contract.rs")),
    (".gitignore", "/target\n"),
];

const PYTHON: &[File] = &[
    ("requirements.txt", text!("python/requirements.txt")),
    ("README.md", text!("python/README.md.in")),
    ("refusals.py", text!("python/refusals.py")),
    (".gitignore", "/.venv\n/__pycache__\n/*.wasm\n"),
];

const JAVASCRIPT: &[File] = &[
    ("package.json", text!("javascript/package.json.in")),
    ("README.md", text!("javascript/README.md.in")),
    ("refusals.js", text!("javascript/refusals.js")),
    ("utf8.js", text!("javascript/utf8.js")),
    (".gitignore", "/node_modules\n/*.wasm\n"),
];

const C: &[File] = &[
    ("Makefile", text!("c/Makefile.in")),
    ("README.md", text!("c/README.md.in")),
    ("requirements.txt", text!("c/requirements.txt")),
    ("refusals.c", text!("c/refusals.c.in")),
    ("refusals.h", text!("c/refusals.h.in")),
    (".gitignore", "/.venv\n/*.wasm\n/test_work\n"),
];

macro_rules! rust {
    ($interface:literal) => {
        rust!($interface, "README.md.in", "")
    };
    // A stage that goes around another one of its interface.
    (around $interface:literal) => {
        rust!($interface, "around_README.md.in", "")
    };
    ($interface:literal, $dependencies:literal) => {
        rust!($interface, "README.md.in", $dependencies)
    };
    ($interface:literal, $readme:literal, $dependencies:literal) => {
        Template {
            language: Language::Rust,
            interface: $interface,
            files: &[
                ("README.md", text!("rust/", $readme)),
                ("src/lib.rs", text!("rust/", $interface, ".rs")),
                ("src/work.rs", text!("rust/", $interface, "_work.rs")),
            ],
            dependencies: $dependencies,
        }
    };
}

macro_rules! python {
    ($interface:literal) => {
        Template {
            language: Language::Python,
            interface: $interface,
            files: &[
                ("app.py", text!("python/", $interface, ".py")),
                ("work.py", text!("python/", $interface, "_work.py")),
                ("test_work.py", text!("python/", $interface, "_test.py")),
            ],
            dependencies: "",
        }
    };
}

macro_rules! javascript {
    ($interface:literal) => {
        Template {
            language: Language::JavaScript,
            interface: $interface,
            files: &[
                ("stage.js", text!("javascript/", $interface, ".js")),
                ("work.js", text!("javascript/", $interface, "_work.js")),
                ("work.test.js", text!("javascript/", $interface, "_test.js")),
            ],
            dependencies: "",
        }
    };
}

macro_rules! c {
    ($interface:literal) => {
        Template {
            language: Language::C,
            interface: $interface,
            files: &[
                ("stage.c", text!("c/", $interface, ".c")),
                ("work.c", text!("c/", $interface, "_work.c")),
                ("work.h", text!("c/", $interface, "_work.h")),
                ("test_work.c", text!("c/", $interface, "_test.c")),
            ],
            dependencies: "",
        }
    };
}

pub(super) const TEMPLATES: &[Template] = &[
    rust!(around "object-store"),
    rust!(around "record-store"),
    rust!(around "vector-index"),
    rust!("extractor"),
    rust!("transformer"),
    rust!("chunker"),
    rust!("embedder"),
    rust!("generator", "serde_json = \"1\"\n"),
    rust!("reranker"),
    python!("extractor"),
    python!("transformer"),
    python!("chunker"),
    python!("embedder"),
    python!("generator"),
    python!("reranker"),
    javascript!("extractor"),
    javascript!("transformer"),
    javascript!("chunker"),
    javascript!("embedder"),
    javascript!("generator"),
    javascript!("reranker"),
    c!("transformer"),
    c!("reranker"),
];
