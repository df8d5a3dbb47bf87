//! Real servers that stand in for the paid ones, for tests and for `serene emulate`: [`S3`] (s3s-fs, in this process), [`SeaweedFs`], and
//! [`Postgrest`] on a PostgreSQL set up as Supabase sets it up. And [`python`], for the vendors' official SDKs, and the
//! programs that make components of other languages ([`toolchain`]).
//!
//! What is not on the machine is installed once, below `target/peers`, or below the folder that the environment variable `SERENE_PEERS_DIR` names; from then
//! on no network is needed. The machine has to bring `python3` with `venv`. Servers listen on free ports of 127.0.0.1, keep their data in a temporary folder
//! and end with the value that started them, or with the process that did.

mod atomic;
mod child;
mod install;
mod postgres;
mod postgrest;
mod s3;
mod seaweedfs;
pub mod toolchain;

pub use install::python;
pub use postgres::Postgres;
pub use postgrest::Postgrest;
pub use s3::S3;
pub use seaweedfs::SeaweedFs;
