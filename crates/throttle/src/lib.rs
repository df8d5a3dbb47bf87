//! How much of one instance a caller and a tenant may take.
//!
//! - [`Rates`]: how many requests a minute a caller may send.
//! - [`Places`]: how much a tenant may have under way at once.
//!
//! Both are kept in the memory of an instance and bound what is taken of it, so that one caller's storm does not become everybody's. What a caller may
//! take of all instances together is for the proxy before them to bound. Time comes as an argument.

#![forbid(unsafe_code)]

mod places;
mod rates;

pub use places::{Place, Places};
pub use rates::{MAX_CALLERS, Rates};
