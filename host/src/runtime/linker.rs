//! What the host offers a component.

use anyhow::{Context, Result};
use wasmtime::Engine;
use wasmtime::component::Linker;

use super::State;
use crate::compose::{Composition, ImportKind};
use crate::spin::{self, Grants};

/// WASI 0.2, which Rust's standard library asks for, WASI 0.3, Spin's interfaces, a refusal for each import that
/// is not inherited, and a part of those of which the stage declares a part.
pub(super) fn build(engine: &Engine, composition: &Composition, grants: &Grants) -> Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    offer(&mut linker).map_err(anyhow::Error::from).context("the host's interfaces do not fit together")?;
    for import in &composition.imports {
        let linked = match &import.kind {
            ImportKind::Refused(name) => spin::deny::refuse(&mut linker, &import.name, name),
            ImportKind::Narrowed(name) => {
                let stage = grants.stages.get(&import.stage).context("a stage declares nothing")?;
                spin::narrow::narrow(&mut linker, &import.name, name, stage.clone())
            }
            ImportKind::Granted | ImportKind::TypesOnly => continue,
        };
        linked
            .map_err(anyhow::Error::from)
            .with_context(|| format!("cannot answer for `{}` of `{}`", import.name, import.stage))?;
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
