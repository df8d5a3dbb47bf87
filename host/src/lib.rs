//! `serene`: runs an application of WebAssembly components on this machine as Spin runs it, from the same
//! `spin.toml`.
//!
//! Reading the manifest ([`manifest`]), giving variables their values ([`variables`]), building ([`build`]),
//! composing ([`compose`]), running on wasmtime ([`runtime`]) with Spin's interfaces ([`spin`]), and serving
//! HTTP. It extends nothing a component may do: what runs here runs on stock Spin.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! let options = serene::Options { listen: ([127, 0, 0, 1], 0).into(), ..serene::Options::new("spin.toml") };
//! let running = serene::Host::start(options).await?;
//! println!("{}", running.url());
//! let report = running.stop().await;
//! # Ok(()) }
//! ```

pub mod bench;
pub mod build;
pub mod compose;
pub mod conformance;
mod host;
pub mod manifest;
pub mod runtime;
mod serve;
pub mod spin;
pub mod stage;
pub mod variables;

pub use host::{Host, Options, Running};
