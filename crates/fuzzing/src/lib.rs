//! What must hold of every input from outside, whatever its bytes.
//!
//! Each target takes any bytes and panics when a promise is broken: that is how a fuzzer sees it. They run in three ways: by libFuzzer from `fuzz/`
//! (`docs/fuzzing.md`), and over their seeds and mutations of these in this crate's own test, on stable Rust.

#![forbid(unsafe_code)]
#![allow(clippy::missing_panics_doc, reason = "a target that panics has found something")]

mod answers;
mod events;
mod filters;
mod forms;
mod headers;
mod paths;
mod pdf;
mod token;
mod xml;

pub use answers::answers;
pub use events::events;
pub use filters::filters;
pub use forms::forms;
pub use headers::headers;
pub use paths::paths;
pub use pdf::pdf;
pub use token::token;
pub use xml::xml;

/// A target: any bytes in, a panic when a promise is broken.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its folder of seeds and of its binary in `fuzz/`.
pub const TARGETS: [(&str, Target); 9] = [
    ("answers", answers),
    ("events", events),
    ("filters", filters),
    ("forms", forms),
    ("headers", headers),
    ("paths", paths),
    ("pdf", pdf),
    ("token", token),
    ("xml", xml),
];

/// The first byte, and the rest.
fn choose(data: &[u8]) -> Option<(u8, &[u8])> {
    data.split_first().map(|(first, rest)| (*first, rest))
}
