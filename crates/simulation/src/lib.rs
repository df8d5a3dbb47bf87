//! The flows of `pipeline`, run over simulated stages.

#![forbid(unsafe_code)]

mod agreement;
mod clients;
mod engine;
mod history;
mod library;
mod memory;
mod network;
mod run;
mod stages;
mod sweep;

pub use memory::{Author, Memory, Objects, Records, Vectors};
pub use network::Network;
pub use run::{Failure, Report, run};
pub use stages::{Request, Simulated, Wire, pdf};
pub use sweep::first_failure;
