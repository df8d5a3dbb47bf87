//! What the end-to-end tests share: the `serene` command as a process, and HTTP to it.

pub mod documents;
mod emulated;
mod http;
mod noise;
mod server;
pub mod stages;
mod stores;
mod tour;

pub use emulated::{Emulated, Service};
pub use http::{Answer, download, request, upload};
pub use noise::Noise;
pub use server::{Server, serene, workspace};
pub use stores::assert_nothing_is_left;
pub use tour::{tour, tour_of};
