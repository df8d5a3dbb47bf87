//! What the stages share that call a provider: outbound HTTP over `wasi:http`, variables, the client kept from call to call, bodies, and the contract's types and
//! errors.

mod answer;
mod body;
mod call;
mod error;
mod kept;
mod request;
mod variables;
mod wasi;

/// Bindings of `serene:types`, made once, so that the stages share their conversions.
#[allow(unsafe_code, missing_docs, clippy::all)]
pub mod bindings {
    wit_bindgen::generate!({
        inline: "package serene:shared-types; world shared-types { import serene:types/files@0.2.0; }",
        path: ["../../wit/types"],
        generate_all,
        generate_unused_types: true,
        async: true,
    });
}

pub use answer::Answer;
pub use bindings::serene::types::{files, types};
pub use body::{Incoming, incoming};
pub use call::{call, within};
pub use kept::{Kept, Values, client};
pub use variables::Variables;
pub use wasi::Wasi;

/// Who a stage is.
#[must_use]
pub fn stage_info(name: &str, version: &str, extras: Vec<(String, String)>) -> types::StageInfo {
    types::StageInfo { name: name.to_owned(), version: version.to_owned(), extras }
}
