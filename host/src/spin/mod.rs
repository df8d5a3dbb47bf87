//! The interfaces of Spin that this host offers, with Spin's semantics, the refusal of each, and a part of
//! some for stages that declare it.

mod allowed_hosts;
pub mod deny;
mod grants;
mod key_value;
pub mod narrow;
mod outbound_http;
mod sqlite;
mod stage;
mod stream;
mod variables;

use wasmtime::component::{HasData, Linker};

pub use allowed_hosts::AllowedHosts;
pub use grants::{Grants, Mount};
pub use key_value::Stores;
pub use outbound_http::{Clients, Outbound};
pub use stage::Stage;

use crate::runtime::State;

/// The most bytes of a query's result or of a value that the host holds at once, as on Spin.
const MAX_BUFFERED_BYTES: usize = 128 * 1024 * 1024;
/// The most connections, and the most stores, that one instance has open.
const MAX_OPEN: usize = 256;

mod bindings {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "serene:host/spin",
        imports: {
            "spin:variables/variables.get": store | trappable,
            "spin:sqlite/sqlite.[static]connection.open-async": store | trappable,
            "spin:sqlite/sqlite.[method]connection.execute-async": store | trappable,
            "spin:sqlite/sqlite.[method]connection.last-insert-rowid-async": store | trappable,
            "spin:sqlite/sqlite.[method]connection.changes-async": store | trappable,
            "spin:key-value/key-value.[static]store.open": store | trappable,
            "spin:key-value/key-value.[method]store.get": store | trappable,
            "spin:key-value/key-value.[method]store.set": store | trappable,
            "spin:key-value/key-value.[method]store.delete": store | trappable,
            "spin:key-value/key-value.[method]store.exists": store | trappable,
            "spin:key-value/key-value.[method]store.get-keys": store | trappable,
            default: async | trappable,
        },
        with: {
            "spin:sqlite/sqlite.connection": crate::spin::sqlite::Connection,
            "spin:key-value/key-value.store": crate::spin::key_value::Store,
        },
    });
}

/// How the interfaces reach an instance's state.
struct Spin;

impl HasData for Spin {
    type Data<'a> = &'a mut State;
}

/// Offers the interfaces to components.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    bindings::spin::variables::variables::add_to_linker::<_, Spin>(linker, |state| state)?;
    bindings::spin::sqlite::sqlite::add_to_linker::<_, Spin>(linker, |state| state)?;
    bindings::spin::key_value::key_value::add_to_linker::<_, Spin>(linker, |state| state)
}
