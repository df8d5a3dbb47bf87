//! What belongs to one instance of a component.

use std::sync::Arc;

use anyhow::{Context, Result};
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::limits::Limiter;
use super::output::Output;
use super::{Limits, Tally};
use crate::spin::{Grants, Outbound};

/// The data of an instance's store.
pub struct State {
    /// Every resource the instance holds.
    pub table: ResourceTable,
    /// What the component may use of Spin.
    pub grants: Grants,
    /// How many SQLite connections it has open.
    pub open_connections: usize,
    /// How many key-value stores it has open.
    pub open_stores: usize,
    pub(super) limiter: Limiter,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
}

impl State {
    /// The state of a new instance.
    ///
    /// # Errors
    /// When a folder the component may read cannot be opened.
    pub fn new(grants: &Grants, limits: &Limits, tally: &Arc<Tally>) -> Result<Self> {
        Ok(Self {
            table: ResourceTable::new(),
            limiter: Limiter::new(limits.max_memory, tally.clone()),
            wasi: wasi(grants)?,
            http: WasiHttpCtx::new(),
            outbound: grants.outbound.clone(),
            grants: grants.clone(),
            open_connections: 0,
            open_stores: 0,
        })
    }

    /// The bytes of the instance's linear memories together. They never shrink.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.limiter.memory()
    }

    /// How many bytes the instance may have, once it asked for more.
    #[must_use]
    pub fn refused_memory(&self) -> Option<usize> {
        self.limiter.refused()
    }
}

fn wasi(grants: &Grants) -> Result<WasiCtx> {
    let mut wasi = WasiCtx::builder();
    for (name, value) in grants.environment.iter() {
        wasi.env(name, value);
    }
    for mount in grants.files.iter() {
        // As on Spin, files are for reading.
        wasi.preopened_dir(&mount.source, &mount.destination, FsPerms::ReadOnly)
            .map_err(anyhow::Error::from)
            .with_context(|| format!("cannot open the folder {}", mount.source.display()))?;
    }
    if !grants.quiet {
        wasi.stdout(Output::new(&grants.component));
        wasi.stderr(Output::new(&grants.component));
    }
    Ok(wasi.build())
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound }
    }
}
