//! Rows in Supabase: the contract's `record-store` over PostgREST.
//!
//! The tables are those of `db/migrations`, as the local store knows them, so that both stores check callers' input alike and give the same answers. Beyond
//! the local store's rules: a filter on a timestamp orders by RFC 3339 timestamps only, `starts-with` is for text only, and a JSON column is compared
//! as a whole. A project must let at least 100 rows through at once (its setting "max rows", 1,000 by default): below that, an answer that was cut looks whole.
//! Text is put in order by the database's collation; for order by code point it must be `C`.

mod client;
mod config;
mod filter;
mod keyset;
mod parts;
mod quote;
mod refusal;
mod select;
mod table;
mod values;
mod write;

pub use client::{RecordStore, Session};
pub use config::{Config, VARIABLES};
pub use local_store::records::{
    MAX_CALL_BYTES, MAX_ROW_BYTES, MAX_ROWS, OnConflict, Order, Query, Row, RowPage,
};
pub use local_store::{Filter, Predicate};
pub use table::parse_row;

/// Bytes of a request's query, as sent: what gateways on the way still take.
pub const MAX_QUERY_BYTES: usize = 15_000;
