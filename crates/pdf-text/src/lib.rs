//! The text layer of a PDF, page by page.
//!
//! [`Document::open`] takes a file's bytes, [`Document::page_text`] gives one page's text, so that a caller can check its
//! deadline between pages. Nothing here draws, reads pictures or knows a clock.
//!
//! The file's structure is read by `hayro-syntax`. That crate unpacks object streams without a bound, so `guard` measures
//! every stream of a file beforehand and disarms what would unpack to too much; it also searches a whole file again where its
//! table is broken, at a cost that `repair` bounds; `filters` unpacks everything else, within
//! [`Limits`].

mod content;
mod document;
mod encoding;
mod error;
mod filters;
mod font;
mod guard;
mod layout;
mod limits;
mod matrix;
mod packing;
mod pages;
mod repair;
mod trailer;
mod widths;

pub use document::Document;
pub use error::{Error, Resource};
pub use limits::Limits;
