//! What the three SQLite stages share: `spin:sqlite` behind local-store's trait, the clock and random numbers, the time left of a call,
//! and the contract's types.

mod convert;
mod database;
mod deadline;
mod environment;

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

pub use bindings::serene::types::{files, types};
pub use convert::filters;
pub use database::SpinDatabase;
pub use deadline::within;
pub use environment::Wasi;

/// Who a stage is.
#[must_use]
pub fn stage_info(name: &str, version: &str, extras: Vec<(String, String)>) -> types::StageInfo {
    types::StageInfo { name: name.to_owned(), version: version.to_owned(), extras }
}
