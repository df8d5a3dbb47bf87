//! A component compiled and linked, of which instances can be made.

use std::sync::Arc;

use anyhow::{Context, Result};
use wasmtime::Store;
use wasmtime::component::{Component, InstancePre};

use super::{Engine, Limits, State, Tally, linker};
use crate::compose::{Composition, Parts};
use crate::spin::Grants;

/// Makes instances of one component, whatever it exports.
#[derive(Clone)]
pub struct Loaded {
    pre: InstancePre<State>,
    engine: wasmtime::Engine,
    parts: Arc<Parts>,
    grants: Grants,
    limits: Limits,
    tally: Arc<Tally>,
}

impl Loaded {
    /// Compiles a composition, or takes it from the cache, and links it with what it is granted.
    ///
    /// # Errors
    /// When the component is not valid, or an import does not fit what the host offers.
    pub fn new(
        engine: &Engine,
        composition: &Composition,
        grants: Grants,
        limits: Limits,
        tally: Arc<Tally>,
    ) -> Result<Self> {
        let component = Component::new(engine.wasmtime(), &composition.bytes)
            .map_err(anyhow::Error::from)
            .context("the component cannot be compiled")?;
        let linker = linker::build(engine.wasmtime(), composition, &grants)?;
        let pre = linker
            .instantiate_pre(&component)
            .map_err(anyhow::Error::from)
            .context("an import does not fit what the host offers")?;
        let parts = Arc::new(composition.parts.clone());
        Ok(Self { pre, engine: engine.wasmtime().clone(), parts, grants, limits, tally })
    }

    /// What an instance is made from.
    #[must_use]
    pub fn pre(&self) -> &InstancePre<State> {
        &self.pre
    }

    /// What an instance may take.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn parts(&self) -> &Arc<Parts> {
        &self.parts
    }

    pub(super) fn grants(&self) -> &Grants {
        &self.grants
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// A store for a new instance, bounded by the limits; a busy guest lets others run.
    ///
    /// # Errors
    /// When a folder the component may read cannot be opened.
    pub fn store(&self) -> Result<Store<State>> {
        self.tally.saw_instance();
        let mut store = Store::new(&self.engine, State::new(&self.grants, &self.limits, &self.tally)?);
        store.limiter(|state| &mut state.limiter);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        Ok(store)
    }
}
