//! What the host offers a component.

use anyhow::{Context, Result};
use wasmtime::Engine;
use wasmtime::component::Linker;

use super::State;
use crate::compose::{Composition, ImportKind};
use crate::spin;

/// WASI 0.2, which Rust's standard library asks for, WASI 0.3, Spin's interfaces, and a refusal for each
/// import that is not inherited.
pub(super) fn build(engine: &Engine, composition: &Composition) -> Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    offer(&mut linker).map_err(anyhow::Error::from).context("the host's interfaces do not fit together")?;
    for import in &composition.imports {
        if let ImportKind::Refused(name) = &import.kind {
            spin::deny::refuse(&mut linker, &import.name, name)
                .map_err(anyhow::Error::from)
                .with_context(|| format!("cannot refuse `{}` to `{}`", import.name, import.stage))?;
        }
    }
    Ok(linker)
}

fn offer(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi::p3::add_to_linker(linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)?;
    wasmtime_wasi_http::p3::add_to_linker(linker)?;
    spin::add_to_linker(linker)
}
