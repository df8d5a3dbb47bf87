//! What the end-to-end tests share: the `serene` command as a process, and HTTP to it.

mod commands;
mod contract;
pub mod documents;
mod emulated;
mod http;
pub mod languages;
mod noise;
mod server;
pub mod stages;
mod stores;
mod tour;

pub use commands::{Shown, commands};
pub use emulated::{Emulated, Service};
pub use http::{Answer, download, request, try_request, upload};
pub use noise::Noise;
pub use server::{Server, command, serene, workspace};
pub use stores::assert_nothing_is_left;
pub use tour::{tour, tour_of};

/// Runs each test twice: with instances that serve many requests at once, as Spin's do, and with one of its own for
/// each request. The tests take the arguments of `serene up` that make it so.
#[macro_export]
macro_rules! with_reused_and_with_fresh_instances {
    ($($test:ident)*) => {
        mod reused {
            $(#[test]
            fn $test() {
                super::$test(&[]);
            })*
        }
        mod fresh {
            $(#[test]
            fn $test() {
                super::$test(&["--max-instance-reuse-count", "1"]);
            })*
        }
    };
}
