//! What a stage author does with stages: begin one, look at the composed ones, put one in the place of another, and compose
//! one around another.

mod adapt;
mod artifact;
mod contract;
mod inventory;
mod project;
mod swap;
mod wrap;

pub use adapt::adapt;
pub use artifact::{Artifact, Export, Function};
pub use contract::{CONTRACTS, Contract, TYPES_WIT};
pub use inventory::{Described, Entry, Reach, inventory};
pub use project::{Language, create};
pub(crate) use swap::place;
pub use swap::{Swapped, shipped, swap, undo};
pub use wrap::{Inner, wrap};
