//! The interfaces of which a stage gets a part: variables and outbound HTTP, within what it declares.

use std::sync::Arc;

use http::Uri;
use http::uri::{PathAndQuery, Scheme};
use wasmtime::component::{Accessor, Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler::Host as _;
use wasmtime_wasi_http::p2::bindings::http::types as http_0_2;
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::p3::bindings::http::client::HostWithStore as _;
use wasmtime_wasi_http::p3::bindings::http::types as http_0_3;
use wasmtime_wasi_http::p3::{Request, Response};
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};

use super::Stage;
use super::bindings::spin::variables::variables::Error;
use crate::compose::InterfaceName;
use crate::runtime::State;

/// Answers under `name` for the interface `import`, within what `stage` declares.
///
/// # Errors
/// When `import` is no interface of which a part can be declared, or the name is taken.
pub(crate) fn narrow(
    linker: &mut Linker<State>,
    import: &str,
    name: &str,
    stage: Arc<Stage>,
) -> wasmtime::Result<()> {
    let interface = InterfaceName::parse(import).map(|name| (name.package, name.interface));
    match interface {
        Some(("spin:variables", "variables")) => variables(linker, name, stage),
        Some(("wasi:http", "client")) => client(linker, name, stage),
        Some(("wasi:http", "outgoing-handler")) => outgoing_handler(linker, name, stage),
        _ => wasmtime::bail!("`{import}` cannot be given in part"),
    }
}

fn variables(linker: &mut Linker<State>, name: &str, stage: Arc<Stage>) -> wasmtime::Result<()> {
    linker.instance(name)?.func_wrap_concurrent("get", move |accessor, (variable,): (String,)| {
        let value = accessor.with(|mut access| {
            let grants = &access.get().grants;
            stage.variable(&grants.variables, &grants.component, &variable)
        });
        Box::pin(async move { Ok((value.map_err(Error::from),)) })
    })
}

fn client(linker: &mut Linker<State>, name: &str, stage: Arc<Stage>) -> wasmtime::Result<()> {
    linker.instance(name)?.func_wrap_concurrent("send", move |accessor, (request,): (Resource<Request>,)| {
        let stage = stage.clone();
        Box::pin(async move { Ok((send(accessor, &stage, request).await?,)) })
    })
}

async fn send(
    accessor: &Accessor<State>,
    stage: &Stage,
    request: Resource<Request>,
) -> wasmtime::Result<Result<Resource<Response>, http_0_3::ErrorCode>> {
    let http = accessor.with_getter::<WasiHttp>(State::http);
    let refusal = accessor.with(|mut access| -> wasmtime::Result<_> {
        let state = access.get();
        let Request { scheme, authority, path_with_query, .. } = state.table.get(&request)?;
        let authority = authority.as_ref().map(|authority| authority.as_str());
        Ok(match uri(scheme.clone(), authority, path_with_query.clone()) {
            Some(uri) => stage
                .refusal(&uri, &state.grants.outbound)
                .map(|refusal| http_0_3::ErrorCode::InternalError(Some(refusal))),
            None => Some(http_0_3::ErrorCode::HttpRequestUriInvalid),
        })
    })?;
    if let Some(refusal) = refusal {
        http.with(|access| http_0_3::HostRequestWithStore::drop(access, request))?;
        return Ok(Err(refusal));
    }
    match WasiHttp::send(&http, request).await {
        Ok(response) => Ok(Ok(response)),
        Err(error) => Ok(Err(error.downcast()?)),
    }
}

fn outgoing_handler(linker: &mut Linker<State>, name: &str, stage: Arc<Stage>) -> wasmtime::Result<()> {
    type Options = Option<Resource<http_0_2::RequestOptions>>;
    linker.instance(name)?.func_wrap(
        "handle",
        move |mut store, (request, options): (Resource<HostOutgoingRequest>, Options)| {
            Ok((handle(store.data_mut(), &stage, request, options)?,))
        },
    )
}

fn handle(
    state: &mut State,
    stage: &Stage,
    request: Resource<HostOutgoingRequest>,
    options: Option<Resource<http_0_2::RequestOptions>>,
) -> wasmtime::Result<Result<Resource<HostFutureIncomingResponse>, http_0_2::ErrorCode>> {
    let HostOutgoingRequest { scheme, authority, path_with_query, .. } = state.table.get(&request)?;
    let scheme = match scheme {
        None => None,
        Some(http_0_2::Scheme::Http) => Some(Scheme::HTTP),
        Some(http_0_2::Scheme::Https) => Some(Scheme::HTTPS),
        Some(http_0_2::Scheme::Other(other)) => other.parse().ok(),
    };
    let path = path_with_query.as_ref().and_then(|path| path.parse().ok());
    let refusal = match uri(scheme, authority.as_deref(), path) {
        Some(uri) => stage
            .refusal(&uri, &state.grants.outbound)
            .map(|refusal| http_0_2::ErrorCode::InternalError(Some(refusal))),
        None => Some(http_0_2::ErrorCode::HttpRequestUriInvalid),
    };
    if let Some(refusal) = refusal {
        state.table.delete(request)?;
        if let Some(options) = options {
            state.table.delete(options)?;
        }
        return Ok(Err(refusal));
    }
    match state.http().handle(request, options) {
        Ok(response) => Ok(Ok(response)),
        Err(error) => Ok(Err(error.downcast()?)),
    }
}

/// Where a request goes; `None` when that is no address.
fn uri(scheme: Option<Scheme>, authority: Option<&str>, path: Option<PathAndQuery>) -> Option<Uri> {
    Uri::builder()
        .scheme(scheme.unwrap_or(Scheme::HTTPS))
        .authority(authority.unwrap_or_default())
        .path_and_query(path.unwrap_or_else(|| PathAndQuery::from_static("/")))
        .build()
        .ok()
}
