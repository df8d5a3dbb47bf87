//! Refusals for what a dependency does not inherit: the same answers as Spin's adapter gives.

use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi_http::p2::bindings::http::types as http_0_2;
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::p3;
use wasmtime_wasi_http::p3::bindings::http::types as http_0_3;
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};

use super::bindings::spin::{key_value::key_value, sqlite::sqlite, variables::variables};
use super::key_value::Store;
use super::sqlite::Connection;
use crate::compose::InterfaceName;
use crate::runtime::State;

/// Answers under `name` what refuses the interface `import`.
///
/// # Errors
/// When `import` is no interface that is ever refused, or the name is taken.
pub(crate) fn refuse(linker: &mut Linker<State>, import: &str, name: &str) -> wasmtime::Result<()> {
    let Some(interface) = InterfaceName::parse(import) else {
        wasmtime::bail!("`{import}` is not the name of an interface");
    };
    match (interface.package, interface.interface) {
        ("spin:variables", "variables") => variables(linker, name),
        ("spin:sqlite", "sqlite") => sqlite(linker, name),
        ("spin:key-value", "key-value") => key_value(linker, name),
        ("wasi:http", "client") => client(linker, name),
        ("wasi:http", "outgoing-handler") => outgoing_handler(linker, name),
        ("wasi:cli", "environment") => {
            let version = interface.version.map_or(0, |version| version.minor);
            environment(linker, name, version)
        }
        ("wasi:filesystem", "preopens") => preopens(linker, name),
        _ => wasmtime::bail!("no refusal is known for `{import}`"),
    }
}

fn variables(linker: &mut Linker<State>, name: &str) -> wasmtime::Result<()> {
    linker.instance(name)?.func_wrap_concurrent("get", |_, (variable,): (String,)| {
        Box::pin(async move { Ok((Err::<String, _>(variables::Error::Undefined(variable)),)) })
    })
}

/// Nothing can be opened, so the methods are never reached: they only have to be there.
fn sqlite(linker: &mut Linker<State>, name: &str) -> wasmtime::Result<()> {
    type Opened = Result<Resource<Connection>, sqlite::Error>;
    let mut instance = linker.instance(name)?;
    instance.resource("connection", ResourceType::host::<Connection>(), |_, _| Ok(()))?;
    instance.func_wrap("[static]connection.open", |_, (_,): (String,)| {
        Ok((Opened::Err(sqlite::Error::AccessDenied),))
    })?;
    instance.func_wrap_concurrent("[static]connection.open-async", |_, (_,): (String,)| {
        Box::pin(async { Ok((Opened::Err(sqlite::Error::AccessDenied),)) })
    })?;
    for method in ["execute", "last-insert-rowid", "changes"] {
        instance.func_new(&format!("[method]connection.{method}"), |_, _, _, _| unreachable_method())?;
        instance.func_new_concurrent(&format!("[method]connection.{method}-async"), |_, _, _, _| {
            Box::pin(async { unreachable_method() })
        })?;
    }
    Ok(())
}

fn key_value(linker: &mut Linker<State>, name: &str) -> wasmtime::Result<()> {
    type Opened = Result<Resource<Store>, key_value::Error>;
    let mut instance = linker.instance(name)?;
    instance.resource("store", ResourceType::host::<Store>(), |_, _| Ok(()))?;
    instance.func_wrap_concurrent("[static]store.open", |_, (_,): (String,)| {
        Box::pin(async { Ok((Opened::Err(key_value::Error::AccessDenied),)) })
    })?;
    for method in ["get", "set", "delete", "exists", "get-keys"] {
        instance.func_new_concurrent(&format!("[method]store.{method}"), |_, _, _, _| {
            Box::pin(async { unreachable_method() })
        })?;
    }
    Ok(())
}

fn unreachable_method() -> wasmtime::Result<()> {
    wasmtime::bail!("a method was called on what was never opened")
}

fn client(linker: &mut Linker<State>, name: &str) -> wasmtime::Result<()> {
    linker.instance(name)?.func_wrap_concurrent("send", |accessor, (request,): (Resource<p3::Request>,)| {
        // Drops its body as well, on which the component may wait.
        let http = accessor.with_getter::<WasiHttp>(State::http);
        let dropped = http.with(|access| http_0_3::HostRequestWithStore::drop(access, request));
        Box::pin(async move {
            dropped?;
            let refusal = http_0_3::ErrorCode::InternalError(Some(message("wasi:http/client")));
            Ok((Err::<Resource<p3::Response>, _>(refusal),))
        })
    })
}

fn outgoing_handler(linker: &mut Linker<State>, name: &str) -> wasmtime::Result<()> {
    type Options = Option<Resource<http_0_2::RequestOptions>>;
    linker.instance(name)?.func_wrap(
        "handle",
        |mut store, (request, options): (Resource<HostOutgoingRequest>, Options)| {
            let table = &mut store.data_mut().table;
            table.delete(request)?;
            if let Some(options) = options {
                table.delete(options)?;
            }
            let refusal = http_0_2::ErrorCode::InternalError(Some(message("wasi:http/outgoing-handler")));
            Ok((Err::<Resource<HostFutureIncomingResponse>, _>(refusal),))
        },
    )
}

fn message(interface: &str) -> String {
    format!("{interface:?} is not permitted")
}

fn environment(linker: &mut Linker<State>, name: &str, minor_version: u64) -> wasmtime::Result<()> {
    let mut instance = linker.instance(name)?;
    instance.func_wrap("get-environment", |_, (): ()| Ok((Vec::<(String, String)>::new(),)))?;
    instance.func_wrap("get-arguments", |_, (): ()| Ok((Vec::<String>::new(),)))?;
    let initial_cwd = if minor_version < 3 { "initial-cwd" } else { "get-initial-cwd" };
    instance.func_wrap(initial_cwd, |_, (): ()| Ok((None::<String>,)))
}

fn preopens(linker: &mut Linker<State>, name: &str) -> wasmtime::Result<()> {
    linker
        .instance(name)?
        .func_wrap("get-directories", |_, (): ()| Ok((Vec::<(Resource<Descriptor>, String)>::new(),)))
}
