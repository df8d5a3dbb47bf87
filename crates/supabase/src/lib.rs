//! What the clients of a Supabase project share, whichever of its services they call: the project's address, its key of either generation, and
//! what its gateway says by itself.

#![forbid(unsafe_code)]

mod gateway;
mod project;

pub use gateway::{refusal, request_id};
pub use project::{KEY, Project, URL, VARIABLES, bearer};
