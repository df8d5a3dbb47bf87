//! What a stage author does with stages: begin one, look at the composed ones, put one in the place of another, and compose
//! one around another.

mod adapt;
mod artifact;
mod c_bindings;
mod contract;
mod inventory;
mod project;
mod swap;
mod wrap;

pub use adapt::adapt;
pub use artifact::{Artifact, Export, Function};
use c_bindings::c_bindings;
pub use contract::{CONTRACTS, Contract, TYPES_WIT};
pub use inventory::{Described, Entry, Reach, inventory};
pub use project::{Language, create, write_c_bindings};
pub(crate) use swap::place;
pub use swap::{Swapped, shipped, swap, undo};
pub use wrap::{Inner, wrap};
