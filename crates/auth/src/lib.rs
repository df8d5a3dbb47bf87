//! Who a caller is, and what they may do.
//!
//! - [`Settings`]: what an operator sets; a [`Mode`] says how callers are told apart.
//! - [`loopback`]: whether a request comes from this machine, all that mode `none` serves.
//! - [`bearer`]: the credentials of a request; [`ApiKeys`] and [`jwt`] tell whose they are: a [`Caller`].
//! - [`decide`]: what a caller may do, by the operation's [`Access`](http_api::routes::Access). A [`Memberships`] remembers for a short while who
//!   belongs to which relationship.
//! - [`Refusal`]: why not.
//!
//! Everything here is a function of its arguments: time comes as one, and what must be fetched is fetched by others. `docs/authentication.md` has
//! the rules for operators and clients.

#![forbid(unsafe_code)]

mod api_key;
mod bearer;
mod caller;
mod decision;
pub mod jwt;
pub mod loopback;
mod membership;
mod refusal;
mod settings;

pub use api_key::{ApiKey, ApiKeyError, ApiKeys, MAX_API_KEYS, NewApiKey, Scope};
pub use bearer::{MAX_TOKEN_BYTES, bearer};
pub use caller::{Caller, User, UserId};
pub use decision::{Decision, decide};
pub use membership::{MAX_MEMBERSHIPS, Memberships};
pub use refusal::Refusal;
pub use settings::{Mode, SettingError, Settings, Supabase, VARIABLES};
